"""Decide whom deaths, births, schooling, retirement, unions, separations and gains of hukou befall."""

from collections import namedtuple

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.events import list_flagged
from sim.kernels.philox import CHUNK, fill4, fill_uniform

MAX_AGE = 110
OLD, RETIRE_FROM = 60, 50  # ages from which dying is likelier; from which people retire
DEATH, BIRTH, LEAVE_HOME, UNION, SEPARATE = 1, 2, 4, 8, 16
GAIN_HUKOU, GRADUATE, RETIRE, START_WORK, START_STUDY = 32, 64, 128, 256, 512
STREAM_DEATH_BIRTH, STREAM_SCHOOL, STREAM_HUKOU = 1, 3, 4
MALE, FEMALE = 0, 1
CHILD, PUPIL, STUDENT, EMPLOYED, UNEMPLOYED = 0, 1, 2, 3, 4
MARRIED = 1
ROLE_CHILD = 2
JUNIOR_SECONDARY = 2

Most = namedtuple("Most", "dies_young dies bears changes leaves retires")
"""The highest probabilities at any age: to die below `OLD`, to die at all, to bear a child, to marry or
part, to leave the parents, to retire."""


@nb.njit(cache=True, nogil=True)
def decide(start, stop, _block, p, rates, seed, quarter, event):
    """Mark in `event` (u2, one bit a kind) what happens to each resident this quarter.

    `rates` is a named tuple of quarterly probabilities: death (2, 111), birth (2, 111) of married women by
    hukou, union (2, 111), leave_home (111,), retire (2, 111), separation, gain_hukou (6,) by education,
    hukou_wait (quarters), and of the schooling term: school_term (0 or 1), start_work (111,) and start_study
    (2, 111) by hukou, graduate (111,).
    """
    draws = np.empty((4, CHUNK))
    flags = np.empty((2, CHUNK), dtype=np.uint8)
    rows = np.empty(CHUNK, dtype=np.int64)
    keys = np.empty(CHUNK, dtype=np.uint64)
    most = _most(rates)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        fill4(seed, STREAM_DEATH_BIRTH, p.draw_key[first:last], quarter, 0, draws)
        _flag_touched(first, last, p, most, quarter, draws, flags[0])
        n = list_flagged(first, flags[0, : last - first], rows)
        _decide_by_age(first, rows[:n], p, rates, quarter, draws, event)
        _flag_waiting_and_learning(first, last, p, rates.hukou_wait, quarter, flags, event[first:last])
        n = list_flagged(first, flags[0, : last - first], rows)
        _decide_hukou(rows[:n], p, rates, seed, quarter, keys, draws[0], event)
        if rates.school_term > 0:
            n = list_flagged(first, flags[1, : last - first], rows)
            _decide_school(rows[:n], p, rates, seed, quarter, keys, draws[0], event)


@borrowing
def _most(rates):
    """Return the highest probability of each kind at any age."""
    young, old, bears, changes, leaves, retires = 0.0, 0.0, 0.0, rates.separation, 0.0, 0.0
    for age in range(MAX_AGE + 1):
        dies = max(rates.death[MALE, age], rates.death[FEMALE, age])
        old = max(old, dies)
        young = max(young, dies if age < OLD else 0.0)
        bears = max(bears, rates.birth[0, age], rates.birth[1, age])
        changes = max(changes, rates.union[MALE, age], rates.union[FEMALE, age])
        leaves = max(leaves, rates.leave_home[age])
        retires = max(retires, rates.retire[MALE, age], rates.retire[FEMALE, age])
    return Most(young, old, bears, changes, leaves, retires)


@borrowing
def _flag_touched(first, last, p, most, quarter, draws, flags):
    """Flag whose draw of a chunk lies below the highest probability of anything.

    Only for these few, age and state are looked at.
    """
    birth_quarter, activities = p.birth_quarter[first:last], p.activity[first:last]
    old, elderly = quarter - 4 * RETIRE_FROM, quarter - 4 * OLD
    for n in range(birth_quarter.size):
        touched = (draws[1, n] < most.bears) | (draws[2, n] < most.changes) | (draws[3, n] < most.leaves)
        touched |= draws[0, n] < most.dies_young
        touched |= (birth_quarter[n] <= elderly) & (draws[0, n] < most.dies)
        flags[n] = touched
    for n in range(birth_quarter.size):
        works_or_seeks = (activities[n] == EMPLOYED) | (activities[n] == UNEMPLOYED)
        flags[n] |= works_or_seeks & (birth_quarter[n] <= old) & (draws[3, n] < most.retires)


@borrowing
def _decide_by_age(first, rows, p, rates, quarter, draws, event):
    """Mark deaths, births, unions, separations, leaving home and retirement of `rows` of a chunk."""
    for i in rows:
        n = i - first
        if p.household_id[i] < 0:
            continue
        age = min(max((quarter - p.birth_quarter[i]) >> 2, 0), MAX_AGE)
        sex = p.sex[i] & 1
        if draws[0, n] < rates.death[sex, age]:
            event[i] = DEATH
            continue
        activity = p.activity[i]
        married = p.marital[i] == MARRIED
        u_leave = draws[3, n]
        parts = rates.separation if sex == MALE else 0.0
        joins = rates.union[sex, age]
        changes_state = draws[2, n] < (parts if married else joins)
        bears = married & (sex == FEMALE) & (draws[1, n] < rates.birth[p.hukou[i] & 1, age])
        at_work = activity == EMPLOYED
        leaves = at_work & (p.role[i] == ROLE_CHILD) & (u_leave < rates.leave_home[age])
        works_or_seeks = at_work | (activity == UNEMPLOYED)
        retires = works_or_seeks & (age >= RETIRE_FROM) & (u_leave < rates.retire[sex, age])
        bits = BIRTH * bears + (SEPARATE if married else UNION) * changes_state
        event[i] = bits + LEAVE_HOME * leaves + RETIRE * retires


@borrowing
def _flag_waiting_and_learning(first, last, p, hukou_wait, quarter, flags, marks):
    """Flag in flags[0] who may gain hukou, in flags[1] who learns; let children who are 16 be pupils."""
    household_id, birth_quarter = p.household_id[first:last], p.birth_quarter[first:last]
    activities, hukou, arrival = p.activity[first:last], p.hukou[first:last], p.arrival_quarter[first:last]
    education = p.education[first:last]
    for n in range(marks.size):
        activity = activities[n]
        lives = (household_id[n] >= 0) & ((marks[n] & DEATH) == 0)
        waited = (birth_quarter[n] <= quarter - 72) & (arrival[n] <= quarter - hukou_wait)
        flags[0, n] = lives & (hukou[n] == 1) & waited
        flags[1, n] = lives & ((activity == PUPIL) | (activity == STUDENT))
    # who becomes a pupil now learns from the next quarter on
    for n in range(marks.size):
        lives = (household_id[n] >= 0) & ((marks[n] & DEATH) == 0)
        if (activities[n] == CHILD) & (birth_quarter[n] <= quarter - 64) & lives:
            activities[n] = PUPIL
            education[n] = max(education[n], JUNIOR_SECONDARY)


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
