"""Amounts that are not stated are taken from their range; stated ones stay."""

import pytest

from sim.parameters.for_run import point_parameters
from sim.policy.amounts import LEVEL, at_level, at_levels
from sim.policy.catalogue import load_kinds, load_measures
from sim.scenarios.scenario_file import Include
from sim.scenarios.selection import choose_measures


def test_in_the_middle_nothing_changes():
    measures = tuple(load_measures().values())
    assert at_levels(measures, point_parameters().value) == measures
    assert all(LEVEL.format(kind=kind) in point_parameters().entries for kind in load_kinds())


@pytest.mark.parametrize(
    ("level", "total"), [(0.0, 25e4), (0.25, 62.5e4), (0.5, 1e6), (0.75, 2e6), (1.0, 3e6)]
)
def test_an_assumed_amount_runs_from_low_to_high(level, total):
    """1,000,000 m2, of them 200,000 in Daxing; the range is 250,000 to 3,000,000."""
    measure = at_level(load_measures()["executed-2017-safety-clearing"], level)
    assert measure.total() == pytest.approx(total)
    assert measure.amount_in("daxing") == pytest.approx(total / 5)


def test_a_stated_whole_stays_though_its_parts_are_assumed():
    measure = load_measures()["plan-2017-demolition"]
    low = at_level(measure, 0.0)
    assert low.amount_in("beijing", 2017) == measure.amount_in("beijing", 2017) == pytest.approx(4e7)
    assert low.amount_in("core", 2017) == pytest.approx(24e4)
    # the subcentre's second half is a whole of its own, and assumed
    assert low.amount_in("subcentre", 2018) == pytest.approx(2e6)


def test_years_move_each_in_its_own_range():
    """29,000 openings of 2017 are stated, 800 of 2020 are assumed between 0 and 1,619."""
    high = at_level(load_measures()["executed-2017-wall-openings"], 1.0)
    assert high.total(2017) == pytest.approx(29_000)
    assert high.total(2020) == pytest.approx(1_619)


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize("level", [0.0, 0.3, 0.5, 1.0])
def test_a_lever_scales_what_a_level_takes_from_the_range(level, factor):
    name = "executed-2017-safety-clearing"
    taken = (Include(measures=[name]),)
    (scaled,) = choose_measures(taken, {"demolish": factor}, {}, rebound_control=True, where="a test")
    plain = at_level(load_measures()[name], level)
    assert at_level(scaled, level).total() == pytest.approx(factor * plain.total())
    assert at_level(scaled, level).amount_in("daxing") == pytest.approx(factor * plain.amount_in("daxing"))
