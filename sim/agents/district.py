"""Let the sixteen districts decide where their new homes are built and watch what grows back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

if TYPE_CHECKING:
    from sim.model import CityModel


class District(mesa.Agent):
    """A district government.

    Each quarter it releases land for the new homes that fall to it: more where people already live and rents
    are high, less where the zone is built up. Its decision stands in ``city.scratch["land_release"]`` (343,).
    """

    def __init__(self, model: CityModel, index: int) -> None:
        super().__init__(model)
        self.index = index
        self.name = model.city.zones.districts.ids[index]
        self.zones = np.flatnonzero(model.city.zones.district == index)

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
