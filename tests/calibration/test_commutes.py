"""Check that commutes are measured as the surveys do, and that a run keeps those it starts from."""

import numpy as np
import pytest

from calibration.commutes import surveyed_commutes
from sim.codes import Activity, DwellingClass

CITY_SIX = 6  # the first districts


def _value(table, indicator, area):
    return float(table[(table.indicator == indicator) & (table.area == area)].value.iloc[0])


def test_ways_from_dormitories_are_left_out(base_model):
    city = base_model.city
    people, homes = city.residents, city.households
    ways = []
    for row in np.flatnonzero(people.activity[: people.n_rows] == Activity.EMPLOYED):
        home = people.household_id[row]
        if home < 0 or homes.dwelling_class[home] in (DwellingClass.WORKER_DORM, DwellingClass.CAMPUS_DORM):
            continue
        zone = homes.zone[home]
        ways.append((city.minutes[zone, people.work_zone[row]], city.zones.district[zone] < CITY_SIX))
    minutes, inside = np.array(ways, dtype=float).T
    found = surveyed_commutes(city)
    six = minutes[inside > 0]
    assert _value(found, "commute_minutes", "beijing") == pytest.approx(minutes.mean())
    assert _value(found, "commute_minutes", "city_six") == pytest.approx(six.mean())
    assert _value(found, "commutes_within_45_min", "city_six") == pytest.approx((six <= 45).mean())


def test_commutes_stay_as_long_as_they_were_while_people_change_jobs_and_homes(base_model, measured_model):
    """With another decay in the search than in the base year they fell by 6 % until 2015."""
    before, after = surveyed_commutes(base_model.city), surveyed_commutes(measured_model.city)
    for area in ("beijing", "city_six"):
        minutes = [_value(table, "commute_minutes", area) for table in (before, after)]
        assert minutes[1] == pytest.approx(minutes[0], rel=0.04), area
