"""Check the hindcast on an invented emulator: it sees the early years alone and says what it misses later."""

from dataclasses import replace

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
LATER = np.array([int(label[-4:]) > 2013 for label in LABELS])


@pytest.fixture(scope="module")
def right():
    """Return an emulator of a model whose first parameter moves all people, right at a half."""
    points = np.random.default_rng(1).random((60, 2))
    people = np.array([label.startswith("residents ") for label in LABELS])
    noise = np.random.default_rng(2).normal(size=(60, len(LABELS))) * 1e-3
    outputs = 0.4 * (points[:, :1] - 0.5) * people + noise
    return fit_emulator(points, outputs, SD, noise[:20], seed=1)


def drifted(emulator, drift):
    """Return an emulator whose districts of 2016 are off by `drift`, (16,)."""
    mean = emulator.mean.copy()
    for name, value in zip(DISTRICTS, drift, strict=True):
        mean[LABELS.index(f"residents {name} 2016")] += value
    return replace(emulator, mean=mean)


def test_what_drifts_after_the_years_that_are_known_is_missed(right):
    drift = np.where(np.arange(16) % 2, 0.08, -0.08)
    found = hindcast(drifted(right, drift), TARGETS, 200, seed=1)
    assert (found.known_until, found.year) == (2013, 2016)
    assert found.missed == pytest.approx(drift, abs=0.01)
    assert found.variance == pytest.approx(0.08**2 - np.mean(found.published_sd**2), rel=0.2)
    assert found.as_json()["missed_percent"]["xicheng"] == pytest.approx(100 * np.expm1(0.08), abs=1)


def test_a_model_that_is_right_misses_next_to_nothing(right):
    found = hindcast(right, TARGETS, 200, seed=1)
    assert np.mean(found.missed**2) ** 0.5 < 0.01
    assert found.variance == 0.0


def test_the_years_kept_back_have_no_part_in_it(right):
    """All series of 2014 to 2016 are shifted: what is said of 2016 shifts by just as much, and no more."""
    before = hindcast(right, TARGETS, 200, seed=1)
    after = hindcast(replace(right, mean=right.mean + 0.1 * LATER), TARGETS, 200, seed=1)
    np.testing.assert_allclose(after.missed, before.missed + 0.1, rtol=0, atol=1e-12)


def test_the_publications_error_up_to_the_known_year_is_known_with_it(right):
    found = hindcast(right, TARGETS, 50, seed=1)
    k = LABELS.index("residents tongzhou 2016")
    whole = TARGETS.published_variance(k, LABELS.index("residents yanqing 2013"))
    given = found.published_sd[DISTRICTS.index("tongzhou")] ** 2
    # of a walk of six steps the first three are known, but for rounding
    assert given == pytest.approx(whole / 2, rel=0.05)


def test_a_fit_that_ends_early_has_none(right):
    assert hindcast(right, fit_targets(observed("fit"), "2013Q4"), 20, seed=1) is None
