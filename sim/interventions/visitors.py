"""Put daily caps and booking on scenic spots, and cut lodging beds.

A cap turns visitors away on crowded days; most of them come on another (`sim.processes.visits`). Beds that
are cut are those of inns first; guests look for a bed elsewhere, and where beds fill up new ones open again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import OUTSIDE_MARKETS, Fate, Selection
from sim.codes import Lodging, Sector
from sim.interventions.base import Verbs, Work
from sim.interventions.split import count_due, text_key
from sim.interventions.trades import NOT_LARGE
from sim.policy.resolve import Measure, Portion
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.city.state import City

HOTELS = Selection("hotels", (Sector.HOTEL_CATERING,), OUTSIDE_MARKETS, sizes=NOT_LARGE)
"""Businesses among which those are that keep an inn; inns are not told apart from restaurants."""
CAP = "cap"


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter."""
    if measure.action == "beds":
        for work in verbs.work(
            measure,
            "lodging_beds_2010",
            verbs.parameter("visitors_spread", measure),
            available=city.visitors.beds.sum(axis=1),
        ):
            _cut(measure, work, city, verbs)
        verbs.control(measure, ["regrowth.lodging"], verbs.parameter("visitors_rebound_factor", measure))
        return
    for portion in measure.due(quarter_index):
        _cap(measure, portion, city, verbs)
    _keep_caps(measure, quarter_index, city, verbs)


def _cut(measure: Measure, work: Work, city: City, verbs: Verbs) -> None:
    """Take the beds of inns first and those of hotels for the rest; their staff lose their posts."""
    inns = np.minimum(
        city.visitors.beds[work.zones, Lodging.INN],
        work.amount * verbs.parameter("visitors_inn_share_of_cut", measure),
    )
    done = np.zeros(len(work.zones))
    for kind, wanted in ((Lodging.INN, inns), (Lodging.HOTEL, work.amount - inns)):
        change = verbs.set_capacity(measure, "lodging", work.zones, kind, -wanted, "beds", basis=work.basis)
        done -= change
    closed = verbs.direct_businesses(
        measure,
        HOTELS,
        work.zones,
        done / verbs.parameter("visitors_beds_per_business", measure),
        Fate(),
        basis="assumed",
    )
    verbs.report_task(measure, work.zones, work.planned, done, closed.jobs, basis=work.basis)


def _cap(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    """Choose the most visited gated spots that have no cap of a measure yet, and remember their caps.

    A cap is the spot's mean day when the order comes, season and epidemic apart, times a factor.
    """
    spots = city.visitors.spots
    inside = np.isin(spots.zone, portion.zones) & spots.gated
    order = sorted(np.flatnonzero(inside), key=lambda spot: (-spots.visits[spot], spot))
    rounding = city.random.uniform(Stream.MEASURE_SPLIT, text_key(f"{measure.id}/{portion.area}"))
    free = [spot for spot in order if not _has_cap(spots.name_zh[spot], verbs)]
    chosen = free[: count_due(measure.portions, portion, rounding)]
    factor = verbs.parameter("visitors_cap_over_mean", measure)
    for spot in chosen:
        verbs.memory[measure.id, f"{CAP}/{spots.name_zh[spot]}", int(spot)] = (
            factor * spots.visits[spot] * city.path("visitor_demand")
        )
    verbs.report_task(measure, -1, portion.amount, float(len(chosen)), basis=portion.basis, name=portion.area)


def _has_cap(name: str, verbs: Verbs) -> bool:
    return any(what == f"{CAP}/{name}" for _, what, _ in verbs.memory)


def _keep_caps(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Set this measure's caps again: a booking system stays, unless the measure says until when."""
    if 0 <= measure.control_until < quarter_index:
        return
    spots = city.visitors.spots
    for (owner, what, spot), cap in sorted(verbs.memory.items()):
        if owner == measure.id and what.startswith(f"{CAP}/"):
            verbs.set_value(measure, spots.rule(spot), cap, [int(spots.zone[spot])], "visits/day")
