"""A wrong request ends with 2, says what, where, why and how to mend it, and writes nothing."""

import os
from pathlib import Path

import pytest

RUN = ("run", "no-measures", "--store", "out")
SCENARIO = "name: mine\ntitle_en: Mine\ntitle_zh: 我的\ndescription: A test.\n"

REQUESTS = [
    ((*RUN, "--sample", "0"), ["sample cannot be 0", "--sample", "at most 1"]),
    ((*RUN, "--sample", "-0.1"), ["sample cannot be -0.1", "--sample"]),
    ((*RUN, "--sample", "1.5"), ["sample cannot be 1.5", "--sample", "0.01"]),
    ((*RUN, "--sample", "nan"), ["sample cannot be nan", "--sample"]),
    ((*RUN, "--sample", "much"), ["--sample"]),
    ((*RUN, "--until", "2020"), ["'2020' is not a quarter", "--until", "2016Q4"]),
    ((*RUN, "--until", "2020Q5"), ["is not a quarter", "--until"]),
    ((*RUN, "--until", "2010Q4"), ["before 2011Q1", "--until", "2010Q4"]),
    ((*RUN, "--until", "2051Q1"), ["after 2050Q4", "--until"]),
    ((*RUN, "--replications", "0"), ["replications cannot be 0", "--replications", "at least 1"]),
    ((*RUN, "--replications", "2.5"), ["--replications"]),
    ((*RUN, "--jobs", "0"), ["jobs cannot be 0", "--jobs"]),
    ((*RUN, "--threads", "-1"), ["threads cannot be -1", "--threads"]),
    ((*RUN, "--seed", "-1"), ["seed cannot be -1", "--seed"]),
    ((*RUN, "--parameters", "fitted"), ["fitted parameters are not there", "point"]),
    ((*RUN, "--parameters", "none.yaml"), ["none.yaml"]),
    (("run", "no-mesures", "--store", "out"), ["unknown scenario 'no-mesures'", "nearest", "no-measures"]),
    (("run", "no-measures", "no-measures", "--store", "out"), ["given twice"]),
    (("run", "missing.yaml", "--store", "out"), ["missing.yaml"]),
    (("run", "--store", "out"), ["SCENARIO"]),
    ((*RUN, "--unknown", "1"), ["--unknown"]),
    (("nonsense",), ["nonsense"]),
    (("targets", "nowhere"), ["there is no such store", "nowhere", "shujie run"]),
    (("targets",), ["there is no such store", "runs/latest"]),
    (("densities", "nowhere"), ["there is no such store"]),
    (("report", "nowhere", "--html", "page.html"), ["there is no such store"]),
    (("report", "nowhere"), ["--html"]),
    (("report", "nowhere", "--html", "page.html", "--lang", "fr"), ["--lang", "'en'"]),
    (("show", "markets"), ["unknown scenario 'markets'", "markets-only"]),
    (("check", "missing.yaml"), ["no such file", "missing.yaml"]),
    (("base", "--sample", "7"), ["sample cannot be 7"]),
]


def assert_refused(done, parts):
    assert done.status == 2, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err, done.err


@pytest.mark.parametrize(("words", "parts"), REQUESTS, ids=lambda value: " ".join(value)[:50])
def test_a_wrong_request_is_refused_and_writes_nothing(shujie, monkeypatch, tmp_path, words, parts):
    monkeypatch.setattr("sim.parameters.posterior.shipped", lambda: None)
    assert_refused(shujie(*words), parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (SCENARIO + "surprise: 1\n", ["surprise", "line 5"]),
        (SCENARIO + "name: other\n", ["name", "line 5"]),
        (SCENARIO + "extends: no-mesures\n", ["no-mesures"]),
        ("name: [mine\n", ["mine.yaml", "line"]),
        ("- a\n- list\n", ["mine.yaml"]),
        ("", ["mine.yaml"]),
        (SCENARIO + "includes:\n  - kinds: [sorcery]\n", ["sorcery"]),
        (SCENARIO + "includes:\n  - first: 2016Q7\n", ["2016Q7"]),
    ],
)
@pytest.mark.parametrize("command", ["check", "run", "show"])
def test_a_wrong_scenario_file_is_refused_with_its_line(shujie, tmp_path, command, text, parts):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    assert_refused(shujie(command, "mine.yaml"), parts)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_not_text_is_refused(shujie, tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00name")
    assert_refused(shujie("check", "mine.yaml"), ["mine.yaml"])


def test_a_store_that_is_a_file_is_refused(shujie, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert_refused(shujie(*RUN), ["is a file", "out"])
    assert_refused(shujie("run", "no-measures", "--store", "out/deeper"), ["is a file"])
    assert_refused(shujie("targets", "out"), ["is a file"])
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_that_is_no_store_is_refused(shujie, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("mine")
    assert_refused(shujie(*RUN), ["not a store", "batch.json"])
    assert_refused(shujie("targets", "out"), ["not a store"])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]


def test_a_store_of_another_batch_is_refused(shujie, invented_model, tmp_path):
    words = (*RUN, "--replications", "1", "--jobs", "1")
    assert shujie(*words).status == 0
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*"))
    assert_refused(shujie(*words, "--sample", "0.02"), ["another batch", "sample"])
    assert_refused(shujie(*words, "--seed", "2"), ["another batch", "seed"])
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")) == before


def test_a_store_that_cannot_be_written_is_refused(shujie, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir()
    allowed = os.access
    # A test that runs as root may write anywhere: the question is answered as it would be for anybody else.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and allowed(path, mode))
    assert_refused(shujie("run", "no-measures", "--store", "closed/out"), ["cannot be written", "closed"])
    assert list(closed.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("indicators", "--indicator", "resident"), ["resident", "nearest", "residents"]),
        (("indicators", "--level", "galaxy"), ["--level"]),
        (("indicators", "--quarter", "2016Q9"), ["--quarter", "not a quarter"]),
        (("indicators", "--area", "atlantis", "--indicator", "residents"), ["atlantis"]),
        (("indicators", "--json", "--csv"), ["two formats"]),
        (("flows", "--scenario", "no-measure"), ["no-measure", "nearest"]),
        (("flows", "--json", "--csv"), ["two formats"]),
        (("ledger", "--scenario", "nothing"), ["nothing"]),
        (("compare", "--base", "nothing"), ["nothing"]),
        (("compare",), ["--base"]),
        (("compare", "--base", "nothing", "--html", "page.html"), ["nothing"]),
        (("compare", "--base", "no-measures", "--html", "."), ["cannot be written", "folder"]),
        (("compare", "--base", "no-measures", "--html", "p.html", "--json"), ["--html", "--json"]),
        (("compare", "--base", "no-measures", "--html", "p.html", "--level", "city"), ["--level"]),
        (("report", "--html", "."), ["cannot be written", "folder"]),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_a_wrong_question_to_a_store_is_refused(shujie, store, tmp_path, words, parts):
    assert_refused(shujie(words[0], store, *words[1:]), parts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("draw", "parts"),
    [
        ("99.0", ["fertility_level is 99 in draw 1", "fit.yaml, line ", "its prior goes from", "mend: "]),
        (".nan", ["fertility_level is nan in draw 1", "fit.yaml, line ", "mend: give a finite number"]),
    ],
)
def test_a_draw_that_no_prior_holds_is_refused(shujie, invented_model, tmp_path, draw, parts):
    head = "format: 1\nkind: posterior\nname: mine\nmade_with: {}\nnames: [fertility_level]\n"
    (tmp_path / "fit.yaml").write_text(f"{head}draws:\n- [{draw}]\n", encoding="utf-8")
    assert_refused(shujie(*RUN, "--parameters", "fit.yaml"), parts)
    assert [path.name for path in tmp_path.iterdir()] == ["fit.yaml"]


def test_a_value_outside_its_prior_is_taken_aloud(shujie, invented_model, tmp_path):
    (tmp_path / "mine.yaml").write_text("tenants_per_let_flat: 3\nletting_speed: 0.2\n", encoding="utf-8")
    done = shujie(*RUN, "--parameters", "mine.yaml")
    assert done.status == 0, done.err
    assert "tenants_per_let_flat is 3, its prior goes from 1 to 1.8: taken as given" in done.err
    assert "letting_speed" not in done.err
