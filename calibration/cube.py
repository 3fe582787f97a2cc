"""Draw from densities over the unit cube by sequential Monte Carlo: points are led from prior to fit.

Del Moral, Doucet and Jasra (2006), Sequential Monte Carlo samplers, JRSS B 68(3); the temperatures are chosen
so that the effective number of points stays above a share (Jasra et al. 2011, Scandinavian Journal of
Statistics 38(1)). The same code draws from a posterior and from what history matching has not ruled out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import qmc

LogDensity = Callable[[np.ndarray], np.ndarray]
"""Takes points (n, d) of the unit cube and returns (n,)."""

_LEAST_SHARE = 0.5
_MOST_STAGES = 60
_WIDEST_STEP = 2.38
"""Step of a random walk over its target's spread, best in many dimensions (Roberts, Gelman, Gilks 1997)."""


@dataclass(frozen=True)
class Sample:
    """Hold points drawn, how often a move was taken at the end, and how many stages it needed."""

    points: np.ndarray
    acceptance: float
    stages: int


def latin_hypercube(n: int, dim: int, seed: int) -> np.ndarray:
    """Return n points that fill the unit cube evenly in each direction, (n, dim)."""
    return np.asarray(qmc.LatinHypercube(dim, rng=np.random.default_rng(seed)).random(n))


def draw(log_density: LogDensity, dim: int, n: int, seed: int, *, moves: int = 5) -> Sample:
    """Draw points of the unit cube with a density over the uniform prior.

    Parameters
    ----------
    log_density
        Log of the density over the prior's, up to a constant.
    dim, n
        Dimensions and number of points.
    seed
        The same seed gives the same points.
    moves
        Moves of each point at each temperature; three times as many at the last one.
    """
    rng = np.random.default_rng(seed)
    points = latin_hypercube(n, dim, seed)
    known = log_density(points)
    heat, scale, acceptance, stage = 0.0, 1.0, 1.0, 0
    while heat < 1.0 and stage < _MOST_STAGES:
        stage += 1
        step = 1.0 - heat if stage == _MOST_STAGES else _step(known, 1.0 - heat)
        heat = min(1.0, heat + step)
        spread = _spread(points, np.exp(_weights(known, step)))
        chosen = _resample(_weights(known, step), rng)
        points, known = points[chosen], known[chosen]
        for _ in range(moves if heat < 1.0 else 3 * moves):
            points, known, acceptance = _move(points, known, log_density, heat, scale * spread, rng)
            scale = float(np.clip(scale * np.exp(acceptance - 0.25), 0.05, 2.0))
    return Sample(points, acceptance, stage)


def effective_number(log_weights: np.ndarray) -> float:
    """Return how many equally weighted points weighted ones are worth: 1 over the sum of squared weights."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def _step(known: np.ndarray, most: float) -> float:
    """Return the largest rise of the temperature that keeps half of the points effective."""
    wanted = _LEAST_SHARE * len(known)

    def lack(step: float) -> float:
        return effective_number(step * known) - wanted

    return most if lack(most) >= 0 else max(float(brentq(lack, 0.0, most, xtol=1e-10)), 1e-9)


def _weights(known: np.ndarray, step: float) -> np.ndarray:
    """Return log weights that sum to one."""
    raw = step * known
    raw = raw - raw.max()
    return np.asarray(raw - np.log(np.exp(raw).sum()))


def _resample(log_weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return indices drawn by weight with one uniform for all (systematic resampling)."""
    n = len(log_weights)
    edges = np.cumsum(np.exp(log_weights))
    return np.minimum(np.searchsorted(edges, (rng.random() + np.arange(n)) / n), n - 1)


def _spread(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a lower triangle that spreads steps as the weighted points are spread."""
    dim = points.shape[1]
    centred = points - weights @ points
    covariance = (centred * weights[:, None]).T @ centred + 1e-8 * np.eye(dim)
    return np.asarray(_WIDEST_STEP / dim**0.5 * np.linalg.cholesky(covariance))


def _move(
    points: np.ndarray,
    known: np.ndarray,
    log_density: LogDensity,
    heat: float,
    spread: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the points after one step of a random walk that is thrown back by the walls of the cube."""
    raw = points + rng.standard_normal(points.shape) @ spread.T
    proposed = np.abs(raw) % 2.0
    proposed = np.where(proposed > 1.0, 2.0 - proposed, proposed)
    there = log_density(proposed)
    taken = np.log(rng.random(len(points))) < heat * (there - known)
    points = np.where(taken[:, None], proposed, points)
    return points, np.where(taken, there, known), float(taken.mean())
