"""Let regional markets and logistics centres close, upgrade or move on order, and give up without custom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.organisation import Organisation
from sim.codes import FloorUse, OrganisationKind, Premises

if TYPE_CHECKING:
    from sim.model import CityModel


class Market(Organisation):
    """A market whose stalls are businesses with its index as `market_id`.

    Orders: ``close`` and ``move`` (share of the stalls; the merchants decide who follows), ``upgrade`` (share
    of the market concerned, kept_share of its stalls that stay).
    """

    kind = OrganisationKind.MARKET

    def __init__(self, model: CityModel, index: int, facts: dict[str, Any]) -> None:
        super().__init__(model, index, facts)
        self.critical_stalls = self.stalls * self.city.parameter("market_critical_share")

    def obey(self, order: str, details: dict[str, Any]) -> None:
        """Give up the stalls an order takes; the merchants' fate is for business dynamics."""
        if self.closed:
            return
        lost = float(details.get("share", 1.0))
        if order == "upgrade":
            lost *= 1.0 - float(details.get("kept_share", 0.0))
        self.lose_stalls(lost)
        if lost >= 1.0:
            self.closed = True

    def decide(self) -> None:
        """Close for good once few stalls are left: a market without company loses its custom."""
        if self.closed or self.stalls >= self.critical_stalls:
            return
        self.lose_stalls(1.0)
        self.closed = True

    def lose_stalls(self, share: float) -> None:
        """Mark a share of the stalls as lost this quarter; floor area and premises go with them."""
        share = float(np.clip(share, 0.0, 1.0))
        city = self.city
        already = city.scratch["stall_loss_prob"][self.index]
        city.scratch["stall_loss_prob"][self.index] = 1.0 - (1.0 - already) * (1.0 - share)
        gone = self.stalls * share
        self.stalls -= gone
        city.land.premises[self.zone, Premises.STALL] = max(
            city.land.premises[self.zone, Premises.STALL] - gone, 0.0
        )
        city.land.take_floor_area(self.zone, FloorUse.COMMERCIAL, self.floor_area_m2 * share)
        self.floor_area_m2 *= 1.0 - share
