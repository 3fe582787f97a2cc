"""Carry out what happens to businesses: they lose premises, obey orders, close, move or open."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.philox import derive_key, fill2, fill4, uniform4
from sim.kernels.pick import pick

STREAM_BUSINESS, STREAM_BUSINESS_ENTRY, STREAM_BUSINESS_EXIT = 13, 15, 29
STAY, EXIT, LOSE_PREMISES, LOSE_STALL, RELOCATE = 0, 1, 2, 3, 4
ORDER_SHIFT, PLAIN = 3, 7
"""An event holds what happens of itself in its lower bits and, above, one plus the number of an order."""
FORMAL, WALL_OPENING, ILLEGAL, STALL = 0, 1, 2, 3
ENTRY_CAUSE, REOPENED_CAUSE = 4, 5
NEVER = 32767


@nb.njit(inline="always")
def size_of(jobs):
    """Return the class of size: below 5 jobs, below 50, or more."""
    return (jobs >= 5.0) + (jobs >= 50.0)


@nb.njit(inline="always")
def cell_of(sector, premises, licensed, jobs):
    """Return the cell of a business within its zone, as in `sim.city.trade`."""
    return ((sector * 5 + premises) * 2 + licensed) * 3 + size_of(jobs)


@nb.njit(inline="always")
def order_uniform(first, second, key):
    """Return an order's own uniform of a business from two of its uniforms and the order's key.

    One Philox draw serves all orders: its bits are mixed with each key by the finaliser of SplitMix64
    (Steele, Lea and Flood 2014), so that what one order picks says nothing about what another does.
    """
    # by way of a signed number: a processor turns a float into one in a single step
    high, low = np.uint64(np.int64(first * 4294967296.0)), np.uint64(np.int64(second * 4294967296.0))
    bits = (high << np.uint64(32)) | low
    bits ^= key
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits ^= bits >> np.uint64(31)
    return np.float64(bits >> np.uint64(11)) * 1.1102230246251565e-16


@nb.njit(inline="always")
def lifetime(prob, u):
    """Return the quarters until something of a constant quarterly chance happens."""
    return 1 + min(int(np.log(u) / np.log(1.0 - prob)), 20000)


@nb.njit(inline="always")
def _quarter(quarter, prob, u):
    return min(quarter + lifetime(prob, u), NEVER)


@nb.njit(inline="always")
def _after(quarter, log_stay, log_u):
    """Return what `_quarter` returns, from the logarithms of the chance to stay and of the uniform."""
    return min(quarter + 1 + min(int(log_u / log_stay), 20000), NEVER)


@borrowing
def draw_exits(f, n_businesses, exit_prob, move_prob, seed):
    """Draw for each business of the base year when it closes of itself and when it first thinks of moving.

    `exit_prob` (3,) is the quarterly chance to close by class of size, `move_prob` (20,) to think of moving
    by sector; markets' stalls stay as long as the market.
    """
    for i in range(n_businesses):
        if f.market_id[i] < 0:
            u, v, _, _ = uniform4(seed, STREAM_BUSINESS_EXIT, f.draw_key[i], 0, 0)
            f.exit_quarter[i] = _quarter(0, exit_prob[size_of(f.n_jobs[i])], u)
            f.move_quarter[i] = _quarter(0, move_prob[f.sector[i]], v)


@borrowing
def order_rank(rows, event, f, order_key, seed, quarter, who, draws, group, u):
    """Give each row marked by an order its group (order x 343 + zone) and its keyed rank in it.

    `who` (n,) and `draws` (2, n) are room to work in.
    """
    for n in range(rows.size):
        who[n] = f.draw_key[rows[n]]
    fill2(seed, STREAM_BUSINESS, who, quarter, 0, draws)
    for n in range(rows.size):
        i = rows[n]
        k = (event[i] >> ORDER_SHIFT) - 1
        group[n] = k * 343 + f.zone[i]
        u[n] = order_uniform(draws[0, n], draws[1, n], order_key[k])


@borrowing
def apply(
    rows,
    event,
    f,
    stock,
    organisation_stock,
    organisation_zone,
    lost_to_orders,
    left_city,
    scale,
    premises,
    premises_used,
    place,
    near,
    district,
    district_start,
    stay_shares,
    stall_shares,
    branch_shares,
    order_shares,
    stall_branch,
    jobs_followed,
    seed,
    quarter,
    exit_prob,
    exits,
    books,
):
    """Carry out what `decide` marked, wishes to move left out.

    Who lost premises or a stall takes formal premises in the district, formal premises anywhere, informal
    premises again, or closes, in `stay_shares` (4,); who lost a stall in `stall_shares` (4,): follows the
    market out of the city, takes formal premises in Beijing, goes on informally, or closes or goes online;
    where the market has a branch to go to (`stall_branch`, else -1), in `branch_shares`, following to it.
    Of those an order means, `order_shares` (n, 4) go to formal premises in the district, formal premises
    anywhere, informal premises, or stay with a licence. `place` (20, 343) is the cumulative draw of a zone
    by sector, `near` (20, 343) the plain weight, zones being in the order of their districts, which begin at
    `district_start` (17,); `scale` (20,) turns n_jobs into jobs. Jobs leave `stock`
    (343, 20) or `organisation_stock` with the business; `lost_to_orders` and `left_city` (20,) count the
    part that orders took and that left for good; `jobs_followed` (n organisations) those that went to a
    branch; `books` (2, 343, 600) is kept up to date; `exits` (20,) those that
    closed of themselves.
    """
    for n in range(rows.size):
        i = rows[n]
        zone = f.zone[i]
        sector = f.sector[i]
        jobs = f.n_jobs[i] * scale[sector]
        in_market = f.n_jobs[i]  # a market's jobs do not grow with its sector
        market = f.market_id[i]
        order = (event[i] >> ORDER_SHIFT) - 1
        what = event[i] & PLAIN
        u_where, u_what = 0.0, 0.0
        # written out here and below: a call would count references to a dozen arrays each time
        cell = cell_of(sector, f.premises[i], f.licensed[i], f.n_jobs[i])
        if order >= 0:
            u_where, u_what, u, _ = uniform4(seed, STREAM_BUSINESS_EXIT, f.draw_key[i], quarter, 1)
            first = order_shares[order, 0] + order_shares[order, 1] + order_shares[order, 2]
            if first <= u_what < first + order_shares[order, 3]:
                books[0, zone, cell] -= 1.0
                books[1, zone, cell] -= f.n_jobs[i]
                f.licensed[i] = 1
                cell = cell_of(sector, f.premises[i], 1, f.n_jobs[i])
                books[0, zone, cell] += 1.0
                books[1, zone, cell] += f.n_jobs[i]
                order = -1  # what happens to it besides still does
                if what in (STAY, RELOCATE):
                    continue
        if order < 0 and what != EXIT:  # who closes of itself, most of all rows, needs no draw
            _, _, u_where, u_what = uniform4(seed, STREAM_BUSINESS, f.draw_key[i], quarter, 0)
        premises_used[zone, f.premises[i]] -= 1.0
        if market >= 0:
            organisation_stock[market] = max(organisation_stock[market] - in_market, 0.0)
        else:
            stock[zone, sector] = max(stock[zone, sector] - jobs, 0.0)
        books[0, zone, cell] -= 1.0
        books[1, zone, cell] -= f.n_jobs[i]
        if order < 0 and what == EXIT:
            f.n_jobs[i] = 0.0
            exits[sector] += 1
            continue
        if market < 0:
            lost_to_orders[zone, sector] += jobs
        stall = order < 0 and what == LOSE_STALL
        shares = order_shares[order] if order >= 0 else (stall_shares if stall else stay_shares)
        if stall and stall_branch[market] >= 0:
            shares = branch_shares
        kind = FORMAL
        to = -1
        branch = -1
        if u_what < shares[0]:
            if stall:
                branch = stall_branch[market]
                if branch >= 0:
                    to = organisation_zone[branch]
                    kind = STALL
                else:
                    left_city[sector] += in_market
            else:
                total = 0.0
                begin, end = district_start[district[zone]], district_start[district[zone] + 1]
                for z in range(begin, end):
                    total += near[sector, z]
                target = u_where * total
                for z in range(begin, end):
                    target -= near[sector, z]
                    if target < 0.0:
                        to = z
                        break
        elif u_what < shares[0] + shares[1]:
            to = pick(place[sector], u_where)
        elif u_what < shares[0] + shares[1] + shares[2]:
            to = pick(place[sector], u_where)
            kind = ILLEGAL
            if premises_used[to, ILLEGAL] >= premises[to, ILLEGAL]:
                to = -1
        if to < 0:
            f.n_jobs[i] = 0.0
            if not stall:
                left_city[sector] += jobs
            continue
        f.zone[i] = to
        f.premises[i] = kind
        f.licensed[i] = 0 if kind == ILLEGAL else 1
        premises_used[to, kind] += 1.0
        cell = cell_of(sector, kind, f.licensed[i], f.n_jobs[i])
        books[0, to, cell] += 1.0
        books[1, to, cell] += f.n_jobs[i]
        if branch >= 0:
            f.market_id[i] = branch
            organisation_stock[branch] += in_market
            jobs_followed[market] += in_market
            continue
        if market >= 0:
            u, _, _, _ = uniform4(seed, STREAM_BUSINESS_EXIT, f.draw_key[i], quarter, 0)
            f.exit_quarter[i] = _quarter(quarter, exit_prob[size_of(f.n_jobs[i])], u)
        f.market_id[i] = -1
        stock[to, sector] += jobs


@borrowing
def logs_of_staying(prob, out):
    """Write the logarithm of one minus each probability."""
    for i in range(prob.size):
        out[i] = np.log(1.0 - prob[i])


@borrowing
def draw_entrants(start, stop, _block, sector_of, cause, seed, quarter, keys, draws, logs):
    """Draw for entrants their key (n,), four uniforms (4, n) and the logarithms of two more (2, n).

    Each loop does one thing, so that it is vector code.
    """
    for n in range(start, stop):
        keys[n] = derive_key(sector_of[n] + 1, cause, quarter * 1000003 + n)
    fill4(seed, STREAM_BUSINESS_ENTRY, keys[start:stop], quarter, 0, draws[:, start:stop])
    fill2(seed, STREAM_BUSINESS_EXIT, keys[start:stop], 0, 0, logs[:, start:stop])
    for n in range(start, stop):
        logs[0, n] = np.log(logs[0, n])
        logs[1, n] = np.log(logs[1, n])


@borrowing
def open_businesses(
    first,
    sector_of,
    zone_of,
    kind_of,
    place,
    allowed,
    place_allowed,
    elsewhere,
    refused,
    sizes,
    informal_share,
    f,
    stock,
    scale,
    premises,
    premises_used,
    keys,
    draws,
    logs,
    log_stay_open,
    log_stay_there,
    seed,
    quarter,
    books,
):
    """Open one business a row from `first` on, informal only where such premises are free.

    `keys` (n,), `draws` (4, n) and `logs` (2, n) are what `draw_entrants` drew; `log_stay_open` (3,) and
    `log_stay_there` (20,) the logarithms of the quarterly chances not to close and not to think of moving.

    `zone_of` and `kind_of` (n,) say where and in which premises, or -1 where that is for the business to
    choose. `allowed` (20, 343) is the share of a sector's entrants that the rules let into a zone; of the
    others the share `elsewhere` opens where `place_allowed` (20, 343, cumulative) leads, and the rest does
    not; both are counted in `refused` (343,). `sizes` (20, 101) holds the percentiles of entrants' jobs by
    sector; `informal_share` (343, 20) the wish to take informal premises.
    """
    for n in range(sector_of.size):
        i = first + n
        sector = sector_of[n]
        given = zone_of[n] >= 0
        key = keys[n]
        u_place, u_size, u_kind, u_which = draws[0, n], draws[1, n], draws[2, n], draws[3, n]
        zone = zone_of[n] if given else pick(place[sector], u_place)
        f.draw_key[i] = key
        f.sector[i] = sector
        f.market_id[i] = -1
        f.authority[i] = 0
        f.zone[i] = zone
        f.n_jobs[i] = 0.0
        if not given and allowed[sector, zone] < 1.0:
            u_rule, u_other, u_zone, _ = uniform4(seed, STREAM_BUSINESS_ENTRY, key, quarter, 1)
            if u_rule >= allowed[sector, zone]:
                refused[zone] += 1.0
                if u_other >= elsewhere or place_allowed[sector, -1] <= 0.0:
                    continue
                zone = pick(place_allowed[sector], u_zone)
        kind = FORMAL
        if given:
            kind = kind_of[n]
        elif u_kind < informal_share[zone, sector]:
            kind = WALL_OPENING if u_which < 0.5 else ILLEGAL
        if kind != FORMAL and premises_used[zone, kind] >= premises[zone, kind]:
            if given:
                continue
            kind = FORMAL
        f.zone[i] = zone
        f.n_jobs[i] = sizes[sector, int(u_size * 100.0)]
        f.premises[i] = kind
        f.licensed[i] = 1 if kind == FORMAL else 0
        stock[zone, sector] += f.n_jobs[i] * scale[sector]
        premises_used[zone, kind] += 1.0
        f.exit_quarter[i] = _after(quarter, log_stay_open[size_of(f.n_jobs[i])], logs[0, n])
        f.move_quarter[i] = _after(quarter, log_stay_there[sector], logs[1, n])
        cell = cell_of(sector, kind, f.licensed[i], f.n_jobs[i])
        books[0, zone, cell] += 1.0
        books[1, zone, cell] += f.n_jobs[i]


@borrowing
def tally(f, n_businesses, number):
    """Count businesses by zone and cell, (343, 600)."""
    for i in range(n_businesses):
        if f.n_jobs[i] > 0.0:
            number[f.zone[i], cell_of(f.sector[i], f.premises[i], f.licensed[i], f.n_jobs[i])] += 1.0


@borrowing
def tally_jobs(f, n_businesses, scale, own, stock):
    """Add up businesses' own jobs by zone and cell, and jobs of ordinary ones by zone and sector."""
    for i in range(n_businesses):
        if f.n_jobs[i] > 0.0:
            zone, sector = f.zone[i], f.sector[i]
            own[zone, cell_of(sector, f.premises[i], f.licensed[i], f.n_jobs[i])] += f.n_jobs[i]
            if f.market_id[i] < 0:
                stock[zone, sector] += f.n_jobs[i] * scale[sector]
