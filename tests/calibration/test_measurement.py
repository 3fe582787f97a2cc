"""Check the model of the data: errors of either sign, growing, shared by a city and its districts."""

import numpy as np
import pytest
from scipy.stats import norm

from calibration import measurement
from calibration.places import places_of
from sim.data.tables import load_table
from sim.parameters.for_run import point_parameters

DISTRICTS = places_of("district")
PUBLISHED_2009 = {
    "core": 211.1, "chaoyang": 317.9, "fengtai": 182.3, "shijingshan": 60.5, "haidian": 308.2,
    "mentougou": 28.0, "fangshan": 91.2, "tongzhou": 109.3, "shunyi": 73.6, "changping": 102.1,
    "daxing": 115.8, "huairou": 38.0, "pinggu": 42.7, "miyun": 45.8, "yanqing": 28.7,
}  # fmt: skip
"""Ten thousand at the end of 2009 (Beijing Statistical Yearbook 2010, recalled; see docs/calibration.md)."""
CITY_2008, CITY_2009 = 1695.0, 1755.0
"""Regional Statistical Yearbook 2010, table 9-1."""


def test_the_walk_starts_at_the_census_and_has_the_parameters_size_in_2019() -> None:
    assert measurement.walk_sd(2010) == 0
    assert measurement.walk_sd(2019, 0.06) == pytest.approx(0.06)
    assert measurement.walk_sd(2016, 0.06) == pytest.approx(0.06 * (6 / 9) ** 0.5)


def test_the_size_is_that_of_the_error_of_2009() -> None:
    table = load_table("population")
    rows = table[(table.series == "census") & (table.year == 2010)].set_index("district_id")
    counted = rows.resident_population_10k.astype(float)
    counted["core"] = counted["dongcheng"] + counted["xicheng"]
    assert sum(PUBLISHED_2009.values()) == pytest.approx(CITY_2009, abs=0.5)
    grown = (CITY_2009 / CITY_2008) ** (10 / 12)
    missed = [abs(np.log(value * grown / counted[name])) for name, value in PUBLISHED_2009.items()]
    of_a_district = np.median(missed) / norm.ppf(0.75)
    outsiders = 7_044_533 / 19_612_368  # of the city in 2010
    of_a_group = of_a_district / np.hypot(outsiders, 1 - outsiders)
    assert point_parameters().value("official_error_sd") == pytest.approx(of_a_group, rel=0.05)


def test_what_is_drawn_has_the_size_a_fit_assumes_and_no_sign() -> None:
    latent = np.full((16, 2), 1000.0)
    draws = measurement.published_draws(latent, 2016, range(400), sd=0.06)
    log = np.log(draws / latent)
    assert draws.shape == (400, 16, 2)
    assert abs(log.mean()) < 0.002
    assert log.std() == pytest.approx(measurement.walk_sd(2016, 0.06), rel=0.03)
    assert 0.45 < (log > 0).mean() < 0.55


def test_the_run_of_a_seed_publishes_the_same() -> None:
    latent = np.full((16, 2), 1000.0)
    assert (
        measurement.published_draws(latent, 2014, [3]) == measurement.published_draws(latent, 2014, [3])
    ).all()


def test_a_city_errs_by_less_than_its_districts_and_with_them() -> None:
    assert measurement.relative_sd("beijing", 2016) < measurement.relative_sd("core", 2016)
    assert measurement.relative_sd("core", 2016) < measurement.relative_sd("dongcheng", 2016)
    joint = measurement.covariance(["dongcheng", "xicheng", "core", "tongzhou"], 2016)
    assert 0 < joint[0, 1] < joint[0, 2], "districts of a region share half, a region holds its districts"
    assert joint[0, 3] == pytest.approx(0)
    assert np.linalg.eigvalsh(joint).min() > 0


def test_what_is_drawn_covaries_as_a_fit_assumes():
    latent = np.full((16, 2), 1000.0)
    log = np.log(measurement.published_draws(latent, 2016, range(600), sd=0.06) / latent).reshape(600, 32)
    seen, assumed = np.cov(log.T), measurement.cell_covariance(2016, 0.06)
    assert np.abs(seen - assumed).max() < 0.2 * assumed.max()
    assert np.linalg.eigvalsh(assumed).min() > 0


def test_two_halves_of_a_district_err_apart_and_partly_cancel() -> None:
    # shares a and 1 - a of a district give sqrt(a^2 + (1 - a)^2) of a group's error: 0.71 to 1
    whole = measurement.relative_sd("pinggu", 2016, 0.06)
    assert 0.5**0.5 * measurement.walk_sd(2016, 0.06) < whole < measurement.walk_sd(2016, 0.06)
    # Changping 2010: 1,660,501 residents, 847,000 of them non-local: near the half, so near the least
    assert measurement.relative_sd("changping", 2016) < measurement.relative_sd("pinggu", 2016)


def test_the_likelihood_prefers_the_truth_and_a_shared_error_over_one_against_all() -> None:
    people = np.linspace(3e5, 3e6, 16)
    at_truth = measurement.log_likelihood(people, people, DISTRICTS, 2016)
    off = people * np.where(np.arange(16) == 3, 1.05, 1.0)
    assert at_truth > measurement.log_likelihood(people, off, DISTRICTS, 2016)
    above, below = people * 1.05, people / 1.05
    assert measurement.log_likelihood(people, above, DISTRICTS, 2016) == pytest.approx(
        measurement.log_likelihood(people, below, DISTRICTS, 2016)
    )


def test_a_census_errs_by_little_and_by_the_same_for_every_forecast() -> None:
    draws = measurement.census_draws(np.array([1e6, 2e6]), 1, 2000)
    assert np.log(draws[0] / 1e6).std() == pytest.approx(measurement.CENSUS_SD, rel=0.1)
    again = measurement.census_draws(np.array([5e5, 2e6]), 1, 2000)
    assert again[1] == pytest.approx(draws[1])
    assert again[0] / 5e5 == pytest.approx(draws[0] / 1e6)
