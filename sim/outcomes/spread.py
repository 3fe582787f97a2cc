"""Summarise replications the same way everywhere: mean, 90 % interval, share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ENOUGH = 20
"""With fewer replications an interval would claim too much: the minimum and maximum are given instead."""

INTERVAL = 0.90


class Spread(NamedTuple):
    """Hold a mean and its bounds over replications."""

    estimate: float | None
    low: float | None
    high: float | None


def spread(values: np.ndarray) -> Spread:
    """Return mean and bounds of one value a replication.

    The bounds are the 5 % and 95 % quantiles from `ENOUGH` replications on, the minimum and maximum below.
    Values that are not known in some replication make the whole unknown.
    """
    if not len(values) or not np.isfinite(values).all():
        return Spread(None, None, None)
    tail = (1 - INTERVAL) / 2 if len(values) >= ENOUGH else 0.0
    low, high = np.quantile(values, [tail, 1 - tail])
    return Spread(float(values.mean()), float(low), float(high))


def mean(values: np.ndarray) -> float | None:
    """Return the mean of one value a replication, as `spread` does, without its bounds."""
    return float(values.mean()) if len(values) and np.isfinite(values).all() else None


def spreads(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and bounds of each row, as `spread` does of one; NaN where it says None.

    Parameters
    ----------
    values
        Array (n_quantities, n_replications).
    """
    n = values.shape[1]
    known = np.isfinite(values).all(axis=1) if n else np.zeros(len(values), bool)
    estimate, low, high = (np.full(len(values), np.nan) for _ in range(3))
    if known.any():
        tail = (1 - INTERVAL) / 2 if n >= ENOUGH else 0.0
        low[known], high[known] = np.quantile(values[known], [tail, 1 - tail], axis=1)
        estimate[known] = values[known].mean(axis=1)
    return estimate, low, high


def share(hits: np.ndarray) -> float | None:
    """Return the share of replications in which something holds."""
    return float(np.mean(hits)) if len(hits) else None
