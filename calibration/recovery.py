"""Fit to the model's own output, with known parameters, and see whether they are found again.

Talts et al. (2018), Validating Bayesian inference algorithms with simulation-based calibration,
arXiv 1804.06788. Each truth is a run of the first wave, whose parameters were drawn from their priors; errors
of publication and of the model are added to what it gave, and the emulators do not know it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration import cube as cubes
from calibration.emulator import Emulator, with_runs
from calibration.likelihood import Likelihood

_PARTICLES = 200
_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Recovery:
    """Hold what came of looking for known parameters.

    Attributes
    ----------
    truths
        The parameters as shares of their priors, (n, d).
    ranks
        Share of the posterior's draws below each, (n, d): uniform where all is well.
    contraction
        1 - variance of the posterior over that of the prior, (n, d).
    """

    truths: np.ndarray
    ranks: np.ndarray
    contraction: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """Return the share of truths inside the 90 % interval of each parameter, (d,)."""
        inside = (self.ranks >= _LOW) & (self.ranks <= _HIGH)
        return np.asarray(inside.mean(axis=0)) if len(inside) else np.full(self.ranks.shape[1], np.nan)


def recover(
    emulator: Emulator,
    points: np.ndarray,
    outputs: np.ndarray,
    covariance: np.ndarray,
    sd: np.ndarray,
    n: int,
    seed: int,
) -> Recovery:
    """Look for the parameters of n runs, each by an emulator that does not know it.

    Parameters
    ----------
    emulator
        Gives the length scales; its runs are replaced.
    points, outputs
        The runs, those drawn from the prior first, (n_runs, d) and (n_runs, n_targets).
    covariance, sd
        Of the errors of publication and model; what outputs are weighed by.
    n, seed
        Number of truths, the first runs, and the seed of the errors that are added.
    """
    rng = np.random.default_rng([seed, 7])
    root = np.linalg.cholesky(covariance)
    dim = points.shape[1]
    n = min(n, len(points))
    ranks, contraction = np.zeros((n, dim)), np.zeros((n, dim))
    for k in range(n):
        others = np.arange(len(points)) != k
        without = with_runs(emulator, points[others], outputs[others], sd)
        seen = outputs[k] + root @ rng.standard_normal(len(root))
        drawn = cubes.draw(Likelihood(without, covariance, seen), dim, _PARTICLES, seed + k).points
        ranks[k] = (drawn < points[k]).mean(axis=0)
        contraction[k] = contraction_of(drawn)
    return Recovery(points[:n].copy(), ranks, contraction)


def contraction_of(points: np.ndarray) -> np.ndarray:
    """Return 1 - variance over that of the uniform prior, of points of the unit cube, (d,)."""
    return np.asarray(1.0 - points.var(axis=0) * 12.0)
