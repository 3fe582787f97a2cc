"""Renew old estates and bring services to them: nobody moves by order; homes and places become worth more.

What is added stands in `Land.improvements` and enters the choice of a home
(`residential_choice.zone_values`). Action `affordable_rental` opens homes to let: public rental homes for
hukou holders, and homes on village land or in workers' flats that anybody may rent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse, Improvement, Premises
from sim.interventions.base import Verbs, Work
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

HOMES = "old_estate_homes_2010"
PEOPLE = "residents_2010"
NEW_HOMES = "new_homes_2010"
POINTS = {"facility_handover": "estates_points_per_facility", "elder_meals": "estates_points_per_canteen"}
"""Service points that one unit of an action counts for."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter of the measure's action."""
    spread = verbs.parameter("estates_spread", measure)
    if measure.action == "renovate":
        _renovate(measure, spread, city, verbs)
        return
    proxy = NEW_HOMES if measure.action == "affordable_rental" else PEOPLE
    for work in verbs.work(measure, proxy, spread):
        if measure.action == "affordable_rental":
            _open_homes(measure, work, verbs)
        elif measure.action == "outlets":
            _open_outlets(measure, work, verbs)
        else:
            points = work.amount * verbs.parameter(POINTS[measure.action], measure)
            _improve(measure, work, Improvement.SERVICES, points, verbs)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)


def _renovate(measure: Measure, spread: float, city: City, verbs: Verbs) -> None:
    per_estate = verbs.parameter("estates_homes_per_estate", measure)
    old = city.dwellings.stock[:, DwellingClass.WORK_UNIT]
    left = np.maximum(old - city.land.improvements[:, Improvement.RENOVATED_HOMES], 0.0) / per_estate
    for work in verbs.work(measure, HOMES, spread, left):
        done = np.minimum(work.amount, left[work.zones])
        _improve(measure, work, Improvement.RENOVATED_HOMES, done * per_estate, verbs)
        verbs.report_task(measure, work.zones, work.planned, done, basis=work.basis)


def _open_homes(measure: Measure, work: Work, verbs: Verbs) -> None:
    to_all = verbs.parameter("estates_rental_open_share", measure)
    for code, share in ((DwellingClass.PUBLIC_RENTAL, 1.0 - to_all), (DwellingClass.MARKET_RENTAL, to_all)):
        verbs.set_capacity(
            measure, "dwellings", work.zones, code, work.amount * share, "places", basis=work.basis
        )


def _open_outlets(measure: Measure, work: Work, verbs: Verbs) -> None:
    """Add premises and floor area for the outlets that are new; upgraded ones have both already."""
    new = work.amount * verbs.parameter("estates_new_outlet_share", measure)
    area = new * verbs.parameter("estates_m2_per_outlet", measure)
    verbs.set_capacity(measure, "premises", work.zones, Premises.FORMAL, new, "premises", basis=work.basis)
    verbs.set_capacity(measure, "floor_area", work.zones, FloorUse.COMMERCIAL, area, "m2", basis=work.basis)
    verbs.set_value(measure, "outlets_opened", new, work.zones, "outlets", add=True)
    _improve(measure, work, Improvement.SERVICES, work.amount, verbs)


def _improve(measure: Measure, work: Work, what: Improvement, units: np.ndarray, verbs: Verbs) -> None:
    verbs.set_capacity(measure, "improvements", work.zones, what, units, "units", basis=work.basis)
