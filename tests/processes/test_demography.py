"""Check who marries whom, and that a quarter of demography does what its events say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts import reconcile
from sim.codes import Activity, Marital, Role
from sim.kernels import vital
from sim.outcomes.record import people_by_zone
from sim.processes import demography, vital_rates

candidate = st.tuples(st.integers(0, 31), st.floats(60, 240), st.floats(0.001, 0.999))
candidates = st.lists(candidate, max_size=30)


def columns(rows):
    return (
        np.array([r[0] for r in rows], dtype=np.int64),
        np.array([r[1] for r in rows], dtype=float),
        np.array([r[2] for r in rows], dtype=float),
    )


@given(candidates, candidates)
@settings(max_examples=150, deadline=None)
def test_pairs_stay_in_their_group_and_nobody_marries_twice(men, women):
    his_group, his_rank, his_u = columns(men)
    her_group, her_rank, her_u = columns(women)
    his, hers = demography.pair(his_group, his_rank, his_u, her_group, her_rank, her_u)
    assert len(his) == len(hers)
    assert len(set(his.tolist())) == len(his)
    assert len(set(hers.tolist())) == len(hers)
    np.testing.assert_array_equal(his_group[his], her_group[hers])
    for group in range(32):
        number = np.count_nonzero(his_group[his] == group)
        assert number == min(np.count_nonzero(his_group == group), np.count_nonzero(her_group == group))
        in_group = his_group[his] == group
        # the older marries the older
        assert (np.diff(his_rank[his][in_group]) >= 0).all()
        assert (np.diff(her_rank[hers][in_group]) >= 0).all()


def test_where_men_are_many_the_keyed_uniform_says_who_waits():
    zero = np.zeros(3, dtype=np.int64)
    his, hers = demography.pair(
        zero,
        np.array([120.0, 100.0, 140.0]),
        np.array([0.2, 0.9, 0.1]),
        zero[:1],
        np.array([99.0]),
        np.array([0.5]),
    )
    np.testing.assert_array_equal(his, [2])
    np.testing.assert_array_equal(hers, [0])


def events(city):
    """Return the events `demography.run` would carry out this quarter."""
    rates = vital_rates.rates_of(city, vital_rates.base_rates(city), school_term=False)
    event = np.zeros(city.residents.n_rows, dtype=np.uint16)
    before = city.residents.activity.copy(), city.residents.education.copy()
    vital.decide(0, len(event), 0, city.residents.arrays(), rates, city.random.seed, city.quarter, event)
    city.residents.activity[:], city.residents.education[:] = before
    return event


def test_the_dead_go_the_born_come_and_the_books_agree(open_model):
    city = open_model(sample=0.005).city
    city.begin_quarter(1)
    city.scratch["hukou_gain_level"] = 0.0
    event = events(city)
    people = city.residents
    keys = people.draw_key[: people.n_rows].copy()
    dying = keys[event & vital.DEATH > 0]
    mothers = keys[event & vital.BIRTH > 0]
    number = len(people)
    demography.run(city)
    alive = people.alive()
    left = set(people.draw_key[: people.n_rows][alive].tolist())
    assert len(dying) > 20
    assert len(mothers) > 20
    assert not left & set(dying.tolist())
    assert city.counters["deaths"].sum() == len(dying)
    # a mother has her child unless a partner's death left her household before the births: none does
    assert city.counters["births"].sum() == len(mothers)
    assert len(people) == number + len(mothers) - len(dying)
    newborn = alive & (people.birth_quarter[: people.n_rows] == 1)
    assert newborn.sum() == len(mothers)
    assert (people.activity[: people.n_rows][newborn] == Activity.CHILD).all()
    reconcile.run(city)


def test_years_of_demography_keep_every_household_whole(open_model):
    city = open_model().city
    for quarter in range(1, 13):
        city.begin_quarter(quarter)
        demography.run(city)
        reconcile.run(city)
        city.scratch["residents_before"] = people_by_zone(city)["residents"]
    people, homes = city.residents, city.households
    alive = people.alive()
    role, home = people.role[: people.n_rows][alive], people.household_id[: people.n_rows][alive]
    heads = np.bincount(home[role == Role.HEAD], minlength=homes.n_rows)
    assert (heads[homes.alive()] == 1).all(), "each household has one head"
    married = people.marital[: people.n_rows][alive] == Marital.MARRIED
    age = 12 - people.birth_quarter[: people.n_rows][alive].astype(int)
    assert age[married].min() >= 18 * 4
    assert age.max() < 112 * 4
