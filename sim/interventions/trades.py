"""Let measures work on businesses by count: so many to a unit, spread over zones by a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import LICENCES, MEDIUM, OUTSIDE_MARKETS, SMALL, Fate, Selection
from sim.codes import OUTLET_SECTORS, Premises, Sector
from sim.interventions.business_orders import Ordered, there_are
from sim.interventions.split import TINY

if TYPE_CHECKING:
    from sim.interventions.base import Verbs, Work
    from sim.policy.resolve import Measure

UNLICENSED, _LICENSED = LICENCES
NOT_LARGE = (SMALL, MEDIUM)
STREET_TRADE = Selection("street_trade", OUTLET_SECTORS, (Premises.ILLEGAL,), (UNLICENSED,))
WITHOUT_LICENCE = Selection("unlicensed", licences=(UNLICENSED,))
FACTORIES = Selection("factories", (Sector.MANUFACTURING,), sizes=(MEDIUM, 2))
WORKSHOPS = Selection("workshops", (Sector.MANUFACTURING,), sizes=NOT_LARGE)
CLUSTERS = Selection(
    "clusters", (Sector.MANUFACTURING, Sector.TRANSPORT), (Premises.FORMAL, Premises.ILLEGAL), sizes=NOT_LARGE
)
TRAINING = Selection("training", (Sector.EDUCATION,), sizes=NOT_LARGE)
FARMS = Selection("farms", (Sector.AGRICULTURE,))
KINDERGARTENS = Selection("kindergartens", (Sector.EDUCATION,), licences=(UNLICENSED,))
CARRIERS = Selection("carriers", (Sector.TRANSPORT,), licences=(UNLICENSED,), sizes=(SMALL,))
TENANTS = Selection(
    "tenants",
    (*OUTLET_SECTORS, Sector.BUSINESS_SERVICES, Sector.CULTURE),
    (Premises.FORMAL,),
    sizes=NOT_LARGE,
)
EMPLOYERS = Selection("employers", premises=OUTSIDE_MARKETS)


def order_by_count(
    measure: Measure,
    verbs: Verbs,
    selection: Selection,
    proxy: str,
    fate: Fate,
    *,
    spread: float,
    per_unit: float = 1.0,
    share: float = 1.0,
) -> list[tuple[Work, Ordered, np.ndarray]]:
    """Order the businesses of what is due this quarter and report it; return work, order and what was done.

    Parameters
    ----------
    per_unit
        Businesses in one unit of the measure.
    share
        Share of those that the order reaches.
    """
    found = []
    there = there_are(verbs, selection)
    for work in verbs.work(measure, proxy, spread, there / max(per_unit, TINY)):
        done = np.minimum(work.amount, there[work.zones] / max(per_unit, TINY))
        ordered = verbs.direct_businesses(
            measure, selection, work.zones, done * per_unit * share, fate, basis=work.basis
        )
        verbs.report_task(measure, work.zones, work.planned, done, ordered.jobs, basis=work.basis)
        found.append((work, ordered, done))
    return found
