"""Each section says what its rows hold, with units and words, and stays away where there is nothing."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.outcomes.attribution import INTERACTION, Contribution
from sim.report import tables
from sim.report.numbers import Numbers, shared_unit
from sim.report.section_attribution import attribution_context
from sim.report.section_differences import difference_context
from sim.report.section_equity import equity_context, worst_cell
from sim.report.section_ledger import ledger_context
from sim.report.section_money import money_context
from sim.report.section_replications import replication_context
from sim.report.section_robustness import robustness_context
from sim.report.section_summary import summary_context
from sim.report.words import Words
from sim.scenarios.coalitions import Attribution, Plan
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

EXECUTED = "executed-2017-2020"
EN = Words("en")


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def attributed(content):
    parts = {"demolish": [-900.0, -1100.0], "market": [-600.0, -400.0], INTERACTION: [100.0, 300.0]}
    plan = Plan(
        EXECUTED, "no-measures", "shapley", "residents", "core", "2020Q4", {"demolish": ("demolish",)}, {}, 0
    )
    made = tuple(Contribution(name, np.array(values)) for name, values in parts.items())
    return replace(content, attributions=[Attribution(plan, made, (), -1300.0, "persons", 2)])


def test_an_attribution_is_drawn_and_adds_up(attributed):
    (block,) = attribution_context(attributed, EN)["attributions"]
    assert [row["name"] for row in block["rows"]] == [
        "Illegal construction demolished",
        "Regional markets and logistics centres closed, moved or upgraded",
        "Interaction",
    ]
    assert [row["contribution"] for row in block["rows"]] == ["−1,000", "−500", "+200"]
    assert block["total"] == "−1,300"
    assert block["svg"].count("−1,300") == 1
    assert "<title" in block["svg"]
    assert "shapley" not in block["method"]
    assert "mean of 2 runs" in EN.notes[block["note"] - 1]


def test_without_an_attribution_the_page_says_how_to_make_one(content):
    context = attribution_context(content, EN)
    assert context["attributions"] == []
    assert f"shujie attribute STORE --scenario {EXECUTED}" in context["attribution_command"]


def test_people_by_kind_are_those_of_the_ledger(content):
    (table,) = attribution_context(content, EN)["person_tables"]
    # 16 quarters of 150 gross, 10 of them counted twice; the effect beside the task is not counted again.
    assert table["rows"][0]["cells"][:4] == ["2,400", "160", "–", "2,240"]
    assert table["total"][:2] == ["2,400", "160"]


def test_the_ledger_is_summed_by_task(content):
    (table,) = ledger_context(content, EN)["ledgers"]
    (row,) = table["rows"]
    assert row["action"] == "Floor area demolished"
    assert [plain(cell) for cell in row["cells"]] == [
        "1,600 m²", "1,340 m²", "1,330 m²", "83 %", "16 of 16", "CNY 128,000", "2,240",
    ]  # fmt: skip


def test_money_is_told_by_measure_and_district_with_people_beside_its_cost(content):
    context = money_context(content, EN)
    assert context["has_money"]
    *kinds, total = context["spending_kind"]
    assert [row["name"] for row in kinds] == ["Illegal construction demolished"]
    assert plain(kinds[0]["cells"][1]["text"]) == "CNY 128,000"
    assert total["total"]
    assert [row["name"] for row in context["spending_district"]] == ["Dongcheng", "Total"]
    assert [row["name"] for row in context["cost_rows"]][-2:] == ["Forced to move", "Children among them"]


def test_a_store_without_spending_has_no_section_on_money(content):
    nothing = {"spending": content.frames["spending"].assign(estimate=0.0)}
    assert not money_context(replace(content, frames=nothing), EN)["has_money"]


def test_differences_carry_direction_share_and_bounds(content):
    context = difference_context(content, EN)
    core = next(block for block in context["differences"] if block["title"] == "Core area")
    residents = core["rows"][0]
    assert residents["name"] == "Resident population"
    (cell,) = residents["cells"]
    assert (cell["direction"], cell["word"]) == ("lower", "Lower")
    assert "100 % of runs" in plain(cell["detail"])
    beijing = [row["name"] for row in context["differences"][0]["rows"]]
    assert "Population density" not in beijing
    assert "Population density" in [row["name"] for row in core["rows"]]


def follow_up():
    row = {"scenario": EXECUTED, "group": "displaced", "measure": "rent_burden", "unit": "share"}
    row |= {"before": 0.06, "after": 0.13, "change": 0.07, "low": 0.06, "high": 0.08, "n_households": 90.0}
    row |= {"against_others": 0.05, "against_low": 0.04, "against_high": 0.06}
    return pd.DataFrame([row, row | {"group": "stayers", "after": 0.061, "against_others": None}])


def worst(persons):
    leaving = {"dimension": "tenure", "group": "renter", "value": 0.4, "persons": persons}
    return {
        "dimension": "hukou+income_group",
        "group": "non_local+low",
        "value": -12.5,
        "persons": persons,
    } | {"most_leaving": leaving}


def test_equity_tells_before_after_and_the_change_over_others(content):
    told = replace(content, frames={"follow_up": follow_up()}, worst_hit={EXECUTED: worst(90_000.0)})
    context = equity_context(told, EN)
    burden = context["equity"][0]
    assert [row["name"] for row in burden["rows"]] == ["Displaced", "Stayers", "Receivers"]
    none, displaced = burden["rows"][0]["cells"]
    assert none["text"] == "–"
    assert plain(displaced["text"]) == "6.0 % → 13.0 %"
    assert displaced["sub"] == ("+7.00 points (+6.00 – +8.00); +5.00 points (+4.00 – +6.00) against others")
    (line,) = context["equity_worst"]
    assert "low income, without Beijing hukou; income after rent −12.5" in plain(line["worst"])
    assert "renters, 40" in plain(line["leaving"])


def test_a_group_of_a_few_simulated_persons_is_not_named(content):
    told = replace(content, frames={"follow_up": follow_up()}, worst_hit={EXECUTED: worst(900.0)})
    assert equity_context(told, EN)["equity_worst"] == []
    assert worst_cell(told.scenarios[1], told, EN)["text"] == "–"
    assert equity_context(replace(content, frames={}), EN) == {"equity": []}


def test_robustness_has_the_people_in_every_table_and_no_ranking(content):
    row = {"scenario": EXECUTED, "limit": "forced_to_move", "operator": "<=", "value": 2e5, "unit": "persons"}
    row |= {"estimate": 0.25, "low": 0.1, "high": 0.4, "at_strict": 0.0, "at_lenient": 0.5}
    row |= {"forced_to_move": 9e5, "children": 8e4, "n_states": 20}
    whole = row | {
        "limit": "all",
        "operator": None,
        "value": None,
        "unit": None,
        "at_strict": 0.25,
        "at_lenient": 0.25,
    }
    regret = {"scenario": EXECUTED, "outcome": "residents:core", "unit": "persons", "estimate": 100.0}
    regret |= {"maximum": 300.0, "share_best": 0.5, "forced_to_move": 9e5, "children": 8e4, "n_states": 20}
    box = {"scenario": EXECUTED, "limit": "all", "status": "found", "parameter": "p.q", "meaning": "A share"}
    box |= {
        "at_least": 0.5,
        "at_most": None,
        "unit": "share",
        "basis": "assumed",
        "coverage": 0.8,
        "density": 0.9,
    }
    frames = {
        "satisficing": pd.DataFrame([row, whole]),
        "regret": pd.DataFrame([regret]),
        "decisive": pd.DataFrame([box | {"p_value": 0.01}]),
    }
    context = robustness_context(replace(content, frames=frames), EN)
    first, last, *people = context["robustness"]
    assert first["name"] == "Forced to move at most 200,000"
    assert plain(first["cells"][0]["sub"]) == "10 % to 40 %; 0 % if stricter, 50 % if more lenient"
    assert last["name"] == "All limits together"
    assert context["regret"][0]["name"] == "Core area: Resident population"
    assert [row["cells"][0]["text"] for row in people] == ["900,000", "80,000"]
    assert context["decisive"][0]["bounds"] == "≥ 0.5"
    assert robustness_context(content, EN) == {"robustness": []}


def test_the_page_says_how_many_more_runs_would_help(content):
    context = replication_context(content, EN)
    assert "3 runs" in context["replications_said"]
    assert "3 more runs would halve" in context["replications_said"]
    assert context["robustness_hint"]
    words = {cell["word"] for row in context["replications"] for cell in row["cells"]}
    assert words <= {"Settled", "Not settled"}


def test_a_page_of_comparison_shows_signed_differences_first(content):
    compared = replace(content, compared="no-measures")
    groups = {
        group["title"].split(",")[0]: group["rows"] for group in summary_context(compared, EN)["summary"]
    }
    residents = groups["Targets"][0]
    base, other = (cell["text"] for cell in residents["cells"])
    assert not base.startswith(("+", "−"))
    assert other.startswith("−")


def test_tables_read_each_run_once_and_average(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=2, until="2017Q2")
    results = load_results(store)
    (task,) = tables.task_rows(results, "2017Q1")
    assert (task["planned"], task["entries"], task["written_off"]) == (1600.0, 16.0, 16.0)
    assert tables.task_rows(results, "2020Q1")[0]["planned"] == 400.0
    assert tables.task_rows(results, "2021Q1") == []
    flows = pd.DataFrame(
        {
            "scenario": EXECUTED,
            "cause": "demolish",
            "destination": ["haidian", "xiongan"],
            "persons": [30.0, 7.0],
        }
    )
    (persons,) = tables.person_rows(results, flows, "2017Q1")
    assert persons["net"] == 2240.0
    assert (persons["inside"], persons["left"]) == (30.0, 7.0)
    assert tables.difference_rows(results, None, []) == []
    assert tables.attributions(results) == []


def test_a_shared_unit_leaves_the_cells():
    n = Numbers("en")
    texts = [n.with_unit(value, "persons/km2") for value in (1.5, 20_000)]
    assert shared_unit([*texts, "0", "–"]) == ("persons/km²", ["1.500", "20,000", "0", "–"])
    assert shared_unit(["1 %", "2 km²"])[0] == ""


def test_large_amounts_of_money_are_written_short():
    english, chinese = Numbers("en"), Numbers("zh")
    assert plain(english.funds(3.17e11)) == "CNY 317.0 billion"
    assert plain(chinese.funds(3.17e11)) == "3,170 亿元"
    assert plain(english.funds(-2.5e6, signed=True)) == "CNY −2.500 million"
    assert plain(english.funds_bounds(3.16e11, 3.18e11)) == "CNY 316.0 – 318.0 billion"
    assert plain(english.funds_bounds(9e8, 1.1e9)) == "CNY 900.0 million – 1.100 billion"
    assert english.funds_bounds(1e6, 1e6) == ""
    assert plain(chinese.amount(35, "departments")) == "35 个部门"


def test_a_title_of_a_cell_names_option_level_bounds_and_runs(content):
    cell = summary_context(content, EN)["summary"][0]["rows"][0]["cells"][1]
    assert cell["title"].startswith("As executed 2017–2020: ")
    assert "3 runs" in cell["title"]
    assert SimpleNamespace(**cell).status in {"reached", "likely", "uncertain", "unlikely", "missed"}
