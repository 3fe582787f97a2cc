"""Say how far the model itself errs about districts, from what it misses of what was published by 2016.

What is missed is the model's own error less the publication's, and what the parameters leave open. The
districts of a region err partly alike in all three, and sixteen of them say little about a size, so it is not
one number but a distribution: likely as what is missed makes it, from a prior whose middle is what the fit
held possible. Where what is missed could all be the publication's, the prior decides.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import halfnorm

from calibration.fit_targets import WANTED, model_correlation
from calibration.measurement import BASE_YEAR
from calibration.observed import LAST_FIT_YEAR
from sim.data.tables import DISTRICTS

SIZES = 20
"""Equally likely sizes that stand for the distribution."""

_GRID = np.linspace(0.0, 0.3, 1201)


def possible() -> float:
    """Return the relative error of a district in 2016 that the fit holds possible: one standard deviation."""
    (found,) = (item for item in WANTED if item.indicator == "residents" and item.areas == DISTRICTS)
    return found.discrepancy


def own_error(missed: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return equally likely standard deviations of the model's own error of a district in 2016, rising.

    Parameters
    ----------
    missed
        Log model over published of each district at the end of 2016, (16,).
    covariance
        Of the publications' relative errors and of what the parameters leave open, (16, 16).

    Notes
    -----
    A normal density of what is missed, with the model's own error of size s partly alike in an area group
    (`model_correlation`), times a half-normal prior of s whose median is `possible`.
    """
    scale = possible() / halfnorm.ppf(0.5)
    log_density = halfnorm.logpdf(_GRID, scale=scale)
    for n, size in enumerate(_GRID):
        matrix = covariance + size**2 * model_correlation()
        _, log_determinant = np.linalg.slogdet(matrix)
        log_density[n] -= 0.5 * (missed @ np.linalg.solve(matrix, missed) + log_determinant)
    reached = np.cumsum(np.exp(log_density - log_density.max()))
    steps = (np.arange(SIZES) + 0.5) / SIZES
    return np.asarray(np.interp(steps, reached / reached[-1], _GRID))


def walked_to(year: int, sizes: np.ndarray) -> np.ndarray:
    """Return sizes of 2016 at another year's end: the error walks at random away from the census of 2010."""
    return np.asarray(sizes * ((year - BASE_YEAR) / (LAST_FIT_YEAR - BASE_YEAR)) ** 0.5)


def root_mean_square(sizes: np.ndarray) -> float:
    """Return the standard deviation that errors of all these sizes together have."""
    return float(np.sqrt(np.mean(sizes**2)))
