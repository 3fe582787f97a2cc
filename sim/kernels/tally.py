"""Count residents, households and workers, for the record and for the check that all adds up."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.events import list_flagged
from sim.kernels.philox import CHUNK

# residents, local, non-local, 0-14, 15-64, 65+, 60+, employed, unemployed, commute, wages, students, family
PEOPLE = 13
STUDENT, EMPLOYED, UNEMPLOYED, RETIRED = 2, 3, 4, 5
N_AGES, N_ACTIVITIES = 4, 8  # ages below 15, 60, 65 and above; room for the seven activities
N_CODES = N_AGES * 2 * 2 * N_ACTIVITIES


@nb.njit(cache=True, nogil=True)
def tally_people(start, stop, block, p, h, wages, minutes, quarter, n_cells, people, workers):
    """Count residents by home zone into people[block] (343, 13), workers by workplace into workers[block].

    Commute minutes and wages are sums; `wages` (6, 2) are levels over 2010 by schooling and hukou. Workplaces
    are `n_cells` cells (zone x 20 + sector) of ordinary businesses and after them the organisations.
    """
    counts = np.zeros((people.shape[1], N_CODES), dtype=np.int32)
    zones, rows = np.empty(CHUNK, dtype=np.uint16), np.empty(CHUNK, dtype=np.int64)
    codes, flags = np.empty(CHUNK, dtype=np.uint8), np.empty(CHUNK, dtype=np.uint8)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        _count_people(first, last, p, h, quarter, zones, codes, flags[: last - first], counts)
        at_work = rows[: list_flagged(first, flags[: last - first], rows)]
        _count_workers(first, at_work, p, wages, zones, minutes, n_cells, people[block], workers[block])
    _sum_codes(counts, people[block])


@borrowing
def _count_people(first, last, p, h, quarter, zones, codes, flags, counts):
    """Count a chunk by zone and a code of age, hukou, kind of household and activity; flag who works.

    One addition a resident; who is gone adds nothing, which costs less than to ask. The first loop looks at
    no household, so that it is vector code.
    """
    household_id, birth_quarter = p.household_id[first:last], p.birth_quarter[first:last]
    hukou, activities = p.hukou[first:last], p.activity[first:last]
    for n in range(flags.size):
        born = birth_quarter[n]
        age = (
            np.uint8(born <= quarter - 60) + np.uint8(born <= quarter - 240) + np.uint8(born <= quarter - 260)
        )
        codes[n] = (age * 2 + np.uint8(hukou[n])) * 2 * N_ACTIVITIES + np.uint8(activities[n])
        flags[n] = (household_id[n] >= 0) & (activities[n] == EMPLOYED)
    for n in range(flags.size):
        lives = household_id[n] >= 0
        home = max(household_id[n], 0)
        zone = np.uint16(h.zone[home] if lives else 0)
        zones[n] = zone
        counts[zone, codes[n] + np.uint8(h.kind[home]) * N_ACTIVITIES] += lives


@borrowing
def _count_workers(first, rows, p, wages, zones, minutes, n_cells, people, workers):
    """Sum commutes and wages of the workers in `rows` by zone of home and count them by workplace."""
    for i in rows:
        zone = zones[i - first]
        work = p.work_zone[i]
        people[zone, 9] += minutes[zone, work]
        people[zone, 10] += p.wage_cny_month[i] * wages[p.education[i], p.hukou[i]]
        employer = np.int64(p.employer_id[i])
        cell = np.int64(work) * 20 + p.sector[i]
        workers[n_cells + employer if employer >= 0 else cell] += 1


@borrowing
def _sum_codes(counts, people):
    """Sum counts by code into the columns of people."""
    for zone in range(counts.shape[0]):
        for code in range(N_CODES):
            n = counts[zone, code]
            if n == 0:
                continue
            activity = code % N_ACTIVITIES
            family = 1 - code // N_ACTIVITIES % 2
            hukou = code // (2 * N_ACTIVITIES) % 2
            age = code // (4 * N_ACTIVITIES)
            people[zone, 0] += n
            people[zone, 1 + hukou] += n
            people[zone, 3 if age == 0 else (5 if age == 3 else 4)] += n
            people[zone, 6] += n * (age >= 2)
            people[zone, 7] += n * (activity == EMPLOYED)
            people[zone, 8] += n * (activity == UNEMPLOYED)
            people[zone, 11] += n * (activity == STUDENT)
            people[zone, 12] += n * family


@nb.njit(cache=True, nogil=True)
def tally_homes(start, stop, block, p, h, informal, wages, pension, out):
    """Count households by zone into out[block] (343, 8); `wages` as for `tally_people`.

    Columns: households, family households, occupied, persons in informal dwellings, rented households, rent
    they pay, their income, sharing households.
    """
    counts = np.zeros((out.shape[1], 2 * (informal.size + 1), 2), dtype=np.int32)
    flags, rows = np.empty(CHUNK, dtype=np.uint8), np.empty(CHUNK, dtype=np.int64)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        _count_homes(first, last, h, flags[: last - first], counts)
        tenants = rows[: list_flagged(first, flags[: last - first], rows)]
        _sum_rents(tenants, p, h, wages, pension, out[block])
    _sum_kinds(counts, informal, out[block])


@borrowing
def _count_homes(first, last, h, flags, counts):
    """Count households and persons of a chunk by zone and dwelling; flag the families that pay rent.

    The code is twice the class of dwelling, counted from who shares, and one more where it is no family.
    """
    persons, kinds, families = h.n_persons[first:last], h.dwelling_class[first:last], h.kind[first:last]
    rents, zones = h.rent_cny_month[first:last], h.zone[first:last]
    for n in range(flags.size):
        flags[n] = (persons[n] > 0) & (kinds[n] >= 0) & (rents[n] > 0.0) & (families[n] == 0)
    for n in range(flags.size):
        lives = persons[n] > 0
        zone = np.uint16(zones[n] if lives else 0)
        code = np.uint8((kinds[n] + 1) * 2 + families[n])
        counts[zone, code, 0] += lives
        counts[zone, code, 1] += persons[n] if lives else 0


@borrowing
def _sum_kinds(counts, informal, out):
    """Sum counts by class of dwelling into the columns of `tally_homes`."""
    for zone in range(counts.shape[0]):
        for code in range(counts.shape[1]):
            number, kind = counts[zone, code, 0], code // 2 - 1
            out[zone, 0] += number
            out[zone, 1] += number * (code % 2 == 0)
            out[zone, 2] += number * (kind >= 0)
            if kind >= 0 and informal[kind]:
                out[zone, 3] += counts[zone, code, 1]
            out[zone, 7] += number * (kind < 0)


@borrowing
def _sum_rents(rows, p, h, wages, pension, out):
    """Sum rents and incomes of the tenants in `rows` who have an income."""
    for home in rows:
        income = 0.0
        j = h.first_member[home]
        while j >= 0:
            if p.activity[j] == EMPLOYED:
                income += p.wage_cny_month[j] * wages[p.education[j], p.hukou[j]]
            elif p.activity[j] == RETIRED:
                income += pension[p.hukou[j]]
            j = p.next_member[j]
        if income > 0.0:
            zone = h.zone[home]
            out[zone, 4] += 1
            out[zone, 5] += h.rent_cny_month[home]
            out[zone, 6] += income


@borrowing
def count_members(household_id, n_residents, members):
    """Count the members of each household from scratch."""
    for i in range(n_residents):
        home = household_id[i]
        if home >= 0:
            members[home] += 1


@borrowing
def count_occupied(start, stop, block, h, occupied):
    """Count the places that households fill into occupied[block] (343, 13)."""
    for home in range(start, stop):
        if h.n_persons[home] > 0 and h.dwelling_class[home] >= 0:
            occupied[block, h.zone[home], h.dwelling_class[home]] += 1


@borrowing
def count_by_class(start, stop, block, n_persons, dwelling_class, counts):
    """Count households and their people by class of dwelling into counts[block] (13, 2)."""
    for home in range(start, stop):
        kind = dwelling_class[home]
        if kind >= 0 and n_persons[home] > 0:
            counts[block, kind, 0] += 1
            counts[block, kind, 1] += n_persons[home]


@borrowing
def sum_moves(group, was, rent_before, rent_after, commute_after, out):
    """Sum moves by group into `out` (groups, 12); rent and commute afterwards are unknown, NaN, for some.

    Columns: households, persons, children, 15-64, 65+, rent before and after, income before and after,
    commute before and after, workers; `was` (12, n) has the rows of `describe`.
    """
    for n in range(group.size):
        g = group[n]
        out[g, 0] += 1.0
        out[g, 1] += was[10, n]
        out[g, 2] += was[2, n]
        out[g, 3] += was[3, n]
        out[g, 4] += was[4, n]
        out[g, 5] += rent_before[n]
        out[g, 7] += was[0, n]
        out[g, 9] += was[6, n]
        out[g, 11] += was[1, n]
        if not np.isnan(rent_after[n]):
            out[g, 6] += rent_after[n]
            out[g, 8] += was[0, n]
            out[g, 10] += commute_after[n]


@nb.njit(cache=True, nogil=True)
def renew_rents(start, stop, _block, h, asked, quarter):
    """Bring the rents of tenants whose contract has its anniversary to what is asked, (343, 13)."""
    flags, rows = np.empty(CHUNK, dtype=np.uint8), np.empty(CHUNK, dtype=np.int64)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        _renew_chunk(first, last, h, asked, quarter, flags[: last - first], rows)


@borrowing
def _renew_chunk(first, last, h, asked, quarter, flags, rows):
    """Renew the rents of a chunk as `renew_rents` says."""
    persons, kinds = h.n_persons[first:last], h.dwelling_class[first:last]
    rents, moved = h.rent_cny_month[first:last], h.moved_quarter[first:last]
    for n in range(flags.size):
        lets = (persons[n] > 0) & (kinds[n] >= 0) & (rents[n] > 0.0)
        flags[n] = lets & (((quarter - moved[n]) & 3) == 0)
    for home in rows[: list_flagged(first, flags, rows)]:
        h.rent_cny_month[home] = asked[h.zone[home], h.dwelling_class[home]]
