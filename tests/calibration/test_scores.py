"""Check the scores against numbers worked out by hand."""

import numpy as np
import pytest

from calibration import scores

COUNTED = np.array([100.0, 200.0])
FORECAST = np.array([110.0, 170.0])


def test_errors_by_hand() -> None:
    assert scores.wape_percent(FORECAST, COUNTED) == pytest.approx(100 * 40 / 300)
    assert scores.mape_percent(FORECAST, COUNTED) == pytest.approx((10 + 15) / 2)


def test_what_a_forecast_expects_of_itself_is_what_its_members_miss_it_by() -> None:
    middle = np.array([100.0, 300.0])
    members = np.array([[90.0, 110.0, 100.0], [310.0, 250.0, 300.0]])  # missed by 20 of 400, 60 of 360, 0
    assert scores.expected_wape_percent(middle, members) == pytest.approx(5.0)
    wide = middle[:, None] + 2.0 * (members - middle[:, None])
    assert scores.expected_wape_percent(middle, wide) > 1.9 * 5.0
    assert scores.bias_percent(FORECAST, COUNTED) == pytest.approx((10 - 15) / 2)


def test_the_score_of_one_number_is_its_error() -> None:
    same = np.full((2, 7), FORECAST[:, None])
    assert scores.crps(same, COUNTED) == pytest.approx([10.0, 30.0])


def test_the_score_of_two_members_by_hand() -> None:
    # E|X - 1| = (1 + 2) / 2; E|X - X'| over the four pairs of 0 and 3 is 3 / 2; half of it goes off
    assert scores.crps(np.array([[3.0, 0.0]]), np.array([1.0])) == pytest.approx([1.5 - 0.75])


def test_the_score_of_many_members_is_that_of_every_pair() -> None:
    members = np.random.default_rng(1).normal(size=(3, 50))
    counted = np.array([0.0, 1.0, -2.0])
    pairs = np.abs(members[:, :, None] - members[:, None, :]).mean(axis=(1, 2))
    expected = np.abs(members - counted[:, None]).mean(axis=1) - pairs / 2
    assert scores.crps(members, counted) == pytest.approx(expected)


def test_the_score_of_a_normal_forecast_is_that_of_its_formula() -> None:
    # Gneiting and Raftery 2007: at the mean of a standard normal it is (sqrt(2) - 1) / sqrt(pi)
    members = np.random.default_rng(2).normal(size=(1, 40_000))
    assert scores.crps(members, np.zeros(1)) == pytest.approx([(2**0.5 - 1) / np.pi**0.5], abs=0.005)


def test_coverage_and_width_are_those_of_the_middle_ninety_percent() -> None:
    members = np.tile(np.arange(101.0), (3, 1))
    counted = np.array([50.0, 4.0, 95.0])
    assert scores.interval(members)[0] == pytest.approx([5.0, 5.0, 5.0])
    assert scores.coverage(members, counted) == pytest.approx(2 / 3)
    assert scores.width_percent(members[:1], counted[:1]) == pytest.approx(180.0)
