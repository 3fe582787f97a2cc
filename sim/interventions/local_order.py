"""Carry out districts' own small orders: farms, kindergartens, grain, transport rounds, roads handed over.

They stand in the plan of one district (Huairou) with a unit each. What they change is small: the jobs of
the farms and carriers that close, the kindergarten that parents lose; roads handed over change who sweeps
them and nothing that the city counts but the order of the area.
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

MEANT = {
    "farms": (trades.FARMS, "farms_2010"),
    "grain": (trades.FARMS, "farms_2010"),
    "kindergartens": (trades.KINDERGARTENS, "kindergartens_2010"),
    "transport": (trades.CARRIERS, "carriers_2010"),
}


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out what is due this quarter."""
    action = measure.action or "farms"
    spread = verbs.parameter("local_order_spread", measure)
    if action == "roads_handover":
        _roads(measure, spread, verbs)
        return
    selection, proxy = MEANT[action]
    fate = Fate()
    if action == "kindergartens":
        fate = Fate(licensed=verbs.parameter("local_order_kindergartens_approved_share", measure))
    elif action == "transport":
        fate = Fate(informal=verbs.parameter("local_order_carriers_move_on_share", measure))
    trades.order_by_count(
        measure, verbs, selection, proxy, fate, spread=spread, per_unit=_per_unit(measure, action, verbs)
    )


def _per_unit(measure: Measure, action: str, verbs: Verbs) -> float:
    """Return the businesses that one unit of an action closes."""
    if action == "grain":
        return 1.0 / verbs.parameter("local_order_grain_m2_per_farm", measure)
    if action == "transport":
        return verbs.parameter("local_order_carriers_per_round", measure)
    return 1.0


def _roads(measure: Measure, spread: float, verbs: Verbs) -> None:
    """Hand roads over: the area around is better kept."""
    per_road = verbs.parameter("local_order_areas_per_road", measure)
    for work in verbs.work(measure, "outlets_2010", spread):
        zones, amount = work.zones, np.asarray(work.amount)
        verbs.set_capacity(
            measure,
            "improvements",
            zones,
            Improvement.ORDERLY_AREAS,
            amount * per_road,
            "units",
            basis="assumed",
        )
        verbs.report_task(measure, zones, work.planned, amount, basis=work.basis)
