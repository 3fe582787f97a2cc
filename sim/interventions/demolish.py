"""Demolish illegal construction: homes, business premises and floor area go, land is freed.

The amount ordered is floor area. A share of it stands where people live (`demolish_residential_share`); there
a person has `demolish_m2_per_person` of it, workshops, shops and corridors of the same buildings included. So
the homes that go hold amount x share / m2 a person people; the rest of the floor area comes from illegal
non-residential buildings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse, Premises
from sim.interventions.base import Verbs
from sim.interventions.split import TINY, fill
from sim.policy.resolve import Measure, Portion

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "illegal_floor_area_2010"
REBOUND = ("regrowth.illegal", "regrowth.village_rental", "regrowth.premises.illegal")
"""Rates that a measure slows while it forbids new illegal construction."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter and keep what was cleared from growing back."""
    for portion in measure.due(quarter_index):
        _demolish(measure, portion, city, verbs)
    verbs.control(measure, REBOUND, verbs.parameter("demolish_rebound_factor", measure))


def _demolish(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    zones = np.array(portion.zones)
    weights = verbs.weights(measure, portion, PROXY, verbs.parameter("demolish_spread", measure))
    persons_per_place = verbs.parameter("demolish_persons_per_place", measure)
    village = verbs.parameter("demolish_village_rental_share", measure)
    people = (
        portion.amount
        * verbs.parameter("demolish_residential_share", measure)
        / verbs.parameter("demolish_m2_per_person", measure)
    )
    classes = (DwellingClass.ILLEGAL, DwellingClass.VILLAGE_RENTAL)
    stock = city.dwellings.stock[zones][:, classes]
    shares = weights[:, None] * np.array([1.0 - village, village])
    _, wanted = fill(people / persons_per_place, shares.ravel(), stock.ravel())
    wanted = wanted.reshape(stock.shape)
    used = city.dwellings.occupied_full()[zones][:, classes] / np.maximum(stock, TINY)
    floor, persons = np.zeros(len(zones)), np.zeros(len(zones))
    for column, code in enumerate(classes):
        per_place = persons_per_place * np.clip(used[:, column], 0.0, 1.0)
        taken = -verbs.set_capacity(
            measure,
            "dwellings",
            zones,
            code,
            -wanted[:, column],
            "places",
            persons_per_unit=per_place,
            basis=portion.basis,
        )
        floor += taken * city.dwellings.floor_area_m2[zones, code]
        persons += taken * per_place
    # Homes in one zone may be roomier than its share of the order: then all of its share is homes.
    rest = portion.amount - float(floor.sum())
    other = _other_floor_area(measure, zones, weights, max(rest, 0.0), city, verbs, portion.basis)
    executed = floor + other
    shortage = max(portion.amount - float(executed.sum()), 0.0)
    verbs.report_task(measure, zones, executed + shortage * weights, executed, persons, basis=portion.basis)


def _other_floor_area(
    measure: Measure,
    zones: np.ndarray,
    weights: np.ndarray,
    amount: float,
    city: City,
    verbs: Verbs,
    basis: str,
) -> np.ndarray:
    use, kind = FloorUse.ILLEGAL_NONRESIDENTIAL, Premises.ILLEGAL
    stock = city.land.floor_area_m2[zones, use].copy()
    _, wanted = fill(amount, weights, stock)
    taken = -verbs.set_capacity(measure, "floor_area", zones, use, -wanted, "m2", basis=basis)
    share = np.where(stock > TINY, taken / np.maximum(stock, TINY), 0.0)
    verbs.set_capacity(
        measure, "premises", zones, kind, -share * city.land.premises[zones, kind], "premises", basis=basis
    )
    return taken
