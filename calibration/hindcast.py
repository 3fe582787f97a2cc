"""Say how far a forecast misses, from what was published by 2016: keep the last three years back.

What a fitted model misses of the years that it was fitted to says too little about the years after them. So
the posterior is drawn once more, over the same emulators, from what was published up to 2013 alone, and what
it then says of the districts of 2016 is held against what was published. The census of 2020 has no part in
it.

What is missed is the model's own error less the publication's, and what the parameters leave open; how much
of it the model's own may be, says `calibration.own_error`.

It is a little kind to the model: which parameters are free, and where in their priors runs were made, was
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
from calibration.observed import LAST_FIT_YEAR
from calibration.own_error import own_error, root_mean_square
from sim.calendar import parse_quarter, year_of
from sim.data.tables import DISTRICTS

KEPT_BACK = 3
"""Years kept back of the six that there are: as many to fit to as to look at."""


@dataclass(frozen=True)
class Hindcast:
    """Hold what a fit to the earlier years says of the districts of the last one.

    Attributes
    ----------
    known_until, year
        Last year that was known, and the one that is looked at.
    missed_known, missed
        Log model over published of each district in those years, means over the posterior, (16,) both.
    open_covariance
        Covariance of what the runs of a forecast spread over: the posterior, chance, what is not free,
        (16, 16).
    published_covariance
        Covariance of what the publications of that year may err by since the census, (16, 16).
    published_since
        Variance of what each publication may err by between the two years, (16,).
    """

    known_until: int
    year: int
    missed_known: np.ndarray
    missed: np.ndarray
    open_covariance: np.ndarray
    published_covariance: np.ndarray
    published_since: np.ndarray

    @property
    def own_sizes(self) -> np.ndarray:
        """Return equally likely standard deviations of the model's own error in the last year."""
        return own_error(self.missed, self.published_covariance + self.open_covariance)

    def as_json(self) -> dict[str, Any]:
        """Return what a file of draws keeps of it."""
        return {
            "known_until": self.known_until,
            "year": self.year,
            "missed_known_percent": _percent(self.missed_known),
            "missed_percent": _percent(self.missed),
            "missed_rms_percent": _rms_percent(self.missed**2),
            "missed_since_rms_percent": _rms_percent((self.missed - self.missed_known) ** 2),
            "published_rms_percent": _rms_percent(np.diag(self.published_covariance)),
            "published_since_rms_percent": _rms_percent(self.published_since),
            "open_rms_percent": _rms_percent(np.diag(self.open_covariance)),
            "own_rms_percent": round(100 * root_mean_square(self.own_sizes), 2),
            "own_percent": [round(100 * float(size), 3) for size in self.own_sizes],
        }


def _percent(logs: np.ndarray) -> dict[str, float]:
    """Return relative errors by district in per cent."""
    return {name: round(float(100 * np.expm1(value)), 2) for name, value in zip(DISTRICTS, logs, strict=True)}


def _rms_percent(variances: np.ndarray) -> float:
    return round(100 * float(np.mean(variances) ** 0.5), 2)


def hindcast(emulator: Emulator, targets: FitTargets, particles: int, seed: int) -> Hindcast | None:
    """Fit to what was published some years earlier and look at the districts of the last year.

    Returns None where the targets do not reach the last year that a fit may see: a backtest carries the
    model's own error on from there.

    Parameters
    ----------
    emulator
        Knows all outputs at all points of the free parameters.
    particles, seed
        Of the posterior that is drawn from the earlier years.
    """
    years = np.array([year_of(parse_quarter(row.quarter)) for row in targets.rows])
    places = [row.area if row.indicator == "residents" else "" for row in targets.rows]
    last = max(
        (int(year) for year, place in zip(years, places, strict=True) if place in DISTRICTS), default=0
    )
    index = {(place, int(year)): k for k, (place, year) in enumerate(zip(places, years, strict=True))}
    before = [index.get((name, last - KEPT_BACK)) for name in DISTRICTS]
    after = [index.get((name, last)) for name in DISTRICTS]
    if None in before or None in after or last != LAST_FIT_YEAR:
        return None
    points = _fitted_to(years <= last - KEPT_BACK, emulator, targets, particles, seed)
    mean, _ = emulator.outputs(points)
    known, last_one = mean[:, before], mean[:, after]
    return Hindcast(
        last - KEPT_BACK,
        last,
        known.mean(axis=0),
        last_one.mean(axis=0),
        np.cov(last_one.T) + emulator.noise[np.ix_(after, after)],
        targets.published_covariance(after),
        np.array([targets.published_variance(k, given) for k, given in zip(after, before, strict=True)]),
    )


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
