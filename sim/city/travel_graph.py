"""The travel-time graph: roads between zones, rail between stations, the ways between both.

A directed `networkx` graph whose edges carry ``minutes``. Every zone has three nodes: ``("origin", i)``,
``("road", i)`` and ``("goal", i)``; every stop of a line has ``("stop", line, station)``. A trip runs from an
origin to a goal, by road, by rail, or by road to a station and on by rail. Half of what a trip costs apart
from moving (walking, parking, waiting) lies on its first and half on its last edge.

What is known and what is not: stations, their order and the year they opened are real (``rail_lines.csv``); a
station's point is good to some 300 m; a zone is its point and a disc as large as its built-up part. Roads are
not mapped: zones are joined to those near them at a speed that depends on the distance from the middle of the
city.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx

KM_PER_DEGREE = 111.32
CENTRE_LON, CENTRE_LAT = 116.3913, 39.9075  # Tiananmen
SPEED_BANDS_KM = (5.0, 10.0, 20.0)  # radii where the road's speed changes: about ring roads 3, 5 and 6
NEAREST_ZONES = 10  # besides its neighbours, a zone is joined to as many of the nearest zones
MEAN_DISTANCE_IN_DISC = 128.0 / (45.0 * np.pi)  # between two random points of a disc, in radii
MEAN_DISTANCE_TO_MIDDLE = 2.0 / 3.0  # from a random point of a disc to its middle, in radii

Node = tuple[str | int, ...]


@dataclass(frozen=True)
class Places:
    """Points between which people travel: zones first, towns outside the city after them.

    Attributes
    ----------
    lon, lat : float (n,), degrees
    radius_km : float (n,), radius of the disc where a place's people are
    pairs : int (m, 2), places joined by a road besides the nearest ones
    outside : bool (n,), True beyond the city line
    """

    lon: np.ndarray
    lat: np.ndarray
    radius_km: np.ndarray
    pairs: np.ndarray
    outside: np.ndarray


@dataclass(frozen=True)
class Line:
    """A line of the rail network as open at the end of some year.

    Attributes
    ----------
    name : str
    stations : names; lon, lat : their degrees
    links : pairs of positions in `stations` between which trains run without a stop
    """

    name: str
    stations: Sequence[str]
    lon: np.ndarray
    lat: np.ndarray
    links: Sequence[tuple[int, int]]

    def links_km(self) -> np.ndarray:
        """Return the straight-line length of each link in km."""
        a, b = np.array(self.links, int).reshape(-1, 2).T
        return crow_km(self.lon[a], self.lat[a], self.lon[b], self.lat[b])


def crow_km(lon_a: np.ndarray, lat_a: np.ndarray, lon_b: np.ndarray, lat_b: np.ndarray) -> np.ndarray:
    """Return straight-line distances in km; arguments in degrees broadcast against each other.

    Equirectangular at the mean latitude: within 0.1 % of the great circle over the city.
    """
    middle = np.radians((np.asarray(lat_a) + np.asarray(lat_b)) / 2.0)
    east = (np.asarray(lon_b) - np.asarray(lon_a)) * np.cos(middle)
    north = np.asarray(lat_b) - np.asarray(lat_a)
    return np.asarray(KM_PER_DEGREE * np.hypot(east, north))


def all_crow_km(places: Places) -> np.ndarray:
    """Return the straight-line distances between all places, (n, n) km, zero on the diagonal."""
    return crow_km(places.lon[:, None], places.lat[:, None], places.lon[None, :], places.lat[None, :])


def road_speed(places: Places, values: Mapping[str, float]) -> np.ndarray:
    """Return the road speed at each place in km/h, by its distance from the middle of the city."""
    radius = crow_km(places.lon, places.lat, np.array(CENTRE_LON), np.array(CENTRE_LAT))
    speeds = [values[f"road_speed_{band}"] for band in ("core", "inner", "fringe", "outer")]
    return np.array(speeds)[np.searchsorted(SPEED_BANDS_KM, radius, side="right")]


def road_edges(places: Places, values: Mapping[str, float]) -> list[tuple[int, int, float, float]]:
    """List the roads as (i, j, km, minutes), i < j.

    Half of a road runs at the speed of either end. A road over the city line also costs the check points.
    """
    crow = all_crow_km(places)
    n = len(crow)
    nearest = np.argsort(crow, axis=1, kind="stable")[:, 1 : NEAREST_ZONES + 1]
    joined = {(min(i, j), max(i, j)) for i in range(n) for j in nearest[i].tolist()}
    joined |= {(min(i, j), max(i, j)) for i, j in places.pairs.tolist()}
    speed = road_speed(places, values)
    edges = []
    for i, j in sorted(joined):
        km = float(crow[i, j]) * values["road_detour"]
        minutes = 30.0 * km / float(speed[i]) + 30.0 * km / float(speed[j])
        if places.outside[i] != places.outside[j]:
            minutes += values["border_minutes"]
        edges.append((i, j, km, minutes))
    return edges


def local_minutes(km: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """Return minutes of short ways of `km` in a straight line: on foot or by cycle and bus, the quicker."""
    road_km = km * values["road_detour"]
    on_foot = 60.0 * road_km / values["walk_speed"]
    riding = values["local_start_minutes"] + 60.0 * road_km / values["local_speed"]
    return np.minimum(on_foot, riding)


def within_minutes(places: Places, values: Mapping[str, float]) -> np.ndarray:
    """Return the mean minutes from door to door inside each place, (n,)."""
    return np.maximum(local_minutes(MEAN_DISTANCE_IN_DISC * places.radius_km, values), 5.0)


def hop_minutes(km: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """Return the minutes of a train between two stops `km` apart in a straight line, its stop included."""
    share = np.clip((km - 2.0) / 4.0, 0.0, 1.0)
    speed = values["rail_speed_low"] + share * (values["rail_speed_high"] - values["rail_speed_low"])
    return np.asarray(values["rail_stop_minutes"] + km * values["rail_detour"] * 1000.0 / speed / 60.0)


def add_rail(graph: nx.DiGraph, lines: Iterable[Line], values: Mapping[str, float]) -> None:
    """Add the stops of the lines, the trains between them and the changes inside stations."""
    at_station: dict[str, list[Node]] = {}
    for line in lines:
        stops: list[Node] = [("stop", line.name, station) for station in line.stations]
        for stop, station, lon, lat in zip(stops, line.stations, line.lon, line.lat, strict=True):
            graph.add_node(stop, lon=float(lon), lat=float(lat))
            at_station.setdefault(station, []).append(stop)
        for (a, b), minutes in zip(line.links, hop_minutes(line.links_km(), values).tolist(), strict=True):
            _both_ways(graph, stops[a], stops[b], minutes)
    for stops in at_station.values():
        for a, first in enumerate(stops):
            for second in stops[a + 1 :]:
                _both_ways(graph, first, second, values["rail_change_minutes"])


def add_access(graph: nx.DiGraph, places: Places, values: Mapping[str, float]) -> None:
    """Join zones and the stops within reach: the way, the station and half of the first wait at each end.

    The way to a stop is taken from a random point of the zone's disc: the distance of the middle and the
    disc's own spread are added as squares. Places outside the city have no rail.
    """
    stops = [node for node in graph if node[0] == "stop"]
    if not stops:
        return
    lon = np.array([graph.nodes[s]["lon"] for s in stops])
    lat = np.array([graph.nodes[s]["lat"] for s in stops])
    crow = crow_km(places.lon[:, None], places.lat[:, None], lon[None, :], lat[None, :])
    spread = MEAN_DISTANCE_TO_MIDDLE * places.radius_km[:, None]
    minutes = local_minutes(np.hypot(crow, spread), values)
    minutes += values["station_minutes"] + values["rail_wait_minutes"] / 2.0
    for i, k in np.argwhere((crow <= values["station_reach"]) & ~places.outside[:, None]).tolist():
        cost = float(minutes[i, k])
        for start, end in (("origin", "goal"), ("road", "road")):
            graph.add_edge((start, i), stops[k], minutes=cost)
            graph.add_edge(stops[k], (end, i), minutes=cost)


def build_graph(places: Places, lines: Iterable[Line], values: Mapping[str, float]) -> nx.DiGraph:
    """Build the travel-time graph of the places and the lines."""
    import networkx as nx

    graph = nx.DiGraph()
    for i in range(len(places.lon)):
        graph.add_edge(("origin", i), ("road", i), minutes=values["road_terminal_minutes"] / 2.0)
        graph.add_edge(("road", i), ("goal", i), minutes=values["road_terminal_minutes"] / 2.0)
    for i, j, km, minutes in road_edges(places, values):
        _both_ways(graph, ("road", i), ("road", j), minutes, km=km)
    add_rail(graph, lines, values)
    add_access(graph, places, values)
    return graph


def _both_ways(graph: nx.DiGraph, a: Node, b: Node, minutes: float, **more: float) -> None:
    graph.add_edge(a, b, minutes=minutes, **more)
    graph.add_edge(b, a, minutes=minutes, **more)


def door_to_door(graph: nx.DiGraph, places: Places, values: Mapping[str, float]) -> np.ndarray:
    """Return the minutes between all places, (n, n); the diagonal is the mean inside a place."""
    minutes = shortest(graph, "origin", "goal", len(places.lon))
    np.fill_diagonal(minutes, within_minutes(places, values))
    return minutes


def road_km(places: Places, values: Mapping[str, float]) -> np.ndarray:
    """Return the length of the shortest way by road between all places, km (n, n)."""
    import networkx as nx

    graph = nx.DiGraph()
    for i, j, km, _ in road_edges(places, values):
        graph.add_edge(("road", i), ("road", j), km=km)
        graph.add_edge(("road", j), ("road", i), km=km)
    return shortest(graph, "road", "road", len(places.lon), weight="km")


def shortest(graph: nx.DiGraph, start: str, end: str, n: int, weight: str = "minutes") -> np.ndarray:
    """Return the shortest sums of `weight` from the `start` node of each place to the `end` nodes, (n, n)."""
    import networkx as nx
    from scipy.sparse.csgraph import dijkstra

    nodes = list(graph)
    position = {node: k for k, node in enumerate(nodes)}
    matrix = nx.to_scipy_sparse_array(graph, nodelist=nodes, weight=weight, format="csr")
    rows = [position[(start, i)] for i in range(n)]
    columns = [position[(end, i)] for i in range(n)]
    return np.asarray(dijkstra(matrix, directed=True, indices=rows)[:, columns])
