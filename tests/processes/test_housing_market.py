"""Check vacancies, rents and what is built; rents move within their bound, up where homes are scarce."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.households import Households
from sim.city.completions import completion_share
from sim.city.dwellings import SHAPE, Dwellings
from sim.codes import DwellingClass
from sim.processes import housing_market
from tests.fixtures.homes import flats_of

DISTRICT = np.arange(343) % 16
VALUES = {
    "vacancy_normal": 0.08,
    "rent_response": 0.6,
    "rent_bound": 0.04,
    "rent_wage_pass_through": 0.5,
    "rent_informal_ceiling": 3.0,
}


def market(stock, unfilled, wages=(1.0, 1.0)):
    """Give a city of homes alike; `unfilled` of each cell were left over when homes were last chosen."""
    dwellings = Dwellings(
        np.full(SHAPE, float(stock)), np.full(SHAPE, 50.0), np.full(SHAPE, 20.0), 0.01, np.zeros(SHAPE)
    )
    dwellings.unfilled = np.full(SHAPE, float(unfilled))
    return SimpleNamespace(
        dwellings=dwellings,
        households=Households(0),
        zones=SimpleNamespace(district=DISTRICT),
        sample=0.01,
        threads=1,
        quarter=5,
        parameter=VALUES.__getitem__,
        paths=SimpleNamespace(value=lambda name, quarter: wages[quarter == 5]),
        scratch={"wages_by_class": np.ones((13, 6, 2))},
    )


@given(st.floats(0.0, 1e6), st.floats(0.0, 2e6))
@settings(max_examples=200, deadline=None)
def test_vacancy_rates_lie_between_none_and_all(stock, unfilled):
    rate = housing_market.vacancy_rates(market(stock, unfilled))
    assert rate.shape == (16, 13)
    assert ((rate > 0.0) & (rate <= 1.0)).all()
    if stock == 0.0:
        np.testing.assert_allclose(rate, VALUES["vacancy_normal"])
    if stock * 20 > 1e5:
        assert rate[0, 0] == pytest.approx(min(unfilled / stock, 1.0), abs=0.01)


def test_a_place_between_two_tenants_is_not_left_over(open_model):
    """Rooms change hands all the time; where each one on offer is taken, none counts as empty."""
    city = open_model().city
    city.dwellings.unfilled[:] = 0.0
    assert city.dwellings.vacancy().sum() > 0
    assert (housing_market.vacancy_rates(city) <= city.parameter("vacancy_normal")).all()


def test_what_is_left_over_is_what_the_quarter_did_not_take(open_model):
    model = open_model()
    dwellings = model.city.dwellings
    np.testing.assert_allclose(
        dwellings.unfilled, np.maximum(dwellings.stock - dwellings.occupied_full(), 0.0)
    )
    model.step()
    assert 0.0 < dwellings.unfilled.sum() < dwellings.vacancy().sum() / dwellings.sample


@given(st.floats(0.0, 1e6), st.integers(0, 10_000), st.floats(0.95, 1.1))
@settings(max_examples=200, deadline=None)
def test_rents_stay_within_the_bound_about_wages(stock, unfilled, growth):
    city = market(stock, unfilled, (1.0, growth))
    housing_market.adjust_rents(city)
    change = np.log(city.dwellings.rent_cny_m2_month / 20.0) - 0.5 * np.log(growth)
    assert (np.abs(change) <= VALUES["rent_bound"] + 1e-12).all()


def test_rents_rise_where_homes_are_scarce_and_fall_where_they_are_not():
    city = market(1000.0, 100.0)
    city.dwellings.unfilled[DISTRICT == 3] = 0.0
    city.dwellings.unfilled[DISTRICT == 4] = 500.0
    housing_market.adjust_rents(city)
    rent = city.dwellings.rent_cny_m2_month
    assert (rent[DISTRICT == 3] > 20.0).all()
    assert (rent[DISTRICT == 4] < 20.0).all()
    assert (rent[DISTRICT == 4] >= 20.0 * np.exp(-0.04) - 1e-9).all()


def test_rents_stand_still_at_the_normal_vacancy():
    city = market(1000.0, 80.0)
    housing_market.adjust_rents(city)
    np.testing.assert_allclose(city.dwellings.rent_cny_m2_month, 20.0)


def test_contracts_follow_the_market_on_their_anniversary_only():
    city = market(1000.0, 100.0)
    homes = city.households = Households(4)
    homes.n_persons[:4] = 2
    homes.zone[:4] = 1
    homes.dwelling_class[:4] = [DwellingClass.MARKET_RENTAL] * 3 + [DwellingClass.OWNER_COMMODITY]
    homes.moved_quarter[:4] = [1, 2, -3, 1]  # quarter 5: the first and third have theirs
    homes.rent_cny_month[:4] = [500.0, 500.0, 500.0, 0.0]
    housing_market.adjust_rents(city)
    asked = city.dwellings.rent_cny_m2_month[1, DwellingClass.MARKET_RENTAL] * 50.0
    np.testing.assert_allclose(homes.rent_cny_month[:4], [asked, 500.0, asked, 0.0], rtol=1e-6)


def _finished_by_class(open_model, **parameters):
    """Return the homes a quarter finishes, idle ones too, by zone and class, and the city."""
    city = open_model(parameters=parameters).city
    city.begin_quarter(1)
    city.scratch["land_release"] = 1.0 / np.bincount(city.zones.district)[city.zones.district]
    before = flats_of(city)
    housing_market.build(city)
    return flats_of(city) - before, city


def test_what_is_finished_is_what_the_path_says(open_model):
    finished, city = _finished_by_class(open_model, business_flats_lived_in=1e-9)
    homes = city.path("completions_commodity_m2") / city.parameter("new_home_area_m2")
    homes += city.path("completions_affordable_units")
    assert finished.sum() == pytest.approx(homes)
    share = np.bincount(city.zones.district, weights=finished.sum(axis=1)) / finished.sum()
    np.testing.assert_allclose(share, completion_share(city), atol=1e-9)


def test_flats_in_business_buildings_come_beside_the_homes_where_such_buildings_are(open_model):
    lived_in, let = 0.5, 0.6
    without, _ = _finished_by_class(open_model, business_flats_lived_in=1e-9)
    finished, city = _finished_by_class(
        open_model, business_flats_lived_in=lived_in, business_flats_let_share=let
    )
    flats = finished - without
    # small flats: one household each, let or not
    flats[:, DwellingClass.MARKET_RENTAL] *= city.parameter("tenants_per_let_flat")
    assert flats.sum() == pytest.approx(lived_in * city.path("completions_business_flats"))
    assert flats[:, DwellingClass.MARKET_RENTAL].sum() == pytest.approx(let * flats.sum())
    assert flats[:, DwellingClass.OWNER_COMMODITY].sum() == pytest.approx((1.0 - let) * flats.sum())
    share = np.bincount(city.zones.district, weights=flats.sum(axis=1)) / flats.sum()
    np.testing.assert_allclose(share, city.paths.vector("business_flat_share", 1), atol=1e-7)


def test_lets_are_scarce_below_normal_vacancy_and_most_where_none_is_left():
    stock = 1e6
    left = np.array([0.08, 0.04, 0.0, 0.2])
    city = market(stock, 0.0)
    city.dwellings.unfilled[:] = (left * stock)[DISTRICT % 4][:, None]
    rate = housing_market.vacancy_of_lets(city)
    scarcity = housing_market.scarcity(rate, VALUES["vacancy_normal"])
    np.testing.assert_allclose(scarcity[:4], [0.0, 0.5, 1.0, 0.0], atol=0.01)


def test_idle_homes_are_let_where_no_flat_is_left_to_rent(open_model):
    back = []
    for letting in (0.0, 8.0):
        city = open_model(parameters={"idle_homes_letting": letting, "new_homes_idle_share": 0.4}).city
        city.begin_quarter(1)
        city.scratch["land_release"] = np.zeros(343)
        city.dwellings.unfilled[:, DwellingClass.MARKET_RENTAL] = 0.0
        before = city.dwellings.idle.copy(), flats_of(city)
        housing_market.build(city)
        taken = before[0] - city.dwellings.idle
        let = (flats_of(city) - before[1])[:, DwellingClass.MARKET_RENTAL]
        back.append((taken.sum(), let.sum() / taken.sum()))
    # the weight of the normal rate in small districts keeps scarcity a little below one
    assert 5.0 < back[1][0] / back[0][0] < 9.0
    assert back[0][1] == pytest.approx(0.2)
    assert back[1][1] > 0.8


def _finished(open_model, for_sale):
    """Return the commodity homes a quarter finishes by district, with homes for sale of a measure's own."""
    city = open_model(parameters={"new_homes_idle_share": 0.0}).city
    city.begin_quarter(1)
    number = np.bincount(city.zones.district)[city.zones.district]
    city.scratch["land_release"] = 1.0 / number
    city.scratch["rules"] = {} if for_sale is None else {"commodity_homes_built": for_sale}
    before = flats_of(city)
    housing_market.build(city)
    built = (flats_of(city) - before).sum(axis=1)
    return np.bincount(city.zones.district, built), city.zones.district


def test_homes_that_a_measure_finishes_for_sale_are_among_the_districts_commodity_homes(open_model):
    without, district = _finished(open_model, None)
    for_sale = np.full(343, np.nan)
    chaoyang, xicheng = np.flatnonzero(district == 2)[0], np.flatnonzero(district == 1)[0]
    for_sale[chaoyang], for_sale[xicheng] = 200.0, 1e6
    fewer, _ = _finished(open_model, for_sale)
    assert fewer[2] == pytest.approx(without[2] - 200.0)
    assert 0.0 <= fewer[1] < without[1], "never fewer than none: its policy homes are left"
    np.testing.assert_allclose(fewer[3:], without[3:])


@pytest.mark.parametrize("tenants", [1.0, 1.45])
@pytest.mark.parametrize("lets_left", [0.0, 0.5])
def test_flats_that_are_let_or_sold_are_as_many_and_as_large_as_before(open_model, tenants, lets_left):
    city = open_model(parameters={"tenants_per_let_flat": tenants}).city
    dwellings = city.dwellings
    flats, idle, area = flats_of(city), dwellings.idle.copy(), dwellings.residential_floor_area()
    lets = dwellings.stock[:, DwellingClass.MARKET_RENTAL].copy()
    dwellings.unfilled[:, DwellingClass.MARKET_RENTAL] = lets_left * lets
    beyond = np.maximum(housing_market.vacancy_of_lets(city) - city.parameter("vacancy_normal"), 0.0) * lets
    housing_market.convert(city)
    np.testing.assert_allclose(flats_of(city).sum(axis=1), flats.sum(axis=1))
    np.testing.assert_allclose(dwellings.residential_floor_area(), area)
    change = dwellings.stock[:, DwellingClass.MARKET_RENTAL] - lets
    if lets_left:  # owned flats that found no buyer are let, too, but none are where lets are left over
        np.testing.assert_allclose(change, -city.parameter("letting_speed") * beyond)
    else:
        assert change.sum() > 0.0
    assert (dwellings.stock >= 0).all()
    np.testing.assert_array_equal(dwellings.idle, idle)


def test_tenants_share_what_is_let(open_model):
    made = []
    for tenants in (1.0, 1.45):
        city = open_model(parameters={"tenants_per_let_flat": tenants}).city
        before = city.dwellings.stock[:, DwellingClass.MARKET_RENTAL].copy()
        city.dwellings.unfilled[:, DwellingClass.MARKET_RENTAL] = 0.0
        housing_market.convert(city)
        made.append(city.dwellings.stock[:, DwellingClass.MARKET_RENTAL] - before)
    np.testing.assert_allclose(made[1], 1.45 * made[0])


def test_an_informal_room_rises_no_further_than_three_times_a_flat():
    city = market(1000, 0.0)  # no home is empty: all rents rise by the bound
    rent = city.dwellings.rent_cny_m2_month
    rent[0, DwellingClass.BASEMENT], rent[1, DwellingClass.BASEMENT] = 59.99, 80.0
    rent[0, DwellingClass.PUBLIC_RENTAL] = 59.99
    housing_market.adjust_rents(city)
    after, risen = city.dwellings.rent_cny_m2_month, np.exp(0.04)
    flat = 20.0 * risen
    assert after[0, DwellingClass.MARKET_RENTAL] == pytest.approx(flat)
    assert after[0, DwellingClass.BASEMENT] == pytest.approx(min(59.99 * risen, 3 * flat))
    assert after[1, DwellingClass.BASEMENT] == 80.0, "dearer already: it stays as it is"
    assert after[0, DwellingClass.PUBLIC_RENTAL] == pytest.approx(59.99 * risen), "formal homes have none"
    for _ in range(20):  # flats stand empty and grow cheaper: rooms do not rise while they are that dear
        city.dwellings.unfilled[:, DwellingClass.MARKET_RENTAL] = 1000.0
        housing_market.adjust_rents(city)
    assert city.dwellings.rent_cny_m2_month[0, DwellingClass.BASEMENT] == pytest.approx(59.99 * risen)
