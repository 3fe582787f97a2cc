"""Decide and carry out deaths, births, schooling, retirement, unions, separations and gains of hukou."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.links import found_household, link, quit_job, settle, unlink
from sim.kernels.philox import CHUNK, derive_key, fill4, fill_uniform, uniform

MAX_AGE = 110
DEATH, BIRTH, LEAVE_HOME, UNION, SEPARATE = 1, 2, 4, 8, 16
GAIN_HUKOU, GRADUATE, RETIRE, START_WORK, START_STUDY = 32, 64, 128, 256, 512
STREAM_DEATH_BIRTH, STREAM_FAMILY, STREAM_SCHOOL, STREAM_HUKOU, STREAM_MATCH = 1, 2, 3, 4, 26
MALE, FEMALE = 0, 1
CHILD, PUPIL, STUDENT, EMPLOYED, UNEMPLOYED, RETIRED, INACTIVE = 0, 1, 2, 3, 4, 5, 6
NEVER, MARRIED, DIVORCED, WIDOWED = 0, 1, 2, 3
ROLE_HEAD, ROLE_SPOUSE, ROLE_CHILD, ROLE_OTHER = 0, 1, 2, 4
MOST_FLATMATES = 3
JUNIOR_SECONDARY, SENIOR_SECONDARY, BACHELOR = 2, 3, 5
CAUSE_FORMATION, CAUSE_SEPARATION, CAUSE_UNION, CAUSE_GRADUATION = 1, 11, 10, 12
NOBODY = -32768


@nb.njit(cache=True, nogil=True)
def decide(start, stop, _block, p, rates, seed, quarter, event):
    """Mark in `event` (u2, one bit a kind) what happens to each resident this quarter.

    `rates` is a named tuple of quarterly probabilities: death (2, 111), birth (2, 111) of married women by
    hukou, union (2, 111), leave_home (111,), retire (2, 111), separation, gain_hukou (6,) by education,
    hukou_wait (quarters), and of the schooling term: school_term (0 or 1), start_work (111,) and start_study
    (2, 111) by hukou, graduate (111,).
    """
    draws = np.empty((4, CHUNK))
    rows = np.empty((2, CHUNK), dtype=np.int64)
    keys = np.empty(CHUNK, dtype=np.uint64)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        fill4(seed, STREAM_DEATH_BIRTH, p.draw_key[first:last], quarter, 0, draws)
        n_waiting, n_learning = _decide_by_age(first, last, p, rates, quarter, draws, rows, event)
        _decide_hukou(rows[0, :n_waiting], p, rates, seed, quarter, keys, draws[0], event)
        if rates.school_term > 0:
            _decide_school(rows[1, :n_learning], p, rates, seed, quarter, keys, draws[0], event)


@borrowing
def _decide_by_age(first, last, p, rates, quarter, draws, rows, event):
    """Mark deaths, births, unions, separations, leaving home and retirement of a chunk of residents.

    List in rows[0] who may gain hukou and in rows[1] who is at school, and return how many each. Conditions
    are added up instead of asked: nobody's life can be guessed, and wrong guesses cost more than sums. Rows
    are counted from the chunk's first and codes kept from being negative, so that no index can be one and the
    first loop is vector code.
    """
    household_id, birth_quarter = p.household_id[first:last], p.birth_quarter[first:last]
    sexes, activities, maritals = p.sex[first:last], p.activity[first:last], p.marital[first:last]
    roles, marks, hukou = p.role[first:last], event[first:last], p.hukou[first:last]
    for n in range(marks.size):
        age = min(max((quarter - birth_quarter[n]) >> 2, 0), MAX_AGE)
        sex = sexes[n] & 1
        activity = activities[n]
        married = maritals[n] == MARRIED
        u_leave = draws[3, n]
        there = household_id[n] >= 0
        dies = there & (draws[0, n] < rates.death[sex, age])
        lives = there & (not dies)
        parts = rates.separation if sex == MALE else 0.0
        joins = rates.union[sex, age]
        changes_state = draws[2, n] < (parts if married else joins)
        bears = married & (sex == FEMALE) & (draws[1, n] < rates.birth[hukou[n] & 1, age])
        at_work = activity == EMPLOYED
        leaves = at_work & (roles[n] == ROLE_CHILD) & (u_leave < rates.leave_home[age])
        works_or_seeks = at_work | (activity == UNEMPLOYED)
        retires = works_or_seeks & (age >= 50) & (u_leave < rates.retire[sex, age])
        bits = BIRTH * bears + (SEPARATE if married else UNION) * changes_state
        bits += LEAVE_HOME * leaves + RETIRE * retires
        marks[n] = bits * lives + DEATH * dies
    return _list_waiting_and_learning(first, last, p, rates.hukou_wait, quarter, rows, marks)


@borrowing
def _list_waiting_and_learning(first, last, p, hukou_wait, quarter, rows, marks):
    """List who of a chunk may gain hukou and who is at school; let children who are 16 be pupils."""
    household_id, birth_quarter = p.household_id[first:last], p.birth_quarter[first:last]
    activities, hukou, arrival = p.activity[first:last], p.hukou[first:last], p.arrival_quarter[first:last]
    education = p.education[first:last]
    n_waiting = 0
    n_learning = 0
    for n in range(marks.size):
        quarters = quarter - birth_quarter[n]
        activity = activities[n]
        lives = (household_id[n] >= 0) & ((marks[n] & DEATH) == 0)
        if (activity == CHILD) & (quarters >= 64) & lives:
            activities[n] = PUPIL
            education[n] = max(education[n], JUNIOR_SECONDARY)
        rows[1, n_learning] = first + n
        n_learning += lives & ((activity == PUPIL) | (activity == STUDENT))
        rows[0, n_waiting] = first + n
        n_waiting += lives & (hukou[n] == 1) & (quarters >= 72) & (quarter - arrival[n] >= hukou_wait)
    return n_waiting, n_learning


@borrowing
def _decide_hukou(rows, p, rates, seed, quarter, keys, u, event):
    """Mark who of `rows` gains hukou; the draws are made in a loop of their own, which is vector code."""
    for n in range(rows.size):
        keys[n] = p.draw_key[rows[n]]
    fill_uniform(seed, STREAM_HUKOU, keys[: rows.size], quarter, 0, u)
    for n in range(rows.size):
        if u[n] < rates.gain_hukou[p.education[rows[n]]]:
            event[rows[n]] |= GAIN_HUKOU


@borrowing
def _decide_school(rows, p, rates, seed, quarter, keys, u, event):
    """Mark who of the pupils and students in `rows` graduates, goes to a campus or starts to work."""
    for n in range(rows.size):
        keys[n] = p.draw_key[rows[n]]
    fill_uniform(seed, STREAM_SCHOOL, keys[: rows.size], quarter, 0, u)
    for n in range(rows.size):
        i = rows[n]
        age = min((quarter - p.birth_quarter[i]) // 4, MAX_AGE)
        study = rates.start_study[p.hukou[i], age]
        if p.activity[i] == STUDENT:
            if u[n] < rates.graduate[age]:
                event[i] |= GRADUATE
        elif u[n] < study:
            event[i] |= START_STUDY
        elif u[n] < study + rates.start_work[age]:
            event[i] |= START_WORK


@borrowing
def count_waiting(start, stop, block, p, quarter, wait, out):
    """Count by education, into out[block] (6,), non-local adults who stayed `wait` quarters, not students."""
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        _count_chunk(
            p.household_id[first:last],
            p.hukou[first:last],
            p.activity[first:last],
            p.arrival_quarter[first:last],
            p.birth_quarter[first:last],
            p.education[first:last],
            quarter,
            wait,
            out[block],
        )


@borrowing
def _count_chunk(household_id, hukou, activity, arrival, birth_quarter, education, quarter, wait, out):
    """Count a chunk as `count_waiting` says, six counts of ten bits each in one word, in vector code."""
    total = np.int64(0)
    for n in range(hukou.size):
        waits = (household_id[n] >= 0) & (hukou[n] != 0) & (activity[n] != STUDENT)
        waits &= (quarter - arrival[n] >= wait) & (quarter - birth_quarter[n] >= 72)
        level = np.int64(education[n]) & 7
        total += np.int64(waits) << (level * 10)
    for row in range(out.size):
        out[row] += (total >> (row * 10)) & 1023


@nb.njit(inline="always")
def _widow(p, h, home):
    """Make the remaining partner of a household widowed."""
    j = h.first_member[home]
    while j >= 0:
        if p.marital[j] == MARRIED and (p.role[j] == ROLE_HEAD or p.role[j] == ROLE_SPOUSE):
            p.marital[j] = WIDOWED
            return
        j = p.next_member[j]


@borrowing
def apply_deaths(rows, p, h, occupied, filled, organisation_filled, deaths):
    """Take the dead out of their households and jobs; count them by zone in `deaths` (f8)."""
    for i in rows:
        quit_job(p, i, filled, organisation_filled)
        partner = p.marital[i] == MARRIED and p.role[i] <= ROLE_SPOUSE
        home = unlink(p, h, i)
        deaths[h.zone[home]] += 1
        if partner:
            _widow(p, h, home)
        settle(p, h, home, occupied)


@borrowing
def apply_births(rows, first, p, h, seed, quarter, male_share, births):
    """Add a child to each mother's household, from row `first` on; hukou follows either parent."""
    for n in range(rows.size):
        mother = rows[n]
        home = p.household_id[mother]
        i = first + n
        p.draw_key[i] = derive_key(p.draw_key[mother], 1, quarter)
        p.birth_quarter[i] = quarter
        p.sex[i] = (
            MALE if uniform(seed, STREAM_DEATH_BIRTH, p.draw_key[i], quarter, 1) < male_share else FEMALE
        )
        local = p.hukou[mother] == 0
        j = h.first_member[home]
        while j >= 0:
            if p.role[j] <= ROLE_SPOUSE and p.marital[j] == MARRIED and p.hukou[j] == 0:
                local = True
            j = p.next_member[j]
        p.hukou[i] = 0 if local else 1
        p.education[i] = 0
        p.marital[i] = NEVER
        p.role[i] = ROLE_CHILD
        p.activity[i] = CHILD
        p.sector[i] = -1
        p.work_zone[i] = -1
        p.employer_id[i] = -1
        p.wage_cny_month[i] = 0.0
        p.arrival_quarter[i] = NOBODY if local else quarter
        p.order_loss_quarter[i] = NOBODY
        link(p, h, i, home)
        births[h.zone[home]] += 1


@borrowing
def apply_life_course(
    rows,
    event,
    p,
    h,
    next_home,
    filled,
    organisation_filled,
    occupied,
    quarter,
    hukou_gained,
    hukou_lost,
    rates,
    seed,
):
    """Carry out hukou gain, retirement, first jobs, graduation, leaving home; return the next home row.

    Who leaves home or graduates founds a household that shares until it finds a dwelling; graduates of one
    room take it together.
    """
    last_room = -1
    shared = -1
    for i in rows:
        bits = event[i]
        home = p.household_id[i]
        zone = h.zone[home]
        if bits & GAIN_HUKOU and p.hukou[i] == 1:
            p.hukou[i] = 0
            hukou_gained[zone] += 1
        if bits & RETIRE:
            quit_job(p, i, filled, organisation_filled)
            p.activity[i] = RETIRED
            p.sector[i] = -1
        if bits & START_WORK:
            p.activity[i] = UNEMPLOYED
            p.education[i] = max(p.education[i], SENIOR_SECONDARY)
        if bits & GRADUATE:
            p.activity[i] = UNEMPLOYED
            p.education[i] = BACHELOR
            p.employer_id[i] = -1
            u = uniform(seed, STREAM_HUKOU, p.draw_key[i], quarter, 1)
            if p.hukou[i] == 0 and p.arrival_quarter[i] != NOBODY and u >= rates.graduate_keeps_hukou:
                p.hukou[i] = 1
                hukou_lost[zone] += 1
            if h.kind[home] == 1:
                unlink(p, h, i)
                settle(p, h, home, occupied)
                if home == last_room and h.n_persons[shared] < MOST_FLATMATES:
                    link(p, h, i, shared)
                    p.role[i] = ROLE_OTHER
                else:
                    found_household(p, h, i, next_home, zone, 0, CAUSE_GRADUATION, quarter)
                    last_room = home
                    shared = next_home
                    next_home += 1
        elif bits & LEAVE_HOME and h.n_persons[home] > 1 and p.role[i] == ROLE_CHILD:
            unlink(p, h, i)
            settle(p, h, home, occupied)
            found_household(p, h, i, next_home, zone, 0, CAUSE_FORMATION, quarter)
            next_home += 1
    return next_home


@nb.njit(inline="always")
def _heads_family(p, h, i):
    """Say whether a resident heads a family household without flatmates."""
    home = p.household_id[i]
    if p.role[i] != ROLE_HEAD or h.kind[home] != 0:
        return False
    j = h.first_member[home]
    while j >= 0:
        if p.role[j] == ROLE_OTHER:
            return False
        j = p.next_member[j]
    return True


@borrowing
def apply_unions(men, women, p, h, next_home, occupied, quarter, moved_in, moved_out):
    """Marry each pair; they live with who heads a family household, else found one that shares."""
    for n in range(men.size):
        man = men[n]
        woman = women[n]
        if p.household_id[man] == p.household_id[woman]:
            continue
        p.marital[man] = MARRIED
        p.marital[woman] = MARRIED
        man_heads = _heads_family(p, h, man)
        woman_heads = _heads_family(p, h, woman)
        if man_heads or woman_heads:
            host = man if man_heads else woman
            guest = woman if man_heads else man
            home = p.household_id[host]
            old = p.household_id[guest]
            if man_heads and woman_heads:
                moved_out[h.zone[old]] += h.n_persons[old]
                moved_in[h.zone[home]] += h.n_persons[old]
                j = h.first_member[old]
                while j >= 0:
                    after = p.next_member[j]
                    unlink(p, h, j)
                    link(p, h, j, home)
                    if p.role[j] == ROLE_HEAD:
                        p.role[j] = ROLE_SPOUSE
                    j = after
            else:
                moved_out[h.zone[old]] += 1
                moved_in[h.zone[home]] += 1
                unlink(p, h, guest)
                link(p, h, guest, home)
                p.role[guest] = ROLE_SPOUSE
            settle(p, h, old, occupied)
        else:
            zone = h.zone[p.household_id[man]]
            for partner in (man, woman):
                old = unlink(p, h, partner)
                moved_out[h.zone[old]] += 1
                moved_in[zone] += 1
                settle(p, h, old, occupied)
            found_household(p, h, man, next_home, zone, 0, CAUSE_UNION, quarter)
            link(p, h, woman, next_home)
            p.role[woman] = ROLE_SPOUSE
            next_home += 1
    return next_home


@borrowing
def apply_separations(rows, p, h, next_home, occupied, quarter):
    """Separate couples: the husband founds a household that shares until housed; children stay."""
    for i in rows:
        home = p.household_id[i]
        partner = -1
        j = h.first_member[home]
        while j >= 0:
            if j != i and p.marital[j] == MARRIED and p.role[j] <= ROLE_SPOUSE and p.role[i] <= ROLE_SPOUSE:
                partner = j
            j = p.next_member[j]
        if partner < 0:
            continue
        p.marital[i] = DIVORCED
        p.marital[partner] = DIVORCED
        zone = h.zone[home]
        unlink(p, h, i)
        settle(p, h, home, occupied)
        found_household(p, h, i, next_home, zone, 0, CAUSE_SEPARATION, quarter)
        next_home += 1
    return next_home


@borrowing
def pair_features(rows, p, h, district, seed, quarter, group, rank, u):
    """Give each candidate for a union a group (district, hukou), a rank (age, education), a keyed uniform."""
    for n in range(rows.size):
        i = rows[n]
        group[n] = district[h.zone[p.household_id[i]]] * 2 + p.hukou[i]
        age = np.float64(quarter - p.birth_quarter[i])
        u[n] = uniform(seed, STREAM_MATCH, p.draw_key[i], quarter, 0)
        rank[n] = age + 4.0 * p.education[i] + 12.0 * u[n]
