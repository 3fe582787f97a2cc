"""Build and convert dwellings, and let rents follow vacancies."""

from __future__ import annotations

import numpy as np

from sim.city.completions import completion_share
from sim.city.state import City
from sim.city.wages import growth_by_class
from sim.codes import INFORMAL_CLASSES, N_DISTRICTS, DwellingClass
from sim.kernels.blocks import run_blocks
from sim.kernels.tally import renew_rents
from sim.processes import building_quota, idle_homes
from sim.processes.idle_homes import FLATS
from sim.processes.residential_choice import PAYS_RENT

NEW_HOMES = (DwellingClass.OWNER_COMMODITY, DwellingClass.MARKET_RENTAL, DwellingClass.PUBLIC_RENTAL)


def build(city: City) -> None:
    """Take idle homes up and finish the quarter's new ones.

    Each district has its share of the new homes and splits it over its zones. Of its commodity homes are
    those that measures finish for sale (rule `commodity_homes_built`, homes by zone), so that others are the
    fewer.
    ``city.scratch["land_release"]`` (343,) is each district agent's decision: the share of its new homes by
    zone. Where measures set a building quota, commodity homes beyond it are held back;
    approved homes that are given up (rule `unbuilt_homes_m2`, m2 by zone) are not built. A share of them
    stands idle at first (`idle_homes`). Flats in business buildings come beside all these.
    """
    idle_homes.take_up(city, scarcity(vacancy_of_lets(city), city.parameter("vacancy_normal")))
    new_area = city.path("completions_commodity_m2")
    new_homes = new_area / city.parameter("new_home_area_m2")
    affordable = city.path("completions_affordable_units")
    share = completion_share(city)
    by_zone = share[city.zones.district] * city.scratch["land_release"]
    new_homes_by_zone = building_quota.allowed(city, by_zone * new_homes * _left_to_others(city, new_homes))
    given_up = city.rule("unbuilt_homes_m2", 0.0) / city.parameter("new_home_area_m2")
    new_homes_by_zone = idle_homes.hand_over(city, np.maximum(new_homes_by_zone - given_up, 0.0))
    owned = 1.0 - city.parameter("affordable_let_share")
    to_let = city.parameter("new_homes_let_share")
    dwellings = city.dwellings
    dwellings.stock[:, DwellingClass.OWNER_COMMODITY] += (
        new_homes_by_zone * (1.0 - to_let) + by_zone * affordable * owned
    )
    tenants = city.parameter("tenants_per_let_flat")
    dwellings.let(DwellingClass.OWNER_COMMODITY, new_homes_by_zone * to_let, tenants)
    dwellings.stock[:, DwellingClass.PUBLIC_RENTAL] += by_zone * affordable * (1.0 - owned)
    _open_business_flats(city)


def _open_business_flats(city: City) -> None:
    """Offer what is lived in of the new flats in business buildings (商住), as flats like any other.

    They are no homes by their title: no series of homes counts them and no building quota holds them. They
    are as small as what one tenant household rents.
    """
    share = city.paths.vector("business_flat_share", city.quarter)
    finished = city.path("completions_business_flats") * city.parameter("business_flats_lived_in")
    flats = finished * share[city.zones.district] * city.scratch["land_release"]
    to_let = city.parameter("business_flats_let_share")
    city.dwellings.stock[:, DwellingClass.OWNER_COMMODITY] += flats * (1.0 - to_let)
    city.dwellings.stock[:, DwellingClass.MARKET_RENTAL] += flats * to_let


def _left_to_others(city: City, new_homes: float) -> np.ndarray:
    """Return the share of its district's commodity homes that no measure finishes for sale, (343,)."""
    for_sale = np.zeros(N_DISTRICTS)
    np.add.at(for_sale, city.zones.district, city.rule("commodity_homes_built", 0.0))
    of_district = new_homes * completion_share(city)
    return np.asarray(np.clip(1.0 - for_sale / np.maximum(of_district, 1e-9), 0.0, 1.0))[city.zones.district]


def convert(city: City) -> None:
    """Let owners of empty homes let them where rented homes are scarce in their district, and sell where not.

    Of owned flats that found no buyer a share `letting_speed` a quarter is let, the more the scarcer rented
    ones are; of rented flats beyond normal vacancy the same share is offered for sale. Idle homes are not on
    offer (see `idle_homes`).
    """
    dwellings = city.dwellings
    rate = vacancy_of_lets(city)
    normal = city.parameter("vacancy_normal")
    speed = city.parameter("letting_speed")
    scarce = scarcity(rate, normal)
    tenants = city.parameter("tenants_per_let_flat")
    for owned in FLATS:
        empty = np.minimum(dwellings.unfilled[:, owned], dwellings.stock[:, owned])
        reserve = city.parameter("owner_vacancy_reserve") * dwellings.stock[:, owned]
        let = speed * scarce * np.maximum(empty - reserve, 0.0)
        dwellings.stock[:, owned] -= let
        dwellings.let(owned, let, tenants)
    rented = dwellings.stock[:, DwellingClass.MARKET_RENTAL]
    left_over = dwellings.unfilled[:, DwellingClass.MARKET_RENTAL]
    unlet = np.minimum(np.maximum(rate - normal, 0.0) * rented, left_over)
    flats = speed * unlet / tenants
    dwellings.let(DwellingClass.OWNER_COMMODITY, -flats, tenants)
    dwellings.stock[:, DwellingClass.OWNER_COMMODITY] += flats


def vacancy_of_lets(city: City) -> np.ndarray:
    """Return the vacancy of rented flats of each zone's district, f8 (343,)."""
    return vacancy_rates(city)[:, DwellingClass.MARKET_RENTAL][city.zones.district]


def scarcity(rate: np.ndarray, normal: float) -> np.ndarray:
    """Return how far below normal a vacancy is, from 0 to 1 where nothing is left."""
    return np.asarray(np.clip((normal - rate) / normal, 0.0, 1.0))


def vacancy_rates(city: City) -> np.ndarray:
    """Return the share of places left over by district and class, (16, 13); normal where a class is absent.

    Left over is what nobody took when homes were last chosen. Who moves within a quarter leaves a place that
    is on offer only in the next, so that a tenth of the rooms of a market where everything goes at once is
    empty at any time: that says nothing of what is scarce.
    Flats of work units were sold to their tenants and change hands like any other: they are one market with
    commodity flats and have its rate.
    """
    stock = np.zeros((N_DISTRICTS, len(DwellingClass)))
    unfilled = np.zeros_like(stock)
    np.add.at(stock, city.zones.district, city.dwellings.stock)
    np.add.at(unfilled, city.zones.district, np.minimum(city.dwellings.unfilled, city.dwellings.stock))
    for places in (stock, unfilled):
        places[:, FLATS] = places[:, FLATS].sum(axis=1, keepdims=True)
    # a cell of few places leans on the normal rate, as with fifty places of the sample more
    weight = 50.0 / city.sample * 0.01
    normal = city.parameter("vacancy_normal")
    return (unfilled + weight * normal) / (stock + weight)


def adjust_rents(city: City) -> None:
    """Move rents by excess demand, bounded each quarter, about the growth of wages.

    d log r = pass-through x d log wage + clip(eta x (normal - vacancy), +-bound), by district and class; the
    wage is that of those who lived in such dwellings in 2010.

    An informal room does not rise beyond `rent_informal_ceiling` times what a square metre of a let flat
    costs in the zone: its tenants would share a flat instead. Without that bound rooms that nobody may add
    to, but many want, would grow dearer without end.
    """
    rate = vacancy_rates(city)
    pressure = city.parameter("rent_response") * (city.parameter("vacancy_normal") - rate)
    bound = city.parameter("rent_bound")
    drift = city.parameter("rent_wage_pass_through") * growth_by_class(city)
    change = np.exp(drift + np.clip(pressure, -bound, bound))
    rent = city.dwellings.rent_cny_m2_month
    asked = rent * change[city.zones.district]
    informal = list(INFORMAL_CLASSES)
    ceiling = city.parameter("rent_informal_ceiling") * asked[:, [DwellingClass.MARKET_RENTAL]]
    asked[:, informal] = np.minimum(asked[:, informal], np.maximum(ceiling, rent[:, informal]))
    city.dwellings.rent_cny_m2_month = asked
    _renew_contracts(city)


def _renew_contracts(city: City) -> None:
    """Bring the rents of tenants whose contract had its anniversary to what the market asks."""
    dwellings, homes = city.dwellings, city.households
    asked = dwellings.rent_cny_m2_month * dwellings.floor_area_m2 * np.where(PAYS_RENT > 0, 1.0, 0.0)
    run_blocks(renew_rents, homes.n_rows, city.threads, homes.arrays(), asked, city.quarter)
