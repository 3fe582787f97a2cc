"""Say how far a forecast misses, from what was published by 2016: keep the last three years back.

What a fitted model misses of the years that it was fitted to says too little about the years after them. So
the posterior is drawn once more, over the same emulators, from what was published up to 2013 alone, and what
it then says of the districts of 2016 is held against what was published. The census of 2020 has no part in
it. It is a little kind to the model: which parameters are free, and where in their priors runs were made, was
found with the years that are kept back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration import cube as cubes
from calibration.emulator import Emulator
from calibration.fit_targets import FitTargets
from calibration.likelihood import Likelihood
from sim.calendar import parse_quarter, year_of
from sim.data.tables import DISTRICTS

KEPT_BACK = 3
"""Years kept back: the districts have figures from 2013 on."""


@dataclass(frozen=True)
class Hindcast:
    """Hold what a fit to the earlier years says of the districts of the last one.

    Attributes
    ----------
    known_until, year
        Last year that was known, and the one that is looked at.
    missed
        Log forecast over published of each district, (16,).
    published_sd
        What each publication may err by that its own earlier figures do not tell, relative, (16,).
    """

    known_until: int
    year: int
    missed: np.ndarray
    published_sd: np.ndarray

    @property
    def variance(self) -> float:
        """Return the variance of what is missed beyond what the publication may err by; none is below 0."""
        return max(float(np.mean(self.missed**2) - np.mean(self.published_sd**2)), 0.0)

    def as_json(self) -> dict[str, Any]:
        """Return what a file of draws keeps of it."""
        return {
            "known_until": self.known_until,
            "year": self.year,
            "missed_percent": {
                name: round(float(100 * np.expm1(value)), 2)
                for name, value in zip(DISTRICTS, self.missed, strict=True)
            },
            "missed_rms_percent": round(100 * float(np.mean(self.missed**2) ** 0.5), 2),
            "published_rms_percent": round(100 * float(np.mean(self.published_sd**2) ** 0.5), 2),
            "variance": self.variance,
        }


def hindcast(emulator: Emulator, targets: FitTargets, particles: int, seed: int) -> Hindcast | None:
    """Fit to what was published some years earlier and look at the districts of the last year.

    Returns None where the targets hold no two years of the districts so far apart.

    Parameters
    ----------
    emulator
        Knows all outputs at all points of the free parameters.
    particles, seed
        Of the posterior that is drawn from the earlier years.
    """
    years = np.array([year_of(parse_quarter(row.quarter)) for row in targets.rows])
    places = [row.area if row.indicator == "residents" else "" for row in targets.rows]
    last = max((year for year, place in zip(years, places, strict=True) if place in DISTRICTS), default=0)
    index = {(place, int(year)): k for k, (place, year) in enumerate(zip(places, years, strict=True))}
    before = [index.get((name, last - KEPT_BACK)) for name in DISTRICTS]
    after = [index.get((name, int(last))) for name in DISTRICTS]
    if None in before or None in after:
        return None
    points = _fitted_to(years <= last - KEPT_BACK, emulator, targets, particles, seed)
    mean, _ = emulator.outputs(points)
    sd = np.sqrt([targets.published_variance(k, given) for k, given in zip(after, before, strict=True)])
    return Hindcast(int(last) - KEPT_BACK, int(last), mean[:, after].mean(axis=0), sd)


def _fitted_to(
    known: np.ndarray, emulator: Emulator, targets: FitTargets, particles: int, seed: int
) -> np.ndarray:
    """Return points of the posterior from some of the targets alone, (particles, d)."""
    earlier = replace(
        emulator,
        mean=emulator.mean[known],
        basis=emulator.basis[:, known],
        noise=emulator.noise[np.ix_(known, known)],
    )
    likelihood = Likelihood(earlier, targets.covariance()[np.ix_(known, known)])
    return cubes.draw(likelihood, emulator.dim, particles, seed).points
