"""Move bus, coach and tourist stations: the visitors they bring and their staff go with them.

Orders by name come first; a count falls on stations of the area that are still there, in an order keyed by
the station alone. A station without a destination in Beijing closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import OUTSIDE_MARKETS, Fate, Selection
from sim.codes import Sector
from sim.interventions.base import Verbs
from sim.interventions.split import count_due, text_key
from sim.policy.resolve import Measure, Portion, zone_index
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.city.state import City

UNIT = "stations"
CARRIERS = Selection("carriers_of_hubs", (Sector.TRANSPORT,), OUTSIDE_MARKETS)
GONE = "hub"


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Move the stations due this quarter."""
    names = city.visitors.hubs.name_zh
    for order in measure.orders_due(quarter_index):
        if order.organisation in names and not _is_gone(order.organisation, verbs):
            _move(
                measure,
                names.index(order.organisation),
                order.zone,
                (order.counts, order.counts),
                city,
                verbs,
                order.basis,
            )
        else:
            # A station that is not known or has left cannot be ordered about: planned, not executed.
            verbs.report_task(measure, -1, order.counts, 0.0, name=order.organisation, basis=order.basis)
    for portion in measure.due(quarter_index):
        _counted(measure, portion, city, verbs)


def _counted(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    hubs = city.visitors.hubs
    there = [
        hub
        for hub in np.flatnonzero(np.isin(hubs.zone, portion.zones))
        if not _is_gone(hubs.name_zh[hub], verbs)
    ]
    rounding = city.random.uniform(Stream.MEASURE_SPLIT, text_key(f"{measure.id}/{portion.area}"))
    wanted = count_due(measure.portions, portion, rounding)
    draw = {hub: city.random.uniform(Stream.MEASURE_SPLIT, text_key(hubs.name_zh[hub])) for hub in there}
    chosen = sorted(there, key=lambda hub: (draw[hub], hub))[:wanted]
    if not chosen:
        verbs.report_task(measure, -1, portion.amount, 0.0, basis=portion.basis, name=portion.area)
    for place, hub in enumerate(chosen):
        # Whole stations of a count that may have a fraction: together they were planned as the count says.
        planned = portion.amount / len(chosen)
        _move(measure, int(hub), _destination(measure, place), (planned, 1.0), city, verbs, portion.basis)


def _destination(measure: Measure, place: int) -> int:
    """Return the zone a station goes to, the measure's destinations in turn; -1 where it has none."""
    if not measure.destinations:
        return -1
    return zone_index(measure.destinations[place % len(measure.destinations)][0])


def _is_gone(name: str, verbs: Verbs) -> bool:
    return (GONE, name, 0) in verbs.memory


def _move(
    measure: Measure,
    hub: int,
    destination: int,
    counts: tuple[float, float],
    city: City,
    verbs: Verbs,
    basis: str,
) -> None:
    """Take a station's visitors and carriers from its zone, and bring the visitors to the new one."""
    hubs = city.visitors.hubs
    zone, kind = int(hubs.zone[hub]), int(hubs.kind[hub])
    verbs.set_capacity(measure, "hubs", zone, kind, -float(hubs.visitors[hub]), "visits/day", basis="assumed")
    if destination >= 0:
        kept = float(hubs.visitors[hub]) * verbs.parameter("transport_hub_visitors_kept", measure)
        verbs.set_capacity(measure, "hubs", destination, kind, kept, "visits/day", basis="assumed")
    stay = verbs.parameter("transport_hub_carriers_stay", measure) if destination >= 0 else 0.0
    number = float(hubs.staff[hub]) / verbs.parameter("transport_hub_jobs_per_carrier", measure)
    ordered = verbs.direct_businesses(
        measure, CARRIERS, np.array([zone]), np.array([number]), Fate(anywhere=stay), basis="assumed"
    )
    verbs.memory[GONE, hubs.name_zh[hub], 0] = float(verbs.quarter_index)
    verbs.report_task(measure, zone, *counts, float(ordered.jobs.sum()), basis=basis, name=hubs.name_zh[hub])
