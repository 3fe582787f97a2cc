"""A measure is held against documents, kinds and published stocks; every problem has its own line."""

import time

import pytest

from sim.errors import InputError
from sim.policy.catalogue import (
    load_documents,
    load_kinds,
    load_measures,
    load_targets,
    read_measure,
    read_measures,
)
from sim.policy.coverage import load_coverage
from sim.policy.stocks import beyond_stock, load_stocks
from sim.units import parse_unit
from tests.fixtures.measure_files import refusal, write

MEASURE = """\
id: test-2017
kind: demolish
series: plan
title_en: A test
title_zh: 测试
document: plans-2017
clause: 1.1.1
first: 2017Q1
last: 2017Q4
unit: 10k m2
basis: stated
quantities:
  - {area: shijingshan, year: 2017, value: 238, basis: stated, source: a test}
"""
BASEMENT = """\
id: test-basements
kind: basement
series: option
title_en: A test
title_zh: 测试
document: jzf-2017-8
first: 2017Q1
last: 2018Q4
unit: sites
basis: assumed
quantities:
  - {area: beijing, year: 2017, value: 2000, basis: assumed, source: a test}
  - {area: beijing, year: 2018, value: 1000, basis: assumed, source: a test}
"""


def test_every_problem_of_a_measure_is_told_with_its_own_line(tmp_path):
    text = MEASURE.replace("document: plans-2017", "document: nowhere")
    text = text.replace("unit: 10k m2", "unit: sites").replace(
        "clause: 1.1.1", "clause: 1.1.1\nparameters: {}"
    )
    text += "destinations: {hebei_tianjin: 0.5}\n"
    message = refusal(tmp_path, text)
    assert "destinations' shares add up to 0.5" in message
    assert "line 15" in message
    message = refusal(tmp_path, text.replace("destinations: {hebei_tianjin: 0.5}\n", ""))
    for part in ("2 problems", "unknown document 'nowhere'", "line 6", "'sites' is not a unit", "line 11"):
        assert part in message


def test_dates_and_clauses_that_do_not_fit_are_told_together(tmp_path):
    text = MEASURE.replace("clause: 1.1.1\n", "").replace("year: 2017", "quarter: 2018Q3")
    text += "  - {area: haidian, year: 2019, value: 1, basis: stated, source: a test}\n"
    message = refusal(tmp_path, text)
    for part in ("2018Q3 is outside its dates", "line 12", "2019 is outside its dates", "line 13"):
        assert part in message
    assert message.count("names no clause") == 2


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "last: 2017Q4",
            "last: 2019Q1",
            ["2019Q1 is outside the period", "line 9", "until 2018"],
        ),
        ("first: 2017Q1", "first: 2016Q4", ["2016Q4 is outside the period", "line 8", "from 2017"]),
        (
            "document: plans-2017",
            "document: jzbf-2018-13",
            ["2017Q1 is outside the period", "from 2018"],
        ),
    ],
)
def test_a_plan_outside_its_documents_period_is_refused(tmp_path, old, new, parts):
    message = refusal(tmp_path, MEASURE.replace(old, new))
    for part in parts:
        assert part in message


def test_more_than_there_was_is_refused_where_that_is_known(tmp_path):
    assert read_measure(write(tmp_path, MEASURE)).total() == pytest.approx(2.38e6)
    message = refusal(tmp_path, MEASURE.replace("value: 238", "value: 409"))
    for part in (
        "asks for more than there is",
        "line 12",
        "4,090,000 m2",
        "there were 4,088,000",
        "mend: lower",
    ):
        assert part in message


def test_a_stock_holds_for_its_area_only_and_over_all_years(tmp_path):
    elsewhere = MEASURE.replace("area: shijingshan", "area: haidian").replace("value: 238", "value: 4000")
    assert beyond_stock(read_measure(write(tmp_path, elsewhere))) == ""
    assert beyond_stock(read_measure(write(tmp_path, BASEMENT))) == ""
    assert "3,200 sites in beijing from 2014Q4" in refusal(tmp_path, BASEMENT.replace("1000", "1200"))


def test_all_problems_of_all_files_of_a_folder_are_told_in_one_go(tmp_path):
    write(tmp_path, MEASURE.replace("area: shijingshan", "area: shijinshan"), "a.yaml")
    write(tmp_path, MEASURE.replace("kind: demolish", "kind: magic").replace("id: test", "id: b"), "b.yaml")
    write(tmp_path, MEASURE.replace("value: 238", "value: 900").replace("id: test", "id: c"), "c.yaml")
    write(tmp_path, MEASURE.replace("title_zh: 测试", "title_zh: &t 测试"), "d.yaml")
    with pytest.raises(InputError) as caught:
        read_measures(tmp_path)
    message = str(caught.value)
    for part in (
        "4 problems",
        "shijinshan",
        "magic",
        "more than there is",
        "aliases",
        "a.yaml",
        "d.yaml, line 5",
    ):
        assert part in message


def test_published_stocks_name_kinds_and_units_that_are_there():
    for stock in load_stocks():
        kind = load_kinds()[stock.kind]
        action = kind.actions[stock.action or next(iter(kind.actions))]
        assert parse_unit(stock.unit).base == parse_unit(action.unit).base
        assert stock.source


def test_the_whole_catalogue_loads_and_is_checked_in_a_second():
    loads = (load_documents, load_kinds, load_measures, load_targets, load_coverage)
    for load in loads:
        load.cache_clear()
    begin = time.process_time()
    for load in loads:
        load()
    assert time.process_time() - begin < 1.0
