"""Demolish illegal construction, or clear unsafe homes: homes, premises and floor area go, land is freed.

Action `demolish`: the amount ordered is floor area. A share of it stands where people live
(`demolish_residential_share` in the city as a whole); there a person has `demolish_m2_per_person` of
it, workshops, shops and corridors of the same buildings included. So the homes that go hold amount x share /
m2 a person people; the rest of the floor area comes from illegal non-residential buildings. What goes is a
cross-section of what stands: a zone with many workshops and few homes loses fewer homes for each square
metre than one full of rooms. The share is the same in any year: that rooms grow here and workshops do not
is want of data about workshops, and no ground to have more people live in what goes.

Action `safety` (安全隐患清理, the clearing after the fire of November 2017): all of the floor area is homes
that are a danger, by what a zone has of rooms let in villages, illegal structures, group rentals and
basements. The houses stand empty afterwards: no land is freed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import INFORMAL_CLASSES, DwellingClass, FloorUse
from sim.interventions import homes
from sim.interventions.base import Verbs, Work
from sim.interventions.split import TINY
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "illegal_floor_area_2010"
SAFETY_PROXY = "informal_home_area_2010"
REBOUND = ("regrowth.illegal", "regrowth.village_rental", "regrowth.premises.illegal")
"""Rates that a measure slows while it forbids new illegal construction."""
SAFETY_REBOUND = tuple(f"regrowth.{code.name.lower()}" for code in INFORMAL_CLASSES)
"""Rates that a clearing for safety slows while it keeps the rooms empty."""
CLASSES = (DwellingClass.ILLEGAL, DwellingClass.VILLAGE_RENTAL)


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter and keep what was cleared from growing back."""
    safety = measure.action == "safety"
    if verbs.has_work(measure):
        (_clear_unsafe if safety else _demolish)(measure, city, verbs)
    rates = SAFETY_REBOUND if safety else REBOUND
    verbs.control(measure, rates, verbs.parameter("demolish_rebound_factor", measure))


def _demolish(measure: Measure, city: City, verbs: Verbs) -> None:
    village = verbs.parameter("demolish_village_rental_share", measure)
    shares = np.array([1.0 - village, village])
    per_place = verbs.parameter("demolish_persons_per_place", measure)
    places_per_m2 = (
        verbs.parameter("demolish_residential_share", measure)
        / verbs.parameter("demolish_m2_per_person", measure)
        / float(shares @ [homes.household_size(city, code, per_place) for code in CLASSES])
        * lived_in(city)
    )
    # Of a square metre ordered this is homes; a zone can give as much as its workshops go round for the rest.
    home_m2 = places_per_m2 * (city.dwellings.floor_area_m2[:, CLASSES] * shares).sum(axis=1)
    workshops = city.land.floor_area_m2[:, FloorUse.ILLEGAL_NONRESIDENTIAL]
    available = workshops / np.maximum(1.0 - home_m2, 0.1)
    spread = verbs.parameter("demolish_spread", measure)
    for work in verbs.work(measure, PROXY, spread, available):
        zones = work.zones
        stock = city.dwellings.stock[zones][:, CLASSES]
        wanted = homes.fill_classes(work.amount * places_per_m2[zones], shares, stock)
        _, floor, persons = homes.take_classes(
            measure, zones, CLASSES, wanted, per_place, city, verbs, work.basis
        )
        rest = np.maximum(work.amount - floor, 0.0)
        done = floor + homes.take_workshops(measure, zones, rest, city, verbs, work.basis)
        homes.free_land(measure, zones, done, verbs, work.basis)
        # A zone whose homes are roomy gives a little more than it was asked for; that is not an order of
        # more.
        verbs.report_task(
            measure, zones, work.planned, np.minimum(done, work.amount), persons, basis=work.basis
        )


def lived_in(city: City) -> np.ndarray:
    """Return homes for each square metre that may be demolished in a zone, over the city's, (343,)."""
    places = city.dwellings.stock[:, CLASSES]
    area = (places * city.dwellings.floor_area_m2[:, CLASSES]).sum(axis=1)
    area += city.land.floor_area_m2[:, FloorUse.ILLEGAL_NONRESIDENTIAL]
    of_city = places.sum() / max(area.sum(), TINY)
    return np.asarray(places.sum(axis=1) / np.maximum(area, TINY) / max(of_city, TINY))


def _clear_unsafe(measure: Measure, city: City, verbs: Verbs) -> None:
    area = city.dwellings.floor_area_m2[:, INFORMAL_CLASSES]
    unsafe = (city.dwellings.stock * (1.0 - city.dwellings.safe_share()))[:, INFORMAL_CLASSES]
    per_place = verbs.parameter("demolish_persons_per_place", measure)
    spread = verbs.parameter("demolish_spread", measure)
    for work in verbs.work(measure, SAFETY_PROXY, spread, (unsafe * area).sum(axis=1)):
        zones = work.zones
        held = unsafe[zones] * area[zones]
        wanted = homes.fill_classes(work.amount, held, held) / np.maximum(area[zones], TINY)
        _, floor, persons = homes.take_classes(
            measure, zones, INFORMAL_CLASSES, wanted, per_place, city, verbs, work.basis
        )
        _report(measure, work, floor, persons, verbs)


def _report(measure: Measure, work: Work, done: np.ndarray, persons: np.ndarray, verbs: Verbs) -> None:
    verbs.report_task(measure, work.zones, work.planned, done, persons, basis=work.basis)
