"""Check that Beijing's pupils live on the campus while they study and go home when they graduate."""

import numpy as np
import pytest

from sim.codes import Activity, DwellingClass, HouseholdKind
from sim.processes import boarders


def _boarders_rows(city):
    """Return the resident rows of those whose family is remembered."""
    keys = city.residents.draw_key[: city.residents.n_rows]
    alive = city.residents.household_id[: city.residents.n_rows] >= 0
    return np.flatnonzero(alive & np.isin(keys, city.scratch["boarders"].key))


def test_who_boards_lives_in_a_room_of_the_campus_and_not_at_home(open_model):
    model = open_model(parameters={"pupils_board_share": 1.0})
    model.run(until="2011Q3")
    city = model.city
    rows = _boarders_rows(city)
    assert len(rows) > 5
    home = city.residents.household_id[rows]
    assert (city.households.dwelling_class[home] == DwellingClass.CAMPUS_DORM).all()
    assert (city.residents.activity[rows] == Activity.STUDENT).all()
    families = boarders.families(city, rows)
    assert (families != home).all()
    assert (city.households.kind[families[families >= 0]] == HouseholdKind.FAMILY).mean() > 0.9


def _students_at_home(open_model, share):
    """Return how many students live with a family, and the model."""
    model = open_model(parameters={"pupils_board_share": share})
    model.run(until="2011Q3")
    people, homes = model.city.residents, model.city.households
    rows = np.flatnonzero(people.activity[: people.n_rows] == Activity.STUDENT)
    rows = people.household_id[rows][people.household_id[rows] >= 0]
    return (homes.kind[rows] == HouseholdKind.FAMILY).sum(), model


def test_nobody_boards_where_nobody_wants_to(open_model):
    at_home, model = _students_at_home(open_model, 0.0)
    assert not len(model.city.scratch["boarders"].key)
    assert at_home > _students_at_home(open_model, 1.0)[0] + 5


def test_graduates_go_home_to_the_family_they_came_from(open_model):
    model = open_model(parameters={"pupils_board_share": 1.0})
    model.run(until="2011Q4")
    city = model.city
    rows = _boarders_rows(city)
    families = boarders.families(city, rows)
    family_key = city.households.draw_key[np.maximum(families, 0)]
    student_key = city.residents.draw_key[rows]
    # old enough for all to graduate in the next school term
    city.residents.birth_quarter[rows] = city.quarter - 4 * 31
    model.run(until="2012Q3")
    keys = city.residents.draw_key[: city.residents.n_rows]
    came_home = 0
    for student, family in zip(student_key[families >= 0], family_key[families >= 0], strict=True):
        row = np.flatnonzero(keys == student)
        if len(row) and city.residents.activity[row[0]] != Activity.STUDENT:
            home = city.residents.household_id[row[0]]
            came_home += bool(home >= 0 and city.households.draw_key[home] == family)
            assert student not in city.scratch["boarders"].key
    assert came_home > 0.5 * (families >= 0).sum()


def test_families_are_found_after_packing(open_model):
    model = open_model(parameters={"pupils_board_share": 1.0})
    model.run(until="2011Q3")
    city = model.city
    held = city.scratch["boarders"]
    before = dict(zip(held.key.tolist(), city.households.draw_key[held.row].tolist(), strict=True))
    model.run(until="2013Q2")
    held = city.scratch["boarders"]
    both = [i for i, key in enumerate(held.key.tolist()) if key in before]
    assert len(both) > 5
    for i in both:
        if city.households.n_persons[held.row[i]] > 0:
            assert city.households.draw_key[held.row[i]] == before[int(held.key[i])]


def test_a_student_without_family_has_none(open_model):
    none = boarders.families(open_model().city, np.arange(5))
    assert none.tolist() == [boarders.NOWHERE] * 5


def test_campuses_hold_as_many_more_as_are_enrolled(open_model):
    model = open_model(sample=0.005)
    city = model.city
    rooms = city.households.dwelling_class[: city.households.n_rows] == DwellingClass.CAMPUS_DORM
    before = city.households.n_persons[: city.households.n_rows][rooms].sum()
    model.run(until="2014Q3")
    rooms = city.households.dwelling_class[: city.households.n_rows] == DwellingClass.CAMPUS_DORM
    after = city.households.n_persons[: city.households.n_rows][rooms].sum()
    growth = city.path("student_enrolment") / city.paths.value("student_enrolment", 0)
    assert after / before == pytest.approx(growth, abs=0.06)
