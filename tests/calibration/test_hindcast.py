"""Check the hindcast on an invented emulator: it sees the early years alone and says what it misses later."""

import numpy as np
import pytest

from calibration.emulator import fit_emulator
from calibration.fit_targets import fit_targets
from calibration.hindcast import hindcast
from calibration.observed import observed
from sim.data.tables import DISTRICTS

TARGETS = fit_targets(observed("fit"))
LABELS = TARGETS.labels
SD = np.sqrt(np.diag(TARGETS.covariance()))


def emulated(drift):
    """Return an emulator of a model whose one parameter moves all people, right at a half up to 2013.

    `drift` is added to the districts of 2016, by district.
    """
    points = np.linspace(0.02, 0.98, 60)[:, None] ** np.ones((1, 2))
    points[:, 1] = np.random.default_rng(1).random(60)
    people = np.array([label.startswith("residents ") for label in LABELS])
    outputs = 0.4 * (points[:, :1] - 0.5) * people
    for name, value in zip(DISTRICTS, drift, strict=True):
        outputs[:, LABELS.index(f"residents {name} 2016")] += value
    noise = np.random.default_rng(2).normal(size=outputs.shape) * 1e-3
    return fit_emulator(points, outputs + noise, SD, noise[:20], seed=1)


def test_what_drifts_after_the_years_that_are_known_is_missed():
    drift = np.where(np.arange(16) % 2, 0.08, -0.08)
    found = hindcast(emulated(drift), TARGETS, 200, seed=1)
    assert (found.known_until, found.year) == (2013, 2016)
    assert found.missed == pytest.approx(drift, abs=0.02)
    assert found.variance == pytest.approx(0.08**2 - np.mean(found.published_sd**2), rel=0.3)
    assert found.as_rows()["missed_percent"]["xicheng"] == pytest.approx(100 * np.expm1(0.08), abs=2)


def test_a_model_that_is_right_has_no_error_of_its_own():
    assert hindcast(emulated(np.zeros(16)), TARGETS, 200, seed=1).variance == 0.0


def test_the_last_year_has_no_part_in_it():
    """A common drift of 2016 would pull the parameter, were it seen."""
    found = hindcast(emulated(np.full(16, 0.1)), TARGETS, 200, seed=1)
    assert found.missed.mean() == pytest.approx(0.1, abs=0.02)


def test_a_fit_that_ends_early_has_none():
    early = fit_targets(observed("fit"), "2013Q4")
    assert hindcast(emulated(np.zeros(16)), early, 20, seed=1) is None
