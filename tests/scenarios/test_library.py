"""The library asks what it says: each scenario takes its measures and no others, without contradiction."""

import pytest

from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.policy.catalogue import load_measures
from sim.scenarios.scenario import LIBRARY, Scenario, library_names

LAST_BASE = parse_quarter("2016Q4")
AFTER = parse_quarter("2017Q1")
WANTED = (
    "no-measures plan-2017 huairou-2017 executed-2017-2020 fourteenth-plan to-2035 demolition-only "
    "markets-only public-services-only housing-only no-rebound-control street-campaign pull-only "
    "supply-and-legalise"
).split()
FORCED = {
    "demolish",
    "basement",
    "group_rental",
    "shantytown",
    "market",
    "manufacturing",
    "seal_openings",
    "street_order",
    "soe_property",
    "key_area",
    "school_admission",
    "visitors",
}
"""Kinds of which a measure may put somebody out of a home or a place of work."""


def after_2016(name):
    """Return the measures that order something after 2016, by id."""
    found = {}
    for measure in Scenario.load(name).measures:
        if any(item.quarter_index > LAST_BASE for item in [*measure.portions, *measure.orders]):
            found[measure.id] = measure
    return found


def test_the_library_is_whole_and_each_scenario_says_what_it_asks():
    assert set(WANTED) <= set(library_names())
    for name in library_names():
        scenario = Scenario.load(name)
        assert len(scenario.description.split()) >= 15, name
        assert "asks" in scenario.description, name
        assert scenario.title_en
        assert scenario.title_zh


def test_each_scenario_is_a_small_difference():
    for path in LIBRARY.glob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 16, path.name


def test_every_measure_of_the_catalogue_is_in_some_scenario():
    taken = {measure.id for name in library_names() for measure in Scenario.load(name).measures}
    assert set(load_measures()) == taken


def test_plan_2017_is_the_citys_plan_alone():
    found = after_2016("plan-2017")
    assert {measure.document for measure in found.values()} == {"plans-2017"}
    assert {measure.series for measure in found.values()} == {"plan"}
    assert set(found) == {
        name for name, m in load_measures().items() if m.document == "plans-2017" and m.series == "plan"
    }
    assert "executed-2017-safety-clearing" not in found


def test_huairou_2017_orders_nothing_outside_huairou():
    from sim.policy.places import places

    inside = places().zones_of("huairou")
    found = after_2016("huairou-2017")
    assert len(found) >= 20
    for measure in found.values():
        assert all(set(item.zones) <= inside for item in measure.portions), measure.id


def test_executed_holds_the_safety_clearing_and_no_plan():
    found = after_2016("executed-2017-2020")
    assert "executed-2017-safety-clearing" in found
    assert {measure.series for measure in found.values()} == {"executed"}


def test_the_fourteenth_plan_goes_on_from_the_executed_years_and_covers_its_25_tasks():
    executed, plan = after_2016("executed-2017-2020"), after_2016("fourteenth-plan")
    for name, measure in executed.items():
        until_2020 = [item for item in plan[name].portions if item.quarter_index <= parse_quarter("2020Q4")]
        assert list(measure.portions) == until_2020
    tasks = {measure.clause for measure in plan.values() if measure.document == "jzf-2021-1"}
    # 13-14, 16 and 24 are also carried by the first tasks of 2021, under the press conference's clauses
    numbers = {int(clause.split(".")[-1]) for clause in tasks}
    assert numbers == set(range(1, 26))


def test_to_2035_goes_on_to_2035():
    last = max(item.quarter_index for m in after_2016("to-2035").values() for item in m.portions)
    assert last == parse_quarter("2035Q4")
    assert set(after_2016("fourteenth-plan")) < set(after_2016("to-2035"))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("housing-only", {"basement", "group_rental", "shantytown", "courtyard", "village", "estates"}),
        ("demolition-only", {"demolish"}),
        ("markets-only", {"market"}),
        ("public-services-only", {"campus", "hospital"}),
    ],
)
def test_x_only_is_what_was_executed_of_its_kinds(name, kinds):
    executed = after_2016("executed-2017-2020")
    assert set(after_2016(name)) == {key for key, measure in executed.items() if measure.kind in kinds}


def test_without_rebound_control_the_orders_are_the_same_and_nothing_is_held_down():
    free, held = Scenario.load("no-rebound-control"), Scenario.load("executed-2017-2020")
    assert [measure.portions for measure in free.measures] == [measure.portions for measure in held.measures]
    assert all(measure.control_until < 0 for measure in free.measures)
    assert any(measure.control_until >= AFTER for measure in held.measures)
    assert free.lever("rebound_control", 1.0) == 0.0
    assert free.digest != held.digest


def test_the_street_campaign_is_one_quarter_on_main_roads():
    (campaign,) = after_2016("street-campaign").values()
    assert (campaign.action, campaign.unfinished, campaign.control_until) == ("campaign", "lapse", -1)
    assert {item.quarter_index for item in campaign.portions} == {parse_quarter("2017Q3")}
    assert campaign.total() == 160


def test_pull_only_removes_nothing():
    for measure in after_2016("pull-only").values():
        assert measure.kind not in FORCED, measure.id
        assert all(order.beds_removed == 0 for order in measure.orders)
        assert {order.order for order in measure.orders} <= {"open_site", "move"}


def test_supply_and_legalise_puts_nobody_out():
    allowed = {
        ("village", "retrofit"),
        ("village", "license"),
        ("village", "clean_heating"),
        ("basement", "retrofit"),
        ("street_order", "license"),
        ("estates", "affordable_rental"),
        ("estates", "renovate"),
        ("estates", "outlets"),
    }
    assert {(m.kind, m.action) for m in after_2016("supply-and-legalise").values()} <= allowed


@pytest.mark.parametrize("name", ["pull-only", "supply-and-legalise"])
def test_the_softer_ways_are_worked_out_with_ranges(name):
    options = [measure for measure in after_2016(name).values() if measure.series == "option"]
    assert len(options) >= 5
    for measure in options:
        assert measure.document == "scenario-options"
        assert all(row.basis == "assumed" and row.low < row.amount < row.high for row in measure.rows)


def test_a_plan_and_its_execution_cannot_hold_together(tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text(
        "name: both\ntitle_en: Both\ntitle_zh: 两者\ndescription: A plan and what was done.\n"
        "extends: executed-2017-2020\nincludes:\n"
        "  - {measures: [plan-2017-wall-openings, plan-2017-markets-closed]}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        Scenario.load(path)
    for part in ("plan-2017-wall-openings", "executed-2017-wall-openings", "cannot both hold", "both.yaml"):
        assert part in str(caught.value)
    assert "'market-2017' (executed) and 'plan-2017-markets-closed' (plan)" in str(caught.value)


LEVERS = """\
name: mine
title_en: Mine
title_zh: 自定
description: Levers of the city.
extends: executed-2017-2020
levers: {enforcement: 0.5, fund_billion_cny: 5, fund_period: yearly}
"""


def test_levers_are_read_from_the_scenario_and_change_its_digest(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(LEVERS, encoding="utf-8")
    mine = Scenario.load(path)
    assert (mine.lever("enforcement", 1.0), mine.lever("fund_billion_cny", 10.0)) == (0.5, 5.0)
    assert mine.lever("fund_yearly", 0.0) == 1.0
    assert Scenario.load("no-measures").lever("enforcement", 1.0) == 1.0
    digests = {mine.digest}
    for old, new in (("0.5", "0.6"), ("fund_billion_cny: 5", "fund_billion_cny: 6"), ("yearly", "total")):
        path.write_text(LEVERS.replace(old, new), encoding="utf-8")
        digests.add(Scenario.load(path).digest)
    assert len(digests) == 4
    path.write_text(LEVERS.replace("yearly", "monthly"), encoding="utf-8")
    with pytest.raises(InputError, match="'total' or 'yearly'"):
        Scenario.load(path)


def test_an_include_chooses_by_document_series_and_exception(tmp_path):
    path = tmp_path / "one.yaml"
    text = (
        "name: one\ntitle_en: One\ntitle_zh: 一\ndescription: By document.\nincludes:\n"
        "  - {documents: [plans-2017], series: [plan], kinds: [market, basement],\n"
        "     without: [plan-2017-logistics]}\n"
    )
    path.write_text(text, encoding="utf-8")
    assert [measure.id for measure in Scenario.load(path).measures] == [
        "plan-2017-basement-lodging",
        "plan-2017-basements",
        "plan-2017-markets-closed",
        "plan-2017-markets-upgraded",
    ]
    path.write_text(text.replace("plans-2017]", "plans-2071]"), encoding="utf-8")
    with pytest.raises(InputError, match="unknown document 'plans-2071'"):
        Scenario.load(path)


def test_school_entry_is_as_strict_as_since_2014_in_every_scenario_and_year():
    for name in library_names():
        found = [item for item in Scenario.load(name).measures if item.id == "executed-2014-school-admission"]
        assert len(found) == 1, name
        assert found[0].last == parse_quarter("2050Q4"), name
        assert [portion.quarter_index for portion in found[0].portions] == [parse_quarter("2014Q2")], name
