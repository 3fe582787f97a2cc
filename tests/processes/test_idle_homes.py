"""Check idle homes: none is lost or made, half are taken up in a half-life, owners keep only what is free."""

import numpy as np
import pytest

from sim.codes import DwellingClass, Tenure
from sim.processes import demography, idle_homes
from tests.fixtures.homes import flats_of

NONE_SCARCE = np.zeros(343)
OWNED, LET = DwellingClass.OWNER_COMMODITY, DwellingClass.MARKET_RENTAL


def test_ages_of_homes_are_shares_of_each_district():
    years = idle_homes.construction_years()
    assert years.shape == (16, 13)
    np.testing.assert_allclose(years.sum(axis=1), 1.0)
    # Fangshan's homes of 2010 are newer than Xicheng's; Yanqing has no listing and takes the mean
    newest = years[:, -4:].sum(axis=1)
    assert newest[7] > newest[1]
    np.testing.assert_array_equal(years[15], years[13])


def test_half_of_the_idle_homes_are_taken_up_in_a_half_life(open_model):
    city = open_model(parameters={"idle_homes_half_life_years": 3.0}).city
    dwellings = city.dwellings
    idle, all_homes, area = dwellings.idle.sum(), flats_of(city).sum(), dwellings.residential_floor_area()
    assert idle > 0
    for _ in range(12):
        idle_homes.take_up(city, NONE_SCARCE)
    assert dwellings.idle.sum() == pytest.approx(idle / 2)
    assert flats_of(city).sum() == pytest.approx(all_homes)
    np.testing.assert_allclose(dwellings.residential_floor_area(), area)


def test_a_share_of_what_is_taken_up_is_let(open_model):
    tenants = 1.5
    shares = {"new_homes_let_share": 0.25, "tenants_per_let_flat": tenants}
    city = open_model(parameters=shares).city
    before = city.dwellings.stock.copy(), city.dwellings.idle.sum()
    idle_homes.take_up(city, NONE_SCARCE)
    gained = (city.dwellings.stock - before[0]).sum(axis=0)
    assert gained[LET] == pytest.approx(tenants * 0.25 * (before[1] - city.dwellings.idle.sum()))


def test_where_no_flat_is_left_to_rent_idle_homes_are_let(open_model):
    taken = {}
    for letting in (0.0, 3.0):
        city = open_model(parameters={"idle_homes_letting": letting, "new_homes_let_share": 0.2}).city
        all_flats, idle = flats_of(city), city.dwellings.idle.copy()
        scarcity = np.select([np.arange(343) < 100, np.arange(343) < 200], [1.0, 0.5], 0.0)
        idle_homes.take_up(city, scarcity)
        back = idle - city.dwellings.idle
        gained = flats_of(city) - all_flats + back
        assert gained.sum() == pytest.approx(back.sum())
        taken[letting] = back.sum(axis=1) / idle.sum(axis=1), gained[:, LET] / gained.sum(axis=1)
    hazard = [-np.log1p(-taken[letting][0]) for letting in taken]
    np.testing.assert_allclose(hazard[1][:100], 4.0 * hazard[0][:100], rtol=1e-6)
    np.testing.assert_allclose(hazard[1][100:], hazard[0][100:], rtol=1e-6)
    # one part in four as ever, a fifth of it to let; what scarcity adds is let
    np.testing.assert_allclose(taken[3.0][1][:100], 0.8, rtol=1e-6)
    np.testing.assert_allclose(taken[3.0][1][100:], 0.2, rtol=1e-6)


def test_new_homes_stand_idle_or_are_used(open_model):
    city = open_model(parameters={"new_homes_idle_share": 0.4}).city
    before = city.dwellings.idle.copy()
    used = idle_homes.hand_over(city, np.full(343, 10.0))
    np.testing.assert_allclose(used, 6.0)
    np.testing.assert_allclose((city.dwellings.idle - before)[:, OWNED], 4.0)


def test_more_idle_homes_in_2010_where_more_stand_idle_at_first(open_model):
    few, many = (
        open_model(parameters={"new_homes_idle_share": share}).city.dwellings.idle for share in (0.3, 0.6)
    )
    assert (many[:, OWNED] >= few[:, OWNED]).all()
    assert many.sum() > 1.5 * few.sum()


def _free_city(open_model, free):
    city = open_model(parameters={"left_homes_idle_share": 0.5}).city
    city.dwellings.occupied[:] = 0
    city.dwellings.stock[:, list(idle_homes.FLATS)] = free
    return city


def _left(zone, kind, number):
    left = np.zeros((343, 13), dtype=np.int64)
    left[zone, kind] = number
    return left


def test_owners_who_move_on_keep_their_share_of_homes(open_model):
    city = _free_city(open_model, 1e6)
    before = city.dwellings.idle.copy(), city.dwellings.stock.copy()
    idle_homes.keep(city, _left(7, DwellingClass.WORK_UNIT, 2))
    kept = city.dwellings.idle - before[0]
    assert kept[7, DwellingClass.WORK_UNIT] == pytest.approx(0.5 * 2 / city.sample)
    assert kept.sum() == pytest.approx(kept[7, DwellingClass.WORK_UNIT])
    np.testing.assert_allclose(city.dwellings.stock, before[1] - kept)


def test_a_home_that_is_taken_again_is_not_kept(open_model):
    city = _free_city(open_model, 0.0)
    before = city.dwellings.idle.copy()
    idle_homes.keep(city, _left(7, OWNED, 3))
    np.testing.assert_array_equal(city.dwellings.idle, before)
    assert (city.dwellings.stock >= 0).all()


def test_homes_kept_in_2010_are_as_many_as_the_runs_rates_keep_up(open_model):
    without, with_them = (
        open_model(parameters={"left_homes_idle_share": share}).city.dwellings.idle for share in (0.0, 0.4)
    )
    kept = (with_them - without).sum()
    city = open_model().city
    owners = (city.households.tenure[: city.households.n_rows] == Tenure.OWNER).sum() / city.sample
    # a home kept stays idle 1 / ln 2 half-lives in the mean
    half_life = city.parameter("idle_homes_half_life_years")
    most = 0.4 * city.parameter("move_rate_owner") * owners * half_life / np.log(2.0)
    assert 0.3 * most < kept < 1.3 * most


def test_idle_homes_count_as_floor_area_but_not_as_places(base_model):
    dwellings = base_model.city.dwellings
    full = dwellings.residential_floor_area().sum()
    idle = (dwellings.idle * dwellings.floor_area_m2).sum()
    assert full - (dwellings.stock * dwellings.floor_area_m2)[:, :9].sum() > idle > 0


def test_heirs_keep_their_share_of_homes_that_deaths_empty(open_model):
    kept = []
    for share in (0.0, 0.5):
        model = open_model(parameters={"left_homes_idle_share": share, "move_rate_owner": 0.0})
        model.city.dwellings.idle[:] = 0.0
        model.city.begin_quarter(1)
        demography.run(model.city)
        kept.append(model.city.dwellings.idle.sum(axis=0))
    assert kept[0].sum() == 0.0
    assert kept[1][list(idle_homes.FLATS)].sum() == kept[1].sum() > 0.0
