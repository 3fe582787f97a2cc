"""Say what dwellings there are, how large and how dear, and the floor area of other uses."""

import numpy as np

from sim.city.zones import load_zones
from sim.codes import N_ZONES, DwellingClass, FloorUse, Premises, Sector
from sim.data.tables import load_table
from sim.parameters.store import ParameterSet
from sim.synthesis.margins import AREAS, Margins

D = DwellingClass
S = Sector
VACANCY = {
    D.OWNER_COMMODITY: "vacancy_owner", D.WORK_UNIT: "vacancy_work_unit", D.PUBLIC_RENTAL: "vacancy_public",
    D.COURTYARD: "vacancy_courtyard", D.MARKET_RENTAL: "vacancy_market", D.VILLAGE_RENTAL: "vacancy_village",
    D.SELF_BUILT: "vacancy_self_built", D.ILLEGAL: "vacancy_illegal", D.GROUP_RENTAL: "vacancy_crowded",
    D.BASEMENT: "vacancy_crowded", D.WORKER_DORM: "vacancy_dormitory", D.CAMPUS_DORM: "vacancy_dormitory",
    D.SHANTYTOWN: "vacancy_shantytown",
}  # fmt: skip
PLAINS = (7, 8, 9, 10, 11)
"""Fangshan, Tongzhou, Shunyi, Changping, Daxing."""
SCALED = (D.OWNER_COMMODITY, D.WORK_UNIT, D.PUBLIC_RENTAL, D.MARKET_RENTAL, D.SELF_BUILT)
"""Classes whose floor area is scaled so that an area meets its floor area a person."""


def stock_of(occupied: np.ndarray, parameters: ParameterSet) -> np.ndarray:
    """Return household places by zone and class: occupied ones plus vacancy."""
    rate = np.array([parameters.value(VACANCY[D(k)]) for k in range(len(D))])
    return occupied / (1.0 - rate)


def floor_areas(
    occupied: np.ndarray,
    family_persons: np.ndarray,
    margins: Margins,
    parameters: ParameterSet,
) -> np.ndarray:
    """Return m2 a place by zone and class (343, 13).

    Formal homes are scaled so that the family households of every census area have its published floor area a
    person; what the poor hold is given by class. Source of the level: census 2010, floor area a person by
    district.

    Parameters
    ----------
    occupied : (343, 13)
        Households (rooms in dormitories) by zone and class.
    family_persons : (343,)
        People in family households.
    """
    zones = load_zones()
    start = np.array([parameters.value(f"floor_area_{D(k).name.lower()}") for k in range(len(D))])
    area = np.tile(start, (N_ZONES, 1))
    unit = np.array(zones.census_unit)
    dorm = [D.WORKER_DORM, D.CAMPUS_DORM]
    for name in AREAS:
        members = np.flatnonzero(unit == name)
        target = float(margins.tables.loc[name, "floor_area_per_person"]) * family_persons[members].sum()
        homes = occupied[members].copy()
        homes[:, dorm] = 0.0
        given = (homes * area[members]).sum(axis=0)
        scaled = given[list(SCALED)].sum()
        factor = max(target - (given.sum() - scaled), 0.3 * scaled) / max(scaled, 1.0)
        area[np.ix_(members, list(SCALED))] *= factor
    return area


def rents(parameters: ParameterSet) -> np.ndarray:
    """Return rent by zone and class, CNY a m2 and month (343, 13).

    Pattern of districts: median listed rents of September 2018 (four districts without listings: 2024, set
    against Fangshan), deflated so that a formal home in the city costs what it did in 2010; inside a district
    rents fall with distance from the centre. Informal classes are shares of the formal rent of their zone
    with a level of their own.
    """
    zones = load_zones()
    districts = load_table("districts")["district_id"].tolist()
    table = load_table("housing")
    listed = table[(table["period"] == "2018-09") & (table["indicator"] == "rent_median")].set_index(
        "area_id"
    )["value"]
    later = table[(table["period"] == "2024-12") & (table["indicator"] == "rent_total_mean")].set_index(
        "area_id"
    )["value"]
    formal = np.array(
        [listed.get(d, listed["fangshan"] * later[d] / later["fangshan"]) for d in districts], dtype=float
    )
    east = (zones.lon - 116.397) * 85.3
    north = (zones.lat - 39.908) * 111.2
    distance = np.hypot(east, north)
    rent = np.zeros(N_ZONES)
    for d in range(16):
        members = zones.district == d
        weight = zones.population_2010[members]
        slope = np.exp(-distance[members] / parameters.value("rent_gradient_km"))
        rent[members] = formal[d] * slope / np.average(slope, weights=weight)
    rent *= parameters.value("rent_2010_to_2018")
    share = np.array([parameters.value(f"rent_share_{D(k).name.lower()}") for k in range(len(D))])
    return rent[:, None] * share[None, :]


def non_residential(
    jobs: np.ndarray,
    organisation_area: np.ndarray,
    premises: np.ndarray,
    village: np.ndarray,
    parameters: ParameterSet,
) -> np.ndarray:
    """Return non-residential floor area by zone and use, m2 (343, 4): jobs times m2 a job.

    Parameters
    ----------
    jobs : (343, 20) ordinary jobs
    organisation_area : (343, 3) floor area of organisations by use
    premises : (343, 5) businesses by kind of premises
    village : (343,) people in village rentals and illegal homes, and a fifth of those in villagers' houses
    """
    value = parameters.value
    commercial = [S.WHOLESALE_RETAIL, S.HOTEL_CATERING, S.RESIDENT_SERVICES]
    industrial = [S.MINING, S.MANUFACTURING, S.UTILITIES, S.CONSTRUCTION, S.TRANSPORT]
    office = [s for s in Sector if s not in commercial and s not in industrial and s != S.AGRICULTURE]
    zones = load_zones()
    core = zones.district < 2
    area = np.zeros((N_ZONES, len(FloorUse)))
    area[:, FloorUse.COMMERCIAL] = jobs[:, commercial].sum(axis=1) * value("m2_a_commercial_job")
    at_works = np.where(core, 1.0 - value("core_head_office_share"), 1.0) * jobs[:, industrial].sum(axis=1)
    area[:, FloorUse.INDUSTRIAL_STORAGE] = at_works * value("m2_a_industrial_job")
    at_desks = jobs[:, office].sum(axis=1) + jobs[:, industrial].sum(axis=1) - at_works
    area[:, FloorUse.OFFICE_PUBLIC] = at_desks * value("m2_an_office_job")
    area[:, :3] += organisation_area
    area[:, :3] *= np.where(core, value("core_floor_area_factor"), 1.0)[:, None]
    weight = village + 3.0 * premises[:, Premises.ILLEGAL]
    weight = weight * np.where(core, value("illegal_weight_of_core"), 1.0)
    weight = weight * np.where(np.isin(zones.district, PLAINS), value("illegal_weight_of_plains"), 1.0)
    area[:, FloorUse.ILLEGAL_NONRESIDENTIAL] = value("illegal_non_residential_m2") * weight / weight.sum()
    return area


def absent_hukou(margins: Margins) -> np.ndarray:
    """Return holders of a zone's hukou who live elsewhere, by zone.

    By district: hukou holders less residents of the district who are registered in it; inside it by people.
    """
    zones = load_zones()
    tables = margins.tables
    out = np.zeros(N_ZONES)
    for name in AREAS:
        row = tables.loc[name]
        here = row["population"] - row["non_local_population"] - row["moved_from_other_district_of_beijing"]
        members = np.flatnonzero(np.array(zones.census_unit) == name)
        weight = zones.population_2010[members]
        out[members] = max(row["hukou_population"] - here, 0.0) * weight / weight.sum()
    return out
