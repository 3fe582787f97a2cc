"""Close illegal group rentals: the rooms go, the flat returns to the homes let or lived in as one.

Actions `close` (flats cut into rooms) and `conversions` (商改住: offices and shops let as homes; they return
to business, not to housing). Whether rooms come back is decided by rebound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse
from sim.interventions import homes
from sim.interventions.base import Verbs, Work
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "group_rental_places_2010"
REBOUND = ("regrowth.group_rental",)
"""Rate that a measure slows while it watches for new group rentals."""
CODE = DwellingClass.GROUP_RENTAL


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Close the group rentals due this quarter and watch for new ones."""
    if verbs.has_work(measure):
        _close(measure, city, verbs)
    verbs.control(measure, REBOUND, verbs.parameter("group_rental_rebound_factor", measure))


def _close(measure: Measure, city: City, verbs: Verbs) -> None:
    per_place = homes.household_size(city, CODE, verbs.parameter("group_rental_persons_per_place", measure))
    places_per_dwelling = verbs.parameter("group_rental_persons_per_dwelling", measure) / per_place
    spread = verbs.parameter("group_rental_spread", measure)
    available = city.dwellings.stock[:, CODE] / places_per_dwelling
    for work in verbs.work(measure, PROXY, spread, available):
        wanted = work.amount * places_per_dwelling
        taken, persons = homes.take_places(
            measure, work.zones, CODE, wanted, per_place, city, verbs, work.basis
        )
        dwellings = taken / places_per_dwelling
        if measure.action == "conversions":
            area = taken * city.dwellings.floor_area_m2[work.zones, CODE]
            verbs.set_capacity(
                measure, "floor_area", work.zones, FloorUse.OFFICE_PUBLIC, area, "m2", basis=work.basis
            )
        else:
            _return_flats(measure, work, dwellings, verbs)
        verbs.report_task(measure, work.zones, work.planned, dwellings, persons, basis=work.basis)


def _return_flats(measure: Measure, work: Work, dwellings: np.ndarray, verbs: Verbs) -> None:
    let = verbs.parameter("group_rental_let_share", measure)
    for code, share in ((DwellingClass.MARKET_RENTAL, let), (DwellingClass.OWNER_COMMODITY, 1.0 - let)):
        verbs.set_capacity(
            measure, "dwellings", work.zones, code, dwellings * share, "places", basis=work.basis
        )
