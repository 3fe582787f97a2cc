"""Treat the villages of the urban fringe: rooms let, village industry, heating, safety.

`remediate` closes a share of the rooms let in a key village, those that are a danger, and makes the rest
safe; villages where tenants outnumber villagers most come first (人口倒挂). What is torn down there is
illegal construction and goes with kind `demolish`; no land is freed here. `townships` clears a share of
the rooms of a township for good. `vacate` takes floor area of village industry, illegal workshops before
sheds. `clean_heating` pays households of a village to give up coal; nobody moves. `retrofit` and
`license` make rooms safe or let them by the rules; only empty rooms are given up. `seed_farms` converts
heated farm buildings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse
from sim.interventions import homes, village_heating
from sim.interventions.base import Verbs
from sim.interventions.split import TINY
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

INVERSION = "village_inversion_2010"
PLACES = "village_rental_places_2010"
INDUSTRY = "village_industry_2010"
CODE = DwellingClass.VILLAGE_RENTAL
REBOUND = ("regrowth.village_rental",)
"""Rate that a measure slows while it keeps villagers from building rooms to let."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter of the measure's action."""
    if measure.action in ("clean_heating", "seed_farms"):
        village_heating.act(measure, quarter_index, city, verbs)
        return
    if verbs.has_work(measure):
        carry_out = {"vacate": _vacate, "retrofit": _make_safe, "license": _make_safe}
        carry_out.get(measure.action, _clear)(measure, city, verbs)
    verbs.control(measure, REBOUND, verbs.parameter("village_rebound_factor", measure))


def _clear(measure: Measure, city: City, verbs: Verbs) -> None:
    """Take a share of the rooms of the villages or townships treated, and make the others safe."""
    rooms = city.dwellings.stock[:, CODE]
    if measure.action == "townships":
        share = verbs.parameter("village_township_share", measure)
        per_unit, available = rooms.copy(), np.minimum(rooms, 1.0)
    else:
        share = verbs.parameter("village_remediate_share", measure)
        per_unit = np.full(len(rooms), verbs.parameter("village_rooms_per_village", measure))
        available = rooms / per_unit
    proxy = INVERSION if measure.action == "remediate" else PLACES
    made_safe = verbs.parameter("village_made_safe_share", measure)
    per_place = verbs.parameter("village_persons_per_place", measure)
    for work in verbs.work(measure, proxy, verbs.parameter("village_spread", measure), available):
        treated = np.minimum(work.amount * per_unit[work.zones], rooms[work.zones])
        taken, persons = homes.take_places(
            measure, work.zones, CODE, treated * share, per_place, city, verbs, work.basis
        )
        if measure.action == "townships":
            area = taken * city.dwellings.floor_area_m2[work.zones, CODE]
            homes.free_land(measure, work.zones, area, verbs, work.basis)
        safe = (treated - taken) * made_safe
        verbs.set_capacity(measure, "made_safe", work.zones, CODE, safe, "places", basis=work.basis)
        done = treated / np.maximum(per_unit[work.zones], TINY)
        verbs.report_task(measure, work.zones, work.planned, done, persons, basis=work.basis)


def _make_safe(measure: Measure, city: City, verbs: Verbs) -> None:
    lost = verbs.parameter("village_retrofit_rooms_lost", measure) if measure.action == "retrofit" else 0.0
    left = np.maximum(city.dwellings.stock[:, CODE] - city.dwellings.made_safe[:, CODE], 0.0)
    for work in verbs.work(measure, PLACES, verbs.parameter("village_spread", measure), left):
        done = homes.make_safe(measure, work.zones, CODE, work.amount, lost, city, verbs, work.basis)
        verbs.report_task(measure, work.zones, work.planned, done, basis=work.basis)


def _vacate(measure: Measure, city: City, verbs: Verbs) -> None:
    uses = (FloorUse.ILLEGAL_NONRESIDENTIAL, FloorUse.INDUSTRIAL_STORAGE)
    illegal = verbs.parameter("village_illegal_industry_share", measure)
    stock = city.land.floor_area_m2[:, uses]
    spread = verbs.parameter("village_spread", measure)
    for work in verbs.work(measure, INDUSTRY, spread, stock.sum(axis=1)):
        wanted = homes.fill_classes(work.amount, np.array([illegal, 1.0 - illegal]), stock[work.zones])
        done = homes.take_workshops(measure, work.zones, wanted[:, 0], city, verbs, work.basis)
        done = done - verbs.set_capacity(
            measure, "floor_area", work.zones, uses[1], -wanted[:, 1], "m2", basis=work.basis
        )
        homes.free_land(measure, work.zones, done, verbs, work.basis)
        verbs.report_task(measure, work.zones, work.planned, done, basis=work.basis)
