"""Check that the race looked at by bounds has the winner of the race looked at in full."""

import numpy as np
import pytest

from sim.kernels import race
from sim.kernels.philox import moment


def run_race(who, weights):
    """Return the winner by bounds and the winner by every time, for weights (3, n) that are multiplied."""
    n_zones = weights.shape[1]
    n_places = race.race_size(n_zones)
    words, bound = np.zeros(n_places, dtype=np.uint32), np.empty(n_places, dtype=np.float32)
    race.draw_words(np.uint64(5), np.uint64(who), moment.py_func(18, 3), words)
    race.bound_times(words, *race.spread_out(weights, n_places), bound)
    n_blocks = -(-n_zones // 4)
    of_zone = words.reshape(4, -1)[:, :n_blocks].ravel()[:n_zones]
    with np.errstate(divide="ignore"):
        times = -np.log((of_zone + 0.5) / 2.0**32) / weights.prod(axis=0)
    found = race.winner(words, bound, bound.view(np.int32), *weights)
    return found, int(np.argmin(times)) if np.isfinite(times).any() else race.NO_PLACE


@pytest.mark.parametrize("n_zones", [1, 11, 343])
@pytest.mark.parametrize("spread", [0.1, 2.0, 8.0])
def test_bounds_find_the_true_winner(n_zones, spread):
    rng = np.random.default_rng(n_zones)
    for who in range(300):
        weights = np.exp(-np.abs(rng.normal(0.0, spread, (3, n_zones))))
        weights[0, rng.uniform(size=n_zones) < 0.2] = 0.0
        found, true = run_race(who, weights)
        assert found == true


def test_a_zone_that_draws_almost_everybody_wins_by_its_true_time():
    winners = []
    for who in range(2000):
        weights = np.full((3, 40), 1e-3)
        weights[:, 7] = 1.0
        weights[0, 8] = 0.5
        weights[1:, 8] = 1.0
        found, true = run_race(who, weights)
        assert found == true
        winners.append(found)
    assert 0.28 < np.mean(np.array(winners) == 8) < 0.39


@pytest.mark.parametrize("scale", [1e-25, 1e15])
def test_weights_beyond_single_precision_are_looked_at_in_full(scale):
    rng = np.random.default_rng(2)
    for who in range(100):
        found, true = run_race(who, scale * rng.uniform(0.5, 1.0, (3, 30)))
        assert found == true


def test_nobody_wins_without_a_weight():
    assert run_race(1, np.zeros((3, 20)))[0] == race.NO_PLACE
