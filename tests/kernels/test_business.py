"""Check counts of businesses and the draws of entrants against the plain way."""

import numpy as np

from sim.agents.businesses import Businesses
from sim.kernels import business as kernel
from sim.kernels.blocks import run_blocks
from sim.kernels.philox import derive_key, uniform4


def test_entrants_draw_what_each_would_draw_alone():
    sector, n, cause, seed, quarter = np.arange(20, dtype=np.int64).repeat(3), 60, kernel.ENTRY_CAUSE, 4, 11
    keys, draws, logs = np.empty(n, dtype=np.uint64), np.empty((4, n)), np.empty((2, n))
    run_blocks(kernel.draw_entrants, n, 2, sector, cause, seed, quarter, keys, draws, logs, rows=7)
    for i in range(n):
        key = np.uint64(derive_key(sector[i] + 1, cause, quarter * 1000003 + i))
        assert keys[i] == key
        assert tuple(draws[:, i]) == uniform4(seed, kernel.STREAM_BUSINESS_ENTRY, key, quarter, 0)
        u, v, _, _ = uniform4(seed, kernel.STREAM_BUSINESS_EXIT, key, 0, 0)
        np.testing.assert_allclose(logs[:, i], np.log([u, v]), rtol=1e-15)


def test_a_tally_counts_businesses_and_their_jobs():
    firms = Businesses(5)
    firms.zone[:5] = [1, 1, 1, 2, 2]
    firms.sector[:5] = [3, 3, 3, 4, 4]
    firms.n_jobs[:5] = [2.0, 3.0, 0.0, 60.0, 7.0]
    firms.market_id[:5] = [-1, 0, -1, -1, -1]
    number, own, stock = np.zeros((343, 600)), np.zeros((343, 600)), np.zeros((343, 20))
    kernel.tally(firms.arrays(), 5, number)
    kernel.tally_jobs(firms.arrays(), 5, np.full(20, 2.0), own, stock)
    assert number.sum() == 4
    assert number[1].max() == 2
    assert own[1].max() == 5.0
    assert own.sum() == 72.0
    assert stock[1, 3] == 4.0
    assert stock[2, 4] == 134.0
    assert stock.sum() == 138.0
