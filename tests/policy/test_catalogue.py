"""What the catalogue orders equals the published tables, row by row."""

import re
import subprocess
import sys

import pytest

from sim.calendar import format_quarter, year_of
from sim.data.tables import TABLES, load_table
from sim.policy.catalogue import FOLDER, load_documents, load_kinds, load_measures, load_targets
from sim.policy.places import places
from sim.policy.reader import read_source
from sim.units import to_base


def ordered(kind, year, action=None):
    """Return what was executed of a kind's first action, or of another, in a year."""
    action = action or next(iter(load_kinds()[kind].actions))
    return sum(
        item.total(year)
        for item in load_measures().values()
        if (item.kind, item.action, item.series) == (kind, action, "executed")
    )


def published(table, area, year, task, period=None):
    rows = load_table(table)
    chosen = rows[
        (rows["area_id"] == area)
        & (rows["year"] == year)
        & (rows["task"] == task)
        & (rows["period"].astype(str) == str(period or year))
        & (rows["plan_or_actual"] == "actual")
    ]
    assert len(chosen) == 1, (area, year, task, len(chosen))
    return float(chosen["value"].iloc[0])


def district_total(measure_id, area):
    inside = places().zones_of(area)
    measure = load_measures()[measure_id]
    return sum(item.amount for item in measure.portions if set(item.zones) <= inside)


@pytest.mark.parametrize(("year", "table"), [(2016, "achievements"), (2017, "campaign_outcomes")])
def test_demolished_floor_area_of_the_city(year, table):
    assert ordered("demolish", year) == pytest.approx(
        1e4 * published(table, "beijing", year, "illegal_construction_demolished")
    )


@pytest.mark.parametrize("year", [2018, 2019])
def test_demolished_floor_area_follows_the_land_freed(year):
    freed_ha = published("achievements", "beijing", year, "land_freed_by_demolition")
    assert ordered("demolish", year) == pytest.approx(1.05 * freed_ha * 1e4)


def test_land_freed_from_2018_to_2020_adds_up_to_the_press_conference():
    total = sum(ordered("demolish", year) for year in (2018, 2019, 2020))
    assert total == pytest.approx(1.05 * 16_900 * 1e4)


@pytest.mark.parametrize(
    ("area", "table"), [("haidian", "campaign_outcomes"), ("shijingshan", "campaign_outcomes")]
)
def test_demolished_floor_area_of_districts_2017(area, table):
    assert district_total("demolish-2017", area) == pytest.approx(
        1e4 * published(table, area, 2017, "illegal_construction_demolished")
    )


def test_demolition_by_quarter_of_2017_runs_as_published():
    measure = load_measures()["demolish-2017"]
    running = {
        name: sum(item.amount for item in measure.portions if format_quarter(item.quarter_index) <= name)
        for name in ("2017Q2", "2017Q3", "2017Q4")
    }
    half = published("campaign_outcomes", "beijing", 2017, "illegal_construction_demolished", "2017-01..06")
    nine = published("achievements", "beijing", 2017, "illegal_construction_demolished", "2017-01..09")
    assert running["2017Q2"] == pytest.approx(1e4 * half, rel=0.01)
    assert running["2017Q3"] == pytest.approx(1e4 * nine, rel=0.01)


@pytest.mark.parametrize(
    ("year", "task"),
    [
        (2015, "markets_relocated"),
        (2016, "markets_relocated"),
        (2018, "markets_and_logistics_relocated"),
        (2019, "markets_and_logistics_relocated"),
    ],
)
def test_markets_by_year(year, task):
    assert ordered("market", year) == pytest.approx(published("achievements", "beijing", year, task))


def test_markets_of_2014_2015_and_2017_and_in_all():
    both = published(
        "campaign_outcomes", "beijing", 2015, "markets_relocated_or_upgraded_cumulative", "2014-2015"
    )
    assert ordered("market", 2014) + ordered("market", 2015) == pytest.approx(both)
    markets = published("achievements", "beijing", 2017, "markets_relocated_or_upgraded")
    centres = published("achievements", "beijing", 2017, "logistics_centres_relocated")
    assert ordered("market", 2017) == pytest.approx(markets + centres)
    assert sum(ordered("market", year) for year in range(2014, 2021)) == pytest.approx(980, rel=0.02)


def test_markets_of_the_city_six_in_2015():
    measure = load_measures()["market-2015"]
    six = places().zones_of("city_six")
    named = sum(order.counts for order in measure.orders if places().zones_of(order.origin) <= six)
    count = published("achievements", "city_six", 2015, "markets_relocated")
    assert district_total("market-2015", "city_six") + named == pytest.approx(count)


def test_basements_of_2016_and_2017():
    assert ordered("basement", 2016) == pytest.approx(
        published("achievements", "beijing", 2016, "basements_cleared")
    )
    assert ordered("basement", 2017) == pytest.approx(
        published("achievements", "beijing", 2017, "basements_cleared", "2017-01..09")
    )


def test_students_of_2018_and_of_the_campaign():
    assert ordered("campus", 2018) == pytest.approx(
        published("achievements", "beijing", 2018, "students_moved_to_new_campuses", "2018-01..10")
    )
    apart = load_measures()["campus-city-university"]
    total = sum(ordered("campus", year) - apart.total(year) for year in range(2017, 2021))
    assert total == pytest.approx(30_000)
    assert apart.total() == pytest.approx(16_000)


def test_beds_that_left_the_core():
    left = sum(ordered("hospital", year) for year in range(2014, 2021))
    assert left == pytest.approx(2200 - 56.25)


def quarters_of(series):
    return [
        item.quarter_index
        for measure in load_measures().values()
        for item in [*measure.portions, *measure.orders]
        if measure.series == series
    ]


def test_what_was_executed_runs_from_2011_to_2025_and_plans_to_2035():
    assert (format_quarter(min(quarters_of("executed"))), year_of(max(quarters_of("executed")))) == (
        "2011Q1",
        2025,
    )
    assert (format_quarter(min(quarters_of("plan"))), format_quarter(max(quarters_of("plan")))) == (
        "2017Q1",
        "2035Q4",
    )
    assert {year_of(quarter) for quarter in quarters_of("option")} == {2017, 2018, 2019, 2020}


def test_every_assumed_amount_has_a_range():
    """Rows of the first kinds that split a stated total by assumed shares of districts are let off."""
    bare = {
        measure.id
        for measure in load_measures().values()
        for row in measure.rows
        if row.basis == "assumed" and row.low == row.high and row.amount > 0
    }
    assert bare <= {"basement-2015"}


def test_every_action_of_every_kind_is_ordered_by_some_measure():
    """A kind that nothing orders is not part of the catalogue."""
    ordered_actions = {(measure.kind, measure.action) for measure in load_measures().values()}
    known = {(name, action) for name, kind in load_kinds().items() for action in kind.actions}
    assert known == ordered_actions


def test_every_measure_names_a_document_and_every_number_a_source():
    for path in sorted((FOLDER / "measures").glob("*.yaml")):
        content = read_source(path).content
        assert content["document"] in load_documents()
        assert content["id"] == path.stem
        for row in [*content.get("quantities", []), *content.get("moves", [])]:
            assert row["source"], path


def test_every_line_of_the_table_of_targets_is_a_target():
    rows = load_table("targets")
    targets = load_targets()
    assert len(targets) == len(rows) == 52
    assert len({target.id for target in targets}) == 52
    for target, (_, row) in zip(targets, rows.iterrows(), strict=True):
        assert (target.area, target.year, target.indicator) == (
            row["area_id"],
            row["target_year"],
            row["indicator"],
        )
        assert (target.operator, target.value, target.unit) == (row["operator"], row["value"], row["unit"])
        assert target.document == row["source_document"]


def test_numbers_of_a_kind_begin_with_its_name():
    """Those of districts and the fund, which no kind owns, are in a file of their own."""
    from sim.data.yaml_file import read_yaml
    from sim.parameters.store import FOLDER as PARAMETERS

    for path in (PARAMETERS / "measures").glob("*.yaml"):
        if path.stem != "accounts":
            for name in read_yaml(path):
                assert any(name.startswith(f"{kind}_") for kind in load_kinds()), name


def test_policy_is_quick_to_import_and_needs_nothing_heavy():
    code = (
        "import sys, time; start = time.perf_counter(); import sim.policy.catalogue as c; c.load_measures();"
        "heavy = [n for n in ('numba', 'mesa', 'pandas', 'scipy') if n in sys.modules];"
        "print(heavy, time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[]")


CITED = re.compile(r"(achievements|campaign_outcomes)\.csv ([a-z_]+) (\d{4})\b")


def test_stated_amounts_as_executed_are_the_tables():
    """A row that cites area and year of a table has the value of one of its rows there."""
    tables = {name: load_table(name) for name in ("achievements", "campaign_outcomes")}
    checked = 0
    for measure in load_measures().values():
        for row in measure.rows:
            found = CITED.match(row.source)
            if row.basis != "stated" or measure.series != "executed" or not found:
                continue
            table = tables[found[1]]
            there = table[(table["area_id"] == found[2]) & (table["year"] == int(found[3]))]
            amounts = [
                to_base(value, unit)
                for value, unit in zip(there["value"], there["unit"], strict=True)
                if unit
            ]
            assert any(amount == pytest.approx(row.amount) for amount in amounts), (measure.id, row.source)
            checked += 1
    assert checked >= 40


def test_every_table_that_a_measure_cites_is_packaged():
    packaged = {path.name for path in TABLES.iterdir()}
    for path in sorted((FOLDER / "measures").glob("*.yaml")):
        assert set(re.findall(r"[a-z_]+\.csv", path.read_text(encoding="utf-8"))) <= packaged, path.name
