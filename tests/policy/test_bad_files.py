"""A wrong file is refused with what, where, why and how to mend it."""

import pytest

from sim.errors import InputError
from sim.policy.catalogue import read_measure, read_measures
from sim.policy.reader import read_source, validate
from sim.policy.schema import Document
from tests.fixtures.measure_files import refusal, write

GOOD = """\
id: test-2017
kind: demolish
title_en: A test
title_zh: 测试
document: plans-2017
clause: 1.1.1
first: 2017Q1
last: 2017Q4
unit: 10k m2
basis: stated
quantities:
  - {area: beijing, year: 2017, value: 100, basis: stated, source: a test}
  - {area: haidian, year: 2017, value: 40, basis: stated, source: a test}
"""
MARKET = GOOD.replace("kind: demolish", "kind: market").replace("unit: 10k m2", "unit: markets")

MOVE = """\
moves:
  - {organisation: 甲, origin: haidian, quarter: 2017Q2, order: move, basis: stated, source: t}
"""


def test_the_good_file_is_good(tmp_path):
    measure = read_measure(write(tmp_path, GOOD))
    assert measure.total(2017) == pytest.approx(1e6)
    assert {item.area for item in measure.portions} == {"beijing", "haidian"}
    assert sum(item.amount for item in measure.portions if item.area == "beijing") == pytest.approx(6e5)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "kind: demolish",
            "kind: demolition",
            ["unknown kind 'demolition'", "line 2", "known: ", "demolish"],
        ),
        (
            "unit: 10k m2",
            "unit: sites",
            ["'sites' is not a unit of 'demolish' of the kind 'demolish'", "line 9", "m2"],
        ),
        ("unit: 10k m2", "unit: furlongs", ["furlongs", "line 9"]),
        ("document: plans-2017", "document: plan-17", ["unknown document 'plan-17'", "line 5", "plans-2017"]),
        (
            "basis: stated\nq",
            "basis: stated\ncolour: red\nq",
            ["unknown key 'colour'", "line 11", "remove it"],
        ),
        ("clause: 1.1.1\n", "", ["names no clause", "add 'clause'"]),
        ("area: haidian", "area: haidan", ["unknown place 'haidan'", "line 13", "nearest: haidian"]),
        ("first: 2017Q1", "first: 2017Q5", ["'2017Q5' is not a quarter", "line 7", "2016Q4"]),
        ("first: 2017Q1", "first: 2009Q1", ["2009Q1 is before", "line 7"]),
        ("last: 2017Q4", "last: 2016Q4", ["ends (2016Q4) before it begins (2017Q1)"]),
        ("area: beijing, year: 2017", "area: beijing, year: 2019", ["2019 is outside its dates"]),
        ("value: 40", "value: 140", ["the parts of beijing add up to 140, more than its 100", "line 11"]),
        ("area: haidian", "area: beijing", ["two quantities for beijing at the same time", "line 11"]),
        ("value: 40", "value: -4", ["value", "line 13", "greater than or equal to 0"]),
        ("value: 40", "value: 40, low: 50, high: 60", ["40 is outside its range 50 to 60", "line 13"]),
        ("year: 2017, value: 40", "value: 40", ["for a year or for a quarter", "line 13"]),
        ("source: a test}\n", "source: a test, source: b}\n", ["'source' is given twice", "line 12"]),
        ("title_zh: 测试", "title_zh: &t 测试", ["aliases and anchors", "line 4"]),
        ("title_zh: 测试", "title_zh: !!python/name:os 测试", ["tag", "line 4"]),
        ("title_zh: 测试", "title_zh: [测试", ["not valid YAML"]),
        ("basis: stated\nq", "basis: guessed\nq", ["'basis' is not right", "line 10", "assumed"]),
    ],
)
def test_what_is_refused_and_with_which_words(tmp_path, old, new, parts):
    assert old in GOOD
    message = refusal(tmp_path, GOOD.replace(old, new, 1))
    assert "test-2017.yaml" in message
    for part in parts:
        assert part in message


def test_areas_that_overlap_without_nesting_are_refused(tmp_path):
    text = GOOD.replace("area: beijing", "area: subcentre").replace("area: haidian", "area: tongzhou.luyuan")
    read_measure(write(tmp_path, text))
    extra = "  - {area: city_six, year: 2017, value: 9, basis: stated, source: a test}\n"
    assert read_measure(write(tmp_path, GOOD + extra.replace("9", "50"))).portions


def test_rows_by_year_and_by_quarter_do_not_mix(tmp_path):
    text = GOOD.replace("area: haidian, year: 2017", "area: haidian, quarter: 2017Q2")
    assert "2017 has rows by year and by quarter" in refusal(tmp_path, text)


def test_shares_of_quarters_add_up_to_one(tmp_path):
    text = GOOD + "quarters:\n  - {year: 2017, shares: [0.5, 0.4, 0, 0], basis: assumed, source: a test}\n"
    message = refusal(tmp_path, text)
    assert "add up to 0.9, not 1" in message
    assert "line 15" in message


def test_a_share_before_the_measure_begins_is_refused(tmp_path):
    late = GOOD.replace("first: 2017Q1", "first: 2017Q2")
    assert late != GOOD
    text = late + "quarters:\n  - {year: 2017, shares: [0.1, 0.3, 0.3, 0.3], basis: assumed, source: test}\n"
    assert "the share of 2017Q1 is outside its dates 2017Q2 to" in refusal(tmp_path, text)
    read_measure(write(tmp_path, text.replace("[0.1, 0.3, 0.3, 0.3]", "[0, 0.4, 0.3, 0.3]")))


def test_a_parameter_of_another_kind_is_refused(tmp_path):
    text = (
        GOOD + "parameters:\n  basement_spread: {value: 1, low: 1, high: 1, basis: assumed, source: a test}\n"
    )
    message = refusal(tmp_path, text)
    assert "unknown parameter 'basement_spread' of the kind 'demolish'" in message
    assert "line 15" in message


def test_a_move_needs_a_zone_to_go_to(tmp_path):
    assert "needs a destination" in refusal(tmp_path, MARKET + MOVE)
    wide = MOVE.replace("order: move", "order: move, destination: daxing")
    assert "wider than a zone" in refusal(tmp_path, MARKET + wide)
    late = MOVE.replace("order: move", "order: close").replace("2017Q2", "2018Q2")
    assert "2018Q2 is outside its dates" in refusal(tmp_path, MARKET + late)


def test_all_problems_of_all_files_are_told_in_one_go(tmp_path):
    write(tmp_path, GOOD.replace("area: haidian", "area: haidan").replace("first: 2017Q1", "first: soon"))
    write(tmp_path, GOOD.replace("kind: demolish", "kind: magic"), "second.yaml")
    with pytest.raises(InputError) as caught:
        read_measures(tmp_path)
    message = str(caught.value)
    for part in ("haidan", "soon", "magic", "second.yaml", "test-2017.yaml", "line 7", "line 13"):
        assert part in message


def test_two_measures_for_the_same_place_and_time_contradict(tmp_path):
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("id: test-2017", "id: again"), "again.yaml")
    with pytest.raises(InputError, match="contradict each other") as caught:
        read_measures(tmp_path)
    assert "both set an amount" in str(caught.value)
    write(tmp_path, GOOD.replace("id: test-2017", "id: again").replace("2017", "2018"), "again.yaml")
    text = (tmp_path / "again.yaml").read_text(encoding="utf-8").replace("plans-2018", "jzf-2017-8")
    write(tmp_path, text, "again.yaml")
    assert set(read_measures(tmp_path)) == {"test-2017", "again"}


def test_a_market_closed_in_one_measure_cannot_move_in_another(tmp_path):
    head = MARKET.split("quantities:")[0]
    close = MOVE.replace("order: move", "order: close")
    later = close.replace("2017Q2", "2017Q3").replace(
        "order: close", "order: move, destination: hebei_tianjin"
    )
    write(tmp_path, head + close)
    write(tmp_path, head.replace("id: test-2017", "id: later") + later, "later.yaml")
    with pytest.raises(InputError, match="'move' after it was closed"):
        read_measures(tmp_path)


def test_an_id_used_twice_is_refused(tmp_path):
    write(tmp_path, GOOD)
    write(tmp_path, GOOD, "copy.yaml")
    with pytest.raises(InputError, match="'test-2017' is used twice"):
        read_measures(tmp_path)


def test_a_file_that_is_missing_empty_or_huge_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_source(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="the file is empty"):
        read_source(write(tmp_path, ""))
    with pytest.raises(InputError, match="too large"):
        read_source(write(tmp_path, "#" * 5_000_001))


def test_an_impossible_date_is_refused(tmp_path):
    text = "id: d\ntitle_en: t\ntitle_zh: t\nissuer: t\ndate: 2017-02-31\n"
    assert validate(read_source(write(tmp_path, text.replace("31", "20"))), Document).date == "2017-02-20"
    text = text.replace("-02-31", "-13-01")
    with pytest.raises(InputError, match="'2017-13-01' is not a date"):
        validate(read_source(write(tmp_path, text)), Document)
