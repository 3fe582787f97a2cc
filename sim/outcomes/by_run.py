"""Give outcomes a value in each run: indicators of a place, people forced to move, money spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from sim.errors import InputError
from sim.outcomes.money import spent_by_run
from sim.outcomes.paid import Paid, forced_by_run, runs_of
from sim.outcomes.registry import INDICATORS

LOWER, HIGHER = "lower", "higher"
WHOLE = {
    "forced_to_move": ("persons", LOWER),
    "children_forced_to_move": ("persons", LOWER),
    "spending": ("CNY", LOWER),
}
"""Outcomes of a whole run: their unit and which way is better."""
ON_PEOPLE = (
    "forced_to_move",
    "children_forced_to_move",
    "rent_burden",
    "commute_minutes",
    "income",
    "unemployed",
    "left_city",
    "displaced_home",
    "displaced_work",
)
"""Outcomes and indicators that say what people bear."""
_BETTER = {
    LOWER: (
        "residents",
        "residents_non_local",
        "population_density",
        "building_density",
        "commercial_density",
        "tourism_density",
        "floor_area",
        "informal_residents",
        "rent",
        "rent_burden",
        "commute_minutes",
        "unemployed",
        "complaints",
        "left_city",
        "displaced_home",
        "displaced_work",
    ),
    HIGHER: ("income", "green_area"),
}
"""Which way of an indicator the documents ask for (fewer residents, lower densities of the places they name)
or people would want."""


@dataclass(frozen=True)
class Outcome:
    """Name what is judged.

    Attributes
    ----------
    name
        ``indicator:area`` or a name of `WHOLE`.
    indicator, area
        The indicator and its place; empty and ``beijing`` for an outcome of the whole run.
    unit
        Unit of its values.
    better
        ``lower`` or ``higher``; empty where neither is.
    """

    name: str
    indicator: str
    area: str
    unit: str
    better: str

    @property
    def on_people(self) -> bool:
        """Tell whether it says what people bear."""
        return (self.indicator or self.name) in ON_PEOPLE


def outcome(name: str) -> Outcome:
    """Return an outcome by its name.

    Raises
    ------
    InputError
        When there is no such outcome.
    """
    if name in WHOLE:
        unit, better = WHOLE[name]
        return Outcome(name, "", "beijing", unit, better)
    indicator, _, area = name.partition(":")
    if indicator not in INDICATORS or not area:
        known = [*WHOLE, *(f"{item}:{area or 'core'}" for item in INDICATORS)]
        near = get_close_matches(name, known, n=3, cutoff=0.4) or known[:4]
        raise InputError(
            f"unknown outcome '{name}'",
            why="an outcome is an indicator and a place, as in residents:core, or " + ", ".join(WHOLE),
            mend=f"nearest: {', '.join(near)}",
        )
    better = next((way for way, names in _BETTER.items() if indicator in names), "")
    return Outcome(name, indicator, area, INDICATORS[indicator].unit, better)


def by_run(results: Paid, scenarios: Sequence[str], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return each outcome's value in each run, in the last quarter or since the scenarios begin to differ.

    Returns
    -------
    A column for each outcome by its name; the index is scenario and replication.

    Raises
    ------
    InputError
        When a place is not known.
    """
    names = list(scenarios)
    index = runs_of(results, names)
    parts = {item.name: _values(results, names, item) for item in outcomes}
    return pd.DataFrame({name: values.reindex(index) for name, values in parts.items()}, index=index)


def _values(results: Paid, names: list[str], item: Outcome) -> pd.Series:
    if item.name == "spending":
        return spent_by_run(results, names)
    if item.name in WHOLE:
        return forced_by_run(results, names)["children" if item.name.startswith("children") else "persons"]
    rows = results.indicators(names, indicator=item.indicator, area=item.area, quarter=results.until)
    rows = rows.drop_duplicates(["scenario", "replication"])
    return rows.set_index(["scenario", "replication"])["value"].astype(float)
