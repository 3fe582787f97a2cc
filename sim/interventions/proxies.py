"""Name what the split of an amount over zones follows: stocks of the base-year city, fixed for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import Selection
from sim.codes import (
    INFORMAL_CLASSES,
    N_ZONES,
    OUTLET_SECTORS,
    DwellingClass,
    FloorUse,
    OrganisationKind,
    Premises,
)
from sim.interventions import trades
from sim.interventions.trades import TRAINING

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
        "lodging_beds_2010": city.visitors.beds.sum(axis=1),
        "training_institutions_2010": TRAINING.count(city.scratch["business_books"])[0],
        # As the districts release land (sim/agents/district.py): half by people, half by free land.
        "new_homes_2010": np.sqrt(people * room),
    } | _of_businesses(city)


def _of_businesses(city: City) -> dict[str, np.ndarray]:
    """Return the proxies that follow businesses, markets and the floor area they use."""
    books, area = city.scratch["business_books"], city.land.floor_area_m2
    stalls = np.zeros(N_ZONES)
    for organisation in city.organisations:
        if organisation.kind == OrganisationKind.MARKET and organisation.zone >= 0:
            stalls[organisation.zone] += organisation.stalls
    selections = {
        "street_trade_2010": trades.STREET_TRADE,
        "unlicensed_businesses_2010": trades.WITHOUT_LICENCE,
        "manufacturing_firms_2010": trades.FACTORIES,
        "manufacturing_workshops_2010": trades.WORKSHOPS,
        "industrial_clusters_2010": trades.CLUSTERS,
        "farms_2010": trades.FARMS,
        "kindergartens_2010": trades.KINDERGARTENS,
        "carriers_2010": trades.CARRIERS,
        "outlets_2010": Selection("outlets", OUTLET_SECTORS),
    }
    counted = {name: selection.count(books)[0] for name, selection in selections.items()}
    return counted | {
        "wall_openings_2010": city.land.premises[:, Premises.WALL_OPENING].copy(),
        "market_stalls_2010": stalls,
        "commercial_floor_area_2010": area[:, FloorUse.COMMERCIAL] + area[:, FloorUse.OFFICE_PUBLIC],
    }
