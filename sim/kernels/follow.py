"""Describe the households that are followed from the end of one year to that of another."""

from sim.kernels.compiled import borrowing

EMPLOYED, RETIRED = 3, 5
HEAD = 0
AGES = (140, 240)  # quarters: heads below 35 years, below 60, and from 60 on


@borrowing
def observe(
    start,
    stop,
    _block,
    rows,
    p,
    h,
    wages,
    wages_before,
    wage_index,
    pension,
    pension_before,
    minutes,
    quarter,
    edges,
    profile,
    housed,
    zone,
    persons,
    workers,
    income,
    income_before,
    rent,
    commute,
):
    """Fill in what each of `rows` is now; see `sim.city.panel.Panel` for the columns and their units.

    `wages` (6, 2) are levels over 2010 by schooling and hukou, `pension` (2,) pensions by hukou, and
    `wages_before`, `pension_before` those of the time that incomes are compared with. `edges` (2,), times the
    mean wage's growth since 2010, part the base year's households into thirds. The profile is
    ((hukou x 3 + third) x 4 + tenure) x 3 + age of the head.
    """
    for n in range(start, stop):
        home = rows[n]
        here = h.zone[home]
        earned = 0.0
        earned_before = 0.0
        at_work = 0
        minutes_all = 0.0
        head = h.first_member[home]
        j = head
        while j >= 0:
            if p.role[j] == HEAD:
                head = j
            if p.activity[j] == EMPLOYED:
                earned += p.wage_cny_month[j] * wages[p.education[j], p.hukou[j]]
                earned_before += p.wage_cny_month[j] * wages_before[p.education[j], p.hukou[j]]
                at_work += 1
                minutes_all += minutes[here, p.work_zone[j]]
            elif p.activity[j] == RETIRED:
                earned += pension[p.hukou[j]]
                earned_before += pension_before[p.hukou[j]]
            j = p.next_member[j]
        third = (earned > edges[0] * wage_index) + (earned > edges[1] * wage_index)
        quarters = quarter - p.birth_quarter[head]
        age = (quarters >= AGES[0]) + (quarters >= AGES[1])
        profile[n] = ((p.hukou[head] * 3 + third) * 4 + h.tenure[home]) * 3 + age
        housed[n] = h.dwelling_class[home] >= 0
        zone[n] = here
        persons[n] = h.n_persons[home]
        workers[n] = at_work
        income[n] = earned
        income_before[n] = earned_before
        rent[n] = h.rent_cny_month[home]
        commute[n] = minutes_all


@borrowing
def tell_apart(row, housed, zone, profile, h, group_of_zone, other, fate, counts):
    """Give those whom nothing befell the group of the zone they live on in, or `other` where they moved away.

    `counts` (fates, profiles, 2) receives the households and persons of them.
    """
    for n in range(row.size):
        home = row[n]
        if fate[n] != 0 or not housed[n] or h.n_persons[home] <= 0:
            continue
        fate[n] = group_of_zone[zone[n]] if h.zone[home] == zone[n] else other
        counts[fate[n], profile[n], 0] += 1.0
        counts[fate[n], profile[n], 1] += h.n_persons[home]


@borrowing
def compare(entry, fate, profile, before, now, housed, persons, now_moves, homes, others):
    """Sum up what followed households were and are, by fate and profile.

    Parameters
    ----------
    entry : (n,)
        Where each household stands among those described now, -1 where it is gone.
    before, now
        Rent, income, commute and workers, an array each; `before` has the moves of a year besides, `now` the
        income at the wages of then, and `now_moves` counts the moves of the two years since.
    homes : (fates, profiles, 13)
        Receives households, persons, rent, income, income at the wages of then, commute, workers and moves of
        those with a home of their own, each but the first two before and after.
    others : (fates, profiles, 2)
        Receives households and persons of those who share a home.
    """
    rent, income, commute, workers, moves = before
    now_rent, now_income, now_commute, now_workers, same_wages = now
    for n in range(entry.size):
        m = entry[n]
        if m < 0 or fate[n] == 0:
            continue
        f, k = fate[n], profile[n]
        if not housed[m]:
            others[f, k, 0] += 1.0
            others[f, k, 1] += persons[m]
            continue
        out = homes[f, k]
        out[0] += 1.0
        out[1] += persons[m]
        out[2] += rent[n]
        out[3] += now_rent[m]
        out[4] += income[n]
        out[5] += now_income[m]
        out[6] += same_wages[m]
        out[7] += commute[n]
        out[8] += now_commute[m]
        out[9] += workers[n]
        out[10] += now_workers[m]
        out[11] += moves[n]
        out[12] += now_moves[n] / 2.0
