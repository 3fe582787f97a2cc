"""List the markets, hospitals, campuses and offices of the base year, named and synthetic."""

from pathlib import Path

import numpy as np
import pandas as pd

from sim.city.zones import load_zones
from sim.codes import N_ZONES, Authority, OrganisationKind, Sector
from sim.data.tables import load_table
from sim.data.yaml_file import read_yaml
from sim.parameters.store import ParameterSet
from sim.synthesis.margins import DISTRICT_OF_AREA
from sim.synthesis.rounding import generator, round_to_total

PLACES = Path(__file__).resolve().parent / "organisations.yaml"
SECTOR_OF_KIND = {
    OrganisationKind.MARKET: Sector.WHOLESALE_RETAIL,
    OrganisationKind.HOSPITAL: Sector.HEALTH,
    OrganisationKind.CAMPUS: Sector.EDUCATION,
    OrganisationKind.OFFICE: Sector.PUBLIC_ADMIN,
}
MARKETS_BY_DISTRICT = np.array([40, 48, 190, 216, 25, 131, 12, 52, 85, 62, 92, 112, 26, 20, 22, 16])
"""Markets and logistics centres in 2010. Fengtai and Haidian found, the others assumed (0.7-1.4 times)."""
HAIDIAN_STALLS, HAIDIAN_AREA = 6000, 400_000
UNIVERSITY_MIN = 800


def build_organisations(students_by_area: np.ndarray, parameters: ParameterSet) -> pd.DataFrame:
    """Return all organisations of the base year, one row each, in the order of their index.

    Parameters
    ----------
    students_by_area : (18,)
        Campus residents by census area; every student of a campus lives there or, for a share, elsewhere.
    """
    named = _named()
    students = np.bincount(DISTRICT_OF_AREA, weights=students_by_area, minlength=16)
    hospitals = _hospitals(named["hospitals"], parameters)
    campuses = _campuses(named["campuses"], students, parameters)
    markets = _markets(named["markets"], parameters)
    table = pd.concat([markets, hospitals, campuses, named["offices"]], ignore_index=True)
    for column, default in (
        ("n_jobs", 0.0),
        ("beds", 0.0),
        ("students", 0.0),
        ("stalls", 0.0),
        ("floor_area_m2", 0.0),
    ):
        table[column] = table[column].fillna(default).astype(float)
    zones = load_zones()
    table["district"] = zones.district[table["zone"].to_numpy()]
    table["sector"] = [int(SECTOR_OF_KIND[OrganisationKind(k)]) for k in table["kind"]]
    return table[
        ["kind", "name", "name_zh", "zone", "district", "named", "n_jobs", "beds", "students", "stalls",
         "floor_area_m2", "authority", "sector"]
    ]  # fmt: skip


def _named() -> dict[str, pd.DataFrame]:
    zones = load_zones()
    institutions = load_table("institutions")
    english = dict(zip(institutions["name_zh"], institutions["name_en"], strict=True))
    out = {}
    kinds = {"hospitals": "HOSPITAL", "campuses": "CAMPUS", "offices": "OFFICE", "markets": "MARKET"}
    for group, entries in read_yaml(PLACES).items():
        rows = []
        for name, entry in entries.items():
            known = entry.get("table_name", name)
            row = {
                "kind": int(OrganisationKind[kinds[group]]),
                "name": english.get(known, "") or name,
                "name_zh": name,
                "zone": zones.index(entry["zone"]),
                "named": 1,
                "authority": int(
                    Authority.CENTRAL if entry.get("authority") == "central" else Authority.CITY
                ),
            }
            row.update(
                {k: float(entry[k]) for k in ("beds", "students", "stalls", "floor_area_m2") if k in entry}
            )
            row["n_jobs"] = float(entry.get("workers", entry.get("staff", 0.0)))
            rows.append(row)
        out[group] = pd.DataFrame(rows)
    return out


def _zones_of(district: int) -> tuple[np.ndarray, np.ndarray]:
    zones = load_zones()
    members = np.flatnonzero(zones.district == district)
    return members, zones.population_2010[members].astype(float)


def _hospitals(named: pd.DataFrame, parameters: ParameterSet) -> pd.DataFrame:
    """Fill each district up to its beds in place at the end of 2010 (military hospitals excluded)."""
    table = load_table("hospitals")
    beds = table[(table["year"] == 2010) & (table["indicator"] == "beds_actual")].set_index("area_id")[
        "value"
    ]
    districts = load_table("districts")["district_id"].tolist()
    zones = load_zones()
    rows = [named]
    for d, district in enumerate(districts):
        known = named[zones.district[named["zone"]] == d]
        left = float(beds[district]) - float(known["beds"].sum())
        random = generator(31, d)
        number = max(1, round(left / parameters.value("beds_of_other_hospital")))
        sizes = round_to_total(random.lognormal(0.0, 0.7, number), int(max(left, number)))
        members, weight = _zones_of(d)
        where = random.choice(members, size=number, p=weight / weight.sum())
        rows.append(_synthetic(OrganisationKind.HOSPITAL, district, where, beds=sizes))
    table = pd.concat(rows, ignore_index=True)
    table["n_jobs"] = table["beds"] * parameters.value("hospital_staff_a_bed")
    table["floor_area_m2"] = table["beds"] * parameters.value("hospital_floor_area_a_bed")
    return table


def _synthetic(
    kind: OrganisationKind, district: str, where: np.ndarray, **columns: np.ndarray
) -> pd.DataFrame:
    noun = {0: "市场", 1: "医院", 2: "校区", 3: "机关"}[int(kind)]
    number = np.arange(1, len(where) + 1)
    return pd.DataFrame(
        {
            "kind": int(kind),
            "name": [f"{kind.name.lower()} {district} {k}" for k in number],
            "name_zh": [f"{noun} {district} {k}" for k in number],
            "zone": where,
            "named": 0,
            "authority": int(Authority.CITY),
            **columns,
        }
    )


def _campuses(named: pd.DataFrame, students: np.ndarray, parameters: ParameterSet) -> pd.DataFrame:
    """Give each district the campuses that hold its students in dormitories; named ones first."""
    zones = load_zones()
    districts = load_table("districts")["district_id"].tolist()
    areas = np.array([zones.census_unit[z] for z in range(N_ZONES)])
    rows = []
    on_campus = parameters.value("students_on_campus_share")
    for d, district in enumerate(districts):
        total = students[d] / on_campus
        known = named[zones.district[named["zone"]] == d].copy()
        if known["students"].sum() > 0.9 * total:
            known["students"] *= 0.9 * total / known["students"].sum()
        left = total - known["students"].sum()
        random = generator(32, d)
        number = max(1, round(left / parameters.value("students_of_other_campus")))
        sizes = random.lognormal(0.0, 0.5, number)
        members, weight = _zones_of(d)
        where = random.choice(members, size=number, p=weight**0.7 / (weight**0.7).sum())
        if d < 2:
            where = _one_in_each_area(where, members, areas[members])
        rows += [
            known,
            _synthetic(OrganisationKind.CAMPUS, district, where, students=sizes / sizes.sum() * left),
        ]
    table = pd.concat(rows, ignore_index=True)
    table["students"] = np.rint(table["students"])
    table["n_jobs"] = table["students"] * parameters.value("campus_staff_a_student")
    table["floor_area_m2"] = table["students"] * parameters.value("campus_floor_area_a_student")
    haidian = districts.index("haidian")
    central = (zones.district[table["zone"]] == haidian) & (table["students"] > 12000)
    table["authority"] = np.where(central, int(Authority.CENTRAL), int(Authority.CITY))
    return table


def _one_in_each_area(where: np.ndarray, members: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Make sure that both old districts have a campus for their students."""
    where = where.copy()
    for k, name in enumerate(dict.fromkeys(area)):
        if k < len(where):
            where[k] = members[area == name][0]
    return where


def _markets(named: pd.DataFrame, parameters: ParameterSet) -> pd.DataFrame:
    zones = load_zones()
    districts = load_table("districts")["district_id"].tolist()
    villages = load_table("zones")["n_village_committees_2023"].fillna(0).to_numpy()
    workers, area = parameters.value("workers_a_stall"), parameters.value("market_floor_area_a_stall")
    rows = [named]
    for d, district in enumerate(districts):
        random = generator(33, d)
        number = int(MARKETS_BY_DISTRICT[d] - (zones.district[named["zone"]] == d).sum())
        stalls = np.maximum(
            8.0, random.lognormal(np.log(parameters.value("stalls_of_other_market")), 0.9, number)
        )
        if district == "haidian":
            stalls *= HAIDIAN_STALLS / stalls.sum()
        members, weight = _zones_of(d)
        weight = weight * (1.0 + 0.1 * np.minimum(villages[members], 10))
        where = random.choice(members, size=number, p=weight / weight.sum())
        rows.append(
            _synthetic(OrganisationKind.MARKET, district, where, stalls=np.rint(np.maximum(stalls, 8.0)))
        )
    table = pd.concat(rows, ignore_index=True)
    blank = ~(table["n_jobs"] > 0)
    table.loc[blank, "n_jobs"] = table["stalls"][blank] * workers
    if "floor_area_m2" not in table:
        table["floor_area_m2"] = np.nan
    blank = ~(table["floor_area_m2"] > 0)
    table.loc[blank, "floor_area_m2"] = table["stalls"][blank] * area
    return table


def campus_residents_by_zone(organisations: pd.DataFrame) -> np.ndarray:
    """Return students of campuses by zone, (343,), the shares by which dormitory rooms are placed."""
    campuses = organisations[organisations["kind"] == OrganisationKind.CAMPUS]
    return np.bincount(campuses["zone"], weights=campuses["students"], minlength=N_ZONES)
