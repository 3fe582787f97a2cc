"""Let the districts decide in which order they work off their tasks, and where new homes are built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.light_mesa import mesa

if TYPE_CHECKING:
    from sim.model import CityModel


class District(mesa.Agent):
    """A district government.

    Each quarter it shares its enforcers and money out among the tasks of the campaign, in its own order. It
    also releases land for the new homes that fall to it: more where people already live and rents
    are high, less where the zone is built up. Its decision stands in ``city.scratch["land_release"]`` (343,).
    """

    def __init__(self, model: CityModel, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.name = model.city.zones.districts.ids[index]
        self.zones = np.flatnonzero(model.city.zones.district == index)

    def plan(self) -> None:
        """Decide how much of each task to attempt this quarter.

        Where enforcers and money are enough, all of it. Where not, the task that is furthest behind comes
        first, then the tasks in the order of 京政发〔2017〕8号: a share of 1 carried over from before moves
        a task up by ``district_behind_weight`` places in that order (assumed).
        """
        campaign = self.model.campaign
        short_of_people, short_of_money = campaign.shortages(self.index)
        if not short_of_people and not len(short_of_money):
            return
        weight = self.model.city.parameter("district_behind_weight")
        order = np.argsort(campaign.plan.rank - weight * campaign.behind[:, self.index], kind="stable")
        if short_of_people:
            campaign.grant_effort(self.index, order)
        for account in short_of_money:
            campaign.grant_money(self.index, account, order)

    def step(self) -> None:
        """Share the district's new homes among its zones."""
        city = self.model.city
        density = (
            city.scratch["residents_by_zone"][self.zones] / city.sample / city.zones.area_km2[self.zones]
        )
        full = city.parameter("built_up_density")
        room = np.clip(1.0 - density / full, 0.02, 1.0) * city.zones.area_km2[self.zones]
        people = city.scratch["residents_by_zone"][self.zones] + 1.0
        rent = city.dwellings.rent_cny_m2_month[self.zones, 0]
        appeal = people ** city.parameter("release_follows_people") * room ** (
            1.0 - city.parameter("release_follows_people")
        )
        appeal = appeal * rent / max(rent.mean(), 1e-9)
        city.scratch["land_release"][self.zones] = appeal / appeal.sum()
