"""Targets are judged by the rules of their operators, on both measures, or listed with the reason why not."""

import numpy as np
import pandas as pd
import pytest

from sim.calendar import format_quarter, parse_quarter
from sim.outcomes.targets import COLUMNS, NEEDED, evaluate, gap_percent, reached
from sim.policy.catalogue import load_targets
from sim.policy.schema import Target

LISTED = (
    "scenario target area indicator quarter operator value unit basis estimate low high probability "
    "n_replications gap_percent first_reached status reason document clause"
).split()


def target(**changes: object) -> Target:
    fields: dict[str, object] = {
        "id": "core-2012-resident-population",
        "area": "core",
        "year": 2012,
        "indicator": "resident_population",
        "operator": "<=",
        "value": 200.0,
        "unit": "10k persons",
        "document": "plan",
        "clause": "14",
        "how": "found",
        "confidence": "high",
    }
    return Target.model_validate({**fields, **changes})


def rows(values: dict[str, list[list[float]]], *, area: str = "core", scenario: str = "s") -> pd.DataFrame:
    """Return tidy rows from one list of quarters a replication."""
    return pd.DataFrame(
        [
            (scenario, number, format_quarter(quarter), area, name, value)
            for name, replications in values.items()
            for number, series in enumerate(replications, start=1)
            for quarter, value in enumerate(series)
        ],
        columns=["scenario", "replication", "quarter", "area", "indicator", "value"],
    )


def judge(frame: pd.DataFrame, *targets: Target, until: str = "2012Q4") -> list[dict[str, object]]:
    return evaluate(frame, until=until, scenarios=["s"], targets=targets).to_dict("records")


def flat(*levels: float, quarters: int = 9) -> list[list[float]]:
    return [[level] * quarters for level in levels]


def test_keys_stand_in_the_order_listed() -> None:
    assert list(COLUMNS[: len(LISTED)]) == LISTED
    frame = rows({"residents": flat(1.9e6), "residents_official": flat(1.9e6)})
    assert tuple(judge(frame, target())[0]) == COLUMNS


@pytest.mark.parametrize(
    ("operator", "indicator", "value", "hits"),
    [
        ("<=", "resident_population", 200, [True, True, False]),
        ("~", "resident_population", 200, [True, True, False]),
        (">=", "resident_population", 200, [False, True, True]),
        ("=", "resident_population", 200, [True, True, False]),
        ("range", "resident_population", 200, [True, True, False]),
        ("=", "construction_land_reduction", 200, [False, True, True]),
    ],
)
def test_operators(operator: str, indicator: str, value: float, hits: list[bool]) -> None:
    given = target(operator=operator, indicator=indicator, value=value, value_low=190, value_high=205)
    assert reached(np.array([199.0, 200.0, 206.0]), given).tolist() == hits


def test_a_reduction_is_reached_when_at_least_that_large() -> None:
    given = target(operator="=", indicator="resident_population_change", value=-3, unit="percent vs 2011")
    assert reached(np.array([-2.9, -3.0, -4.0]), given).tolist() == [False, True, True]


def test_gaps_are_percent_of_the_value_and_zero_inside_a_range() -> None:
    assert gap_percent(210, target(value=200)) == pytest.approx(5)
    assert gap_percent(-1.5, target(value=-3)) == pytest.approx(50)
    ranged = target(operator="range", value=202.5, value_low=200, value_high=205)
    assert gap_percent(203, ranged) == 0
    assert gap_percent(210, ranged) == pytest.approx(100 * 5 / 205)
    assert gap_percent(190, ranged) == pytest.approx(-5)


def test_estimate_bounds_and_probability_of_few_replications_are_plain() -> None:
    frame = rows({"residents": flat(1.9e6, 2.1e6, 2.3e6, 1.8e6), "residents_official": flat(1.0e6)})
    latent, official = judge(frame, target())
    assert (latent["basis"], official["basis"]) == ("latent", "official")
    assert latent["estimate"] == pytest.approx(202.5)
    assert (latent["low"], latent["high"]) == (180.0, 230.0)
    assert latent["probability"] == 0.5
    assert latent["n_replications"] == 4
    assert latent["gap_percent"] == pytest.approx(1.25)
    assert latent["reached"] is False
    assert official["probability"] == 1.0


def test_twenty_replications_give_the_90_percent_interval() -> None:
    values = [1.0e6 + 1e4 * i for i in range(21)]
    frame = rows({"residents": flat(*values), "residents_official": flat(*values)})
    latent = judge(frame, target())[0]
    assert (latent["low"], latent["high"]) == (pytest.approx(101.0), pytest.approx(119.0))


def test_first_reached_is_a_quarter_of_the_mean_from_the_baseline_on() -> None:
    falling = [[2.1e6 - 5e4 * quarter for quarter in range(9)]]
    frame = rows({"residents": falling, "residents_official": flat(2.1e6)})
    latent, official = judge(frame, target())
    assert latent["first_reached"] == "2011Q2"
    assert pd.isna(official["first_reached"])
    later = judge(frame, target(baseline_year=2011, baseline_value=210))[0]
    assert later["first_reached"] == "2011Q4"


def test_a_relative_target_is_judged_on_its_own_baseline_and_printed_as_a_level() -> None:
    given = target(
        indicator="resident_population_change",
        operator="=",
        value=-3,
        unit="percent vs 2011",
        baseline_year=2011,
        baseline_value=210.0,
    )
    series = [2e6] * 4 + [2e6, 1.95e6, 1.93e6, 1.92e6, 1.92e6]
    frame = rows({"residents": [series], "residents_official": [[value * 1.1 for value in series]]})
    for row in judge(frame, given):
        assert row["estimate"] == pytest.approx(-4.0)
        assert row["probability"] == 1
        assert row["first_reached"] == "2012Q2"
        assert row["absolute_value"] == pytest.approx(210 * 0.97)
        assert row["baseline_quarter"] == "2011Q4"
    latent, official = judge(frame, given)
    assert latent["absolute_estimate"] == pytest.approx(192)
    assert official["absolute_estimate"] == pytest.approx(192 * 1.1)


def test_an_absolute_target_shows_its_change_on_the_published_baseline() -> None:
    frame = rows({"residents": flat(2e6), "residents_official": flat(2e6)})
    row = judge(frame, target(value=190, baseline_year=2011, baseline_value=200))[0]
    assert row["change_value_percent"] == pytest.approx(-5)
    assert row["change_estimate_percent"] == pytest.approx(0)


def test_what_is_not_carried_or_beyond_the_run_is_listed_with_the_reason() -> None:
    frame = rows({"residents": flat(2e6), "residents_official": flat(2e6)})
    land = target(id="land", indicator="urban_rural_construction_land", unit="km2")
    late = target(id="late", year=2035)
    found = judge(frame, land, late)
    assert [row["status"] for row in found] == ["not_judged"] * 3
    assert found[0]["reason"] == "the model does not carry urban_rural_construction_land"
    assert found[1]["reason"] == "the runs end in 2012Q4, before 2035Q4"
    assert all(
        pd.isna(row[key]) for row in found for key in ("estimate", "low", "probability", "n_replications")
    )


def test_density_jobs_and_floor_area_are_read_in_their_units() -> None:
    names = ("residents", "residents_official", "jobs", "floor_area")
    frame = rows({name: flat(1.55e6) for name in names}, area="subcentre")
    density = target(area="subcentre", indicator="population_density", value=0.9, unit="10k persons/km2")
    jobs = target(area="subcentre", indicator="employed_population")
    floor = target(area="subcentre", indicator="above_ground_floor_area", unit="10k m2")
    found = judge(frame, density, jobs, floor)
    assert [row["estimate"] for row in found] == pytest.approx([1.0, 1.0, 155, 155])
    assert [row["basis"] for row in found] == ["latent", "official", "latent", "latent"]


def test_every_packaged_target_stands_in_the_table_of_every_scenario() -> None:
    areas = {given.area for given in load_targets()}
    last = parse_quarter("2020Q4")
    frame = pd.concat(
        [
            rows({name: flat(1e6, 1.1e6, quarters=last + 1) for name in NEEDED}, area=area, scenario=scenario)
            for area in areas
            for scenario in ("a", "b")
        ]
    )
    table = evaluate(frame, until="2020Q4", scenarios=["a", "b"])
    ids = [given.id for given in load_targets()]
    for scenario in ("a", "b"):
        mine = table[table["scenario"] == scenario]
        assert list(dict.fromkeys(mine["target"])) == ids
        assert not mine.duplicated(["target", "basis"]).any()
    judged = table[table["status"] == "judged"]
    assert (judged["quarter"] <= "2020Q4").all()
    assert judged["estimate"].notna().all()
    assert table.loc[table["status"] == "not_judged", "reason"].notna().all()
    assert {"beijing-2020-resident-population", "xicheng-2016-resident-population-change"} <= set(
        judged["target"]
    )
