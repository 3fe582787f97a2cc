"""Compare scenarios with a base, replication by replication.

Replication k of every scenario has the same random numbers and parameters, so the difference within a
replication is due to the scenario; its spread over replications is much smaller than that of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.outcomes.panel import Panel
from sim.outcomes.replications import sureness
from sim.outcomes.series import Series
from sim.outcomes.spread import spread, spreads
from sim.scenarios.chosen import Chosen
from sim.scenarios.results import Results
from sim.scenarios.store import load_results

COLUMNS = (
    "scenario",
    "base",
    "indicator",
    "level",
    "area",
    "quarter",
    "unit",
    "estimate",
    "low",
    "high",
    "share_with_sign",
    "n_replications",
    "base_estimate",
    "change_percent",
    "variance_reduction",
    "mean_low",
    "mean_high",
    "enough",
    "more_to_halve",
)
"""Every key of a row, in order."""

INDICATORS = (
    "residents",
    "residents_non_local",
    "households",
    "jobs",
    "businesses",
    "commercial_outlets",
    "floor_area",
    "population_density",
    "building_density",
    "commercial_density",
    "informal_residents",
    "rent",
    "rent_burden",
    "income",
    "commute_minutes",
    "vacancy_rate",
)
"""Indicators that are compared when none are named."""

LEVELS = ("city", "area", "district")
CELL = ("indicator", "level", "area", "quarter", "unit")
"""What a row is of."""

_SHARED = ("sample", "seed")
_MADE_WITH = ("code", "data")


def compare(
    stores: str | Path | Results | Sequence[str | Path | Results],
    base: str,
    scenario: Chosen = None,
    *,
    indicator: Chosen = None,
    level: Chosen = LEVELS,
    area: Chosen = None,
    quarter: Chosen = None,
) -> pd.DataFrame:
    """Return paired differences from a base scenario.

    Parameters
    ----------
    stores
        One store, or several made with the same code and data, sample and seed.
    base
        The scenario to compare with.
    scenario
        Scenarios to compare; all others when left out.
    indicator, level, area, quarter
        What to compare; `INDICATORS` at `LEVELS` in the last quarter when left out.

    Returns
    -------
    Rows with `COLUMNS`: the mean difference, its bounds (5 % and 95 % quantiles, or minimum and maximum with
    fewer than 20 replications), the share of replications with the sign of the mean (ties count half), the
    base's own mean, the difference in percent of it, and how many times larger the variance would be were the
    replications not paired (null with one replication or where nothing varies). ``mean_low`` and
    ``mean_high`` are the 90 % confidence interval of the mean difference, ``enough`` whether it lies on one
    side of zero, ``more_to_halve`` how many more replications would make it half as wide (null with one
    replication). Rows whose value is not known everywhere are left out.

    Raises
    ------
    InputError
        When a scenario is not there, the stores do not fit together, or no replication is in both scenarios.
    """
    opened = _open(stores)
    homes = _homes(opened)
    if base not in homes:
        raise InputError(f"no store holds the base scenario '{base}'", mend=f"there are {', '.join(homes)}")
    chosen = [scenario] if isinstance(scenario, str) else list(scenario or homes)
    for name in chosen:
        if name not in homes:
            raise InputError(f"no store holds the scenario '{name}'", mend=f"there are {', '.join(homes)}")
    last = min(store.until for store in opened)
    asked: dict[str, Chosen] = {
        "indicator": indicator or INDICATORS, "level": level, "area": area, "quarter": quarter or last
    }  # fmt: skip
    names = [name for name in chosen if name != base]
    other = homes[base].panel(base, **asked, following="".join(names[:1]))
    rows = [
        {"scenario": name, "base": base, **row}
        for name, following in zip(names, [*names[1:], ""], strict=True)
        for row in _differences(homes[name].panel(name, **asked, following=following), other, name, base)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def difference(one: Series, other: Series, quarter: int) -> dict[str, Any]:
    """Return the paired difference of two series in one quarter: estimate, low, high, share_with_sign, n."""
    left, right = one.paired(other)
    values = left.at(quarter) - right.at(quarter)
    return _summary(values) | {
        "base_estimate": spread(right.at(quarter)).estimate,
        "variance_reduction": variance_reduction(left.at(quarter), right.at(quarter)),
    }


def variance_reduction(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return the variance of unpaired differences over that of paired ones; None where that means nothing."""
    if len(one) < 2 or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    paired = float(np.var(one - other, ddof=1))
    return float((np.var(one, ddof=1) + np.var(other, ddof=1)) / paired) if paired > 0 else None


def _summary(values: np.ndarray) -> dict[str, Any]:
    estimate, low, high = spread(values)
    return {
        "estimate": estimate,
        "low": low,
        "high": high,
        "share_with_sign": None if estimate is None else _share_with_sign(values, estimate),
        "n_replications": len(values),
    }


def _share_with_sign(values: np.ndarray, estimate: float) -> float:
    """Return the share of values with the sign of the mean; where nothing differs every value agrees."""
    if estimate == 0:
        return 1.0 if not values.any() else 0.5
    return float(np.mean((values * np.sign(estimate) > 0) + 0.5 * (values == 0)))


def _differences(one: Panel, other: Panel, name: str, base: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each cell of the base that is known everywhere, in the base's order."""
    shared = sorted(set(one.replications) & set(other.replications))
    if not shared:
        raise InputError(
            f"'{name}' and '{base}' have no replication in common",
            mend="run both with the same replications",
        )
    place = one.cells.find(other.cells)
    values = np.where(place >= 0, _of(one, shared)[:, place], np.nan)
    # The replications of a cell stand together, as sums over them run along memory.
    found_of = _each_place(np.asfortranarray(values), np.asfortranarray(_of(other, shared)))
    for cell, found in zip(other.cells.rows(CELL), found_of, strict=True):
        if found is not None:
            yield dict(zip(CELL, cell, strict=True)) | found


def _of(panel: Panel, replications: Sequence[int]) -> np.ndarray:
    """Return the values of some replications, in their order."""
    row = {number: place for place, number in enumerate(panel.replications)}
    return panel.values[[row[number] for number in replications]]


def _each_place(one: np.ndarray, other: np.ndarray) -> Iterator[dict[str, Any] | None]:
    """Yield what `difference` says of each column, and the percentage; None where a value is not known."""
    values, was = np.ascontiguousarray((one - other).T), np.ascontiguousarray(other.T)
    agree = ((values * np.sign(values.mean(axis=1))[:, None] > 0) + 0.5 * (values == 0)).mean(axis=1)
    agree[~values.any(axis=1)] = 1.0
    sure = list(zip(*sureness(values).values(), strict=True))
    columns = zip(*spreads(values), agree, spreads(was)[0], _reductions(one, other), sure, strict=True)
    for estimate, low, high, share, base, reduction, (mean_low, mean_high, enough, more) in columns:
        if np.isnan(estimate):
            yield None
            continue
        yield {
            "estimate": float(estimate),
            "low": float(low),
            "high": float(high),
            "share_with_sign": float(share),
            "n_replications": len(one),
            "base_estimate": float(base),
            "variance_reduction": None if np.isnan(reduction) else float(reduction),
            "mean_low": None if np.isnan(mean_low) else float(mean_low),
            "mean_high": None if np.isnan(mean_high) else float(mean_high),
            "enough": None if np.isnan(enough) else bool(enough),
            "more_to_halve": None if np.isnan(more) else int(more),
            "change_percent": 100 * float(estimate) / float(base) if base else None,
        }


def _reductions(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `variance_reduction` of each column; NaN where it says None."""
    if len(one) < 2:
        return np.full(one.shape[1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        paired = np.var(one - other, axis=0, ddof=1)
        cut = (np.var(one, axis=0, ddof=1) + np.var(other, axis=0, ddof=1)) / paired
    return np.where(paired > 0, cut, np.nan)


def _open(stores: str | Path | Results | Sequence[str | Path | Results]) -> list[Results]:
    given = [stores] if isinstance(stores, str | Path | Results) else list(stores)
    if not given:
        raise InputError("no store is given", mend="give at least one")
    opened = [store if isinstance(store, Results) else load_results(store) for store in given]
    for store in opened[1:]:
        _refuse_unlike(opened[0], store)
    return opened


def _refuse_unlike(first: Results, other: Results) -> None:
    """Refuse two stores whose replications are not pairs, saying how they differ."""
    why = [
        f"the {name} differ" if name == "data" else f"the {name} differs"
        for name in _MADE_WITH
        if first.batch.made_with[name] != other.batch.made_with[name]
    ]
    why += [
        f"the {name} is {first.batch.settings[name]} in one and {other.batch.settings[name]} in the other"
        for name in _SHARED
        if first.batch.settings[name] != other.batch.settings[name]
    ]
    if first.batch.settings["parameters_digest"] != other.batch.settings["parameters_digest"]:
        why.append("the parameters differ")
    if why:
        raise InputError(
            "the stores cannot be compared",
            where=f"{first.path} and {other.path}",
            why="; ".join(why),
            mend="run all scenarios into one store",
        )


def _homes(stores: list[Results]) -> dict[str, Results]:
    """Return the store of each scenario; one that is in several must have the same content there."""
    homes: dict[str, Results] = {}
    for store in stores:
        for name in store.scenarios:
            held = homes.setdefault(name, store)
            if held.batch.scenarios[name] != store.batch.scenarios[name]:
                raise InputError(
                    f"the scenario '{name}' has other content in the other store",
                    where=f"{held.path} and {store.path}",
                    mend="run all scenarios into one store",
                )
    return homes
