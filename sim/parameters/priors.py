"""Describe what is believed about a parameter before any fit, and draw from it."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from sim.data.yaml_file import Keys, PlacedValueError

SHAPES: dict[str, tuple[str, ...]] = {
    "fixed": (),
    "uniform": (),
    "loguniform": (),
    "triangular": ("mode",),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "beta": ("a", "b"),
}
"""The numbers each distribution needs beside ``low`` and ``high``."""

_SHAPE_NUMBERS = ("mode", "mean", "sd", "median", "sigma", "a", "b")


class Prior(BaseModel):
    """Hold a distribution between two bounds.

    ``fixed`` never varies. ``normal`` and ``lognormal`` (``sigma`` is the deviation of the logarithm) are cut
    at the bounds, between which their centre lies. ``beta`` with ``a`` and ``b`` is stretched over them.
    ``uniform``, ``loguniform`` and ``triangular`` fill them. Every number is finite.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    distribution: Literal["fixed", "uniform", "loguniform", "triangular", "normal", "lognormal", "beta"]
    low: float | None = None
    high: float | None = None
    mode: float | None = None
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    sigma: float | None = None
    a: float | None = None
    b: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> Prior:
        endless: list[tuple[Keys, str]] = [
            ((name,), f"{name} is {value}, no finite number; mend: give a finite number")
            for name in ("low", "high", *_SHAPE_NUMBERS)
            if (value := getattr(self, name)) is not None and not math.isfinite(value)
        ]
        if endless:
            raise PlacedValueError(endless)
        given = {name for name in _SHAPE_NUMBERS if getattr(self, name) is not None}
        needed = set(SHAPES[self.distribution])
        if given != needed:
            raise ValueError(
                f"a {self.distribution} prior takes {', '.join(sorted(needed)) or 'no shape'}, "
                f"not {', '.join(sorted(given)) or 'none'}; "
                "mend: give these beside low and high and leave out the others"
            )
        if (self.low is None) != (self.high is None):
            raise ValueError("it has one bound; mend: give both low and high, or neither")
        if self.distribution != "fixed" and (self.low is None or self.high is None):
            raise ValueError(f"a {self.distribution} prior needs low and high; mend: give both")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(
                f"low {self.low:g} is above high {self.high:g}; "
                "mend: swap the two, or correct the one that is wrong"
            )
        self._check_shape()
        return self

    def _check_shape(self) -> None:
        positive = [name for name in ("sd", "sigma", "a", "b", "median") if getattr(self, name) is not None]
        for name in positive:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero; mend: give a number above zero")
        if self.distribution == "loguniform" and (self.low is None or self.low <= 0):
            raise ValueError("a loguniform prior needs low above zero; mend: raise low")
        if self.distribution == "lognormal" and (self.high is None or self.high <= 0):
            raise ValueError("a lognormal prior needs high above zero; mend: raise high")
        for name in ("mode", "mean", "median"):
            centre = getattr(self, name)
            if centre is not None and not self.holds(centre):
                raise ValueError(
                    f"{name} {centre:g} must lie between low and high, {self.low:g} to {self.high:g}; "
                    f"mend: move {name} between the bounds, or widen them"
                )

    def holds(self, value: float) -> bool:
        """Say whether a value lies within the bounds, where there are any."""
        return self.low is None or self.high is None or self.low <= value <= self.high

    def draw(self, value: float, key: int, name: str) -> float:
        """Return one draw that depends only on the prior, the key and the name.

        Parameters
        ----------
        value
            Returned when the prior is fixed or has no width.
        key
            Number of the draw, from 0.
        name
            Name of the parameter: its own stream of random numbers.
        """
        if self.distribution == "fixed" or self.low == self.high:
            return value
        words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:16], dtype=np.uint32)
        uniform = np.random.default_rng([*words.tolist(), *_words_of(key)]).random()
        return float(np.clip(self.quantile(uniform), self.low, self.high))

    def quantile(self, share: float) -> float:
        """Return the value below which a share of the prior lies."""
        # Most priors are of these two shapes, and a frozen distribution takes a thousand times as long.
        low, width = float(self.low or 0.0), float(self.high or 0.0) - float(self.low or 0.0)
        if self.distribution == "uniform":
            return share * width + low
        if self.distribution == "triangular":
            peak = (float(self.mode or 0.0) - low) / width
            rise = math.sqrt(peak * share)
            return (rise if share < peak else 1 - math.sqrt((1 - peak) * (1 - share))) * width + low
        if self.distribution == "lognormal":
            return math.exp(float(self._frozen().ppf(share)))
        return float(self._frozen().ppf(share))

    def quantiles(self, shares: np.ndarray) -> np.ndarray:
        """Return the values below which shares of the prior lie, of the same shape."""
        found = np.asarray(self._frozen().ppf(shares), dtype=float)
        return np.exp(found) if self.distribution == "lognormal" else found

    def _frozen(self) -> Any:
        """Return the distribution of scipy.stats; for a lognormal, that of the logarithm."""
        from scipy import stats

        low, high = float(self.low or 0.0), float(self.high or 0.0)
        match self.distribution:
            case "uniform":
                return stats.uniform(low, high - low)
            case "loguniform":
                return stats.loguniform(low, high)
            case "triangular":
                return stats.triang((float(self.mode or 0.0) - low) / (high - low), low, high - low)
            case "beta":
                return stats.beta(self.a, self.b, low, high - low)
            case "normal":
                return _cut_normal(stats, float(self.mean or 0.0), float(self.sd or 1.0), low, high)
            case "lognormal":
                log_low = math.log(low) if low > 0 else -math.inf
                centre, width = math.log(self.median or 1.0), float(self.sigma or 1.0)
                return _cut_normal(stats, centre, width, log_low, math.log(high))
            case _:
                raise ValueError("a fixed prior has no distribution")


def _cut_normal(stats: Any, mean: float, sd: float, low: float, high: float) -> Any:
    """Return a normal distribution cut at both ends, by scipy's standardised bounds."""
    return stats.truncnorm((low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)


def _words_of(key: int) -> list[int]:
    """Return a non-negative key as 32-bit words, low word first."""
    words = [key & 0xFFFFFFFF]
    while key := key >> 32:
        words.append(key & 0xFFFFFFFF)
    return words
