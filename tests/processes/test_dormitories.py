"""Check that works dormitories go on housing as many people as they have beds for."""

import numpy as np

from sim.codes import DwellingClass, HouseholdKind
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
