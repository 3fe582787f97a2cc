"""Contributions add up to the whole effect, whatever the measures do to each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.outcomes.attribution import (
    INTERACTION,
    MOST_PLAYERS,
    group,
    leave_one_out,
    leave_one_out_coalitions,
    shapley,
    shapley_coalitions,
)

PLAYERS = ("demolish", "market", "basement")


def worth_of(numbers: np.ndarray) -> dict:
    return dict(zip(shapley_coalitions(PLAYERS), numbers, strict=True))


@given(arrays(float, (8, 4), elements=st.floats(-1e6, 1e6)))
def test_both_ways_add_up_to_the_total_in_every_replication(numbers):
    worth = worth_of(numbers)
    total = worth[frozenset(PLAYERS)] - worth[frozenset()]
    for way in (leave_one_out, shapley):
        rows = way(PLAYERS, worth)
        assert sum(row.values for row in rows) == pytest.approx(total, abs=1e-6)


def test_measures_that_do_not_meddle_get_what_they_do_alone():
    own = {"demolish": -100.0, "market": -30.0, "basement": -5.0}
    worth = {part: np.array([sum(own[player] for player in part)]) for part in shapley_coalitions(PLAYERS)}
    for way in (leave_one_out, shapley):
        rows = {row.player: row.values[0] for row in way(PLAYERS, worth)}
        assert {name: rows[name] for name in PLAYERS} == pytest.approx(own)
    assert leave_one_out(PLAYERS, worth)[-1].values[0] == pytest.approx(0.0)


def test_the_same_person_cleared_twice_is_shared_by_shapley_and_left_to_interaction():
    """Basement and market reach the same 10 people: either alone removes 10, both together still 10."""
    worth = {part: np.array([-10.0 if part & {"market", "basement"} else 0.0])
             for part in shapley_coalitions(PLAYERS)}  # fmt: skip
    fair = {row.player: row.values[0] for row in shapley(PLAYERS, worth)}
    assert fair == pytest.approx({"demolish": 0.0, "market": -5.0, "basement": -5.0})
    left = {row.player: row.values[0] for row in leave_one_out(PLAYERS, worth)}
    assert left == pytest.approx({"demolish": 0.0, "market": 0.0, "basement": 0.0, INTERACTION: -10.0})


def test_a_replication_costs_at_most_128_coalitions():
    assert len(shapley_coalitions([str(i) for i in range(MOST_PLAYERS)])) == 128
    with pytest.raises(ValueError, match="256 coalitions"):
        shapley_coalitions([str(i) for i in range(MOST_PLAYERS + 1)])
    assert len(leave_one_out_coalitions(PLAYERS)) == 5


def test_few_kinds_play_for_themselves_and_many_in_groups():
    assert group(PLAYERS, {}) == {name: (name,) for name in PLAYERS}
    many = [f"kind{i}" for i in range(8)]
    halves = {"first": many[:4], "second": many[4:], "empty": ["other"]}
    assert group(many, halves) == {"first": tuple(many[:4]), "second": tuple(many[4:])}
    with pytest.raises(ValueError, match="no group holds kind7"):
        group(many, {"first": many[:7]})


def test_the_standard_error_needs_two_replications():
    rows = shapley(PLAYERS, worth_of(np.arange(8.0).reshape(8, 1)))
    assert rows[0].standard_error is None
    rows = shapley(PLAYERS, worth_of(np.arange(16.0).reshape(8, 2)))
    assert rows[0].standard_error == pytest.approx(rows[0].values.std(ddof=1) / 2**0.5)
