"""Rake the city to the census of 2020, once, after 2020Q4 is recorded.

The only place where the census of 2020 enters a run, and never one that ends with 2020Q4. The factors by
district are the census over the city of `executed-2017-2020`, and every scenario is raked by the same ones: a
scenario that had fewer people in a district than the executed one has fewer after it, in proportion.

Households are put out or copied whole, in a keyed order that scenarios share, until a district's people are
the factor times what they were (Deville and Särndal 1992 rake weights, which a city of single households has
not). Their homes and jobs go and come with them, so that as many are free as before. Homes that go are
withheld, not torn down: their floor area stays.
"""

from __future__ import annotations

import numpy as np

from sim.calendar import parse_quarter
from sim.city.slack import rebased
from sim.city.state import City
from sim.codes import N_DISTRICTS, N_ZONES, Activity, DwellingClass
from sim.kernels.choice import leave_city
from sim.kernels.philox import fill_keys
from sim.processes import dormitories
from sim.rng import Stream

RAKED = parse_quarter("2021Q1")
"""The quarter that opens with the raking: the first after the census of 1 November 2020 is recorded."""

COPY = 13
"""Cause of a copy's key."""


def run(city: City, factors: np.ndarray) -> None:
    """Bring the people of each district to a factor times what they are; factors (16,), 1 changes nothing."""
    before = city.dwellings.occupied.copy(), city.jobs.filled.copy(), city.jobs.organisation_filled.copy()
    homes = city.households
    rows = np.flatnonzero(homes.alive())
    district = city.zones.district[homes.zone[rows]]
    persons = homes.n_persons[rows].astype(np.int64)
    people = np.bincount(district, persons, N_DISTRICTS)
    wanted = np.rint(people * factors) - people
    order = city.random.order(Stream.RAKING, homes.draw_key[rows], city.quarter)
    chosen = chosen_households(district, persons, order, np.abs(wanted))
    fewer = (wanted < 0)[district]
    _put_out(city, rows[chosen & fewer])
    _copy(city, rows[chosen & ~fewer])
    _keep_free_places(city, *before)
    # The beds that belong to jobs have come and gone with the people in them.
    dormitories.note_jobs(city)


def chosen_households(
    district: np.ndarray, persons: np.ndarray, order: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Choose households of each district in a given order until their persons are nearest to a number.

    Parameters
    ----------
    district, persons
        Of each household, (n,).
    order
        Positions of the households in the order they are taken, (n,).
    wanted
        Persons to choose in each district, (districts,).

    Returns
    -------
    Mask of the households, (n,).
    """
    grouped = order[np.argsort(district[order], kind="stable")]
    where, size = district[grouped], persons[grouped]
    total = np.cumsum(size)
    first = np.searchsorted(where, np.arange(len(wanted)))
    start = np.concatenate([[0], total])[first]
    # A household is taken when more than half of it is still wanted: the sum then ends nearest to the number.
    taken = total - start[where] - size / 2 < wanted[where]
    mask = np.zeros(len(district), dtype=np.bool_)
    mask[grouped[taken]] = True
    return mask


def _put_out(city: City, rows: np.ndarray) -> None:
    leave_city(
        rows,
        np.zeros(len(rows), dtype=np.bool_),
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.jobs.outside,
        np.zeros((N_ZONES, 3)),
    )


def _copy(city: City, rows: np.ndarray) -> None:
    """Copy households with their people, each beside its original: same home class, same place of work."""
    if not len(rows):
        return
    people, homes = city.residents, city.households
    new_home = np.full(homes.n_rows, -1, dtype=np.int32)
    new_home[rows] = homes.n_rows + np.arange(len(rows))
    of_home = people.household_id[: people.n_rows]
    members = np.flatnonzero((of_home >= 0) & (new_home[of_home] >= 0))
    new_person = np.full(people.n_rows, -1, dtype=np.int32)
    new_person[members] = people.n_rows + np.arange(len(members))
    first_home, first = homes.reserve(len(rows)), people.reserve(len(members))
    for columns, old, begin in ((homes, rows, first_home), (people, members, first)):
        for column in columns.columns:
            values = getattr(columns, column.name)
            values[begin : begin + len(old)] = values[old]
        values = columns.draw_key
        fill_keys(values[old], COPY, np.full(len(old), city.quarter), values[begin : begin + len(old)])
    added = slice(first, first + len(members))
    people.household_id[added] = new_home[people.household_id[members]]
    follower = people.next_member[members]
    people.next_member[added] = np.where(follower >= 0, new_person[follower], -1)
    homes.first_member[first_home : first_home + len(rows)] = new_person[homes.first_member[rows]]
    _count(city, rows, members)


def _count(city: City, rows: np.ndarray, members: np.ndarray) -> None:
    """Enter the copies of these households and people in the books of homes and jobs."""
    people, homes, jobs = city.residents, city.households, city.jobs
    housed = rows[homes.dwelling_class[rows] >= 0]
    np.add.at(city.dwellings.occupied, (homes.zone[housed], homes.dwelling_class[housed]), 1)
    at_work = members[people.activity[members] == Activity.EMPLOYED]
    staff = people.employer_id[at_work] >= 0
    np.add.at(jobs.organisation_filled, people.employer_id[at_work[staff]], 1)
    others = at_work[~staff]
    np.add.at(jobs.filled, (people.work_zone[others], people.sector[others]), 1)


def _keep_free_places(
    city: City, occupied: np.ndarray, filled: np.ndarray, organisation_filled: np.ndarray
) -> None:
    """Let homes and jobs go and come with those who held them; withhold the homes that go."""
    dwellings, jobs = city.dwellings, city.jobs
    change = np.maximum((dwellings.occupied - occupied) / city.sample, -dwellings.stock)
    withheld = np.maximum(-change, 0.0) * dwellings.floor_area_m2
    withheld[:, DwellingClass.BASEMENT] = 0.0
    dwellings.withheld_m2 = dwellings.withheld_m2 + withheld.sum(axis=1)
    dwellings.slack = rebased(dwellings.slack, dwellings.stock, dwellings.stock + change)
    dwellings.stock += change
    dwellings.stock_before += change
    change = np.maximum((jobs.filled - filled) / city.sample, -jobs.stock)
    jobs.slack = rebased(jobs.slack, jobs.stock, jobs.stock + change)
    jobs.stock += change
    jobs.stock_before += change
    change = (jobs.organisation_filled - organisation_filled) / city.sample
    change = np.maximum(change, -jobs.organisation_stock)
    held = jobs.organisation_stock
    jobs.organisation_slack = rebased(jobs.organisation_slack, held, held + change)
    jobs.organisation_stock = held + change
