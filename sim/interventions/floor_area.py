"""Cut above-ground floor area by a yearly plan, illegal first (京政发〔2021〕1号 2.6.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse, Premises
from sim.interventions import homes
from sim.interventions.base import Verbs, Work
from sim.interventions.split import TINY
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "floor_area_2010"
ORDER = (
    FloorUse.ILLEGAL_NONRESIDENTIAL,
    FloorUse.COMMERCIAL,
    FloorUse.INDUSTRIAL_STORAGE,
    FloorUse.OFFICE_PUBLIC,
)
HOME = DwellingClass.ILLEGAL


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Cut what is due this quarter: a share of it homes without a permit, the rest other floor area."""
    if not verbs.has_work(measure):
        return
    stock = city.land.floor_area_m2[:, ORDER]
    weights = np.array(
        [
            verbs.parameter(f"floor_area_weight_{name}", measure)
            for name in ("illegal", "commercial", "industrial", "office")
        ]
    )
    residential = verbs.parameter("floor_area_residential_share", measure)
    spread = verbs.parameter("floor_area_spread", measure)
    per_place = verbs.parameter("demolish_persons_per_place", measure)
    for work in verbs.work(measure, PROXY, spread, stock.sum(axis=1)):
        zones = work.zones
        m2 = np.maximum(city.dwellings.floor_area_m2[zones, HOME], TINY)
        places = np.minimum(work.amount * residential / m2, city.dwellings.stock[zones, HOME])
        taken, persons = homes.take_places(measure, zones, HOME, places, per_place, city, verbs, work.basis)
        area = taken * m2
        wanted = homes.fill_classes(work.amount - area, weights * stock[zones], stock[zones])
        done = area + _cut(measure, work, wanted, city, verbs)
        homes.free_land(measure, zones, done, verbs, work.basis)
        verbs.report_task(measure, zones, work.planned, done, persons, basis=work.basis)


def _cut(measure: Measure, work: Work, wanted: np.ndarray, city: City, verbs: Verbs) -> np.ndarray:
    """Take floor area by use; the shops and workshops in it lose their premises."""
    zones = work.zones
    done = homes.take_workshops(measure, zones, wanted[:, 0], city, verbs, work.basis)
    held = np.maximum(city.land.floor_area_m2[zones, FloorUse.COMMERCIAL], TINY)
    for column, use in enumerate(ORDER[1:], start=1):
        taken = -verbs.set_capacity(
            measure, "floor_area", zones, use, -wanted[:, column], "m2", basis=work.basis
        )
        done = done + taken
        if use == FloorUse.COMMERCIAL:
            shops = taken / held * city.land.premises[zones, Premises.FORMAL]
            shops = shops * verbs.parameter("floor_area_shops_share", measure)
            verbs.set_capacity(
                measure, "premises", zones, Premises.FORMAL, -shops, "premises", basis=work.basis
            )
    return done
