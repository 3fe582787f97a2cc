"""Name what the split of an amount over zones follows: stocks of the base-year city, fixed for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import INFORMAL_CLASSES, DwellingClass, FloorUse

if TYPE_CHECKING:
    from sim.city.state import City

BUILT_UP = 25_000.0
"""Residents a km2 of a zone without room for new homes, as of `built_up_density` (assumed)."""


def proxies_of(city: City) -> dict[str, np.ndarray]:
    """Return every proxy by name, f8 (343,) each."""
    stock = city.dwellings.stock
    area = stock * city.dwellings.floor_area_m2
    homes = area[:, [DwellingClass.ILLEGAL, DwellingClass.VILLAGE_RENTAL]]
    illegal = city.land.floor_area_m2[:, FloorUse.ILLEGAL_NONRESIDENTIAL]
    village, own = stock[:, DwellingClass.VILLAGE_RENTAL], stock[:, DwellingClass.SELF_BUILT]
    people = np.asarray(city.zones.population_2010, dtype=float)
    km2 = np.asarray(city.zones.area_km2, dtype=float)
    room = np.clip(1.0 - people / km2 / BUILT_UP, 0.02, 1.0) * km2
    return {
        "illegal_floor_area_2010": homes.sum(axis=1) + illegal,
        "informal_home_area_2010": area[:, INFORMAL_CLASSES].sum(axis=1),
        "basement_places_2010": stock[:, DwellingClass.BASEMENT].copy(),
        "group_rental_places_2010": stock[:, DwellingClass.GROUP_RENTAL].copy(),
        "shantytown_places_2010": stock[:, DwellingClass.SHANTYTOWN].copy(),
        "courtyard_places_2010": stock[:, DwellingClass.COURTYARD].copy(),
        "village_rental_places_2010": village.copy(),
        # Rooms let weighted by how far tenants outnumber the villagers (人口倒挂).
        "village_inversion_2010": village * np.minimum(village / np.maximum(own, 1.0), 10.0),
        "village_homes_2010": own + 0.0,
        "village_industry_2010": illegal + city.land.floor_area_m2[:, FloorUse.INDUSTRIAL_STORAGE],
        "old_estate_homes_2010": stock[:, DwellingClass.WORK_UNIT].copy(),
        "floor_area_2010": city.land.floor_area_m2.sum(axis=1),
        "residents_2010": people,
        # As the districts release land (sim/agents/district.py): half by people, half by free land.
        "new_homes_2010": np.sqrt(people * room),
    }
