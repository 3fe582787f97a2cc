"""Write the other columns of people and households: keys, dates, wages, rents, authority."""

import numba as nb
import numpy as np

from sim.city.zones import load_zones
from sim.codes import DwellingClass, HouseholdKind, Tenure
from sim.kernels.philox import derive_key, uniform4
from sim.parameters.store import ParameterSet
from sim.synthesis.households import ROOM_FAMILY

D = DwellingClass
NO_ARRIVAL = -32768

WAGE_BY_SECTOR = np.array(
    [
        0.50,
        1.05,
        0.95,
        1.35,
        0.95,
        1.00,
        1.70,
        1.00,
        0.72,
        2.20,
        1.00,
        1.20,
        1.45,
        0.85,
        0.70,
        1.25,
        1.35,
        1.35,
        1.25,
        1.8,
    ]
)
"""Wage of a sector against trade at the same schooling. Assumed, from the order of urban-unit wages."""
WAGE_BY_EDUCATION = np.array([0.55, 0.65, 0.80, 1.00, 1.30, 1.85])
"""Wage by schooling against senior secondary. Assumed."""
YEARS_BY_CLASS = np.array([6.0, 14.0, 7.0, 22.0, 1.6, 1.8, 22.0, 1.5, 1.0, 1.0, 1.3, 1.6, 20.0])
"""Mean years in the dwelling, by class. Assumed: 1-4 % of owners move a year, 30-70 % of informal renters."""
STAY_SHARE = np.array([0.142, 0.200, 0.164, 0.124, 0.122, 0.248])
STAY_FROM = np.array([0.5, 1.0, 2.0, 3.0, 4.0, 6.0])
STAY_TO = np.array([1.0, 2.0, 3.0, 4.0, 6.0, 20.0])
"""Years since leaving the place of registration, non-locals 2010 (census); twenty at most is assumed."""
CENTRAL_BY_CLASS = np.array([0.7, 1.9, 0.8, 0.3, 0.6, 0.1, 0.1, 0.1, 0.2, 0.2, 0.8, 1.5, 0.4])
"""Relative chance of a household to be under central command, by class of dwelling. Assumed."""


@nb.njit(cache=True, nogil=True)
def _people(keys, age, hukou, sector, education, factor, non_local, spread, by_sector, by_education,
            shares, since, until, birth, wage, arrival):  # fmt: skip
    for i in range(keys.size):
        a, b, c, d = uniform4(np.uint64(2010), np.uint64(202), keys[i], np.uint64(0), np.uint64(0))
        birth[i] = -(4 * age[i] + int(4.0 * a))
        wage[i] = 0.0
        if sector[i] >= 0:
            normal = np.sqrt(-2.0 * np.log(b)) * np.cos(2.0 * np.pi * c)
            level = factor * by_sector[sector[i]] * by_education[education[i]]
            if hukou[i] == 1:
                level *= non_local
            level *= 0.72 + 0.28 * min(1.0, max(0, age[i] - 16) / 16.0)
            wage[i] = level * np.exp(spread * normal - 0.5 * spread * spread)
        arrival[i] = -32768
        if hukou[i] == 1:
            k = 0
            run = shares[0]
            while d > run and k < shares.size - 1:
                k += 1
                run += shares[k]
            years = since[k] + a * (until[k] - since[k])
            arrival[i] = max(-int(4.0 * years) - 1, birth[i])


def resident_details(
    persons: dict[str, np.ndarray],
    household: np.ndarray,
    keys: np.ndarray,
    activity: np.ndarray,
    work: np.ndarray,
    employer: np.ndarray,
    parameters: ParameterSet,
) -> dict[str, np.ndarray]:
    """Return the residents' columns of the base layout."""
    n = len(keys)
    status = persons["status"]
    sector = np.where((status >= 0) & (status < 20), status, -1).astype(np.int8)
    birth, arrival = np.empty(n, np.int16), np.empty(n, np.int16)
    wage = np.empty(n, np.float32)
    _people(
        keys, persons["age"], persons["hukou"], sector, persons["education"], parameters.value("wage_level"),
        parameters.value("wage_non_local"), parameters.value("wage_spread"), WAGE_BY_SECTOR,
        WAGE_BY_EDUCATION,
        STAY_SHARE / STAY_SHARE.sum(), STAY_FROM, STAY_TO, birth, wage, arrival,
    )  # fmt: skip
    return {
        "household_id": household,
        "draw_key": keys,
        "birth_quarter": birth,
        "sex": persons["sex"],
        "hukou": persons["hukou"],
        "education": persons["education"],
        "marital": persons["marital"],
        "role": persons["role"],
        "activity": activity,
        "sector": sector,
        "work_zone": work,
        "employer_id": employer,
        "wage_cny_month": wage,
        "arrival_quarter": arrival,
    }


@nb.njit(cache=True, nogil=True)
def _homes(
    head_key,
    head_age,
    dwelling,
    zone,
    rented,
    district,
    rent_home,
    years,
    central,
    key,
    moved,
    rent,
    authority,
):
    for h in range(head_key.size):
        key[h] = derive_key(head_key[h], np.uint64(2), np.uint64(0))
        a, b, c, d = uniform4(np.uint64(2010), np.uint64(203), key[h], np.uint64(0), np.uint64(0))
        stay = -years[dwelling[h]] * np.log(a)
        moved[h] = -1 - int(4.0 * min(stay, max(head_age[h] - 16.0, 1.0)))
        rent[h] = 0.0
        if rented[h]:
            normal = np.sqrt(-2.0 * np.log(b)) * np.cos(2.0 * np.pi * c)
            rent[h] = rent_home[zone[h], dwelling[h]] * np.exp(0.25 * normal - 0.03125)
        authority[h] = 1 if d < central[district[zone[h]], dwelling[h]] else 0


def household_details(
    homes: dict[str, np.ndarray],
    persons: dict[str, np.ndarray],
    household: np.ndarray,
    keys: np.ndarray,
    campus_of_home: np.ndarray,
    floor_area: np.ndarray,
    rent_m2: np.ndarray,
    parameters: ParameterSet,
) -> dict[str, np.ndarray]:
    """Return the households' columns of the base layout."""
    n = len(homes["size"])
    heads = np.flatnonzero(persons["role"] == 0)
    first = np.cumsum(homes["size"].astype(np.int64)) - homes["size"]
    head = first.copy()
    head[household[heads]] = heads
    zones = load_zones()
    dwelling = homes["dwelling_class"]
    dorm = (dwelling == D.WORKER_DORM) | (dwelling == D.CAMPUS_DORM)
    rented = (homes["tenure"] == Tenure.RENTER) | dorm | (homes["room"] == 3)
    key, moved = np.empty(n, np.uint64), np.empty(n, np.int16)
    rent, authority = np.empty(n, np.float32), np.empty(n, np.int8)
    central = _central(homes, zones.district, parameters)
    _homes(
        keys[head], persons["age"][head], dwelling, homes["zone"], rented, zones.district.astype(np.int64),
        rent_m2 * floor_area, YEARS_BY_CLASS, central, key, moved, rent, authority,
    )  # fmt: skip
    kind = np.where(homes["room"] == ROOM_FAMILY, HouseholdKind.FAMILY, HouseholdKind.COLLECTIVE)
    return {
        "draw_key": key,
        "zone": homes["zone"],
        "dwelling_class": dwelling,
        "tenure": homes["tenure"],
        "kind": kind.astype(np.int8),
        "n_persons": homes["size"],
        "authority": authority,
        "moved_quarter": moved,
        "rent_cny_month": rent,
        "organisation_id": campus_of_home,
    }


def _central(homes: dict[str, np.ndarray], district: np.ndarray, parameters: ParameterSet) -> np.ndarray:
    """Return the chance of central command by district and class (16, 13); people's mean is given."""
    value = parameters.value
    inner, outer = value("central_household_inner"), value("central_household_outer")
    level = np.array(
        [value("central_household_dongcheng"), value("central_household_xicheng"), inner, inner, inner,
         value("central_household_haidian"), *[outer] * 10]
    )  # fmt: skip
    cell = district[homes["zone"]].astype(np.int64) * len(D) + homes["dwelling_class"]
    people = np.bincount(cell, weights=homes["size"], minlength=16 * len(D)).reshape(16, len(D))
    chance = np.tile(CENTRAL_BY_CLASS, (16, 1))
    for _ in range(20):
        chance = np.minimum(
            chance * (level * people.sum(axis=1) / (chance * people).sum(axis=1))[:, None], 0.97
        )
    return chance
