"""Let informal homes and premises grow where they pay, and grow back where they were cleared."""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.city.zones import AREA_GROUPS
from sim.codes import N_DISTRICTS, DwellingClass, Premises
from sim.processes.housing_market import scarcity, vacancy_rates

GROWING = (DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL, DwellingClass.GROUP_RENTAL)
CORE = AREA_GROUPS.index("core")
IN_VILLAGES = (DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL)
REGROWING = (*GROWING, DwellingClass.BASEMENT)


def run(city: City) -> None:
    """Grow informal homes where they are scarce, and let a part of what was cleared come back.

    A village grows the slower the fuller it is (logistic growth, Verhulst 1838, Notice sur la loi que la
    population suit dans son accroissement): see `village_rooms_most`; and the faster the more it pays
    (Griliches 1957, Hybrid corn, Econometrica 25: what is new spreads about in proportion to its profit): see
    `_pay`.

    Regrowth is a hazard, ln 2 over the half-life without control (1 to 5 years, assumed), on the cleared
    places; it works where informal homes are scarce and is slowed by standing enforcement: factors by zone in
    ``city.scratch["rates"]``, named ``regrowth.`` and the class of dwelling, ``premises.`` and its kind, or
    ``street_trade``.
    """
    dwellings = city.dwellings
    rate = vacancy_rates(city)[city.zones.district]
    scarce = scarcity(rate, city.parameter("vacancy_normal_informal"))
    hazard = 1.0 - np.exp(-np.log(2.0) / (4.0 * city.parameter("rebound_half_life_years")))
    room = _room_to_grow(city)
    pay = _pay(city, room)
    for kind in GROWING:
        new = city.parameter("informal_growth_rate") / 4.0 * scarce[:, kind] * dwellings.stock[:, kind]
        if kind in IN_VILLAGES:
            new = new * room * pay
        new = new * _free_hand(city, kind.name.lower())
        if kind == DwellingClass.GROUP_RENTAL:
            new = _cut_out_of_flats(city, new)
        dwellings.stock[:, kind] += new
    for kind in REGROWING:
        back = hazard * scarce[:, kind] * dwellings.cleared[:, kind] * _free_hand(city, kind.name.lower())
        if kind == DwellingClass.GROUP_RENTAL:
            back = _cut_out_of_flats(city, back)
        dwellings.cleared[:, kind] -= back
        dwellings.stock[:, kind] += back
        dwellings.rebounded[:, kind] += back
    for premises in (Premises.WALL_OPENING, Premises.ILLEGAL):
        back = hazard * city.land.premises_cleared[:, premises] * city.parameter("rebound_premises_share")
        back = back * _free_hand(city, f"premises.{premises.name.lower()}")
        city.land.premises_cleared[:, premises] -= back
        city.land.premises[:, premises] += back
        city.land.premises_regrown[:, premises] += back
    if city.land.street_cleared.any():
        _street_trade(city)
    city.counters["rebounded"] += dwellings.rebounded.sum(axis=1)


def _room_to_grow(city: City) -> np.ndarray:
    """Return the share of what a zone's villages can hold that is not built yet, 0 to 1, (343,).

    The core has no villages, and its courts were built full of sheds long before 2010.
    """
    stock = city.dwellings.stock
    most = city.parameter("village_rooms_most") * stock[:, DwellingClass.SELF_BUILT]
    room = 1.0 - stock[:, IN_VILLAGES].sum(axis=1) / np.maximum(most, 1e-9)
    return np.where(city.zones.area_group == CORE, 0.0, np.clip(room, 0.0, 1.0))


def _pay(city: City, room: np.ndarray) -> np.ndarray:
    """Return the factor on a village's growth for what its rooms pay, 1 at the mean rent, (343,).

    The rent of a square metre over its mean, to the power `informal_growth_rent_elasticity`; to build a room
    costs much the same everywhere. In the mean villages weigh with their rooms and the room they have to grow
    (343,), so that an elasticity of one leaves the growth of all of them together as it is.
    """
    weight = city.dwellings.stock[:, DwellingClass.VILLAGE_RENTAL] * room
    rent = city.dwellings.rent_cny_m2_month[:, DwellingClass.VILLAGE_RENTAL]
    if not weight.any():
        return np.ones(len(weight))
    mean = (rent * weight).sum() / weight.sum()
    return np.asarray((rent / mean) ** city.parameter("informal_growth_rent_elasticity"))


def _cut_out_of_flats(city: City, rooms: np.ndarray) -> np.ndarray:
    """Take the flats for new rooms (343,) out of the homes let as one; return the rooms that could be made.

    Five rooms or so have the floor area of one such home. Where a district has fewer free homes than are
    wanted, all its zones make fewer rooms alike.
    """
    wanted = rooms * city.parameter("group_rental_persons_per_place")
    wanted = wanted / city.parameter("group_rental_persons_per_dwelling")
    stock = city.dwellings.stock[:, DwellingClass.MARKET_RENTAL]
    free = city.dwellings.vacancy()[:, DwellingClass.MARKET_RENTAL] / city.sample
    district = city.zones.district
    asked = np.bincount(district, wanted, N_DISTRICTS)
    share = np.minimum(np.bincount(district, free, N_DISTRICTS) / np.maximum(asked, 1e-9), 1.0)[district]
    flats = np.minimum(share * wanted, stock)
    stock -= flats
    return np.asarray(rooms * flats / np.maximum(wanted, 1e-9))


def _street_trade(city: City) -> None:
    """Let street trade come back that orders ended: without stands to build it is back within months.

    Complaints about vendors were 48 % higher in the half year after the campaign year 2009 than in that year
    (rebound_enforcement.csv): with 30 to 60 % of the trade held down, half of it was back within about 0.4
    years.
    """
    hazard = 1.0 - np.exp(-np.log(2.0) / (4.0 * city.parameter("street_trade_half_life_years")))
    back = hazard * city.land.street_cleared * _free_hand(city, "street_trade")
    city.land.street_cleared -= back
    city.land.street_regrown += back


def _free_hand(city: City, name: str) -> np.ndarray:
    """Return the factor that enforcement leaves of a class's regrowth, by zone; 1 where nobody enforces."""
    return city.rate(f"regrowth.{name}")
