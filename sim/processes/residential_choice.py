"""Say what a home is worth to whom: segments, what each may live in, and the utility of a place.

Utility of a class of dwelling in a zone: -b x cost / income + c x log(floor area a person) + constant of the
class for the household's type; a zone adds travel time to work, closeness to the last home, one constant of
its area group and, for outsiders, the outsiders who live there: people come to where their like are (Ma and
Xiang 1998, Native place, migration and the emergence of peasant enclaves in Beijing, China Quarterly 155).
Form: nested multinomial logit with a size term (McFadden 1978); joint residence and
workplace choice fits Beijing best (evidence: mixed logit on 1,994 households, hindawi 2015/908387).
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.city.zones import AREA_GROUPS
from sim.codes import DwellingClass, Tenure
from sim.processes import amenity

N_CLASSES = len(DwellingClass)
LOCAL_OWNER, LOCAL_RENTER, LOCAL_SINGLE, OUTSIDE_FAMILY, OUTSIDE_SINGLE, CREW = range(6)
OUTSIDERS = (OUTSIDE_FAMILY, OUTSIDE_SINGLE, CREW)
N_TYPES = 6
LEAN_PERSONS = 10_000.0
"""People of the city's composition that are added to a zone's, so that a small zone's chance says little."""
INCOME_EDGES = np.array([2500.0, 5000.0, 9000.0, 16000.0])  # CNY a month in 2010, then as the mean wage grows
INCOME_MIDDLES = np.array([1600.0, 3700.0, 6800.0, 12000.0, 24000.0])
SIZES = np.array([1.4, 3.3])  # persons of small (1, 2) and larger households
SMALL_ROOMS = [DwellingClass.GROUP_RENTAL, DwellingClass.BASEMENT]
"""Rooms of some 10 m2: two people at most (the city's rule of 2013; so in the base-year city)."""
N_SEGMENTS = N_TYPES * len(INCOME_MIDDLES) * len(SIZES)
NOT_ALLOWED = -np.inf
TENURE_OF_CLASS = np.array(
    [
        Tenure.OWNER,
        Tenure.OWNER,
        Tenure.RENTER,
        Tenure.RENTER,
        Tenure.RENTER,
        Tenure.RENTER,
        Tenure.SELF_BUILT,
        Tenure.RENTER,
        Tenure.RENTER,
        Tenure.RENTER,
        Tenure.OTHER,
        Tenure.OTHER,
        Tenure.RENTER,
    ],
    dtype=np.int8,
)
PAYS_RENT = (TENURE_OF_CLASS == Tenure.RENTER).astype(float)
PAYS_RENT[DwellingClass.WORKER_DORM] = 1.0


def class_constants(city: City) -> np.ndarray:
    """Return each class's constant by type of household, (6, 13); minus infinity where it may not live.

    A crew is the people of one dormitory room, who stay together; who lives alone may join one, with a
    Beijing hukou too. Villagers' own houses take in young local households; nobody moves into campus rooms;
    purchase is open to outsiders with the income for it (five years of tax or social insurance since 2011,
    here the hurdle of a low constant).
    """
    out = np.full((N_TYPES, N_CLASSES), NOT_ALLOWED)
    formal = city.parameter("taste_formal")
    informal = city.parameter("taste_informal")
    buy = city.parameter("taste_buying_outsider")
    for kind in (LOCAL_OWNER, LOCAL_RENTER, LOCAL_SINGLE):
        out[kind, [DwellingClass.OWNER_COMMODITY, DwellingClass.WORK_UNIT]] = 0.0
        out[kind, DwellingClass.MARKET_RENTAL] = 0.0
        out[kind, DwellingClass.VILLAGE_RENTAL] = informal - 1.0
    out[LOCAL_OWNER, [DwellingClass.OWNER_COMMODITY, DwellingClass.WORK_UNIT]] = city.parameter(
        "taste_owning"
    )
    for kind in (LOCAL_RENTER, LOCAL_SINGLE):
        out[kind, DwellingClass.PUBLIC_RENTAL] = 0.0
        out[kind, DwellingClass.COURTYARD] = informal
        out[kind, DwellingClass.SELF_BUILT] = informal - 1.5
    out[LOCAL_SINGLE, DwellingClass.WORKER_DORM] = informal
    for kind in (OUTSIDE_FAMILY, OUTSIDE_SINGLE):
        out[kind, [DwellingClass.OWNER_COMMODITY, DwellingClass.WORK_UNIT]] = buy
        out[kind, DwellingClass.MARKET_RENTAL] = formal
        out[kind, [DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL]] = informal
        out[kind, [DwellingClass.COURTYARD, DwellingClass.SHANTYTOWN]] = informal
        out[kind, [DwellingClass.GROUP_RENTAL, DwellingClass.BASEMENT]] = informal
    out[OUTSIDE_FAMILY, [DwellingClass.GROUP_RENTAL, DwellingClass.BASEMENT]] = informal - 1.0
    out[OUTSIDE_SINGLE, DwellingClass.WORKER_DORM] = informal
    out[CREW, DwellingClass.WORKER_DORM] = informal + 1.0
    out[CREW, [DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL, DwellingClass.GROUP_RENTAL]] = informal
    out[CREW, DwellingClass.BASEMENT] = informal
    return out


def segment_of(kind: np.ndarray, income_2010: np.ndarray, persons: np.ndarray) -> np.ndarray:
    """Return the segment of households by type, income at 2010 wages and persons."""
    bracket = np.zeros(len(income_2010), dtype=np.int64)
    for edge in INCOME_EDGES:  # four comparisons are quicker than a search for each household
        bracket += income_2010 > edge
    large = (persons > 2).astype(np.int64)
    return (kind * len(INCOME_MIDDLES) + bracket) * len(SIZES) + large


def company(city: City) -> np.ndarray:
    """Return exp(utility) that outsiders have of the outsiders in a zone, f8 (343,).

    A power of their share of the zone's people over that of the city; zones of few people lean on the city's.
    """
    theirs, people = city.scratch["non_local_by_zone"], city.scratch["residents_by_zone"]
    of_city = theirs.sum() / max(people.sum(), 1.0)
    lean = LEAN_PERSONS * city.sample
    share = (theirs + lean * of_city) / (people + lean)
    return np.asarray((share / max(of_city, 1e-9)) ** city.parameter("taste_network"))


def values(city: City) -> np.ndarray:
    """Return exp(utility) by segment, zone and class, f8 (60, 343, 13); 0 where not allowed or paid."""
    wage = city.path("wage_index")
    dwellings = city.dwellings
    cost = dwellings.rent_cny_m2_month * dwellings.floor_area_m2
    owner_cost = city.parameter("owner_cost_factor")
    cost = cost * np.where(PAYS_RENT > 0, 1.0, owner_cost)[None, :]
    area = np.log(np.maximum(dwellings.floor_area_m2, 1.0))
    constants = class_constants(city)
    cost_weight = city.parameter("taste_cost")
    space_weight = city.parameter("taste_space")
    ceiling = city.parameter("cost_ceiling")
    like = np.ones((N_TYPES, len(cost)))
    like[list(OUTSIDERS)] = company(city)
    out = np.zeros((N_SEGMENTS, *cost.shape))
    for bracket, income in enumerate(INCOME_MIDDLES):
        burden = cost / (income * wage)
        for size, persons in enumerate(SIZES):
            common = -cost_weight * burden + space_weight * (area - np.log(persons))
            common = np.where(burden <= ceiling, common, NOT_ALLOWED)
            for kind in range(N_TYPES):
                segment = (kind * len(INCOME_MIDDLES) + bracket) * len(SIZES) + size
                out[segment] = np.exp(common + constants[kind][None, :]) * like[kind][:, None]
    larger = out[len(SIZES) - 1 :: len(SIZES)]
    larger[:, :, SMALL_ROOMS] = 0.0
    return out


def zone_values(city: City) -> np.ndarray:
    """Return exp(utility) of each zone itself, f8 (343,).

    Five constants of area groups, shrunk and fixed in time, and what measures made better since then.
    """
    constants = np.array([city.parameter(f"taste_area_{name}") for name in AREA_GROUPS])
    return np.exp(constants[city.zones.area_group] + amenity.utility(city))


def closeness(city: City) -> np.ndarray:
    """Return exp(-d x km) between zones with a last row of ones for who comes from outside, f8 (344, 343)."""
    if "closeness" not in city.scratch:
        near = np.exp(-city.parameter("taste_distance_km") * city.distance_km.astype(float))
        city.scratch["closeness"] = np.vstack([near, np.ones(near.shape[1])])
    return city.scratch["closeness"]


def work_access(city: City, decay: np.ndarray) -> np.ndarray:
    """Return the access of each zone to all jobs by the formal decay, f4 (343,), for those without work."""
    jobs = city.jobs.total_by_zone()
    return np.asarray(decay[0].astype(float) @ (jobs / jobs.sum())).astype(np.float32)
