"""Check sums over runs of neighbours against NumPy's, and over groups against those of pandas."""

import numpy as np
import pandas as pd

from sim.kernels.sums import find_runs, sum_groups, sum_runs


def test_sums_are_those_of_numpy_to_the_bit():
    rng = np.random.default_rng(5)
    lengths = np.concatenate([np.arange(1, 130), rng.integers(1, 45, 400)])
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    numbers = rng.lognormal(0, 9, (3, lengths.sum())) * rng.choice([-1, 1], lengths.sum())
    numbers[1, rng.random(lengths.sum()) < 0.01] = np.nan
    line = rng.permutation(lengths.sum())
    sums = np.empty((3, len(first)))
    sum_runs(numbers, line, first, sums)
    np.testing.assert_array_equal(sums, np.add.reduceat(numbers[:, line], first, axis=1))


def test_a_run_longer_than_that_is_summed_whole():
    numbers, sums = np.ones((1, 1000)), np.empty((1, 2))
    sum_runs(numbers, np.arange(1000), np.array([0, 300]), sums)
    assert sums.tolist() == [[300.0, 700.0]]


def runs_of(lengths, summed, places, wider):
    n = len(places)
    line, *out = (np.empty(n, np.int64) for _ in range(4))
    begins = np.concatenate([[0], np.cumsum(lengths)])
    found = find_runs(begins, np.array(summed), np.array(places), np.array(wider), line, *out)
    return [line.tolist(), *(part[:found].tolist() for part in out)]


WIDER = [10, 10, 11, -1]
"""Places 0 and 1 lie in 10, place 2 in 11; the last stands for itself."""


def test_entries_of_a_wider_place_make_a_run_in_blocks_that_are_summed():
    line, first, place, block = runs_of([3, 2, 1], [True, False, True], [0, 1, 2, 0, 1, -1], WIDER)
    assert line == [0, 1, 2, 3, 4, 5]
    assert (first, place, block) == ([0, 2, 3, 4, 5], [10, 11, 0, 1, -1], [0, 0, 1, 1, 2])


def test_a_run_ends_with_its_block():
    assert runs_of([1, 1], [True, True], [0, 1], WIDER)[1:] == [[0, 1], [10, 10], [0, 1]]


def test_entries_out_of_order_are_put_together_as_they_stand():
    line, first, place, _ = runs_of([5], [True], [2, 1, 3, 2, 0], WIDER)
    assert (line, first, place) == ([2, 1, 4, 0, 3], [0, 1, 3], [-1, 10, 11])
    assert runs_of([2], [False], [2, 1], WIDER)[0] == [0, 1]


def test_sums_by_group_are_those_of_pandas_to_the_bit():
    rng = np.random.default_rng(6)
    values, group = rng.lognormal(0, 9, (3, 5000)) * rng.choice([-1, 1], 5000), rng.integers(0, 40, 5000)
    values[:, rng.random(5000) < 0.1] = np.nan
    values[1, group == 7] = np.nan
    values[2, np.flatnonzero(group == 8)[:2]] = np.inf
    sums, lost = np.zeros((2, 40, 3))
    known = np.zeros((40, 3), np.bool_)
    for part in (slice(0, 1900), slice(1900, None)):  # what was lost goes on from portion to portion
        sum_groups(np.ascontiguousarray(values[:, part]), group[part], sums, lost, known)
    sums[~known] = np.nan
    expected = pd.DataFrame(values.T).groupby(group).sum(min_count=1).to_numpy()
    np.testing.assert_array_equal(sums, expected)
    assert np.isnan(sums[7, 1])
    assert np.isinf(sums[8, 2])
