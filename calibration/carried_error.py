"""Say what is new in the last year's error of the districts, given their errors of the years before.

A published district drifts away from the people there are, and a model that is wrong about a place stays
wrong for years. So most of an error of 2016 was there in 2015. What the model of the data
(`calibration.fit_targets.FitTargets.covariance`) carries on of the errors of 2011 to 2015 is taken off here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calibration.fit_targets import FitTargets, fit_targets
from calibration.observed import LAST_FIT_YEAR, observed
from calibration.scores import wape_percent
from sim.calendar import parse_quarter, year_of
from sim.data.tables import DISTRICTS

if TYPE_CHECKING:
    from sim.scenarios.results import Results


def wape_of_what_is_new(results: Results, scenario: str) -> float:
    """Return the WAPE of the districts in the last year of the fit, less what is carried on, in percent."""
    targets = _of_districts(fit_targets(observed("fit")))
    _, outputs = targets.of_runs(results, scenario)
    before, last = places_of(targets)
    new = what_is_new(outputs.mean(axis=0), targets.covariance(), before, last)
    published = targets.values[last]
    return wape_percent(published * np.exp(new), published)


def _of_districts(targets: FitTargets) -> FitTargets:
    """Return the residents of districts alone, so that no other table of the runs is read."""
    before, last = places_of(targets)
    kept = [*before, *last]
    return FitTargets(
        tuple(targets.rows[k] for k in kept),
        tuple(targets.wanted[k] for k in kept),
        tuple(targets.starts[k] for k in kept),
    )


def places_of(targets: FitTargets) -> tuple[list[int], list[int]]:
    """Return where the districts' residents stand among the targets: the years before the last, the last."""
    before: list[int] = []
    last: list[int] = []
    for k, row in enumerate(targets.rows):
        if row.indicator == "residents" and row.area in DISTRICTS:
            (last if year_of(parse_quarter(row.quarter)) == LAST_FIT_YEAR else before).append(k)
    return before, last


def what_is_new(errors: np.ndarray, covariance: np.ndarray, before: list[int], last: list[int]) -> np.ndarray:
    """Return the errors at `last` less their expectation, given those at `before`, (n_last,).

    Errors are normal with mean zero and the covariance (n, n): the expectation is that of a regression.
    """
    known = covariance[np.ix_(before, before)]
    carried = covariance[np.ix_(last, before)] @ np.linalg.solve(known, errors[before])
    return np.asarray(errors[last] - carried)
