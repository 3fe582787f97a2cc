"""Calls are Poisson about what people have to complain of, keyed by zone, and ranks make special units."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import poisson

from sim.processes import complaints
from tests.fixtures.small_city import small_city


@pytest.fixture
def city() -> SimpleNamespace:
    made = small_city()
    made.scratch |= {
        "top_ten_months": np.zeros((complaints.MEMORY_MONTHS, 343), dtype=np.bool_),
        "special_governance": np.zeros(343, dtype=np.bool_),
    }
    return made


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.3, 80.0, 12_000.0])
def test_the_quantile_is_that_of_the_poisson_distribution(mean):
    u = np.concatenate([np.linspace(0.0005, 0.9995, 300), [1e-9, 1 - 1e-9]])
    assert (complaints.poisson_quantile(u, np.full(len(u), mean)) == poisson.ppf(u, mean)).all()


def test_the_mean_call_count_is_the_expectation(city):
    city.parameters = city.parameters.with_values({"complaint_month_spread": 0.3})
    found = []
    for quarter in range(1, 60):
        city.quarter = quarter
        found.append(complaints.month_calls(city, np.full(343, 50.0)))
    assert np.mean(found) == pytest.approx(50.0, rel=0.01)
    assert np.std(np.array(found)) == pytest.approx(np.sqrt(50 + 50**2 * (np.exp(0.09) - 1)), rel=0.03)


def test_a_zone_with_more_to_complain_of_changes_no_other(city):
    mean = np.full(343, 50.0)
    before = complaints.month_calls(city, mean)
    mean[7] = 200.0
    after = complaints.month_calls(city, mean)
    others = np.arange(343) != 7
    assert (after[:, others] == before[:, others]).all()
    assert (after[:, 7] > before[:, 7]).all()


def burden_city(city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a city of 1,000 residents a zone, served alike, none informal."""
    city.quarter = 25
    city.scratch |= {"residents_by_zone": np.full(343, 1000.0), "informal_by_zone": np.zeros(343)}
    trade = {"businesses_unlicensed": np.zeros(343), "commercial_outlets": np.full(343, 20.0)}
    monkeypatch.setattr(complaints.business_dynamics, "counts", lambda city: trade)
    monkeypatch.setattr(complaints.hospital_choice, "reach", lambda city: np.ones((343, 343), np.float32))
    monkeypatch.setattr(complaints.hospital_choice, "beds_by_zone", lambda city: np.ones(343))
    city.trade = trade
    return city


def test_burden_adds_up_informality_clearing_building_and_missing_shops(city, monkeypatch):
    """Weights 0.5, 6, 10, 4, 0.6: 100 informal 50, 5 unlicensed 30, 3 cleared 30, 2 built 8, no shop 300."""
    city = burden_city(city, monkeypatch)
    city.parameters = city.parameters.with_values(
        {
            "complaint_informal_weight": 0.5,
            "complaint_unlicensed_weight": 6.0,
            "complaint_clearing_weight": 10.0,
            "complaint_construction_weight": 4.0,
            "complaint_services_weight": 0.6,
        }
    )
    assert complaints.burden(city) == pytest.approx(np.full(343, 1000.0))
    city.scratch["informal_by_zone"][0] = 100.0
    city.trade["businesses_unlicensed"][1] = 5.0
    city.dwellings.take(np.array([2]), 7, np.array([3.0]), 4)
    city.dwellings.stock[3, 0] += 2.0
    city.trade["commercial_outlets"][4] = 0.0
    found = complaints.burden(city)
    assert found[:5] == pytest.approx([1050.0, 1030.0, 1030.0, 1008.0, 1300.0])
    assert found[5:] == pytest.approx(np.full(338, 1000.0))


def test_extra_effort_lowers_calls_where_it_is_made(city, monkeypatch):
    city = burden_city(city, monkeypatch)
    city.parameters = city.parameters.with_values({"complaint_month_spread": 0.0})
    complaints.prepare(city)
    complaints.run(city)
    before = city.scratch["complaints"].copy()
    city.scratch["rates"] = {"complaints": np.where(np.arange(343) < 10, 0.5, 1.0)}
    complaints.run(city)
    after = city.scratch["complaints"]
    assert (after[10:] == before[10:]).all()
    assert after[:10].sum() < 0.75 * before[:10].sum()


def test_three_months_in_the_first_ten_make_a_special_unit_and_two_years_without_end_it(city):
    city.parameters = city.parameters.with_values({"complaint_months_in_top_ten": 3})
    calls = np.zeros((3, 343))
    calls[:, :9] = 100.0
    calls[:2, 20] = 100.0
    calls[2, 30] = 100.0
    complaints._rank(city, calls)
    assert list(np.flatnonzero(city.scratch["special_governance"])) == list(range(9))
    complaints._rank(city, calls)
    assert list(np.flatnonzero(city.scratch["special_governance"])) == [*range(9), 20]
    calls[:] = 0.0
    calls[:, 100:110] = 100.0
    for _ in range(8):
        complaints._rank(city, calls)
    assert list(np.flatnonzero(city.scratch["special_governance"])) == list(range(100, 110))


def test_nobody_is_ranked_before_2019(city, monkeypatch):
    city = burden_city(city, monkeypatch)
    complaints.prepare(city)
    city.quarter = complaints.RANKED_SINCE - 1
    complaints.run(city)
    assert not city.scratch["top_ten_months"].any()
    city.quarter += 1
    complaints.run(city)
    assert city.scratch["top_ten_months"].sum() == 30
