"""Hold demolition as executed, and the illegal floor area it is taken from, to what was reported."""

import numpy as np
import pytest

from sim.calendar import parse_quarter
from sim.codes import DwellingClass, FloorUse
from sim.data.tables import DISTRICTS, load_table
from sim.policy.catalogue import load_measures

LIVED_IN = [DwellingClass.ILLEGAL, DwellingClass.VILLAGE_RENTAL]
SIX = ["dongcheng", "xicheng", "chaoyang", "fengtai", "shijingshan", "haidian"]


def _reported(area, period):
    table = load_table("campaign_outcomes")
    rows = table[(table.area_id == area) & (table.period == period)]
    return 1e4 * rows[rows.task == "illegal_construction_demolished"].value.item()


def _executed(area, years):
    measures = load_measures()
    return sum(measures[f"demolish-{year}"].amount_in(area, year) for year in years)


def test_two_years_of_the_drive_are_what_was_reported_of_them():
    assert _executed("beijing", [2013]) == _reported("beijing", "2013") > _reported("beijing", "2013-03..11")
    days = 236  # to 24 August 2014
    for area in ("beijing", "chaoyang"):
        year = _reported(area, "2014-01..08") * 365 / days
        assert _executed(area, [2014]) == pytest.approx(year, rel=0.002)


def test_all_that_is_ordered_falls_due_while_the_measure_runs():
    for measure in load_measures().values():
        due = [due.quarter_index for due in (*measure.portions, *measure.orders)]
        assert measure.first <= min(due) <= max(due) <= measure.last, measure.id


@pytest.mark.parametrize("year", [2018, 2019, 2020])
def test_what_is_left_of_the_city_six_is_no_more_than_the_districts_without_a_row_did(year):
    """An assumed total of the city six must not fall on the districts of which nothing was reported."""
    measure = load_measures()[f"demolish-{year}"]
    listed = sum(row.amount for row in measure.rows if row.area in SIX or row.area == "core")
    unlisted = {"chaoyang", "haidian", "fengtai"} - {row.area for row in measure.rows}
    before = sum(_amount_before(area) for area in unlisted)
    assert measure.amount_in("city_six", year) - listed < 1.3 * before


def _amount_before(area):
    """Return the last reported or planned year, m2: Chaoyang's of 2018, the others' of 2017."""
    return _executed(area, [2018 if area == "chaoyang" else 2017])


def test_a_year_that_begins_late_is_spread_over_the_quarters_that_are_left():
    measure = load_measures()["demolish-2013"]  # from the second quarter on
    by_quarter = [
        sum(item.amount for item in measure.due(quarter))
        for quarter in range(parse_quarter("2013Q1"), parse_quarter("2014Q2"))
    ]
    year = measure.total(2013)
    assert by_quarter == pytest.approx([0, year / 3, year / 3, year / 3, 0])


def _illegal_m2(city):
    homes = (city.dwellings.stock * city.dwellings.floor_area_m2)[:, LIVED_IN].sum(axis=1)
    area = homes + city.land.floor_area_m2[:, FloorUse.ILLEGAL_NONRESIDENTIAL]
    return dict(zip(DISTRICTS, np.bincount(city.zones.district, area), strict=True))


def test_illegal_floor_area_of_2010_is_what_was_counted_and_taken_later(base_model):
    stock = _illegal_m2(base_model.city)
    counted = load_table("campaign_outcomes").query("task == 'illegal_construction_stock_before'")
    assert counted.area_id.tolist() == ["shijingshan"]
    assert 1.0 < stock["shijingshan"] / (1e4 * counted.value.item()) < 1.6
    taken = _executed("city_six", range(2017, 2021))
    before = _executed("chaoyang", range(2014, 2016)) + _executed("haidian", range(2013, 2016))
    assert taken + before < sum(stock[name] for name in SIX) < 1.8 * taken
    assert stock["daxing"] > 30e6 + _executed("daxing", [2017]), "what was taken by the end of 2017"
