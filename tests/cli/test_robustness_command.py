"""`shujie robustness` judges options over states of the world, always with people beside."""

import pytest

from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return make_demo_store(tmp_path_factory.mktemp("drawn") / "demo", replications=3, drawn=True)


def test_the_document(shujie, drawn):
    document = shujie("robustness", drawn, "--outcome", "residents:core", "--json").document
    assert {row["outcome"] for row in document["rows"]} == {"residents:core"}
    assert all(row["forced_to_move"] is not None for row in document["rows"])
    meta = document["meta"]
    assert meta["n_states"] == 3
    assert meta["options"] == ["no-measures", "executed-2017-2020"]
    assert {row["kind"] for row in meta["satisficing"]} == {"target", "people", "all"}
    assert {row["scenario"] for row in meta["decisive"]} == set(meta["options"])
    assert set(meta["people"]) == set(meta["options"])


def test_the_screen(shujie, drawn):
    done = shujie(
        "robustness", drawn, "--target", "city-six-2020-resident-population", "--limit", "forced_to_move<=5e6"
    )
    assert done.status == 0
    for text in ("Regret", "holds in", "children", "decide", "who was displaced", "city-six-2020"):
        assert text in done.out
    assert "2 options in 3 states" in done.err


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--outcome", "resident:core"), ["resident:core", "nearest", "residents:core"]),
        (("--outcome", "businesses:core"), ["no regret", "better"]),
        (("--outcome", "residents:atlantis"), ["atlantis"]),
        (("--target", "core-2099"), ["core-2099", "no target has this id"]),
        (("--target", "beijing-2035-resident-population"), ["the runs do not judge it"]),
        (("--limit", "forced_to_move=5"), ["is not a limit", "forced_to_move<=100000"]),
        (("--limit", "somebody<=5"), ["somebody"]),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_a_wrong_question_is_refused(shujie, drawn, words, parts):
    done = shujie("robustness", drawn, *words)
    assert done.status == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err


def test_a_store_of_one_state_is_refused(shujie, store):
    done = shujie("robustness", store)
    assert done.status == 2
    assert "one state of the world" in done.err
    assert "--parameters prior" in done.err


def test_a_store_that_is_not_there_is_refused(shujie):
    assert shujie("robustness", "nowhere").status == 2
