"""Name what the split of an amount over zones follows: stocks of the base-year city, fixed for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse

if TYPE_CHECKING:
    from sim.city.state import City


def proxies_of(city: City) -> dict[str, np.ndarray]:
    """Return every proxy by name, f8 (343,) each."""
    stock = city.dwellings.stock
    homes = (stock * city.dwellings.floor_area_m2)[:, [DwellingClass.ILLEGAL, DwellingClass.VILLAGE_RENTAL]]
    return {
        "illegal_floor_area_2010": homes.sum(axis=1)
        + city.land.floor_area_m2[:, FloorUse.ILLEGAL_NONRESIDENTIAL],
        "basement_places_2010": stock[:, DwellingClass.BASEMENT].copy(),
    }
