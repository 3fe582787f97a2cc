"""Choose the values that one run goes with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.data.yaml_file import read_source
from sim.errors import InputError
from sim.parameters.store import ParameterSet, load_parameters

if TYPE_CHECKING:
    from sim.parameters.posterior import Posterior

POINT, PRIOR, FITTED = "point", "prior", "fitted"

FILES = ("behaviour", "measures")
"""Parameters that may differ between runs; those of the base year and the network make the city itself."""

_DRAWN_FILE = "draws "
_VALUES_FILE = "file "


@dataclass(frozen=True)
class Choice:
    """Hold what `--parameters` names, ready to give each run its values.

    Attributes
    ----------
    option
        ``point``, ``prior``, ``fitted``, ``file NAME`` (values) or ``draws NAME`` (a posterior or a design).
    fixed
        Values of a user's file, the same in every run.
    posterior
        Draws of which each run takes one.
    """

    option: str
    fixed: Mapping[str, float] = field(default_factory=dict)
    posterior: Posterior | None = None

    def values(self, rng: int) -> dict[str, float]:
        """Return the values that a run has whatever its priors."""
        return dict(self.fixed) if self.posterior is None else self.posterior.values(rng)

    @property
    def rest(self) -> str:
        """Return how a run gets the values of all other parameters: ``point`` or ``prior``."""
        if self.posterior is not None:
            return self.posterior.rest
        return PRIOR if self.option == PRIOR else POINT

    @property
    def digest(self) -> str:
        """Return the digest of the values; a draw from a prior needs none, the run's seed decides it."""
        point = point_parameters().with_values(self.fixed).digest
        if self.posterior is None:
            return point
        return hashlib.sha256(f"{point}{self.posterior.digest}".encode()).hexdigest()


@cache
def point_parameters() -> ParameterSet:
    """Return the behavioural parameters and those of the measures in one set, at their own values."""
    return ParameterSet(
        {name: entry for file in FILES for name, entry in load_parameters(file).entries.items()}
    )


def choose(option: str) -> Choice:
    """Return what `--parameters` names.

    Parameters
    ----------
    option
        ``point``, ``prior``, ``fitted``, or the path of a YAML file: ``name: value`` on each line, or the
        draws of a fit.

    Raises
    ------
    InputError
        When ``fitted`` is asked and no fit is shipped, a posterior is of other data or code, or the file is
        not right.
    """
    if option in (POINT, PRIOR):
        return Choice(option)
    if option == FITTED:
        return Choice(option, posterior=_fitted())
    if _holds_draws(Path(option)):
        return Choice(f"{_DRAWN_FILE}{Path(option).name}", posterior=_of_file(Path(option)))
    values = point_parameters().with_file(option).values()
    return Choice(f"{_VALUES_FILE}{Path(option).name}", values)


def default_option() -> tuple[str, str]:
    """Return what `--parameters` is when it is not given, and a notice where that needs one.

    A fit that is shipped is the default; one of other data or code is passed over, and the notice says so.
    """
    from sim.parameters.posterior import shipped, shipped_path, stale

    posterior = shipped()
    if posterior is None:
        return POINT, ""
    other = stale(posterior)
    if not other:
        return FITTED, ""
    told = "; ".join(f"{name} {then[:12]} then, {now[:12]} now" for name, then, now in other)
    return POINT, (
        f"the shipped fit {shipped_path()} belongs to other {' and '.join(name for name, _, _ in other)} "
        f"({told}): going on with point values; 'shujie calibrate' fits again"
    )


def is_drawn(option: str) -> bool:
    """Tell whether replications with this option of a store have parameters of their own."""
    return option in (PRIOR, FITTED) or option.startswith(_DRAWN_FILE)


def parameters_for_run(rest: str, rng: int, values: Mapping[str, float] | None = None) -> ParameterSet:
    """Return the parameters of a run.

    Parameters
    ----------
    rest
        ``prior`` draws from every prior by the run's seed, whatever the scenario; all else takes the point
        values.
    rng
        The run's seed.
    values
        Values of a user's file, of a posterior's draw or of a scenario, which stay as they are.
    """
    point = point_parameters()
    return (point.draw(rng) if rest == PRIOR else point).with_values(values or {})


def given_parameters(given: str | Mapping[str, float] | ParameterSet, rng: int) -> ParameterSet:
    """Return the parameters of a run: a set, values by name, or what `--parameters` takes."""
    if isinstance(given, ParameterSet):
        return given
    if isinstance(given, str):
        choice = choose(given)
        return parameters_for_run(choice.rest, rng, choice.values(rng))
    return parameters_for_run(POINT, rng, given)


def _fitted() -> Posterior:
    from sim.parameters.posterior import refuse_stale, shipped, shipped_path

    posterior = shipped()
    if posterior is None:
        raise InputError(
            "fitted parameters are not there",
            where="--parameters fitted",
            why="this version ships no fit",
            mend="use point (one set of values) or prior (each replication draws its own), "
            "or fit with 'shujie calibrate'",
        )
    where = str(shipped_path())
    refuse_stale(posterior, where)
    posterior.refuse_wrong_values(point_parameters(), where)
    return posterior


def _of_file(path: Path) -> Posterior:
    from sim.parameters.posterior import read_posterior, refuse_stale

    posterior = read_posterior(path)
    posterior.refuse_wrong_values(point_parameters(), str(path))
    refuse_stale(posterior, str(path))
    return posterior


def _holds_draws(path: Path) -> bool:
    """Tell whether a file holds draws, whatever else may be wrong with it."""
    content = read_source(path).content
    return isinstance(content, dict) and ("draws" in content or "made_with" in content)
