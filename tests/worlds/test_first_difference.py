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
description: The executed measures with every kind scaled to nothing from 2017 on.
extends: executed-2017-2020
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


def test_without_any_measure_nobody_is_put_out(open_model, write):
    nothing, with_measures = open_model(write(EMPTY)), open_model("no-measures")
    for model in (nothing, with_measures):
        model.run(until="2014Q4")
    assert nothing.checksum() != with_measures.checksum(), "measures of 2014 do something"
    assert with_measures.flows().forced.any()
    assert not nothing.flows().forced.any()


def test_scenarios_are_one_city_until_their_first_difference(open_model, write):
    none_of_any = OFF.replace("KINDS", ", ".join(f"{kind}: 0" for kind in load_kinds()))
    plain, done, off = (
        open_model(scenario) for scenario in ("no-measures", "executed-2017-2020", write(none_of_any))
    )
    assert Scenario.load("no-measures").digest != Scenario.load("executed-2017-2020").digest
    for model in (plain, done):
        model.run(until="2016Q4")
    assert plain.checksum() == done.checksum()
    pd.testing.assert_frame_equal(plain.flows(), done.flows(), check_exact=True)
    for model in (plain, done, off):
        model.run(until="2017Q2")
    assert plain.checksum() == off.checksum(), "measures scaled to nothing are no measures"
    pd.testing.assert_frame_equal(plain.indicators(), off.indicators(), check_exact=True)
    assert plain.checksum() != done.checksum()
    quarter = done.flows().quarter == "2017Q2"
    assert done.flows()[quarter].forced.any()
    assert not plain.flows()[plain.flows().quarter == "2017Q2"].forced.any()
    # measures do not reach births at once
    assert done.record.latest("births") == pytest.approx(plain.record.latest("births"), rel=0.1)
