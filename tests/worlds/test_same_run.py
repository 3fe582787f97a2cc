"""Check that a run is the same run: on more threads, in a pool, resumed, watched and packed."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pandas as pd
import pytest

from sim.city import packing
from sim.kernels import blocks
from sim.outcomes.record import Record
from sim.processes import business_dynamics
from tests.fixtures.runs import run_and_sum

UNTIL = "2012Q2"
SCENARIO = "executed-2017-2020"


@pytest.fixture(scope="module")
def digest():
    """Give the checksum of the plain run."""
    return run_and_sum((SCENARIO, 0.002, 1, UNTIL))


def test_two_threads_give_the_same_city_and_the_same_numbers(open_model, monkeypatch, digest):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 3000)
    one, two = (open_model(SCENARIO, threads=threads) for threads in (1, 2))
    assert blocks.n_blocks(one.residents.n_rows) > 10
    for model in (one, two):
        model.run(until=UNTIL)
    pd.testing.assert_frame_equal(one.indicators(), two.indicators(), check_exact=True)
    pd.testing.assert_frame_equal(one.flows(), two.flows(), check_exact=True)
    assert one.checksum() == two.checksum()
    assert one.checksum() == digest, "nor does the size of the blocks matter"


def test_a_pool_of_processes_gives_the_same_city(digest):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(run_and_sum, (SCENARIO, 0.002, 1, UNTIL)).result(timeout=300) == digest


def test_another_seed_gives_another_city(digest):
    assert run_and_sum((SCENARIO, 0.002, 2, "2011Q1")) != run_and_sum((SCENARIO, 0.002, 1, "2011Q1"))


def test_a_run_may_be_stopped_watched_and_carried_on(open_model, digest):
    model = open_model(SCENARIO)
    model.run(until="2011Q2")
    first = model.indicators()
    model.flows()
    model.ledger()
    before = model.checksum()
    another = Record()
    another.income_edges = model.record.income_edges
    another.add(model.city, business_dynamics.counts(model.city))
    assert model.checksum() == before
    model.run(until=UNTIL)
    assert model.checksum() == digest
    again = model.indicators()
    again = again[again.quarter.isin(first.quarter.unique())].reset_index(drop=True)
    quarters = {"quarter": str}
    # sums over more quarters at once may end on another last digit
    pd.testing.assert_frame_equal(again.astype(quarters), first.astype(quarters), rtol=1e-12)


def test_packing_changes_no_result(open_model, monkeypatch):
    until = "2014Q4"  # with two quarters of orders
    monkeypatch.setattr(packing, "EMPTY_SHARE", 1.0)
    never = open_model(SCENARIO)
    never.run(until=until)
    monkeypatch.setattr(packing, "EMPTY_SHARE", 0.0)
    always = open_model(SCENARIO)
    always.run(until=until)
    assert never.residents.n_rows > 1.05 * always.residents.n_rows
    pd.testing.assert_frame_equal(always.indicators(), never.indicators(), check_exact=True)
    pd.testing.assert_frame_equal(always.flows(), never.flows(), check_exact=True)
    pd.testing.assert_frame_equal(always.ledger(), never.ledger(), check_exact=True)
    assert always.checksum() != never.checksum(), "the rows of who is gone count too"
    for model in (always, never):
        packing.pack(model.city)
    assert always.checksum() == never.checksum(), "once packed, the same rows"
