"""Choose a home: nested location choice by exponential races keyed by household, and rationed places.

The largest of utility plus Gumbel error is the smallest of a unit exponential over exp(utility); the race
needs one logarithm an alternative (Gumbel 1954; Efraimidis and Spirakis 2006 for the weighted form).
"""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.events import list_flagged
from sim.kernels.philox import CHUNK, fill2, uniform
from sim.kernels.race import NO_PLACE, Room, bound_batch, choose_class, race_size, win_batch

STREAM_FORCED, STREAM_MOVE, STREAM_PLACE, STREAM_PLACE_CLASS, STREAM_PLACE_QUEUE, STREAM_EXIT = (
    16,
    17,
    18,
    19,
    20,
    21,
)
MOVES, FORCED_CANDIDATE, LOOKS, LEAVES = 1, 2, 4, 8
UNEMPLOYED, CAMPUS_DORM, NOBODY = 4, 11, -32768
EMPLOYED, RETIRED = 3, 5
BATCH = 8  # households that race together


@nb.njit(cache=True, nogil=True)
def mark_movers(
    start, stop, _block, p, h, move_prob, age_factor, ordered, leave, wages, seed, quarter, event
):
    """Mark households an order may reach, that wish to move, that look for a dwelling, or that leave Beijing.

    `move_prob` (4, 13) is the quarterly wish to move by tenure and class, `age_factor` (111,) multiplies it
    by the head's age; `ordered` (343, 13) is 1 where an order took places. `leave` (6,) holds the quarterly
    hazard of leaving of outsiders and of hukou holders, its factors in the first two years and after six,
    without work, and for each unit of rent over wage beyond 0.3. `wages` (6, 2) are levels over 2010.
    """
    draws = np.empty((2, CHUNK))
    flags = np.empty(CHUNK, dtype=np.uint8)
    rows = np.empty(CHUNK, dtype=np.int64)
    most = _most_hazard(leave, age_factor)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        fill2(seed, STREAM_MOVE, h.draw_key[first:last], quarter, 0, draws)
        _mark_places(first, last, h, move_prob, most, ordered, draws, flags, event)
        some = rows[: list_flagged(first, flags[: last - first], rows)]
        _mark_wishes(first, some, p, h, move_prob, age_factor, leave, wages, quarter, draws, event)


@borrowing
def _most_hazard(leave, age_factor):
    """Return the highest factor of age and the highest hazard of leaving that a household can have."""
    factor = 0.0
    for age in range(age_factor.size):
        factor = max(factor, age_factor[age])
    hazard = leave[0] * max(leave[2], leave[3], 1.0)
    hazard *= max(leave[4], 1.0 + leave[5], 1.0)
    return factor, max(hazard, leave[1] * factor)


@borrowing
def _mark_places(first, last, h, move_prob, most, ordered, draws, flags, event):
    """Mark who looks for a dwelling and whom an order may reach; flag who may wish to move or leave.

    Who may is whose draw lies below the highest chance of anybody in such a dwelling: only for these few, the
    head is looked up.
    """
    factor, hazard = most
    persons, kinds, zones = h.n_persons[first:last], h.dwelling_class[first:last], h.zone[first:last]
    tenures, marks = h.tenure[first:last], event[first:last]
    for n in range(marks.size):
        lives = persons[n] > 0
        kind = max(np.int64(kinds[n]), 0)
        housed = lives & (kinds[n] >= 0)
        reached = housed & (ordered[max(np.int64(zones[n]), 0), kind] != 0)
        marks[n] = LOOKS * (lives & (kinds[n] < 0)) + FORCED_CANDIDATE * reached
        may = (draws[0, n] < move_prob[tenures[n], kind] * factor) | (draws[1, n] < hazard)
        flags[n] = housed & (kind != CAMPUS_DORM) & may


@borrowing
def _mark_wishes(first, rows, p, h, move_prob, age_factor, leave, wages, quarter, draws, event):
    """Mark who of `rows` wishes to move or to leave; draws[0] is the wish to move, draws[1] to leave."""
    for home in rows:
        head = h.first_member[home]
        age = min(max((quarter - p.birth_quarter[head]) // 4, 0), 110)
        if draws[0, home - first] < move_prob[h.tenure[home], h.dwelling_class[home]] * age_factor[age]:
            event[home] |= MOVES
        if p.hukou[head] == 1:
            hazard = leave[0]
            stay = quarter - p.arrival_quarter[head]
            hazard *= leave[2] if stay < 8 else (leave[3] if stay >= 24 else 1.0)
            if p.activity[head] == UNEMPLOYED:
                hazard *= leave[4]
            elif p.activity[head] == EMPLOYED and h.rent_cny_month[home] > 0.0:
                wage = p.wage_cny_month[head] * wages[p.education[head], p.hukou[head]]
                burden = h.rent_cny_month[home] / wage
                hazard *= 1.0 + leave[5] * min(max(burden - 0.3, 0.0), 1.0)
        else:
            hazard = leave[1] * age_factor[age]
        if draws[1, home - first] < hazard:
            event[home] |= LEAVES


@borrowing
def forced_rank(start, stop, _block, rows, h, seed, quarter, cell, u):
    """Give each candidate its cell (zone x 13 + class) and its keyed rank among those an order may reach."""
    for n in range(start, stop):
        home = rows[n]
        cell[n] = h.zone[home] * 13 + h.dwelling_class[home]
        u[n] = uniform(seed, STREAM_FORCED, h.draw_key[home], quarter, 0)


@borrowing
def describe(start, stop, _block, rows, p, h, wages, pension, minutes, quarter, out):
    """Describe households in `out` (12, n); `wages` (6, 2) are levels over 2010 by schooling and hukou.

    Rows: income, workers, children, 15-64, 65+, hukou of the head, commute sum, work zone of the highest
    earner, age of the head, education of the head, own persons, arrival quarter of the head.
    """
    for n in range(start, stop):
        home = rows[n]
        zone = h.zone[home]
        income = 0.0
        workers = 0
        children = 0
        adults = 0
        old = 0
        commute = 0.0
        best = -1.0
        work = -1
        head = h.first_member[home]
        j = head
        while j >= 0:
            age = (quarter - p.birth_quarter[j]) // 4
            if age < 15:
                children += 1
            elif age < 65:
                adults += 1
            else:
                old += 1
            if p.role[j] == 0:
                head = j
            if p.activity[j] == EMPLOYED:
                wage = p.wage_cny_month[j] * wages[p.education[j], p.hukou[j]]
                income += wage
                workers += 1
                commute += minutes[zone, p.work_zone[j]]
                if wage > best:
                    best = wage
                    work = p.work_zone[j]
            elif p.activity[j] == RETIRED:
                income += pension[p.hukou[j]]
            j = p.next_member[j]
        out[0, n] = income
        out[1, n] = workers
        out[2, n] = children
        out[3, n] = adults
        out[4, n] = old
        out[5, n] = p.hukou[head]
        out[6, n] = commute
        out[7, n] = work
        out[8, n] = (quarter - p.birth_quarter[head]) // 4
        out[9, n] = p.education[head]
        out[10, n] = h.n_persons[home]
        out[11, n] = p.arrival_quarter[head]


@borrowing
def commutes(start, stop, _block, rows, p, h, minutes, out):
    """Sum the commutes of households as they live now, as `describe` does."""
    for n in range(start, stop):
        home = rows[n]
        zone = h.zone[home]
        commute = 0.0
        j = h.first_member[home]
        while j >= 0:
            if p.activity[j] == EMPLOYED:
                commute += minutes[zone, p.work_zone[j]]
            j = p.next_member[j]
        out[n] = commute


@borrowing
def size_terms(vacancy, size_power, size):
    """Fill `size` (343, 13), what a class weighs by its free places: vacancy^size_power, 0 where full."""
    for z in range(vacancy.shape[0]):
        for k in range(vacancy.shape[1]):
            size[z, k] = vacancy[z, k] ** size_power if vacancy[z, k] > 0 else 0.0


@borrowing
def attraction(size, value, zone_value, out, inclusive):
    """Fill the weight of each zone for each segment.

    The weight is exp(zone value) times the sum over classes of size x value.
    `value` (segments, 343, 13) is exp(utility) of a class in a zone, zero where the segment may not live
    there; `out` (segments, 343), `inclusive` (segments,) its sum over zones.
    """
    n_zones, n_classes = size.shape
    for s in range(value.shape[0]):
        total = 0.0
        for z in range(n_zones):
            weight = 0.0
            for k in range(n_classes):
                weight += size[z, k] * value[s, z, k]
            weight *= zone_value[z]
            out[s, z] = weight
            total += weight
        inclusive[s] = total


@nb.njit(cache=True, nogil=True)
def choose(start, stop, _block, seekers, active, weights, inverse, value, size, seed, quarter, zone, kind):
    """Let each active household choose a zone and then a class of dwelling in it.

    `weights.reach` weighs home zones (last axis) by travel to the work zone; travel is as long there as back,
    so a row is read and not a column. `size` (343, 13) is the weight of a class by free places. The error of
    a zone is keyed (household, quarter, zone), so a choice changes only when a weight does.
    """
    words = np.zeros((BATCH, race_size(weights.attraction.shape[1])), dtype=np.uint32)
    bound = np.empty(words.shape, dtype=np.float32)
    room = Room(words, bound, bound.view(np.int32), np.empty(BATCH, np.int64))
    _choose(start, stop, seekers, active, weights, inverse, value, size, seed, quarter, zone, kind, room)


@borrowing
def _choose(start, stop, seekers, active, weights, inverse, value, size, seed, quarter, zone, kind, room):
    """Choose as `choose` says, in batches."""
    n_batch = 0
    for n in range(start, stop):
        if active[n]:
            room.batch[n_batch] = n
            n_batch += 1
        if n_batch == room.batch.size or n == stop - 1:
            rows = room.batch[:n_batch]
            bound_batch(rows, seekers, inverse, seed, quarter, room)
            win_batch(rows, seekers, weights, room, zone)
            for n_chosen in rows:
                z = zone[n_chosen]
                kind[n_chosen] = NO_PLACE
                if z >= 0:
                    values = value[seekers.segment[n_chosen], z]
                    kind[n_chosen] = choose_class(seed, seekers.key[n_chosen], quarter, z, values, size[z])
            n_batch = 0


@borrowing
def ration(order, active, zone, kind, vacancy):
    """Give places in queue order; who gets one is no longer active. Returns how many are left without."""
    left = 0
    for n in order:
        if not active[n]:
            continue
        if zone[n] >= 0 and kind[n] >= 0 and vacancy[zone[n], kind[n]] > 0:
            vacancy[zone[n], kind[n]] -= 1
            active[n] = False
        else:
            left += 1
    return left


@borrowing
def move_in(rows, zone, kind, tenure_of, h, occupied, rent, floor_area, rent_share, quarter):
    """Move households into the places they were given: occupancy, tenure and rent change."""
    for n in range(rows.size):
        home = rows[n]
        if h.dwelling_class[home] >= 0:
            occupied[h.zone[home], h.dwelling_class[home]] -= 1
        z = zone[n]
        k = kind[n]
        h.zone[home] = z
        h.dwelling_class[home] = k
        h.tenure[home] = tenure_of[k]
        h.rent_cny_month[home] = rent[z, k] * floor_area[z, k] * rent_share[k]
        h.moved_quarter[home] = quarter
        h.organisation_id[home] = -1
        h.sharing_cause[home] = -1
        occupied[z, k] += 1


@borrowing
def put_out(rows, cause, h, occupied):
    """Take households out of their dwellings: they share with others in their zone until they find one."""
    for n in range(rows.size):
        home = rows[n]
        if h.dwelling_class[home] >= 0:
            occupied[h.zone[home], h.dwelling_class[home]] -= 1
        h.dwelling_class[home] = -1
        h.sharing_cause[home] = cause[n]


@borrowing
def leave_city(rows, keeps_job, p, h, occupied, filled, organisation_filled, outside, counts):
    """Take households over the city line; who keeps the job commutes in from outside.

    `counts` (343, 3) receives persons who left by zone: all, children, non-locals.
    """
    for n in range(rows.size):
        home = rows[n]
        zone = h.zone[home]
        if h.dwelling_class[home] >= 0:
            occupied[zone, h.dwelling_class[home]] -= 1
        j = h.first_member[home]
        while j >= 0:
            after = p.next_member[j]
            counts[zone, 0] += 1
            if p.hukou[j] == 1:
                counts[zone, 2] += 1
            if p.activity[j] == EMPLOYED:
                if p.employer_id[j] >= 0:
                    organisation_filled[p.employer_id[j]] -= 1
                else:
                    filled[p.work_zone[j], p.sector[j]] -= 1
                    if keeps_job[n]:
                        outside[p.work_zone[j], p.sector[j]] += 1
            p.household_id[j] = -1
            p.next_member[j] = -1
            j = after
        h.first_member[home] = -1
        h.n_persons[home] = 0
        h.dwelling_class[home] = -1
        h.sharing_cause[home] = -1
