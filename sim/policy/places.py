"""Know the ids of zones, districts and areas, and which zones an area is made of, without loading arrays."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from sim.codes import OUTSIDE
from sim.errors import InputError
from sim.policy.reader import read_source

TABLES = Path(__file__).resolve().parents[1] / "data" / "tables"
NAMED_AREAS = Path(__file__).resolve().parent / "areas.yaml"

_SUBCENTRE_MAJORITY = 0.5


@dataclass(frozen=True)
class Places:
    """Hold the ids in the order of the tables, and the zones of every area.

    Attributes
    ----------
    zone_ids
        The 343 zones in the order of zones.csv.
    zone_district
        Index of each zone's district in `district_ids`.
    district_ids
        The 16 districts in the order of districts.csv.
    areas
        Zone indices of every area: city, area groups, city_six, subcentre, districts, single zones, and the
        areas of areas.yaml that a document names. A zone counts as subcentre when at least half of its people
        live in the planned 155 km2.
    """

    zone_ids: tuple[str, ...]
    zone_district: tuple[int, ...]
    district_ids: tuple[str, ...]
    areas: dict[str, frozenset[int]]

    def zones_of(self, area: str, *, where: str = "") -> frozenset[int]:
        """Return the zone indices of an area, a district or a zone.

        Raises
        ------
        InputError
            When no place has that id.
        """
        if area in self.areas:
            return self.areas[area]
        near = get_close_matches(area, [*self.areas, *OUTSIDE], n=3)
        raise InputError(
            f"unknown place '{area}'",
            where=where,
            why="a place is an area, a district or a zone of zones.csv",
            mend="nearest: " + ", ".join(near) if near else "see zones.csv and districts.csv",
        )

    def is_place(self, place: str) -> bool:
        """Tell whether an id names a zone, a district, an area or an outside destination."""
        return place in self.areas or place in OUTSIDE


@cache
def places() -> Places:
    """Return the places of the packaged tables."""
    districts = _rows("districts.csv")
    zones = _rows("zones.csv")
    district_ids = tuple(row["district_id"] for row in districts)
    zone_ids = tuple(row["zone_id"] for row in zones)
    zone_district = tuple(district_ids.index(row["district_id"]) for row in zones)
    areas: dict[str, set[int]] = {"beijing": set(range(len(zones))), "city_six": set(), "subcentre": set()}
    for index, row in enumerate(zones):
        district = districts[zone_district[index]]
        for area in {district["district_id"], district["area_group"], row["zone_id"]}:
            areas.setdefault(area, set()).add(index)
        if district["area_group"] in ("core", "inner"):
            areas["city_six"].add(index)
        if float(row["share_in_subcentre"] or 0) >= _SUBCENTRE_MAJORITY:
            areas["subcentre"].add(index)
    index_of = {zone: index for index, zone in enumerate(zone_ids)}
    for name, entry in read_source(NAMED_AREAS).content["areas"].items():
        areas[name] = {index_of[zone] for zone in entry["zones"]}
    return Places(
        zone_ids, zone_district, district_ids, {name: frozenset(zone) for name, zone in areas.items()}
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
