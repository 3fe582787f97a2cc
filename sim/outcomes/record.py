"""Write down each quarter's numerators by zone and its moves; recording draws no random number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import format_quarter
from sim.city.count import Count, count
from sim.city.state import FLOWS
from sim.city.wages import pensions, wage_levels
from sim.codes import INFORMAL_CLASSES, N_ZONES, DwellingClass, FloorUse, MoveCause, OrganisationKind, Tenure
from sim.data.words import in_words, of_codes
from sim.kernels.blocks import n_blocks, run_blocks
from sim.kernels.tally import sum_moves, tally_homes
from sim.outcomes.follow import FollowUp
from sim.outcomes.vacated import vacated_by_zone
from sim.processes import visits
from sim.processes.moves import HUKOU, INCOME
from sim.processes.residential_choice import PAYS_RENT

if TYPE_CHECKING:
    import pandas as pd

    from sim.city.state import City

FLOW_KEYS = tuple(name for name in FLOWS if not name.startswith("hukou_"))
PEOPLE_KEYS = (
    "residents",
    "residents_local",
    "residents_non_local",
    "residents_age_0_14",
    "residents_age_15_64",
    "residents_age_65_plus",
    "residents_age_60_plus",
    "employed_residents",
    "unemployed",
    "commute_minutes_sum",
    "wage_sum",
    "students",
    "residents_family",
)
HOME_KEYS = (
    "households",
    "households_family",
    "occupied",
    "informal_residents",
    "renting_households",
    "rent_paid",
    "income_renters",
    "sharing",
)
FLOW_COLUMNS = (
    "quarter",
    "cause",
    "forced",
    "origin",
    "destination",
    "hukou",
    "income_group",
    "tenure",
    "settled",
    "first_time",
)
FLOW_SHAPE = (32, 2, 24, 24, 2, 3, 4, 2, 2)
"""Room for each of the keys that moves are summed by."""
INCOME_GROUPS = ("low", "middle", "high")
OUTSIDE_CODES = {-2: "hebei_tianjin", -3: "xiongan", -4: "rest_of_china"}
SUMS = (
    "households",
    "persons",
    "children",
    "age_15_64",
    "age_65_plus",
    "rent_before",
    "rent_after",
    "income_before",
    "income_after",
    "commute_before",
    "commute_after",
    "workers",
)


class Record:
    """Hold what was recorded: `values` maps a key to an array (quarters, 343); and each quarter's moves."""

    def __init__(self) -> None:
        self._rows: dict[str, list[np.ndarray]] = {}
        self._flows: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.income_edges = np.zeros(2)
        self.follow = FollowUp()

    @property
    def values(self) -> dict[str, np.ndarray]:
        """Return each key's numerators, f8 (quarters, 343); row 0 is the base quarter."""
        return {name: np.array(rows) for name, rows in self._rows.items()}

    def at(self, name: str, quarter: int) -> np.ndarray:
        """Return a key's numerators by zone in one quarter, f8 (343,)."""
        return self._rows[name][quarter]

    def latest(self, name: str) -> float:
        """Return a key's city total in the last recorded quarter."""
        return float(self._rows[name][-1].sum())

    def add(self, city: City, businesses: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Record the city as it stands and return the row."""
        counted = city.scratch.pop("counted", None)  # by the reconcile stage, if it has just run
        row = people_by_zone(city, counted) | homes_by_zone(city) | places_by_zone(city) | businesses
        row |= visits.parts_by_zone(city)
        row["complaints"] = city.scratch["complaints"].copy()
        row |= vacated_by_zone(city, row["informal_residents"])
        row["commuters"] = row["employed_residents"]
        row["labour_force"] = row["employed_residents"] + row["unemployed"]
        for name in FLOW_KEYS:
            row[name] = city.counters[name].copy()
        for name, values in row.items():
            self._rows.setdefault(name, []).append(values)
        moves = _joined(city.moves)
        if moves is not None:
            self._flows.append((city.quarter, *_sum_moves(city, moves, self.income_edges)))
        self.follow.add(city, self.income_edges, moves)
        return row

    def flows(self) -> pd.DataFrame:
        """Return the moves summed by quarter, cause, places and who; counts of the sample."""
        return _flow_frame(self._flows)


def people_by_zone(city: City, counted: Count | None = None) -> dict[str, np.ndarray]:
    """Return residents by zone under the names of `PEOPLE_KEYS`, f8 (343,) each; counted now unless given."""
    people = (counted or count(city)).people
    return dict(zip(PEOPLE_KEYS, np.ascontiguousarray(people.T), strict=True))


def homes_by_zone(city: City) -> dict[str, np.ndarray]:
    """Count households by zone under the names of `HOME_KEYS`, f8 (343,) each."""
    n = city.households.n_rows
    informal = np.zeros(len(DwellingClass), dtype=np.int8)
    informal[list(INFORMAL_CLASSES)] = 1
    out = np.zeros((n_blocks(n), N_ZONES, len(HOME_KEYS)))
    run_blocks(
        tally_homes,
        n,
        city.threads,
        city.residents.arrays(),
        city.households.arrays(),
        informal,
        wage_levels(city),
        pensions(city),
        out,
    )
    return dict(zip(HOME_KEYS, np.ascontiguousarray(out.sum(axis=0).T), strict=True))


def places_by_zone(city: City) -> dict[str, np.ndarray]:
    """Sum jobs, dwellings, floor area, beds and rents by zone, f8 (343,) each, in real units."""
    beds = np.zeros(N_ZONES)
    for index in city.indices_of(OrganisationKind.HOSPITAL):
        beds[city.organisations[index].zone] += city.organisations[index].beds
    dwellings = city.dwellings
    rented = dwellings.occupied * (PAYS_RENT > 0)[None, :]
    flats = dwellings.occupied[:, DwellingClass.MARKET_RENTAL].astype(float)
    return {
        "jobs": city.jobs.total_by_zone(),
        "employed_here": workers_by_zone(city),
        "dwelling_capacity": dwellings.stock.sum(axis=1),
        "idle_homes": dwellings.idle.sum(axis=1),
        "commercial_floor_area": city.land.floor_area_m2[:, FloorUse.COMMERCIAL].copy(),
        "floor_area": city.land.floor_area_m2.sum(axis=1) + dwellings.residential_floor_area(),
        "hospital_beds": beds,
        "rent_sum": (rented * dwellings.rent_cny_m2_month).sum(axis=1),
        "rent_weight": rented.sum(axis=1).astype(float),
        "rent_flats_sum": flats * dwellings.rent_cny_m2_month[:, DwellingClass.MARKET_RENTAL],
        "rent_flats_weight": flats,
        "land_area_km2": city.zones.area_km2.astype(float),
        "spending": city.scratch.get("spending_cny", np.zeros(N_ZONES)),
        "enforcement": city.scratch.get("enforcement", np.zeros(N_ZONES)),
    }


def workers_by_zone(city: City) -> np.ndarray:
    """Return simulated workers by zone of work, those from outside among them, f8 (343,)."""
    jobs = city.jobs
    workers: np.ndarray = (jobs.filled + jobs.outside).sum(axis=1).astype(float)
    np.add.at(workers, jobs.organisation_zone, jobs.organisation_filled)
    return workers


def _joined(moves: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray] | None:
    """Return all of a quarter's moves in one, None where there are none."""
    return {name: np.concatenate([part[name] for part in moves]) for name in moves[0]} if moves else None


def _sum_moves(
    city: City, moves: dict[str, np.ndarray], income_edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the quarter's moves by the keys that `FLOW_SHAPE` has room for.

    A move is settled when the household found a home in Beijing; of the others nothing is known afterwards.
    """
    was = moves["was"]
    district = city.zones.district
    known = ~np.isnan(moves["rent_after"])
    income = was[:, INCOME] / city.path("wage_index")
    keys = (
        moves["cause"],
        moves["forced"],
        _place(moves["origin"], district) + 4,
        _place(moves["destination"], district) + 4,
        was[:, HUKOU].astype(np.int64),
        (income > income_edges[0]).astype(np.int64) + (income > income_edges[1]),
        moves["tenure"],
        known,
        moves["first_time"],
    )
    code = np.zeros(len(was), dtype=np.int64)
    for size, key in zip(FLOW_SHAPE, keys, strict=True):
        code = code * size + key
    unique, group = _groups(code)
    total = np.zeros((len(unique), len(SUMS)))
    traits = np.ascontiguousarray(was.T)
    sum_moves(group, traits, moves["rent_before"], moves["rent_after"], moves["commute_after"], total)
    return unique, total


def _groups(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes that occur, ascending, and which of them each move has, i4 (n,)."""
    n_codes = int(np.prod(FLOW_SHAPE))
    if len(code) * 16 < n_codes:
        unique, group = np.unique(code, return_inverse=True)
        return unique, group.astype(np.int32)
    # for many moves a table of all codes is quicker than putting them in order
    place = np.zeros(n_codes, dtype=np.int32)
    place[code] = 1
    unique = np.flatnonzero(place)
    place[unique] = np.arange(len(unique))
    return unique, place[code]


def _place(zone: np.ndarray, district: np.ndarray) -> np.ndarray:
    """Turn zone indices into districts and keep the codes of places outside."""
    return np.where(zone >= 0, district[np.maximum(zone, 0)], zone)


def _flow_frame(flows: list[tuple[int, np.ndarray, np.ndarray]]) -> pd.DataFrame:
    import pandas as pd

    from sim.data.tables import DISTRICTS

    if not flows:
        return pd.DataFrame({name: [] for name in (*FLOW_COLUMNS, *SUMS)})
    code = np.concatenate([codes for _, codes, _ in flows])
    sums = np.ascontiguousarray(np.concatenate([total for _, _, total in flows]).T)
    of_quarter = np.repeat(np.arange(len(flows)), [len(codes) for _, codes, _ in flows])
    parts = np.unravel_index(code, FLOW_SHAPE)
    places: dict[int, str | None] = {index + 4: name for index, name in enumerate(DISTRICTS)}
    places |= {index + 4: name for index, name in OUTSIDE_CODES.items()}
    place_names = [places.get(code) for code in range(FLOW_SHAPE[2])]
    columns: dict[str, Any] = {
        "quarter": in_words([format_quarter(q) for q, _, _ in flows], of_quarter),
        "cause": in_words([cause.name.lower() for cause in MoveCause], parts[0]),
        "forced": parts[1].astype(bool),
        "origin": in_words(place_names, parts[2]),
        "destination": in_words(place_names, parts[3]),
        "hukou": _categories(parts[4], ["local", "non_local"]),
        "income_group": _categories(parts[5], INCOME_GROUPS),
        "tenure": _categories(parts[6], [tenure.name.lower() for tenure in Tenure]),
        "settled": parts[7].astype(bool),
        "first_time": parts[8].astype(bool),
    }
    return pd.DataFrame(columns | dict(zip(SUMS, sums, strict=True)), copy=False)


def _categories(codes: np.ndarray, names: Sequence[str]) -> pd.Categorical[str]:
    return of_codes(codes.astype(np.int8), tuple(names))
