"""Check places, slack and the taking of dwellings for any stock, sample and rounding."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.city.dwellings import SHAPE, Dwellings
from sim.city.jobs import SHAPE as JOB_SHAPE
from sim.city.jobs import Jobs
from sim.city.land import Land
from sim.city.slack import Slack, places_of, slack_of
from sim.codes import MoveCause

CELLS = 6
amounts = hnp.arrays(float, CELLS, elements=st.floats(0.0, 1e5))
shares = hnp.arrays(float, CELLS, elements=st.floats(0.0, 1.0, exclude_max=True))
samples = st.sampled_from([0.002, 0.01, 0.25, 1.0])


@given(amounts, shares, samples, shares, shares)
@settings(max_examples=200, deadline=None)
def test_a_larger_stock_never_has_fewer_places(stock, filled_share, sample, rounding, less):
    group = np.array([0, 0, 0, 1, 1, 2])
    filled = np.floor(stock * sample * filled_share).astype(np.int64)
    slack = slack_of(stock, filled, sample, group)
    places = places_of(stock, sample, rounding, slack)
    smaller = places_of(stock * less, sample, rounding, slack)
    assert places.dtype == np.int64
    assert (smaller >= 0).all()
    # below the base year's stock, places are linear in what is left of it
    wanted = (stock * sample + slack.places) * less
    assert (np.abs(smaller - np.maximum(wanted, 0.0)) <= 1.0 + 1e-6).all()
    assert (places[stock == 0] == 0).all() or sample == 1.0


@given(amounts, shares, st.sampled_from([0.002, 0.01, 0.25]))
@settings(max_examples=200, deadline=None)
def test_slack_gives_cells_of_a_group_the_same_share_of_free_places(stock, filled_share, sample):
    group = np.array([0, 0, 0, 1, 1, 2])
    filled = np.floor(stock * sample * filled_share).astype(np.int64)
    slack = slack_of(stock, filled, sample, group)
    free = stock * sample + slack.places - filled
    for g in range(3):
        mine = group == g
        total = stock[mine].sum()
        if total > 0:
            share = 1.0 - min(filled[mine].sum() / sample / total, 1.0)
            np.testing.assert_allclose(free[mine], stock[mine] * sample * share, atol=1e-6)


def test_the_full_city_has_no_slack():
    slack = slack_of(np.array([5.0, 9.0]), np.array([9, 1]), 1.0, np.zeros(2, dtype=int))
    np.testing.assert_array_equal(places_of(np.array([5.0, 9.0]), 1.0, np.zeros(2), slack), [5, 9])


@given(st.floats(0.0, 400.0), st.floats(0.0, 1.0))
@settings(max_examples=100, deadline=None)
def test_rounding_keeps_the_expectation_of_a_stock_and_of_a_change(stock, kept):
    # over runs the rounding of a cell is uniform: its midpoints stand for all of them
    rounding = (np.arange(1000) + 0.5) / 1000
    cells = np.full(1000, stock)
    assert abs(places_of(cells, 0.01, rounding, Slack()).mean() - stock * 0.01) <= 0.001
    change = places_of(cells, 0.01, rounding, Slack()) - places_of(cells * kept, 0.01, rounding, Slack())
    assert abs(change.mean() - stock * 0.01 * (1 - kept)) <= 0.002


def dwellings(stock):
    return Dwellings(stock.copy(), np.full(SHAPE, 30.0), np.full(SHAPE, 20.0), 0.01, np.full(SHAPE, 0.5))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12), st.floats(-5.0, 500.0)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_taking_dwellings_keeps_the_account(orders):
    stock = np.full(SHAPE, 100.0)
    mine = dwellings(stock)
    mine.begin_quarter()
    for zone, kind, units in orders:
        here = mine.stock[zone, kind]
        taken = mine.take(zone, kind, units, MoveCause.DEMOLISH)
        assert 0.0 <= taken <= max(units, 0.0)
        assert taken <= here
        assert mine.stock[zone, kind] == here - taken
    np.testing.assert_allclose(mine.stock + mine.cleared, stock)
    assert (mine.stock >= 0).all()
    if orders:
        np.testing.assert_allclose(mine.removed[MoveCause.DEMOLISH], mine.cleared)
    mine.begin_quarter()
    assert not mine.removed
    np.testing.assert_allclose(mine.stock_before, mine.stock)


def test_causes_of_one_quarter_are_kept_apart_and_zones_may_be_taken_together():
    mine = dwellings(np.full(SHAPE, 100.0))
    mine.take(np.array([1, 2]), 7, np.array([30.0, 130.0]), MoveCause.DEMOLISH)
    mine.take(1, 7, 90.0, MoveCause.BASEMENT)
    np.testing.assert_array_equal(mine.removed[MoveCause.DEMOLISH][[1, 2], 7], [30.0, 100.0])
    assert mine.removed[MoveCause.BASEMENT][1, 7] == 70.0
    assert mine.stock[1, 7] == mine.stock[2, 7] == 0.0


def test_vacancies_are_never_negative_and_basements_have_no_floor_area_above_ground():
    mine = dwellings(np.full(SHAPE, 100.0))
    mine.occupied[:] = 3
    assert (mine.places() == 1).all()
    assert (mine.vacancy() == 0).all()
    assert mine.residential_floor_area()[0] == 12 * 100.0 * 30.0


@given(st.floats(-3.0, 30.0), st.floats(-3.0, 3000.0))
@settings(max_examples=50, deadline=None)
def test_land_gives_up_no_more_than_it_has(number, area):
    land = Land(np.full((343, 4), 1000.0), np.full((343, 5), 10.0))
    land.begin_quarter()
    premises = land.take_premises(3, 2, number)
    floor = land.take_floor_area(3, 3, area)
    assert premises == min(max(number, 0.0), 10.0)
    assert floor == min(max(area, 0.0), 1000.0)
    assert land.premises[3, 2] + land.premises_removed[3, 2] == 10.0
    assert land.premises_cleared[3, 2] == land.premises_removed[3, 2]
    assert land.floor_area_m2[3, 3] + land.freed_m2[3] == 1000.0
    land.begin_quarter()
    assert land.premises_removed.sum() == 0.0
    assert land.premises_cleared[3, 2] == premises


def test_free_jobs_count_organisations_where_they_stand():
    jobs = Jobs(
        stock=np.zeros(JOB_SHAPE),
        organisation_stock=np.array([400.0, 100.0]),
        organisation_zone=np.array([5, 5]),
        organisation_sector=np.array([16, 16]),
        sample=0.01,
        rounding=np.full(JOB_SHAPE, 0.5),
        organisation_rounding=np.full(2, 0.5),
        organisation_filled=np.array([1, 7]),
    )
    jobs.stock[5, 16] = 300.0
    jobs.filled[5, 16] = 1
    jobs.outside[5, 16] = 1
    assert jobs.vacancy()[5, 16] == 1
    np.testing.assert_array_equal(jobs.organisation_vacancy(), [3, 0])
    assert jobs.all_vacancy()[5, 16] == 4
    assert jobs.all_vacancy().sum() == 4
    assert jobs.total_by_zone()[5] == 800.0
