"""Stand in for the model: Gaussian processes over the free parameters, fitted to runs.

Outputs are scaled by their errors and turned into principal components; each component gets a process of its
own over a linear trend, with a nugget that is at least the noise between replications. Higdon et al. (2008),
doi 10.1198/016214507000000888; Andrianakis and Challenor (2012), doi 10.1016/j.csda.2012.04.020; trend and
runs left out after Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, 2.7 and 5.4.2.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

MOST_COMPONENTS = 12
_EXPLAINED = 0.98
_MOST_FOR_SCALES = 250
"""Runs from which the length scales are found; all runs inform the prediction."""

_LEAST_NUGGET = 1e-4
_MORE_THAN_NOISE = 2.0
"""A component is emulated where runs spread at least so many times the variance of replications."""


@dataclass(frozen=True)
class _Process:
    """Hold one component's process with its scales: trend, kernel and what the runs say.

    ``root`` is the Cholesky factor of the runs' covariance, ``pull`` the trend's columns divided by it, and
    ``trend_root`` the triangle R of its QR decomposition.
    """

    trend: np.ndarray
    amplitude: float
    lengths: np.ndarray
    nugget: float
    root: np.ndarray
    weights: np.ndarray
    points: np.ndarray
    trend_root: np.ndarray
    pull: np.ndarray

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of the noiseless component at points, (n,) both."""
        across = self.amplitude * _correlation(points, self.points, self.lengths)
        solved = solve_triangular(self.root, across.T, lower=True)
        mean = _with_one(points) @ self.trend + across @ self.weights
        unsure = _with_one(points).T - self.pull.T @ solved
        of_trend = (solve_triangular(self.trend_root.T, unsure, lower=True) ** 2).sum(axis=0)
        return mean, np.maximum(self.amplitude - (solved**2).sum(axis=0), 0.0) + of_trend

    def left_out(self) -> np.ndarray:
        """Return each run's component minus what the others predict, (n_runs,)."""
        inverse = cho_solve((self.root, True), np.eye(len(self.points)))
        of_trend = solve_triangular(self.trend_root.T, self.pull.T, lower=True)
        drawn = solve_triangular(self.root.T, of_trend.T, lower=False)
        return np.asarray(self.weights / (np.diag(inverse) - (drawn**2).sum(axis=1)))


@dataclass(frozen=True)
class Emulator:
    """Predict log model over published from the free parameters.

    Attributes
    ----------
    mean, basis
        Mean output (n_targets,), and outputs of each component (n_components, n_targets).
    noise
        Covariance of what a run has beside the prediction: replicate noise, what is drawn from priors, and
        what the components leave out, (n_targets, n_targets).
    """

    mean: np.ndarray
    basis: np.ndarray
    noise: np.ndarray
    processes: tuple[_Process, ...]

    @property
    def dim(self) -> int:
        """Return the number of free parameters."""
        return int(self.processes[0].points.shape[1])

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the components' means and variances at points, (n, n_components) both."""
        parts = [process.predict(points) for process in self.processes]
        return np.stack([part[0] for part in parts], axis=1), np.stack([part[1] for part in parts], axis=1)

    def outputs(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means and variances of the noiseless outputs at points, (n, n_targets) both."""
        mean, variance = self.predict(points)
        return self.mean + mean @ self.basis, variance @ self.basis**2


def fit_emulator(
    points: np.ndarray, outputs: np.ndarray, sd: np.ndarray, replicates: np.ndarray, seed: int
) -> Emulator:
    """Fit an emulator to runs.

    Parameters
    ----------
    points
        Free parameters of each run in the unit cube, (n, d).
    outputs
        Log model over published of each run, (n, n_targets).
    sd
        Standard deviation of each target, by which outputs are weighed, (n_targets,).
    replicates
        Outputs of runs of one and the same point, (r, n_targets): their spread is the least nugget.
    seed
        Of the search for length scales.
    """
    scaled = outputs / sd
    mean = scaled.mean(axis=0)
    _, strength, axes = np.linalg.svd(scaled - mean, full_matrices=False)
    share = np.cumsum(strength**2) / (strength**2).sum()
    most = min(MOST_COMPONENTS, len(points) - points.shape[1] - 2, len(strength))
    n = max(1, min(int(np.searchsorted(share, _EXPLAINED)) + 1, most))
    least = (replicates / sd @ axes[:n].T).var(axis=0, ddof=1) if len(replicates) > 1 else np.zeros(n)
    told = strength[:n] ** 2 / len(points) > _MORE_THAN_NOISE * least
    told[0] = True
    axes, least, n = axes[:n][told], least[told], int(told.sum())
    components = (scaled - mean) @ axes.T
    processes = tuple(_fit_process(points, components[:, k], float(least[k]), seed + k) for k in range(n))
    return _emulator(mean, axes, processes, scaled, components, sd)


def with_runs(emulator: Emulator, points: np.ndarray, outputs: np.ndarray, sd: np.ndarray) -> Emulator:
    """Return an emulator with the same scales that knows other runs."""
    mean, axes = emulator.mean / sd, emulator.basis / sd
    scaled = outputs / sd
    components = (scaled - mean) @ axes.T
    processes = tuple(
        _conditioned(points, components[:, k], old.amplitude, old.lengths, old.nugget)
        for k, old in enumerate(emulator.processes)
    )
    return _emulator(mean, axes, processes, scaled, components, sd)


def _emulator(
    mean: np.ndarray,
    axes: np.ndarray,
    processes: tuple[_Process, ...],
    scaled: np.ndarray,
    components: np.ndarray,
    sd: np.ndarray,
) -> Emulator:
    """Return the emulator with the noise that its runs show when each is left out."""
    from sklearn.covariance import ledoit_wolf

    missed = np.stack([process.left_out() for process in processes], axis=1)
    residuals = scaled - mean - components @ axes + missed @ axes
    noise, _ = ledoit_wolf(residuals)
    return Emulator(mean * sd, axes * sd, noise * np.outer(sd, sd), processes)


def _fit_process(points: np.ndarray, values: np.ndarray, least: float, seed: int) -> _Process:
    """Find length scales and nugget by the marginal likelihood, then condition on all runs."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    chosen = np.random.default_rng(seed).permutation(len(points))[:_MOST_FOR_SCALES]
    spread = max(float(values.var()), 1e-12)
    floor = min(max(least / spread, _LEAST_NUGGET), 0.95)
    design = _with_one(points)
    trend, *_ = np.linalg.lstsq(design, values, rcond=None)
    left = (values - design @ trend) / spread**0.5
    kernel = ConstantKernel(0.3, (1e-3, 10.0)) * RBF(np.ones(points.shape[1]), (0.2, 20.0)) + WhiteKernel(
        max(0.3, floor * 1.01), (floor, 1.5)
    )
    search = GaussianProcessRegressor(kernel, optimizer=_search, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a scale at its bound is an answer: no effect
        search.fit(points[chosen], left[chosen])
    found = search.kernel_
    return _conditioned(
        points,
        values,
        float(found.k1.k1.constant_value) * spread,
        np.broadcast_to(found.k1.k2.length_scale, points.shape[1]).copy(),
        float(found.k2.noise_level) * spread,
    )


def _search(objective: object, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """Search the scales with a bounded number of steps; a flat likelihood is no reason to go on for ever."""
    from scipy.optimize import minimize

    found = minimize(
        objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": 40, "maxfun": 60}
    )
    return found.x, float(found.fun)


def _conditioned(
    points: np.ndarray, values: np.ndarray, amplitude: float, lengths: np.ndarray, nugget: float
) -> _Process:
    """Return the process given runs; the trend is found by generalised least squares."""
    covariance = amplitude * _correlation(points, points, lengths)
    covariance[np.diag_indices_from(covariance)] += nugget
    root = cholesky(covariance, lower=True)
    design = _with_one(points)
    whitened = solve_triangular(root, np.column_stack([design, values]), lower=True)
    pull = whitened[:, :-1]
    trend_root = np.linalg.qr(pull, mode="r")
    trend, *_ = np.linalg.lstsq(pull, whitened[:, -1], rcond=None)
    weights = cho_solve((root, True), values - design @ trend)
    return _Process(trend, amplitude, lengths, nugget, root, weights, points, trend_root, pull)


def _correlation(one: np.ndarray, other: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return exp(-0.5 d^2) with d in length scales, (n_one, n_other)."""
    from scipy.spatial.distance import cdist

    return np.asarray(np.exp(-0.5 * cdist(one / lengths, other / lengths, "sqeuclidean")))


def _with_one(points: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(points)), points])
