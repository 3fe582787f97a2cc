"""Clear street trade and businesses without a licence, or give them one.

Points of occupation, lanes, cases, spaces under bridges, hoardings and roads under a campaign are places;
so many street traders (`street_order_businesses_per_...`) are found in each. Who is cleared may go on
elsewhere; what ends is remembered in `land.street_cleared` and comes back within months
(`street_trade_half_life_years`) unless the measure keeps enforcing. A campaign of ten days clears its roads
whole, but when it ends only a share (`street_order_campaign_lasting_share`) has given up: the effect during
it is a ninth of the quarter's trade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import Fate
from sim.codes import Improvement
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

REBOUND = ("regrowth.street_trade",)
WHOLE = {"unlicensed", "license"}
"""Actions counted in businesses."""
FOUND = {"points", "cases"}
"""Actions on places where traders are reported; a share of the reports is followed up."""
PROXIES = {
    "unlicensed": "unlicensed_businesses_2010",
    "license": "unlicensed_businesses_2010",
    "lanes": "outlets_2010",
}
PLACES = {"lanes", "spaces", "hoardings", "campaign"}
"""Actions counted in places that stay when the last trader has gone."""
DAYS_A_QUARTER = 91.0


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Work on what is due this quarter and hold down what was cleared while the measure enforces."""
    action = measure.action or "points"
    campaign = action == "campaign"
    selection = trades.WITHOUT_LICENCE if action in WHOLE else trades.STREET_TRADE
    fate = _fate(measure, action, verbs)
    per_unit = 1.0
    if action not in WHOLE:
        per_unit = verbs.parameter(f"street_order_businesses_per_{_one(action)}", measure)
    share = verbs.parameter("street_order_investigated_share", measure) if action in FOUND else 1.0
    if campaign:
        share = verbs.parameter("street_order_campaign_lasting_share", measure)
    found = trades.order_by_count(
        measure,
        verbs,
        selection,
        PROXIES.get(action, "street_trade_2010"),
        fate,
        spread=verbs.parameter("street_order_spread", measure),
        per_unit=per_unit,
        share=share,
        places=action in PLACES,
    )
    if found is not None and action == "lanes":
        areas = found[0].amount * verbs.parameter("street_order_areas_per_lane", measure)
        verbs.set_capacity(measure, "improvements", found[0].zones, Improvement.ORDERLY_AREAS, areas, "units")
    if found is not None and campaign:
        _absent(measure, found[0], per_unit, verbs)
    # Shops that keep their own frontage clear leave street traders less room.
    kept = verbs.parameter("street_order_frontage_duty_rate", measure)
    held = 1.0 - kept * verbs.parameter("street_order_frontage_effect", measure)
    verbs.control(measure, REBOUND, held * verbs.parameter("street_order_rebound_factor", measure))


def _one(action: str) -> str:
    """Return the word for one unit of an action."""
    return {"spaces": "space", "hoardings": "hoarding", "campaign": "road"}.get(action, action.rstrip("s"))


def _fate(measure: Measure, action: str, verbs: Verbs) -> Fate:
    """Return what becomes of who is cleared; `license` leaves everybody in place."""
    if action == "license":
        return Fate(licensed=1.0)
    licensed = verbs.parameter("street_order_licensed_share", measure) if action == "unlicensed" else 0.0
    return Fate(
        near=verbs.parameter("street_order_shop_share", measure),
        informal=verbs.parameter("street_order_moves_on_share", measure),
        licensed=licensed,
        returns=True,
    )


def _absent(measure: Measure, done: trades.Done, per_unit: float, verbs: Verbs) -> None:
    """Set what a campaign leaves of a quarter's unlicensed trade while it lasts; complaints hear of it."""
    traders = done.amount * per_unit
    there = np.maximum(verbs.trades.count(trades.EVERY_UNLICENSED)[0][done.zones], 1.0)
    days = verbs.parameter("street_order_campaign_days", measure)
    gone = min(float(traders.sum() / there.sum()), 1.0)
    verbs.scale_rate(measure, "unlicensed.present", 1.0 - gone * days / DAYS_A_QUARTER, done.zones)
