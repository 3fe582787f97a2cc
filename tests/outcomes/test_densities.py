"""Densities are compared with their base quarter and, paired, with no measures."""

import numpy as np
import pandas as pd
import pytest

from sim.calendar import format_quarter, parse_quarter
from sim.outcomes.densities import COLUMNS, NEEDED, NO_MEASURES, base_of, evaluate

LISTED = (
    "scenario density unit base_quarter base quarter estimate low high change_percent "
    "probability_lower against_no_measures against_no_measures_low against_no_measures_high "
    "against_no_measures_probability evidence"
).split()


def frame(until: str, *, effect: float = -100.0, n: int = 4, without: bool = True) -> pd.DataFrame:
    """Return densities of 1000 + 50 x replication, the effect from 2017Q1 on in the scenario alone."""
    quarters = np.arange(parse_quarter(until) + 1)
    made = []
    for scenario in ("executed", NO_MEASURES) if without else ("executed",):
        for number in range(1, n + 1):
            change = np.where((quarters > 24) & (scenario == "executed"), effect, 0.0)
            columns = {
                "scenario": scenario,
                "replication": number,
                "quarter": [format_quarter(q) for q in quarters],
                "area": "core",
                "value": 1000 + 50 * number + change,
            }
            made += [pd.DataFrame({**columns, "indicator": name}) for name in NEEDED]
    return pd.concat(made, ignore_index=True)


def population(table: pd.DataFrame, scenario: str = "executed", quarter: str = "2020Q4") -> pd.Series:
    rows = table[
        (table["scenario"] == scenario) & (table["density"] == "population") & (table["quarter"] == quarter)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_four_densities_are_listed() -> None:
    table = evaluate(frame("2019Q4"), until="2019Q4", scenarios=["executed", NO_MEASURES])
    assert list(COLUMNS[: len(LISTED)]) == LISTED
    four = table[~table["beside"]]
    assert list(four["density"]) == ["population", "building", "tourism", "commercial"] * 2
    assert set(four["status"]) == {"judged"}
    assert set(four[four["density"] == "tourism"]["evidence"]) == {"modelled base"}


def test_what_visitors_do_is_judged_before_and_after_the_epidemic() -> None:
    table = evaluate(frame("2025Q4"), until="2025Q4", scenarios=["executed"])
    tourism = table[table["density"] == "tourism"]
    assert list(tourism["quarter"]) == ["2019Q4", "2023Q4", "2025Q4"]
    assert list(tourism["base_quarter"]) == ["2016Q4", "2019Q4", "2019Q4"]
    beds = table[table["density"] == "hospital_beds"]
    assert list(beds["quarter"]) == ["2020Q4", "2025Q4"]
    inside = evaluate(frame("2022Q2"), until="2022Q2", scenarios=["executed"])
    assert list(inside[inside["density"] == "hospital_visits"]["quarter"]) == ["2019Q4"]


def test_without_a_published_base_only_the_change_is_given() -> None:
    table = evaluate(frame("2019Q4"), until="2019Q4", scenarios=["executed"])
    lodging = table[table["density"] == "lodging_beds"].iloc[0]
    assert (lodging["status"], lodging["evidence"]) == ("not_judged", "no base")
    assert lodging["change_percent"] == pytest.approx(-100 / 11.25)
    assert lodging["probability_lower"] == 1
    assert pd.isna(lodging["estimate"])
    assert pd.isna(lodging["base"])


def test_differences_are_paired_by_replication() -> None:
    row = population(evaluate(frame("2020Q4"), until="2020Q4", scenarios=["executed"]))
    assert row["base"] == pytest.approx(1125)
    assert row["estimate"] == pytest.approx(1025)
    assert row["change_percent"] == pytest.approx(-100 / 11.25)
    assert row["probability_lower"] == 1
    # The levels differ by 150 between replications; the paired difference does not.
    assert (row["against_no_measures_low"], row["against_no_measures_high"]) == (-100, -100)
    assert row["against_no_measures_probability"] == 1
    assert row["high"] - row["low"] == pytest.approx(150)


def test_without_a_no_measures_scenario_the_difference_is_empty() -> None:
    row = population(evaluate(frame("2020Q4", without=False), until="2020Q4", scenarios=["executed"]))
    assert pd.isna(row["against_no_measures"])
    assert row["status"] == "judged"
    alone = evaluate(frame("2020Q4"), until="2020Q4", scenarios=[NO_MEASURES])
    assert pd.isna(population(alone, NO_MEASURES)["against_no_measures"])


def test_the_base_moves_to_2020_for_later_quarters() -> None:
    assert format_quarter(base_of(parse_quarter("2020Q4"))) == "2016Q4"
    assert format_quarter(base_of(parse_quarter("2021Q1"))) == "2020Q4"
    table = evaluate(frame("2026Q2"), until="2026Q2", scenarios=["executed"])
    people = table[table["density"] == "population"]
    assert list(people["quarter"]) == ["2020Q4", "2025Q4", "2026Q2"]
    row = population(table, quarter="2025Q4")
    assert row["base_quarter"] == "2020Q4"
    assert row["change_percent"] == 0
    assert row["probability_lower"] == 0


def test_runs_that_end_before_the_base_are_not_judged() -> None:
    row = population(evaluate(frame("2015Q4"), until="2015Q4", scenarios=["executed"]), quarter="2015Q4")
    assert row["status"] == "not_judged"
    assert "2016Q4" in row["reason"]
