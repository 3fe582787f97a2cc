"""Fill the rooms of workers' dormitories: who is left alone in a room gets room-mates from the same zone.

People come to a dormitory and leave it one by one. Without room-mates anew a room of five would soon hold two
and be full all the same, and the works would house half of the people that they have beds for.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import DwellingClass, HouseholdKind
from sim.kernels import dormitory as kernel

DORMITORY = DwellingClass.WORKER_DORM
_KEY_BITS = 48


def fill_rooms(city: City) -> None:
    """Put room-mates together until no two rooms of a zone fit into one.

    The largest rooms are filled first; among rooms alike the draw key decides, so that the order of rows does
    not matter. Couples and families keep their room.
    """
    homes = city.households
    n, most = homes.n_rows, round(city.parameter("dormitory_room_most"))
    persons = homes.n_persons[:n]
    shared = (homes.kind[:n] == HouseholdKind.COLLECTIVE) | (persons == 1)
    rows = np.flatnonzero((homes.dwelling_class[:n] == DORMITORY) & (persons > 0) & (persons < most) & shared)
    zone = homes.zone[rows].astype(np.int64)
    place = zone * (most + 1) + (most - persons[rows].astype(np.int64))
    order = np.argsort(
        (place.astype(np.uint64) << np.uint64(_KEY_BITS))
        | (homes.draw_key[rows] >> np.uint64(64 - _KEY_BITS)),
        kind="stable",
    )
    kernel.fill_rooms(
        rows[order],
        zone[order],
        most,
        city.residents.arrays(),
        homes.arrays(),
        city.dwellings.occupied,
        int(DORMITORY),
    )
