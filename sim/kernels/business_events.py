"""Decide which businesses lose their premises, are ordered about, close or wish to move."""

import numba as nb
import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros

from sim.kernels.business import (
    EXIT,
    FORMAL,
    LOSE_PREMISES,
    LOSE_STALL,
    ORDER_SHIFT,
    RELOCATE,
    STREAM_BUSINESS,
    cell_of,
    order_uniform,
)
from sim.kernels.compiled import borrowing
from sim.kernels.philox import CHUNK, fill2

STALL_CELL, NO_CELL = 600, 601
"""After the cells of `sim.city.trade`: a market's stall, and nothing."""
N_CODES = 602
LOSES, WANTS, ORDERED, LOSES_OFTEN, LOSES_STALL = 1, 2, 4, 8, 16
"""What may happen to a business of a cell beside its own life: bits of `concern`."""
RARE = 0.02
"""Chance above which premises are lost often; where it is smaller, one draw mostly tells that they stay."""


@borrowing
def concern(loss_prob, stall_loss_prob, extra_exit, zone_orders, cell_orders, out):
    """Write what may happen to a business by its zone and cell, u1 (343, 602); return whether anything may.

    Most businesses are in no order, no cleared place and no street that lost its custom: they need no draw.
    """
    stalls_go = False
    for market in range(stall_loss_prob.size):
        stalls_go |= stall_loss_prob[market] > 0.0
    any_concern = stalls_go
    for zone in range(out.shape[0]):
        for cell in range(STALL_CELL):
            sector, premises = cell // 30, cell // 6 % 5
            loses, wants = loss_prob[zone, premises] > 0.0, extra_exit[zone, sector] > 0.0
            ordered = (zone_orders[zone] & cell_orders[cell]) != 0
            often = loss_prob[zone, premises] > RARE
            out[zone, cell] = LOSES * loses + WANTS * wants + ORDERED * ordered + LOSES_OFTEN * often
            any_concern |= loses | wants | ordered
        out[zone, STALL_CELL] = LOSES_STALL * stalls_go
        out[zone, NO_CELL] = 0
    return any_concern


@nb.njit(cache=True, nogil=True)
def decide(
    start,
    stop,
    _block,
    f,
    concerned,
    loss_prob,
    stall_loss_prob,
    extra_exit,
    zone_orders,
    cell_orders,
    bound,
    order_key,
    seed,
    quarter,
    event,
):
    """Mark what happens to each business: loss of premises or of a stall, an order, exit, or a wish to move.

    `concerned` is what `concern` wrote, of no zone where it found nothing. `loss_prob` (343, 5) is the share
    of premises taken by zone and kind, `stall_loss_prob` (n organisations) the share of a market's stalls,
    `extra_exit` (343, 20) the chance to close for want of custom. Orders are bits: of those in force in a
    zone (343,) and those that mean a cell (601,) the first is marked whose bound (n orders, 343) the
    business's keyed uniform stays below.

    Columns are cut to the block and read without sign: a loop over a whole slice is vector code, and no index
    has to be tested for being negative.
    """
    zone, sector = f.zone[start:stop].view(np.uint16), f.sector[start:stop].view(np.uint8)
    premises, licensed = f.premises[start:stop].view(np.uint8), f.licensed[start:stop].view(np.uint8)
    market, n_jobs, what = f.market_id[start:stop], f.n_jobs[start:stop], event[start:stop]
    _mark_lifetimes(
        f.exit_quarter[start:stop], f.move_quarter[start:stop], premises, market, n_jobs, quarter, what
    )
    if len(concerned) == 0:
        return
    key = f.draw_key[start:stop]
    cell = np.empty(stop - start, dtype=np.uint16)
    _cells(sector, premises, licensed, market, n_jobs, cell)
    rows, meant = np.empty(CHUNK, dtype=np.int64), np.empty(CHUNK, dtype=np.int64)
    who, draws, what_may = np.empty(CHUNK, dtype=np.uint64), np.empty((2, CHUNK)), np.empty(CHUNK, np.uint8)
    most_want = extra_exit.max()
    for first in range(0, stop - start, CHUNK):
        last = min(first + CHUNK, stop - start)
        n = _list_concerned(first, last, zone, cell, concerned, key, rows, who, what_may)
        if n == 0:
            continue
        fill2(seed, STREAM_BUSINESS, who[:n], quarter, 0, draws)
        _mark_losses(
            n,
            rows,
            what_may,
            zone,
            sector,
            premises,
            market,
            loss_prob,
            stall_loss_prob,
            extra_exit,
            most_want,
            draws,
            what,
        )
        _mark_ordered(
            n,
            rows,
            what_may,
            zone,
            cell,
            zone_orders,
            cell_orders,
            bound,
            order_key,
            draws,
            meant,
            what,
        )


@borrowing
def _mark_lifetimes(exit_quarter, move_quarter, premises, market, n_jobs, quarter, event):
    """Mark who closes of itself and who thinks of moving; markets' stalls do neither."""
    for i in range(event.size):
        exits = exit_quarter[i] <= quarter
        moves = (move_quarter[i] <= quarter) & (premises[i] == FORMAL)
        there = (n_jobs[i] > 0.0) & (market[i] < 0)
        event[i] = there * (np.uint16(EXIT) if exits else np.uint16(RELOCATE) * moves)


@borrowing
def _cells(sector, premises, licensed, market, n_jobs, cell):
    """Write the cell of each business: `STALL_CELL` for a market's stall, `NO_CELL` where there is none."""
    for i in range(cell.size):
        code = cell_of(np.int32(sector[i]), premises[i], licensed[i], n_jobs[i])
        code = code if market[i] < 0 else STALL_CELL
        cell[i] = code if n_jobs[i] > 0.0 else NO_CELL


@borrowing
def _list_concerned(first, last, zone, cell, concerned, key, rows, who, what_may):
    """List the rows of a chunk to which something may happen, their keys and what it is; return how many.

    Counted by adding, as no trade can be guessed.
    """
    n = 0
    for i in range(first, last):
        may = concerned[zone[i], cell[i]]
        rows[n] = i
        who[n] = key[i]
        what_may[n] = may
        n += may != 0
    return n


@borrowing
def _mark_losses(
    n_rows,
    rows,
    what_may,
    zone,
    sector,
    premises,
    market,
    loss_prob,
    stall_loss_prob,
    extra_exit,
    most_want,
    draws,
    event,
):
    """Mark who of the first `n_rows` of `rows` loses premises or a stall, or closes for want of custom."""
    for n in range(n_rows):
        may = what_may[n]
        loses = ((may & LOSES) != 0) & (draws[0, n] < RARE) | ((may & (LOSES_OFTEN | LOSES_STALL)) != 0)
        if not loses | (draws[1, n] < most_want):
            continue
        i = rows[n]
        if may & LOSES_STALL:
            if draws[0, n] < stall_loss_prob[market[i]]:
                event[i] = LOSE_STALL
        elif draws[0, n] < loss_prob[zone[i], premises[i]]:
            event[i] = LOSE_PREMISES
        elif draws[1, n] < extra_exit[zone[i], sector[i]]:
            event[i] = EXIT


@borrowing
def _mark_ordered(
    n_rows, rows, what_may, zone, cell, zone_orders, cell_orders, bound, order_key, draws, meant, event
):
    """Mark for each row that an order may mean the first order whose bound its keyed uniform stays below."""
    n_meant = 0
    for n in range(n_rows):
        meant[n_meant] = n
        n_meant += (what_may[n] & ORDERED) != 0
    for m in range(n_meant):
        n = meant[m]
        i = rows[n]
        bits = zone_orders[zone[i]] & cell_orders[cell[i]]
        while bits != 0:
            k = trailing_zeros(bits)
            if order_uniform(draws[0, n], draws[1, n], order_key[k]) < bound[k, zone[i]]:
                event[i] |= (k + 1) << ORDER_SHIFT
                break
            bits &= bits - 1
