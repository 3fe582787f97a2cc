"""Visitors and guests are counted as hand calculations say, and only orders move the custom of shops."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.calendar import parse_quarter
from sim.city.visitors import open_visitors
from sim.data.paths import load_paths
from sim.processes import visits
from tests.fixtures.small_city import small_city, zone

PALACE = 0


@pytest.fixture
def city() -> SimpleNamespace:
    made = small_city()
    made.scratch["residents_by_zone"] = np.full(343, 1000.0)
    return made


def test_a_cap_lets_in_what_fits_each_day():
    """The mean of the smaller of a lognormal day and the cap, against a hundred thousand days drawn."""
    spread, mean, cap = 0.5, 100.0, 120.0
    days = np.exp(np.random.default_rng(1).normal(np.log(mean) - spread**2 / 2, spread, 200_000))
    served, full = visits.served_a_day(np.array([mean]), np.array([cap]), spread, 0.0)
    assert served[0] == pytest.approx(np.minimum(days, cap).mean(), rel=0.005)
    assert full[0] == pytest.approx((days > cap).mean(), abs=0.005)


def test_who_is_turned_away_comes_on_another_day_while_there_is_room():
    served, _ = visits.served_a_day(np.array([100.0]), np.array([120.0]), 0.5, 1.0)
    assert served[0] == pytest.approx(100.0)
    served, full = visits.served_a_day(np.array([500.0]), np.array([120.0]), 0.5, 1.0)
    assert served[0] == pytest.approx(120.0)
    assert full[0] > 0.9


def test_visits_rise_each_year_under_the_same_cap():
    demand = np.array([40_000.0, 44_000.0, 48_000.0, 52_000.0])
    served, full = visits.served_a_day(demand, np.full(4, 80_000.0), 0.55, 0.9)
    assert (np.diff(served) > 0).all()
    assert (np.diff(full) > 0).all()
    assert (served < demand).all()


def test_a_spot_without_a_gate_takes_everybody():
    served, full = visits.served_a_day(np.array([1e6]), np.array([np.inf]), 0.5, 0.9)
    assert (served[0], full[0]) == (1e6, 0.0)


def test_a_spots_own_cap_holds_from_its_day_and_a_lower_one_of_a_measure_before_it(city):
    city.quarter = parse_quarter("2015Q2")
    assert visits.caps(city)[PALACE] == np.inf
    city.quarter = parse_quarter("2015Q3")
    assert visits.caps(city)[PALACE] == 80_000
    rule = city.visitors.spots.rule(PALACE)
    for given, held in ((60_000.0, 60_000.0), (90_000.0, 80_000.0)):
        city.scratch["rules"] = {rule: np.full(343, np.nan)}
        city.scratch["rules"][rule][zone("dongcheng.donghuamen")] = given
        assert visits.caps(city)[PALACE] == held


def test_the_quarters_of_a_year_share_its_visits_and_the_epidemic_keeps_people_away(city):
    seasons = []
    for text in ("2010Q4", "2011Q1", "2011Q2", "2011Q3"):
        city.quarter = parse_quarter(text, allow_base=True)
        seasons.append(visits.demand(city) / city.path("visitor_demand"))
    assert sum(seasons) == pytest.approx(4.0)
    city.quarter = parse_quarter("2020Q2")
    with_it = visits.demand(city)
    city.paths = load_paths(without=["epidemic"])
    assert with_it < 0.5 * visits.demand(city)


def test_guests_choose_beds_by_number_and_way_and_none_is_lost():
    """300 nights, beds 100 near (weight 1) and 100 far (weight 0.5): 200 and 100."""
    near = np.array([[1.0, 0.5], [0.5, 1.0]], dtype=np.float32)
    big = np.zeros((343, 343), dtype=np.float32)
    big[:2, :2] = near
    draw, pull = np.zeros(343), np.zeros(343)
    draw[:2], pull[0] = 100.0, 300.0
    nights = visits._choose_beds(big, draw, pull)
    assert nights[:2] == pytest.approx([200.0, 100.0])
    assert nights.sum() == pytest.approx(300.0)


def test_full_beds_send_guests_to_free_ones(city):
    city.scratch["network_state"] = 1
    city.scratch["lodging_near_state"] = 1
    city.scratch["lodging_near"] = np.eye(343, dtype=np.float32)
    city.scratch["lodging_taste"] = np.ones(343)
    city.visitors.beds = np.full((343, 2), 50.0)
    pull = np.zeros(343)
    pull[0] = 195.0
    visits._nights(city, pull)
    assert city.visitors.nights_per_day[0] == pytest.approx(95.0)
    assert city.visitors.nights_per_day.sum() == pytest.approx(195.0)


def test_beds_open_where_they_fill_close_where_they_do_not_and_come_back_unless_watched(city):
    city.parameters = city.parameters.with_values(
        {
            "lodging_adjustment": 0.1,
            "lodging_closing": 0.05,
            "lodging_occupancy_normal": 0.5,
            "rebound_half_life_years": 0.25,
        }
    )
    visitors = city.visitors
    visitors.beds = np.full((343, 2), 50.0)
    visitors.nights_per_day = np.full(343, 50.0)
    visitors.nights_usual = np.full(343, 50.0)
    visitors.nights_usual[[0, 1, 2, 4]] = [80.0, 20.0, 80.0, 80.0]
    visitors.nights_per_day[:] = visitors.nights_usual
    visitors.beds_removed[0] = 2.0
    city.scratch["rates"] = {"regrowth.lodging": np.ones(343)}
    city.scratch["rates"]["regrowth.lodging"][2] = 0.25
    city.scratch["rules"] = {"entry.hotel_catering": np.full(343, np.nan)}
    city.scratch["rules"]["entry.hotel_catering"][4] = 0.0
    visits._adjust_beds(city)
    assert visitors.beds[3].sum() == pytest.approx(100.0)
    assert visitors.beds[0].sum() == pytest.approx(106.0)
    assert visitors.beds[1].sum() == pytest.approx(97.0)
    assert visitors.beds[2].sum() == pytest.approx(101.5)
    assert visitors.beds[4].sum() == pytest.approx(100.0)
    assert visitors.beds_removed[0] == pytest.approx([1.0, 1.0])
    assert visitors.beds_rebounded.sum() == pytest.approx(2.0)


def test_shops_miss_the_guests_an_order_took_and_get_used_to_it(city):
    """1,000 residents at 0.8 trips; an order took 200 guests: 800 of 1,000 are left, later of fewer."""
    city.parameters = city.parameters.with_values(
        {"custom_per_resident": 0.8, "custom_adjustment_quarters": 4}
    )
    visits._custom(city)
    assert city.scratch["custom"] == {}
    city.visitors.move_custom("lodging", np.array([5]), np.array([-200.0]))
    visits._custom(city)
    factor = city.scratch["custom"]["lodging"]
    assert factor[5] == pytest.approx(0.8)
    assert (np.delete(factor, 5) == 1.0).all()
    visits._custom(city)
    assert city.scratch["custom"]["lodging"][5] == pytest.approx(800 / 950)
    for _ in range(30):
        visits._custom(city)
    assert city.scratch["custom"] == {}


def test_spots_are_brought_back_to_the_base_year_by_demand():
    paths = load_paths()
    visitors = open_visitors(np.zeros((343, 2)), paths)
    a_day = visitors.spots.visits[PALACE] * paths.value("visitor_demand", parse_quarter("2015Q4"))
    assert a_day * 365 == pytest.approx(15_085_000)


def test_the_years_of_sights_swing_about_their_path_by_run_and_not_by_scenario(open_model):
    cities = [open_model(rng=rng).city for rng in (1, 1, 2)]
    found = []
    for city in cities:
        assert (visits.swings(city) == 1.0).all(), "the base quarter is as counted"
        city.quarter = 5
        found.append(visits.swings(city))
        city.quarter = 8
        np.testing.assert_array_equal(visits.swings(city), found[-1])
        city.quarter = 9
        assert (visits.swings(city) != found[-1]).all()
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).all()


def test_swings_have_the_spread_their_parameters_say(open_model):
    city = open_model(parameters={"visitors_year_spread": 0.03, "visitors_year_spread_spot": 0.1}).city
    drawn = []
    for year in range(40):
        city.quarter = 1 + 4 * year
        drawn.append(visits.swings(city))
    spots, all_of = np.array(drawn)[:, :-1], np.array(drawn)[:, -1]
    assert spots.mean() == pytest.approx(1.0, abs=0.01)
    assert np.log(spots).std() == pytest.approx(0.1, abs=0.01)
    assert np.log(all_of).std() == pytest.approx(0.03, abs=0.012)


def test_replications_differ_in_their_visits_to_sights(open_model):
    first, other = (open_model(rng=rng) for rng in (1, 2))
    for model in (first, other):
        model.step()
    one, two = (model.city.visitors.spot_visits for model in (first, other))
    assert (one != two).mean() > 0.9
