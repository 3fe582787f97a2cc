"""Choose the values that one run goes with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sim.errors import InputError
from sim.parameters.store import ParameterSet, load_parameters

POINT, PRIOR, FITTED = "point", "prior", "fitted"

FILES = ("behaviour", "measures")
"""Parameters that may differ between runs; those of the base year and the network make the city itself."""


@cache
def point_parameters() -> ParameterSet:
    """Return the behavioural parameters and those of the measures in one set, at their own values."""
    return ParameterSet(
        {name: entry for file in FILES for name, entry in load_parameters(file).entries.items()}
    )


def parameters_for_run(option: str, rng: int, values: Mapping[str, float] | None = None) -> ParameterSet:
    """Return the parameters of a run.

    Parameters
    ----------
    option
        ``prior`` draws from every prior by the run's seed, whatever the scenario; all else takes the point
        values.
    rng
        The run's seed.
    values
        Values of a user's file or of a scenario, which stay as they are.
    """
    point = point_parameters()
    return (point.draw(rng) if option == PRIOR else point).with_values(values or {})


def values_of_option(option: str) -> dict[str, float]:
    """Return the values of a user's parameter file; none for ``point`` and ``prior``.

    Raises
    ------
    InputError
        When ``fitted`` is asked and no fit is shipped, or the file is not right.
    """
    if option in (POINT, PRIOR):
        return {}
    if option == FITTED:
        raise InputError(
            "fitted parameters are not there",
            where="--parameters fitted",
            why="this version ships no fit",
            mend="use point (one set of values) or prior (each replication draws its own)",
        )
    return point_parameters().with_file(option).values()


def given_parameters(given: str | Mapping[str, float] | ParameterSet, rng: int) -> ParameterSet:
    """Return the parameters of a run: a set, values by name, or what `--parameters` takes."""
    if isinstance(given, ParameterSet):
        return given
    if isinstance(given, str):
        return parameters_for_run(given, rng, values_of_option(given))
    return parameters_for_run(POINT, rng, given)
