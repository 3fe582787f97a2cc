"""The city at 1:1 looks like its census, and a sample looks like the city."""

import numpy as np
import pytest

from sim.city.zones import load_zones
from sim.codes import (
    Activity,
    DwellingClass,
    Education,
    HouseholdKind,
    Hukou,
    OrganisationKind,
    Premises,
    Tenure,
)
from sim.errors import InputError
from sim.synthesis.base import open_base
from sim.synthesis.check import check_base
from sim.synthesis.sample import sampled_households

DTYPES = dict(
    pair.split(":")
    for pair in (
        "household_id:i4 draw_key:u8 birth_quarter:i2 sex:i1 hukou:i1 education:i1 marital:i1 role:i1 "
        "activity:i1 sector:i1 work_zone:i2 employer_id:i2 wage_cny_month:f4 arrival_quarter:i2"
    ).split()
)
HOUSEHOLD_DTYPES = dict(
    pair.split(":")
    for pair in (
        "draw_key:u8 zone:i2 dwelling_class:i1 tenure:i1 kind:i1 n_persons:i2 authority:i1 moved_quarter:i2 "
        "rent_cny_month:f4 organisation_id:i2"
    ).split()
)
AGED = "households with residents of 65+"
READING = "illiterate of 15+, against no schooling"
RENTS = "rent paid by renters, CNY a month"


@pytest.fixture(scope="module")
def check(whole_city):
    return check_base(whole_city)


@pytest.fixture(scope="module")
def sample():
    return open_base(0.01)


def test_every_margin_of_the_fit_is_met(check):
    off = check[check["in_fit"] & (check["status"] == "off")]
    assert off.empty, off.to_string()


def test_ages_and_non_locals_are_exact(check):
    exact = check[check["table"].isin(["age by sex", "non-local residents"])]
    assert (exact["error"] == 0).all()


def test_households_by_size_and_generations_are_exact_wherever_published(check):
    generations = check[check["table"] == "generations in a household"]
    assert len(generations) == 17 * 3
    assert (generations["error"] == 0).all()
    assert generations["in_fit"].all()
    sizes = check[check["table"] == "family households by size"]
    assert set(sizes["area"]) == {"dongcheng", "xicheng", "chaoyang", "beijing"}


def test_households_of_the_aged_are_kept_out_of_the_fit_and_near(check):
    aged = check[check["table"] == AGED]
    judged = aged[aged["status"].isin(["ok", "off"])]
    assert len(aged) == 17 * 4
    assert not aged["in_fit"].any()
    assert len(judged) == 17 * 3 + 1
    off = judged[judged["status"] == "off"]
    assert off.empty, off.to_string()


def test_one_table_is_kept_out_of_the_fit(check):
    kept = check[~check["in_fit"] & check["status"].isin(["ok", "off"])]
    assert set(kept["table"]) == {AGED}


def test_adults_without_schooling_are_those_who_cannot_read(check):
    reading = check[check["table"] == READING]
    assert len(reading) == 17
    assert (reading["error_percent"].abs() < 0.5).all()


def test_rents_paid_are_shown_class_by_class(check):
    rents = check[check["table"] == RENTS]
    assert len(rents) == 8
    assert (rents["status"] == "modelled").all()
    assert (rents["error_percent"].abs() < 75.0).all()


def test_jobs_by_workplace_say_that_they_are_modelled(check):
    jobs = check[check["table"] == "filled jobs by workplace"]
    assert len(jobs) == 36
    assert (jobs["status"] == "modelled").all()


def test_commutes_and_rents_are_near_what_they_are_modelled_to(check):
    shown = check[(check["status"] == "modelled") & check["published"].notna() & (check["table"] != RENTS)]
    assert shown["error_percent"].abs().max() < 10.0, shown.to_string()


def test_columns_have_their_types_and_order(whole_city):
    assert {k: v.dtype.str[1:] for k, v in whole_city.residents.items()} == DTYPES
    assert {k: v.dtype.str[1:] for k, v in whole_city.households.items()} == HOUSEHOLD_DTYPES
    household = np.asarray(whole_city.residents["household_id"])
    np.testing.assert_array_equal(np.bincount(household), whole_city.households["n_persons"])
    assert (np.diff(household) >= 0).all()
    assert (np.diff(whole_city.households["zone"]) >= 0).all()


def test_keys_are_all_different(whole_city):
    for table in (whole_city.residents, whole_city.households, whole_city.businesses):
        keys = np.sort(np.asarray(table["draw_key"]))
        assert (np.diff(keys) > 0).all()


def test_zones_have_about_their_people(whole_city):
    home = np.asarray(whole_city.households["zone"])
    people = np.bincount(home, weights=whole_city.households["n_persons"], minlength=343)
    assert np.abs(people / load_zones().population_2010 - 1.0).max() < 0.06


def test_everyone_at_work_has_a_place_and_a_wage_and_nobody_else(whole_city):
    r = whole_city.residents
    working = np.asarray(r["activity"]) == Activity.EMPLOYED
    np.testing.assert_array_equal(np.asarray(r["sector"]) >= 0, working)
    np.testing.assert_array_equal(np.asarray(r["work_zone"]) >= 0, working)
    np.testing.assert_array_equal(np.asarray(r["wage_cny_month"]) > 0, working)


def test_employers_stand_where_their_people_work(whole_city):
    r, organisations = whole_city.residents, whole_city.organisations
    employer = np.asarray(r["employer_id"])
    staff = (employer >= 0) & (np.asarray(r["activity"]) == Activity.EMPLOYED)
    place = organisations["zone"].to_numpy()[employer[staff]]
    np.testing.assert_array_equal(place, np.asarray(r["work_zone"])[staff])
    filled = np.bincount(employer[staff], minlength=len(organisations))
    assert (filled <= organisations["n_jobs"] + 1e-6).all()


def test_jobs_are_a_little_more_than_workers(whole_city):
    b, organisations = whole_city.businesses, whole_city.organisations
    market = organisations["kind"] == OrganisationKind.MARKET
    jobs = float(np.asarray(b["n_jobs"], dtype=np.float64).sum()) + organisations.loc[~market, "n_jobs"].sum()
    working = (np.asarray(whole_city.residents["sector"]) >= 0).sum()
    assert 1.01 < jobs / working < 1.04


def test_stalls_add_up_to_their_market(whole_city):
    b, organisations = whole_city.businesses, whole_city.organisations
    owner = np.asarray(b["market_id"])
    stalls = owner >= 0
    assert (np.asarray(b["premises"])[stalls] == Premises.STALL).all()
    jobs = np.bincount(owner[stalls], weights=b["n_jobs"][stalls], minlength=len(organisations))
    market = organisations["kind"] == OrganisationKind.MARKET
    np.testing.assert_allclose(jobs[market], organisations.loc[market, "n_jobs"], rtol=1e-3)
    assert (np.asarray(b["zone"])[stalls] == organisations["zone"].to_numpy()[owner[stalls]]).all()


def test_businesses_fill_the_premises_of_their_zone(whole_city):
    b = whole_city.businesses
    assert 1.0e6 < len(b["zone"]) < 1.2e6
    assert np.asarray(b["n_jobs"]).min() >= 1.0
    np.testing.assert_array_equal(
        np.bincount(b["premises"], minlength=5), whole_city.land["premises"].sum(axis=0)
    )


def test_dwellings_hold_everyone_with_room_to_spare(whole_city):
    h = whole_city.households
    cell = np.asarray(h["zone"]).astype(int) * 13 + np.asarray(h["dwelling_class"])
    occupied = np.bincount(cell, minlength=343 * 13).reshape(343, 13)
    stock = whole_city.dwellings["stock"]
    assert (stock >= occupied).all()
    assert 0.05 < 1.0 - occupied.sum() / stock.sum() < 0.12


def test_the_core_has_courtyards_and_more_floor_area_than_its_goal(whole_city):
    zones = load_zones()
    core = zones.district < 2
    stock, area = whole_city.dwellings["stock"], whole_city.dwellings["floor_area_m2"]
    above = [k for k in DwellingClass if k != DwellingClass.BASEMENT]
    total = (stock * area)[core][:, above].sum() + whole_city.land["floor_area_m2"][core].sum()
    assert 119e6 < total < 170e6
    assert (stock[:, DwellingClass.COURTYARD] > 0)[core].all()
    assert stock[~core, DwellingClass.COURTYARD].sum() == 0


def test_the_poor_and_the_newcomers_live_informally(whole_city):
    r, h = whole_city.residents, whole_city.households
    dwelling = np.asarray(h["dwelling_class"])[r["household_id"]]
    village = dwelling == DwellingClass.VILLAGE_RENTAL
    formal = dwelling == DwellingClass.OWNER_COMMODITY
    hukou, wage, school = (np.asarray(r[k]) for k in ("hukou", "wage_cny_month", "education"))
    assert (hukou[village] == Hukou.NON_LOCAL).mean() > 0.8
    assert (hukou[formal] == Hukou.NON_LOCAL).mean() < 0.25
    assert wage[village & (wage > 0)].mean() < 0.75 * wage[formal & (wage > 0)].mean()
    assert (school[formal] == Education.BACHELOR_PLUS).mean() > 2 * (
        school[village] == Education.BACHELOR_PLUS
    ).mean()


def test_only_those_who_rent_pay(whole_city):
    h = whole_city.households
    rent = np.asarray(h["rent_cny_month"])
    owns = np.isin(h["tenure"], (Tenure.OWNER, Tenure.SELF_BUILT))
    assert (rent[owns] == 0).all()
    assert (rent[np.asarray(h["tenure"]) == Tenure.RENTER] > 0).all()


def test_students_live_on_their_campus(whole_city):
    r, h, organisations = whole_city.residents, whole_city.households, whole_city.organisations
    student = np.asarray(r["activity"]) == Activity.STUDENT
    campus = np.asarray(r["employer_id"])[student]
    assert (organisations["kind"].to_numpy()[campus] == OrganisationKind.CAMPUS).all()
    home = np.asarray(h["zone"])[np.asarray(r["household_id"])[student]]
    np.testing.assert_array_equal(organisations["zone"].to_numpy()[campus], home)


def test_dates_lie_before_the_base_quarter(whole_city):
    r, h = whole_city.residents, whole_city.households
    born, came = np.asarray(r["birth_quarter"]), np.asarray(r["arrival_quarter"])
    outside = np.asarray(r["hukou"]) == Hukou.NON_LOCAL
    assert (came[~outside] == -32768).all()
    assert (came[outside] <= 0).all()
    assert (came[outside] >= born[outside]).all()
    assert (np.asarray(h["moved_quarter"]) < 0).all()


def test_a_sample_has_every_zone_and_its_share_of_people(sample, whole_city):
    n = len(whole_city.residents["sex"])
    assert abs(len(sample.residents["sex"]) / n - 0.01) < 2e-5
    assert len(np.unique(sample.households["zone"])) == 343
    family = np.asarray(sample.households["kind"]) == HouseholdKind.FAMILY
    assert 2.35 < np.asarray(sample.households["n_persons"])[family].mean() < 2.55
    assert len(sample.businesses["zone"]) == len(whole_city.businesses["zone"])


def test_sampled_households_are_whole_households_of_the_city(sample, whole_city):
    keys = np.sort(np.asarray(whole_city.households["draw_key"]))
    taken = np.asarray(sample.households["draw_key"])
    np.testing.assert_array_equal(keys[np.searchsorted(keys, taken)], taken)
    np.testing.assert_array_equal(
        np.bincount(sample.residents["household_id"]), sample.households["n_persons"]
    )


def test_systematic_sampling_takes_equal_shares():
    zone = np.repeat(np.arange(50), 400)
    size = np.tile(np.arange(1, 5), 5000)
    rows = sampled_households(zone, size, 0.05)
    assert len(rows) in (1000, 1001)
    assert (np.bincount(zone[rows]) == 20).sum() >= 48
    np.testing.assert_array_equal(sampled_households(zone, size, 1.0), np.arange(len(zone)))


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.5, float("nan"), "half", True])
def test_a_sample_outside_its_range_is_refused(wrong):
    with pytest.raises(InputError, match="sample"):
        open_base(wrong)
