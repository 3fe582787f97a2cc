"""Coalitions of measures are run once, share their past, and add up to the effect of the scenario."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.policy.catalogue import load_kinds
from sim.scenarios.batch import run_batch
from sim.scenarios.coalitions import GROUPS, NOISE_FOLDER, assumed_share, attribute, make_plan, stored
from sim.scenarios.store import load_results

SAMPLE, UNTIL = 0.001, "2017Q1"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribution")
    mine = folder / "two.yaml"
    mine.write_text(
        "name: two\ntitle_en: Two\ntitle_zh: 二\ndescription: a test\nextends: no-measures\n"
        "includes:\n  - {kinds: [demolish, basement], first: 2017Q1, last: 2020Q4}\n",
        encoding="utf-8",
    )
    run_batch(
        ["no-measures", str(mine)], sample=SAMPLE, replications=1, until=UNTIL, store=folder / "s", jobs=1
    )
    return folder / "s"


def test_contributions_add_up_to_the_effect_in_the_store(store):
    plan = make_plan(store, "two", indicator="displaced_home", area="beijing", method="shapley")
    assert set(plan.players) == {"basement", "demolish"}
    assert plan.runs == 4
    found = attribute(store, plan, jobs=1)
    assert sum(row["contribution"] for row in found.rows()) == pytest.approx(found.total)
    results = load_results(store)
    value = {
        name: results.indicators(name, indicator="displaced_home", area="beijing", quarter=UNTIL)["value"][0]
        for name in ("no-measures", "two")
    }
    assert found.total == pytest.approx(value["two"] - value["no-measures"])
    assert found.total > 0
    assert all(row["assumed_share"] is None for row in found.rows())


def test_asking_again_runs_nothing(store):
    core = {"indicator": "residents", "area": "core"}
    attribute(store, make_plan(store, "two", **core), jobs=1)
    plan = make_plan(store, "two", **core, method="shapley")
    assert plan.runs == 0
    assert not (store / NOISE_FOLDER).exists()


def test_what_is_stored_is_told_again_without_a_run(store, monkeypatch):
    asked = {"indicator": "residents", "area": "core"}
    made = attribute(store, make_plan(store, "two", **asked), jobs=1)
    monkeypatch.setattr("sim.scenarios.coalitions.run_batch", None)
    results = load_results(store)
    (told,) = stored(results, "two", [("residents", "core")])
    assert told.rows() == made.rows()
    assert told.total == made.total
    assert stored(results, "no-measures", [("residents", "core")]) == []
    monkeypatch.setitem(results.batch.made_with, "code", "other")
    assert stored(results, "two", [("residents", "core")]) == []


def test_a_scenario_without_measures_of_its_own_has_nothing_to_share_out(store):
    core = {"indicator": "residents", "area": "core"}
    with pytest.raises(InputError, match="orders nothing"):
        make_plan(store, "no-measures", **core)
    with pytest.raises(InputError, match="holds no scenario 'three'"):
        make_plan(store, "three", **core)


def test_a_wrong_question_is_refused_before_anything_is_run(store, monkeypatch):
    with pytest.raises(InputError, match="unknown indicator 'resident'"):
        make_plan(store, "two", indicator="resident", area="core")
    with pytest.raises(InputError, match="unknown area 'kore'"):
        make_plan(store, "two", indicator="residents", area="kore")
    monkeypatch.setattr("sim.scenarios.coalitions.changed_since", lambda made_with: ["code"])
    with pytest.raises(InputError, match="made with other code"):
        make_plan(store, "two", indicator="residents", area="core")


def test_every_kind_is_in_one_group():
    members = [kind for kinds in GROUPS.values() for kind in kinds]
    assert sorted(members) == sorted(load_kinds())


def test_the_share_of_assumed_numbers_is_what_chance_does_not_explain():
    drawn = np.array([0.0, 2.0, 4.0, 6.0])
    assert assumed_share(drawn, drawn * 0.5) == pytest.approx(0.75)
    assert assumed_share(drawn, drawn * 3) == 0.0
    assert assumed_share(drawn, None) is None
