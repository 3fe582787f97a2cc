"""Count what clearing left behind: land by use, homes held back by quotas, people in rooms that may burn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import INFORMAL_CLASSES, LandUse
from sim.processes import building_quota

if TYPE_CHECKING:
    from sim.city.state import City


def vacated_by_zone(city: City, informal_residents: np.ndarray) -> dict[str, np.ndarray]:
    """Return land that clearing freed by use, homes held back, and residents exposed to fire, f8 (343,) each.

    Parameters
    ----------
    informal_residents
        Simulated residents of informal dwellings, (343,). Exposed are those of them whose room was not made
        safe: the share of informal places that was is taken off.
    """
    land = city.land.use_m2
    places = city.dwellings.stock[:, INFORMAL_CLASSES]
    safe = (places * city.dwellings.safe_share()[:, INFORMAL_CLASSES]).sum(axis=1)
    return {
        "green_area": land[:, LandUse.GREEN].copy(),
        "reserve_area": land[:, LandUse.RESERVE].copy(),
        "vacated_land": land[:, LandUse.FREED].copy(),
        "homes_held_back": building_quota.held_back(city).copy(),
        "fire_exposed_residents": informal_residents * (1.0 - safe / np.maximum(places.sum(axis=1), 1e-9)),
    }
