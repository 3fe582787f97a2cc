"""Compare the core's four densities with a base quarter and, above all, with no measures.

The documents ask that the four densities fall and give no numbers for them. Demolition can only lower floor
area, so the difference from the scenario without measures, paired by replication, says more than the change
in time. What visitors do is not judged inside the epidemic but before and after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.calendar import format_quarter, parse_quarter
from sim.outcomes.series import Book, Series, as_book
from sim.outcomes.spread import mean, share, spread

COLUMNS = (
    "scenario",
    "density",
    "unit",
    "base_quarter",
    "base",
    "quarter",
    "estimate",
    "low",
    "high",
    "change_percent",
    "probability_lower",
    "against_no_measures",
    "against_no_measures_low",
    "against_no_measures_high",
    "against_no_measures_probability",
    "evidence",
    "n_replications",
    "status",
    "reason",
    "beside",
)
"""Every key of a row, in order."""

AREA = "core"
LAND_KM2 = 92.39
"""Land of Dongcheng and Xicheng, districts.csv."""
LAND_OF_THE_PLAN_KM2 = 92.5
"""Land as the regulatory plan of the core rounds it."""

NO_MEASURES = "no-measures"

_BASES = (parse_quarter("2016Q4"), parse_quarter("2020Q4"))
_EPIDEMIC = (parse_quarter("2020Q1"), parse_quarter("2022Q4"))
_BEFORE, _AFTER = parse_quarter("2019Q4"), parse_quarter("2023Q4")
_SHOWN = tuple(parse_quarter(text) for text in ("2020Q4", "2025Q4", "2035Q4", "2050Q4"))


@dataclass(frozen=True)
class _Density:
    """Describe one density: what it is read from and how well its base is known."""

    name: str
    indicator: str
    unit: str
    evidence: str
    beside: bool = False
    visitors: bool = False


OBSERVED, MODELLED, NO_BASE = "observed base", "modelled base", "no base"
NO_BASE_REASON = "no base is published: the change only"

_DENSITIES = (
    _Density("population", "population_density", "persons/km2", OBSERVED),
    _Density("building", "building_density", "m2/km2", MODELLED),
    _Density("tourism", "tourism_density", "visits/day/km2", MODELLED, visitors=True),
    _Density("commercial", "commercial_density", "outlets/km2", MODELLED),
    _Density("commercial_floor_area", "commercial_floor_density", "m2/km2", MODELLED, beside=True),
    _Density("sights", "visitors_scenic", "visits/day", MODELLED, beside=True, visitors=True),
    _Density("lodging_beds", "lodging_density", "beds/km2", NO_BASE, beside=True, visitors=True),
    _Density("hospital_beds", "hospital_beds", "beds", MODELLED, beside=True),
    _Density("hospital_visits", "hospital_visits", "visits/quarter", MODELLED, beside=True, visitors=True),
)
NEEDED = tuple(density.indicator for density in _DENSITIES)
"""Indicators of the core that the densities are read from."""


def evaluate(rows: pd.DataFrame | Book, *, until: str, scenarios: Sequence[str]) -> pd.DataFrame:
    """Compare the densities of the core.

    Parameters
    ----------
    rows
        The `NEEDED` indicators of the core, those of ``no-measures`` among them where the store has it: a
        book, or tidy rows.
    until
        Last quarter of the runs.
    scenarios
        Scenarios in the order of the rows.

    Returns
    -------
    Rows with `COLUMNS` for 2020Q4, 2025Q4, 2035Q4 and 2050Q4 as far as the runs reach, and for their last
    quarter; of what visitors do for 2019Q4 in place of a quarter of the epidemic, and for
    2023Q4. ``base_quarter`` is 2016Q4 for quarters up to 2020Q4 and 2020Q4 after, 2019Q4 for visitors.
    ``beside`` marks what is no density but is judged with them. Differences from no measures are in the
    density's unit; ``probability`` is the share of replications in which the density is lower. Where no base
    is published only the change is given and nothing is judged.
    """
    book, last = as_book(rows), parse_quarter(until)
    shown = sorted({*(quarter for quarter in _SHOWN if quarter < last), last})
    found = [
        _row(scenario, density, quarter, book)
        for scenario in scenarios
        for density in _DENSITIES
        for quarter in _quarters(density, shown)
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def indicator_of(density: str) -> str:
    """Return the indicator that a density is read from."""
    return next(item.indicator for item in _DENSITIES if item.name == density)


def differences(
    rows: pd.DataFrame | Book, *, until: str, scenarios: Sequence[str]
) -> Iterator[tuple[str, str, str, str, str, np.ndarray]]:
    """Yield each density's difference in each replication, from no measures or else from its base quarter.

    Parameters are those of `evaluate`. Yields scenario, density, unit, quarter, what it is compared with and
    the values; what stands beside the four densities is left out.
    """
    book, last = as_book(rows), parse_quarter(until)
    shown = sorted({*(quarter for quarter in _SHOWN if quarter < last), last})
    for scenario in scenarios:
        for density in (item for item in _DENSITIES if not item.beside):
            series = book.get(scenario, density.indicator, AREA)
            without = None if scenario == NO_MEASURES else book.get(NO_MEASURES, density.indicator, AREA)
            for quarter in _quarters(density, shown):
                base = base_of(quarter, visitors=density.visitors)
                if series is None or _reason(series, quarter, base):
                    continue
                if without is None:
                    with_what, values = format_quarter(base), series.at(quarter) - series.at(base)
                else:
                    one, other = series.paired(without)
                    with_what, values = NO_MEASURES, one.at(quarter) - other.at(quarter)
                if len(values) and np.isfinite(values).all():
                    yield scenario, density.name, density.unit, format_quarter(quarter), with_what, values


def _quarters(density: _Density, shown: Sequence[int]) -> list[int]:
    """Return the quarters in which a density is looked at."""
    if not density.visitors:
        return list(shown)
    inside = range(_EPIDEMIC[0], _EPIDEMIC[1] + 1)
    moved = {_BEFORE if quarter in inside else quarter for quarter in shown}
    return sorted(moved | ({_AFTER} if shown[-1] >= _AFTER else set()))


def base_of(quarter: int, *, visitors: bool = False) -> int:
    """Return the quarter a density is compared with; that of visitors lies before the epidemic."""
    if quarter <= _BASES[1]:
        return _BASES[0]
    return _BEFORE if visitors else _BASES[1]


def _row(scenario: str, density: _Density, quarter: int, book: Book) -> dict[str, Any]:
    base = base_of(quarter, visitors=density.visitors)
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "scenario": scenario,
        "density": density.name,
        "unit": density.unit,
        "base_quarter": format_quarter(base),
        "quarter": format_quarter(quarter),
        "evidence": density.evidence,
        "beside": density.beside,
    }
    series = book.get(scenario, density.indicator, AREA)
    reason = _reason(series, quarter, base)
    if reason or series is None:
        return row | {"status": "not_judged", "reason": reason}
    now, before = series.at(quarter), series.at(base)
    estimate, low, high = spread(now)
    was = mean(before)
    change = {
        "change_percent": None if not was or estimate is None else 100 * (estimate / was - 1),
        "probability_lower": share(now < before),
        "n_replications": len(now),
    }
    if density.evidence == NO_BASE:
        return row | change | {"status": "not_judged", "reason": NO_BASE_REASON}
    return (
        row
        | change
        | _against(scenario, density, series, quarter, book)
        | {
            "base": was,
            "estimate": estimate,
            "low": low,
            "high": high,
            "status": "judged",
        }
    )


def _reason(series: Series | None, quarter: int, base: int) -> str | None:
    if series is None:
        return "the store does not hold it"
    if quarter < base:
        return f"the runs end before the base quarter {format_quarter(base)}"
    if not np.isfinite(series.at(quarter)).all():
        return "the value is not known in every replication"
    return None


def _against(
    scenario: str, density: _Density, series: Series, quarter: int, book: Book
) -> dict[str, float | None]:
    """Return the paired difference from no measures, where there is something to compare with."""
    without = book.get(NO_MEASURES, density.indicator, AREA)
    if scenario == NO_MEASURES or without is None:
        return {}
    one, other = series.paired(without)
    difference = one.at(quarter) - other.at(quarter)
    estimate, low, high = spread(difference)
    return {
        "against_no_measures": estimate,
        "against_no_measures_low": low,
        "against_no_measures_high": high,
        "against_no_measures_probability": share(difference < 0),
    }
