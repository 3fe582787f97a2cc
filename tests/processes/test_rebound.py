"""Check that informal places come back only where they were cleared and are scarce, slowed by enforcement."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.city.dwellings import SHAPE, Dwellings
from sim.city.land import Land
from sim.city.state import no_flows
from sim.city.zones import AREA_GROUPS
from sim.codes import DwellingClass, Premises
from sim.processes import rebound

DISTRICT = np.arange(343) % 16
VALUES = {
    "vacancy_normal": 0.08,
    "vacancy_normal_informal": 0.05,
    "rebound_half_life_years": 2.0,
    "informal_growth_rate": 0.04,
    "village_rooms_most": 4.0,
    "informal_growth_rent_elasticity": 1.0,
    "rebound_premises_share": 0.5,
    "group_rental_persons_per_dwelling": 10.0,
    "group_rental_persons_per_place": 2.0,
}
SCARCE, CLEARED = 3, 100.0


@pytest.fixture
def city():
    """Give a city whose informal homes are full in one district and half empty in the others."""
    dwellings = Dwellings(
        np.full(SHAPE, 1e5), np.full(SHAPE, 20.0), np.full(SHAPE, 20.0), 0.01, np.zeros(SHAPE)
    )
    dwellings.occupied = np.full(SHAPE, 500)
    dwellings.occupied[DISTRICT == SCARCE] = 1000
    dwellings.unfilled = np.maximum(dwellings.stock - dwellings.occupied_full(), 0.0)
    dwellings.cleared[:] = 0.0
    scratch = {}
    return SimpleNamespace(
        dwellings=dwellings,
        land=Land(np.zeros((343, 4)), np.full((343, 5), 10.0)),
        zones=SimpleNamespace(district=DISTRICT, area_group=np.ones(343, dtype=int)),
        sample=0.01,
        counters=no_flows(),
        scratch=scratch,
        parameter=VALUES.__getitem__,
        rate=lambda name: np.asarray(scratch.get("rates", {}).get(name, np.ones(343))),
    )


def test_nothing_comes_back_where_nothing_was_cleared(city):
    rebound.run(city)
    assert city.dwellings.rebounded.sum() == 0.0
    assert city.counters["rebounded"].sum() == 0.0


def test_cleared_places_come_back_by_their_half_life_where_they_are_scarce(city):
    city.dwellings.cleared[:, DwellingClass.ILLEGAL] = CLEARED
    rebound.run(city)
    back = city.dwellings.rebounded[:, DwellingClass.ILLEGAL]
    assert (back[DISTRICT != SCARCE] == 0.0).all()
    # scarcity is a little below one: the vacancy of a district leans on the normal rate
    np.testing.assert_allclose(back[DISTRICT == SCARCE], CLEARED * (1 - 0.5 ** (1 / 8)), rtol=0.01)
    np.testing.assert_allclose(back + city.dwellings.cleared[:, DwellingClass.ILLEGAL], CLEARED)
    assert city.counters["rebounded"].sum() == pytest.approx(back.sum())


def test_enforcement_slows_what_comes_back_and_what_grows(city):
    zones = np.flatnonzero(DISTRICT == SCARCE)
    factor = np.ones(343)
    factor[zones[0]], factor[zones[1]] = 0.0, 0.5
    city.scratch["rates"] = {"regrowth.illegal": factor}
    city.dwellings.cleared[:, DwellingClass.ILLEGAL] = CLEARED
    before = city.dwellings.stock[:, DwellingClass.ILLEGAL].copy()
    rebound.run(city)
    back = city.dwellings.rebounded[:, DwellingClass.ILLEGAL]
    assert back[zones[0]] == 0.0
    assert back[zones[1]] == pytest.approx(back[zones[2]] / 2)
    grown = city.dwellings.stock[:, DwellingClass.ILLEGAL] - before
    assert grown[zones[0]] == 0.0
    assert grown[zones[1]] == pytest.approx(grown[zones[2]] / 2)


def test_a_village_grows_the_slower_the_fuller_it_is(city):
    zones = np.flatnonzero(DISTRICT == SCARCE)[:3]
    houses, rooms = DwellingClass.SELF_BUILT, DwellingClass.VILLAGE_RENTAL
    city.dwellings.stock[zones, DwellingClass.ILLEGAL] = 0.0
    city.dwellings.stock[zones, rooms] = 1e5
    city.dwellings.stock[zones, houses] = [
        1e5,
        5e4,
        2.5e4,
    ]  # four rooms a house at most: a quarter, half, full
    before = city.dwellings.stock[zones, rooms].copy()
    rebound.run(city)
    grown = city.dwellings.stock[zones, rooms] - before
    assert grown[0] == pytest.approx(1e5 * 0.01 * 0.75, rel=0.01)
    assert grown[1] == pytest.approx(grown[0] * 2 / 3)
    assert grown[2] == 0.0


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_a_village_grows_the_faster_the_more_it_pays(city, power, monkeypatch):
    monkeypatch.setitem(VALUES, "informal_growth_rent_elasticity", power)
    rooms = [DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL]
    city.dwellings.stock[:, DwellingClass.SELF_BUILT] = 1e6
    dear, cheap = np.flatnonzero(DISTRICT == SCARCE)[:2]
    mean = city.dwellings.rent_cny_m2_month[:, DwellingClass.VILLAGE_RENTAL].mean()
    city.dwellings.rent_cny_m2_month[dear, DwellingClass.VILLAGE_RENTAL] = 1.5 * mean
    city.dwellings.rent_cny_m2_month[cheap, DwellingClass.VILLAGE_RENTAL] = 0.5 * mean
    before = city.dwellings.stock[:, rooms].copy()
    rebound.run(city)
    grown = city.dwellings.stock[:, rooms] - before
    assert (grown[cheap] > 0.0).all()
    np.testing.assert_allclose(grown[dear], 3.0**power * grown[cheap])
    others = np.flatnonzero(DISTRICT == SCARCE)[2:]
    np.testing.assert_allclose(grown[dear], 1.5**power * grown[others[0]], rtol=0.01)


def test_what_villages_pay_shares_out_their_growth_and_does_not_add_to_it(city, monkeypatch):
    zones = np.flatnonzero(DISTRICT == SCARCE)
    rooms = DwellingClass.VILLAGE_RENTAL
    city.dwellings.stock[DISTRICT != SCARCE, rooms] = 0.0
    city.dwellings.stock[:, DwellingClass.SELF_BUILT] = np.linspace(6e4, 6e5, 343)
    city.dwellings.rent_cny_m2_month[zones, rooms] = np.linspace(5.0, 50.0, len(zones))
    start, grown = city.dwellings.stock.copy(), []
    for elasticity in (0.0, 1.0):
        monkeypatch.setitem(VALUES, "informal_growth_rent_elasticity", elasticity)
        city.dwellings.stock[:] = start
        rebound.run(city)
        grown.append((city.dwellings.stock - start)[zones, rooms])
    assert grown[0].sum() > 0.0
    assert grown[1].sum() == pytest.approx(grown[0].sum())
    assert grown[1][-1] > grown[0][-1]


def test_illegal_buildings_grow_where_no_village_lets_a_room(city):
    city.dwellings.stock[:, DwellingClass.VILLAGE_RENTAL] = 0.0
    before = city.dwellings.stock[:, DwellingClass.ILLEGAL].copy()
    rebound.run(city)
    grown = (city.dwellings.stock[:, DwellingClass.ILLEGAL] - before)[DISTRICT == SCARCE]
    assert (grown > 0.0).all()
    assert (grown < before[DISTRICT == SCARCE]).all()


def test_nothing_is_added_in_the_core_but_what_was_cleared_comes_back(city):
    first, second = np.flatnonzero(DISTRICT == SCARCE)[:2]
    city.zones.area_group[first] = AREA_GROUPS.index("core")
    city.dwellings.stock[[first, second], DwellingClass.ILLEGAL] = 0.5e5
    before = city.dwellings.stock[:, DwellingClass.ILLEGAL].copy()
    rebound.run(city)
    grown = city.dwellings.stock[:, DwellingClass.ILLEGAL] - before
    assert grown[first] == 0.0 < grown[second]
    city.dwellings.cleared[first, DwellingClass.ILLEGAL] = CLEARED
    rebound.run(city)
    assert city.dwellings.rebounded[first, DwellingClass.ILLEGAL] > 0.0


def test_another_class_is_not_held_back(city):
    city.scratch["rates"] = {"regrowth.illegal": np.zeros(343)}
    city.dwellings.cleared[:, DwellingClass.BASEMENT] = CLEARED
    rebound.run(city)
    assert (city.dwellings.rebounded[DISTRICT == SCARCE, DwellingClass.BASEMENT] > 0.0).all()


def test_formal_homes_never_come_back_by_themselves(city):
    city.dwellings.cleared[:] = CLEARED
    city.dwellings.occupied[:, DwellingClass.MARKET_RENTAL] = 500
    rebound.run(city)
    came = {DwellingClass(k) for k in np.flatnonzero(city.dwellings.rebounded.sum(axis=0))}
    assert came == set(rebound.REGROWING)


@pytest.mark.parametrize("cleared", [0.0, CLEARED])
@pytest.mark.parametrize("free", [0, 1, 900])
def test_group_rentals_are_cut_out_of_flats_let_as_one_as_far_as_any_is_free(city, cleared, free):
    """Five rooms are one flat; one zone of the district has some of the sample left, the others none."""
    zone = np.flatnonzero(DISTRICT == SCARCE)[0]
    dwellings = city.dwellings
    dwellings.occupied[zone, DwellingClass.MARKET_RENTAL] -= free
    dwellings.cleared[:, DwellingClass.GROUP_RENTAL] = cleared
    lets, rooms = (
        dwellings.stock[:, DwellingClass.MARKET_RENTAL],
        dwellings.stock[:, DwellingClass.GROUP_RENTAL],
    )
    before = lets.copy(), rooms.copy()
    rebound.run(city)
    cut, made = before[0] - lets, rooms - before[1]
    np.testing.assert_allclose(cut, made / 5.0, atol=1e-9)
    assert made.sum() >= dwellings.rebounded[:, DwellingClass.GROUP_RENTAL].sum()
    wanted = 0.01 * 1e5 * (DISTRICT == SCARCE).sum() / 5.0  # a quarter of 4 % a year
    if free == 0:
        assert not made.any()
    elif free == 1:
        assert cut.sum() == pytest.approx(100.0), "one flat of the sample is a hundred"
    else:
        assert cut.sum() >= 0.99 * wanted * rebound.scarcity(0.0, 1.0)


def test_premises_come_back_in_part(city):
    city.land.premises_cleared[5, Premises.ILLEGAL] = 8.0
    rebound.run(city)
    back = city.land.premises[5, Premises.ILLEGAL] - 10.0
    assert back == pytest.approx(8.0 * (1 - 0.5 ** (1 / 8)) * 0.5)
    assert city.land.premises_cleared[5, Premises.ILLEGAL] == pytest.approx(8.0 - back)
    assert city.land.premises[6, Premises.ILLEGAL] == 10.0
