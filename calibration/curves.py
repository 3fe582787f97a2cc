"""Draw a result as a curve over one parameter at a time, and say what knowing that parameter would be worth.

The value of information is the share of the doubt whether a target is reached that would be gone if one
parameter were known: the variance of the probability given it, over p (1 - p) (Strong, Oakley and Brennan
2014, doi 10.1177/0272989X13505910). A curve is shrunk by what it predicts of runs left out. But of hundreds
of curves through chance the best looks like something all the same: `worth_by_chance` says how much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

PERMUTATIONS = 60
"""Times that results are dealt to the runs anew, so that nothing is true."""

_SURE = 0.95


@dataclass(frozen=True)
class Curve:
    """Hold a result over one parameter.

    Attributes
    ----------
    share
        Where the parameter of each run lies among all, 0 to 1, (n,).
    means
        What the curve says of each run, (n,).
    left_sd
        Standard deviation of the result about the curve.
    explained
        Share of the result's variance that the curve predicts of runs left out.
    """

    share: np.ndarray
    means: np.ndarray
    left_sd: float
    explained: float

    def probability(self, threshold: float) -> np.ndarray:
        """Return the probability of at most the threshold given the parameter of each run, (n,)."""
        return np.asarray(ndtr((threshold - self.means) / self.left_sd))

    def worth(self, threshold: float) -> float:
        """Return the value of information: the share of the doubt that knowing the parameter takes away."""
        return float(_worth(self.probability(threshold)))


def curve(share: np.ndarray, values: np.ndarray) -> Curve:
    """Fit a parabola over the shares and shrink it by what it predicts of runs that it was not fitted to."""
    means, left, explained = _parabolas(share, values[:, None])
    return Curve(share, means[:, 0], float(left[0]), float(explained[0]))


def worth_by_chance(
    shares: Mapping[str, np.ndarray], values: np.ndarray, threshold: float, seed: int
) -> float:
    """Return the value of information that the best of the parameters has where none matters.

    The 95 % quantile over permutations of the results.
    """
    rng = np.random.default_rng(seed)
    dealt = np.stack([rng.permutation(values) for _ in range(PERMUTATIONS)], axis=1)
    best = np.zeros(PERMUTATIONS)
    for share in shares.values():
        means, left, _ = _parabolas(share, dealt)
        best = np.maximum(best, _worth(ndtr((threshold - means) / left)))
    return float(np.quantile(best, _SURE))


def _parabolas(share: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means (n, m), what is left (m,) and the share explained (m,) of several results (n, m)."""
    n = len(share)
    design = np.stack([np.ones(n), share - 0.5, (share - 0.5) ** 2], axis=1)
    axes, _ = np.linalg.qr(design)
    middle = values.mean(axis=0)
    off = values - middle
    fitted = axes @ (axes.T @ off)
    total = (off**2).sum(axis=0)
    missed = (off - fitted) / (1.0 - (axes**2).sum(axis=1))[:, None]
    unknown = total * (n / (n - 1)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(total > 0, np.maximum(0.0, 1.0 - (missed**2).sum(axis=0) / unknown), 0.0)
        own = np.where(total > 0, (fitted**2).sum(axis=0) / total, 0.0)
        kept = np.where(own > 0, np.minimum(np.sqrt(explained / own), 1.0), 0.0)
    means = kept * fitted
    variance = values.var(axis=0)
    least = 1e-12 * np.maximum(variance, 1e-300)
    left = np.sqrt(np.maximum(variance - means.var(axis=0), least))
    return middle + means, left, explained


def _worth(given: np.ndarray) -> np.ndarray:
    """Return the variance of probabilities over the doubt there is, of each column."""
    mean = given.mean(axis=0)
    doubt = mean * (1.0 - mean)
    return np.asarray(np.where(doubt > 0, given.var(axis=0) / np.where(doubt > 0, doubt, 1.0), 0.0))
