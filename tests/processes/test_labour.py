"""Check who loses a job first, how far people look for one, and that orders show as orders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.codes import Activity, Hukou, Sector
from sim.kernels import labour as kernel
from sim.processes import labour

rank = st.tuples(st.integers(0, 4), st.floats(0.001, 0.999))
ranked = st.lists(rank, max_size=40, unique_by=lambda r: r[1])
numbers = st.lists(st.integers(0, 12), min_size=5, max_size=5)


@given(ranked, numbers, numbers)
@settings(max_examples=200, deadline=None)
def test_the_lowest_ranks_of_each_cell_go_and_more_reach_the_same_first(rows, wanted, more):
    cell = np.array([r[0] for r in rows], dtype=np.int64)
    u = np.array([r[1] for r in rows], dtype=float)
    wanted = np.array(wanted)
    chosen = labour.lowest_ranks(cell, u, wanted)
    for c in range(5):
        here = np.flatnonzero(cell == c)
        expected = here[np.argsort(u[here])][: wanted[c]]
        np.testing.assert_array_equal(chosen[cell[chosen] == c], expected)
    larger = labour.lowest_ranks(cell, u, wanted + np.array(more))
    assert set(chosen.tolist()) <= set(larger.tolist())


@given(st.integers(1, 400), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_the_bound_on_keyed_ranks_holds_enough_workers(filled, excess):
    excess = min(excess, filled)
    bound = float(labour._threshold(np.array([excess]), np.array([filled]))[0])
    if excess == 0:
        assert bound == 0.0
    else:
        u = np.random.default_rng(excess * 1000 + filled).uniform(size=filled)
        assert np.count_nonzero(u < bound) >= excess


def test_travel_weighs_less_the_longer_it_takes(base_model):
    city = base_model.city
    decay = labour.travel_decay(city)
    assert decay.shape == (4, 343, 343)
    assert ((decay > 0) & (decay <= 1)).all()
    order = np.argsort(city.minutes[100])
    assert (np.diff(decay[:, 100, order], axis=1) <= 0).all()
    beta = -np.log(decay[0, 100].astype(float)) / np.maximum(city.minutes[100], 1e-9)
    np.testing.assert_allclose(beta[city.minutes[100] > 1], city.parameter("travel_decay_formal"), rtol=1e-4)
    np.testing.assert_array_equal(city.scratch["decay_to_work"][1, 7], decay[1, :, 7])
    assert labour.travel_decay(city) is decay, "made once for each state of the network"


def test_a_workplace_that_an_order_shrank_dismisses_by_order(open_model):
    model = open_model(sample=0.005)
    city = model.city
    zone, sector = np.unravel_index(np.argmax(city.jobs.filled), city.jobs.filled.shape)
    city.begin_quarter(1)
    before = int(city.jobs.filled[zone, sector])
    half = city.jobs.stock[zone, sector] / 2
    city.jobs.stock[zone, sector] -= half
    city.jobs.lost_to_orders[zone, sector] += half
    lost = city.scratch["job_loss_by_order"] = np.zeros(343)
    people = city.residents
    n = people.n_rows
    worked = (people.work_zone[:n] == zone) & (people.sector[:n] == sector) & (people.employer_id[:n] < 0)
    labour.run(city)
    by_order = people.order_loss_quarter[:n] == 1
    over = before - city.jobs.places()[zone, sector]
    assert over > 10
    assert by_order.sum() == lost.sum() == over, "every job that went, went by order"
    assert (worked | ~by_order).all(), "only those who worked there"
    assert (city.jobs.filled <= np.maximum(city.jobs.places(), 0)).all()
    homes = people.household_id[:n][by_order]
    assert (city.households.order_loss_quarter[homes] == 1).all()


def test_a_workplace_that_shrank_by_itself_dismisses_nobody_by_order(open_model):
    city = open_model().city
    city.begin_quarter(1)
    city.jobs.stock *= 0.8
    labour.run(city)
    assert (city.residents.get("order_loss_quarter") < 1).all()
    assert (city.residents.get("activity") == Activity.UNEMPLOYED).sum() > 100


def test_orders_answer_for_their_part_of_the_dismissed(open_model):
    city = open_model(sample=0.005).city
    city.begin_quarter(1)
    # everywhere a tenth of the jobs goes, a quarter of them by order: many small cells, one expectation
    city.jobs.lost_to_orders = city.jobs.stock * 0.025
    city.jobs.stock *= 0.9
    excess, of_organisations = labour._excess(city)
    number = labour._dismissed_by_order(city, excess, of_organisations)[: excess.size].sum()
    assert excess.sum() > 1000
    assert abs(number - 0.25 * excess.sum()) < 4 * np.sqrt(excess.sum()) * 0.5


def test_nobody_is_hired_beyond_the_jobs_there_are(measured_model):
    jobs = measured_model.city.jobs
    assert (jobs.filled + jobs.outside <= jobs.places() + 0).mean() > 0.97
    assert jobs.organisation_filled.min() >= 0


def test_wages_are_kept_for_life_and_follow_schooling(base_model):
    mean = base_model.city.scratch["wage_log_mean"]
    assert np.isfinite(mean).all()
    assert (mean[:, 5].mean(axis=1) > mean[:, 2].mean(axis=1)).mean() > 0.8
    assert base_model.city.scratch["wage_log_spread"] == pytest.approx(0.5, abs=0.4)


def test_affinity_is_who_worked_where_in_the_base_year():
    education, hukou = np.array([2, 2, 2, 5, 2]), np.array([0, 0, 1, 0, 1])
    sector = np.array([7, 7, 7, 7, 18])
    found = labour._affinity(education, hukou, sector)
    assert found.shape == (6, 2, 20)
    assert found[[2, 2, 5], [0, 1, 0], 7] == pytest.approx([0.5, 0.25, 0.25], abs=0.01)
    assert found[2, 1, 18] == pytest.approx(1, abs=0.01)
    assert found[2, 0, 18] < 0.01
    assert (found[:, :, 7] > 0).all(), "nobody is shut out for good"


def test_who_looks_in_another_industry_finds_it_where_people_of_the_same_hukou_worked(base_model):
    city, n = base_model.city, 4000
    affinity = np.ones((6, 2, 20))
    affinity[:, 1, Sector.PUBLIC_ADMIN] = 0.0
    hukou = np.arange(n, dtype=np.int8) % 2
    sector, work = np.full(n, -1), np.full(n, -1)
    kernel.draw_jobs(
        0,
        n,
        0,
        np.arange(n, dtype=np.uint64),
        np.full(n, -1, np.int8),
        np.full(n, 2, np.int8),
        hukou,
        np.full(n, 100, np.int16),
        np.zeros(n, np.int64),
        affinity,
        labour.travel_decay(city),
        np.full((343, 20), 5),
        0.7,
        1,
        4,
        0,
        sector,
        work,
        np.empty(n),
    )
    hired = np.bincount(hukou[sector == Sector.PUBLIC_ADMIN], minlength=2)
    assert hired[1] == 0
    assert hired[0] == pytest.approx(n / 2 / 20, rel=0.3)
    assert (work >= 0).all()


def test_trades_keep_their_hukou(measured_model):
    """Offices hire few without the city's hukou, restaurants few with it, years after the base year too."""
    people = measured_model.city.residents
    at_work = (people.get("household_id") >= 0) & (people.get("sector") >= 0)
    at_work &= people.get("activity") == Activity.EMPLOYED
    sector = people.get("sector")[at_work].astype(int)
    outsider = people.get("hukou")[at_work] == Hukou.NON_LOCAL
    share = np.bincount(sector, weights=outsider, minlength=20) / np.bincount(sector, minlength=20)
    assert share[Sector.PUBLIC_ADMIN] < 0.5 * outsider.mean()
    assert share[Sector.AGRICULTURE] < 0.6 * outsider.mean()
    assert share[Sector.HOTEL_CATERING] > 1.3 * outsider.mean()
