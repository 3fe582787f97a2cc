"""Households are whole, have the published sizes, and hold people who could live together."""

import numpy as np
import pytest

from sim.codes import Hukou, Marital, Role
from sim.synthesis.campuses import aged_in_care, campus_residents, full_time_students
from sim.synthesis.compositions import CATEGORIES
from sim.synthesis.households import (
    ROOM_CAMPUS,
    ROOM_FAMILY,
    ROOM_WORKERS,
    categories_of,
    choose_collective,
    composition_counts,
)
from sim.synthesis.rounding import generator


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


def published_pool(people, margins, area, parameters):
    """Return the area's people by household category, outside of rooms."""
    campus, aged = campus_residents(margins, parameters)[area], aged_in_care(margins, parameters)[area]
    inside = np.ones(len(people), dtype=bool)
    for part in choose_collective(people, margins, area, int(campus), int(aged), parameters):
        inside[part] = False
    return np.bincount(categories_of(people, np.flatnonzero(inside)), minlength=2 * len(CATEGORIES))


def test_households_have_the_published_generations(grouped, margins, area, household_of):
    """Counted from who lives there, as the census counts."""
    roles = np.zeros((len(grouped.size), len(Role)), dtype=bool)
    roles[household_of, grouped.role] = True
    family = grouped.room == ROOM_FAMILY
    generations = 1 + roles[family, Role.CHILD].astype(int) + roles[family, Role.PARENT]
    np.testing.assert_array_equal(np.bincount(generations, minlength=4)[1:], margins.generations[area])


def test_compositions_follow_the_generations_wanted(people, margins, area, slots, parameters):
    """With a twentieth of two generations moved to three the fit follows, and people are used up still."""
    pool = published_pool(people, margins, area, parameters)
    owner = np.repeat(np.arange(len(slots.size)), slots.size)
    one = np.ones(len(slots.size))
    moved = margins.generations[area][1] // 20
    for wanted in (margins.generations[area], margins.generations[area] + np.array([0, -moved, moved])):
        counts = composition_counts(pool, margins.sizes[area], wanted, slots, one, generator(13, area))
        by_generations = np.bincount(slots.generations, weights=counts, minlength=4)[1:]
        by_size = np.bincount(slots.size, weights=counts, minlength=11)[1:]
        np.testing.assert_array_equal(by_generations, wanted)
        np.testing.assert_array_equal(by_size, margins.sizes[area])
        used = np.bincount(slots.category, weights=counts[owner], minlength=len(pool))
        assert np.abs(used - pool).sum() < 0.01 * pool.sum()


def test_generations_of_compositions_are_those_counted_from_roles(slots):
    assert set(slots.generations) == {1, 2, 3}
    for k, tokens in enumerate(slots.tokens):
        relations = {relation[0] for _, relation in tokens}
        if not relations & {"k", "p"}:
            assert slots.generations[k] == 1
        if {"k0"} <= {relation for _, relation in tokens} and "p" in relations:
            assert slots.generations[k] == 3


def test_slots_refer_only_to_people_seated_before(slots):
    n = len(CATEGORIES)
    for k in range(len(slots.size)):
        first = slots.start[k]
        for s in range(first, slots.start[k + 1]):
            if slots.reference[s] >= 0:
                assert slots.category[first + slots.reference[s]] % n < slots.category[s] % n
