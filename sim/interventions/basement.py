"""Clear basements of residents: their rooms go; whether they refill is decided by rebound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass
from sim.interventions.base import Verbs
from sim.interventions.split import TINY, fill
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "basement_places_2010"
REBOUND = "regrowth.basement"
"""Rate that a measure slows while it keeps basements empty."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Clear the sites due this quarter: a site is as many rooms as its residents need."""
    rooms_per_site = verbs.parameter("basement_persons_per_site", measure) / verbs.parameter(
        "basement_persons_per_room", measure
    )
    for portion in measure.due(quarter_index):
        zones = np.array(portion.zones)
        weights = verbs.weights(measure, portion, PROXY, verbs.parameter("basement_spread", measure))
        stock = city.dwellings.stock[zones, DwellingClass.BASEMENT].copy()
        _, wanted = fill(portion.amount * rooms_per_site, weights, stock)
        used = city.dwellings.occupied_full()[zones, DwellingClass.BASEMENT] / np.maximum(stock, TINY)
        per_room = verbs.parameter("basement_persons_per_room", measure) * np.clip(used, 0.0, 1.0)
        taken = -verbs.set_capacity(
            measure,
            "dwellings",
            zones,
            DwellingClass.BASEMENT,
            -wanted,
            "places",
            persons_per_unit=per_room,
            basis=portion.basis,
        )
        verbs.report_task(
            measure,
            zones,
            wanted / rooms_per_site,
            taken / rooms_per_site,
            taken * per_room,
            basis=portion.basis,
        )
    verbs.control(measure, (REBOUND,), verbs.parameter("basement_rebound_factor", measure))
