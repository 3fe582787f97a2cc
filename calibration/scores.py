"""Score forecasts against what was counted: size of errors, bias, and whether intervals were honest.

The continuous ranked probability score of an ensemble is two lines of arithmetic; the library kept for it
(scoringrules) compiles on import and would make every command wait.
"""

from __future__ import annotations

import numpy as np

INTERVAL = (0.05, 0.95)
"""Quantiles that bound a 90 % interval."""


def wape_percent(forecast: np.ndarray, counted: np.ndarray) -> float:
    """Return the sum of absolute errors as a percentage of the sum counted."""
    return float(100 * np.abs(forecast - counted).sum() / counted.sum())


def expected_wape_percent(forecast: np.ndarray, members: np.ndarray) -> float:
    """Return the WAPE that a forecast's own spread lets expect: the median over what might have been counted.

    A forecast that misses by much more is surer than it should be, one that misses by much less had luck or
    doubts itself too much.

    Parameters
    ----------
    forecast
        Point forecast by place, (n,).
    members
        What might be counted by the forecast, (n, members).
    """
    missed = np.abs(members - forecast[:, None]).sum(axis=0) / members.sum(axis=0)
    return float(100 * np.median(missed))


def mape_percent(forecast: np.ndarray, counted: np.ndarray) -> float:
    """Return the mean of the absolute errors, each as a percentage of what was counted there."""
    return float(100 * np.mean(np.abs(forecast - counted) / counted))


def bias_percent(forecast: np.ndarray, counted: np.ndarray) -> float:
    """Return the mean of the errors with their sign, each as a percentage of what was counted there."""
    return float(100 * np.mean((forecast - counted) / counted))


def crps(members: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return the continuous ranked probability score of each forecast, in the unit of the forecast.

    E|X - y| - E|X - X'| / 2 over the members of an ensemble (Gneiting and Raftery 2007, equation 21); the
    absolute error where all members are one number.

    Parameters
    ----------
    members
        Ensemble of each forecast, (n, members).
    counted
        What was counted, (n,).
    """
    ordered = np.sort(members, axis=1)
    n = ordered.shape[1]
    error = np.abs(ordered - counted[:, None]).mean(axis=1)
    # The mean of |X - X'| over all pairs, from the sorted members: each is above its rank of the others.
    rank = 2 * np.arange(n) - n + 1
    spread: np.ndarray = (ordered * rank).sum(axis=1) * 2 / n**2
    return np.asarray(error - spread / 2)


def interval(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of the 90 % interval of each forecast, (n,) each."""
    low, high = np.quantile(members, INTERVAL, axis=1)
    return low, high


def coverage(members: np.ndarray, counted: np.ndarray) -> float:
    """Return the share of forecasts whose 90 % interval holds what was counted."""
    low, high = interval(members)
    return float(np.mean((low <= counted) & (counted <= high)))


def width_percent(members: np.ndarray, counted: np.ndarray) -> float:
    """Return the mean width of the 90 % intervals as a percentage of what was counted."""
    low, high = interval(members)
    return float(100 * np.mean((high - low) / counted))
