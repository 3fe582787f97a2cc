"""The places: 343 street-level zones in 16 districts, their areas, neighbours and people of 2010.

Zones keep the order of ``zones.csv`` and districts that of ``districts.csv``; every array of the model that
has a place axis uses these two orders.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import numpy as np

from sim.data.tables import data_path
from sim.errors import InputError

AREA_GROUPS = ("core", "inner", "tongzhou", "new_towns", "ecological")
AREA_KINDS = ("core", "inner", "city_six", "tongzhou", "subcentre", "new_towns", "ecological", "beijing")

# The subcentre's planned boundary; its density is judged over this area (Beijing master plan 2016-2035).
SUBCENTRE_KM2 = 155.0

# People a committee stands for where no count of the zone is known. Assumed; fitted on the 65 zones with a
# known count, where the typical miss is 34 % (committees are those of 2023).
PERSONS_PER_RESIDENTS_COMMITTEE = 4_400.0
PERSONS_PER_VILLAGE_COMMITTEE = 1_200.0

# The core's four districts before July 2010: first code of the zones each gave to the merged district.
OLD_CORE_DISTRICTS = {
    "old_dongcheng": 110101001,
    "old_chongwen": 110101011,
    "old_xicheng": 110102001,
    "old_xuanwu": 110102013,
}

POPULATION_BASES = ("known", "shared", "modelled")


@dataclass(frozen=True)
class Districts:
    """The 16 districts in the order of ``districts.csv``.

    Attributes
    ----------
    ids, names_zh, names_en : tuple of str
    area_km2 : float array (16,), official land area
    area_group : int array (16,), index into `AREA_GROUPS`
    in_city_six : bool array (16,)
    population_2010 : int array (16,), census of 1 November 2010
    """

    ids: tuple[str, ...]
    names_zh: tuple[str, ...]
    names_en: tuple[str, ...]
    area_km2: np.ndarray
    area_group: np.ndarray
    in_city_six: np.ndarray
    population_2010: np.ndarray

    def __len__(self) -> int:
        """Return the number of districts."""
        return len(self.ids)


@dataclass(frozen=True)
class Zones:
    """The 343 zones in the order of ``zones.csv``.

    Attributes
    ----------
    ids, names_zh, kind : tuple of str; kind is subdistrict, town, township or area
    district : int8 array (343,), index into `districts`
    area_group : int8 array (343,), index into `AREA_GROUPS`
    lon, lat : float array (343,), the zone's point in degrees, WGS-84
    area_km2 : float array (343,); they sum to the official area of each district
    area_basis : tuple of str, "official" or "voronoi"
    share_in_subcentre : float array (343,), share of the zone's people inside the 155 km2 subcentre
    population_2010 : int64 array (343,); they sum to the census of each district
    census_unit : tuple of str, the area whose census count the zone's people add up to: the district, or
        in the core one of its four districts before July 2010 (``old_dongcheng`` and so on)
    population_basis : tuple of str, "known", "shared" (with the zone it was cut from) or "modelled"
    committee_weight : float array (343,), people expected from the numbers of committees
    neighbour_start, neighbour_index : int arrays, CSR lists of adjacent zones: the neighbours of zone i are
        ``neighbour_index[neighbour_start[i]:neighbour_start[i + 1]]``
    districts : Districts
    """

    ids: tuple[str, ...]
    names_zh: tuple[str, ...]
    kind: tuple[str, ...]
    district: np.ndarray
    area_group: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    area_km2: np.ndarray
    area_basis: tuple[str, ...]
    share_in_subcentre: np.ndarray
    population_2010: np.ndarray
    census_unit: tuple[str, ...]
    population_basis: tuple[str, ...]
    committee_weight: np.ndarray
    neighbour_start: np.ndarray
    neighbour_index: np.ndarray
    districts: Districts

    def __len__(self) -> int:
        """Return the number of zones."""
        return len(self.ids)

    @property
    def neighbours(self) -> list[np.ndarray]:
        """List the indices of the zones adjacent to each zone."""
        return np.split(self.neighbour_index, self.neighbour_start[1:-1])

    def index(self, zone_id: str) -> int:
        """Return the index of a zone; InputError with the nearest ids if there is none."""
        try:
            return _positions(self.ids)[zone_id]
        except KeyError:
            raise _unknown("zone", zone_id, self.ids) from None

    def district_index(self, district_id: str) -> int:
        """Return the index of a district; InputError with the nearest ids if there is none."""
        try:
            return self.districts.ids.index(district_id)
        except ValueError:
            raise _unknown("district", district_id, self.districts.ids) from None

    def in_district(self, district_id: str) -> np.ndarray:
        """Return the indices of the zones of a district."""
        return np.flatnonzero(self.district == self.district_index(district_id))

    def areas(self) -> dict[str, np.ndarray]:
        """Map each result area to its weights over zones, float (343,), 0 to 1.

        `AREA_KINDS` come first, then the 16 districts. ``tongzhou`` is an area group and a district alike.
        The subcentre's weights are shares of people, not of land.
        """
        weights = {name: (self.area_group == i).astype(float) for i, name in enumerate(AREA_GROUPS)}
        weights["city_six"] = self.districts.in_city_six[self.district].astype(float)
        weights["subcentre"] = self.share_in_subcentre.copy()
        weights["beijing"] = np.ones(len(self))
        ordered = {name: weights[name] for name in AREA_KINDS}
        for i, name in enumerate(self.districts.ids):
            ordered.setdefault(name, (self.district == i).astype(float))
        return ordered

    def land_km2(self, area_id: str) -> float:
        """Return the land over which an area's densities are taken, km2."""
        if area_id == "subcentre":
            return SUBCENTRE_KM2
        areas = self.areas()
        if area_id not in areas:
            raise _unknown("area", area_id, tuple(areas))
        # District areas are the published ones; summing zones would only add their rounding.
        members = np.unique(self.district[areas[area_id] > 0])
        return float(self.districts.area_km2[members].sum())


@lru_cache(maxsize=4)
def _positions(ids: tuple[str, ...]) -> Mapping[str, int]:
    return {name: i for i, name in enumerate(ids)}


def _unknown(noun: str, name: str, known: tuple[str, ...]) -> InputError:
    near = get_close_matches(name, known, n=3) or list(known[:3])
    return InputError(f"unknown {noun} {name!r}", mend=f"nearest: {', '.join(near)}")


def read_rows(name: str) -> list[dict[str, str]]:
    """Read a packaged table as texts, its checksum checked; without pandas, whose import is slow."""
    with data_path(name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def share_integers(total: int, weights: np.ndarray) -> np.ndarray:
    """Split `total` (a whole number) in proportion to `weights` into whole numbers, by largest remainders.

    Ties go to the earlier place, so the split is the same everywhere. ValueError if there is no weight.
    """
    weights = np.asarray(weights, float)
    if total < 0 or not weights.sum() > 0:
        raise ValueError("a non-negative total and a positive weight are needed")
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def zone_population(
    known: np.ndarray, parent: np.ndarray, unit: np.ndarray, weight: np.ndarray, unit_total: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Give each zone its people of the 2010 census.

    Parameters
    ----------
    known : float (n,), published count of the boundary of 2010, nan where none
    parent : int (n,), index of the zone out of which a later zone was cut, -1 where none
    unit : int (n,), census unit of the zone; unit_total : int (u,), people of each unit
    weight : float (n,), people expected from the numbers of committees

    Returns
    -------
    int64 (n,), summing to `unit_total` in each unit, and the basis of each: "known"; "shared" where a
    known count is split between a zone and those cut from it; "modelled" where the rest of the district's
    census is split by `weight`.

    Raises
    ------
    InputError if the known counts leave nothing for the other zones of a unit, or do not add up to it.
    """
    people = np.zeros(len(known), np.int64)
    basis = np.full(len(known), "modelled", dtype=object)
    for i in np.flatnonzero(~np.isnan(known)):
        group = np.array([i, *np.flatnonzero(parent == i)])
        people[group] = share_integers(int(known[i]), weight[group])
        basis[group] = "known" if len(group) == 1 else "shared"
    for u, total in enumerate(unit_total):
        members = np.flatnonzero(unit == u)
        free = members[basis[members] == "modelled"]
        rest = int(total) - int(people[members].sum())
        if (rest != 0 and len(free) == 0) or (rest <= 0 and len(free) > 0):
            raise InputError(
                f"known zone counts leave {rest} people for {len(free)} zones",
                where=f"zones.csv, census unit {u}",
            )
        if len(free):
            people[free] = share_integers(rest, weight[free])
    return people, [str(b) for b in basis]


def _census_2010() -> dict[str, int]:
    """Read the people of the 2010 census by district, old core district and city."""
    return {
        row["area_id"]: int(float(row["value"]))
        for row in read_rows("census_districts")
        if row["indicator"] == "population" and row["year"] == "2010"
    }


def _census_unit(district_id: str, code: int) -> str:
    """Name the census unit of a zone by its GB/T 2260 code, whose order kept the districts merged in 2010."""
    inside = [
        name for name, first in OLD_CORE_DISTRICTS.items() if first // 1000 == code // 1000 and first <= code
    ]
    return inside[-1] if inside else district_id


def _load_districts(census: Mapping[str, int]) -> Districts:
    rows = read_rows("districts")
    return Districts(
        ids=tuple(r["district_id"] for r in rows),
        names_zh=tuple(r["district"] for r in rows),
        names_en=tuple(r["district_id"].capitalize() for r in rows),
        area_km2=np.array([float(r["area_km2"]) for r in rows]),
        area_group=np.array([AREA_GROUPS.index(r["area_group"]) for r in rows], np.int8),
        in_city_six=np.array([r["in_city_six"] == "1" for r in rows]),
        population_2010=np.array([census[r["district_id"]] for r in rows], np.int64),
    )


def _load_geometry(ids: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray, np.ndarray]:
    rows = read_rows("zone_geometry")
    if tuple(r["zone_id"] for r in rows) != ids:
        raise InputError(
            "the zones differ from those of zones.csv",
            where="zone_geometry.csv",
            mend="python -m sim.city.geometry",
        )
    position = _positions(ids)
    pairs = np.array(
        [(position[r["zone_id"]], position[r["neighbour_id"]]) for r in read_rows("zone_neighbours")]
    )
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    start = np.searchsorted(both[:, 0], np.arange(len(ids) + 1)).astype(np.int32)
    area = np.array([float(r["area_km2"]) for r in rows])
    return area, tuple(r["area_basis"] for r in rows), start, both[:, 1].astype(np.int32)


@lru_cache(maxsize=1)
def load_zones() -> Zones:
    """Read the zones; the arrays are shared between callers and read-only."""
    rows = read_rows("zones")
    census = _census_2010()
    districts = _load_districts(census)
    ids = tuple(r["zone_id"] for r in rows)
    position = _positions(ids)
    district = np.array([districts.ids.index(r["district_id"]) for r in rows], np.int8)
    weight = np.array(
        [
            PERSONS_PER_RESIDENTS_COMMITTEE * int(r["n_resident_committees_2023"])
            + PERSONS_PER_VILLAGE_COMMITTEE * int(r["n_village_committees_2023"])
            for r in rows
        ]
    )
    known = np.array([float(r["population_2010"] or "nan") for r in rows])
    parent = np.array([position[r["parent_2010"]] if r["parent_2010"] else -1 for r in rows])
    units = [_census_unit(r["district_id"], int(r["code"])) for r in rows]
    names = sorted(set(units))
    unit = np.array([names.index(u) for u in units])
    population, population_basis = zone_population(
        known, parent, unit, weight, np.array([census[u] for u in names])
    )
    area, area_basis, start, index = _load_geometry(ids)
    zones = Zones(
        ids=ids,
        names_zh=tuple(r["name_zh"] for r in rows),
        kind=tuple(r["kind"] for r in rows),
        district=district,
        area_group=districts.area_group[district],
        lon=np.array([float(r["lon_wgs84"]) for r in rows]),
        lat=np.array([float(r["lat_wgs84"]) for r in rows]),
        area_km2=area,
        area_basis=area_basis,
        share_in_subcentre=np.array([float(r["share_in_subcentre"]) for r in rows]),
        population_2010=population,
        census_unit=tuple(units),
        population_basis=tuple(population_basis),
        committee_weight=weight,
        neighbour_start=start,
        neighbour_index=index,
        districts=districts,
    )
    for owner in (zones, districts):
        for value in vars(owner).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
    return zones


@lru_cache(maxsize=1)
def _polygons() -> dict[str, dict[str, list[Any]]]:
    text = data_path("zone_polygons").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, list[Any]]] = json.loads(text)
    return loaded


def zone_polygons() -> dict[str, list[np.ndarray]]:
    """Map each zone id to its rings, each (n, 2) of lon, lat; modelled cells, simplified, for maps only.

    Outer rings run counter-clockwise and holes clockwise, so that one path of all rings is filled right.
    """
    return {name: [np.array(ring) for ring in rings] for name, rings in _polygons()["zones"].items()}


def district_polygons() -> dict[str, list[np.ndarray]]:
    """Map each district id to its rings, as `zone_polygons`; borders simplified to 350 m."""
    return {name: [np.array(ring) for ring in rings] for name, rings in _polygons()["districts"].items()}
