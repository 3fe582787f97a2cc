"""A design table becomes scenarios, and what is wrong in it is named with row and column."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenarios.design import scenarios_of_design
from sim.scenarios.scenario import Scenario

HEAD = "scenario,name,lever:kind:demolish,lever:enforcement,lever:rebound_control,uncertainty:exit_local\n"


def made(tmp_path: Path, text: str) -> dict[str, Scenario]:
    table = tmp_path / "design.csv"
    table.write_text(text, encoding="utf-8")
    found = [Scenario.load(path) for path in scenarios_of_design(table, tmp_path / "made")]
    return {scenario.name: scenario for scenario in found}


def test_each_row_is_a_scenario_with_its_levers_and_uncertainties(tmp_path):
    found = made(tmp_path, HEAD + "demolition-only,half,0.5,0.8,false,-3\ndemolition-only,,,,,\n")
    assert list(found) == ["half", "demolition-only-2"]
    whole, half = Scenario.load("demolition-only"), found["half"]
    amount = {
        scenario.name: sum(p.amount for m in scenario.measures if m.kind == "demolish" for p in m.portions)
        for scenario in (whole, half)
    }
    assert amount["half"] < amount["demolition-only"]
    assert half.lever("enforcement", 1.0) == 0.8
    assert dict(half.uncertainties) == {"exit_local": -3.0}
    assert found["demolition-only-2"].measures == whole.measures
    assert found["demolition-only-2"].levers == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nx\n", "no column 'scenario'"),
        ("scenario,exit_local\nno-measures,1\n", "unknown column 'exit_local'"),
        ("scenario,name,name\nno-measures,a,b\n", "'name' is there twice"),
        ("scenario\n", "no rows"),
        (HEAD + "demolition-only,a,x y,,,\n", r"'x y' is not a number\n.*row 1, column lever:kind:demolish"),
        (HEAD + "demolition-only,a,1\n", "not as many cells"),
        (HEAD + "demolition-only,a,,,,\ndemolition-only,a,,,,\n", "two rows are called 'a'"),
        (HEAD + "demolition,a,,,,\n", "unknown scenario 'demolition'"),
        ("scenario,lever:kind:demolition\ndemolition-only,2\n", "unknown kind 'demolition'"),
        ("scenario,uncertainty:exit\ndemolition-only,2\n", "no parameter 'exit'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        made(tmp_path, text)


def test_a_table_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        scenarios_of_design(tmp_path / "none.csv", tmp_path / "made")
