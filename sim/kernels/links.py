"""Keep the members of each household as a linked list of resident rows, its head first.

`p` and `h` are the named tuples of columns of residents and households.
"""

import numba as nb

from sim.kernels.compiled import borrowing
from sim.kernels.philox import derive_key

HEAD = 0


@borrowing
def link_sorted(p, h, n_residents):
    """Link residents that are sorted by household; lists run in row order, but the head stands first."""
    for heads in (False, True):
        for i in range(n_residents - 1, -1, -1):
            home = p.household_id[i]
            if home >= 0 and (p.role[i] == HEAD) == heads:
                p.next_member[i] = h.first_member[home]
                h.first_member[home] = i


@nb.njit(inline="always")
def unlink(p, h, i):
    """Take resident `i` out of its household and return the household; its row stays, perhaps empty."""
    home = p.household_id[i]
    j = h.first_member[home]
    if j == i:
        h.first_member[home] = p.next_member[i]
    else:
        while p.next_member[j] != i:
            j = p.next_member[j]
        p.next_member[j] = p.next_member[i]
    p.next_member[i] = -1
    p.household_id[i] = -1
    h.n_persons[home] -= 1
    return home


@nb.njit(inline="always")
def link(p, h, i, home):
    """Put resident `i` at the end of a household."""
    p.next_member[i] = -1
    p.household_id[i] = home
    j = h.first_member[home]
    if j < 0:
        h.first_member[home] = i
    else:
        while p.next_member[j] >= 0:
            j = p.next_member[j]
        p.next_member[j] = i
    h.n_persons[home] += 1


@nb.njit(inline="always")
def settle(p, h, home, occupied):
    """Close a household that lost its last member, or find it a head: the eldest who is left."""
    if h.n_persons[home] == 0:
        if h.dwelling_class[home] >= 0:
            occupied[h.zone[home], h.dwelling_class[home]] -= 1
        h.first_member[home] = -1
        h.dwelling_class[home] = -1
        return
    first = h.first_member[home]
    if p.role[first] == HEAD:
        return
    eldest = first
    before = -1
    last = first
    j = p.next_member[first]
    while j >= 0:
        if p.birth_quarter[j] < p.birth_quarter[eldest]:
            eldest = j
            before = last
        last = j
        j = p.next_member[j]
    p.role[eldest] = HEAD
    if eldest != first:
        p.next_member[before] = p.next_member[eldest]
        p.next_member[eldest] = first
        h.first_member[home] = eldest


@nb.njit(inline="always")
def found_household(p, h, i, home, zone, kind, cause, quarter):
    """Open household row `home` with resident `i` as its founder, sharing until it finds a dwelling."""
    # a founder may found again, even in one quarter, while the first household goes on without him
    h.draw_key[home] = derive_key(p.draw_key[i], 8, quarter * 32 + cause)
    h.first_member[home] = -1
    h.n_persons[home] = 0
    h.zone[home] = zone
    h.dwelling_class[home] = -1
    h.tenure[home] = 3
    h.kind[home] = kind
    h.authority[home] = 0
    h.moved_quarter[home] = quarter
    h.rent_cny_month[home] = 0.0
    h.organisation_id[home] = -1
    h.sharing_cause[home] = cause
    h.order_loss_quarter[home] = -32768
    link(p, h, i, home)
    p.role[i] = HEAD


@nb.njit(inline="always")
def quit_job(p, i, filled, organisation_filled):
    """Take resident `i` off the job it holds, if any; what it does next is for the caller."""
    if p.activity[i] == 3:
        if p.employer_id[i] >= 0:
            organisation_filled[p.employer_id[i]] -= 1
        else:
            filled[p.work_zone[i], p.sector[i]] -= 1
        p.work_zone[i] = -1
        p.employer_id[i] = -1


@borrowing
def list_kept(marker, least, kept, new):
    """List in `kept` the rows whose marker is at least `least`; `new` gets each row's new number or -1."""
    n = 0
    for row in range(marker.size):
        stays = marker[row] >= least
        new[row] = n if stays else -1
        kept[n] = row
        n += stays
    return n


@borrowing
def compact(values, kept):
    """Move the values of the kept rows, ascending, to the front."""
    for n in range(kept.size):
        values[n] = values[kept[n]]


@borrowing
def remap_residents(start, stop, _block, p, new_resident, new_household):
    """Rewrite the links of packed residents: `new_*` hold the new row of each old one."""
    for i in range(start, stop):
        p.household_id[i] = new_household[p.household_id[i]]
        if p.next_member[i] >= 0:
            p.next_member[i] = new_resident[p.next_member[i]]


@borrowing
def remap_households(start, stop, _block, h, new_resident):
    """Rewrite the links of packed households."""
    for home in range(start, stop):
        if h.first_member[home] >= 0:
            h.first_member[home] = new_resident[h.first_member[home]]
