"""Let manufacturing leave: firms exit, scattered polluting workshops close or clean up, clusters are cleared.

With a firm that leaves its site go its jobs, the beds of its workers' dormitories and its floor area. A
part of the firms goes on elsewhere in Beijing, a part in Hebei, the rest closes; the ledger tells them
apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import Fate, Selection
from sim.codes import DwellingClass, FloorUse, Sector
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.interventions.business_orders import Ordered
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

MEANT = {
    "exit": (trades.FACTORIES, "manufacturing_firms_2010"),
    "polluting": (trades.WORKSHOPS, "manufacturing_workshops_2010"),
    "clusters": (trades.CLUSTERS, "industrial_clusters_2010"),
}
HOUSED = Selection("housed", (Sector.MANUFACTURING, Sector.CONSTRUCTION))
"""Businesses whose workers live in dormitories."""
ON_SITE = Selection("on_site", (Sector.MANUFACTURING, Sector.TRANSPORT))
"""Businesses in industrial and storage floor area."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter."""
    action = measure.action or "exit"
    selection, proxy = MEANT[action]
    per_unit = verbs.parameter("manufacturing_firms_per_cluster", measure) if action == "clusters" else 1.0
    found = trades.order_by_count(
        measure,
        verbs,
        selection,
        proxy,
        _fate(measure, action, verbs),
        spread=verbs.parameter("manufacturing_spread", measure),
        per_unit=per_unit,
    )
    if found is not None:
        _sites(measure, *found, city, verbs)


def _fate(measure: Measure, action: str, verbs: Verbs) -> Fate:
    """Return what becomes of the firms: those that clean up stay where they are."""
    cleaned = verbs.parameter("manufacturing_cleaned_up_share", measure) if action == "polluting" else 0.0
    rest = 1.0 - cleaned
    return Fate(
        anywhere=rest * verbs.parameter("manufacturing_stays_share", measure),
        licensed=cleaned,
        outside=rest * verbs.parameter("manufacturing_hebei_share", measure),
    )


def _sites(measure: Measure, done: trades.Done, ordered: Ordered, city: City, verbs: Verbs) -> None:
    """Take dormitory places and floor area in the share of the zone's jobs that goes."""
    zones = done.zones
    tie = verbs.parameter("manufacturing_dormitory_share", measure)
    beds = city.dwellings.stock[zones, DwellingClass.WORKER_DORM]
    used = city.dwellings.occupied_full()[zones, DwellingClass.WORKER_DORM] / np.maximum(beds, 1e-9)
    per_room = verbs.parameter("manufacturing_persons_per_room", measure) * np.clip(used, 0.0, 1.0)
    verbs.set_capacity(
        measure,
        "dwellings",
        zones,
        DwellingClass.WORKER_DORM,
        -beds * tie * _share(ordered, verbs.trades.count(HOUSED)[1][zones]),
        "places",
        persons_per_unit=per_room,
        basis="assumed",
    )
    verbs.set_capacity(
        measure,
        "floor_area",
        zones,
        FloorUse.INDUSTRIAL_STORAGE,
        -city.land.floor_area_m2[zones, FloorUse.INDUSTRIAL_STORAGE]
        * _share(ordered, verbs.trades.count(ON_SITE)[1][zones]),
        "m2",
        basis="assumed",
    )


def _share(ordered: Ordered, jobs: np.ndarray) -> np.ndarray:
    """Return the jobs ordered away as a share of a zone's jobs of some businesses, (n,)."""
    return np.asarray(np.minimum(ordered.own_jobs / np.maximum(jobs, 1.0), 1.0))
