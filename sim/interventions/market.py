"""Close, upgrade or move regional markets and logistics centres, by name and by count.

Orders by name come first. The rest of a count falls on markets without a published name in the same area,
larger ones sooner (the 57 of 2015 had 370 stalls each), in an order that is keyed by the market alone: one
treated early in a scenario is treated early in every other. The base-year city does not tell logistics
centres from markets, so that a count of either falls on the same list. Markets whose turn comes soon
have notice of it: customers stay away and merchants leave before the end. The market and its merchants
decide what an order leads to.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from sim.codes import N_ZONES, OrganisationKind
from sim.interventions.base import Verbs
from sim.interventions.split import TINY, due_by_count, text_key
from sim.policy.resolve import Measure, NamedOrder, Portion
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.city.state import City

_RANK, _UPGRADE = 0, 1
CLOSING = ("close", "move")
NOTICE = "notice"
ROUNDING = 1e-9


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Give the orders due this quarter, and notice of those of the next quarters."""
    for order in measure.orders_due(quarter_index):
        _named(measure, order, city, verbs)
    _counted(measure, city, verbs)
    _notice(measure, quarter_index, city, verbs)


def _named(measure: Measure, order: NamedOrder, city: City, verbs: Verbs) -> None:
    index = verbs.organisation_named(order.organisation, OrganisationKind.MARKET)
    if index < 0 or city.organisations[index].closed:
        # A market that is not in the base city, or is gone, cannot be ordered about: planned, not executed.
        verbs.report_task(measure, -1, order.counts, 0.0, name=order.organisation, basis=order.basis)
        return
    # The table's share is of the market as it was first; the order's is of what is left of it.
    left = 1.0 - verbs.closed_share.get(index, 0.0)
    share = min(order.share / left, 1.0) if left > TINY else 1.0
    details: dict[str, float | str] = {"share": share, "zone": order.zone, "outside": order.outside}
    if order.order == "upgrade":
        details["kept_share"] = verbs.parameter("market_upgrade_kept_share", measure)
    workers = _give(measure, index, order.order, order.counts, share, city, verbs, order.basis, details)
    verbs.report_task(
        measure,
        int(city.organisations[index].zone),
        order.counts,
        order.counts,
        workers,
        name=order.organisation,
        basis=order.basis,
    )
    verbs.treated[index] = order.order
    if order.order != "upgrade":
        verbs.closed_share[index] = min(verbs.closed_share.get(index, 0.0) + order.share, 1.0)


def _counted(measure: Measure, city: City, verbs: Verbs) -> None:
    """Treat as many unnamed markets as the districts set out to, the first in turn first."""
    for work in verbs.work(measure, "market_stalls_2010", verbs.parameter("market_spread", measure)):
        key = (measure.id, work.area, -1)
        running = verbs.memory.get(key, _rounding(measure, work.area, city)) + float(work.amount.sum())
        wanted = int(np.floor(running + ROUNDING))
        chosen = list(islice(_candidates(tuple(work.zones.tolist()), city, verbs), wanted))
        verbs.memory[key] = running - wanted
        workers = np.zeros(N_ZONES)
        for index in chosen:
            order = _order_for(measure, index, city, verbs)
            details: dict[str, float | str] = {"share": 1.0, "zone": -1, "outside": ""}
            if order == "upgrade":
                details = {"share": 1.0, "kept_share": verbs.parameter("market_upgrade_kept_share", measure)}
            zone = int(city.organisations[index].zone)
            workers[zone] += _give(measure, index, order, 1.0, 1.0, city, verbs, work.basis, details)
            verbs.treated[index] = order
        # Whole markets stand for the fractions due in the zones; where they run out, so does the work.
        done = work.amount * (len(chosen) / wanted if wanted > 0 else 1.0)
        verbs.report_task(measure, work.zones, work.planned, done, workers[work.zones], basis=work.basis)


def _order_for(measure: Measure, index: int, city: City, verbs: Verbs) -> str:
    """Return whether a market of a count is closed or upgraded: as the action says, else by keyed chance."""
    if measure.action in ("close", "upgrade"):
        return measure.action
    upgrade = verbs.parameter("market_upgrade_share", measure)
    return "upgrade" if city.random.uniform(Stream.MARKET, index, alternative=_UPGRADE) < upgrade else "close"


def _rounding(measure: Measure, area: str, city: City) -> float:
    """Return the keyed uniform by which the counts of an area are rounded."""
    return city.random.uniform(Stream.MARKET, text_key(f"{measure.id}/{area}"))


def _candidates(zones: tuple[int, ...], city: City, verbs: Verbs) -> Iterator[int]:
    """Yield the markets of some zones that may be treated, the first in turn first."""
    for index in _queue(zones, city, verbs):
        if index not in verbs.treated and not city.organisations[index].closed:
            yield index


def _queue(zones: tuple[int, ...], city: City, verbs: Verbs) -> list[int]:
    """Return the base year's unnamed markets of some zones in the order of their turn, settled once."""
    if zones not in verbs.queues:
        inside = set(zones)
        open_ = [
            index
            for index in city.indices_of(OrganisationKind.MARKET)
            if not city.organisations[index].named and int(city.organisations[index].zone) in inside
        ]
        uniform = city.random.uniforms(Stream.MARKET, np.array(open_, dtype=np.uint64), alternative=_RANK)
        stalls = np.array([max(float(city.organisations[index].stalls), 1.0) for index in open_])
        verbs.queues[zones] = [open_[place] for place in np.argsort(-np.log(uniform) / stalls, kind="stable")]
    return verbs.queues[zones]


def _notice(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Tell markets that will close within the notice, each once, how long they have.

    Nobody has notice before the measure is in force.
    """
    if quarter_index < measure.first:
        return
    ahead = round(verbs.parameter("market_notice_quarters", measure))
    begun = (measure.id, NOTICE, -1)
    window = range(ahead, ahead + 1) if begun in verbs.memory else range(1, ahead + 1)
    verbs.memory[begun] = 1.0
    for quarter in (quarter_index + after for after in window):
        for order in measure.orders_due(quarter):
            index = verbs.organisation_named(order.organisation, OrganisationKind.MARKET)
            if index >= 0 and order.order in CLOSING and order.share >= 1.0:
                _tell(measure, index, quarter, order.basis, city, verbs)
        for portion in measure.due(quarter):
            _notice_by_count(measure, portion, city, verbs)


def _notice_by_count(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    """Tell the next in turn, so many as the portion will treat; those with notice keep theirs."""
    same = [item for item in measure.portions if item.area == portion.area]
    before = sum(item.amount for item in same if item.quarter_index < portion.quarter_index)
    turn = due_by_count(before, before + portion.amount, _rounding(measure, portion.area, city))
    waiting = (
        index
        for index in _candidates(portion.zones, city, verbs)
        if (NOTICE, str(index), -1) not in verbs.memory
    )
    for index in islice(waiting, turn):
        if _order_for(measure, index, city, verbs) == "close":
            _tell(measure, index, portion.quarter_index, portion.basis, city, verbs)
        else:
            verbs.memory[NOTICE, str(index), -1] = float(portion.quarter_index)


def _tell(measure: Measure, index: int, last: int, basis: str, city: City, verbs: Verbs) -> None:
    key = (NOTICE, str(index), -1)
    if key in verbs.memory or city.organisations[index].closed:
        return
    verbs.memory[key] = float(last)
    verbs.direct(
        measure,
        index,
        NOTICE,
        unit="quarters",
        planned=last - verbs.quarter_index,
        executed=last - verbs.quarter_index,
        basis=basis,
        quarters=float(last - verbs.quarter_index),
        footfall_fall=verbs.parameter("market_notice_footfall_fall", measure),
    )


def _give(
    measure: Measure,
    index: int,
    order: str,
    counts: float,
    share: float,
    city: City,
    verbs: Verbs,
    basis: str,
    details: dict[str, float | str],
) -> float:
    """Give one order and return the workers of the stalls it takes."""
    lost = share * (1.0 - float(details.get("kept_share", 0.0)))
    workers = float(city.organisations[index].n_jobs) * lost
    verbs.direct(
        measure,
        index,
        order,
        unit="markets",
        planned=counts,
        executed=counts,
        gross_persons=workers,
        basis=basis,
        **details,
    )
    return workers
