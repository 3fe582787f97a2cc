"""Take amounts that are not stated from their range, at the level that a run draws for their kind.

A measure's row that is assumed or derived has a range. The level of a kind (``<kind>_amount_level``) is 0 at
the low end of all of its ranges, 0.5 at their values and 1 at the high end, straight lines between. What lies
inside the area of a row moves with it, so that parts stay shares of their whole; stated wholes stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from sim.calendar import year_of
from sim.policy.places import places
from sim.policy.resolve import Measure, Row

LEVEL = "{kind}_amount_level"
MIDDLE = 0.5
NOT_STATED = ("assumed", "derived")


def at_levels(measures: tuple[Measure, ...], value: Callable[[str], float]) -> tuple[Measure, ...]:
    """Return the measures with their amounts at the run's levels; at 0.5 they are the same objects.

    Parameters
    ----------
    value
        The run's value of a parameter by name.
    """
    return tuple(at_level(measure, value(LEVEL.format(kind=measure.kind))) for measure in measures)


def at_level(measure: Measure, level: float) -> Measure:
    """Return one measure with its amounts at a level between 0 and 1."""
    factors = [] if level == MIDDLE else _factors(measure, level)
    if not factors:
        return measure
    portions = []
    for portion in measure.portions:
        factor = 1.0
        for (quarter, year), area, rate in factors:
            due = portion.quarter_index == quarter or (
                quarter is None and year_of(portion.quarter_index) == year
            )
            if due and area.issuperset(portion.zones):
                factor = rate
        portions.append(portion if factor == 1.0 else replace(portion, amount=portion.amount * factor))
    return replace(measure, portions=tuple(portions))


def _factors(measure: Measure, level: float) -> list[tuple[tuple[int | None, int], frozenset[int], float]]:
    """Return the factor on what lies in each widest area, by period."""
    periods: dict[tuple[int | None, int], list[Row]] = defaultdict(list)
    for row in measure.rows:
        periods[row.quarter_index, row.year].append(row)
    found = []
    for when, rows in periods.items():
        zones = {row.area: places().zones_of(row.area) for row in rows}
        for row in rows:
            inside = any(zones[row.area] < zones[other.area] for other in rows)
            if not inside and row.basis in NOT_STATED and row.low < row.high and row.amount > 0:
                found.append((when, zones[row.area], _at(row, level) / row.amount))
    return found


def _at(row: Row, level: float) -> float:
    if level < MIDDLE:
        return row.low + (row.amount - row.low) * level / MIDDLE
    return row.amount + (row.high - row.amount) * (level - MIDDLE) / MIDDLE
