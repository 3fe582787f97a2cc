"""Clear basements of residents, or make them safe; whether cleared rooms refill is decided by rebound.

Actions `clear` and `lodging` (dormitories and hotels in basements): a site is as many rooms as its residents
need. Action `retrofit`: the rooms of a site are made safe and let by the rules of underground rooms, at
least five m2 a person and two to a room; the rooms that wider passages take are those that stand empty, so
that nobody has to leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass
from sim.interventions import homes
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "basement_places_2010"
REBOUND = ("regrowth.basement",)
"""Rate that a measure slows while it keeps basements empty."""
CODE = DwellingClass.BASEMENT


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Treat the sites due this quarter and keep cleared ones empty."""
    retrofit = measure.action == "retrofit"
    if verbs.has_work(measure):
        _treat(measure, retrofit, city, verbs)
    if not retrofit:
        verbs.control(measure, REBOUND, verbs.parameter("basement_rebound_factor", measure))


def _treat(measure: Measure, retrofit: bool, city: City, verbs: Verbs) -> None:
    per_room = homes.household_size(city, CODE, verbs.parameter("basement_persons_per_room", measure))
    rooms_per_site = verbs.parameter("basement_persons_per_site", measure) / per_room
    rooms = city.dwellings.stock[:, CODE]
    if retrofit:
        rooms = np.maximum(rooms - city.dwellings.made_safe[:, CODE], 0.0)
    spread = verbs.parameter("basement_spread", measure)
    for work in verbs.work(measure, PROXY, spread, rooms / rooms_per_site):
        wanted = work.amount * rooms_per_site
        if retrofit:
            share = verbs.parameter("basement_retrofit_rooms_lost", measure)
            done = homes.make_safe(measure, work.zones, CODE, wanted, share, city, verbs, work.basis)
            persons = np.zeros(len(done))
        else:
            done, persons = homes.take_places(
                measure, work.zones, CODE, wanted, per_room, city, verbs, work.basis
            )
        verbs.report_task(measure, work.zones, work.planned, done / rooms_per_site, persons, basis=work.basis)
