"""Bring new households over the city line, copied from donors who came shortly before the census."""

from sim.kernels.compiled import borrowing
from sim.kernels.links import link
from sim.kernels.philox import derive_key, uniform4
from sim.kernels.pick import pick, pick_between

STREAM_ARRIVAL = 10
EMPLOYED, UNEMPLOYED = 3, 4
CAUSE_ARRIVAL = 2


@borrowing
def copy_donors(rows, p, h, start, members):
    """Copy the people of donor households into `members` (m, 6), `start` (n + 1,); return how many.

    Called with `members` empty it only counts.
    """
    n_members = 0
    for n in range(rows.size):
        start[n] = n_members
        i = h.first_member[rows[n]]
        first = True
        while i >= 0:
            if members.shape[0] > 0:
                members[n_members, 0] = -p.birth_quarter[i]
                members[n_members, 1] = p.sex[i]
                members[n_members, 2] = p.education[i]
                members[n_members, 3] = p.marital[i]
                members[n_members, 4] = 0 if first else p.role[i]
                members[n_members, 5] = p.activity[i]
            n_members += 1
            first = False
            i = p.next_member[i]
    start[rows.size] = n_members
    return n_members


@borrowing
def choose_donors(sector, sequence, donor_start, donor_list, donor_weight, seed, quarter, donor, key):
    """Give each arriving household a key by cohort (sector, quarter, sequence) and a donor of its sector.

    `donor_weight` is the running sum of the donors' weights in the order of `donor_list`, over all sectors.
    """
    for n in range(sector.size):
        s = sector[n]
        key[n] = derive_key((s + 1) * 65536 + quarter, 5, sequence[n])
        u, _, _, _ = uniform4(seed, STREAM_ARRIVAL, key[n], quarter, 0)
        donor[n] = donor_list[pick_between(donor_weight, donor_start[s], donor_start[s + 1] - 1, u)]


@borrowing
def bring(
    sector,
    donor,
    key,
    member_start,
    members,
    donor_kind,
    first_home,
    first_resident,
    p,
    h,
    gateway,
    place,
    free_jobs,
    filled,
    seed,
    quarter,
    arrived,
):
    """Write the arriving households; the head starts in a free job of the sector if there is one.

    `member_start` and `members` (m, 6) list the donors' people: quarters of age, sex, education, marital,
    role, activity; `donor_kind` their households' kind. `gateway` (343,) is the cumulative draw of the zone
    where newcomers first stay; `place` (20, 343) that of free jobs by sector. Returns the next free resident
    row.
    """
    i = first_resident
    for n in range(sector.size):
        home = first_home + n
        d = donor[n]
        s = sector[n]
        _, u_zone, u_work, _ = uniform4(seed, STREAM_ARRIVAL, key[n], quarter, 0)
        zone = pick(gateway, u_zone)
        h.draw_key[home] = key[n]
        h.first_member[home] = -1
        h.n_persons[home] = 0
        h.zone[home] = zone
        h.dwelling_class[home] = -1
        h.tenure[home] = 2
        h.kind[home] = donor_kind[d]
        h.authority[home] = 0
        h.moved_quarter[home] = quarter
        h.rent_cny_month[home] = 0.0
        h.organisation_id[home] = -1
        h.sharing_cause[home] = CAUSE_ARRIVAL
        h.order_loss_quarter[home] = -32768
        for m in range(member_start[d], member_start[d + 1]):
            p.draw_key[i] = key[n] if m == member_start[d] else derive_key(key[n], 6, m - member_start[d])
            p.birth_quarter[i] = quarter - members[m, 0]
            p.sex[i] = members[m, 1]
            p.hukou[i] = 1
            p.education[i] = members[m, 2]
            p.marital[i] = members[m, 3]
            p.role[i] = members[m, 4]
            p.sector[i] = -1
            p.work_zone[i] = -1
            p.employer_id[i] = -1
            p.wage_cny_month[i] = 0.0
            p.arrival_quarter[i] = quarter
            p.order_loss_quarter[i] = -32768
            p.activity[i] = members[m, 5]
            if members[m, 5] == EMPLOYED:
                p.activity[i] = UNEMPLOYED
                p.sector[i] = s
                if m == member_start[d] and place[s, place.shape[1] - 1] > 0.0:
                    work = pick(place[s], u_work)
                    if free_jobs[work, s] > 0:
                        free_jobs[work, s] -= 1
                        filled[work, s] += 1
                        p.activity[i] = EMPLOYED
                        p.work_zone[i] = work
            link(p, h, i, home)
            arrived[zone] += 1
            i += 1
    return i
