"""Let regional markets and logistics centres close, upgrade or move on order, and give up without custom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.organisation import Organisation
from sim.codes import FloorUse, OrganisationKind, Premises

if TYPE_CHECKING:
    from sim.model import CityModel


class Market(Organisation):
    """A market whose stalls are businesses with its index as `market_id`.

    Orders: ``close`` and ``move`` (share of the stalls; the merchants decide who follows, to the zone the
    market moves to or out of Beijing), ``upgrade`` (share of the market concerned, kept_share of its stalls
    that stay), ``notice`` (quarters to the end, footfall_fall by then).

    Attributes
    ----------
    footfall : float
        Customers a stall over those of the base year; they stay away from a market that is to close.
    """

    kind = OrganisationKind.MARKET

    def __init__(self, model: CityModel, index: int, facts: dict[str, Any]) -> None:
        super().__init__(model, index, facts)
        self.critical_stalls = self.stalls * self.city.parameter("market_critical_share")
        self.area_per_stall_m2 = self.floor_area_m2 / max(self.stalls, 1.0)
        self.footfall = 1.0
        self.quarters_left = 0
        self.footfall_step = 0.0

    def obey(self, order: str, details: dict[str, Any]) -> None:
        """Give up the stalls an order takes; the merchants' fate is for business dynamics."""
        if self.closed:
            return
        if order == "notice":
            quarters = max(int(details["quarters"]), 1)
            self.quarters_left = quarters + 1
            self.unsettled = True
            self.footfall_step = float(details["footfall_fall"]) / quarters
            return
        if order == "move" and int(details.get("zone", -1)) >= 0:
            self._open_elsewhere(int(details["zone"]))
        lost = float(details.get("share", 1.0))
        if order == "upgrade":
            lost *= 1.0 - float(details.get("kept_share", 0.0))
        self.lose_stalls(lost)
        if lost >= 1.0:
            self.closed = True

    def decide(self) -> None:
        """Close for good once few stalls are left: a market without company loses its custom."""
        self.unsettled = self.quarters_left > 1 and not self.closed
        if self.closed:
            return
        if self.quarters_left > 0:
            self._wind_down()
        if self.stalls >= self.critical_stalls:
            return
        self.lose_stalls(1.0)
        self.closed = True
        self.city.scratch["organisations_changed"] = True

    def _wind_down(self) -> None:
        """Lose customers, and merchants who give up, while the end is near; undone if it does not come."""
        self.quarters_left -= 1
        if self.quarters_left == 0:
            self.footfall = 1.0
        else:
            self.footfall = max(self.footfall - self.footfall_step, 0.0)
            self.lose_stalls(self.city.parameter("market_notice_leave_share"))
        self.city.scratch["organisations_changed"] = True

    def _open_elsewhere(self, zone: int) -> None:
        """Open the market's site in another zone; the stalls there are those of the merchants who follow."""
        if zone not in self.branches:
            self.branches[zone] = self.open_branch(zone)
        self.city.scratch["stall_branch"][self.index] = self.branches[zone].index

    def take_in(self, stalls: int, area_m2: float) -> None:
        """Open stalls, with their floor area, for merchants who followed from another site."""
        self.stalls += stalls
        self.floor_area_m2 += area_m2
        self.city.land.premises[self.zone, Premises.STALL] += stalls
        self.city.land.floor_area_m2[self.zone, FloorUse.COMMERCIAL] += area_m2
        self.city.scratch["organisations_changed"] = True

    def lose_stalls(self, share: float) -> None:
        """Mark a share of the stalls as lost this quarter; floor area and premises go with them."""
        share = min(max(float(share), 0.0), 1.0)
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
