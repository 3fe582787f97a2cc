"""Rounding keeps every margin and every expectation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.synthesis.rounding import controlled_round, fit, fit_and_round, generator, round_to_total

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)
tables = hnp.arrays(np.float64, shapes, elements=st.floats(0.0, 60.0))
whole_tables = hnp.arrays(np.int64, shapes, elements=st.integers(0, 40))


@settings(max_examples=150, deadline=None)
@given(tables, st.integers(0, 2**32 - 1))
def test_controlled_rounding_stays_within_one_in_cells_and_margins(table, key):
    whole = controlled_round(table, generator(key))
    assert (whole >= 0).all()
    assert np.abs(whole - table).max() < 1.0 + 1e-6
    assert np.abs(whole.sum(axis=0) - table.sum(axis=0)).max() < 1.0 + 1e-5
    assert np.abs(whole.sum(axis=1) - table.sum(axis=1)).max() < 1.0 + 1e-5


@settings(max_examples=150, deadline=None)
@given(whole_tables, st.integers(0, 2**32 - 1))
def test_whole_margins_are_met_exactly_from_any_seed(target, key):
    random = generator(key)
    seed = random.random(target.shape) * (random.random(target.shape) < 0.8)
    whole = fit_and_round(seed, target.sum(axis=1), target.sum(axis=0), random)
    assert (whole >= 0).all()
    np.testing.assert_array_equal(whole.sum(axis=1), target.sum(axis=1))
    np.testing.assert_array_equal(whole.sum(axis=0), target.sum(axis=0))


def test_controlled_rounding_keeps_expectations():
    table = np.array([[0.3, 1.7, 0.5], [2.25, 0.5, 0.25], [0.45, 0.8, 0.75]])
    mean = np.mean([controlled_round(table, generator(7, k)) for k in range(4000)], axis=0)
    np.testing.assert_allclose(mean, table, atol=0.04)


def test_controlled_rounding_is_keyed():
    table = generator(1).random((20, 20))
    np.testing.assert_array_equal(
        controlled_round(table, generator(5)), controlled_round(table, generator(5))
    )
    assert (controlled_round(table, generator(5)) != controlled_round(table, generator(6))).any()


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0.0, 1e6)), st.integers(0, 10**6))
def test_shares_add_up_to_their_total(values, total):
    whole = round_to_total(values, total)
    assert whole.sum() == total
    assert (whole >= 0).all()


def test_totals_that_disagree_are_refused():
    with pytest.raises(ValueError, match="add up"):
        fit_and_round(np.ones((2, 2)), np.array([1, 1]), np.array([1, 2]), generator(0))


def test_fit_meets_three_margins_and_keeps_the_odds_of_its_seed():
    random = generator(3)
    seed = random.random((4, 3, 2)) + 0.1
    target = random.random((4, 3, 2)) + 0.1
    margins = [target.sum(axis=2), target.sum(axis=(0, 1)), target.sum(axis=(1,))]
    fitted = fit(seed, margins, [[0, 1], [2], [0, 2]])
    np.testing.assert_allclose(fitted.sum(axis=2), margins[0], rtol=1e-3)
    np.testing.assert_allclose(fitted.sum(axis=1), margins[2], rtol=1e-3)
    odds = seed[:, 0, 0] * seed[:, 1, 1] / (seed[:, 1, 0] * seed[:, 0, 1])
    kept = fitted[:, 0, 0] * fitted[:, 1, 1] / (fitted[:, 1, 0] * fitted[:, 0, 1])
    np.testing.assert_allclose(kept, odds, rtol=1e-6)
