"""An amount is split by its proxy with a keyed spread, and no place gets more than it holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.interventions.split import dirichlet_weights, due_by_count, fill, text_key
from sim.rng import KeyedRandom

ZONES = np.arange(50)


def test_weights_follow_the_proxy_on_average():
    proxy = np.where(ZONES < 10, 4.0, 1.0)
    drawn = np.mean(
        [dirichlet_weights(KeyedRandom(seed), text_key("m"), ZONES, proxy, 3.0) for seed in range(400)],
        axis=0,
    )
    assert drawn[:10].sum() == pytest.approx(40 / 80, abs=0.02)
    assert drawn.sum() == pytest.approx(1.0)


def test_a_smaller_spread_concentrates_the_work():
    proxy = np.ones(50)
    even = dirichlet_weights(KeyedRandom(1), 5, ZONES, proxy, 1000.0)
    lumpy = dirichlet_weights(KeyedRandom(1), 5, ZONES, proxy, 0.5)
    assert even.max() < 1.2 / 50
    assert lumpy.max() > 3 / 50


def test_the_spread_of_an_average_zone_is_the_one_the_parameter_says():
    draws = np.array(
        [dirichlet_weights(KeyedRandom(seed), 9, ZONES, np.ones(50), 4.0)[3] for seed in range(2000)]
    )
    assert draws.std() / draws.mean() == pytest.approx(0.5, abs=0.05)


def test_weights_are_the_same_in_every_run_with_the_seed_and_differ_between_measures():
    first = dirichlet_weights(KeyedRandom(1), text_key("a"), ZONES, np.ones(50), 3.0)
    assert (first == dirichlet_weights(KeyedRandom(1), text_key("a"), ZONES, np.ones(50), 3.0)).all()
    assert not np.allclose(first, dirichlet_weights(KeyedRandom(1), text_key("b"), ZONES, np.ones(50), 3.0))
    assert not np.allclose(first, dirichlet_weights(KeyedRandom(2), text_key("a"), ZONES, np.ones(50), 3.0))


def test_a_zone_without_the_proxy_gets_nothing_and_no_proxy_means_all_alike():
    proxy = np.ones(50)
    proxy[7] = 0.0
    assert dirichlet_weights(KeyedRandom(1), 1, ZONES, proxy, 3.0)[7] == 0.0
    assert (dirichlet_weights(KeyedRandom(1), 1, ZONES, np.zeros(50), 1000.0) > 0).all()


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0, 1e8),
    st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.0, 1e7)), min_size=1, max_size=12),
)
def test_what_is_given_fits_and_adds_up(amount, cells):
    weights = np.array([cell[0] for cell in cells])
    weights /= weights.sum()
    room = np.array([cell[1] for cell in cells])
    got, planned = fill(amount, weights, room)
    assert (got <= room * (1 + 1e-9) + 1e-9).all()
    assert got.sum() == pytest.approx(min(amount, room.sum()), rel=1e-6, abs=1e-5)
    assert planned.sum() == pytest.approx(amount, rel=1e-6, abs=1e-5)
    assert (planned >= got - 1e-9).all()


def test_counts_fall_due_without_drift():
    running = np.cumsum([0.0, 7.3, 7.3, 7.3, 7.3])
    due = [due_by_count(running[i], running[i + 1], 0.4) for i in range(4)]
    assert sum(due) in (29, 30)
    assert np.mean([due_by_count(0.0, 0.3, (i + 0.5) / 100) for i in range(100)]) == pytest.approx(0.3)
