"""Check that room-mates are put together: nobody is lost, no two rooms of a zone still fit into one."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.households import Households
from sim.agents.residents import Residents
from sim.city.dwellings import SHAPE
from sim.codes import DwellingClass, Role
from sim.kernels import dormitory, links

MOST = 6
KIND = int(DwellingClass.WORKER_DORM)


def rooms_of(zones_and_sizes):
    """Return residents, households and occupied places of dormitory rooms with a zone and size each."""
    people, homes = Residents(sum(size for _, size in zones_and_sizes)), Households(len(zones_and_sizes))
    occupied = np.zeros(SHAPE, dtype=np.int64)
    row = 0
    for home, (zone, size) in enumerate(zones_and_sizes):
        homes.zone[home], homes.dwelling_class[home], homes.n_persons[home] = zone, KIND, size
        homes.first_member[home] = -1
        people.household_id[row : row + size] = home
        people.role[row : row + size] = Role.OTHER
        people.role[row] = Role.HEAD
        occupied[zone, KIND] += 1
        row += size
    links.link_sorted(people.arrays(), homes.arrays(), row)
    return people, homes, occupied


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, MOST - 1)), min_size=1, max_size=14))
@settings(max_examples=100, deadline=None)
def test_rooms_are_filled_and_nobody_is_lost(zones_and_sizes):
    people, homes, occupied = rooms_of(zones_and_sizes)
    n = len(zones_and_sizes)
    persons, n_people = np.zeros(3, dtype=np.int64), len(people.role[: people.n_rows])
    for zone, size in zones_and_sizes:
        persons[zone] += size
    order = np.lexsort([-homes.n_persons[:n], homes.zone[:n]])
    emptied = dormitory.fill_rooms.py_func(
        order, homes.zone[:n][order].astype(np.int64), MOST, people.arrays(), homes.arrays(), occupied, KIND
    )
    live = np.flatnonzero(homes.n_persons[:n] > 0)
    assert len(live) == n - emptied == occupied.sum()
    for zone in range(3):
        sizes = homes.n_persons[live][homes.zone[live] == zone].astype(int).tolist()
        assert sum(sizes) == persons[zone]
        assert max(sizes, default=0) <= MOST
        assert all(one + other > MOST for one, other in combinations(sizes, 2))
    assert (people.household_id[:n_people] >= 0).all()
    for home in live:
        row, roles = homes.first_member[home], []
        while row >= 0:
            assert people.household_id[row] == home
            roles.append(int(people.role[row]))
            row = people.next_member[row]
        assert len(roles) == homes.n_persons[home]
        assert roles[0] == Role.HEAD
        assert roles.count(Role.HEAD) == 1


def test_an_order_that_hit_one_of_them_is_remembered_of_the_room():
    people, homes, occupied = rooms_of([(0, 3), (0, 2)])
    homes.order_loss_quarter[:2] = [-32768, 21]
    rows = np.array([0, 1])
    dormitory.fill_rooms.py_func(
        rows, np.zeros(2, dtype=np.int64), MOST, people.arrays(), homes.arrays(), occupied, KIND
    )
    assert homes.order_loss_quarter[0] == 21
