"""Check that what happens to a business does not depend on who else is drawn for."""

import numpy as np
import pytest

from sim.agents.businesses import Businesses
from sim.codes import Premises
from sim.kernels.blocks import run_blocks
from sim.kernels.business import (
    EXIT,
    LOSE_PREMISES,
    LOSE_STALL,
    ORDER_SHIFT,
    PLAIN,
    RELOCATE,
    STREAM_BUSINESS,
    cell_of,
)
from sim.kernels.business_events import (
    LOSES,
    LOSES_OFTEN,
    LOSES_STALL,
    N_CODES,
    NO_CELL,
    ORDERED,
    RARE,
    STALL_CELL,
    WANTS,
    concern,
    decide,
)
from sim.kernels.philox import uniform4

N, SEED, QUARTER = 70_000, 5, 30


@pytest.fixture(scope="module")
def firms() -> Businesses:
    random = np.random.default_rng(1)
    made = Businesses(N)
    made.draw_key[:N] = random.integers(1, 2**63, N)
    made.zone[:N] = random.integers(0, 343, N)
    made.sector[:N] = random.integers(0, 20, N)
    made.n_jobs[:N] = random.choice([0.0, 2.0, 20.0, 90.0], N)
    made.premises[:N] = random.integers(0, 3, N)
    made.licensed[:N] = made.premises[:N] == Premises.FORMAL
    market = random.random(N) < 0.1
    made.market_id[:N] = np.where(market, random.integers(0, 3, N), -1)
    made.premises[:N][market] = Premises.STALL
    made.exit_quarter[:N] = random.integers(QUARTER - 1, QUARTER + 40, N)
    made.move_quarter[:N] = random.integers(QUARTER - 1, QUARTER + 40, N)
    return made


def happen(
    firms, *, loss=None, stall=None, extra=None, zone_bits=None, cell_bits=None, bound=None, threads=1
):
    loss = np.zeros((343, 5)) if loss is None else loss
    stall = np.zeros(3) if stall is None else stall
    extra = np.zeros((343, 20)) if extra is None else extra
    zone_bits = np.zeros(343, dtype=np.int64) if zone_bits is None else zone_bits
    cell_bits = np.zeros(601, dtype=np.int64) if cell_bits is None else cell_bits
    bound = np.zeros((2, 343)) if bound is None else bound
    concerned = np.empty((343, N_CODES), dtype=np.uint8)
    if not concern(loss, stall, extra, zone_bits, cell_bits, concerned):
        concerned = concerned[:0]
    event = np.zeros(N, dtype=np.uint16)
    keys = np.array([7, 9], dtype=np.uint64)
    given = (concerned, loss, stall, extra, zone_bits, cell_bits, bound, keys, SEED, QUARTER, event)
    run_blocks(decide, N, threads, firms.arrays(), *given)
    return event


def plain_life(firms):
    there = (firms.n_jobs[:N] > 0) & (firms.market_id[:N] < 0)
    moves = (firms.move_quarter[:N] <= QUARTER) & (firms.premises[:N] == Premises.FORMAL)
    return there * np.where(firms.exit_quarter[:N] <= QUARTER, EXIT, RELOCATE * moves)


def uniforms(firms):
    drawn = (uniform4(SEED, STREAM_BUSINESS, key, QUARTER, 0) for key in firms.draw_key[:N])
    return np.array([(u, v) for u, v, _, _ in drawn]).T


def test_without_orders_or_losses_only_its_own_life_counts(firms):
    assert (happen(firms) == plain_life(firms)).all()


def test_losses_fall_as_each_business_draws(firms):
    random = np.random.default_rng(2)
    loss = random.random((343, 5)) * (random.random((343, 5)) < 0.1)
    extra = random.random((343, 20)) * 0.1 * (random.random((343, 20)) < 0.2)
    stall = np.array([0.0, 0.5, 0.01])
    u, v = uniforms(firms)
    zone, market = firms.zone[:N], firms.market_id[:N]
    there = firms.n_jobs[:N] > 0
    expected = plain_life(firms)
    lost = u < loss[zone, firms.premises[:N]]
    expected = np.where(there & ~lost & (v < extra[zone, firms.sector[:N]]), EXIT, expected)
    expected = np.where(there & lost, LOSE_PREMISES, expected)
    in_market = market >= 0
    expected[in_market] = 0
    expected[in_market & there & (u < stall[market])] = LOSE_STALL
    event = happen(firms, loss=loss, extra=extra, stall=stall)
    assert (event == expected).all()
    assert set(np.unique(event)) == {0, EXIT, LOSE_PREMISES, LOSE_STALL, RELOCATE}
    assert (event == happen(firms, loss=loss, extra=extra, stall=stall, threads=2)).all()


def test_an_order_marks_only_whom_it_means(firms):
    zone_bits, cell_bits = np.zeros(343, dtype=np.int64), np.zeros(601, dtype=np.int64)
    zone_bits[:40] = 1
    cell_bits[90:120] = 1
    event = happen(firms, zone_bits=zone_bits, cell_bits=cell_bits, bound=np.full((2, 343), 0.3))
    cell = np.array(
        [
            cell_of(*row)
            for row in zip(
                firms.sector[:N], firms.premises[:N], firms.licensed[:N], firms.n_jobs[:N], strict=True
            )
        ]
    )
    meant = (firms.zone[:N] < 40) & (cell // 30 == 3) & (firms.n_jobs[:N] > 0) & (firms.market_id[:N] < 0)
    marked = event >> ORDER_SHIFT == 1
    assert not (marked & ~meant).any()
    assert 0.25 < marked[meant].mean() < 0.35
    assert (event & PLAIN == plain_life(firms)).all()


def test_concern_names_every_reason():
    loss, extra = np.zeros((343, 5)), np.zeros((343, 20))
    loss[3, Premises.ILLEGAL], extra[3, 7] = 0.1, 0.1
    loss[4, Premises.ILLEGAL], extra[4, 7] = RARE, RARE
    zone_bits, cell_bits = np.zeros(343, dtype=np.int64), np.zeros(601, dtype=np.int64)
    zone_bits[3], cell_bits[0] = 2, 2
    out = np.full((343, N_CODES), 255, dtype=np.uint8)
    assert concern(loss, np.array([0.0, 0.2]), extra, zone_bits, cell_bits, out)
    assert out[3, cell_of(0, Premises.FORMAL, 0, 1.0)] == ORDERED
    assert out[3, cell_of(7, Premises.ILLEGAL, 0, 1.0)] == LOSES + WANTS + LOSES_OFTEN
    assert out[4, cell_of(7, Premises.ILLEGAL, 0, 1.0)] == LOSES + WANTS
    assert (out[:, STALL_CELL] == LOSES_STALL).all()
    assert not out[:, NO_CELL].any()
    assert not out[:3, :STALL_CELL].any()
    nothing = np.zeros((343, 5)), np.zeros(2), np.zeros((343, 20)), np.zeros(343, int), cell_bits
    assert not concern(*nothing, out)
    assert not out.any()
