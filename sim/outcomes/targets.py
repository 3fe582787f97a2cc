"""Judge every published target on the latent and on the official measure.

A target is judged in each replication; the share of replications that reach it is its probability. Estimates
are in the target's own unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.calendar import format_quarter, parse_quarter
from sim.outcomes.series import Book, Series, as_book
from sim.outcomes.spread import mean, share, spread
from sim.units import parse_unit

if TYPE_CHECKING:
    from sim.policy.schema import Target

COLUMNS = (
    "scenario",
    "target",
    "area",
    "indicator",
    "quarter",
    "operator",
    "value",
    "unit",
    "basis",
    "estimate",
    "low",
    "high",
    "probability",
    "n_replications",
    "gap_percent",
    "first_reached",
    "status",
    "reason",
    "document",
    "clause",
    "value_low",
    "value_high",
    "reached",
    "baseline_quarter",
    "absolute_value",
    "absolute_estimate",
    "absolute_unit",
    "change_value_percent",
    "change_estimate_percent",
    "how",
    "confidence",
    "note",
)
"""Every key of a row, in order; those after ``clause`` add the other form of a target and its source."""

JUDGED, NOT_JUDGED = "judged", "not_judged"

_RESIDENTS = {"latent": "residents", "official": "residents_official"}
_NON_LOCALS = {"latent": "residents_non_local", "official": "residents_non_local_official"}
_MEASURED_BY: dict[str, dict[str, str]] = {
    "resident_population": _RESIDENTS,
    "resident_population_change": _RESIDENTS,
    "population_density": _RESIDENTS,
    "non_local_population": _NON_LOCALS,
    "above_ground_floor_area": {"latent": "floor_area"},
    "employed_population": {"latent": "jobs"},
}
NEEDED = tuple(dict.fromkeys(name for measured in _MEASURED_BY.values() for name in measured.values()))
"""Indicators that the judged targets are read from."""

_DENSITY = "population_density"
_CHANGE, _REDUCTION = "_change", "_reduction"
_PERSONS_UNIT = "10k persons"


@dataclass(frozen=True)
class _Judged:
    """Hold what one target, basis and scenario come to, in the target's unit: one value a replication."""

    values: np.ndarray
    absolute: np.ndarray
    change: np.ndarray | None
    first: int | None


def evaluate(
    rows: pd.DataFrame | Book,
    *,
    until: str,
    scenarios: Sequence[str],
    targets: Iterable[Target] | None = None,
) -> pd.DataFrame:
    """Judge targets from indicators.

    Parameters
    ----------
    rows
        The `NEEDED` indicators at city, area and district level, scaled to the whole city: a book, or tidy
        rows with columns scenario, replication, quarter, area, indicator, value.
    until
        Last quarter of the runs.
    scenarios
        Scenarios in the order of the rows.
    targets
        The targets; the packaged ones when left out.

    Returns
    -------
    One row for each scenario, target and basis with `COLUMNS`. What the model does not carry, and what lies
    beyond the run, is listed as ``not_judged`` with the reason.
    """
    if targets is None:
        from sim.policy.catalogue import load_targets

        targets = load_targets()
    book, last, asked = as_book(rows), parse_quarter(until), list(targets)
    found = [
        _row(scenario, target, basis, indicator, book, last)
        for scenario in scenarios
        for target in asked
        for basis, indicator in _MEASURED_BY.get(target.indicator, {"latent": ""}).items()
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def values_of(
    rows: pd.DataFrame | Book,
    *,
    until: str,
    scenarios: Sequence[str],
    targets: Iterable[Target] | None = None,
) -> Iterator[tuple[str, Target, str, np.ndarray, tuple[int, ...]]]:
    """Yield what each judged target comes to in each replication, in the target's own unit.

    Parameters are those of `evaluate`. Yields scenario, target, basis, values and the replications' numbers.
    """
    if targets is None:
        from sim.policy.catalogue import load_targets

        targets = load_targets()
    book, last, asked = as_book(rows), parse_quarter(until), list(targets)
    for scenario in scenarios:
        for target in asked:
            quarter = parse_quarter(f"{target.year}Q4")
            for basis, indicator in _MEASURED_BY.get(target.indicator, {}).items():
                series = book.get(scenario, indicator, target.area)
                if series is None or _reason(target, indicator, series, quarter, last):
                    continue
                values = _judge(target, series, quarter).values
                if np.isfinite(values).all():
                    yield scenario, target, basis, values, series.replications


def reached(values: np.ndarray, target: Target) -> np.ndarray:
    """Return where values in the target's unit reach it.

    ``<=`` and ``~``: at most the value; ``>=``: at least; ``=``: on a reduction at least that large, else at
    most; ``range``: between both ends.
    """
    if target.operator == "range":
        low, high = _ends(target)
        hit: np.ndarray = (values >= low) & (values <= high)
    elif target.operator == ">=" or (target.operator == "=" and target.indicator.endswith(_REDUCTION)):
        hit = values >= target.value
    else:
        # A change below zero is a reduction: at least that large means at most that number.
        hit = values <= target.value
    return hit


def gap_percent(estimate: float, target: Target) -> float:
    """Return how far an estimate is above (+) or below (-) the value, in percent of it; 0 inside a range."""
    value = target.value
    if target.operator == "range":
        low, high = _ends(target)
        value = min(max(estimate, low), high)
    return 100.0 * (estimate - value) / abs(value)


def _ends(target: Target) -> tuple[float, float]:
    """Return both ends of a range; the schema of targets sees to it that they are there."""
    low, high = target.value_low, target.value_high
    return target.value if low is None else low, target.value if high is None else high


def _row(scenario: str, target: Target, basis: str, indicator: str, book: Book, last: int) -> dict[str, Any]:
    quarter = parse_quarter(f"{target.year}Q4")
    row = _empty_row(scenario, target, basis, quarter)
    series = book.get(scenario, indicator, target.area) if indicator else None
    reason = _reason(target, indicator, series, quarter, last)
    if reason or series is None:
        return row | {"status": NOT_JUDGED, "reason": reason}
    judged = _judge(target, series, quarter)
    estimate, low, high = spread(judged.values)
    if estimate is None:
        return row | {"status": NOT_JUDGED, "reason": "the value is not known in every replication"}
    return row | {
        "estimate": estimate,
        "low": low,
        "high": high,
        "probability": share(reached(judged.values, target)),
        "n_replications": len(judged.values),
        "gap_percent": gap_percent(estimate, target),
        "first_reached": None if judged.first is None else format_quarter(judged.first),
        "status": JUDGED,
        "reached": bool(reached(np.array([estimate]), target)[0]),
        "absolute_estimate": mean(judged.absolute),
        "change_estimate_percent": None if judged.change is None else mean(judged.change),
    }


def _empty_row(scenario: str, target: Target, basis: str, quarter: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    for name in (
        "area",
        "indicator",
        "operator",
        "value",
        "unit",
        "value_low",
        "value_high",
        "how",
        "confidence",
    ):
        row[name] = getattr(target, name)
    published = _published_forms(target)
    return (
        row
        | published
        | {
            "scenario": scenario,
            "target": target.id,
            "quarter": format_quarter(quarter),
            "basis": basis,
            "document": target.document or None,
            "clause": target.clause or None,
            "note": target.note or None,
            "baseline_quarter": f"{target.baseline_year}Q4" if target.baseline_year else None,
        }
    )


def _published_forms(target: Target) -> dict[str, Any]:
    """Return a target as a level and, where its baseline is published, as a change on it."""
    if target.indicator.endswith(_CHANGE):
        level = None if target.baseline_value is None else target.baseline_value * (1 + target.value / 100)
        return {"absolute_value": level, "absolute_unit": _PERSONS_UNIT, "change_value_percent": target.value}
    change = None if not target.baseline_value else 100 * (target.value / target.baseline_value - 1)
    return {"absolute_value": target.value, "absolute_unit": target.unit, "change_value_percent": change}


def _reason(target: Target, indicator: str, series: Series | None, quarter: int, last: int) -> str | None:
    if not indicator:
        return f"the model does not carry {target.indicator}"
    if quarter > last:
        return f"the runs end in {format_quarter(last)}, before {format_quarter(quarter)}"
    if series is None:
        return f"the store holds no {indicator} of {target.area}"
    if target.indicator.endswith(_CHANGE) and target.baseline_year is None:
        return "the target names no baseline year"
    return None


def _judge(target: Target, series: Series, quarter: int) -> _Judged:
    base = parse_quarter(f"{target.baseline_year}Q4", allow_base=True) if target.baseline_year else None
    relative = target.indicator.endswith(_CHANGE)
    levels = series.values / _level_factor(target)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = None if base is None else 100 * (series.values / series.at(base)[:, None] - 1)
    judged = changes if relative and changes is not None else levels
    start = (
        0 if base is None else base + int(relative)
    )  # nothing has changed yet in the baseline quarter itself
    means = judged[:, start:].mean(axis=0)
    hits = np.flatnonzero(reached(means, target))
    return _Judged(
        values=judged[:, quarter],
        absolute=levels[:, quarter],
        change=None if changes is None else changes[:, quarter],
        first=start + int(hits[0]) if len(hits) else None,
    )


def _level_factor(target: Target) -> float:
    """Return what a level in base units is divided by to stand in the target's unit."""
    if target.indicator == _DENSITY:
        from sim.city.zones import load_zones

        return parse_unit(target.unit).factor * load_zones().land_km2(target.area)
    return parse_unit(_PERSONS_UNIT if target.indicator.endswith(_CHANGE) else target.unit).factor
