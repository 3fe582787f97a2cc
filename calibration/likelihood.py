"""Weigh points of the unit cube by how well the emulated city fits what was published."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from calibration.emulator import Emulator

CUT = 3.0
"""Implausibility from which a point is ruled out: 95 % of any distribution with one peak lies within three
standard deviations (Pukelsheim 1994, The American Statistician 48(2))."""

_SECOND = 1
"""The second largest of the targets' implausibilities counts: one target may be told or modelled wrongly."""


class Likelihood:
    """Give the log likelihood of published values at points, the emulator's own error counted.

    Parameters
    ----------
    emulator
        Predicts log model over published.
    covariance
        Of the publications' and the model's own relative errors, (n_targets, n_targets).
    observed
        What the emulated outputs are held against; zero, the published values themselves, when left out.

    Notes
    -----
    A normal density with covariance A + B' D(x) B, where A holds what does not depend on the point (errors of
    publication, of the model and the noise of runs) and D the emulator's variances of its components B. Only
    small matrices are solved for each point (Woodbury).
    """

    def __init__(
        self, emulator: Emulator, covariance: np.ndarray, observed: np.ndarray | None = None
    ) -> None:
        self._emulator = emulator
        target = np.zeros(len(covariance)) if observed is None else observed
        self._fixed = covariance + emulator.noise
        root = cholesky(self._fixed, lower=True)
        self._basis = solve_triangular(root, emulator.basis.T, lower=True)
        self._inner = self._basis.T @ self._basis
        self._gap = solve_triangular(root, target - emulator.mean, lower=True)
        self._target = target

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the log likelihood at points (n, d), up to a constant, (n,)."""
        mean, variance = self._emulator.predict(points)
        gap = self._gap - mean @ self._basis.T
        scale = np.sqrt(variance)
        inner = np.eye(len(self._inner)) + scale[:, :, None] * self._inner * scale[:, None, :]
        side = scale * (gap @ self._basis)
        solved = np.linalg.solve(inner, side[:, :, None])[:, :, 0]
        _, log_determinant = np.linalg.slogdet(inner)
        square = (gap**2).sum(axis=1) - (side * solved).sum(axis=1)
        return np.asarray(-0.5 * (square + log_determinant))

    def implausibility(self, points: np.ndarray) -> np.ndarray:
        """Return the second largest distance of any target from what was published, in its errors, (n,)."""
        distance = self.distances(points)
        place = max(distance.shape[1] - 1 - _SECOND, 0)
        return np.asarray(np.partition(distance, place, axis=1)[:, place])

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Return the distance of each target from what was published, in its errors, (n, n_targets)."""
        mean, variance = self._emulator.outputs(points)
        return np.asarray(np.abs(self._target - mean) / np.sqrt(np.diag(self._fixed) + variance))


class NotRuledOut:
    """Be the log density of what history matching has left.

    Craig et al. (1997), Pressure matching for hydrocarbon reservoirs; Andrianakis et al. (2015), Bayesian
    history matching of complex infectious disease models, doi 10.1371/journal.pcbi.1003968.
    """

    def __init__(self, likelihood: Likelihood) -> None:
        self._likelihood = likelihood

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the log density at points, (n,)."""
        beyond = np.maximum(self._likelihood.implausibility(points) - CUT, 0.0)
        return np.asarray(-0.5 * (beyond / 0.1) ** 2)
