"""Count residents and households by zone for the record."""

from sim.kernels.compiled import borrowing

# residents, local, non-local, 0-14, 15-64, 65+, 60+, employed, unemployed, commute, wages, students, family
PEOPLE = 13


@borrowing
def tally_people(start, stop, block, p, h, minutes, quarter, out):
    """Count residents by home zone into out[block] (343, 13); commute minutes and wages are sums."""
    for i in range(start, stop):
        home = p.household_id[i]
        if home < 0:
            continue
        row = out[block, h.zone[home]]
        age = (quarter - p.birth_quarter[i]) // 4
        row[0] += 1
        row[1 + p.hukou[i]] += 1
        if age < 15:
            row[3] += 1
        elif age < 65:
            row[4] += 1
        else:
            row[5] += 1
        if age >= 60:
            row[6] += 1
        if p.activity[i] == 3:
            row[7] += 1
            row[9] += minutes[h.zone[home], p.work_zone[i]]
            row[10] += p.wage_cny_month[i]
        elif p.activity[i] == 4:
            row[8] += 1
        elif p.activity[i] == 2:
            row[11] += 1
        if h.kind[home] == 0:
            row[12] += 1


@borrowing
def tally_homes(start, stop, block, p, h, informal, wage_index, pension, out):
    """Count households by zone into out[block] (343, 8).

    Columns: households, family households, occupied, persons in informal dwellings, rented households, rent
    they pay, their income, sharing households.
    """
    for home in range(start, stop):
        if h.n_persons[home] <= 0:
            continue
        row = out[block, h.zone[home]]
        row[0] += 1
        if h.kind[home] == 0:
            row[1] += 1
        kind = h.dwelling_class[home]
        if kind < 0:
            row[7] += 1
            continue
        row[2] += 1
        if informal[kind]:
            row[3] += h.n_persons[home]
        if h.rent_cny_month[home] > 0.0 and h.kind[home] == 0:
            income = 0.0
            j = h.first_member[home]
            while j >= 0:
                if p.activity[j] == 3:
                    income += p.wage_cny_month[j] * wage_index
                elif p.activity[j] == 5:
                    income += pension[p.hukou[j]]
                j = p.next_member[j]
            if income > 0.0:
                row[4] += 1
                row[5] += h.rent_cny_month[home]
                row[6] += income


@borrowing
def recount(p, h, n_residents, n_households, persons_by_home, residents_by_zone, occupied):
    """Count from scratch what the books must say: members a household, residents a zone, places filled."""
    for i in range(n_residents):
        home = p.household_id[i]
        if home >= 0:
            persons_by_home[home] += 1
            residents_by_zone[h.zone[home]] += 1
    for home in range(n_households):
        if h.n_persons[home] > 0 and h.dwelling_class[home] >= 0:
            occupied[h.zone[home], h.dwelling_class[home]] += 1
