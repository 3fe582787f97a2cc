"""Decide which businesses lose their premises, close, move or open."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.philox import derive_key, uniform4
from sim.kernels.pick import pick

STREAM_BUSINESS, STREAM_BUSINESS_ENTRY, STREAM_BUSINESS_EXIT = 13, 15, 29
STAY, EXIT, LOSE_PREMISES, LOSE_STALL = 0, 1, 2, 3
FORMAL, STALL = 0, 3


@nb.njit(inline="always")
def _lifetime(jobs, exit_prob, u):
    """Return the quarters until a business closes of itself: geometric, a constant hazard by size."""
    prob = exit_prob[0] if jobs < 5.0 else (exit_prob[1] if jobs < 50.0 else exit_prob[2])
    return 1 + min(int(np.log(u) / np.log(1.0 - prob)), 20000)


@borrowing
def draw_exits(f, n_businesses, exit_prob, seed):
    """Draw for each business of the base year the quarter in which it closes of itself.

    `exit_prob` (3,) is the quarterly chance of businesses below 5, below 50 and of more jobs; markets' stalls
    stay as long as the market.
    """
    for i in range(n_businesses):
        if f.market_id[i] < 0:
            u, _, _, _ = uniform4(seed, STREAM_BUSINESS_EXIT, f.draw_key[i], 0, 0)
            f.exit_quarter[i] = _lifetime(f.n_jobs[i], exit_prob, u)


@borrowing
def decide(start, stop, _block, f, loss_prob, stall_loss_prob, seed, quarter, event):
    """Mark what happens to each business: loss of premises by order, of a stall by order, or exit of its own.

    `loss_prob` (343, 5) is the share of premises taken by zone and kind, `stall_loss_prob` (n organisations)
    the share of a market's stalls.
    """
    for i in range(start, stop):
        event[i] = STAY
        if f.n_jobs[i] <= 0.0:
            continue
        if f.market_id[i] >= 0:
            chance = stall_loss_prob[f.market_id[i]]
        else:
            chance = loss_prob[f.zone[i], f.premises[i]]
            if f.exit_quarter[i] <= quarter:
                event[i] = EXIT
        if chance > 0.0:
            u, _, _, _ = uniform4(seed, STREAM_BUSINESS, f.draw_key[i], quarter, 0)
            if u < chance:
                event[i] = LOSE_STALL if f.market_id[i] >= 0 else LOSE_PREMISES


@borrowing
def apply(
    rows,
    event,
    f,
    stock,
    organisation_stock,
    lost_to_orders,
    left_city,
    scale,
    premises,
    premises_used,
    place,
    near,
    district,
    stay_shares,
    stall_shares,
    seed,
    quarter,
    exit_prob,
    count,
    unlicensed,
    outlets,
    outlet_sector,
):
    """Carry out what `decide` marked.

    Who lost premises or a stall takes formal premises in the district, formal premises anywhere, informal
    premises again, or closes, in `stay_shares` (4,); who lost a stall in `stall_shares` (4,): follows the
    market out of the city, takes formal premises in Beijing, goes on informally, or closes or goes online.
    `place` (20, 343) is the cumulative draw of a zone by sector, `near` (20, 343) the plain weight; `scale`
    (20,) turns n_jobs into jobs. Jobs leave `stock` (343, 20) or `organisation_stock` with the business;
    `lost_to_orders` and `left_city` (20,) count the part that orders took and that left for good; `count`,
    `unlicensed` and `outlets` (343,) are kept up to date.
    """
    for n in range(rows.size):
        i = rows[n]
        zone = f.zone[i]
        sector = f.sector[i]
        jobs = f.n_jobs[i] * scale[sector]
        in_market = f.n_jobs[i]  # a market's jobs do not grow with its sector
        what = event[i]
        _, _, u_where, u_what = uniform4(seed, STREAM_BUSINESS, f.draw_key[i], quarter, 0)
        premises_used[zone, f.premises[i]] -= 1.0
        if f.market_id[i] >= 0:
            organisation_stock[f.market_id[i]] = max(organisation_stock[f.market_id[i]] - in_market, 0.0)
        else:
            stock[zone, sector] = max(stock[zone, sector] - jobs, 0.0)
        # written out here and below: a call would count references to a dozen arrays each time
        outlet = float(outlet_sector[sector])
        count[zone] -= 1.0
        unlicensed[zone] -= 1.0 - f.licensed[i]
        outlets[zone] -= outlet
        if what == EXIT:
            f.n_jobs[i] = 0.0
            continue
        if f.market_id[i] < 0:
            lost_to_orders[zone, sector] += jobs
        shares = stay_shares if what == LOSE_PREMISES else stall_shares
        kind = FORMAL
        to = -1
        if u_what < shares[0]:
            if what == LOSE_STALL:
                left_city[sector] += in_market
            else:
                total = 0.0
                for z in range(near.shape[1]):
                    if district[z] == district[zone]:
                        total += near[sector, z]
                target = u_where * total
                for z in range(near.shape[1]):
                    if district[z] == district[zone]:
                        target -= near[sector, z]
                        if target < 0.0:
                            to = z
                            break
        elif u_what < shares[0] + shares[1]:
            to = pick(place[sector], u_where)
        elif u_what < shares[0] + shares[1] + shares[2]:
            to = pick(place[sector], u_where)
            kind = 2
            if premises_used[to, 2] >= premises[to, 2]:
                to = -1
        if to < 0:
            f.n_jobs[i] = 0.0
            if what == LOSE_PREMISES:
                left_city[sector] += jobs
            continue
        f.zone[i] = to
        f.premises[i] = kind
        f.licensed[i] = 1 if kind == FORMAL else 0
        if f.market_id[i] >= 0:
            u, _, _, _ = uniform4(seed, STREAM_BUSINESS_EXIT, f.draw_key[i], quarter, 0)
            f.exit_quarter[i] = quarter + _lifetime(f.n_jobs[i], exit_prob, u)
        f.market_id[i] = -1
        premises_used[to, kind] += 1.0
        stock[to, sector] += jobs
        count[to] += 1.0
        unlicensed[to] += 1.0 - f.licensed[i]
        outlets[to] += outlet


@borrowing
def open_businesses(
    first,
    sector_of,
    place,
    sizes,
    informal_share,
    f,
    stock,
    scale,
    premises,
    premises_used,
    exit_prob,
    seed,
    quarter,
    count,
    unlicensed,
    outlets,
    outlet_sector,
):
    """Open one business a row from `first` on, informal only where such premises are free.

    `sizes` (20, 101) holds the percentiles of entrants' jobs by sector; `informal_share` (343, 20) the wish
    to take informal premises.
    """
    for n in range(sector_of.size):
        i = first + n
        sector = sector_of[n]
        key = derive_key(sector + 1, 4, quarter * 1000003 + n)
        u_place, u_size, u_kind, u_which = uniform4(seed, STREAM_BUSINESS_ENTRY, key, quarter, 0)
        zone = pick(place[sector], u_place)
        kind = FORMAL
        if u_kind < informal_share[zone, sector]:
            kind = 1 if u_which < 0.5 else 2
            if premises_used[zone, kind] >= premises[zone, kind]:
                kind = FORMAL
        f.draw_key[i] = key
        f.zone[i] = zone
        f.sector[i] = sector
        f.n_jobs[i] = sizes[sector, int(u_size * 100.0)]
        f.premises[i] = kind
        f.licensed[i] = 1 if kind == FORMAL else 0
        f.market_id[i] = -1
        f.authority[i] = 0
        stock[zone, sector] += f.n_jobs[i] * scale[sector]
        premises_used[zone, kind] += 1.0
        u, _, _, _ = uniform4(seed, STREAM_BUSINESS_EXIT, key, 0, 0)
        f.exit_quarter[i] = quarter + _lifetime(f.n_jobs[i], exit_prob, u)
        count[zone] += 1.0
        unlicensed[zone] += 1.0 - f.licensed[i]
        outlets[zone] += outlet_sector[sector]


@borrowing
def tally(f, n_businesses, scale, count, unlicensed, outlets, outlet_sector, stock, premises_used):
    """Count businesses, unlicensed ones and outlets by zone, and jobs of ordinary ones by zone and sector."""
    for i in range(n_businesses):
        if f.n_jobs[i] > 0.0:
            zone = f.zone[i]
            count[zone] += 1.0
            unlicensed[zone] += 1.0 - f.licensed[i]
            outlets[zone] += outlet_sector[f.sector[i]]
            if f.market_id[i] < 0:
                stock[zone, f.sector[i]] += f.n_jobs[i] * scale[f.sector[i]]
            premises_used[zone, f.premises[i]] += 1.0
