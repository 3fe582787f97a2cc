"""Raze villages of the urban fringe and move the villagers into flats (城中村拆迁上楼).

The amount ordered is villagers' houses. With them goes the same share of the zone's rooms let by villagers
and of its illegal homes. Tenants lose their homes and are owed nothing. The villagers are: flats are built
for them where their houses stood, more than one for a house. Nothing that was razed grows back, as other
things are built there. Who waits for a flat is drawn by `sim.processes.resettlement`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, LandUse, MoveCause
from sim.interventions import homes
from sim.interventions.base import Verbs, Work
from sim.interventions.split import TINY
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

ACTION = "villages"
RETURNED = "returned"
"""Kind of new homes: flats for those who return."""
PROXY = "village_rental_places_2010"
HOUSE = DwellingClass.SELF_BUILT
ROOMS = (DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL)


def raze(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Raze what is due and begin the flats for the villagers; `shantytown` finishes them."""
    if not verbs.has_work(measure):
        return
    wait = max(round(verbs.parameter("shantytown_village_return_quarters", measure)), 1)
    spread = verbs.parameter("shantytown_spread", measure)
    per_house = verbs.parameter("shantytown_village_flats_per_house", measure)
    flats = verbs.pipelines.of(measure.id, RETURNED)
    for work in verbs.work(measure, PROXY, spread, city.dwellings.stock[:, HOUSE]):
        houses = _take(measure, work, city, verbs)
        flats.add(quarter_index + wait, work.zones, houses * per_house)
        _promise(measure, work.zones, wait, verbs)


def _take(measure: Measure, work: Work, city: City, verbs: Verbs) -> np.ndarray:
    """Take the houses of one piece of work and the rooms among them; return the houses, f8 (n,)."""
    zones, dwellings = work.zones, city.dwellings
    share = np.minimum(work.amount / np.maximum(dwellings.stock[zones, HOUSE], TINY), 1.0)
    taken, floor, people = np.zeros((3, len(zones), 1 + len(ROOMS)))
    for column, code in enumerate((HOUSE, *ROOMS)):
        is_house = code == HOUSE
        size = "shantytown_village_persons_per_house" if is_house else "village_persons_per_place"
        taken[:, column], people[:, column] = homes.take_places(
            measure,
            zones,
            code,
            share * dwellings.stock[zones, code],
            verbs.parameter(size, measure),
            city,
            verbs,
            work.basis,
            MoveCause.SHANTYTOWN if is_house else MoveCause.VILLAGE_RAZED,
            for_good=True,
        )
        floor[:, column] = taken[:, column] * dwellings.floor_area_m2[zones, code]
    land = floor.sum(axis=1) / verbs.parameter("demolish_floor_per_land", measure)
    verbs.set_capacity(measure, "land", zones, LandUse.BUILDING, land, "m2", basis=work.basis)
    houses = taken[:, 0]
    verbs.report_task(measure, zones, work.planned, houses, people.sum(axis=1), basis=work.basis)
    return houses


def _promise(measure: Measure, zones: np.ndarray, wait: int, verbs: Verbs) -> None:
    """Say on what terms the villagers are rehoused; `resettlement.claim` reads it this quarter."""
    share = verbs.parameter("shantytown_village_return_share", measure)
    verbs.set_value(measure, "resettle_village_share", share, zones, "share")
    verbs.set_value(measure, "resettle_village_quarters", wait, zones, "quarters")
