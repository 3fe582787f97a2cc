"""A scenario is resolved, frozen and known by its content."""

import pickle
from dataclasses import FrozenInstanceError

import pytest

from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.scenarios.describe import describe
from sim.scenarios.scenario import Scenario, library_names

LAST_BASE = parse_quarter("2016Q4")
CUSTOM = """\
name: my-own
title_en: My own
title_zh: 自定
description: More demolition, fewer markets.
extends: executed-2017-2020
levers:
  scale_kinds: {demolish: 1.1}
  scale_measures: {market-2017: 0}
uncertainties: {demolish_residential_share: 0.2}
shocks: {epidemic: false}
paths: high
"""


def due(scenario, after=-1, until=999):
    return [
        (measure.id, item)
        for measure in scenario.measures
        for item in [*measure.portions, *measure.orders]
        if after < item.quarter_index <= until
    ]


def total(scenario, kind, year):
    return sum(measure.total(year) for measure in scenario.measures if measure.kind == kind)


def write(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_library_holds_the_five_scenarios():
    assert {
        "no-measures",
        "executed-2017-2020",
        "demolition-only",
        "markets-only",
        "public-services-only",
    } <= set(library_names())


@pytest.mark.parametrize("name", library_names())
def test_all_scenarios_share_what_was_executed_up_to_2016(name):
    base = due(Scenario.load("no-measures"))
    assert due(Scenario.load(name), until=LAST_BASE) == base
    assert base


def test_no_measures_orders_nothing_after_2016():
    scenario = Scenario.load("no-measures")
    assert not due(scenario, after=LAST_BASE)
    assert max(measure.control_until for measure in scenario.measures) <= LAST_BASE


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("demolition-only", {"demolish"}),
        ("markets-only", {"market"}),
        ("public-services-only", {"campus", "hospital"}),
    ],
)
def test_x_only_is_the_executed_scenario_restricted_to_its_kinds(name, kinds):
    executed = Scenario.load("executed-2017-2020")
    wanted = {measure.id for measure in executed.measures if measure.kind in kinds}
    expected = [item for item in due(executed, after=LAST_BASE) if item[0] in wanted]
    assert due(Scenario.load(name), after=LAST_BASE) == expected
    assert expected


def test_a_name_that_is_not_there_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="unknown scenario 'no-mesures'") as caught:
        Scenario.load("no-mesures")
    assert "nearest: no-measures" in str(caught.value)
    with pytest.raises(InputError, match="the file cannot be read"):
        Scenario.load("folder/none.yaml")


def test_a_scenario_is_frozen_and_survives_another_process():
    scenario = Scenario.load("no-measures")
    with pytest.raises(FrozenInstanceError):
        scenario.paths = "low"
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert Scenario.load(scenario) is scenario


def test_levers_and_uncertainties_are_kept_apart_and_applied(tmp_path):
    mine = Scenario.load(write(tmp_path, CUSTOM))
    executed = Scenario.load("executed-2017-2020")
    assert total(mine, "demolish", 2017) == pytest.approx(1.1 * total(executed, "demolish", 2017))
    assert total(mine, "market", 2017) == 0.0
    assert total(mine, "market", 2018) == total(executed, "market", 2018)
    assert mine.levers == (("kind:demolish", 1.1), ("measure:market-2017", 0.0))
    assert mine.uncertainties == (("demolish_residential_share", 0.2),)
    assert (mine.paths, mine.shock("epidemic")) == ("high", False)
    assert (executed.paths, executed.shock("epidemic")) == ("mid", True)


def test_the_digest_follows_the_content_alone(tmp_path):
    first = Scenario.load(write(tmp_path, CUSTOM))
    (tmp_path / "elsewhere").mkdir()
    again = Scenario.load(write(tmp_path / "elsewhere", "# a remark\n" + CUSTOM))
    assert again.digest == first.digest
    for old, new in [
        ("1.1", "1.2"),
        ("epidemic: false", "epidemic: true"),
        ("high", "low"),
        ("0.2}", "0.3}"),
    ]:
        assert Scenario.load(write(tmp_path, CUSTOM.replace(old, new))).digest != first.digest
    digests = {Scenario.load(name).digest for name in library_names()}
    assert len(digests) == len(library_names())


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("paths: high", "path: high", ["unknown key 'path'", "line 11"]),
        ("paths: high", "paths: high\npaths: low", ["'paths' is given twice", "line 12"]),
        ("paths: high", "paths: best", ["'paths' is not right", "line 11", "'low', 'mid' or 'high'"]),
        ("demolish: 1.1", "demolition: 1.1", ["unknown kind 'demolition'", "line 7", "demolish"]),
        ("market-2017", "market-2071", ["unknown measure 'market-2071'", "line 8", "market-2017"]),
        ("extends: executed-2017-2020", "extends: executed", ["unknown scenario 'executed'", "line 5"]),
        ("demolish: 1.1", "demolish: -1", ["greater than or equal to 0", "line 7"]),
        ("_residential_share", "_residental_share", ["no parameter 'demolish_residental_share'", "line 9"]),
        ("title_en: My own\n", "", ["'title_en' is missing"]),
        ("name: my-own", "name: [my", ["not valid YAML", "line"]),
    ],
)
def test_bad_scenarios_are_refused_with_the_line(tmp_path, old, new, parts):
    assert old in CUSTOM
    with pytest.raises(InputError) as caught:
        Scenario.load(write(tmp_path, CUSTOM.replace(old, new, 1)))
    for part in [*parts, "mine.yaml"]:
        assert part in str(caught.value)


def test_an_include_by_id_takes_that_measure_for_those_quarters(tmp_path):
    text = """\
name: one
title_en: One
title_zh: 一
description: One measure, half a year.
includes:
  - {measures: [demolish-2017], first: 2017Q2, last: 2017Q3}
"""
    scenario = Scenario.load(write(tmp_path, text))
    assert [measure.id for measure in scenario.measures] == ["demolish-2017"]
    quarters = {item.quarter_index for _, item in due(scenario)}
    assert quarters == {parse_quarter("2017Q2"), parse_quarter("2017Q3")}
    assert scenario.measures[0].control_until == parse_quarter("2017Q3")
    backwards = text.replace("first: 2017Q2", "first: 2018Q2")
    with pytest.raises(InputError, match="before it begins"):
        Scenario.load(write(tmp_path, backwards))


def test_describe_lists_every_amount_with_clause_and_basis():
    rows = describe(Scenario.load("executed-2017-2020"))
    row = next(r for r in rows if r["measure"] == "demolish-2017" and r["place"] == "haidian")
    assert (row["document"], row["clause"], row["basis"]) == ("plans-2017", "1.1.1", "stated")
    assert all(r["amount"] >= 0 for r in rows)
