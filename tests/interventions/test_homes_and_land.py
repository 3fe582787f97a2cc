"""Leaving out a measure of homes, villages, estates or land changes exactly what it should."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.codes import DwellingClass, FloorUse, Improvement, LandUse
from sim.interventions import homes
from sim.interventions.base import Verbs
from sim.interventions.kinds import apply_measures
from sim.parameters.for_run import point_parameters
from sim.policy.catalogue import load_kinds
from tests.fixtures.small_city import measure, portion, small_city

HOMES = (
    "COURTYARD",
    "GROUP_RENTAL",
    "SHANTYTOWN",
    "SELF_BUILT",
    "WORK_UNIT",
    "OWNER_COMMODITY",
    "MARKET_RENTAL",
)
D, U, L, B = DwellingClass, FloorUse, LandUse, Improvement
NONE: set[int] = set()

UNSAFE = {D.ILLEGAL, D.VILLAGE_RENTAL, D.BASEMENT, D.GROUP_RENTAL}
ROOMS_AND_FLATS = {D.GROUP_RENTAL, D.MARKET_RENTAL, D.OWNER_COMMODITY}
VILLAGES = {D.SELF_BUILT, D.VILLAGE_RENTAL, D.ILLEGAL}
LET_HOMES = {D.PUBLIC_RENTAL, D.MARKET_RENTAL}
WORKSHOPS = {U.ILLEGAL_NONRESIDENTIAL}
INDUSTRY = {U.ILLEGAL_NONRESIDENTIAL, U.INDUSTRIAL_STORAGE}
# Kind, action, amount, area; what of dwellings, floor area, premises, land and improvements it changes in two
# quarters: the new homes of shantytowns come years later.
MEASURES = [
    ("demolish", "safety", 9e4, "beijing", UNSAFE, NONE, NONE, NONE, NONE),
    ("group_rental", "close", 200, "city_six", ROOMS_AND_FLATS, NONE, NONE, NONE, NONE),
    ("group_rental", "conversions", 200, "city_six", {D.GROUP_RENTAL}, {U.OFFICE_PUBLIC}, NONE, NONE, NONE),
    ("basement", "lodging", 20, "city_six", {D.BASEMENT}, NONE, NONE, NONE, NONE),
    ("shantytown", "rehouse", 500, "core", {D.SHANTYTOWN}, NONE, NONE, {L.BUILDING}, NONE),
    ("shantytown", "floor_area", 2e4, "huairou", {D.SHANTYTOWN}, NONE, NONE, {L.BUILDING}, NONE),
    ("shantytown", "projects", 3, "beijing", {D.SHANTYTOWN}, NONE, NONE, {L.BUILDING}, NONE),
    ("shantytown", "villages", 90, "chaoyang", VILLAGES, NONE, NONE, {L.BUILDING}, NONE),
    ("courtyard", "vacate", 50, "core", {D.COURTYARD}, {U.OFFICE_PUBLIC}, NONE, NONE, NONE),
    ("courtyard", "sublet", 50, "core", NONE, NONE, NONE, NONE, NONE),
    ("village", "remediate", 4, "beijing", {D.VILLAGE_RENTAL}, NONE, NONE, NONE, NONE),
    ("village", "townships", 4, "chaoyang", {D.VILLAGE_RENTAL}, NONE, NONE, {L.FREED}, NONE),
    ("village", "vacate", 9e4, "chaoyang", NONE, INDUSTRY, {2}, {L.FREED}, NONE),
    ("village", "clean_heating", 9, "new_towns", NONE, NONE, NONE, NONE, {B.CLEAN_HEATING}),
    ("village", "seed_farms", 9e3, "new_towns", NONE, NONE, NONE, NONE, NONE),
    ("village", "license", 900, "new_towns", NONE, NONE, NONE, NONE, NONE),
    ("estates", "renovate", 2, "city_six", NONE, NONE, NONE, NONE, {B.RENOVATED_HOMES}),
    ("estates", "outlets", 40, "beijing", NONE, {U.COMMERCIAL}, {0}, NONE, {B.SERVICES}),
    ("estates", "affordable_rental", 900, "beijing", LET_HOMES, NONE, NONE, NONE, NONE),
    ("key_area", "areas", 4, "core", {D.BASEMENT, D.GROUP_RENTAL}, NONE, {1, 2}, NONE, {B.ORDERLY_AREAS}),
    ("key_area", "relics", 2, "core", {D.COURTYARD}, {U.OFFICE_PUBLIC}, NONE, NONE, NONE),
    ("key_area", "communities", 9, "beijing", NONE, WORKSHOPS, {2}, {L.FREED}, {B.ORDERLY_AREAS}),
    ("floor_area", "cut", 9e4, "core", {D.ILLEGAL}, set(U), {0, 2}, {L.FREED}, NONE),
    ("reuse_land", "green", 9e4, "beijing", NONE, NONE, NONE, {L.FREED, L.GREEN}, NONE),
    ("reuse_land", "building_quota", 16, "beijing", NONE, NONE, NONE, NONE, NONE),
]  # fmt: skip


def full_city() -> SimpleNamespace:
    city = small_city()
    for name in HOMES:
        city.dwellings.stock[:, D[name]] = 100.0
        city.dwellings.occupied[:, D[name]] = 80
    city.land.floor_area_m2[:, :3] = 50_000.0
    city.land.premises[:] = 10.0
    city.land.use_m2[:, L.FREED] = 1_000.0
    city.scratch["absent_hukou"][:] = 1e4
    city.dwellings.begin_quarter()
    city.land.begin_quarter()
    return city


def run(*measures, until=26):
    city = full_city()
    verbs = Verbs(city, Ledger(), point_parameters())
    for quarter in range(25, until + 1):
        city.quarter = quarter
        city.dwellings.begin_quarter()
        city.land.begin_quarter()
        apply_measures(SimpleNamespace(measures=measures), quarter, city, verbs)
    return city, verbs.ledger.to_frame()


def make(kind, action, amount, area, **facts):
    unit = load_kinds()[kind].actions[action].unit
    return measure(
        kind, unit, action=action, id=f"{kind}-{action}", portions=(portion(area, amount),), **facts
    )


def changed(before: np.ndarray, after: np.ndarray) -> set[int]:
    return {int(column) for column in np.flatnonzero((before != after).any(axis=0))}


@pytest.mark.parametrize("row", MEASURES, ids=[f"{row[0]}-{row[1]}" for row in MEASURES])
def test_it_changes_what_it_should_and_nothing_else(row):
    kind, action, amount, area, dwellings, floor_area, premises, land, improvements = row
    city, ledger = run(make(kind, action, amount, area))
    fresh = full_city()
    assert changed(fresh.dwellings.stock, city.dwellings.stock) == dwellings
    assert changed(fresh.land.floor_area_m2, city.land.floor_area_m2) == floor_area
    assert changed(fresh.land.premises, city.land.premises) == premises
    assert changed(fresh.land.use_m2, city.land.use_m2) == land
    assert changed(fresh.land.improvements, city.land.improvements) == improvements
    task = ledger[ledger["verb"] == "task"]
    assert task["planned"].sum() == pytest.approx(amount)
    for stock in (city.dwellings.stock, city.land.floor_area_m2, city.land.premises, city.land.use_m2):
        assert stock.min() >= 0.0


OTHERS = [row for row in MEASURES if row[0] != "basement"]
"""Measures that share no stock with the cellars of the next test."""


@pytest.mark.parametrize("row", OTHERS, ids=[f"{row[0]}-{row[1]}" for row in OTHERS])
def test_leaving_it_out_leaves_another_measure_as_it_was(row):
    other = measure("market", "markets", id="nothing", portions=())
    cellars = measure("basement", "sites", id="a-cellars", portions=(portion("yanqing", 3.0),))
    mine = make(*row[:4])
    _, both = run(cellars, other, mine)
    _, alone = run(cellars, other)
    rest = both[both["measure"] == "a-cellars"].reset_index(drop=True)
    assert rest.equals(alone[alone["measure"] == "a-cellars"].reset_index(drop=True))


@pytest.mark.parametrize("row", MEASURES, ids=[f"{row[0]}-{row[1]}" for row in MEASURES])
def test_ten_times_more_than_there_is_never_goes_below_nothing(row):
    kind, action, amount, area = row[:4]
    city, ledger = run(make(kind, action, amount * 1e4, area))
    for stock in (city.dwellings.stock, city.land.floor_area_m2, city.land.premises, city.land.use_m2):
        assert stock.min() >= -1e-6
    task = ledger[ledger["verb"] == "task"]
    assert task["planned"].sum() == pytest.approx(amount * 1e4)
    assert (task["executed"] <= task["planned"] * (1 + 1e-9) + 1e-9).all()


def test_classes_share_an_amount_and_take_over_what_another_lacks():
    stock = np.array([[100.0, 100.0, 10.0], [5.0, 0.0, 1000.0], [1.0, 1.0, 1.0]])
    given = homes.fill_classes(np.array([100.0, 100.0, 100.0]), np.array([0.5, 0.3, 0.2]), stock)
    assert given[0].tolist() == [pytest.approx(56.25), pytest.approx(33.75), 10.0]
    assert given[1].tolist() == [5.0, 0.0, 95.0]
    assert given[2].tolist() == [1.0, 1.0, 1.0]


def test_homes_made_safe_are_spared_by_a_clearing_for_safety():
    city = full_city()
    verbs = Verbs(city, Ledger(), point_parameters())
    verbs.begin_quarter(25)
    city.dwellings.made_safe[:, D.VILLAGE_RENTAL] = city.dwellings.stock[:, D.VILLAGE_RENTAL]
    before = city.dwellings.stock.copy()
    order = make("demolish", "safety", 1e6, "haidian")
    apply_measures(SimpleNamespace(measures=(order,)), 25, city, verbs)
    gone = (before - city.dwellings.stock).sum(axis=0)
    assert gone[D.VILLAGE_RENTAL] == 0.0
    assert gone[D.ILLEGAL] > 0.0


def test_a_renewed_shantytown_gives_more_homes_than_it_took():
    order = make("shantytown", "rehouse", 500, "chaoyang")
    city, _ = run(order, until=25 + 40)
    fresh = full_city()
    lost = (fresh.dwellings.stock - city.dwellings.stock)[:, D.SHANTYTOWN].sum()
    built = (city.dwellings.stock - fresh.dwellings.stock)[:, D.OWNER_COMMODITY].sum()
    parameters = point_parameters()
    flats = parameters.value("shantytown_flats_per_unit")
    shares = parameters.value("shantytown_directed_share") + parameters.value("shantytown_return_share")
    units = lost * parameters.value("shantytown_persons_per_place")
    units = units / parameters.value("shantytown_residents_per_unit")
    balancing = parameters.value("shantytown_balancing_homes_per_unit")
    assert units == pytest.approx(500.0)
    assert built == pytest.approx(500.0 * (flats * shares + balancing))
    assert built > lost


def test_renewal_takes_courts_where_its_shantytowns_are_used_up():
    order = make("shantytown", "rehouse", 4000, "dongcheng")
    city, ledger = run(order, until=25 + 4)
    gone = (full_city().dwellings.stock - city.dwellings.stock).sum(axis=0)
    shanties = full_city().dwellings.stock[full_city().zones.district == 0, D.SHANTYTOWN].sum()
    assert 0.9 * shanties < gone[D.SHANTYTOWN] <= shanties
    assert gone[D.COURTYARD] > 0.0
    task = ledger[ledger["verb"] == "task"]
    per_unit = point_parameters().value("shantytown_residents_per_unit")
    per_unit = per_unit / point_parameters().value("shantytown_persons_per_place")
    assert gone[D.SHANTYTOWN] + gone[D.COURTYARD] == pytest.approx(task["executed"].sum() * per_unit)
