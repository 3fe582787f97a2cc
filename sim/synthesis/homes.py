"""Give every household a tenure, a class of dwelling and a zone."""

from dataclasses import dataclass

import numpy as np

from sim.city.zones import load_zones
from sim.codes import N_ZONES, DwellingClass, Education, Hukou, Tenure
from sim.data.tables import load_table
from sim.parameters.store import ParameterSet
from sim.synthesis.households import ROOM_CAMPUS, ROOM_CARE, ROOM_FAMILY, ROOM_WORKERS, Grouped
from sim.synthesis.margins import AREAS, DISTRICT_OF_AREA, Margins
from sim.synthesis.people import People
from sim.synthesis.rounding import fit_and_round, generator, round_to_total

N_CLASSES = len(DwellingClass)
D = DwellingClass
CENTRE = (116.397, 39.908)

TENURE_SEED = np.array(
    [
        # owner, self-built, renter, other - by hukou of the head, age (under 30, 30-44, 45-59, 60+)
        [[0.42, 0.55, 0.60, 0.66], [0.06, 0.12, 0.24, 0.24],
         [0.40, 0.24, 0.20, 0.18], [0.10, 0.07, 0.06, 0.06]],
        [[0.015, 0.06, 0.06, 0.10], [0.003, 0.008, 0.012, 0.03],
         [0.93, 0.87, 0.87, 0.80], [0.05, 0.06, 0.06, 0.07]],
    ]
).transpose(0, 2, 1)  # fmt: skip
"""Relative propensities; level by census area from the long form. Assumed."""
TENURE_BY_SIZE = np.array(
    [[0.8, 0.8, 1.4, 1.2], [1.0, 0.9, 1.1, 1.0], [1.1, 1.0, 0.7, 0.9], [0.9, 1.8, 0.7, 0.9]]
)


@dataclass
class Homes:
    """Hold tenure, dwelling class and zone of an area's households and rooms."""

    tenure: np.ndarray
    dwelling_class: np.ndarray
    zone: np.ndarray


@dataclass(frozen=True)
class HousingShares:
    """Hold what the long form says about homes by census area.

    Attributes
    ----------
    former_public : (18,) share of bought homes that were public flats sold to their tenants
    informal : (18,) share of renters in single-storey or two- to three-storey village houses
    low_rent : (18,) share of renters in low-rent public housing
    single_storey : (18,) share of households in single-storey houses
    crowded : (18,) share of the city's basement lodgings and group rentals
    """

    former_public: np.ndarray
    informal: np.ndarray
    low_rent: np.ndarray
    single_storey: np.ndarray
    crowded: np.ndarray


def housing_shares(margins: Margins, parameters: ParameterSet) -> HousingShares:
    """Return shares by census area; areas without a table share what the city's table leaves."""
    table = load_table("census_housing")
    tenure = table[table["indicator"] == "households_by_tenure_city_part"]
    tenure = tenure.pivot_table(index="area_id", columns="category", values="value")
    storeys = table[table["indicator"] == "households_by_storeys"]
    storeys = storeys.pivot_table(index="area_id", columns="category", values="value")
    sizes = load_table("household_size")
    types = sizes[sizes["indicator"] == "housing_building_type"]
    types = types.pivot_table(index="area_id", columns="category", values="value")
    long_form = margins.long_form
    districts = load_table("districts")["district_id"].tolist()
    bought = ["bought_commodity", "bought_second_hand", "bought_economical", "bought_former_public"]
    whole = tenure.dropna(subset=bought)
    with_table = [d for d in districts if d in types.index]
    rest_storeys = types.loc["beijing"] - types.loc[with_table].sum()
    rest_tenure = long_form.loc["beijing"] - long_form.loc[with_table].sum()
    known = [d for d in districts if d in whole.index]
    rest_bought = whole.loc["beijing", bought] - whole.loc[known, bought].sum()
    out = np.zeros((4, len(AREAS)))
    for i in range(len(AREAS)):
        district = districts[DISTRICT_OF_AREA[i]]
        flats = whole.loc[district, bought] if district in known else rest_bought
        out[0, i] = flats["bought_former_public"] / flats.sum()
        floors = types.loc[district] if district in with_table else rest_storeys
        form = long_form.loc[district] if district in with_table else rest_tenure
        let = parameters.value("let_share_of_low_houses") * (floors["bungalow"] + 0.6 * floors["2-3_floors"])
        low = let - 0.85 * form["housing_tenure_self_built"]
        out[1, i] = np.clip(low / form["housing_tenure_rented"], 0.1, 0.85)
        source = district if district in known else "beijing"
        rented = whole.loc[source, "rented_low_rent_public"] + whole.loc[source, "rented_other"]
        out[2, i] = whole.loc[source, "rented_low_rent_public"] / rented
        out[3, i] = floors["bungalow"] / floors["households"]
    crowded = CROWDED_WEIGHT[DISTRICT_OF_AREA] * margins.tenure[:, Tenure.RENTER]
    return HousingShares(*out, crowded=crowded / crowded.sum())


def give_homes(
    people: People,
    grouped: Grouped,
    margins: Margins,
    shares: HousingShares,
    area: int,
    parameters: ParameterSet,
    zone_weight: np.ndarray,
    campus_zone: np.ndarray,
) -> Homes:
    """Return tenure, class and zone of every household of a census area.

    Parameters
    ----------
    zone_weight
        (343,) people by zone.
    campus_zone
        (343,) campus residents by zone.
    """
    random = generator(21, area)
    first = np.cumsum(grouped.size) - grouped.size
    head = first.copy()
    is_head = np.flatnonzero(grouped.role == 0)
    owner = np.searchsorted(first, is_head, side="right") - 1
    head[owner] = is_head
    who = grouped.person[head]
    family = grouped.room == ROOM_FAMILY
    tenure = np.full(len(head), Tenure.OTHER, dtype=np.int8)
    tenure[family] = _tenures(people, who[family], grouped.size[family], margins, area, random)
    dwelling = np.empty(len(head), dtype=np.int8)
    dwelling[grouped.room == ROOM_CAMPUS] = D.CAMPUS_DORM
    dwelling[grouped.room == ROOM_WORKERS] = D.WORKER_DORM
    dwelling[grouped.room == ROOM_CARE] = D.PUBLIC_RENTAL
    dwelling[family] = _classes(
        people, who[family], grouped.size[family], tenure[family], shares, area, parameters, random
    )
    zone = place(dwelling, grouped.size, area, zone_weight, campus_zone, random)
    return Homes(tenure, dwelling, zone)


def _tenures(
    people: People,
    who: np.ndarray,
    size: np.ndarray,
    margins: Margins,
    area: int,
    random: np.random.Generator,
) -> np.ndarray:
    hukou = people.hukou[who].astype(int)
    age = np.searchsorted([30, 45, 60], people.age[who], side="right")
    large = np.minimum(size, 4) - 1
    cell = (hukou * 4 + age) * 4 + large
    rows = np.bincount(cell, minlength=32)
    seed = (TENURE_SEED[:, :, None, :] * TENURE_BY_SIZE[None, None]).reshape(32, 4)
    whole = fit_and_round(seed * rows[:, None], rows, margins.tenure[area], random)
    order = np.argsort(cell + 0.9 * random.random(len(cell)), kind="stable")
    tenure = np.empty(len(cell), dtype=np.int8)
    tenure[order] = np.repeat(np.tile(np.arange(4, dtype=np.int8), 32), whole.ravel())
    return tenure


def _classes(
    people: People,
    who: np.ndarray,
    size: np.ndarray,
    tenure: np.ndarray,
    shares: HousingShares,
    area: int,
    parameters: ParameterSet,
    random: np.random.Generator,
) -> np.ndarray:
    """Choose the class inside each tenure; places go to those who fit them best, with chance."""
    dwelling = np.full(len(who), D.SELF_BUILT, dtype=np.int8)
    local = people.hukou[who] == Hukou.LOCAL
    age, level = people.age[who], people.education[who]
    noise = random.random(len(who))
    core = DISTRICT_OF_AREA[area] < 2
    households = len(who)
    single_storey = shares.single_storey[area] * households

    owners = np.flatnonzero(tenure == Tenure.OWNER)
    dwelling[owners] = D.OWNER_COMMODITY
    old_flat = np.where(local[owners], 1.0, -10.0) + age[owners] / 60.0 + 1.2 * noise[owners]
    _top(dwelling, owners, old_flat, shares.former_public[area] * len(owners), D.WORK_UNIT)
    poor = np.where(level[owners] <= Education.JUNIOR_SECONDARY, 1.0, 0.0) + noise[owners]
    poor = np.where(dwelling[owners] == D.OWNER_COMMODITY, poor, -1.0)
    _top(dwelling, owners, poor, parameters.value("shantytown_owner_share") * len(owners), D.SHANTYTOWN)

    others = np.flatnonzero(tenure == Tenure.OTHER)
    dwelling[others] = D.WORK_UNIT
    long_there = np.where(local[others], 0.6, 0.0) + noise[others]
    _top(
        dwelling,
        others,
        long_there,
        parameters.value("shantytown_share_of_other_tenure") * len(others),
        D.SHANTYTOWN,
    )

    renters = np.flatnonzero(tenure == Tenure.RENTER)
    dwelling[renters] = D.MARKET_RENTAL
    rest = renters
    settled = np.where(local[renters], 2.0, 0.0) + age[renters] / 100.0 + noise[renters]
    if core:
        number = parameters.value("courtyard_share_of_single_storey") * single_storey
        _top(dwelling, renters, settled, min(number, 0.75 * len(renters)), D.COURTYARD)
        rest = renters[dwelling[renters] == D.MARKET_RENTAL]
        settled = settled[dwelling[renters] == D.MARKET_RENTAL]
        informal = parameters.value("informal_share_of_core_renters") * len(rest)
    else:
        public = shares.low_rent[area] + parameters.value("public_flat_share_of_renters")
        _top(dwelling, renters, settled, public * len(renters), D.PUBLIC_RENTAL)
        keep = dwelling[renters] == D.MARKET_RENTAL
        rest = renters[keep]
        informal = min(shares.informal[area] * len(renters), 0.85 * len(rest))
    under, shared = _crowded_rooms(parameters, float(shares.crowded[area]))
    spare = max(0.9 * len(rest) - informal, 0.0)
    under, shared = min(under, 0.3 * spare), min(shared, 0.35 * spare)
    means = level[rest] / 5.0 + 0.35 * local[rest] - 0.05 * (size[rest] == 1) + 1.1 * noise[rest]
    _top(dwelling, rest, -means, informal + under + shared, D.VILLAGE_RENTAL)
    poor_rest = rest[dwelling[rest] == D.VILLAGE_RENTAL]
    small = (size[poor_rest] <= 2) + 0.4 * (age[poor_rest] < 35) + random.random(len(poor_rest))
    _top(dwelling, poor_rest, small, under, D.BASEMENT)
    still = poor_rest[dwelling[poor_rest] == D.VILLAGE_RENTAL]
    graduates = (size[still] <= 2) + 0.25 * level[still] + random.random(len(still))
    _top(dwelling, still, graduates, shared, D.GROUP_RENTAL)
    village = still[dwelling[still] == D.VILLAGE_RENTAL]
    illegal = 1.0 if core else parameters.value("illegal_share_of_informal")
    _top(dwelling, village, random.random(len(village)), illegal * len(village), D.ILLEGAL)
    return dwelling


def _top(
    dwelling: np.ndarray, members: np.ndarray, score: np.ndarray, number: float, to: DwellingClass
) -> None:
    """Move the `number` members with the highest scores to a class."""
    number = min(round(float(number)), len(members))
    if number > 0:
        dwelling[members[np.argpartition(-score, number - 1)[:number]]] = to


CROWDED_WEIGHT = np.array(
    [0.9, 0.9, 1.5, 1.1, 0.6, 1.3, 0.2, 0.1, 0.5, 0.2, 0.8, 0.5, 0.05, 0.05, 0.05, 0.05]
)
"""Relative density of basement lodgings and group rentals among renters by district. Assumed."""


def _crowded_rooms(parameters: ParameterSet, share: float) -> tuple[float, float]:
    """Return how many rooms in basements and in group rentals an area has."""
    rooms = parameters.value("persons_a_crowded_room")
    under = parameters.value("basement_persons") * share / rooms
    return under, parameters.value("group_rental_persons") * share / rooms


def zone_shape(area: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the zones of a census area, their share of villagers and their km from the centre."""
    zones = load_zones()
    members = np.array([i for i in range(N_ZONES) if zones.census_unit[i] == AREAS[area]])
    table = load_table("zones")
    residents = table["n_resident_committees_2023"].fillna(0).to_numpy()[members]
    villages = table["n_village_committees_2023"].fillna(0).to_numpy()[members]
    rural = (1200.0 * villages + 60.0) / (4400.0 * residents + 1200.0 * villages + 60.0)
    east = (zones.lon[members] - CENTRE[0]) * 85.3
    north = (zones.lat[members] - CENTRE[1]) * 111.2
    return members, rural, np.hypot(east, north)


def place(
    dwelling: np.ndarray,
    size: np.ndarray,
    area: int,
    zone_weight: np.ndarray,
    campus_zone: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Place households in zones so that people by zone come near their (modelled) number."""
    members, rural, distance = zone_shape(area)
    persons = np.bincount(dwelling, weights=size, minlength=N_CLASSES)
    people = zone_weight[members] / zone_weight[members].sum() * size.sum()
    town = 1.0 - rural
    near = np.exp(-distance / 25.0)
    affinity = np.ones((len(members), N_CLASSES)) * 0.02
    for k in (
        D.OWNER_COMMODITY,
        D.WORK_UNIT,
        D.PUBLIC_RENTAL,
        D.MARKET_RENTAL,
        D.GROUP_RENTAL,
        D.BASEMENT,
        D.SHANTYTOWN,
    ):
        affinity[:, k] += town
    affinity[:, D.MARKET_RENTAL] *= 0.3 + near
    affinity[:, D.GROUP_RENTAL] *= 0.3 + near
    affinity[:, D.BASEMENT] *= 0.2 + near
    affinity[:, D.SELF_BUILT] += rural
    affinity[:, D.COURTYARD] += 1.0
    affinity[:, D.VILLAGE_RENTAL] += (rural + 0.05) * (0.1 + near)
    affinity[:, D.ILLEGAL] += (rural + 0.10) * (0.1 + near)
    affinity[:, D.WORKER_DORM] += 0.3 + rural
    seed = affinity * people[:, None]
    campus = campus_zone[members]
    seed[:, D.CAMPUS_DORM] = campus if campus.sum() > 0 else people
    table = _fit_zones(seed, people, persons)
    zone = np.empty(len(dwelling), dtype=np.int16)
    for k in range(N_CLASSES):
        rows = np.flatnonzero(dwelling == k)
        if len(rows):
            counts = round_to_total(table[:, k], len(rows))
            zone[random.permutation(rows)] = np.repeat(members, counts)
    return zone


def _fit_zones(seed: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fit zones x classes, campus dormitories fixed where the campuses are."""
    table = seed * (columns / np.maximum(seed.sum(axis=0), 1e-9))
    fixed = table[:, D.CAMPUS_DORM].copy()
    room = np.maximum(rows - fixed, 0.15 * rows)
    room *= (columns.sum() - fixed.sum()) / room.sum()
    free = np.delete(np.arange(N_CLASSES), D.CAMPUS_DORM)
    for _ in range(200):
        table[:, free] *= (room / np.maximum(table[:, free].sum(axis=1), 1e-9))[:, None]
        table[:, free] *= (columns[free] / np.maximum(table[:, free].sum(axis=0), 1e-9))[None, :]
    return table
