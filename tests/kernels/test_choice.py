"""Check the choice of a home on fixed arrays: who moves when one weight changes, how often a zone wins."""

from itertools import pairwise

import numpy as np
import pytest

from sim.kernels import choice
from sim.kernels.race import NO_PLACE, Seekers, Weights, race_size, spread_out

N, N_ZONES, N_CLASSES, N_SEGMENTS = 4000, 11, 5, 2


class Market:
    """Hold the arrays of a small housing market and let everybody choose in it."""

    def __init__(self):
        rng = np.random.default_rng(3)
        self.key = rng.integers(0, 2**63, N, dtype=np.uint64)
        self.segment = rng.integers(0, N_SEGMENTS, N)
        self.work = rng.integers(-1, N_ZONES, N)
        self.previous = rng.integers(0, N_ZONES + 1, N)
        self.steep = rng.integers(0, 2, N)
        self.active = np.ones(N, dtype=np.bool_)
        self.value = rng.uniform(0.2, 2.0, (N_SEGMENTS, N_ZONES, N_CLASSES))
        self.vacancy = rng.integers(1, 50, (N_ZONES, N_CLASSES))
        self.zone_value = np.ones(N_ZONES)
        self.decay = rng.uniform(0.3, 1.0, (3, N_ZONES, N_ZONES)).astype(np.float32)
        self.access = rng.uniform(0.3, 1.0, N_ZONES).astype(np.float32)
        self.closeness = np.vstack([rng.uniform(0.3, 1.0, (N_ZONES, N_ZONES)), np.ones(N_ZONES)])
        self.size_power = 0.8

    def size(self):
        """Return the size term of each class in each zone."""
        size = np.empty(self.vacancy.shape)
        choice.size_terms(self.vacancy, self.size_power, size)
        return size

    def weights(self):
        """Return each segment's weight of each zone, and their sums."""
        weight, inclusive = np.empty((N_SEGMENTS, N_ZONES)), np.empty(N_SEGMENTS)
        choice.attraction(self.size(), self.value, self.zone_value, weight, inclusive)
        return weight, inclusive

    def choose(self, quarter=12, seed=1, pieces=1):
        """Return everybody's zone and class, chosen in so many blocks."""
        zone, kind = np.full(N, -9), np.full(N, -9)
        weights = Weights(self.weights()[0], self.closeness, self.decay, self.access)
        inverse = Weights(*(spread_out(values, race_size(N_ZONES)) for values in weights))
        edges = np.linspace(0, N, pieces + 1).astype(int)
        for start, stop in pairwise(edges):
            choice.choose(
                start,
                stop,
                0,
                Seekers(self.key, self.segment, self.work, self.previous, self.steep),
                self.active,
                weights,
                inverse,
                self.value,
                self.size(),
                np.uint64(seed),
                quarter,
                zone,
                kind,
            )
        return zone, kind


@pytest.fixture
def market():
    return Market()


def test_a_better_zone_draws_people_in_and_moves_nobody_elsewhere(market):
    before, _ = market.choose()
    market.zone_value[4] *= 1.5
    after, _ = market.choose()
    changed = before != after
    assert 50 < changed.sum() < N
    assert (after[changed] == 4).all()


def test_a_worse_zone_loses_only_its_own(market):
    before, _ = market.choose()
    market.zone_value[4] *= 0.5
    after, _ = market.choose()
    changed = before != after
    assert 50 < changed.sum() < N
    assert (before[changed] == 4).all()


def test_a_changed_class_moves_nobody_between_the_others_of_its_zone(market):
    zones, kinds = market.choose()
    market.value[:, 4, 2] *= 1.3
    new_zones, new_kinds = market.choose()
    same_zone = zones == new_zones
    changed = same_zone & (kinds != new_kinds)
    assert changed.any()
    assert (new_zones[changed] == 4).all()
    assert (new_kinds[changed] == 2).all()
    assert (new_zones[~same_zone] == 4).all()


def test_choices_do_not_depend_on_blocks_order_or_who_else_chooses(market):
    zones, kinds = market.choose()
    np.testing.assert_array_equal(market.choose(pieces=7)[0], zones)
    market.active[::2] = False
    alone, _ = market.choose()
    np.testing.assert_array_equal(alone[1::2], zones[1::2])
    assert (alone[::2] == -9).all()
    market.active[:] = True
    for name in ("key", "segment", "work", "previous", "steep"):
        setattr(market, name, getattr(market, name)[::-1].copy())
    back = market.choose()
    np.testing.assert_array_equal(back[0][::-1], zones)
    np.testing.assert_array_equal(back[1][::-1], kinds)


def test_another_quarter_or_seed_draws_anew(market):
    zones, _ = market.choose()
    for other in (market.choose(quarter=13)[0], market.choose(seed=2)[0]):
        assert 0.3 < np.mean(zones != other) < 0.99


def test_zones_are_chosen_by_their_weight(market):
    market.segment[:] = 0
    market.work[:] = -1
    market.previous[:] = N_ZONES
    zones, kinds = market.choose()
    weight = market.weights()[0][0] * market.access
    expected = N * weight / weight.sum()
    counts = np.bincount(zones, minlength=N_ZONES)
    assert (((counts - expected) ** 2) / expected).sum() < 35.0  # chi-square, 10 degrees: 1 in 10,000
    share = market.value[0] * market.vacancy**market.size_power
    in_zone = zones == int(np.argmax(counts))
    expected = in_zone.sum() * share[np.argmax(counts)] / share[np.argmax(counts)].sum()
    counts = np.bincount(kinds[in_zone], minlength=N_CLASSES)
    assert (((counts - expected) ** 2) / expected).sum() < 24.0


def test_nobody_chooses_what_is_full_or_not_allowed(market):
    market.vacancy[3] = 0
    market.vacancy[:, 1] = 0
    market.value[0, 5] = 0.0
    zones, kinds = market.choose()
    assert (zones != 3).all()
    assert (kinds != 1).all()
    assert not ((market.segment == 0) & (zones == 5)).any()
    assert ((market.segment == 1) & (zones == 5)).any()


def test_no_place_anywhere_leaves_everybody_where_they_are(market):
    market.vacancy[:] = 0
    zones, kinds = market.choose()
    assert (zones == NO_PLACE).all()
    assert (kinds == NO_PLACE).all()


def test_the_logsum_is_that_of_its_parts(market):
    weight, inclusive = market.weights()
    np.testing.assert_allclose(
        weight, (market.vacancy**market.size_power * market.value).sum(axis=2) * market.zone_value
    )
    np.testing.assert_allclose(inclusive, weight.sum(axis=1))


def test_places_go_in_queue_order_and_never_twice():
    zone = np.zeros(10, dtype=np.int64)
    kind = np.zeros(10, dtype=np.int64)
    zone[3] = NO_PLACE
    active = np.ones(10, dtype=np.bool_)
    active[8] = False
    vacancy = np.full((2, 2), 4)
    order = np.arange(9, -1, -1)
    left = choice.ration(order, active, zone, kind, vacancy)
    assert vacancy[0, 0] == 0
    assert left == 5
    # 9, 7, 6, 5 come first; 8 had its home and 3 chose none
    np.testing.assert_array_equal(np.flatnonzero(~active), [5, 6, 7, 8, 9])
