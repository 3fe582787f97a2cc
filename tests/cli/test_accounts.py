"""Check `shujie ledger` and `shujie fund`."""

import csv
import io

import pytest


@pytest.mark.parametrize("command", ["ledger", "fund"])
def test_accounts_are_summed_on_the_screen(shujie, store, command):
    called = shujie(command, store)
    assert called.status == 0
    assert "executed-2017-2020" in called.out
    assert "mean of the runs" in called.err


@pytest.mark.parametrize(
    ("command", "rows", "column"), [("ledger", 64, "written_off_quarter"), ("fund", 64, "purpose")]
)
def test_every_entry_of_every_run_is_written(shujie, store, command, rows, column):
    document = shujie(command, store, "--json").document
    assert len(document["rows"]) == rows
    assert {"scenario", "replication", column} <= set(document["rows"][0])
    table = list(csv.DictReader(io.StringIO(shujie(command, store, "--csv").out)))
    assert len(table) == rows
    assert {row["scenario"] for row in table} == {"executed-2017-2020"}


def test_what_is_not_known_is_null(shujie, store):
    rows = shujie("ledger", store, "--json").document["rows"]
    effect = next(row for row in rows if row["verb"] == "set_capacity")
    assert effect["reported"] is None
    assert effect["written_off_quarter"] is None


@pytest.mark.parametrize("command", ["ledger", "fund"])
def test_a_scenario_without_measures_has_no_entries(shujie, store, command):
    called = shujie(command, store, "--scenario", "no-measures", "--json")
    assert called.document["rows"] == []


@pytest.mark.parametrize("command", ["ledger", "fund"])
def test_a_workbook_is_written_and_named(shujie, store, tmp_path, command):
    path = tmp_path / "accounts.xlsx"
    called = shujie(command, store, "--xlsx", path)
    assert (called.status, called.out.strip()) == (0, str(path))
    assert path.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--csv", "--json"), "two formats"),
        (("--json", "--xlsx", "a.xlsx"), "two formats"),
        (("--xlsx", "a.ods"), "not named as a workbook"),
        (("--scenario", "executed"), "nearest: executed-2017-2020"),
        (("--scenario", "executed", "--csv"), "nearest: executed-2017-2020"),
    ],
)
def test_a_wrong_request_is_told_so(shujie, store, words, says):
    for command in ("ledger", "fund"):
        called = shujie(command, store, *words)
        assert called.status == 2
        assert says in called.err
        assert called.out == ""
