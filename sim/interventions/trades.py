"""Let measures work on businesses by count: so many to a unit, spread over zones by a proxy."""

from __future__ import annotations

from dataclasses import dataclass
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
STREET_TRADE = Selection("street_trade", OUTLET_SECTORS, (Premises.ILLEGAL,), (UNLICENSED,), (SMALL,))
EVERY_UNLICENSED = Selection("every_unlicensed", licences=(UNLICENSED,))
WITHOUT_LICENCE = Selection("unlicensed", licences=(UNLICENSED,), sizes=(SMALL,))
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


@dataclass(frozen=True)
class Done:
    """Hold all that a measure does to businesses in a quarter, its areas put together.

    Attributes
    ----------
    zones
        Zone indices, (n,).
    amount
        What is done in each, in the base unit of the measure, (n,).
    """

    zones: np.ndarray
    amount: np.ndarray


def together(works: list[Work], most: np.ndarray | None = None) -> Done | None:
    """Put the areas of a quarter's work together: what is attempted, and no more than there is.

    Parameters
    ----------
    most
        What each zone has, in the base unit of the measure, (343,).
    """
    if not works:
        return None
    zones = np.concatenate([work.zones for work in works])
    amount = np.concatenate([work.amount for work in works])
    return Done(zones, amount if most is None else np.minimum(amount, most[zones]))


def report(measure: Measure, verbs: Verbs, works: list[Work], done: Done, persons: np.ndarray) -> None:
    """Report what was done area by area, each on its own word."""
    first = 0
    for work in works:
        part = slice(first, first + len(work.zones))
        verbs.report_task(
            measure, work.zones, work.planned, done.amount[part], persons[part], basis=work.basis
        )
        first += len(work.zones)


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
    places: bool = False,
) -> tuple[Done, Ordered] | None:
    """Order the businesses of what is due this quarter and report it; return what was done, if anything.

    Parameters
    ----------
    per_unit
        Businesses in one unit of the measure.
    share
        Share of those that the order reaches.
    places
        Whether a unit is a place (a lane, a road), which is put in order whether or not a business is left in
        it; else no more units are done than there are businesses for.
    """
    there = None if places else there_are(verbs, selection) / max(per_unit, TINY)
    works = verbs.work(measure, proxy, spread, there)
    done = together(works, there)
    if done is None:
        return None
    ordered = verbs.direct_businesses(measure, selection, done.zones, done.amount * per_unit * share, fate)
    report(measure, verbs, works, done, ordered.jobs)
    return done, ordered
