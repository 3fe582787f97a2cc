"""Assemble the base-year city 1:1: areas side by side, then one table of households sorted by zone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba as nb
import numpy as np
import pandas as pd

from sim.city.zones import load_zones
from sim.codes import N_ZONES, Activity, CommuteGroup, DwellingClass, FloorUse, OrganisationKind
from sim.kernels.philox import fill_keys
from sim.parameters.commutes import commute_group_of_class
from sim.parameters.store import ParameterSet
from sim.synthesis import housing, workplaces
from sim.synthesis.campuses import aged_in_care, campus_residents
from sim.synthesis.compositions import load_compositions
from sim.synthesis.details import household_details, resident_details
from sim.synthesis.homes import give_homes, housing_shares, zone_shape
from sim.synthesis.households import ROOM_FAMILY, make_households
from sim.synthesis.margins import AREAS, load_margins
from sim.synthesis.organisations import build_organisations, campus_residents_by_zone
from sim.synthesis.people import activity_of, fit_hukou, make_people
from sim.synthesis.premises import build_businesses, premises_by_zone
from sim.synthesis.tilts import area_factors

D = DwellingClass


@dataclass
class BuiltCity:
    """Hold a finished 1:1 city: columns by table."""

    residents: dict[str, np.ndarray]
    households: dict[str, np.ndarray]
    businesses: dict[str, np.ndarray]
    organisations: pd.DataFrame
    dwellings: dict[str, np.ndarray]
    land: dict[str, np.ndarray]
    absent_hukou: np.ndarray


def build_city(
    parameters: ParameterSet, say: Callable[[str], None] = lambda _: None, threads: int = 2
) -> BuiltCity:
    """Build the whole city.

    Parameters
    ----------
    parameters
        The entries of base_year.yaml.
    say
        Called with one line at each step.
    threads
        Areas built at the same time; the result does not depend on it.
    """
    say("reading the census tables")
    zones = load_zones()
    margins = load_margins()
    cells = fit_hukou(margins, parameters.value("non_local_age_tilt"))
    slots = load_compositions()
    factors = area_factors(slots, margins, parameters)
    campus, aged = campus_residents(margins, parameters), aged_in_care(margins, parameters)
    organisations = build_organisations(campus, parameters)
    campus_zone = campus_residents_by_zone(organisations)
    shares = housing_shares(margins, parameters)

    def one_area(area: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        people = make_people(cells[area], margins, area)
        grouped = make_households(
            people, margins, area, slots, factors[area], int(campus[area]), int(aged[area]), parameters
        )
        homes = give_homes(
            people,
            grouped,
            margins,
            shares,
            area,
            parameters,
            zones.population_2010.astype(float),
            campus_zone,
        )
        persons = {
            name: getattr(people, name)[grouped.person]
            for name in ("age", "sex", "hukou", "education", "status", "marital")
        }
        persons["role"] = grouped.role
        return persons, {
            "size": grouped.size.astype(np.int16),
            "room": grouped.room,
            "tenure": homes.tenure,
            "dwelling_class": homes.dwelling_class,
            "zone": homes.zone,
        }

    say("making people and households")
    largest_first = sorted(range(len(AREAS)), key=lambda a: -int(margins.ages[a].sum()))
    with ThreadPoolExecutor(threads) as pool:
        built = dict(zip(largest_first, pool.map(one_area, largest_first), strict=True))
    persons = {k: np.concatenate([built[a][0][k] for a in range(len(AREAS))]) for k in built[0][0]}
    homes = {k: np.concatenate([built[a][1][k] for a in range(len(AREAS))]) for k in built[0][1]}
    del built
    say("placing them in zones")
    persons, homes = _by_zone(persons, homes)
    return _finish(persons, homes, organisations, margins, parameters, say)


def _finish(persons, homes, organisations, margins, parameters, say) -> BuiltCity:  # type: ignore[no-untyped-def]
    """Add jobs, dwellings, businesses and what households and people carry."""
    zones = load_zones()
    n_people, n_homes = len(persons["age"]), len(homes["size"])
    household = np.repeat(np.arange(n_homes, dtype=np.int32), homes["size"])
    keys = np.empty(n_people, dtype=np.uint64)
    fill_keys(np.full(1, 2010, np.uint64).repeat(n_people), 1, np.arange(n_people), keys)
    say("sending people to work")
    work, employer, jobs = _work(persons, homes, household, keys, organisations, parameters)
    say("furnishing dwellings")
    cell = homes["zone"].astype(np.int64) * len(D) + homes["dwelling_class"]
    occupied = np.bincount(cell, minlength=N_ZONES * len(D)).reshape(N_ZONES, len(D)).astype(float)
    people = np.bincount(cell, weights=homes["size"], minlength=occupied.size).reshape(occupied.shape)
    family = homes["room"] == ROOM_FAMILY
    family_people = np.bincount(homes["zone"][family], weights=homes["size"][family], minlength=N_ZONES)
    floor_area = housing.floor_areas(occupied, family_people, margins, parameters)
    rent = housing.rents(parameters)
    rural = np.zeros(N_ZONES)
    for area in range(len(AREAS)):
        members, share, _ = zone_shape(area)
        rural[members] = share
    say("opening businesses")
    businesses = build_businesses(jobs, organisations, zones.district, rural, parameters)
    used = premises_by_zone(businesses)
    village = people[:, [D.VILLAGE_RENTAL, D.ILLEGAL]].sum(axis=1) + 0.2 * people[:, D.SELF_BUILT]
    land = {
        "floor_area_m2": housing.non_residential(
            jobs, _organisation_area(organisations), used, village, parameters
        ),
        "premises": used,
    }
    say("writing wages, rents and dates")
    campus_of_home = _campus_of_home(homes, organisations)
    households = household_details(
        homes, persons, household, keys, campus_of_home, floor_area, rent, parameters
    )
    activity = activity_of(persons["age"], persons["status"])
    on_campus = (campus_of_home >= 0)[household] & (activity == Activity.PUPIL)
    activity[on_campus] = Activity.STUDENT
    employer[on_campus] = campus_of_home[household[on_campus]]
    residents = resident_details(persons, household, keys, activity, work, employer, parameters)
    organisations = organisations.drop(columns=["sector"])
    return BuiltCity(
        residents=residents,
        households=households,
        businesses=vars(businesses),
        organisations=organisations,
        dwellings={
            "stock": housing.stock_of(occupied, parameters),
            "floor_area_m2": floor_area,
            "rent_cny_m2_month": rent,
        },
        land=land,
        absent_hukou=housing.absent_hukou(margins),
    )


@nb.njit(cache=True, nogil=True)
def _gather(order, start, size, source):
    position = 0
    for k in range(order.size):
        h = order[k]
        for i in range(start[h], start[h] + size[h]):
            source[position] = i
            position += 1


def _by_zone(
    persons: dict[str, np.ndarray], homes: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Sort households by zone (keeping their order inside it) and bring their people along."""
    order = np.argsort(homes["zone"], kind="stable")
    size = homes["size"].astype(np.int64)
    start = np.cumsum(size) - size
    source = np.empty(int(size.sum()), dtype=np.int32)
    _gather(order, start, size, source)
    for name in list(persons):
        persons[name] = persons[name][source]
    return persons, {name: values[order] for name, values in homes.items()}


def _work(persons, homes, household, keys, organisations, parameters):
    """Return zone of work, employer of each resident, and jobs of ordinary businesses by zone and sector."""
    status = persons["status"]
    sector = np.where((status >= 0) & (status < 20), status, -1).astype(np.int8)
    home = homes["zone"][household]
    group = commute_group_of_class()[homes["dwelling_class"]][household]
    employed = sector >= 0
    n_groups = len(CommuteGroup)
    cell = (sector[employed].astype(np.int64) * n_groups + group[employed]) * N_ZONES + home[employed]
    counts = np.bincount(cell, minlength=20 * n_groups * N_ZONES).reshape(20, n_groups, N_ZONES)
    cumulated, mass, wanted = workplaces.plan_commutes(counts, organisations, parameters)
    work = np.full(len(status), -1, dtype=np.int16)
    employer = np.full(len(status), -1, dtype=np.int16)
    start, index, share = workplaces.employers_by_cell(organisations, wanted, mass)
    workplaces.draw_workplaces(keys, sector, home, group, cumulated, start, index, share, work, employer)
    filled = np.bincount(
        work[employed].astype(np.int64) * 20 + sector[employed], minlength=N_ZONES * 20
    ).reshape(N_ZONES, 20)
    at_organisation = np.bincount(employer[employer >= 0], minlength=len(organisations))
    place = organisations["zone"].to_numpy() * 20 + organisations["sector"].to_numpy()
    inside = np.bincount(place, weights=at_organisation, minlength=N_ZONES * 20).reshape(N_ZONES, 20)
    open_share = 1.0 - parameters.value("job_vacancy_share")
    organisations["n_jobs"] = np.maximum(np.ceil(at_organisation / open_share), 1.0)
    return work, employer, np.maximum(filled - inside, 0.0) / open_share


def _organisation_area(organisations: pd.DataFrame) -> np.ndarray:
    """Return floor area of organisations by zone and use, m2 (343, 3)."""
    kind, zone = organisations["kind"].to_numpy(), organisations["zone"].to_numpy()
    area = organisations["floor_area_m2"].to_numpy()
    out = np.zeros((N_ZONES, 3))
    market = kind == OrganisationKind.MARKET
    out[:, FloorUse.COMMERCIAL] = np.bincount(zone[market], weights=area[market], minlength=N_ZONES)
    out[:, FloorUse.OFFICE_PUBLIC] = np.bincount(zone[~market], weights=area[~market], minlength=N_ZONES)
    return out


def _campus_of_home(homes: dict[str, np.ndarray], organisations: pd.DataFrame) -> np.ndarray:
    """Return the campus of each dormitory room, -1 elsewhere: rooms of a zone are shared out by students."""
    campus_of_home = np.full(len(homes["zone"]), -1, dtype=np.int16)
    campuses = organisations[organisations["kind"] == OrganisationKind.CAMPUS]
    rooms = np.flatnonzero(homes["dwelling_class"] == D.CAMPUS_DORM)
    for zone in np.unique(homes["zone"][rooms]):
        here = campuses[campuses["zone"] == zone]
        mine = rooms[homes["zone"][rooms] == zone]
        if len(here):
            bounds = np.cumsum(here["students"].to_numpy()) / here["students"].sum() * len(mine)
            campus_of_home[mine] = here.index.to_numpy()[
                np.searchsorted(bounds, np.arange(len(mine)), side="right").clip(0, len(here) - 1)
            ]
    return campus_of_home
