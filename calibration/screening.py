"""Find by Morris's method which parameters the published series can feel at all.

Morris (1991), Factorial sampling plans for preliminary computational experiments, Technometrics 33(2); the
plans and the effects' mean and spread are SALib's.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np

LEVELS = 4
_STEP = LEVELS / (2 * (LEVELS - 1))
"""Length of a step of Morris's plan in the unit cube."""


@dataclass(frozen=True)
class Screened:
    """Hold what moving one parameter over its prior does, in units of the targets' errors.

    Attributes
    ----------
    effect
        Root mean square of the effects over trajectories and targets, beyond what replicate noise explains.
    largest, target
        The largest of the targets' and which target that is.
    slopes
        Mean effect on the logarithm of each target, whole prior for whole prior, (n_targets,).
    """

    name: str
    effect: float
    largest: float
    target: str
    slopes: np.ndarray = field(compare=False)


def design(names: list[str], trajectories: int, seed: int) -> np.ndarray:
    """Return the points of Morris's trajectories in the unit cube, (trajectories x (d + 1), d)."""
    from SALib.sample import morris

    return np.asarray(morris.sample(_problem(names), trajectories, num_levels=LEVELS, seed=seed))


def screen(
    names: list[str],
    points: np.ndarray,
    outputs: np.ndarray,
    sd: np.ndarray,
    noise: np.ndarray,
    labels: list[str],
) -> list[Screened]:
    """Return the effect of each parameter, the largest first.

    Parameters
    ----------
    points
        As `design` returned them.
    outputs
        Log model over published of each run, (n, n_targets). Trajectories with a run that failed (NaN) are
        left out.
    sd
        Standard deviation of each target, (n_targets,).
    noise
        Variance of each output between replications, (n_targets,).
    labels
        Name of each target.
    """
    points, outputs = _whole_trajectories(points, outputs, len(names) + 1)
    means, squares = np.stack([_effects(names, points, column) for column in outputs.T], axis=2)
    beyond = (squares - 2 * noise / _STEP**2) / sd**2
    effect = np.sqrt(np.maximum(beyond.mean(axis=1), 0.0))
    worst = beyond.argmax(axis=1)
    found = [
        Screened(
            name, float(effect[k]), float(max(beyond[k, worst[k]], 0.0) ** 0.5), labels[worst[k]], means[k]
        )
        for k, name in enumerate(names)
    ]
    return sorted(found, key=lambda item: (-item.effect, item.name))


def _effects(names: list[str], points: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Return mean and mean square of each parameter's effects on an output, (2, d)."""
    from SALib.analyze import morris

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # one trajectory alone has no spread
        found = morris.analyze(_problem(names), points, output, num_levels=LEVELS, num_resamples=2, seed=1)
    n = len(points) // (len(names) + 1)
    spread, mean = np.nan_to_num(np.asarray(found["sigma"], float)), np.asarray(found["mu"], float)
    return np.stack([mean, mean**2 + spread**2 * (n - 1) / n])


def _whole_trajectories(
    points: np.ndarray, outputs: np.ndarray, length: int
) -> tuple[np.ndarray, np.ndarray]:
    parts = outputs.reshape(-1, length, outputs.shape[1])
    sound = np.isfinite(parts).all(axis=(1, 2))
    kept = np.repeat(sound, length)
    return points[kept], outputs[kept]


def _problem(names: list[str]) -> dict[str, object]:
    """Return SALib's description of the unit cube."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
