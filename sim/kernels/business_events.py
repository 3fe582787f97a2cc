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
from sim.kernels.philox import CHUNK, fill4

NO_CELL = 600
"""After the cells of `sim.city.trade`: a market's stall, or nothing."""


@nb.njit(cache=True, nogil=True)
def decide(
    start,
    stop,
    _block,
    f,
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

    `loss_prob` (343, 5) is the share of premises taken by zone and kind, `stall_loss_prob` (n organisations)
    the share of a market's stalls, `extra_exit` (343, 20) the chance to close for want of custom. Orders are
    bits: of those in force in a zone (343,) and those that mean a cell (601,) the first is marked whose bound
    (n orders, 343) the business's keyed uniform stays below.

    Columns are cut to the block and read without sign: a loop over a whole slice is vector code, and no index
    has to be tested for being negative.
    """
    zone, sector = f.zone[start:stop].view(np.uint16), f.sector[start:stop].view(np.uint8)
    premises, licensed = f.premises[start:stop].view(np.uint8), f.licensed[start:stop].view(np.uint8)
    market, n_jobs, what = f.market_id[start:stop], f.n_jobs[start:stop], event[start:stop]
    _mark_lifetimes(
        f.exit_quarter[start:stop], f.move_quarter[start:stop], premises, market, n_jobs, quarter, what
    )
    if not (zone_orders.any() or loss_prob.any() or stall_loss_prob.any() or extra_exit.any()):
        return
    cell = np.empty(stop - start, dtype=np.uint16)
    _cells(sector, premises, licensed, market, n_jobs, cell)
    draws, rows = np.empty((4, CHUNK)), np.empty(CHUNK, dtype=np.int64)
    most_want = extra_exit.max()
    most_loss = np.empty(len(loss_prob))
    for z in range(len(loss_prob)):
        most_loss[z] = loss_prob[z].max()
    any_order = zone_orders.any()
    for first in range(0, stop - start, CHUNK):
        last = min(first + CHUNK, stop - start)
        fill4(seed, STREAM_BUSINESS, f.draw_key[start + first : start + last], quarter, 0, draws)
        _mark_losses(
            first,
            last,
            zone,
            sector,
            premises,
            market,
            n_jobs,
            cell,
            loss_prob,
            stall_loss_prob,
            extra_exit,
            most_loss,
            most_want,
            draws,
            what,
        )
        if any_order:
            n = _list_meant(first, last, zone, cell, zone_orders, cell_orders, rows)
            _mark_ordered(
                rows[:n], first, zone, cell, zone_orders, cell_orders, bound, order_key, draws, what
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
    """Write the cell of each business, `NO_CELL` where there is none or only a market's stall."""
    for i in range(cell.size):
        there = (n_jobs[i] > 0.0) & (market[i] < 0)
        code = cell_of(np.int32(sector[i]), premises[i], licensed[i], n_jobs[i])
        cell[i] = code if there else NO_CELL


@borrowing
def _mark_losses(
    first,
    last,
    zone,
    sector,
    premises,
    market,
    n_jobs,
    cell,
    loss_prob,
    stall_loss_prob,
    extra_exit,
    most_loss,
    most_want,
    draws,
    event,
):
    """Mark who of a chunk loses premises or a stall, or closes for want of custom.

    Most draws are above what any of the zone may lose (`most_loss`, 343) and any want of custom.
    """
    for i in range(first, last):
        u, v = draws[0, i - first], draws[1, i - first]
        if not ((u < most_loss[zone[i]]) | (v < most_want) | (market[i] >= 0)):
            continue
        if cell[i] == NO_CELL:
            if market[i] >= 0 and n_jobs[i] > 0.0 and u < stall_loss_prob[market[i]]:
                event[i] = LOSE_STALL
        elif u < loss_prob[zone[i], premises[i]]:
            event[i] = LOSE_PREMISES
        elif v < extra_exit[zone[i], sector[i]]:
            event[i] = EXIT


@borrowing
def _list_meant(first, last, zone, cell, zone_orders, cell_orders, rows):
    """List who of a chunk an order may mean and return how many; summed, as no trade can be guessed."""
    n = 0
    for i in range(first, last):
        rows[n] = i
        n += (zone_orders[zone[i]] & cell_orders[cell[i]]) != 0
    return n


@borrowing
def _mark_ordered(rows, first, zone, cell, zone_orders, cell_orders, bound, order_key, draws, event):
    """Mark for each of `rows` the first order whose bound its keyed uniform stays below."""
    for n in range(rows.size):
        i = rows[n]
        bits = zone_orders[zone[i]] & cell_orders[cell[i]]
        while bits != 0:
            k = trailing_zeros(bits)
            if order_uniform(draws[0, i - first], draws[1, i - first], order_key[k]) < bound[k, zone[i]]:
                event[i] |= (k + 1) << ORDER_SHIFT
                break
            bits &= bits - 1
