"""Decide who loses or leaves a job, and match those who look for one."""

import numba as nb
import numpy as np

from sim.kernels.links import quit_job
from sim.kernels.philox import uniform, uniform4

STREAM_JOB_LOSS, STREAM_JOB_SEARCH, STREAM_JOB_QUEUE, STREAM_JOB_EMPLOYER, STREAM_WAGE = 5, 6, 7, 8, 9
EMPLOYED, UNEMPLOYED, INACTIVE = 3, 4, 6
RETURN_AGES = (18, 55)
AT_RISK, QUIT, SEEK = 1, 2, 4


@nb.njit(cache=True, nogil=True)
def mark(start, stop, _block, p, threshold, organisation_threshold, chances, seed, quarter, event):
    """Mark in `event` who may lose the job (workplace over-full), who quits, and who already looks for one.

    `threshold` (343, 20) and `organisation_threshold` bound the keyed uniform below which a worker can be
    among the lowest ranks of an over-full workplace; the ranks themselves are settled by the caller.
    `chances` (3,) are the quarterly probabilities that a worker quits, that who seeks work gives up, and that
    who gave up seeks again.
    """
    for i in range(start, stop):
        event[i] = 0
        if p.household_id[i] < 0:
            continue
        if p.activity[i] == UNEMPLOYED:
            if uniform(seed, STREAM_JOB_LOSS, p.draw_key[i], quarter, 1) < chances[1]:
                p.activity[i] = INACTIVE
            else:
                event[i] = SEEK
        elif p.activity[i] == INACTIVE:
            age = (quarter - p.birth_quarter[i]) // 4
            of_age = RETURN_AGES[0] <= age < RETURN_AGES[1]
            if of_age and uniform(seed, STREAM_JOB_LOSS, p.draw_key[i], quarter, 1) < chances[2]:
                p.activity[i] = UNEMPLOYED
                event[i] = SEEK
        elif p.activity[i] == EMPLOYED:
            if p.employer_id[i] >= 0:
                bound = organisation_threshold[p.employer_id[i]]
            else:
                bound = threshold[p.work_zone[i], p.sector[i]]
            u_loss, u_quit, _, _ = uniform4(seed, STREAM_JOB_LOSS, p.draw_key[i], quarter, 0)
            if bound > 0.0 and u_loss < bound:
                event[i] = AT_RISK
            if u_quit < chances[0]:
                event[i] |= QUIT


@nb.njit(cache=True, nogil=True)
def workplace_rank(rows, p, seed, quarter, n_cells, cell, u):
    """Give each row its workplace (organisations after `n_cells` zone-sector cells) and its keyed rank."""
    for n in range(rows.size):
        i = rows[n]
        if p.employer_id[i] >= 0:
            cell[n] = n_cells + p.employer_id[i]
        else:
            cell[n] = p.work_zone[i] * 20 + p.sector[i]
        u[n], _, _, _ = uniform4(seed, STREAM_JOB_LOSS, p.draw_key[i], quarter, 0)


@nb.njit(cache=True, nogil=True)
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
def queue_keys(rows, p, seed, quarter, out):
    """Give each seeker a keyed place in the queue for jobs."""
    for n in range(rows.size):
        out[n] = uniform(seed, STREAM_JOB_QUEUE, p.draw_key[rows[n]], quarter, 0)


@nb.njit(inline="always")
def _pick(cumulative, u):
    """Return the first index whose cumulative weight passes u times the total, by bisection."""
    target = u * cumulative[-1]
    low = 0
    high = cumulative.size - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low


@nb.njit(cache=True, nogil=True)
def search(
    rows,
    key,
    home_zone,
    home_kind,
    p,
    affinity,
    decay,
    cumulative,
    built,
    vacancy,
    general_vacancy,
    organisation_vacancy,
    organisation_start,
    organisation_list,
    keep_sector_prob,
    seed,
    quarter,
    attempt,
    filled,
    organisation_filled,
    wage,
    wage_spread,
):
    """Match seekers in queue order; each draws a sector and then a workplace by one keyed uniform each.

    Shapes: rows, key, home_zone and home_kind (n,) in queue order; affinity (6, 20) sector weights by
    education; decay (3, 343, 343) from home to work by kind of home: formal, informal, dormitory; cumulative
    (3, 343, 20, 343) f4 with built (3, 343, 20) room for the weights that are needed; vacancy (343, 20) all
    free jobs, general_vacancy those of ordinary businesses, organisation_vacancy (n,) with organisations of a
    cell listed by organisation_start / organisation_list; wage (20, 6, 2) log mean by sector, education and
    hukou.
    Returns how many found a job.
    """
    n_zones = vacancy.shape[0]
    n_sectors = vacancy.shape[1]
    city = np.zeros(n_sectors)
    for z in range(n_zones):
        for s in range(n_sectors):
            city[s] += vacancy[z, s]
    free = vacancy.T.copy()
    by_sector = np.zeros(n_sectors)
    n_found = 0
    for n in range(rows.size):
        i = rows[n]
        u_sector, u_zone, u_keep, u_employer = uniform4(seed, STREAM_JOB_SEARCH, key[n], quarter, attempt)
        sector = p.sector[i]
        if sector < 0 or u_keep >= keep_sector_prob or city[sector] < 1:
            total = 0.0
            for s in range(n_sectors):
                total += affinity[p.education[i], s] * max(city[s], 0.0)
                by_sector[s] = total
            if total <= 0.0:
                continue
            sector = _pick(by_sector, u_sector)
        zone = home_zone[n]
        kind = home_kind[n]
        table = cumulative[kind, zone, sector]
        if built[kind, zone, sector] == 0:
            running = np.float32(0.0)
            for z in range(n_zones):
                running += decay[kind, zone, z] * free[sector, z]
                table[z] = running
            built[kind, zone, sector] = 1
        if table[n_zones - 1] <= 0.0:
            continue
        work = _pick(table, u_zone)
        if vacancy[work, sector] < 1:
            continue
        employer = -1
        target = u_employer * vacancy[work, sector] - general_vacancy[work, sector]
        if target >= 0.0:
            cell = work * n_sectors + sector
            for k in range(organisation_start[cell], organisation_start[cell + 1]):
                target -= organisation_vacancy[organisation_list[k]]
                if organisation_vacancy[organisation_list[k]] > 0:
                    employer = organisation_list[k]
                    if target < 0.0:
                        break
        if employer < 0 and general_vacancy[work, sector] < 1:
            continue
        if employer >= 0:
            organisation_vacancy[employer] -= 1
            organisation_filled[employer] += 1
        else:
            general_vacancy[work, sector] -= 1
            filled[work, sector] += 1
        vacancy[work, sector] -= 1
        city[sector] -= 1
        p.activity[i] = EMPLOYED
        p.sector[i] = sector
        p.work_zone[i] = work
        p.employer_id[i] = employer
        p.wage_cny_month[i] = draw_wage(p, i, sector, wage, wage_spread, seed)
        n_found += 1
    return n_found


@nb.njit(inline="always")
def draw_wage(p, i, sector, wage, wage_spread, seed):
    """Draw a monthly wage of 2010: lognormal about sector, education and hukou, keyed for life."""
    u1, u2, _, _ = uniform4(seed, STREAM_WAGE, p.draw_key[i], 0, 0)
    normal = np.sqrt(-2.0 * np.log(u1)) * np.cos(2.0 * np.pi * u2)
    return np.exp(wage[sector, p.education[i], p.hukou[i]] + wage_spread * normal)


@nb.njit(cache=True, nogil=True)
def count_filled(p, n_residents, filled, organisation_filled):
    """Count workers by workplace: (343, 20) in ordinary businesses and by organisation."""
    for i in range(n_residents):
        if p.household_id[i] >= 0 and p.activity[i] == EMPLOYED:
            if p.employer_id[i] >= 0:
                organisation_filled[p.employer_id[i]] += 1
            else:
                filled[p.work_zone[i], p.sector[i]] += 1


@nb.njit(cache=True, nogil=True)
def draw_wages(start, stop, p, wage, wage_spread, seed):
    """Draw the wages of residents in rows start to stop who came straight into a job."""
    for i in range(start, stop):
        if p.activity[i] == EMPLOYED:
            p.wage_cny_month[i] = draw_wage(p, i, p.sector[i], wage, wage_spread, seed)
