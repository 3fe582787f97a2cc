"""Say how far a forecast misses, from what was published by 2016: fit to 2013, look at 2016.

What a fitted model misses of the years that it was fitted to says too little about the years after them. So
the posterior is drawn once more, over the same emulators, from what was published up to three years before
the last fit year, and what it then says of that year's districts is held against what was published. The
census of 2020 has no part in it. The rule forecasts are tried out in the same way (`calibration.forecasts`).
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

AHEAD = 3
"""Years between the last one that is known and the one that is looked at: the districts have figures from
2013 on."""


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
        What the publication of each may err by, relative, (16,).
    """

    known_until: int
    year: int
    missed: np.ndarray
    published_sd: np.ndarray

    @property
    def variance(self) -> float:
        """Return the variance of what is missed beyond what the publication may err by; none is below 0."""
        return max(float(np.mean(self.missed**2) - np.mean(self.published_sd**2)), 0.0)

    def as_rows(self) -> dict[str, Any]:
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
    of_districts = [
        k for k, row in enumerate(targets.rows) if row.indicator == "residents" and row.area in DISTRICTS
    ]
    last = max((years[k] for k in of_districts), default=0)
    known = years <= last - AHEAD
    looked_at = [k for k in of_districts if years[k] == last]
    if not any(known[k] for k in of_districts) or len(looked_at) != len(DISTRICTS):
        return None
    places = {targets.rows[k].area: k for k in looked_at}
    order = [places[name] for name in DISTRICTS]
    earlier = replace(
        emulator,
        mean=emulator.mean[known],
        basis=emulator.basis[:, known],
        noise=emulator.noise[np.ix_(known, known)],
    )
    likelihood = Likelihood(earlier, targets.covariance()[np.ix_(known, known)])
    points = cubes.draw(likelihood, emulator.dim, particles, seed).points
    mean, _ = emulator.outputs(points)
    published = np.sqrt([targets.published_variance(k) for k in order])
    return Hindcast(int(last) - AHEAD, int(last), mean[:, order].mean(axis=0), published)
