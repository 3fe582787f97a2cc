"""Improve key areas: bundles of what other kinds do, in a place (plans-2017 1.1.5).

`areas` and `corridors` leave no illegal business, illegal letting or lived-in basement in the area: a share
of what its zone has of each goes, and the place is the better for it. `relics` puts the households in a
relic out. `streets` and `communities` are pilots without illegal construction. `special_governance` is a
task of a unit under special governance: services where complaints are many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import N_ZONES, DwellingClass, FloorUse, Improvement, Premises
from sim.interventions import homes
from sim.interventions.base import Verbs, Work
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PEOPLE = "residents_2010"
RELICS = "courtyard_places_2010"
ILLEGAL = "illegal_floor_area_2010"
ROOMS = (DwellingClass.BASEMENT, DwellingClass.GROUP_RENTAL)
SHOPS = (Premises.WALL_OPENING, Premises.ILLEGAL)
REBOUND = ("regrowth.basement", "regrowth.group_rental", "regrowth.premises.illegal")
"""Rates that a measure slows while it keeps its areas in order."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter of the measure's action."""
    if verbs.has_work(measure):
        spread = verbs.parameter("key_area_spread", measure)
        if measure.action == "relics":
            _vacate_relics(measure, spread, city, verbs)
        elif measure.action in ("streets", "communities"):
            _clear_pilots(measure, spread, city, verbs)
        elif measure.action == "special_governance":
            _add_services(measure, spread, city, verbs)
        else:
            for work in verbs.work(measure, PEOPLE, spread):
                persons = _put_in_order(measure, work, city, verbs)
                _improve(measure, work, Improvement.ORDERLY_AREAS, work.amount, verbs)
                verbs.report_task(measure, work.zones, work.planned, work.amount, persons, basis=work.basis)
    if measure.action == "special_governance":
        _calm_complaints(measure, quarter_index, city, verbs)
    verbs.control(measure, REBOUND, verbs.parameter("key_area_rebound_factor", measure))


def _units(city: City) -> np.ndarray:
    """Return the zones under special governance now; all zones before the first are named."""
    named = np.asarray(city.scratch.get("special_governance", np.zeros(N_ZONES, dtype=np.bool_)))
    return named if named.any() else np.ones(N_ZONES, dtype=np.bool_)


def _add_services(measure: Measure, spread: float, city: City, verbs: Verbs) -> None:
    """Do the tasks where complaints made a unit; what is left to do stays with the zones it fell to."""
    room = np.where(_units(city), np.inf, 0.0)
    for work in verbs.work(measure, PEOPLE, spread, room):
        points = work.amount * verbs.parameter("key_area_points_per_task", measure)
        _improve(measure, work, Improvement.SERVICES, points, verbs)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)


def _calm_complaints(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Let extra effort lower complaints in the units it has come to while the measure holds."""
    if not measure.first <= quarter_index <= measure.last:
        return
    treated = np.zeros(N_ZONES, dtype=np.bool_)
    for portion in measure.portions:
        if portion.quarter_index <= quarter_index:
            treated[np.array(portion.zones)] = True
    zones = np.flatnonzero(treated & np.asarray(city.scratch.get("special_governance", treated)))
    if len(zones):
        factor = verbs.parameter("key_area_complaint_factor", measure)
        verbs.scale_rate(measure, "complaints", factor, zones)


def _put_in_order(measure: Measure, work: Work, city: City, verbs: Verbs) -> np.ndarray:
    """Take an area's share of its zone's lived-in basements, group rentals and informal shops."""
    share = np.minimum(work.amount * verbs.parameter("key_area_cleared_share", measure), 1.0)
    rooms = share[:, None] * city.dwellings.stock[work.zones][:, ROOMS]
    per_place = verbs.parameter("key_area_persons_per_place", measure)
    _, _, persons = homes.take_classes(measure, work.zones, ROOMS, rooms, per_place, city, verbs, work.basis)
    for kind in SHOPS:
        shops = share * city.land.premises[work.zones, kind]
        verbs.set_capacity(measure, "premises", work.zones, kind, -shops, "premises", basis=work.basis)
    return persons


def _vacate_relics(measure: Measure, spread: float, city: City, verbs: Verbs) -> None:
    code = DwellingClass.COURTYARD
    per_site = verbs.parameter("key_area_homes_per_relic", measure)
    available = city.dwellings.stock[:, code] / per_site
    for work in verbs.work(measure, RELICS, spread, available):
        taken, persons = homes.take_places(
            measure,
            work.zones,
            code,
            work.amount * per_site,
            verbs.parameter("key_area_persons_per_courtyard", measure),
            city,
            verbs,
            work.basis,
        )
        # A relic is opened or kept: its rooms become public floor area.
        area = taken * city.dwellings.floor_area_m2[work.zones, code]
        verbs.set_capacity(
            measure, "floor_area", work.zones, FloorUse.OFFICE_PUBLIC, area, "m2", basis=work.basis
        )
        verbs.report_task(measure, work.zones, work.planned, taken / per_site, persons, basis=work.basis)


def _clear_pilots(measure: Measure, spread: float, city: City, verbs: Verbs) -> None:
    name = "street" if measure.action == "streets" else "community"
    per_pilot = verbs.parameter(f"key_area_m2_per_{name}", measure)
    for work in verbs.work(measure, ILLEGAL, spread):
        area = work.amount * per_pilot
        done = homes.take_workshops(measure, work.zones, area, city, verbs, work.basis)
        homes.free_land(measure, work.zones, done, verbs, work.basis)
        weight = verbs.parameter("key_area_pilot_weight", measure)
        _improve(measure, work, Improvement.ORDERLY_AREAS, work.amount * weight, verbs)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)


def _improve(measure: Measure, work: Work, what: Improvement, units: np.ndarray, verbs: Verbs) -> None:
    verbs.set_capacity(measure, "improvements", work.zones, what, units, "units", basis=work.basis)
