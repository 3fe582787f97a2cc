"""Sums by run and keys: what a run has not is unknown, and nought where it is added up."""

import numpy as np
import pandas as pd

from sim.outcomes.sums import Sums, quotient

ROWS = pd.DataFrame(
    [(1, "a", "x", 1.0), (1, "b", "x", 2.0), (1, "b", "x", 4.0), (3, "b", "y", np.nan)],
    columns=["replication", "one", "two", "n"],
)


def test_combinations_and_runs():
    sums = Sums.of(ROWS, ("one", "two"), ("n",), (1, 2, 3))
    assert sums.keys.to_numpy().tolist() == [["a", "x"], ["b", "x"], ["b", "y"]]
    assert np.array_equal(sums.values["n"][0], [1.0, 6.0, np.nan], equal_nan=True)
    assert np.isnan(sums.values["n"][1:]).all()
    assert sums.by_run("n").tolist() == [7.0, 0.0, 0.0]
    assert sums.by_run("n", sums.keys["one"] == "b").tolist() == [6.0, 0.0, 0.0]
    known = sums.known_by_run("n", sums.keys["two"] == "x")
    assert np.array_equal(known, [7.0, np.nan, np.nan], equal_nan=True)
    assert sums.pooled()["n"].tolist() == [1.0, 6.0, 0.0]


def test_fewer_keys_and_none():
    sums = Sums.of(ROWS, ("one", "two"), ("n",), (1, 2, 3))
    told = {key: values.tolist() for key, values in sums.grouped("n", ("two",))}
    assert told == {("x",): [7.0, 0.0, 0.0], ("y",): [0.0, 0.0, 0.0]}
    assert [(key, values.tolist()) for key, values in sums.grouped("n", ())] == [((), [7.0, 0.0, 0.0])]
    whole = Sums.of(ROWS, (), ("n",), (1, 2, 3))
    assert whole.by_run("n").tolist() == [7.0, 0.0, 0.0]


def test_a_quotient_over_nothing_is_unknown():
    over = quotient(np.array([1.0, 1.0, np.nan, 1.0]), np.array([2.0, 0.0, 1.0, np.nan]))
    assert np.array_equal(over, [0.5, np.nan, np.nan, np.nan], equal_nan=True)
