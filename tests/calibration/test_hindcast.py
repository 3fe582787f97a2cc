"""Check the hindcast on an invented emulator: it sees the early years alone and says what it misses later."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.emulator import fit_emulator
from calibration.fit_targets import fit_targets
from calibration.hindcast import hindcast
from calibration.measurement import relative_sd
from calibration.observed import observed
from calibration.own_error import possible
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
    assert found.as_json()["missed_percent"]["xicheng"] == pytest.approx(100 * np.expm1(0.08), abs=1)


def test_what_is_missed_of_all_years_may_be_the_models_own(right):
    """It may be the model's own error or the publication's since 2010, not what came since 2013."""
    years = (2011, 2012, 2013, 2014, 2015, 2016)
    much, little = (
        hindcast(drifted(right, factor * DRIFT, years=years), TARGETS, 200, seed=1) for factor in (2.5, 0.5)
    )
    assert much.missed - much.missed_known == pytest.approx(0.0, abs=0.01)
    assert much.as_json()["own_rms_percent"] > 3 * little.as_json()["own_rms_percent"]


def test_what_the_parameters_leave_open_is_not_the_models_error(right):
    """Its spread is in the runs of a forecast already."""
    found = hindcast(drifted(right, 2.5 * DRIFT, years=(2013, 2014, 2015, 2016)), TARGETS, 200, seed=1)
    wide = replace(found, open_covariance=found.open_covariance + 0.2**2 * np.eye(16))
    assert wide.own_sizes.mean() < 0.5 * found.own_sizes.mean()


def test_chance_and_what_is_not_free_is_not_the_models_error_either(right):
    """The runs of a forecast spread over it too."""
    noisy = replace(right, noise=right.noise + 0.03**2 * np.eye(len(LABELS)))
    spread = [np.diag(hindcast(one, TARGETS, 200, seed=1).open_covariance) for one in (right, noisy)]
    assert np.all(spread[1] - spread[0] > 0.5 * 0.03**2)


def test_a_model_that_is_right_misses_next_to_nothing(right):
    found = hindcast(right, TARGETS, 200, seed=1)
    assert np.mean(found.missed**2) ** 0.5 < 0.01
    assert found.own_sizes.mean() < possible(), "less than was held possible"


def test_the_years_kept_back_have_no_part_in_it(right):
    """All series of 2014 to 2016 are shifted: what is said of 2016 shifts by just as much, and no more."""
    before = hindcast(right, TARGETS, 200, seed=1)
    after = hindcast(replace(right, mean=right.mean + 0.1 * LATER), TARGETS, 200, seed=1)
    np.testing.assert_allclose(after.missed, before.missed + 0.1, rtol=0, atol=1e-12)


def test_a_publication_errs_since_a_year_by_the_steps_of_its_walk_since_then(right):
    found = hindcast(right, TARGETS, 50, seed=1)
    k = DISTRICTS.index("tongzhou")
    whole = found.published_covariance[k, k]
    assert whole == pytest.approx(relative_sd("tongzhou", 2016) ** 2, rel=0.01)
    assert found.published_since[k] == pytest.approx(whole / 2, rel=0.05), "of six steps three"


@pytest.mark.parametrize("until", ["2013Q4", "2014Q4", "2015Q4"])
def test_a_fit_that_ends_early_has_none(right, until):
    assert hindcast(right, fit_targets(observed("fit"), until), 20, seed=1) is None
