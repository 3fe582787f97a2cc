"""Check that works dormitories go on housing as many people as they have beds for."""

import numpy as np
import pytest

from sim.codes import DwellingClass, HouseholdKind, Sector
from sim.processes import dormitories


def _in_dormitories(city):
    homes = city.households
    n = homes.n_rows
    rows = np.flatnonzero((homes.dwelling_class[:n] == DwellingClass.WORKER_DORM) & (homes.n_persons[:n] > 0))
    return rows, homes.n_persons[rows].astype(int)


def test_rooms_are_not_left_to_one_or_two_people(open_model):
    model = open_model()
    _, before = _in_dormitories(model.city)
    model.run(until="2012Q4")
    rows, after = _in_dormitories(model.city)
    assert before.mean() - 0.5 < after.mean() < model.city.parameter("dormitory_room_most") + 2.0
    assert after.sum() > 0.85 * before.sum()
    alone = rows[(after == 1) & (model.city.households.kind[rows] == HouseholdKind.COLLECTIVE)]
    assert len(alone) < 0.05 * len(rows)


def test_filling_twice_changes_nothing_more(open_model):
    model = open_model()
    model.run(until="2011Q2")
    dormitories.fill_rooms(model.city)
    once = model.city.dwellings.occupied.copy()
    dormitories.fill_rooms(model.city)
    np.testing.assert_array_equal(model.city.dwellings.occupied, once)


def test_larger_rooms_hold_more(open_model):
    persons = []
    for most in (5, 8):
        city = open_model(parameters={"dormitory_room_most": most}).city
        dormitories.fill_rooms(city)
        persons.append(_in_dormitories(city)[1].mean())
    assert persons[1] > persons[0]


def _settled_city(open_model):
    """Give a city in which the jobs of a quarter are those of the last, with beds free everywhere."""
    city = open_model().city
    city.dwellings.occupied[:, DwellingClass.WORKER_DORM] = 0
    return city


def _by_district(city, of_zones):
    return np.bincount(city.zones.district, of_zones, minlength=16)


def _beds(city):
    return _by_district(city, city.dwellings.stock[:, DwellingClass.WORKER_DORM])


def test_beds_stay_where_jobs_do(open_model):
    city = _settled_city(open_model)
    before = _beds(city)
    dormitories.follow_jobs(city)
    np.testing.assert_allclose(_beds(city), before)


def test_employers_house_fewer_of_their_workers_every_year(open_model):
    beds = {}
    for trend in (0.0, 1.0, 2.0):
        city = open_model(parameters={"employer_housing_trend": trend}).city
        city.dwellings.occupied[:, DwellingClass.WORKER_DORM] = 0
        for quarter in range(1, 21):
            city.quarter = quarter
            city.jobs.lost_to_orders[:] = 0.0
            dormitories.follow_jobs(city)
        # a zone of which the sample shows no free bed closes none yet
        beds[trend] = _beds(city) - _by_district(city, city.scratch["dormitory_closing"])
        workers = city.scratch["dormitory_workers"]
    fall = city.path("employer_housing_index")
    assert 0.8 < fall < 0.9
    base = beds[0.0]
    # who lives there without work stays
    without_work = workers[:, -1] / (workers[:, :-1].sum(axis=1) / fall**2 + workers[:, -1])
    np.testing.assert_allclose(beds[1.0], base * (fall * (1.0 - without_work) + without_work), rtol=1e-9)
    np.testing.assert_allclose(beds[2.0], base * (fall**2 * (1.0 - without_work) + without_work), rtol=1e-9)


def test_beds_follow_the_jobs_of_the_sectors_that_house_their_workers(open_model):
    city = _settled_city(open_model)
    before, workers = _beds(city), city.scratch["dormitory_workers"].copy()
    own = city.zones.district == 5
    jobs = city.scratch["dormitory_jobs"][5].copy()
    lost = 0.5 * city.jobs.stock[own, Sector.HOTEL_CATERING].sum()
    city.jobs.stock[own, Sector.HOTEL_CATERING] *= 0.5
    dormitories.follow_jobs(city)
    fall = lost / jobs[Sector.HOTEL_CATERING] * workers[5, Sector.HOTEL_CATERING] / workers[5].sum()
    assert fall > 0.01
    assert _beds(city)[5] == pytest.approx(before[5] * (1.0 - fall))
    np.testing.assert_allclose(np.delete(_beds(city), 5), np.delete(before, 5))
    city.jobs.stock[own, Sector.HOTEL_CATERING] *= 2.0
    dormitories.follow_jobs(city)
    assert _beds(city)[5] == pytest.approx(before[5]), "they come back with the jobs"


def test_rooms_that_an_order_took_need_not_close_once_more(open_model):
    city = _settled_city(open_model)
    beds = DwellingClass.WORKER_DORM
    city.scratch["dormitory_closing"][:] = 10.0
    city.dwellings.stock[:, beds] = np.minimum(city.dwellings.stock[:, beds], 4.0)
    dormitories.follow_jobs(city)
    assert (city.dwellings.stock[:, beds] >= 0).all()
    assert (city.scratch["dormitory_closing"] <= city.dwellings.stock[:, beds] + 1e-9).all()


def test_beds_that_are_slept_in_close_when_they_fall_empty(open_model):
    city = _settled_city(open_model)
    beds, stock = DwellingClass.WORKER_DORM, city.dwellings.stock
    city.dwellings.occupied[:, beds] = city.dwellings.places()[:, beds]
    before = stock[:, beds].sum()
    city.jobs.stock *= 0.8
    dormitories.follow_jobs(city)
    assert stock[:, beds].sum() == pytest.approx(before)
    closing = city.scratch["dormitory_closing"].sum()
    assert closing > 0.05 * before
    city.dwellings.occupied[:, beds] = 0
    dormitories.follow_jobs(city)
    # a zone of which the sample shows no free bed closes none yet
    assert before - closing <= stock[:, beds].sum() < before - 0.8 * closing


def test_works_that_an_order_closed_gave_up_their_beds_by_the_order(open_model):
    city = _settled_city(open_model)
    before = _beds(city)
    city.jobs.lost_to_orders[:, Sector.MANUFACTURING] = 0.5 * city.jobs.stock[:, Sector.MANUFACTURING]
    city.jobs.stock[:, Sector.MANUFACTURING] *= 0.5
    dormitories.follow_jobs(city)
    np.testing.assert_allclose(_beds(city), before)
