"""Check the workbooks by reading their sheets' XML."""

import re
import zipfile
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.report import workbook
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("store") / "demo", replications=2))


def cells(path: Path, sheet: int) -> list[list[str]]:
    """Return the texts and numbers of a sheet, row by row."""
    with zipfile.ZipFile(path) as book:
        text = book.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    rows = re.findall(r"<row [^>]*>(.*?)</row>", text, re.DOTALL)
    return [re.findall(r"<(?:t|v)[^>]*>([^<]*)</(?:t|v)>", row) for row in rows]


def test_the_ledger_has_the_columns_of_a_district_office(results, tmp_path):
    path = workbook.write_ledger(tmp_path / "ledger.xlsx", results.ledger("executed-2017-2020"))
    tasks = cells(path, 1)
    assert {"上账 planned", "进展 reported", "核验 verified", "销账 written off"} <= set(tasks[0])
    assert len(tasks) == 1 + 16 * 2
    assert "2017年拆除违法建设" in tasks[1]
    assert {"100", "84", "83", "2017Q1"} <= set(tasks[1])
    effects = cells(path, 2)
    assert len(effects) == 1 + 16 * 2
    assert "dwellings.illegal" in effects[1]


def test_the_moves_have_their_units_in_the_heading(results, tmp_path):
    frame = results.flows("executed-2017-2020")
    moves = cells(workbook.write_flows(tmp_path / "flows.xlsx", frame), 1)
    assert len(moves) == 1 + len(frame)
    assert {"cause", "rent before, CNY a month", "commute after, minutes"} <= set(moves[0])


def test_the_fund_has_payments_and_balances(results, tmp_path):
    path = workbook.write_fund(tmp_path / "fund.xlsx", results.fund("executed-2017-2020"))
    assert len(cells(path, 1)) == 1 + 32 * 2
    balances = workbook.balances(results.fund("executed-2017-2020")).query("replication == 1")
    held = balances.set_index("account")["balance"]
    assert held["campaign"] == pytest.approx(16 * 1000.0)
    assert held.sum() == pytest.approx(0.0)


def test_a_sheet_that_would_be_too_long_is_refused(results, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 10)
    with pytest.raises(InputError, match="would have 32 rows"):
        workbook.write_ledger(tmp_path / "ledger.xlsx", results.ledger())


@pytest.mark.parametrize(("name", "says"), [("a.csv", "not named"), ("none/a.xlsx", "no such folder")])
def test_a_path_that_cannot_be_a_workbook_is_refused(tmp_path, name, says):
    with pytest.raises(InputError, match=says):
        workbook.check_workbook(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("estimate", 2277947.3, "whole"),
        ("estimate", -1215.2, "whole"),
        ("estimate", 16.6667, "tens"),
        ("estimate", -7.4419, "ones"),
        ("estimate", 0.0344, "small"),
        ("estimate", 0.0, "whole"),
        ("n_replications", 30, ""),
        ("year", 2017, ""),
        ("what", "text", ""),
    ],
)
def test_a_number_is_shown_with_the_digits_that_count(key, value, shown):
    assert workbook._format_of(key, value) == shown
