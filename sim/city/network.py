"""How long it takes to travel between zones, from door to door, year by year.

``travel_minutes(year)`` holds the rail lines open at the end of that year. The rail network changes once a
year at most here, as lines open in the last days of December as a rule; ``state_of_quarter`` names the year
whose lines a quarter travels on.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from platformdirs import user_cache_path

from sim.calendar import year_of
from sim.city import travel_graph
from sim.city.travel_graph import Line, Places, all_crow_km, build_graph, door_to_door
from sim.city.zones import Zones, load_zones, read_rows
from sim.errors import InputError
from sim.parameters.store import ParameterSet, load_parameters

if TYPE_CHECKING:
    import networkx as nx

FIRST_YEAR, LAST_YEAR = 2009, 2050

# Towns of the ring beyond the city line from which people commute in (recalled, to about 2 km; WGS-84).
OUTSIDE_TOWNS = {
    "yanjiao": (116.820, 39.955),
    "dachang": (116.985, 39.890),
    "xianghe": (117.000, 39.760),
    "langfang": (116.690, 39.530),
    "guan": (116.300, 39.440),
    "zhuozhou": (115.975, 39.490),
}
OUTSIDE_RADIUS_KM = 3.0


def default_parameters() -> ParameterSet:
    """Return the parameters of network.yaml at their own values."""
    return load_parameters("network")


def state_of_quarter(quarter: int) -> int:
    """Return the year at whose end the lines a quarter travels on were open.

    Lines open in the last days of December as a rule, so a quarter travels on those of the year before.
    """
    return max(year_of(quarter) - 1, FIRST_YEAR)


def rail_lines(year: int) -> list[Line]:
    """Return the lines open at the end of `year`.

    A train passes a station that is not open yet where the track is there, and stops short where it is not.
    """
    points, rows = _rail_tables()
    lines = []
    for name, own in groupby(rows, key=lambda row: row.line):
        stops = list(own)
        stations = [stop.station for stop in stops if stop.open_year <= year]
        if len(stations) > 1:
            where = np.array([points[station] for station in stations])
            lines.append(Line(name, stations, where[:, 0], where[:, 1], _links(stops, year)))
    return lines


class _Stop(NamedTuple):
    """One row of rail_lines.csv; `track_year` is that of the track from the stop before."""

    line: str
    station: str
    open_year: int
    track_year: int | None


def _links(stops: Sequence[_Stop], year: int) -> list[tuple[int, int]]:
    """Return the pairs of open stops, numbered in order, that a train joins; a loop's last with its first."""
    links = []
    last: int | None = None
    n_open = 0
    for stop in stops:
        if stop.track_year is None or stop.track_year > year:
            last = None
        if stop.open_year <= year:
            if last is not None:
                links.append((last, n_open))
            last, n_open = n_open, n_open + 1
    closing = stops[0].track_year
    if closing is not None and closing <= year and last is not None and last > 1:
        links.append((last, 0))
    return links


@lru_cache(maxsize=1)
def _rail_tables() -> tuple[dict[str, tuple[float, float]], list[_Stop]]:
    points = {
        r["station_zh"]: (float(r["lon_wgs84"]), float(r["lat_wgs84"])) for r in read_rows("rail_stations")
    }
    return points, [
        _Stop(
            r["line"], r["station_zh"], int(r["open_year"]), int(r["track_year"]) if r["track_year"] else None
        )
        for r in read_rows("rail_lines")
    ]


def change_years() -> tuple[int, ...]:
    """Return the years at whose end the rail network differs from the year before, `FIRST_YEAR` first."""
    return tuple(sorted({max(stop.open_year, FIRST_YEAR) for stop in _rail_tables()[1]} | {FIRST_YEAR}))


def _state(year: int) -> int:
    """Return the last year up to `year` in which the rail network changed; InputError outside the horizon."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InputError(
            f"no travel times for {year}", why=f"they are for the end of {FIRST_YEAR} to {LAST_YEAR}"
        )
    return max(y for y in change_years() if y <= year)


def zone_places(zones: Zones, values: Mapping[str, float]) -> Places:
    """Return the zones and, after them, the towns outside, as places to travel between."""
    built_up = np.minimum(zones.area_km2, zones.population_2010 / values["built_up_density"])
    towns = np.array(list(OUTSIDE_TOWNS.values()))
    n = len(zones)
    pairs = np.stack([np.repeat(np.arange(n), np.diff(zones.neighbour_start)), zones.neighbour_index], axis=1)
    return Places(
        lon=np.concatenate([zones.lon, towns[:, 0]]),
        lat=np.concatenate([zones.lat, towns[:, 1]]),
        radius_km=np.concatenate([np.sqrt(built_up / np.pi), np.full(len(towns), OUTSIDE_RADIUS_KM)]),
        pairs=pairs[pairs[:, 0] < pairs[:, 1]],
        outside=np.arange(n + len(towns)) >= n,
    )


def build_network(year: int, parameters: ParameterSet | None = None) -> nx.DiGraph:
    """Return the travel-time graph (see `sim.city.travel_graph`) with the rail of the end of `year`."""
    values = (parameters or default_parameters()).values()
    return build_graph(zone_places(load_zones(), values), rail_lines(_state(year)), values)


def travel_minutes(year: int, parameters: ParameterSet | None = None) -> np.ndarray:
    """Return the minutes from door to door between zones, (343, 343) float32, read-only.

    The quicker of road (cars, buses, cycles taken together) and rail with the ways to and from the stations,
    with the lines open at the end of `year`; the diagonal is the mean trip inside a zone. Kept in the user's
    cache.

    Raises
    ------
    InputError for a year before 2009 or after 2050; after 2025 the lines of 2025 are kept.
    """
    n = len(load_zones())
    return _all_minutes(year, parameters)[:n, :n]


def outside_minutes(year: int, parameters: ParameterSet | None = None) -> np.ndarray:
    """Return the minutes from each zone to the nearest commuter town beyond the city line, (343,) float32."""
    n = len(load_zones())
    return np.asarray(_all_minutes(year, parameters)[:n, n:].min(axis=1))


@lru_cache(maxsize=1)
def distance_km() -> np.ndarray:
    """Return the road distance between zones, (343, 343) float32 km, read-only.

    Along the shortest roads of the graph; the diagonal is the mean distance inside a zone's built-up part.
    """
    values = default_parameters().values()
    n = len(load_zones())
    path = _cache_folder() / f"{_digest(0, tuple(sorted(values.items())))}.km"
    km = _read_cache(path, (n, n))
    if km is None:
        places = zone_places(load_zones(), values)
        within = travel_graph.MEAN_DISTANCE_IN_DISC * places.radius_km * values["road_detour"]
        found = travel_graph.road_km(places, values)
        np.fill_diagonal(found, within)
        km = np.ascontiguousarray(found[:n, :n], dtype=np.float32)
        _write_cache(path, km)
    return _frozen(km)


@lru_cache(maxsize=1)
def straight_km() -> np.ndarray:
    """Return the straight-line distance between the zones' points, (343, 343) float32 km, read-only."""
    n = len(load_zones())
    places = zone_places(load_zones(), default_parameters().values())
    return _frozen(all_crow_km(places)[:n, :n].astype(np.float32))


def _all_minutes(year: int, parameters: ParameterSet | None) -> np.ndarray:
    parameters = parameters or default_parameters()
    return _minutes_of_state(_state(year), tuple(sorted(parameters.values().items())))


@lru_cache(maxsize=64)
def _minutes_of_state(state: int, items: tuple[tuple[str, float], ...]) -> np.ndarray:
    values = dict(items)
    places = zone_places(load_zones(), values)
    shape = (len(places.lon), len(places.lon))
    # Drawn parameters would fill the cache with matrices that nobody asks for again: only the usual are kept.
    usual = items == tuple(sorted(default_parameters().values().items()))
    path = _cache_folder() / f"{_digest(state, items)}.minutes"
    found = _read_cache(path, shape) if usual else None
    if found is None:
        graph = build_graph(places, rail_lines(state), values)
        # Rows first, as the kept matrix is read: a sum over another layout may differ in its last bit.
        found = np.ascontiguousarray(door_to_door(graph, places, values), dtype=np.float32)
        if usual:
            _write_cache(path, found)
    return _frozen(found)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _cache_folder() -> Path:
    return user_cache_path("shujie") / "network"


@cache
def _content() -> bytes:
    """Return what the matrices are made from, apart from parameters: the tables and this code."""
    from sim.city import zones
    from sim.data.tables import TABLES

    names = ("zones", "zone_geometry", "zone_neighbours", "census_districts", "rail_stations", "rail_lines")
    files = [TABLES / f"{name}.csv" for name in names]
    files += [Path(str(module.__file__)) for module in (travel_graph, zones)] + [Path(__file__)]
    return b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)


def _digest(state: int, items: tuple[tuple[str, float], ...]) -> str:
    return hashlib.sha256(_content() + repr((state, items)).encode()).hexdigest()[:32]


def _read_cache(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """Return a kept matrix, or None where there is none or it is not what was written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    body, check = data[:-32], data[-32:]
    if len(body) != 4 * shape[0] * shape[1] or hashlib.sha256(body).digest() != check:
        return None
    return np.frombuffer(body, "<f4").reshape(shape).astype(np.float32)


def _write_cache(path: Path, matrix: np.ndarray) -> None:
    """Keep a matrix with its checksum; a cache that cannot be written costs time only."""
    body = matrix.astype("<f4").tobytes()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
            handle.write(body + hashlib.sha256(body).digest())
        Path(handle.name).replace(path)
    except OSError:
        return
