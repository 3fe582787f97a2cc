"""Check that households stay lists of their members whatever happens to them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.households import Households
from sim.agents.residents import Residents
from sim.city.dwellings import SHAPE
from sim.codes import Role
from sim.kernels import links

N_PEOPLE, N_HOMES = 9, 4


def city(homes_of):
    """Return residents and households of one zone and class from each resident's household, -1 for none."""
    people, homes = Residents(N_PEOPLE), Households(N_HOMES)
    people.household_id[:N_PEOPLE] = homes_of
    people.role[:N_PEOPLE] = Role.OTHER
    people.birth_quarter[:N_PEOPLE] = -np.arange(N_PEOPLE)
    homes.first_member[:] = -1
    homes.dwelling_class[:N_HOMES] = 4
    links.link_sorted(people.arrays(), homes.arrays(), N_PEOPLE)
    for home in range(N_HOMES):
        homes.n_persons[home] = np.count_nonzero(np.asarray(homes_of) == home)
    return people, homes


def members(people, homes, home):
    out = []
    row = homes.first_member[home]
    while row >= 0:
        out.append(int(row))
        assert len(out) <= N_PEOPLE, "a list that runs in a circle"
        row = people.next_member[row]
    return out


moves = st.lists(st.tuples(st.integers(0, N_PEOPLE - 1), st.integers(-1, N_HOMES - 1)), max_size=30)
placements = st.lists(st.integers(-1, N_HOMES - 1), min_size=N_PEOPLE, max_size=N_PEOPLE).map(sorted)


@given(placements, moves)
@settings(max_examples=150, deadline=None)
def test_unlink_and_link_keep_every_list(homes_of, steps):
    people, homes = city(homes_of)
    p, h = people.arrays(), homes.arrays()
    book = [[i for i in range(N_PEOPLE) if homes_of[i] == home] for home in range(N_HOMES)]
    for i, to in steps:
        if people.household_id[i] >= 0:
            came_from = links.unlink.py_func(p, h, i)
            book[came_from].remove(i)
        if to >= 0:
            links.link.py_func(p, h, i, to)
            book[to].append(i)
        for home in range(N_HOMES):
            assert members(people, homes, home) == book[home]
            assert homes.n_persons[home] == len(book[home])
            assert all(people.household_id[j] == home for j in book[home])


@given(placements, st.integers(0, N_HOMES - 1), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_home_without_a_head_gets_its_eldest_and_an_empty_one_gives_up_its_place(homes_of, home, headed):
    people, homes = city(homes_of)
    occupied = np.zeros(SHAPE, dtype=np.int64)
    occupied[0, 4] = np.count_nonzero(homes.n_persons[:N_HOMES])
    rows = members(people, homes, home)
    if rows and headed:
        people.role[rows[0]] = Role.HEAD
    before = occupied.sum()
    if not rows:
        occupied[0, 4] += 1  # its last member has just gone
        before += 1
    links.settle.py_func(people.arrays(), homes.arrays(), home, occupied)
    heads = [i for i in rows if people.role[i] == Role.HEAD]
    if not rows:
        assert occupied.sum() == before - 1
        assert homes.dwelling_class[home] == -1
        links.settle.py_func(people.arrays(), homes.arrays(), home, occupied)
        assert occupied.sum() == before - 1, "a place given up twice"
    else:
        assert occupied.sum() == before
        # the eldest was born first; birth quarters fall with the row here
        assert heads == ([rows[0]] if headed else [max(rows)])
        now = members(people, homes, home)
        assert now[0] == heads[0], "the head stands first"
        assert sorted(now) == rows


@given(placements, st.sets(st.integers(0, N_PEOPLE - 1)))
@settings(max_examples=100, deadline=None)
def test_a_list_begins_with_the_head_and_goes_on_in_row_order(homes_of, heads):
    people, homes = city(homes_of)
    people.role[list(heads)] = Role.HEAD
    homes.first_member[:] = -1
    links.link_sorted(people.arrays(), homes.arrays(), N_PEOPLE)
    for home in range(N_HOMES):
        rows = members(people, homes, home)
        mine = [i for i in range(N_PEOPLE) if homes_of[i] == home]
        assert rows == [i for i in mine if i in heads] + [i for i in mine if i not in heads]


@given(placements, st.sets(st.integers(0, N_PEOPLE - 1)))
@settings(max_examples=100, deadline=None)
def test_remap_keeps_members_after_rows_were_packed(homes_of, gone):
    people, homes = city(homes_of)
    keys = np.arange(N_PEOPLE, dtype=np.uint64) + np.uint64(100)
    people.draw_key[:N_PEOPLE] = keys
    for i in gone:
        if people.household_id[i] >= 0:
            links.unlink.py_func(people.arrays(), homes.arrays(), i)
    before = {
        home: [int(people.draw_key[i]) for i in members(people, homes, home)]
        for home in range(N_HOMES)
        if homes.n_persons[home]
    }
    new, kept = np.empty(N_PEOPLE, dtype=np.int32), np.empty(N_PEOPLE, dtype=np.int32)
    kept = kept[: links.list_kept(people.household_id[:N_PEOPLE], 0, kept, new)]
    new_home, kept_homes = np.empty(N_HOMES, dtype=np.int32), np.empty(N_HOMES, dtype=np.int32)
    kept_homes = kept_homes[: links.list_kept(homes.n_persons[:N_HOMES], 1, kept_homes, new_home)]
    np.testing.assert_array_equal(kept, np.flatnonzero(people.household_id[:N_PEOPLE] >= 0))
    np.testing.assert_array_equal(new[kept], np.arange(len(kept)))
    assert np.count_nonzero(new < 0) == N_PEOPLE - len(kept)
    people.keep(kept)
    homes.keep(kept_homes)
    links.remap_residents(0, len(kept), 0, people.arrays(), new, new_home)
    links.remap_households(0, len(kept_homes), 0, homes.arrays(), new)
    after = {
        int(old): [int(people.draw_key[i]) for i in members(people, homes, k)]
        for k, old in enumerate(kept_homes)
    }
    assert after == before
    assert all(people.household_id[i] >= 0 for i in range(people.n_rows))


def test_quitting_a_job_frees_one_place_where_it_was_held():
    people, _ = city([0] * N_PEOPLE)
    filled, at = np.ones((343, 20), dtype=np.int64), np.ones(3, dtype=np.int64)
    people.activity[:3] = (3, 3, 4)
    people.work_zone[:3] = (7, 7, -1)
    people.sector[:3] = (2, 2, 2)
    people.employer_id[:3] = (-1, 1, -1)
    for i in range(3):
        links.quit_job.py_func(people.arrays(), i, filled, at)
    assert filled[7, 2] == 0
    assert filled.sum() == 343 * 20 - 1
    np.testing.assert_array_equal(at, [1, 0, 1])
    assert people.work_zone[0] == people.employer_id[1] == -1
