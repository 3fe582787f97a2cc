"""Check how many come: counts that never fall when the mean rises, and what invites people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.processes import migration

means = st.floats(1e-9, 2e5)


@given(st.floats(1e-6, 1 - 1e-6), means, st.floats(1.0, 3.0))
@settings(max_examples=300, deadline=None)
def test_a_larger_mean_never_brings_fewer(u, mean, factor):
    few, many = migration.poisson_quantile(np.full(2, u), np.array([mean, mean * factor]))
    assert 0 <= few <= many
    assert few == int(few)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.01, 500.0))
@settings(max_examples=200, deadline=None)
def test_the_count_is_the_quantile_of_poisson(u, mean):
    count = float(migration.poisson_quantile(np.array([u]), np.array([mean]))[0])
    assert stats.poisson.cdf(count, mean) >= u * (1 - 1e-9)
    assert count == 0 or stats.poisson.cdf(count - 1, mean) < u * (1 + 1e-9)


def test_counts_have_the_mean_they_are_asked_for():
    u = (np.arange(20_000) + 0.5) / 20_000
    for mean in (0.3, 7.0, 300.0):
        assert migration.poisson_quantile(u, np.full(len(u), mean)).mean() == pytest.approx(mean, rel=2e-3)


@pytest.fixture(scope="module")
def invited():
    """Give the city of a model after one quarter and a way to ask who would come were something different."""
    from sim import CityModel

    model = CityModel(sample=0.005, rng=1, threads=1)
    model.step()
    yield model.city
    model.close()


def arrivals(city):
    return migration.expected_households(city).sum()


def test_more_free_jobs_bring_more_people(invited):
    before, jobs = arrivals(invited), invited.scratch["open_jobs"]
    invited.scratch["open_jobs"] = jobs * 1.5
    assert arrivals(invited) > before * 1.02
    invited.scratch["open_jobs"] = jobs


def test_more_seekers_bring_fewer(invited):
    before, seekers = arrivals(invited), invited.scratch["n_seekers"]
    invited.scratch["n_seekers"] = seekers * 2
    assert arrivals(invited) < before * 0.98
    invited.scratch["n_seekers"] = seekers


def test_free_jobs_of_a_sector_bring_people_of_that_sector(invited):
    before, jobs = migration.expected_households(invited), invited.scratch["open_jobs"]
    sector = int(np.argmax(before))
    invited.scratch["open_jobs"] = jobs.copy()
    invited.scratch["open_jobs"][sector] *= 2
    after = migration.expected_households(invited)
    invited.scratch["open_jobs"] = jobs
    assert after[sector] / after.sum() > before[sector] / before.sum()


def test_dearer_homes_bring_fewer(invited):
    before = arrivals(invited)
    invited.dwellings.rent_cny_m2_month *= 1.3
    dearer = arrivals(invited)
    invited.dwellings.rent_cny_m2_month /= 1.3
    assert dearer < before * 0.99


def test_fewer_free_homes_bring_fewer(invited):
    before = arrivals(invited)
    stock = invited.dwellings.stock.copy()
    invited.dwellings.stock *= 0.97
    scarcer = arrivals(invited)
    invited.dwellings.stock = stock
    assert scarcer < before * 0.99


def test_donors_come_from_outside_and_bring_their_people(base_model):
    scratch = base_model.city.scratch
    start, members = scratch["donor_member_start"], scratch["donor_members"]
    assert start[-1] == len(members)
    assert (np.diff(start) >= 1).all()
    assert (members[:, 0] >= 0).all(), "quarters of age"
    assert scratch["donor_start"][-1] == len(scratch["donor_list"]) == len(start) - 1


def _alone_among_newcomers(open_model, weight: float) -> float:
    model = open_model(sample=0.005, parameters={"arrival_alone_weight": weight})
    model.step()
    homes, people = model.city.households, model.city.residents
    head = homes.first_member[: homes.n_rows]
    new = (
        (head >= 0) & (people.arrival_quarter[head] == model.city.quarter) & (homes.kind[: homes.n_rows] == 0)
    )
    return float((homes.n_persons[: homes.n_rows][new] == 1).mean())


def test_who_lives_alone_comes_as_often_as_the_weight_says(open_model):
    once, thrice = (_alone_among_newcomers(open_model, weight) for weight in (1.0, 3.0))
    assert once > 0.1
    odds = once / (1 - once)
    assert thrice == pytest.approx(3 * odds / (1 + 3 * odds), abs=0.06)
