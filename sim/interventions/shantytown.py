"""Renew shantytowns: sign, move out, wait, then a flat in directed housing, one on the site, or money.

A unit (户) is a registered tenure, not a household: 5.8 registered and 2.0-3.5 resident persons. Once signed
its people move out a quarter or more later and find somewhere for the time; the flats come years after, those
on the site with the homes that are sold to balance the money, so that a district can end with more people
than it began with. Who is entitled to which is drawn by `sim.processes.resettlement`.

What is renewed in the core is mostly courts of single-storey public houses: where a zone's shantytowns are
used up, its courts go. (Dongcheng rehoused 11,028 units in 2015, some 12,000 household places; its
shantytowns of 2010 have 11,400.) Villages of the urban fringe are razed by `village_renewal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import N_ZONES, DwellingClass, LandUse
from sim.interventions import homes, village_renewal
from sim.interventions.base import Verbs, Work
from sim.interventions.split import TINY
from sim.policy.resolve import Measure
from sim.processes.resettlement import directed_housing

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "shantytown_places_2010"
CODE = DwellingClass.SHANTYTOWN
CODES = (DwellingClass.SHANTYTOWN, DwellingClass.COURTYARD)
"""What renewal takes, in this order; courts stand in the core alone."""
EVERYWHERE = np.arange(N_ZONES)
HOMES = ("directed", village_renewal.RETURNED, "balancing")
"""Kinds of new homes: directed housing, flats for those who return, homes sold to balance the money."""
FOR_SALE = "commodity_homes_built"
"""Rule: homes that a measure finished for sale; they are among the commodity homes of their district."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Sign what is due, move out who signed before, and finish the homes begun for them."""
    if measure.action == village_renewal.ACTION:
        village_renewal.raze(measure, quarter_index, city, verbs)
    else:
        _sign(measure, quarter_index, city, verbs)
        leaving = verbs.pipelines.of(measure.id, "leaving").take(quarter_index)
        if leaving is not None and leaving.any():
            _move_out(measure, quarter_index, leaving, city, verbs)
    for what in HOMES:
        built = verbs.pipelines.of(measure.id, what).take(quarter_index)
        if built is not None and built.any():
            where = np.flatnonzero(built > 0)
            verbs.set_capacity(
                measure, "dwellings", where, DwellingClass.OWNER_COMMODITY, built[where], "places"
            )
            if what == "balancing":
                verbs.set_value(measure, FOR_SALE, built[where], where, "homes", add=True)


def _size(measure: Measure, city: City, verbs: Verbs) -> float:
    """Return the persons in a household place of a shantytown."""
    return homes.household_size(city, CODE, verbs.parameter("shantytown_persons_per_place", measure))


def _places_per_unit(measure: Measure, city: City, verbs: Verbs) -> np.ndarray:
    """Return household places in one unit of the measure's action by zone, f8 (343,)."""
    per_tenure = verbs.parameter("shantytown_residents_per_unit", measure) / _size(measure, city, verbs)
    if measure.action == "floor_area":
        return 1.0 / np.maximum(city.dwellings.floor_area_m2[:, CODE], TINY)
    if measure.action == "projects":
        return np.full(N_ZONES, per_tenure * verbs.parameter("shantytown_units_per_project", measure))
    return np.full(N_ZONES, per_tenure)


def _sign(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    if not verbs.has_work(measure):
        return
    per_unit = _places_per_unit(measure, city, verbs)
    leaving = verbs.pipelines.of(measure.id, "leaving")
    standing = city.dwellings.stock[:, CODES].sum(axis=1)
    left = np.maximum(standing - leaving.outstanding(), 0.0) / per_unit
    size = _size(measure, city, verbs)
    notice = round(verbs.parameter("shantytown_notice_quarters", measure))
    for work in verbs.work(measure, PROXY, verbs.parameter("shantytown_spread", measure), left):
        signed = np.minimum(work.amount, left[work.zones])
        places = signed * per_unit[work.zones]
        leaving.add(quarter_index + max(notice, 1), work.zones, places)
        persons = places * size * _occupied_share(city, work.zones)
        _report(measure, work, signed, persons, verbs)


def _occupied_share(city: City, zones: np.ndarray) -> np.ndarray:
    """Return the share of the places that renewal may take that somebody lives in, f8 (n,)."""
    stock = city.dwellings.stock[zones][:, CODES]
    shares = np.column_stack([homes.occupied_share(city, zones, code) for code in CODES])
    return np.asarray((shares * stock).sum(axis=1) / np.maximum(stock.sum(axis=1), TINY))


def _report(measure: Measure, work: Work, signed: np.ndarray, persons: np.ndarray, verbs: Verbs) -> None:
    verbs.report_task(measure, work.zones, work.planned, signed, persons, basis=work.basis)


def _move_out(measure: Measure, quarter_index: int, leaving: np.ndarray, city: City, verbs: Verbs) -> None:
    """Take the homes, promise flats, clear the site for building and begin the homes."""
    zones = np.flatnonzero(leaving > 0)
    size = _size(measure, city, verbs)
    shanties = np.minimum(leaving[zones], city.dwellings.stock[zones, CODE])
    places = np.column_stack([shanties, leaving[zones] - shanties])
    taken, area, _ = homes.take_classes(measure, zones, CODES, places, size, city, verbs, measure.basis)
    land = area / verbs.parameter("demolish_floor_per_land", measure)
    verbs.set_capacity(measure, "land", zones, LandUse.BUILDING, land, "m2")
    _promise(measure, zones, verbs)
    units = np.zeros(N_ZONES)
    units[zones] = taken * size / verbs.parameter("shantytown_residents_per_unit", measure)
    _begin(measure, quarter_index, units, city, verbs)


def _promise(measure: Measure, zones: np.ndarray, verbs: Verbs) -> None:
    """Say on what terms these families are rehoused; `resettlement.claim` reads it this quarter."""
    for what, unit in (
        ("directed_share", "share"),
        ("return_share", "share"),
        ("directed_quarters", "quarters"),
        ("return_quarters", "quarters"),
    ):
        value = verbs.parameter(f"shantytown_{what}", measure)
        verbs.set_value(measure, f"resettle_{what}", value, zones, unit)


def _begin(measure: Measure, quarter_index: int, units: np.ndarray, city: City, verbs: Verbs) -> None:
    """Let the homes fall due: flats for all who are entitled, absent or not, and homes for sale."""
    flats = units * verbs.parameter("shantytown_flats_per_unit", measure)
    by_district = np.bincount(city.zones.district, weights=flats, minlength=16)
    directed = by_district @ directed_housing(city) * verbs.parameter("shantytown_directed_share", measure)
    returned = flats * verbs.parameter("shantytown_return_share", measure)
    balancing = units * verbs.parameter("shantytown_balancing_homes_per_unit", measure)
    waits = ("directed_quarters", "return_quarters", "balancing_quarters")
    for what, number, wait in zip(HOMES, (directed, returned, balancing), waits, strict=True):
        later = max(round(verbs.parameter(f"shantytown_{wait}", measure)), 1)
        verbs.pipelines.of(measure.id, what).add(quarter_index + later, EVERYWHERE, number)
