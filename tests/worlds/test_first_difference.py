"""Check that scenarios are one world until the first thing that differs, and that no measure changes none."""

import pandas as pd
import pytest

from sim.policy.catalogue import load_kinds
from sim.scenarios.scenario import Scenario

EMPTY = """
name: nothing
title_en: Nothing at all
title_zh: 一切照旧
description: No measure at any time.
"""
OFF = """
name: all-off
title_en: All measures off
title_zh: 措施全部取消
description: The base with every kind of measure scaled to nothing.
extends: no-measures
levers:
  scale_kinds: {KINDS}
"""


@pytest.fixture
def write(tmp_path):
    def scenario(text):
        path = tmp_path / f"{text.split()[1]}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return scenario


def test_no_measure_and_all_measures_off_are_one_city(open_model, write):
    none_of_any = OFF.replace("KINDS", ", ".join(f"{kind}: 0" for kind in load_kinds()))
    models = [open_model(write(text)) for text in (EMPTY, none_of_any)]
    with_measures = open_model("no-measures")
    for model in (*models, with_measures):
        model.run(until="2014Q4")
    nothing, off = models
    assert nothing.checksum() == off.checksum()
    assert nothing.checksum() != with_measures.checksum(), "measures of 2014 do something"
    pd.testing.assert_frame_equal(nothing.indicators(), off.indicators(), check_exact=True)
    assert not (off.flows().forced).any()


def test_scenarios_are_one_city_until_their_first_difference(open_model):
    plain, done = open_model("no-measures"), open_model("executed-2017-2020")
    assert Scenario.load("no-measures").digest != Scenario.load("executed-2017-2020").digest
    for model in (plain, done):
        model.run(until="2016Q4")
    assert plain.checksum() == done.checksum()
    pd.testing.assert_frame_equal(plain.flows(), done.flows(), check_exact=True)
    plain.run(until="2017Q2")
    done.run(until="2017Q2")
    assert plain.checksum() != done.checksum()
    quarter = done.flows().quarter == "2017Q2"
    assert done.flows()[quarter].forced.any()
    assert not plain.flows()[plain.flows().quarter == "2017Q2"].forced.any()
    # measures do not reach births at once
    assert done.record.latest("births") == pytest.approx(plain.record.latest("births"), rel=0.1)
