"""Check indices and the value of information against a result whose causes are known."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from calibration.sensitivity import Question, answer, is_doubtful
from sim.cli import main

N = 120


@pytest.fixture(scope="module")
def causes():
    rng = np.random.default_rng(1)
    return {name: rng.random(N) for name in ("strong", "weak", "none")} | {"fixed": np.ones(N)}


@pytest.fixture(scope="module")
def found(causes):
    chance = np.random.default_rng(2).normal(size=N) * 0.2
    values = 4 * causes["strong"] + causes["weak"] + chance
    return answer(Question("s", "result", "persons", values, tuple(range(N)), 2.5), causes)


def row(found, name):
    return next(row for row in found.rows if row["parameter"] == name)


def test_first_order_effects_are_shares_of_the_variance(found):
    whole = 16 / 12 + 1 / 12 + 0.04
    for name, part in (("strong", 16 / 12), ("weak", 1 / 12)):
        assert row(found, name)["first_order"] == pytest.approx(part / whole, abs=0.06)
        assert row(found, name)["total"] >= row(found, name)["first_order"] - 0.05
    assert found.explained == pytest.approx(1 - 0.04 / whole, abs=0.03)


def test_what_never_differs_is_left_out(found):
    assert {row["parameter"] for row in found.rows} == {"strong", "weak", "none"}


def test_the_most_worth_measuring_comes_first_and_chance_is_worth_nothing(found):
    assert found.rows[0]["parameter"] == "strong"
    assert row(found, "none")["value_of_information"] < 0.02
    assert row(found, "weak")["value_of_information"] < row(found, "strong")["value_of_information"]


def test_the_value_of_information_is_the_doubt_that_knowing_takes_away(found):
    """With one cause known, the rest of the result is nearly normal: the share is known in closed form."""
    known = np.linspace(0, 1, 2001)
    left = np.sqrt(1 / 12 + 0.04)
    given = norm.cdf((2.5 - 0.5 - 4 * known) / left)
    expected = given.var() / (given.mean() * (1 - given.mean()))
    assert row(found, "strong")["value_of_information"] == pytest.approx(expected, abs=0.08)
    assert row(found, "strong")["probability_at_low"] > 0.95
    assert row(found, "strong")["probability_at_high"] < 0.05
    assert is_doubtful(found.probability)


def test_of_many_parameters_that_do_nothing_none_is_worth_more_than_chance_gives():
    """Two hundred causes of nothing: the best of them looks like something, and is told from it."""
    rng = np.random.default_rng(4)
    causes = {f"none_{k}": rng.random(N) for k in range(200)}
    question = Question("s", "result", "persons", rng.normal(size=N), tuple(range(N)), 0.0)
    idle = answer(question, causes)
    assert idle.rows[0]["value_of_information"] > 0.02, "what chance makes of it"
    assert idle.rows[0]["value_of_information"] < 1.5 * idle.by_chance
    assert idle.explained < 0.05, "chosen from the runs that it predicts it would seem to explain a tenth"


def test_a_result_that_differs_in_one_run_alone_is_explained_by_nothing(causes):
    values = np.zeros(N)
    values[7] = 1.0
    lone = answer(Question("s", "result", "persons", values, tuple(range(N)), 0.5), causes)
    assert lone.explained == pytest.approx(0.0, abs=0.05)
    assert all(np.isfinite(row["value_of_information"]) for row in lone.rows)


def test_a_cause_is_worth_more_than_chance_gives(found):
    assert row(found, "strong")["value_of_information"] > 3 * found.by_chance
    assert row(found, "none")["value_of_information"] < found.by_chance


def test_without_a_target_there_is_no_value_of_information(causes):
    question = Question("s", "result", "persons", causes["strong"], tuple(range(N)), None)
    assert {row["value_of_information"] for row in answer(question, causes).rows} == {None}
    assert not is_doubtful(None)


@pytest.fixture(scope="module")
def drawn_store(tmp_path_factory):
    """Give a store of invented runs of which each has two parameters of its own."""
    from calibration.draws_file import write_draws
    from sim.parameters.posterior import Posterior, made_now
    from sim.scenarios.batch import run_batch

    folder = tmp_path_factory.mktemp("store")
    content = {"format": 1, "kind": "design", "name": "two", "made_with": made_now(), "rest": "point"}
    rows = [[round(1.0 + 0.01 * k, 3), round(0.1 + 0.01 * (7 * k % 31), 3)] for k in range(31)]
    content |= {"names": ["fertility_level", "rebound_premises_share"], "draws": rows}
    content |= {"bounds": {"rebound_premises_share": [0.1, 0.4]}}
    write_draws(folder / "two.yaml", Posterior.model_validate(content))
    run_batch(
        ["executed-2017-2020"],
        sample=0.01,
        replications=31,
        until="2020Q4",
        store=folder / "runs",
        jobs=1,
        parameters=str(folder / "two.yaml"),
        model="tests.fixtures.fake_model:FakeModel",
    )
    return folder / "runs"


def test_the_command_writes_one_document_with_who_was_moved(drawn_store, capsys):
    assert main(["sensitivity", str(drawn_store), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["meta"]["result"] == "residents core 2020Q4"
    assert document["meta"]["threshold"] == pytest.approx(1_881_000)
    assert document["meta"]["people"]["forced_to_move"]
    assert {row["parameter"] for row in document["rows"]} == {"fertility_level", "rebound_premises_share"}
    assert {"parameter", "first_order", "total", "value_of_information", "basis"} <= document["rows"][
        0
    ].keys()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "dongcheng-2020-resident-populatoin"], "nearest: dongcheng-2020-resident-population"),
        (["--target", "core-2035-resident-population"], "not judged"),
        (["--indicator", "residnets"], "nearest: residents"),
        (["--area", "atlantis"], "unknown area"),
        (["--scenario", "nowhere"], "unknown scenario"),
        (["--quarter", "soon"], "not a quarter"),
    ],
)
def test_wrong_questions_are_refused(drawn_store, capsys, words, message):
    assert main(["sensitivity", str(drawn_store), *words]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert message in written.err


def test_runs_with_the_same_parameters_and_too_few_runs_are_refused(tmp_path, capsys):
    from sim.scenarios.batch import run_batch

    for parameters, message in (("point", "all have the same parameters"), ("prior", "1 runs cannot")):
        store = tmp_path / parameters
        run_batch(
            ["no-measures"],
            sample=0.01,
            replications=1,
            until="2020Q4",
            store=store,
            jobs=1,
            parameters=parameters,
            model="tests.fixtures.fake_model:FakeModel",
        )
        assert main(["sensitivity", str(store)]) == 2
        assert message in capsys.readouterr().err
