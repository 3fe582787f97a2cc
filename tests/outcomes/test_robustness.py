"""Robustness: options and states, regret against the best in a state, limits on people, what decides."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.outcomes import discovery
from sim.outcomes.by_run import by_run, outcome
from sim.outcomes.discovery import (
    ALL_HOLD,
    CHANCE,
    FOUND,
    NONE_HOLD,
    NOTHING_VARIES,
    TOO_FEW,
    boxes,
)
from sim.outcomes.limits import PEOPLE, default_limits, read_limit
from sim.outcomes.robustness import (
    REGRET_COLUMNS,
    SATISFICING_COLUMNS,
    decisive,
    limits_of,
    regret,
    satisficing,
)
from sim.outcomes.series import SeriesBook
from sim.outcomes.sums import Sums
from sim.outcomes.worlds import worlds
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(autouse=True)
def _few_shuffles(monkeypatch):
    """Grow fewer trees than a planner would: one in twenty is still enough to tell what decides."""
    monkeypatch.setattr(discovery, "SHUFFLES", 19)


class Store:
    """Answer as a store does: residents of the core and persons forced to move, set by a test."""

    def __init__(self, residents, forced, *, drawing=True, said=None, drawn=None):
        self.residents, self.forced, self.said, self.drawn = residents, forced, said or {}, drawn or {}
        self.scenarios, self.until, self.drawing = list(residents), "2017Q4", drawing

    def replications(self, scenario):
        """Return the replications that have a value."""
        return list(range(1, len(self.residents[scenario]) + 1))

    def manifest(self, scenario, replication):
        """Return the parameters of a run and what its scenario says."""
        said = {"measures": [], "levers": [], "shocks": [], "paths": "mid", "uncertainties": []}
        values = {"fixed": 1.0, "open": float(replication) * self.drawing} | self.drawn.get(
            (scenario, replication), {}
        )
        return {"parameters": values, "scenario": said | self.said.get(scenario, {})}

    def sums(self, _table, numbers, by, scenario, *, since=None):
        """Return who was forced to move."""
        rows = [(n, True, value, value / 10) for n, value in enumerate(self.forced[scenario], start=1)]
        frame = pd.DataFrame(rows, columns=["replication", "forced", "persons", "children"])
        known = frame[frame["replication"].isin(self.replications(scenario))]
        return Sums.of(known, by, numbers, self.replications(scenario))

    def indicators(self, scenario=None, *, indicator=None, level=None, area=None, quarter=None):
        """Return residents of the core whatever is asked."""
        names = [scenario] if isinstance(scenario, str) else scenario
        rows = [
            (name, number, "2017Q4", "core", "residents", value)
            for name in names
            for number, value in enumerate(self.residents[name], start=1)
        ]
        return pd.DataFrame(
            rows, columns=["scenario", "replication", "quarter", "area", "indicator", "value"]
        )

    def book(self):
        """Return them as a book."""
        return SeriesBook(self.indicators(self.scenarios))


TWO = ("residents:core", "forced_to_move")
LOW_OR_GENTLE = {"low": [10.0, 30.0, 10.0], "gentle": [20.0, 20.0, 20.0]}
FORCED = {"low": [5.0, 5.0, 5.0], "gentle": [0.0, 0.0, 0.0]}


def test_regret_is_against_the_best_in_the_same_state():
    frame = regret(Store(LOW_OR_GENTLE, FORCED), TWO)
    assert tuple(frame.columns) == REGRET_COLUMNS
    row = frame.set_index(["scenario", "outcome"]).loc
    low, gentle = row[("low", "residents:core")], row[("gentle", "residents:core")]
    assert (low["estimate"], low["maximum"], low["share_best"]) == pytest.approx((10 / 3, 10.0, 2 / 3))
    assert (gentle["estimate"], gentle["maximum"]) == pytest.approx((20 / 3, 10.0))
    assert row[("low", "forced_to_move")]["estimate"] == 5.0
    assert (low["forced_to_move"], low["children"], low["n_states"]) == (5.0, 0.5, 3)


def test_more_is_better_where_it_is():
    store = Store(LOW_OR_GENTLE, FORCED)
    assert regret(store, ["income:core"]).set_index("scenario")["estimate"]["low"] == pytest.approx(20 / 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 1e6)] * 3), min_size=2, max_size=6))
def test_in_every_state_one_option_has_no_regret(states):
    values = {name: [state[i] for state in states] for i, name in enumerate("abc")}
    frame = regret(Store(values, values), ["residents:core"])
    assert (frame["estimate"] >= 0).all()
    assert frame["share_best"].sum() >= 1 - 1e-9
    assert (frame["maximum"] >= frame["estimate"] - 1e-9).all()


def test_one_option_or_one_state_has_no_regret_to_tell():
    assert regret(Store({"a": [1.0, 2.0]}, {"a": [0.0, 0.0]})).empty
    assert regret(Store(LOW_OR_GENTLE, FORCED, drawing=False)).empty


def test_what_has_no_better_way_is_refused():
    with pytest.raises(InputError, match="businesses:core"):
        regret(Store(LOW_OR_GENTLE, FORCED), ["businesses:core"])


@pytest.mark.parametrize("name", ["people", "residents", "resident:core", ""])
def test_an_unknown_outcome_is_refused_with_near_ones(name):
    with pytest.raises(InputError, match="nearest"):
        outcome(name)


def test_a_state_counts_only_where_every_option_has_a_run():
    store = Store({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0]}, FORCED)
    assert len(worlds(store).states) == 2
    assert worlds(store).parameters.columns.tolist() == ["open"]


def test_rows_of_a_design_that_differ_in_what_is_not_known_are_one_option():
    values = {f"plan-2017-{row}": [1.0, 3.0] for row in range(1, 5)}
    said = {
        "plan-2017-1": {"uncertainties": [["x", 0.1]]},
        "plan-2017-2": {"uncertainties": [["x", 0.9]]},
        "plan-2017-3": {"uncertainties": [["x", 0.1]], "levers": [["enforcement", 2.0]]},
        "plan-2017-4": {"uncertainties": [["x", 0.9]], "levers": [["enforcement", 2.0]]},
    }
    drawn = {
        (name, number): {"open": 0.0, "x": part["uncertainties"][0][1]}
        for name, part in said.items()
        for number in (1, 2)
    }
    found = worlds(Store(values, values, drawing=False, said=said, drawn=drawn))
    assert found.options == ["plan-2017", "plan-2017 (enforcement 2)"]
    assert found.parameters["x"].tolist() == [0.1, 0.9]
    store = Store(values, values)
    means = found.by_state(by_run(store, store.scenarios, [outcome("residents:core")]))
    assert means["residents:core"].tolist() == [2.0] * 4  # replications of a state are averaged


def test_a_scenario_that_sets_a_parameter_alone_is_an_option_with_the_same_states():
    said = {"gentle": {"uncertainties": [["x", 0.1]]}}
    found = worlds(Store(LOW_OR_GENTLE, FORCED, said=said))
    assert (found.options, len(found.states)) == (["low", "gentle"], 3)


def test_options_without_a_common_state_have_nothing_to_tell():
    values = dict.fromkeys(("a-1", "a-2", "b"), (1.0,))
    said = {"a-1": {"uncertainties": [["x", 0.1]]}, "a-2": {"uncertainties": [["x", 0.2]]}}
    store = Store(values, values, said=said, drawing=False)
    assert worlds(store).states == []
    assert regret(store, TWO).empty
    assert satisficing(store, default_limits()[:1]).empty
    assert decisive(store, default_limits()[:1]).empty


def test_a_limit_on_people_always_stands_beside_targets():
    limits = limits_of(Store(LOW_OR_GENTLE, FORCED), targets=())
    assert {item.name for item in limits} == {"forced_to_move", "rent_burden:beijing"}
    assert all(item.kind == PEOPLE for item in limits)
    given_one = limits_of(Store(LOW_OR_GENTLE, FORCED), targets=(), limits=["forced_to_move<=7"])
    assert [item.value for item in given_one] == [7.0]
    with_other = limits_of(Store(LOW_OR_GENTLE, FORCED), targets=(), limits=["residents:core<=7"])
    assert len(with_other) == 3


def test_assumed_limits_carry_a_range_and_all_say_where_they_are_from():
    for item in default_limits():
        assert item.source
        assert (item.low < item.value < item.high) == (item.basis == "assumed")


@pytest.mark.parametrize(
    "text", ["forced_to_move", "forced_to_move<5", "forced_to_move<=many", "<=5", "nobody<=5"]
)
def test_a_limit_of_another_form_is_refused(text):
    with pytest.raises(InputError):
        read_limit(text)


def test_the_share_of_states_in_which_all_limits_hold():
    store = Store(LOW_OR_GENTLE, {"low": [5.0, 9.0, 5.0], "gentle": [0.0, 0.0, 0.0]})
    limits = [read_limit("residents:core<=15"), read_limit("forced_to_move<=7")]
    frame = satisficing(store, limits)
    assert tuple(frame.columns) == SATISFICING_COLUMNS
    shares = frame.set_index(["scenario", "limit"])["estimate"]
    assert shares["low"].to_dict() == pytest.approx(
        {"residents:core": 2 / 3, "forced_to_move": 2 / 3, "all": 2 / 3}
    )
    assert shares["gentle"].to_dict() == {"residents:core": 0.0, "forced_to_move": 1.0, "all": 0.0}
    assert (frame["low"] <= frame["estimate"]).all()
    assert (frame["estimate"] <= frame["high"]).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 600_000), min_size=2, max_size=12))
def test_a_stricter_limit_holds_in_no_more_states(forced):
    frame = satisficing(Store({"a": forced}, {"a": forced}), default_limits()[:1])
    assert (frame["at_strict"] <= frame["estimate"]).all()
    assert (frame["estimate"] <= frame["at_lenient"]).all()


def test_limits_at_least_hold_from_there_on():
    frame = satisficing(Store(LOW_OR_GENTLE, FORCED), [read_limit("residents:core>=20")])
    assert frame.set_index(["scenario", "limit"])["estimate"]["low", "all"] == pytest.approx(1 / 3)


def drawn_states(n: int, seed: int = 1) -> pd.DataFrame:
    values = np.random.default_rng(seed).random((n, 20))
    return pd.DataFrame(values, columns=[f"p{i}" for i in range(20)])


def test_the_parameters_that_decide_are_found():
    states = drawn_states(200)
    fails = ((states["p3"] > 0.6) & (states["p7"] < 0.5)).to_numpy()
    rows = boxes(states, fails)
    first = {row["parameter"]: row for row in rows if row["box"] == 1}
    assert set(first) == {"p3", "p7"}
    assert first["p3"]["at_least"] == pytest.approx(0.6, abs=0.03)
    assert first["p3"]["at_most"] is None
    assert first["p7"]["at_most"] == pytest.approx(0.5, abs=0.03)
    assert first["p3"]["coverage"] > 0.9
    assert first["p3"]["density"] > 0.9
    assert first["p3"]["coverage_held_out"] > 0.7
    assert all(row["status"] == FOUND and row["p_value"] <= 0.05 for row in rows)


def test_what_no_parameter_decides_is_called_chance():
    fails = np.random.default_rng(5).random(120) < 0.4
    assert [row["status"] for row in boxes(drawn_states(120), fails)] == [CHANCE]


@pytest.mark.parametrize(
    ("n", "failing", "status"), [(60, 0, ALL_HOLD), (60, 60, NONE_HOLD), (60, 9, TOO_FEW), (60, 51, TOO_FEW)]
)
def test_without_both_kinds_of_states_nothing_is_sought(n, failing, status):
    fails = np.arange(n) < failing
    (row,) = boxes(drawn_states(n), fails)
    assert (row["status"], row["n_failing"]) == (status, failing)


def test_without_a_parameter_that_varies_nothing_is_sought():
    (row,) = boxes(pd.DataFrame(index=range(40)), np.arange(40) < 20)
    assert row["status"] == NOTHING_VARIES


def test_what_decides_is_told_option_by_option():
    values = {"a": [float(i) for i in range(60)], "b": [0.0] * 60}
    forced = {"a": [0.0] * 60, "b": [4.0] * 60}
    frame = decisive(
        Store(values, forced), [read_limit("residents:core<=29.5"), read_limit("forced_to_move<=7")]
    )
    assert frame[["scenario", "limit"]].to_numpy().tolist() == [
        ["a", "all"],
        ["a", "residents:core"],
        ["b", "all"],
    ]
    found = frame[frame["limit"] == "all"].set_index("scenario")
    assert found["status"].to_dict() == {"a": FOUND, "b": ALL_HOLD}
    assert found.loc["a", "parameter"] == "open"
    assert found.loc["a", "at_least"] == pytest.approx(30.5)  # replication n has 'open' n and residents n - 1
    assert found.loc["b", "forced_to_move"] == 4.0


def test_a_store_on_disk_is_judged_whole(tmp_path):
    results = load_results(make_demo_store(tmp_path / "store", replications=2, drawn=True))
    assert set(regret(results)["outcome"]) >= {"residents:core", "forced_to_move", "spending"}
    frame = satisficing(results)
    assert {"target", "people", "all"} == set(frame["kind"])
    assert set(frame["n_states"]) == {2}
    assert set(decisive(results)["status"]) <= {ALL_HOLD, NONE_HOLD, TOO_FEW}
