"""Say whether there are enough replications: how surely the mean is known, and how many more would help.

The interval here is the 90 % confidence interval of the mean over replications (Student 1908), which narrows
with more of them; the low and high of an outcome show how replications differ, which does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.outcomes import densities, targets
from sim.outcomes.indicators import Indicated
from sim.outcomes.spread import INTERVAL

if TYPE_CHECKING:
    from sim.policy.schema import Target

COLUMNS = (
    "scenario",
    "subject",
    "name",
    "area",
    "indicator",
    "basis",
    "quarter",
    "unit",
    "compared_with",
    "n_replications",
    "estimate",
    "low",
    "high",
    "width",
    "more_to_halve",
    "verdict",
    "more_to_decide",
    "probability",
    "probability_low",
    "probability_high",
)
"""Every key of a row, in order."""

SURENESS = ("mean_low", "mean_high", "enough", "more_to_halve")
"""What `sureness` tells of a difference."""
TARGET, DENSITY = "target", "density"
ENOUGH, MORE, ONE = "enough", "more", "one_replication"
MOST = 100_000
"""More replications than this are not asked for: the mean lies at the threshold."""


def enough(results: Indicated, scenario: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return for each judged target and each density of the core whether there are enough replications.

    Returns
    -------
    Rows with `COLUMNS`. ``estimate``, ``low`` and ``high`` are the mean and its 90 % confidence interval
    (null with one replication): of a target in its own unit, of a density the difference from
    ``compared_with``, which is ``no-measures`` or else the base quarter. ``width`` is how wide the interval
    is, ``more_to_halve`` how many more replications halve it. ``verdict`` is ``enough`` where the interval
    lies on one side of the target's value (or of zero), ``more`` where it holds it; ``more_to_decide`` is how
    many more are then needed if mean and spread stay as they are (null above `MOST`). ``probability`` is the
    share of replications that reach the target (or are lower) with its 90 % interval (Wilson 1927).
    """
    names = (
        results.scenarios if scenario is None else [scenario] if isinstance(scenario, str) else list(scenario)
    )
    rows = [row for name in names for row in (*_target_rows(results, name), *_density_rows(results, name))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summary(values: np.ndarray, decided: Callable[[float, float], bool], distance: float) -> dict[str, Any]:
    """Return how surely a mean is known.

    Parameters
    ----------
    values
        One value a replication.
    decided
        Whether an interval, low and high, settles the question.
    distance
        How far the mean lies from the nearest threshold.
    """
    n, estimate = len(values), float(values.mean())
    row: dict[str, Any] = {"n_replications": n, "estimate": estimate}
    if n < 2:
        return row | {"verdict": ONE}
    deviation = float(values.std(ddof=1))
    half = deviation * _reach(n)
    settled = deviation == 0.0 or decided(estimate - half, estimate + half)
    return row | {
        "low": estimate - half,
        "high": estimate + half,
        "width": 2.0 * half,
        "more_to_halve": more_to_halve(n) if deviation else 0,
        "verdict": ENOUGH if settled else MORE,
        "more_to_decide": 0 if settled else _more(n, distance / deviation),
    }


def sureness(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return how surely the mean of each row of differences is known.

    Parameters
    ----------
    values
        Array (n_quantities, n_replications).

    Returns
    -------
    ``mean_low`` and ``mean_high``, the 90 % confidence interval of the mean; ``enough``, 1 where it does not
    hold zero or nothing varies and 0 where it does; ``more_to_halve``. NaN with one replication.
    """
    rows, n = values.shape
    if n < 2:
        return {name: np.full(rows, np.nan) for name in SURENESS}
    mean, deviation = values.mean(axis=1), values.std(axis=1, ddof=1)
    low, high = mean - deviation * _reach(n), mean + deviation * _reach(n)
    settled = (low > 0) | (high < 0) | (deviation == 0)
    more = np.where(deviation > 0, more_to_halve(n), 0)
    columns = (low, high, settled.astype(float), more.astype(float))
    return dict(zip(SURENESS, columns, strict=True))


@cache
def more_to_halve(n: int) -> int:
    """Return how many more replications make the confidence interval of the mean half as wide.

    Raises
    ------
    ValueError
        With fewer than two replications, of which there is no interval.
    """
    more = _more(n, _reach(n) / 2.0)
    if more is None:
        raise ValueError(f"{n} replications are too many to halve the interval")
    return more


def _more(n: int, reach: float) -> int | None:
    """Return how many more replications bring the half width, in standard deviations, down to a reach."""
    low, high = n, n
    while _reach(high) > reach:
        low, high = high, high * 2
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _reach(middle) > reach else (low, middle)
    return high - n


@cache
def _reach(n: int) -> float:
    """Return half the width of the interval of a mean over n replications, in standard deviations."""
    from scipy.special import stdtrit

    if n < 2:
        raise ValueError("one replication gives no interval")
    return float(stdtrit(n - 1, 0.5 + INTERVAL / 2.0)) / math.sqrt(n)


def _target_rows(results: Indicated, name: str) -> list[dict[str, Any]]:
    judged = targets.values_of(results.book(), until=results.until, scenarios=[name])
    return [
        {
            "scenario": name,
            "subject": TARGET,
            "name": target.id,
            "area": target.area,
            "indicator": target.indicator,
            "basis": basis,
            "quarter": f"{target.year}Q4",
            "unit": target.unit,
            "compared_with": "target",
        }
        | summary(values, _one_side(target), _distance(target, float(values.mean())))
        | _probability(targets.reached(values, target))
        for _, target, basis, values, _ in judged
    ]


def _density_rows(results: Indicated, name: str) -> list[dict[str, Any]]:
    found = densities.differences(results.book(), until=results.until, scenarios=[name])
    return [
        {
            "scenario": name,
            "subject": DENSITY,
            "name": density,
            "area": densities.AREA,
            "indicator": densities.indicator_of(density),
            "basis": "latent",
            "quarter": quarter,
            "unit": unit,
            "compared_with": with_what,
        }
        | summary(values, lambda low, high: low > 0.0 or high < 0.0, abs(float(values.mean())))
        | _probability(values < 0.0)
        for _, density, unit, quarter, with_what, values in found
    ]


def _one_side(target: Target) -> Callable[[float, float], bool]:
    """Return whether an interval lies wholly where the target is reached, or wholly where it is not."""
    ends = _thresholds(target)
    return lambda low, high: not any(low <= end <= high for end in ends)


def _distance(target: Target, mean: float) -> float:
    return min(abs(mean - end) for end in _thresholds(target))


def _thresholds(target: Target) -> list[float]:
    if target.operator != "range":
        return [target.value]
    return [target.value if end is None else end for end in (target.value_low, target.value_high)]


def _probability(hits: np.ndarray) -> dict[str, float]:
    low, high = _wilson(int(hits.sum()), len(hits))
    return {"probability": float(hits.mean()), "probability_low": low, "probability_high": high}


@cache
def _wilson(n_hits: int, n: int) -> tuple[float, float]:
    """Return the interval of a share; `scipy.stats` has it too and takes a second to be imported."""
    from scipy.special import ndtri

    z, share = float(ndtri(0.5 + INTERVAL / 2.0)), n_hits / n
    middle = (n_hits + z**2 / 2.0) / (n + z**2)
    half = z / (n + z**2) * math.sqrt(n * share * (1.0 - share) + z**2 / 4.0)
    low, high = middle - half, middle + half
    return 0.0 if n_hits == 0 else low, 1.0 if n_hits == n else high
