"""Check the plan of a scenario by district, and that every action has an effort and a cost."""

import numpy as np
import pytest

from sim.accounts.plan import Plan
from sim.codes import N_ZONES
from sim.parameters.for_run import point_parameters
from sim.policy.catalogue import load_kinds
from sim.policy.places import places
from tests.fixtures.small_city import measure, portion, zone

DISTRICT = np.array(places().zone_district)
PEOPLE = np.full(N_ZONES, 1.0 / N_ZONES)
INDEX = {name: place for place, name in enumerate(places().district_ids)}


def plan_of(*measures) -> Plan:
    return Plan(measures, point_parameters().values(), DISTRICT, PEOPLE)


def test_every_action_has_an_effort_and_a_unit_cost_with_a_range():
    entries = point_parameters().entries
    for name, kind in load_kinds().items():
        for action, facts in kind.actions.items():
            for what in ("effort", "unit_cost"):
                entry = entries.get(f"{name}_{action}_{what}")
                assert entry is not None, f"{name}_{action}_{what} is missing"
                assert entry.prior.low < entry.prior.high
                assert entry.unit.endswith(f"/{facts.unit}") or facts.unit[0].isdigit()


def test_no_effort_or_cost_is_left_of_an_action_that_is_gone():
    known = {f"{name}_{action}" for name, kind in load_kinds().items() for action in kind.actions}
    for name in point_parameters().entries:
        for what in ("_effort", "_unit_cost"):
            if name.endswith(what) and not name.startswith("control_"):
                assert name.removesuffix(what) in known


def test_an_amount_for_a_district_is_due_there():
    plan = plan_of(measure("basement", "sites", portions=(portion("haidian", 8.0),)))
    due, known = plan.due(25)
    assert due[0, INDEX["haidian"]] == pytest.approx(8.0)
    assert due.sum() == pytest.approx(8.0)
    assert known.all()
    assert plan.due_ahead(25).sum() == pytest.approx(8.0)
    assert plan.due_ahead(26).sum() == 0.0
    assert plan.due(26)[0].sum() == 0.0


def test_an_amount_for_the_city_follows_people_until_its_split_is_known():
    order = measure("basement", "sites", portions=(portion("beijing", 343.0),))
    other = measure("basement", "sites", id="other", portions=(portion("city_six", 10.0, 26),))
    plan = plan_of(order, other)
    due, known = plan.due(25)
    assert not known[0]
    assert due[0, INDEX["haidian"]] == pytest.approx((INDEX["haidian"] == DISTRICT).sum())
    proxy = np.zeros(N_ZONES)
    proxy[zone("haidian.qinghe")] = 3.0
    weights = np.zeros(N_ZONES)
    weights[zone("yanqing.rulin")] = 1.0
    plan.learn(0, order.portions[0].zones, weights, proxy)
    due, known = plan.due(25)
    assert known[0]
    assert due[0, INDEX["yanqing"]] == pytest.approx(343.0)
    # Another measure of the same task is expected to follow the same proxy, and is not sure.
    due, known = plan.due(26)
    assert due[1, INDEX["haidian"]] == pytest.approx(10.0)
    assert not known[1]


def test_a_courtyards_price_holds_the_compensation():
    plan = plan_of(measure("courtyard", "households", action="vacate", portions=(portion("dongcheng", 1.0),)))
    values = point_parameters().values()
    apart = values["courtyard_compensation_cny_m2"] * values["courtyard_m2_per_home"]
    assert plan.price[0] == pytest.approx(plan.cost[0] + apart)
    assert apart > 2e6
