"""Enough replications: the interval of the mean, what halves it, and whether it settles the question."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.outcomes.replications import COLUMNS, ENOUGH, MORE, MOST, ONE, enough, more_to_halve, summary
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


def below(limit: float):
    return lambda low, high: not low <= limit <= high


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("enough"), replications=4))


def test_the_interval_is_students():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    row = summary(values, below(0.0), 4.0)
    low, high = stats.t.interval(0.9, 3, loc=4.0, scale=stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["width"] == pytest.approx(high - low)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 2000))
def test_so_many_more_halve_it_and_one_fewer_does_not(n):
    def width(count: int) -> float:
        return stats.t.ppf(0.95, count - 1) / count**0.5

    more = more_to_halve(n)
    assert width(n + more) <= width(n) / 2 < width(n + more - 1)
    assert more <= 3 * n + 1  # few replications have wide tails, so that fewer more are needed


def test_many_replications_need_three_times_as_many_more():
    assert more_to_halve(1000) == pytest.approx(3000, rel=0.01)


def test_an_interval_on_one_side_settles_the_question():
    values = np.array([10.0, 11.0, 12.0])
    assert summary(values, below(5.0), 6.0)["verdict"] == ENOUGH
    assert summary(values, below(5.0), 6.0)["more_to_decide"] == 0
    assert summary(values, below(11.5), 0.5)["verdict"] == MORE


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(-100, 100))
def test_the_more_that_decide_do(values, limit):
    values = np.array(values)
    row = summary(values, below(limit), abs(values.mean() - limit))
    if row["more_to_decide"]:
        n = len(values) + row["more_to_decide"]
        assert stats.t.ppf(0.95, n - 1) * values.std(ddof=1) / n**0.5 <= abs(values.mean() - limit) + 1e-9
    assert (row["verdict"] == MORE) == (row["more_to_decide"] is None or row["more_to_decide"] > 0)


def test_a_mean_at_the_threshold_cannot_be_decided():
    assert summary(np.array([-1.0, 1.0]), below(0.0), 0.0)["more_to_decide"] is None
    assert summary(np.array([-1.0, 1.0]), below(1e-9), 1e-9)["more_to_decide"] is None
    assert MOST >= 10_000


def test_one_replication_settles_nothing():
    row = summary(np.array([1.0]), below(5.0), 4.0)
    assert row == {"n_replications": 1, "estimate": 1.0, "verdict": ONE}


def test_values_that_do_not_vary_need_no_more():
    row = summary(np.array([0.0, 0.0]), below(0.0), 0.0)
    assert (row["verdict"], row["width"], row["more_to_halve"], row["more_to_decide"]) == (ENOUGH, 0.0, 0, 0)


def test_a_store_is_judged_target_by_target_and_density_by_density(results):
    frame = enough(results)
    assert tuple(frame.columns) == COLUMNS
    judged = results.targets()
    judged = judged[judged["status"] == "judged"]
    mine = frame[frame["subject"] == "target"]
    assert mine["name"].tolist() == judged["target"].tolist()
    assert mine["estimate"].tolist() == pytest.approx(judged["estimate"].tolist())
    assert mine["probability"].tolist() == pytest.approx(judged["probability"].tolist())
    assert (mine["probability_low"] <= mine["probability"]).all()
    assert (mine["probability"] <= mine["probability_high"]).all()


def test_densities_are_compared_with_no_measures_and_these_with_their_base_quarter(results):
    frame = enough(results)
    frame = frame[frame["subject"] == "density"].set_index(["scenario", "name"])
    with_what = frame["compared_with"]
    assert with_what["executed-2017-2020", "population"] == "no-measures"
    assert with_what["no-measures", "population"] == "2016Q4"
    told = results.densities("executed-2017-2020").set_index("density")["against_no_measures"]
    mine = frame.loc[("executed-2017-2020", "population"), "estimate"]
    assert mine == pytest.approx(told["population"])
    assert set(frame.loc["executed-2017-2020"].index) == {"population", "building", "tourism", "commercial"}


def test_a_store_of_one_replication_says_so(tmp_path):
    frame = enough(load_results(make_demo_store(tmp_path / "one", replications=1)), "no-measures")
    assert set(frame["verdict"]) == {ONE}
    assert frame["low"].isna().all()
