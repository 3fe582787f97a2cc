"""Say how much better a place to live in measures made a zone: green, services, old estates, heating, order.

All is counted since the base year, so that without measures nothing changes. The sizes are assumed: no study
of Beijing gives them on the scale of a zone (evidence: location choice by rent and travel time only).
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import N_ZONES, DwellingClass, Improvement, LandUse

MOST_GREEN_M2 = 30.0
"""New green for each resident above which more adds nothing (assumed; the master plan's park area is 17
m2)."""
MOST_POINTS, MOST_AREAS = 5.0, 3.0
"""Service points for each 1,000 residents, and orderly areas, above which more adds nothing (assumed)."""


def utility(city: City) -> np.ndarray:
    """Return what measures added to the utility of living in each zone, f8 (343,); zero where nothing."""
    done, green = city.land.improvements, city.land.use_m2[:, LandUse.GREEN]
    if not done.any() and not green.any():
        return np.zeros(N_ZONES)
    people = np.maximum(city.scratch["residents_by_zone"] / city.sample, 1000.0)
    stock = city.dwellings.stock
    homes = np.maximum(stock.sum(axis=1), 1.0)
    village = np.maximum(stock[:, DwellingClass.SELF_BUILT], 1.0) / homes
    heated = np.minimum(done[:, Improvement.CLEAN_HEATING] / homes, village)
    points = 1000.0 * done[:, Improvement.SERVICES] / people
    return np.asarray(
        city.parameter("taste_green") * np.minimum(green / people, MOST_GREEN_M2) / 10.0
        + city.parameter("taste_services") * np.minimum(points, MOST_POINTS)
        + city.parameter("taste_renovated") * np.minimum(done[:, Improvement.RENOVATED_HOMES] / homes, 1.0)
        + city.parameter("taste_clean_heating") * heated
        + city.parameter("taste_order") * np.minimum(done[:, Improvement.ORDERLY_AREAS], MOST_AREAS)
    )
