"""Hold the renewal of shantytowns as executed to the plans and counts by district that it is read from."""

import pytest

from sim.data.tables import load_table
from sim.policy.amounts import at_level
from sim.policy.catalogue import load_measures


def _rows(year):
    measure = load_measures()[f"executed-{min(year, 2017)}-shantytowns"]
    return {row.area: row.amount for row in measure.rows if row.year == year}


def _planned(year):
    table = load_table("homes_by_district")
    rows = table[(table.indicator == "shantytown_renewal_plan") & (table.year == year)]
    return rows.set_index("area_id").value


@pytest.mark.parametrize("year", [2016, 2017])
def test_districts_did_what_they_planned_times_one_factor(year):
    done, planned = _rows(year), _planned(year)
    known = {"dongcheng", "shijingshan"} if year == 2017 else {"shijingshan"}
    six = ["dongcheng", "xicheng", "chaoyang", "haidian", "fengtai", "shijingshan"]
    assert sum(done[name] for name in six) == pytest.approx(done["city_six"], abs=5.0)
    factors = [done[name] / planned[name] for name in six if name not in known]
    assert max(factors) - min(factors) < 0.005
    outside = {name: done[name] / planned[name] for name in ("tongzhou", "mentougou")}
    beyond = (done["beijing"] - done["city_six"]) / planned["beyond_city_six"]
    assert all(factor == pytest.approx(beyond, rel=0.01) for factor in outside.values())


def test_plans_of_districts_add_up_to_the_citys():
    for year in (2015, 2016, 2017):
        planned = _planned(year)
        inside = ["tongzhou", "mentougou", "fangshan", "changping"]
        parts = planned.drop(["beijing", *(name for name in inside if name in planned)])
        assert parts.sum() == planned["beijing"]


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_what_was_counted_in_2015_is_done_at_every_level(level):
    middle = load_measures()["executed-2015-shantytowns"]
    measure = at_level(middle, level)
    for name, counted in (("dongcheng", 11_028), ("haidian", 8_573)):
        assert measure.amount_in(name, 2015) == pytest.approx(counted)
    assert measure.amount_in("xicheng", 2015) != pytest.approx(middle.amount_in("xicheng", 2015))


def test_villages_of_the_airport_and_sub_lets_are_as_counted_and_planned():
    facts = load_table("homes_by_district").set_index(["area_id", "year", "indicator"])
    flats = facts.loc[("daxing", 2018, "airport_resettlement_homes_completed")]
    airport = load_measures()["executed-2016-airport-villages"]
    households = airport.total()
    assert f"{households:.0f} households" in flats.notes
    assert dict(airport.parameters)["shantytown_village_flats_per_house"].value == pytest.approx(
        flats.value / households, abs=0.01
    )
    planned = facts.loc[("xicheng", 2017, "public_housing_sublets_plan")].value
    for series in ("plan", "executed"):
        sublets = load_measures()[f"{series}-2017-public-housing-sublets"]
        assert sublets.amount_in("xicheng", 2017) == planned
