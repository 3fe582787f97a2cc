"""The official measure errs before the census of 2020, either way, and equals the latent one from then on."""

import numpy as np
import pytest

from sim.data.tables import DISTRICTS
from sim.outcomes.official import CENSUS_QUARTER, official_factors, survey_regions


def test_there_is_no_error_at_either_census_nor_after() -> None:
    factors = official_factors(1, 61, 0.06, 0.5)
    assert factors.shape == (61, 16, 2)
    assert (factors[0] == 1).all()
    assert (factors[CENSUS_QUARTER:] == 1).all()
    assert (factors[1:CENSUS_QUARTER] != 1).all()


def test_errors_have_either_sign_and_the_size_asked() -> None:
    last = np.array([np.log(official_factors(seed, 41, 0.06, 0.5)[36]) for seed in range(300)])
    assert abs(last.mean()) < 0.002
    assert 0.4 < (last > 0).mean() < 0.6
    assert 0.055 < last.std() < 0.065
    early = np.array([np.log(official_factors(seed, 41, 0.06, 0.5)[4]) for seed in range(300)])
    assert 0.017 < early.std() < 0.023  # a third of it after one year of nine


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_districts_of_a_region_err_partly_alike_and_by_as_much(shared: float) -> None:
    last = np.array([np.log(official_factors(seed, 41, 0.06, shared)[36]) for seed in range(400)])
    assert last.std() == pytest.approx(0.06, rel=0.06)
    region = survey_regions()
    alike = region[:, None] == region
    others = ~np.eye(16, dtype=bool)
    for hukou in (0, 1):
        seen = np.corrcoef(last[:, :, hukou].T)
        assert seen[alike & others].mean() == pytest.approx(shared, abs=0.06)
        assert seen[~alike].mean() == pytest.approx(0, abs=0.05)
    of_groups = [np.corrcoef(last[:, k].T)[0, 1] for k in range(16)]
    assert np.mean(of_groups) == pytest.approx(0, abs=0.05), "local and non-local residents err apart"


def test_tongzhou_is_sampled_with_the_new_towns() -> None:
    of = dict(zip(DISTRICTS, survey_regions().tolist(), strict=True))
    assert {of["tongzhou"]} == {of[name] for name in ("fangshan", "shunyi", "changping", "daxing")}
    assert np.bincount(survey_regions()).tolist() == [2, 4, 5, 5]
    assert of["dongcheng"] == of["xicheng"] != of["haidian"] != of["miyun"]


def test_scenarios_and_lengths_share_the_errors_of_a_replication() -> None:
    assert (official_factors(5, 41, 0.06, 0.5) == official_factors(5, 61, 0.06, 0.5)[:41]).all()
    assert (official_factors(5, 41, 0.06, 0.5) != official_factors(6, 41, 0.06, 0.5)).any()


def test_the_year_between_two_year_ends_is_interpolated() -> None:
    log = np.log(official_factors(2, 41, 0.06, 0.5))
    assert np.allclose(log[6], (log[4] + log[8]) / 2)
    assert np.allclose(log[39], log[36])  # 2020Q3 keeps the error of the last year published


def test_without_error_the_measures_agree() -> None:
    assert (official_factors(3, 41, 0.0, 0.5) == 1).all()
