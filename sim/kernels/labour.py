"""Decide who loses or leaves a job, and match those who look for one."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.events import list_flagged
from sim.kernels.links import quit_job
from sim.kernels.philox import CHUNK, fill2, fill_uniform, uniform4
from sim.kernels.pick import pick

STREAM_JOB_LOSS, STREAM_JOB_SEARCH, STREAM_WAGE = 5, 6, 9
EMPLOYED, UNEMPLOYED, INACTIVE = 3, 4, 6
RETURN_AGES = (18, 55)
N_SECTORS = 20
NO_OFFER = -2
STAFF = 1
AT_RISK, QUIT, SEEK = 1, 2, 4


@nb.njit(cache=True, nogil=True)
def mark(start, stop, _block, p, threshold, n_cells, chances, seed, quarter, event):
    """Mark in `event` who may lose the job (workplace over-full), who quits, and who already looks for one.

    `threshold` bounds the keyed uniform below which a worker can be among the lowest ranks of an over-full
    workplace, `n_cells` cells (zone x 20 + sector) and then organisations; the ranks are settled by the
    caller.
    `chances` (3,) are the quarterly probabilities that a worker quits, that who seeks work gives up, and that
    who gave up seeks again.
    """
    draws = np.empty((2, CHUNK))
    flags = np.empty((2, CHUNK), dtype=np.uint8)
    rows = np.empty(CHUNK, dtype=np.int64)
    keys = np.empty(CHUNK, dtype=np.uint64)
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        _flag_at_work_and_idle(first, last, p, quarter, flags)
        n = list_flagged(first, flags[0, : last - first], rows)
        _mark_workers(rows[:n], p, threshold, n_cells, chances[0], seed, quarter, keys, draws, event)
        n = list_flagged(first, flags[1, : last - first], rows)
        _mark_idle(rows[:n], p, chances[1], chances[2], seed, quarter, keys, draws[0], event)


@borrowing
def _flag_at_work_and_idle(first, last, p, quarter, flags):
    """Flag in flags[0] the workers of a chunk, in flags[1] the jobless who may change their mind."""
    household_id, activities = p.household_id[first:last], p.activity[first:last]
    birth_quarter = p.birth_quarter[first:last]
    eldest, youngest = quarter - 4 * RETURN_AGES[1], quarter - 4 * RETURN_AGES[0]
    for n in range(activities.size):
        lives = household_id[n] >= 0
        activity = activities[n]
        may_return = (activity == INACTIVE) & (birth_quarter[n] > eldest) & (birth_quarter[n] <= youngest)
        flags[0, n] = lives & (activity == EMPLOYED)
        flags[1, n] = lives & ((activity == UNEMPLOYED) | may_return)


@borrowing
def _mark_workers(rows, p, threshold, n_cells, quit_chance, seed, quarter, keys, draws, event):
    """Mark which of the workers in `rows` are at risk and which quit; the draws are made in vector code."""
    for n in range(rows.size):
        keys[n] = p.draw_key[rows[n]]
    fill2(seed, STREAM_JOB_LOSS, keys[: rows.size], quarter, 0, draws)
    for n in range(rows.size):
        i = rows[n]
        employer = np.int64(p.employer_id[i])
        cell = np.int64(p.work_zone[i]) * N_SECTORS + p.sector[i]
        cell = n_cells + employer if employer >= 0 else cell
        event[i] = AT_RISK * (draws[0, n] < threshold[cell]) + QUIT * (draws[1, n] < quit_chance)


@borrowing
def _mark_idle(rows, p, give_up, return_chance, seed, quarter, keys, u, event):
    """Let some of the unemployed in `rows` give up and some of the inactive look for work again."""
    for n in range(rows.size):
        keys[n] = p.draw_key[rows[n]]
    fill_uniform(seed, STREAM_JOB_LOSS, keys[: rows.size], quarter, 1, u)
    for n in range(rows.size):
        i = rows[n]
        if p.activity[i] == UNEMPLOYED:
            if u[n] < give_up:
                p.activity[i] = INACTIVE
            else:
                event[i] = SEEK
        elif u[n] < return_chance:
            p.activity[i] = UNEMPLOYED
            event[i] = SEEK


@borrowing
def mark_staff(start, stop, _block, employer_id, activity, event):
    """Mark in `event` who works for an organisation."""
    employers, activities, marks = employer_id[start:stop], activity[start:stop], event[start:stop]
    for n in range(marks.size):  # rows counted from 0 cannot be negative, so this is vector code
        marks[n] = STAFF * ((employers[n] >= 0) & (activities[n] == EMPLOYED))


@borrowing
def workplace_rank(rows, p, seed, quarter, n_cells, cell, u):
    """Give each row its workplace (organisations after `n_cells` zone-sector cells) and its keyed rank."""
    for n in range(rows.size):
        i = rows[n]
        if p.employer_id[i] >= 0:
            cell[n] = n_cells + p.employer_id[i]
        else:
            cell[n] = p.work_zone[i] * 20 + p.sector[i]
        u[n], _, _, _ = uniform4(seed, STREAM_JOB_LOSS, p.draw_key[i], quarter, 0)


@borrowing
def dismiss(rows, by_order, p, h, filled, organisation_filled, quarter, displaced_work):
    """Make `rows` unemployed; remember an order as the cause on the person and the household."""
    for n in range(rows.size):
        i = rows[n]
        quit_job(p, i, filled, organisation_filled)
        p.activity[i] = UNEMPLOYED
        if by_order[n]:
            p.order_loss_quarter[i] = quarter
            home = p.household_id[i]
            h.order_loss_quarter[home] = quarter
            displaced_work[h.zone[home]] += 1


@nb.njit(cache=True, nogil=True)
def draw_jobs(
    start,
    stop,
    _block,
    key,
    last_sector,
    education,
    hukou,
    home_zone,
    home_kind,
    affinity,
    decay,
    vacancy,
    keep_sector_prob,
    seed,
    quarter,
    attempt,
    sector,
    work,
    u_employer,
):
    """Let each seeker draw an industry and a workplace in it by a keyed uniform each; -1 where none is free.

    Shapes: key, last_sector (-1 none), education, hukou, home_zone and home_kind (n,); affinity (6, 2, 20)
    weights of industries by education and hukou; decay (4, 343, 343) from home to work by commuting group of
    the home; vacancy (343, 20) free jobs when the round began.
    """
    n_zones, n_sectors = vacancy.shape
    free = vacancy.T.astype(np.float32)
    in_city = free.sum(axis=1)
    by_sector = np.zeros(affinity.shape)
    for level in range(affinity.shape[0]):
        for group in range(affinity.shape[1]):
            total = 0.0
            for s in range(n_sectors):
                total += affinity[level, group, s] * in_city[s]
                by_sector[level, group, s] = total
    cumulative = np.empty((decay.shape[0], n_zones, n_sectors, n_zones), dtype=np.float32)
    made = np.zeros((decay.shape[0], n_zones, n_sectors), dtype=np.uint8)
    for n in range(start, stop):
        work[n] = -1
        u_sector, u_zone, u_keep, u_employer[n] = uniform4(seed, STREAM_JOB_SEARCH, key[n], quarter, attempt)
        wanted = last_sector[n]
        if wanted < 0 or u_keep >= keep_sector_prob or in_city[wanted] < 1.0:
            weights = by_sector[education[n], hukou[n]]
            if weights[n_sectors - 1] <= 0.0:
                continue
            wanted = pick(weights, u_sector)
        sector[n] = wanted
        zone = home_zone[n]
        kind = home_kind[n]
        table = cumulative[kind, zone, wanted]
        if made[kind, zone, wanted] == 0:
            running = np.float32(0.0)
            for z in range(n_zones):
                running += decay[kind, zone, z] * free[wanted, z]
                table[z] = running
            made[kind, zone, wanted] = 1
        if table[n_zones - 1] > 0.0:
            work[n] = pick(table, u_zone)


@borrowing
def describe_seekers(
    start, stop, _block, rows, p, h, kind_of_home, key, last_sector, education, hukou, zone, kind
):
    """Fill in what `draw_jobs` asks of each seeker; `kind_of_home` by class of dwelling, last who shares."""
    for n in range(start, stop):
        i = rows[n]
        home = p.household_id[i]
        key[n] = p.draw_key[i]
        last_sector[n] = p.sector[i]
        education[n] = p.education[i]
        hukou[n] = p.hukou[i]
        zone[n] = h.zone[home]
        kind[n] = kind_of_home[h.dwelling_class[home]]


@borrowing
def ration_jobs(
    order,
    sector,
    work,
    u_employer,
    vacancy,
    general_vacancy,
    organisation_vacancy,
    organisation_start,
    organisation_list,
    employer,
):
    """Give the drawn jobs away in queue order: `employer` is -1 for an ordinary business, -2 for no offer.

    The free jobs of a workplace are drawn alike, so an organisation hires in proportion to its own;
    organisations of a cell (zone x 20 + sector) are listed by organisation_start / organisation_list.
    """
    n_sectors = vacancy.shape[1]
    for n in order:
        employer[n] = NO_OFFER
        if work[n] < 0:
            continue
        z = work[n]
        s = sector[n]
        if vacancy[z, s] < 1:
            continue
        chosen = -1
        target = u_employer[n] * vacancy[z, s] - general_vacancy[z, s]
        if target >= 0.0:
            cell = z * n_sectors + s
            for k in range(organisation_start[cell], organisation_start[cell + 1]):
                target -= organisation_vacancy[organisation_list[k]]
                if organisation_vacancy[organisation_list[k]] > 0:
                    chosen = organisation_list[k]
                    if target < 0.0:
                        break
        if chosen < 0:
            if general_vacancy[z, s] < 1:
                continue
            general_vacancy[z, s] -= 1
        else:
            organisation_vacancy[chosen] -= 1
        vacancy[z, s] -= 1
        employer[n] = chosen


@borrowing
def start_jobs(start, stop, _block, rows, sector, work, employer, p, wage, wage_spread, seed):
    """Put who got an offer to work; `wage` (20, 6, 2) is the log mean by sector, education, hukou.

    The books of filled jobs are left to `book_jobs`.
    """
    for n in range(start, stop):
        if employer[n] == NO_OFFER:
            continue
        i = rows[n]
        p.activity[i] = EMPLOYED
        p.sector[i] = sector[n]
        p.work_zone[i] = work[n]
        p.employer_id[i] = employer[n]
        p.wage_cny_month[i] = draw_wage(p, i, sector[n], wage, wage_spread, seed)


@borrowing
def book_jobs(sector, work, employer, filled, organisation_filled):
    """Write the jobs that `start_jobs` filled into the books of cells (343, 20) and organisations."""
    for n in range(sector.size):
        if employer[n] >= 0:
            organisation_filled[employer[n]] += 1
        elif employer[n] != NO_OFFER:
            filled[work[n], sector[n]] += 1


@nb.njit(inline="always")
def draw_wage(p, i, sector, wage, wage_spread, seed):
    """Draw a monthly wage of 2010: lognormal about sector, education and hukou, keyed for life."""
    u1, u2, _, _ = uniform4(seed, STREAM_WAGE, p.draw_key[i], 0, 0)
    normal = np.sqrt(-2.0 * np.log(u1)) * np.cos(2.0 * np.pi * u2)
    return np.exp(wage[sector, p.education[i], p.hukou[i]] + wage_spread * normal)


@borrowing
def draw_wages(start, stop, p, wage, wage_spread, seed):
    """Draw the wages of residents in rows start to stop who came straight into a job."""
    for i in range(start, stop):
        if p.activity[i] == EMPLOYED:
            p.wage_cny_month[i] = draw_wage(p, i, p.sector[i], wage, wage_spread, seed)
