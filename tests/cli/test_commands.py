"""Every command writes what it promises: one JSON document on standard output, messages on standard error."""

import csv
import io
import json
import subprocess
import sys

import pytest

TARGET_KEYS = {
    "scenario",
    "target",
    "area",
    "indicator",
    "quarter",
    "operator",
    "value",
    "unit",
    "basis",
    "estimate",
    "low",
    "high",
    "probability",
    "n_replications",
    "gap_percent",
    "first_reached",
    "status",
    "reason",
    "document",
    "clause",
}
DENSITY_KEYS = {
    "scenario",
    "density",
    "unit",
    "base_quarter",
    "base",
    "quarter",
    "estimate",
    "low",
    "high",
    "change_percent",
    "probability_lower",
    "against_no_measures",
    "against_no_measures_low",
    "against_no_measures_high",
    "against_no_measures_probability",
    "evidence",
}
PEOPLE = {"forced_to_move", "children", "leavers_local", "leavers_non_local", "rent_burden", "income"}
TIDY = ["scenario", "replication", "quarter", "level", "area", "indicator", "value", "unit"]


def test_targets_json_has_people_beside_every_scenario(shujie, store):
    document = shujie("targets", store, "--json").document
    scenarios = {row["scenario"] for row in document["rows"]}
    assert scenarios == {"no-measures", "executed-2017-2020"}
    assert all(row.keys() >= TARGET_KEYS for row in document["rows"])
    assert {row["status"] for row in document["rows"]} == {"judged", "not_judged"}
    assert document["meta"]["people"].keys() == scenarios
    for people in document["meta"]["people"].values():
        assert people.keys() >= PEOPLE


def test_densities_json(shujie, store):
    document = shujie("densities", store, "--json").document
    assert all(row.keys() >= DENSITY_KEYS for row in document["rows"])
    assert {row["density"] for row in document["rows"]} >= {"population", "building", "tourism", "commercial"}
    assert document["meta"]["people"]["executed-2017-2020"].keys() >= PEOPLE


@pytest.mark.parametrize("command", ["targets", "densities"])
def test_tables_for_reading_end_with_the_displaced(shujie, store, command):
    done = shujie(command, store)
    assert done.status == 0
    assert (
        done.out.index("no-measures")
        < done.out.index("who was displaced")
        < done.out.index("Children among them")
    )
    assert "Rent burden" in done.out


def test_indicators_are_tidy_in_json_and_csv(shujie, store):
    choice = ("--indicator", "residents", "--level", "district", "--quarter", "2016q4")
    rows = shujie("indicators", store, *choice, "--json").document["rows"]
    assert len(rows) == 2 * 2 * 16
    assert list(rows[0]) == TIDY
    table = list(csv.DictReader(io.StringIO(shujie("indicators", store, *choice, "--csv").out)))
    assert [float(row["value"]) for row in table] == [row["value"] for row in rows]


def test_indicators_of_one_scenario_and_place(shujie, store):
    done = shujie(
        "indicators", store, "--scenario", "no-measures", "--area", "core", "--quarter", "2020Q4", "--json"
    )
    assert {(row["scenario"], row["area"]) for row in done.document["rows"]} == {("no-measures", "core")}


@pytest.mark.parametrize("command", ["flows", "ledger"])
def test_flows_and_ledger(shujie, store, command):
    document = shujie(command, store, "--scenario", "executed-2017-2020", "--json").document
    assert {row["scenario"] for row in document["rows"]} == {"executed-2017-2020"}
    lines = shujie(command, store, "--scenario", "executed-2017-2020", "--csv").out.splitlines()
    assert len(lines) == 1 + len(document["rows"])
    summary = shujie(command, store)
    assert summary.status == 0
    assert "demolish" in summary.out
    assert "mean of the runs" in summary.err


def test_compare_is_paired_and_has_people_beside(shujie, store):
    document = shujie(
        "compare", store, "--base", "no-measures", "--indicator", "residents", "--json"
    ).document
    row = next(row for row in document["rows"] if row["area"] == "core")
    assert row["estimate"] < 0 < row["base_estimate"]
    assert row["share_with_sign"] == 1
    assert document["meta"]["base"] == "no-measures"
    assert document["meta"]["people"]
    assert "who was displaced" in shujie("compare", store, "--base", "no-measures").out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_report_prints_its_path_last(shujie, store, tmp_path, lang):
    done = shujie("report", store, "--html", "page.html", "--lang", lang)
    assert done.status == 0
    assert done.out.splitlines()[-1] == "page.html"
    assert (tmp_path / "page.html").stat().st_size > 100_000


def test_compare_writes_a_page_of_differences(shujie, store, tmp_path):
    done = shujie("compare", store, "--base", "no-measures", "--html", "page.html", "--lang", "zh")
    assert done.status == 0
    assert done.out.splitlines()[-1] == "page.html"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<h1>北京 2020Q4：各方案与“2016 年后不采取措施”相比</h1>" in page


def test_library_commands(shujie):
    names = {row["scenario"] for row in shujie("scenarios", "--json").document["rows"]}
    assert names >= {
        "no-measures",
        "executed-2017-2020",
        "demolition-only",
        "markets-only",
        "public-services-only",
    }
    shown = shujie("show", "executed-2017-2020", "--json").document
    catalogue = shujie("catalogue", "--json").document["rows"]
    assert {row["measure"] for row in shown["rows"]} <= {row["measure"] for row in catalogue}
    assert all(row["document"] and row["basis"] and row["first"] <= row["last"] for row in catalogue)
    for command in (("scenarios",), ("show", "no-measures"), ("catalogue",), ("schedule",)):
        done = shujie(*command)
        assert done.status == 0
        assert len(done.out.splitlines()) > 5


def test_schedule_gives_each_stage_with_its_reason(shujie):
    from sim.schedule import STAGES

    rows = shujie("schedule", "--json").document["rows"]
    assert [row["name"] for row in rows] == [stage.name for stage in STAGES]
    assert [row["stage"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["reason"] and row["owner"] for row in rows)


def test_check_accepts_a_sound_file(shujie, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: mine\ntitle_en: Mine\ntitle_zh: 我的\ndescription: A test.\nextends: no-measures\n"
    )
    done = shujie("check", file)
    assert done.status == 0
    assert "is sound" in done.out
    [row] = shujie("check", file, "--json").document["rows"]
    assert row["valid"] is True
    assert row["scenario"] == "mine"


def test_run_resumes_and_ends_with_targets_and_people(shujie, invented_model, tmp_path):
    words = (
        "run",
        "no-measures",
        "executed-2017-2020",
        "--replications",
        "2",
        "--jobs",
        "1",
        "--store",
        "out",
    )
    done = shujie(*words)
    assert done.status == 0, done.err
    assert "who was displaced" in done.out
    assert "results are in out" in done.err
    stamp = (tmp_path / "out/runs/no-measures/1/manifest.json").stat().st_mtime_ns
    document = shujie(*words, "--json").document
    assert document["meta"]["people"].keys() == {"no-measures", "executed-2017-2020"}
    assert (tmp_path / "out/runs/no-measures/1/manifest.json").stat().st_mtime_ns == stamp


def test_a_damaged_run_is_named_and_run_again(shujie, invented_model, tmp_path):
    words = ("run", "no-measures", "--replications", "2", "--jobs", "1", "--store", "out")
    assert shujie(*words).status == 0
    damaged = tmp_path / "out/runs/no-measures/2/flows.parquet"
    damaged.write_bytes(damaged.read_bytes()[:100])
    done = shujie(*words)
    assert done.status == 0
    assert "runs/no-measures/2 is damaged" in done.err


def test_a_failed_run_ends_with_one_and_says_which(shujie, invented_model, monkeypatch):
    from tests.fixtures.fake_model import FAULTS

    monkeypatch.setenv(FAULTS, json.dumps({"no-measures/1": {"do": "raise", "times": 99}}))
    done = shujie("run", "no-measures", "--replications", "2", "--jobs", "1", "--store", "out")
    assert done.status == 1
    assert "no-measures/1" in done.err
    assert "relocation" in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_reader_that_goes_away_is_no_error(store):
    words = [sys.executable, "-m", "sim.cli", "indicators", str(store), "--level", "district", "--csv"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("scenario,")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_help_and_errors_load_nothing_heavy():
    code = (
        "import sys; from sim.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'numba', 'mesa', 'pandas', 'matplotlib', 'scipy', 'duckdb', 'pyarrow'} & set(sys.modules);"
        "print(status, sorted(heavy), file=sys.stderr)"
    )
    for words, status in (
        (["--help"], 0),
        (["run", "--help"], 0),
        (["--version"], 0),
        (["run", "no-measures", "--sample", "2"], 2),
        (["run", "no-measures", "--until", "soon"], 2),
        (["run", "no-mesures"], 2),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr.splitlines()[-1] == f"{status} []", (words, done.stderr)
