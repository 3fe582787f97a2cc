"""Check whose wages follow which path, and what follows them: incomes, rents and who can pay them."""

import numpy as np
import pytest

from sim.city.wages import growth_by_class, wage_levels
from sim.codes import Activity, DwellingClass, Education, Hukou
from sim.processes import housing_market, migration
from sim.processes.moves import describe

QUARTER = 12  # the end of 2013, when migrant workers' wages were furthest ahead


def _paths(city, name, factor):
    """Let a path of wages stand at `factor` times its value from the tested quarter on."""
    value = city.paths.value

    class Changed:
        def __getattr__(self, other):
            return getattr(paths, other)

        def value(self, wanted, quarter):
            return value(wanted, quarter) * (factor if wanted == name and quarter >= QUARTER else 1.0)

    paths, city.paths = city.paths, Changed()


@pytest.fixture
def city(open_model):
    city = open_model().city
    city.begin_quarter(QUARTER)
    return city


def test_everybody_earns_the_wages_of_2010_in_2010(open_model):
    np.testing.assert_allclose(wage_levels(open_model().city, 0), 1.0)


def test_who_came_without_college_has_the_wages_of_migrant_workers(city):
    levels = wage_levels(city)
    assert levels.shape == (len(Education), len(Hukou))
    migrant, mean = city.path("migrant_wage_index"), city.path("wage_index")
    assert migrant > 1.08 * mean
    np.testing.assert_array_equal(levels[:, Hukou.LOCAL], mean)
    np.testing.assert_array_equal(levels[: Education.JUNIOR_COLLEGE, Hukou.NON_LOCAL], migrant)
    np.testing.assert_array_equal(levels[Education.JUNIOR_COLLEGE :, Hukou.NON_LOCAL], mean)


def test_higher_wages_of_migrants_are_income_of_those_alone(city):
    people = city.residents
    rows = np.flatnonzero(city.households.n_persons[: city.households.n_rows] == 1)
    head = city.households.first_member[rows]
    works = people.activity[head] == Activity.EMPLOYED
    rows, head = rows[works], head[works]
    migrant = (people.hukou[head] == Hukou.NON_LOCAL) & (people.education[head] < Education.JUNIOR_COLLEGE)
    assert 0 < migrant.sum() < len(rows)
    before = describe(city, rows)[:, 0]
    _paths(city, "migrant_wage_index", 1.5)
    after = describe(city, rows)[:, 0]
    np.testing.assert_allclose(after[migrant], 1.5 * before[migrant])
    np.testing.assert_array_equal(after[~migrant], before[~migrant])


def test_rents_follow_those_who_pay_them(city):
    before = growth_by_class(city)
    _paths(city, "migrant_wage_index", 1.2)
    more = growth_by_class(city) - before
    assert (more > 0).all()
    assert (more < np.log(1.2)).all()
    rooms, flats = more[DwellingClass.VILLAGE_RENTAL], more[DwellingClass.MARKET_RENTAL]
    assert rooms > flats > more[DwellingClass.OWNER_COMMODITY]
    assert rooms > 0.5 * np.log(1.2), "rooms in villages are paid for by migrant workers above all"


def test_the_rent_of_each_class_moves_with_its_own_residents_wages(open_model):
    rents = []
    for factor in (1.0, 1.2):
        city = open_model().city
        city.begin_quarter(QUARTER)
        city.dwellings.unfilled[:] = 0.5 * city.dwellings.stock  # so slack that all fall by the bound
        _paths(city, "migrant_wage_index", factor)
        more = growth_by_class(city)
        housing_market.adjust_rents(city)
        rents.append((np.log(city.dwellings.rent_cny_m2_month), more))
    formal = [DwellingClass.OWNER_COMMODITY, DwellingClass.MARKET_RENTAL, DwellingClass.PUBLIC_RENTAL]
    passed = city.parameter("rent_wage_pass_through") * (rents[1][1] - rents[0][1])
    assert len(set(passed[formal].round(6))) == len(formal)
    change = (rents[1][0] - rents[0][0])[:, formal]
    there = city.dwellings.rent_cny_m2_month[:, formal] > 0
    np.testing.assert_allclose(change[there], np.broadcast_to(passed[formal], change.shape)[there], rtol=1e-6)


def test_newcomers_hold_rents_against_wages_of_newcomers(city):
    before = migration._conditions(city)["rent"]
    _paths(city, "wage_index", 1.1)
    _paths(city, "migrant_wage_index", 1.1)
    assert migration._conditions(city)["rent"] == pytest.approx(before / 1.1)
    _paths(city, "wage_index", 1 / 1.1)
    alone = before / migration._conditions(city)["rent"]
    assert 1.05 < alone < 1.1, "most newcomers have no college"
