"""Check the hindcast on an invented emulator: it sees the early years alone and says what it misses later."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.emulator import fit_emulator
from calibration.fit_targets import fit_targets
from calibration.hindcast import Hindcast, hindcast
from calibration.measurement import relative_sd
from calibration.observed import observed
from sim.data.tables import DISTRICTS

TARGETS = fit_targets(observed("fit"))
LABELS = TARGETS.labels
SD = np.sqrt(np.diag(TARGETS.covariance()))
LATER = np.array([int(label[-4:]) > 2013 for label in LABELS])
DRIFT = np.where(np.arange(16) % 2, 0.08, -0.08)


@pytest.fixture(scope="module")
def right():
    """Return an emulator of a model whose first parameter moves all people, right at a half."""
    points = np.random.default_rng(1).random((60, 2))
    people = np.array([label.startswith("residents ") for label in LABELS])
    noise = np.random.default_rng(2).normal(size=(60, len(LABELS))) * 1e-3
    outputs = 0.4 * (points[:, :1] - 0.5) * people + noise
    return fit_emulator(points, outputs, SD, noise[:20], seed=1)


def drifted(emulator, drift, years=(2016,)):
    """Return an emulator whose districts are off by `drift` in some years, (16,)."""
    mean = emulator.mean.copy()
    for year in years:
        for name, value in zip(DISTRICTS, drift, strict=True):
            mean[LABELS.index(f"residents {name} {year}")] += value
    return replace(emulator, mean=mean)


def test_what_drifts_after_the_years_that_are_known_is_missed(right):
    found = hindcast(drifted(right, DRIFT), TARGETS, 200, seed=1)
    assert (found.known_until, found.year) == (2013, 2016)
    assert found.missed == pytest.approx(DRIFT, abs=0.01)
    assert found.missed_known == pytest.approx(0.0, abs=0.01)
    assert found.variance_a_year == pytest.approx((0.08**2 - np.mean(found.published_since)) / 3, rel=0.2)
    assert found.as_json()["missed_percent"]["xicheng"] == pytest.approx(100 * np.expm1(0.08), abs=1)


def test_what_is_missed_of_all_years_counts_as_a_walk_since_the_census(right):
    """It may be the model's own error or the publication's since 2010, not what came since 2013."""
    found = hindcast(drifted(right, 2 * DRIFT, years=(2013, 2014, 2015, 2016)), TARGETS, 200, seed=1)
    assert found.missed - found.missed_known == pytest.approx(0.0, abs=0.01)
    whole = 0.16**2 - np.mean(found.published_whole) - np.mean(found.open_whole)
    assert found.variance_a_year == pytest.approx(whole / 6, rel=0.2)
    less = hindcast(drifted(right, 0.75 * DRIFT, years=(2013, 2014, 2015, 2016)), TARGETS, 200, seed=1)
    assert less.variance_a_year == 0.0, "no more than the publication may err by since the census"


def test_what_the_parameters_leave_open_is_not_the_models_error():
    """Its spread is in the runs of a forecast already."""
    missed = np.full(16, 0.09)
    own = {"missed_known": missed, "missed": missed, "published_since": np.zeros(16)}
    none, some = (
        Hindcast(2013, 2016, **own, published_whole=np.zeros(16), open_since=np.zeros(16), open_whole=wide)
        for wide in (np.zeros(16), np.full(16, 0.05**2))
    )
    assert none.variance_a_year == pytest.approx(0.09**2 / 6)
    assert some.variance_a_year == pytest.approx((0.09**2 - 0.05**2) / 6)
    late = replace(none, missed_known=np.zeros(16))
    assert late.variance_a_year == pytest.approx(0.09**2 / 3), "all of it came in three years"
    open_late = replace(late, open_since=np.full(16, 0.05**2))
    assert open_late.variance_a_year == pytest.approx((0.09**2 - 0.05**2) / 3)


def test_a_model_that_is_right_misses_next_to_nothing(right):
    found = hindcast(right, TARGETS, 200, seed=1)
    assert np.mean(found.missed**2) ** 0.5 < 0.01
    assert found.variance_a_year == 0.0


def test_the_years_kept_back_have_no_part_in_it(right):
    """All series of 2014 to 2016 are shifted: what is said of 2016 shifts by just as much, and no more."""
    before = hindcast(right, TARGETS, 200, seed=1)
    after = hindcast(replace(right, mean=right.mean + 0.1 * LATER), TARGETS, 200, seed=1)
    np.testing.assert_allclose(after.missed, before.missed + 0.1, rtol=0, atol=1e-12)


def test_a_publication_errs_since_a_year_by_the_steps_of_its_walk_since_then(right):
    found = hindcast(right, TARGETS, 50, seed=1)
    k = DISTRICTS.index("tongzhou")
    assert found.published_whole[k] == pytest.approx(relative_sd("tongzhou", 2016) ** 2, rel=0.01)
    assert found.published_since[k] == pytest.approx(found.published_whole[k] / 2, rel=0.05), (
        "of six steps three"
    )


def test_a_fit_that_ends_early_has_none(right):
    assert hindcast(right, fit_targets(observed("fit"), "2013Q4"), 20, seed=1) is None
