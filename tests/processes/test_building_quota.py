"""Building follows demolition and received people where a rule says so; without one nothing changes."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.city.land import Land
from sim.city.zones import load_zones
from sim.codes import LandUse
from sim.processes import building_quota

AREA = 100.0
HOMES = np.full(343, 2.0)
ZONES = load_zones()
FENGTAI = ZONES.districts.ids.index("fengtai")
DAXING = ZONES.districts.ids.index("daxing")


@pytest.fixture
def city():
    scratch = {"residents_by_zone": np.full(343, 100.0), "rules": {}}
    return SimpleNamespace(
        land=Land(np.zeros((343, 4)), np.zeros((343, 5))),
        zones=ZONES,
        sample=0.01,
        scratch=scratch,
        parameter=lambda name: AREA,
        rule=lambda name, default: np.nan_to_num(
            scratch["rules"].get(name, np.full(343, default)), nan=default
        ),
    )


def rule(city, district, freed=0.5, person=0.0, start=0.0):
    where = ZONES.district == district
    for name, value in zip(building_quota.RULES, (freed, person, start), strict=True):
        city.scratch["rules"][name] = np.where(where, value, np.nan)
    return where


def test_without_a_rule_everything_is_finished(city):
    assert building_quota.allowed(city, HOMES) is HOMES
    assert not building_quota.held_back(city).any()


def test_a_district_that_frees_no_land_finishes_nothing_and_others_all(city):
    here = rule(city, FENGTAI)
    done = building_quota.allowed(city, HOMES)
    assert (done[here] == 0.0).all()
    assert (done[~here] == 2.0).all()
    assert building_quota.held_back(city)[here].sum() == pytest.approx(2.0 * here.sum())


def test_freed_land_is_worth_half_its_area_in_homes_and_what_is_held_back_comes_then(city):
    """10,000 m2 freed are 5,000 m2 of homes: 50 of 100 m2, whatever the zone they stand in."""
    here = rule(city, FENGTAI)
    building_quota.allowed(city, HOMES)
    city.land.use_m2[np.flatnonzero(here)[0], LandUse.FREED] = 10_000.0
    done = building_quota.allowed(city, HOMES)
    assert done[here].sum() == pytest.approx(min(50.0, 4.0 * here.sum()))
    # Greening the land that was freed frees no more of it.
    city.land.use_m2[np.flatnonzero(here)[0], [LandUse.FREED, LandUse.GREEN]] = 0.0, 10_000.0
    assert building_quota.allowed(city, HOMES)[here].sum() == pytest.approx(0.0)


def test_a_plain_district_may_build_for_the_people_it_received(city):
    """Ten simulated people of a sample of 0.01 are 1,000; at 30 m2 each 300 homes of 100 m2."""
    here = rule(city, DAXING, freed=0.0, person=30.0)
    building_quota.allowed(city, HOMES)
    city.scratch["residents_by_zone"] = city.scratch["residents_by_zone"].copy()
    city.scratch["residents_by_zone"][np.flatnonzero(here)[0]] += 10.0
    wanted = 4.0 * here.sum()
    done = building_quota.allowed(city, HOMES)[here].sum()
    assert done == pytest.approx(min(300.0, wanted))


def test_the_core_gets_no_quota_for_people(city):
    core = ZONES.districts.ids.index("dongcheng")
    here = rule(city, core, freed=0.0, person=30.0)
    building_quota.allowed(city, HOMES)
    city.scratch["residents_by_zone"] = city.scratch["residents_by_zone"] + 10.0
    assert building_quota.allowed(city, HOMES)[here].sum() == 0.0


def test_homes_approved_before_the_rule_are_finished(city):
    here = rule(city, FENGTAI, start=1.0)
    assert building_quota.allowed(city, HOMES)[here].sum() == pytest.approx(HOMES[here].sum())
    assert building_quota.allowed(city, HOMES)[here].sum() == 0.0


def test_when_the_rule_ends_what_was_held_back_is_finished(city):
    here = rule(city, FENGTAI)
    building_quota.allowed(city, HOMES)
    city.scratch["rules"] = {}
    assert building_quota.allowed(city, HOMES)[here].sum() == pytest.approx(2 * HOMES[here].sum())
    assert building_quota.allowed(city, HOMES) is HOMES
