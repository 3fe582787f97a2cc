"""Check that the raking brings each district to its factor, moves nothing else, and can be turned off."""

import numpy as np
import pytest

from sim.accounts import reconcile
from sim.codes import DwellingClass
from sim.data.raking import FILE, load_raking
from sim.errors import InputError
from sim.model import CityModel
from sim.processes import dormitories, raking
from sim.scenarios.scenario import Scenario

SAMPLE = 0.002


@pytest.fixture
def model():
    made = CityModel("no-measures", sample=SAMPLE, rng=3, threads=1)
    made.city.begin_quarter(raking.RAKED)
    yield made
    made.close()


def people(city) -> np.ndarray:
    rows = np.flatnonzero(city.households.alive())
    district = city.zones.district[city.households.zone[rows]]
    return np.bincount(district, city.households.n_persons[rows], 16)


def test_households_are_taken_in_order_until_the_number_is_nearest():
    district = np.array([0, 0, 0, 1, 1])
    persons = np.array([2, 3, 4, 1, 5])
    order = np.array([4, 2, 0, 1, 3])
    # district 0 is asked in the order of 4, 2 and 3 persons, district 1 in that of 5 and 1
    chosen = raking.chosen_households(district, persons, order, np.array([6, 2]))
    assert chosen.tolist() == [True, False, True, False, False]
    chosen = raking.chosen_households(district, persons, order, np.array([0, 6]))
    assert chosen.tolist() == [False, False, False, True, True]


def test_each_district_comes_to_its_factor_and_the_books_agree(model):
    city = model.city
    before = people(city)
    factors = np.linspace(0.75, 1.3, 16)
    raking.run(city, factors)
    assert people(city) == pytest.approx(before * factors, abs=6)  # half the largest household, and rounding
    city.scratch["residents_before"] = None
    reconcile.run(city)


def test_beds_at_works_do_not_follow_jobs_that_the_raking_took_or_brought(model):
    city = model.city
    raking.run(city, np.linspace(0.75, 1.3, 16))
    beds = city.dwellings.stock[:, DwellingClass.WORKER_DORM].copy()
    dormitories.follow_jobs(city)
    np.testing.assert_allclose(city.dwellings.stock[:, DwellingClass.WORKER_DORM], beds)
    assert not city.scratch["dormitory_closing"].any()


def test_homes_and_jobs_go_and_come_with_those_who_held_them(model):
    city = model.city
    homes, jobs = city.dwellings.vacancy(), city.jobs.vacancy()
    floor_area = city.dwellings.residential_floor_area()
    raking.run(city, np.full(16, 0.8))
    assert abs(int(city.dwellings.vacancy().sum()) - int(homes.sum())) <= 0.03 * homes.sum()
    assert abs(int(city.jobs.vacancy().sum()) - int(jobs.sum())) <= 0.03 * jobs.sum()
    assert city.dwellings.residential_floor_area() == pytest.approx(floor_area), "no home was torn down"


def test_a_copy_is_like_its_original_but_for_its_keys(model):
    city = model.city
    n_people, n_homes = city.residents.n_rows, city.households.n_rows
    raking.run(city, np.full(16, 1.2))
    homes, residents = city.households, city.residents
    copies = np.arange(n_homes, homes.n_rows)
    assert len(copies) == pytest.approx(0.2 * n_homes, rel=0.05)
    keys = homes.draw_key[: homes.n_rows][homes.alive()]
    assert len(np.unique(keys)) == len(keys)
    keys = residents.draw_key[: residents.n_rows][residents.alive()]
    assert len(np.unique(keys)) == len(keys)
    added = residents.household_id[n_people : residents.n_rows]
    assert np.bincount(added - n_homes, minlength=len(copies)).tolist() == homes.n_persons[copies].tolist()
    assert (residents.household_id[homes.first_member[copies]] == copies).all()


def test_factors_of_one_change_nothing(model):
    before = model.checksum()
    raking.run(model.city, np.ones(16))
    assert model.checksum() == before


def test_it_happens_in_its_quarter_only_and_unless_a_scenario_says_no(model):
    before = model.checksum()
    model.city.quarter = raking.RAKED - 1
    model._rake()
    model.city.quarter = raking.RAKED
    model.plan = model.plan.with_raking(False)
    model._rake()
    assert model.checksum() == before
    model.plan = model.plan.with_raking(True)
    model._rake()
    assert model.checksum() != before


def test_the_shipped_factors_are_the_census_over_a_city_not_far_from_it():
    shipped = load_raking()
    assert shipped.quarter == "2020Q4"
    assert sum(district.census for district in shipped.districts.values()) == 21_893_095
    assert sum(district.model for district in shipped.districts.values()) == pytest.approx(
        21_893_095, rel=0.1
    )


def test_a_scenario_file_turns_it_off_and_has_another_digest(tmp_path):
    text = "name: mine\ntitle_en: Mine\ntitle_zh: 我的\ndescription: A try\nextends: no-measures\n"
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    raked = Scenario.load(path)
    path.write_text(text + "census_raking: false\n", encoding="utf-8")
    not_raked = Scenario.load(path)
    assert (raked.raking, not_raked.raking) == (True, False)
    assert raked.digest != not_raked.digest == raked.with_raking(False).digest


def test_a_file_of_factors_that_is_not_right_is_refused_with_its_line(tmp_path):
    path = tmp_path / "factors.yaml"
    text = FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("census: 708829", "census: 70882"), encoding="utf-8")
    with pytest.raises(InputError, match="dongcheng: a factor of 0"):
        load_raking(path)
    path.write_text(text.replace("  yanqing:", "  atlantis:"), encoding="utf-8")
    with pytest.raises(InputError, match="16 districts"):
        load_raking(path)
