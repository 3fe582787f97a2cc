"""Households are whole, have the published sizes, and hold people who could live together."""

import numpy as np
import pytest

from sim.codes import Hukou, Marital, Role
from sim.synthesis.campuses import campus_residents, full_time_students
from sim.synthesis.compositions import CATEGORIES
from sim.synthesis.households import ROOM_CAMPUS, ROOM_FAMILY, ROOM_WORKERS
from sim.synthesis.tilts import groups


def test_everyone_lives_somewhere_once(people, grouped):
    np.testing.assert_array_equal(np.sort(grouped.person), np.arange(len(people)))
    assert grouped.size.sum() == len(people)


def test_family_households_have_the_published_sizes(grouped, margins, area):
    family = grouped.size[grouped.room == ROOM_FAMILY]
    np.testing.assert_array_equal(np.bincount(family, minlength=11)[1:], margins.sizes[area])


def test_rooms_hold_the_collective_population_in_ones_to_eights(grouped, margins, area, parameters):
    rooms = grouped.room != ROOM_FAMILY
    assert grouped.size[rooms].sum() == margins.collective[area]
    assert grouped.size[rooms].min() >= 1
    assert grouped.size[rooms].max() <= 8
    assert grouped.size[grouped.room == ROOM_CAMPUS].sum() == campus_residents(margins, parameters)[area]


def test_rooms_are_of_one_sex(people, grouped, household_of):
    women = np.bincount(household_of, weights=people.sex[grouped.person], minlength=len(grouped.size))
    rooms = grouped.room != ROOM_FAMILY
    assert ((women == 0) | (women == grouped.size))[rooms].all()


def test_every_household_has_one_head(grouped, household_of):
    family = grouped.room == ROOM_FAMILY
    heads = np.bincount(household_of[grouped.role == Role.HEAD], minlength=len(grouped.size))
    assert (heads[family] == 1).all()


def test_couples_are_near_in_age_and_married(people, grouped, household_of):
    head = np.full(len(grouped.size), -1)
    spouse = head.copy()
    head[household_of[grouped.role == Role.HEAD]] = grouped.person[grouped.role == Role.HEAD]
    spouse[household_of[grouped.role == Role.SPOUSE]] = grouped.person[grouped.role == Role.SPOUSE]
    couples = spouse >= 0
    husband, wife = head[couples], spouse[couples]
    gap = people.age[husband].astype(int) - people.age[wife]
    assert 0.5 < np.median(gap) < 3.5
    assert (np.abs(gap) <= 10).mean() > 0.95
    assert (people.sex[husband] != people.sex[wife]).mean() > 0.99
    assert (
        (people.marital[husband] == Marital.MARRIED) & (people.marital[wife] == Marital.MARRIED)
    ).mean() > 0.99


def test_mothers_bore_their_children_at_a_mothers_age(people, grouped, household_of):
    mother = np.full(len(grouped.size), -1)
    wives = grouped.role == Role.SPOUSE
    mother[household_of[wives]] = grouped.person[wives]
    children = (grouped.role == Role.CHILD) & (mother[household_of] >= 0)
    gap = people.age[mother[household_of[children]]].astype(int) - people.age[grouped.person[children]]
    assert 23 < gap.mean() < 31
    assert ((gap >= 16) & (gap <= 45)).mean() > 0.94


def test_non_locals_live_in_smaller_households(people, grouped):
    family = grouped.room == ROOM_FAMILY
    heads = grouped.person[grouped.role == Role.HEAD][: family.sum()]
    outside = people.hukou[heads] == Hukou.NON_LOCAL
    size = grouped.size[family]
    assert size[outside].mean() < size[~outside].mean()


def test_dormitories_hold_workers(people, grouped, household_of):
    inside = (grouped.room == ROOM_WORKERS)[household_of]
    status = people.status[grouped.person[inside]]
    assert ((status >= 0) & (status < 20)).mean() > 0.85


def test_campuses_hold_the_citys_students(margins, parameters):
    assert campus_residents(margins, parameters).sum() == pytest.approx(0.93 * full_time_students(), abs=1)
    assert (campus_residents(margins, parameters) <= margins.collective).all()


def test_every_group_of_compositions_has_members(slots):
    assert all(member.any() for member in groups(slots).values())


def test_slots_refer_only_to_people_seated_before(slots):
    n = len(CATEGORIES)
    for k in range(len(slots.size)):
        first = slots.start[k]
        for s in range(first, slots.start[k + 1]):
            if slots.reference[s] >= 0:
                assert slots.category[first + slots.reference[s]] % n < slots.category[s] % n
