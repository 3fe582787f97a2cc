"""Close, upgrade or move regional markets and logistics centres, by name and by count.

Orders by name come first. The rest of a count falls on markets without a published name in the same area,
larger ones sooner (the 57 of 2015 had 370 stalls each), in an order that is keyed by the market alone: one
treated early in a scenario is treated early in every other. The market and its merchants decide what the
order leads to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import OrganisationKind
from sim.interventions.base import Verbs
from sim.interventions.split import TINY, due_by_count, text_key
from sim.policy.resolve import Measure, NamedOrder, Portion
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.city.state import City

UNIT = "markets"
_RANK, _UPGRADE = 0, 1


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Give the orders due this quarter."""
    for order in measure.orders_due(quarter_index):
        _named(measure, order, city, verbs)
    for portion in measure.due(quarter_index):
        _counted(measure, portion, city, verbs)


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


def _counted(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    before, after = _running(measure, portion)
    rounding = city.random.uniform(Stream.MARKET, text_key(f"{measure.id}/{portion.area}"))
    wanted = due_by_count(before, after, rounding)
    chosen = _candidates(portion, city, verbs)[:wanted]
    upgrade_share = verbs.parameter("market_upgrade_share", measure)
    workers = 0.0
    for index in chosen:
        details: dict[str, float | str]
        if city.random.uniform(Stream.MARKET, index, alternative=_UPGRADE) < upgrade_share:
            order = "upgrade"
            details = {"share": 1.0, "kept_share": verbs.parameter("market_upgrade_kept_share", measure)}
        else:
            order, details = "close", {"share": 1.0, "zone": -1, "outside": ""}
        workers += _give(measure, index, order, 1.0, 1.0, city, verbs, portion.basis, details)
        verbs.treated[index] = order
    verbs.report_task(
        measure,
        -1,
        portion.amount,
        float(len(chosen)),
        workers,
        basis=portion.basis,
        name=portion.area,
    )


def _running(measure: Measure, portion: Portion) -> tuple[float, float]:
    """Return the count of the portion's area over the measure before and after this quarter."""
    same = [item for item in measure.portions if item.area == portion.area]
    before = sum(item.amount for item in same if item.quarter_index < portion.quarter_index)
    return before, before + portion.amount


def _candidates(portion: Portion, city: City, verbs: Verbs) -> list[int]:
    zones = set(portion.zones)
    open_ = [
        index
        for index, organisation in enumerate(city.organisations)
        if organisation.kind == OrganisationKind.MARKET
        and not organisation.named
        and not organisation.closed
        and index not in verbs.treated
        and int(organisation.zone) in zones
    ]
    if not open_:
        return []
    uniform = city.random.uniforms(Stream.MARKET, np.array(open_, dtype=np.uint64), alternative=_RANK)
    stalls = np.array([max(float(city.organisations[index].stalls), 1.0) for index in open_])
    return [open_[place] for place in np.argsort(-np.log(uniform) / stalls, kind="stable")]


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
        unit=UNIT,
        planned=counts,
        executed=counts,
        gross_persons=workers,
        basis=basis,
        **details,
    )
    return workers
