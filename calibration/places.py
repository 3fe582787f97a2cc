"""Name the places that forecasts are scored at, and add districts up to them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.city.zones import AREA_GROUPS, load_zones

if TYPE_CHECKING:
    import pandas as pd

CITY = "beijing"
LEVELS = ("district", "area", "city")
TITLES = {
    "core": "core 核心区",
    "inner": "inner districts 朝海丰石",
    "tongzhou": "Tongzhou 通州",
    "new_towns": "new towns 平原新城",
    "ecological": "ecological area 生态涵养区",
    CITY: "city 全市",
}


@cache
def members() -> dict[str, tuple[str, ...]]:
    """Return the districts of each area group, of the city six and of the city."""
    districts = load_zones().districts
    found = {
        name: tuple(d for d, group in zip(districts.ids, districts.area_group, strict=True) if group == index)
        for index, name in enumerate(AREA_GROUPS)
    }
    six = tuple(d for d, inside in zip(districts.ids, districts.in_city_six, strict=True) if inside)
    return found | {"city_six": six, CITY: districts.ids}


def places_of(level: str) -> tuple[str, ...]:
    """Return the places of a level: 16 districts, five area groups that do not overlap, the city."""
    return {"district": load_zones().districts.ids, "area": AREA_GROUPS, "city": (CITY,)}[level]


def add_up(districts: pd.DataFrame) -> pd.DataFrame:
    """Return a table of districts (in columns) with columns for area groups, the city six and the city."""
    import pandas as pd

    ids = load_zones().districts.ids
    sums = {name: districts[list(inside)].sum(axis=1) for name, inside in members().items()}
    return pd.DataFrame({**{name: districts[name] for name in ids}, **sums})


def names() -> dict[str, str]:
    """Return the name of each district, area group, the city six and the city, English and Chinese."""
    districts = load_zones().districts
    both = zip(districts.ids, districts.names_en, districts.names_zh, strict=True)
    groups = {name: title for name, title in TITLES.items() if name not in districts.ids}
    return {i: f"{en} {zh}" for i, en, zh in both} | groups | {"city_six": "city six 城六区"}
