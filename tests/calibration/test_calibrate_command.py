"""Fit in the short version through the command, take it up, use it, and refuse what is wrong."""

import contextlib
import io
import json
from pathlib import Path

import pytest

from calibration.observed import observed
from sim.cli import main
from sim.parameters.for_run import choose, parameters_for_run
from sim.parameters.posterior import read_posterior

BEGIN = ["calibrate", "--short", "--store"]


def call(*words: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> tuple[Path, dict]:
    """Run the short fit once on the real model."""
    store = tmp_path_factory.mktemp("fit") / "short"
    status, out, err = call(*BEGIN, store, "--json")
    assert status == 0, err
    return store, json.loads(out)


def test_a_short_fit_passes_through_every_part(short):
    store, document = short
    assert list(document) == ["meta", "rows"]
    assert 1 <= len(document["rows"]) <= 3
    assert {"screening", "waves", "recovery", "targets", "effective_draws"} <= document["meta"].keys()
    for row in document["rows"]:
        assert (row["status"] == "identified") == (row["estimate"] is not None)
    assert all(abs(row["gap_percent"]) < 60 for row in document["meta"]["targets"])
    assert {path.name for path in store.iterdir() if path.is_dir()} == {
        "replicates",
        "screening",
        "wave-1",
        "confirmed",
        "confirmed-2",
    }


def test_a_run_can_go_with_its_posterior(short):
    choice = choose(str(short[0] / "beijing-2016.yaml"))
    assert choice.posterior is not None
    values = parameters_for_run(choice.rest, 5, choice.values(5)).values()
    row = choice.posterior.draws[choice.posterior.row_of(5)]
    assert [values[name] for name in choice.posterior.names] == row


def test_a_finished_fit_is_taken_up_without_a_run(short):
    store, _ = short
    before = (store / "beijing-2016.yaml").read_bytes()
    made = {path: path.stat().st_mtime_ns for path in store.glob("*/runs/*/*/manifest.json")}
    status, _, err = call(*BEGIN, store, "--resume", "--json")
    assert status == 0, err
    assert (store / "beijing-2016.yaml").read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_a_fit_is_not_taken_up_with_another_design(short):
    status, out, err = call(*BEGIN, short[0], "--resume", "--wave-runs", 13)
    assert (status, out) == (2, "")
    assert "wave_runs 12 there, 13 asked" in err


def test_a_posterior_is_taken_over_where_runs_are_the_same_to_the_bit(short, tmp_path):
    text = (short[0] / "beijing-2016.yaml").read_text(encoding="utf-8")
    code = read_posterior(short[0] / "beijing-2016.yaml").made_with["code"]
    file = tmp_path / "old.yaml"
    file.write_text(text.replace(code, "f" * 64), encoding="utf-8")
    assert call("calibrate", "--confirm", file)[0] == 0
    assert read_posterior(file).made_with["code"] == code
    kept = read_posterior(file).diagnostics["fingerprints"][0]["outputs"][0]
    file.write_text(file.read_text(encoding="utf-8").replace(repr(kept), repr(kept + 1e-9)), encoding="utf-8")
    status, _, err = call("calibrate", "--confirm", file)
    assert status == 1
    assert "came out different" in err


def test_a_posterior_fitted_to_something_else_is_not_taken_over(short, tmp_path):
    text = (short[0] / "beijing-2016.yaml").read_text(encoding="utf-8")
    fitted_to = read_posterior(short[0] / "beijing-2016.yaml").made_with["design"]
    file = tmp_path / "other.yaml"
    file.write_text(text.replace(f"design: {fitted_to}", f"design: {'f' * 64}"), encoding="utf-8")
    status, _, err = call("calibrate", "--confirm", file)
    assert status == 1
    assert "ffffffffffff then" in err
    assert f"{fitted_to[:12]} now" in err


def refuse(*words: object) -> str:
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    return err


def test_a_table_with_a_missing_year_is_refused(tmp_path):
    table = observed("fit").query(
        "not (indicator == 'residents' and area == 'beijing' and quarter == '2012Q4')"
    )
    table.to_csv(tmp_path / "observed.csv", index=False)
    err = refuse(*BEGIN, tmp_path / "fit", "--observed", tmp_path / "observed.csv")
    assert "no value of residents of beijing in 2012" in err
    assert not (tmp_path / "fit").exists()


def test_the_census_of_2020_is_refused(tmp_path):
    observed(None).to_csv(tmp_path / "observed.csv", index=False)
    assert "must not enter a fit" in refuse(*BEGIN, tmp_path / "fit", "--observed", tmp_path / "observed.csv")


def test_crossed_bounds_of_a_prior_are_refused(tmp_path):
    (tmp_path / "priors.yaml").write_text(
        "fertility_level: {value: 1.2, unit: ratio, basis: assumed, source: assumed, meaning: births, "
        "prior: {distribution: uniform, low: 1.4, high: 1.1}}\n",
        encoding="utf-8",
    )
    err = refuse(*BEGIN, tmp_path / "fit", "--priors", tmp_path / "priors.yaml")
    assert "low 1.4 is above high 1.1" in err
    assert "priors.yaml, line 1" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--until", "2020Q4"], "cannot run to 2020Q4"),
        (["--sample", "2"], "sample cannot be 2"),
        (["--waves", "0"], "waves cannot be 0"),
        (["--resume"], "no fit to take up"),
        (["--observed", "nowhere.csv"], "nowhere.csv"),
        (["--priors", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_wrong_options_are_refused(tmp_path, words, message):
    assert message in refuse(*BEGIN, tmp_path / "fit", *words)


def test_what_is_no_posterior_is_not_taken_over(tmp_path):
    (tmp_path / "values.yaml").write_text("fertility_level: 1.2\n", encoding="utf-8")
    refuse("calibrate", "--confirm", tmp_path / "values.yaml")
    refuse("calibrate", "--confirm", tmp_path / "nowhere.yaml")
