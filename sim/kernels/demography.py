"""Carry out deaths, births, schooling, retirement, unions, separations and gains of hukou."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.links import found_household, link, quit_job, settle, unlink
from sim.kernels.philox import derive_key, uniform
from sim.kernels.vital import (
    CHILD,
    FEMALE,
    GAIN_HUKOU,
    GRADUATE,
    LEAVE_HOME,
    MALE,
    MARRIED,
    RETIRE,
    ROLE_CHILD,
    START_WORK,
    STREAM_DEATH_BIRTH,
    STREAM_HUKOU,
    UNEMPLOYED,
)

STREAM_MATCH = 26
RETIRED = 5
NEVER, DIVORCED, WIDOWED = 0, 2, 3
ROLE_HEAD, ROLE_SPOUSE, ROLE_OTHER = 0, 1, 4
MOST_FLATMATES = 3
SENIOR_SECONDARY, BACHELOR = 3, 5
CAUSE_FORMATION, CAUSE_SEPARATION, CAUSE_UNION, CAUSE_GRADUATION = 1, 11, 10, 12
NOBODY = -32768


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
    family,
    p,
    h,
    next_home,
    filled,
    organisation_filled,
    occupied,
    quarter,
    hukou_gained,
    hukou_lost,
    moved_in,
    moved_out,
    rates,
    seed,
):
    """Carry out hukou gain, retirement, first jobs, graduation, leaving home; return the next home row.

    Who leaves home or graduates founds a household that shares until it finds a dwelling; graduates of one
    room take it together. A graduate with a `family` in Beijing, the row of its household or -1, goes home.
    """
    last_room = -1
    shared = -1
    for n in range(rows.size):
        i = rows[n]
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
                if family[n] >= 0:
                    moved_out[zone] += 1
                    moved_in[h.zone[family[n]]] += 1
                    link(p, h, i, family[n])
                    p.role[i] = ROLE_CHILD
                elif home == last_room and h.n_persons[shared] < MOST_FLATMATES:
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
