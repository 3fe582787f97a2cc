"""Put vacated land to use: green, reserve, public service; and link building to it (拆建挂钩).

Land is what clearing freed in a zone; no more of it can be used than there is. `building_quota` lets a
district finish commodity homes only as far as its quota goes: a share of the land it freed (plans-2017
1.1.1), and in the plain districts room for the people it received.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import Improvement, LandUse
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "illegal_floor_area_2010"
PEOPLE = "residents_2010"
USES = {
    "green": LandUse.GREEN,
    "parks": LandUse.GREEN,
    "reserve": LandUse.RESERVE,
    "services": LandUse.PUBLIC_SERVICE,
}
QUOTA_RULES = {
    "quota_per_freed_m2": ("reuse_land_homes_m2_per_freed_m2", "ratio"),
    "quota_per_received_person": ("reuse_land_homes_m2_per_person", "m2/person"),
    "quota_start_quarters": ("reuse_land_quota_start_quarters", "quarters"),
}


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Use the land that is due this quarter, or keep the rule of building quotas in force."""
    spread = verbs.parameter("reuse_land_spread", measure)
    if measure.action == "building_quota":
        _link_building(measure, quarter_index, spread, verbs)
    elif measure.action == "roads":
        _line_with_trees(measure, spread, verbs)
    elif verbs.has_work(measure):
        _use(measure, spread, city, verbs)


def _use(measure: Measure, spread: float, city: City, verbs: Verbs) -> None:
    per_unit = verbs.parameter("reuse_land_m2_per_park", measure) if measure.action == "parks" else 1.0
    use = USES[measure.action]
    available = city.land.use_m2[:, LandUse.FREED] / per_unit
    for work in verbs.work(measure, PROXY, spread, available):
        area = -verbs.set_capacity(
            measure, "land", work.zones, LandUse.FREED, -work.amount * per_unit, "m2", basis=work.basis
        )
        verbs.set_capacity(measure, "land", work.zones, use, area, "m2", basis=work.basis)
        if use == LandUse.PUBLIC_SERVICE:
            points = area / verbs.parameter("reuse_land_m2_per_service_point", measure)
            verbs.set_capacity(
                measure, "improvements", work.zones, Improvement.SERVICES, points, "units", basis=work.basis
            )
        verbs.report_task(measure, work.zones, work.planned, area / per_unit, basis=work.basis)


def _line_with_trees(measure: Measure, spread: float, verbs: Verbs) -> None:
    """Plant trees along roads that are there: green without vacated land."""
    per_road = verbs.parameter("reuse_land_m2_per_road", measure)
    for work in verbs.work(measure, PEOPLE, spread):
        area = work.amount * per_road
        verbs.set_capacity(measure, "land", work.zones, LandUse.GREEN, area, "m2", basis=work.basis)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)


def _link_building(measure: Measure, quarter_index: int, spread: float, verbs: Verbs) -> None:
    for work in verbs.work(measure, PEOPLE, spread):
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)
    started = [item.zones for item in measure.portions if item.quarter_index <= quarter_index]
    if not started or not measure.first <= quarter_index <= measure.last:
        return
    zones = np.unique(np.concatenate([np.array(item) for item in started]))
    for rule, (name, unit) in QUOTA_RULES.items():
        verbs.set_value(measure, rule, verbs.parameter(name, measure), zones, unit)
