"""Check travel times: a hand-made town, the real network against published metro minutes and commutes."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from sim.city import network
from sim.city.network import (
    change_years,
    default_parameters,
    distance_km,
    outside_minutes,
    rail_lines,
    state_of_quarter,
    straight_km,
    travel_minutes,
)
from sim.city.travel_graph import (
    KM_PER_DEGREE,
    Line,
    Places,
    add_rail,
    build_graph,
    crow_km,
    door_to_door,
    local_minutes,
    road_edges,
)
from sim.city.zones import load_zones, read_rows
from sim.errors import InputError

N = 343


@pytest.fixture(scope="module")
def values() -> dict[str, float]:
    return default_parameters().values()


def town() -> Places:
    """Make four places on the equator's side of a toy world, 3 km apart in a row, far from the middle."""
    return Places(
        lon=np.arange(4) * 3.0 / KM_PER_DEGREE,
        lat=np.zeros(4),
        radius_km=np.full(4, 0.3),
        pairs=np.array([[0, 1], [1, 2], [2, 3]]),
        outside=np.zeros(4, bool),
    )


def through_line(places: Places) -> Line:
    return Line("a", ("west", "east"), places.lon[[0, 3]], places.lat[[0, 3]], [(0, 1)])


def test_a_town_of_four_by_hand(values: dict[str, float]) -> None:
    places = town()
    minutes = door_to_door(build_graph(places, [], values), places, values)
    # 9 km in a straight line: 9 x 1.25 km of road at 45 km/h are 15 minutes, and 13 at the ends.
    assert values["road_detour"] == 1.25
    assert values["road_speed_outer"] == 45
    assert minutes[0, 3] == pytest.approx(15 + 13, abs=0.01)
    assert minutes[0, 1] == pytest.approx(5 + 13, abs=0.01)
    np.testing.assert_allclose(minutes, minutes.T)


def test_a_slow_road_makes_people_take_the_train(values: dict[str, float]) -> None:
    places = town()
    slow = {**values, "road_speed_outer": 10.0}
    by_road = door_to_door(build_graph(places, [], slow), places, slow)
    both = door_to_door(build_graph(places, [through_line(places)], slow), places, slow)
    walk = 60 * 0.2 * 1.25 / values["walk_speed"]  # the mean way to the middle of a disc of 300 m is 200 m
    ride = 0.75 + 9 * 1.05 / (26 * 0.06)
    wanted = 2 * (walk + values["station_minutes"]) + values["rail_wait_minutes"] + ride
    assert both[0, 3] == pytest.approx(wanted, abs=0.01)
    assert by_road[0, 3] == pytest.approx(67.5 + 13, abs=0.01)


def test_changing_costs_and_a_loop_runs_both_ways(values: dict[str, float]) -> None:
    lon = np.array([0.0, 0.01, 0.02, 0.03])
    ring = Line("ring", ("p", "q", "r", "s"), lon, np.zeros(4), [(0, 1), (1, 2), (2, 3), (3, 0)])
    cross = Line("cross", ("q", "x"), np.array([0.01, 0.01]), np.array([0.0, 0.01]), [(0, 1)])
    graph = nx.DiGraph()
    add_rail(graph, [ring, cross], values)
    assert graph.has_edge(("stop", "ring", "s"), ("stop", "ring", "p"))
    change = graph.edges[("stop", "ring", "q"), ("stop", "cross", "q")]["minutes"]
    assert change == values["rail_change_minutes"]


def test_the_city_line_costs_its_check_points(values: dict[str, float]) -> None:
    places = town()
    divided = Places(
        places.lon, places.lat, places.radius_km, places.pairs, np.array([False, False, True, True])
    )
    plain = {(i, j): minutes for i, j, _, minutes in road_edges(places, values)}
    for i, j, _, minutes in road_edges(divided, values):
        extra = values["border_minutes"] if (i < 2) != (j < 2) else 0.0
        assert minutes == pytest.approx(plain[i, j] + extra)


def test_short_ways_are_walked_and_longer_ones_ridden(values: dict[str, float]) -> None:
    near, far = local_minutes(np.array([0.2, 4.0]), values)
    assert near == pytest.approx(60 * 0.2 * 1.25 / 4.8)
    assert far == pytest.approx(3 + 60 * 5.0 / 11)


@pytest.fixture(scope="module")
def minutes() -> dict[int, np.ndarray]:
    return {year: travel_minutes(year) for year in (2010, 2016, 2020, 2025)}


def test_matrices_are_whole_positive_and_the_same_both_ways(minutes: dict[int, np.ndarray]) -> None:
    for matrix in minutes.values():
        assert matrix.shape == (N, N)
        assert matrix.dtype == np.float32
        assert np.isfinite(matrix).all()
        assert matrix.min() >= 5.0
        np.testing.assert_allclose(matrix, matrix.T, rtol=1e-5)


def test_no_way_round_is_shorter(minutes: dict[int, np.ndarray]) -> None:
    matrix = minutes[2016].copy()
    np.fill_diagonal(matrix, 0.0)
    rng = np.random.default_rng(1)
    for via in rng.choice(N, 40, replace=False):
        assert (matrix <= matrix[:, [via]] + matrix[[via], :] + 1e-3).all()


def test_a_new_line_never_lengthens_a_trip(values: dict[str, float]) -> None:
    places = network.zone_places(load_zones(), values)
    lines = rail_lines(2010)
    new = [line for line in rail_lines(2016) if line.name in {"6", "7", "14"}]
    before = door_to_door(build_graph(places, lines, values), places, values)
    after = door_to_door(build_graph(places, [*lines, *new], values), places, values)
    assert (after <= before + 1e-9).all()
    assert (after < before - 5.0).any()


def test_years_of_building_shorten_trips(minutes: dict[int, np.ndarray]) -> None:
    for before, after in pairwise(sorted(minutes)):
        saved = minutes[before] - minutes[after]
        # A station that opens on a line that runs already costs its through riders a stop.
        assert saved.min() > -3.0
        assert saved.mean() > 0.0
        assert saved.max() > 5.0


def test_metro_minutes_between_districts_are_reproduced(values: dict[str, float]) -> None:
    """Compare stations of our lines, by district, with the table subway_minutes; the same wait included."""
    from scipy.sparse.csgraph import dijkstra

    zones = load_zones()
    table = read_rows("subway_minutes")
    for year, within in ((2010, 0.06), (2015, 0.06), (2017, 0.07), (2025, 0.07)):
        graph = nx.DiGraph()
        add_rail(graph, rail_lines(year), values)
        nodes = list(graph)
        between = dijkstra(nx.to_scipy_sparse_array(graph, nodelist=nodes, weight="minutes"))
        lon = np.array([graph.nodes[n]["lon"] for n in nodes])
        lat = np.array([graph.nodes[n]["lat"] for n in nodes])
        nearest = crow_km(lon[:, None], lat[:, None], zones.lon, zones.lat).argmin(axis=1)
        district = [zones.districts.ids[d] for d in zones.district[nearest]]
        ratios = []
        for row in table:
            a, b = row["from_area_id"], row["to_area_id"]
            if row["year"] != str(year) or a == b:
                continue
            found = between[np.ix_([d == a for d in district], [d == b for d in district])]
            found = found[np.isfinite(found)]
            if found.size:
                ratios.append((found.mean() + values["rail_wait_minutes"]) / float(row["mean_minutes"]))
        assert len(ratios) > 80
        assert abs(np.median(ratios) - 1.0) < within
        assert np.mean(np.abs(np.array(ratios) - 1.0) < 0.15) > 0.85


def test_stations_open_as_published() -> None:
    published = {
        int(row["year"]): float(row["value"])
        for row in read_rows("subway")
        if row["area_id"] == "beijing" and row["indicator"] == "subway_stations_open_year_end"
    }
    for year in range(2010, 2026):
        found = len({station for line in rail_lines(year) for station in line.stations})
        assert found == pytest.approx(published[year], rel=0.045)


def test_track_is_as_long_as_published(values: dict[str, float]) -> None:
    published = {
        int(row["year"]): float(row["value"])
        for row in read_rows("subway")
        if row["area_id"] == "beijing" and row["indicator"] == "subway_track_km_between_stations"
    }
    for year in (2010, 2015, 2020, 2025):
        km = sum(line.links_km().sum() for line in rail_lines(year))
        assert km * values["rail_detour"] == pytest.approx(published[year], rel=0.04)


def test_a_commute_of_13_km_takes_about_50_minutes(minutes: dict[int, np.ndarray]) -> None:
    """Hold trips inside the city six against the commuting reports of 2021 and 2022: 47 to 51 minutes."""
    six = load_zones().areas()["city_six"] > 0
    km, found = distance_km()[np.ix_(six, six)], minutes[2020][np.ix_(six, six)]
    assert 45 < found[(km > 12.2) & (km < 14.2)].mean() < 54


def test_distances_are_a_third_longer_than_the_straight_line() -> None:
    straight, road = straight_km(), distance_km()
    far = (straight > 3) & (straight < 40)
    assert 1.2 < (road[far] / straight[far]).mean() < 1.35
    assert (road + 1e-3 >= straight).all()
    assert np.diag(straight).max() == 0.0
    assert (np.diag(road) > 0.1).all()


def test_distances_between_districts_are_near_the_published_ones() -> None:
    zones = load_zones()
    people = zones.population_2010.astype(float)
    errors = []
    for row in read_rows("district_distances"):
        a, b = (zones.in_district(row[side]) for side in ("from_area_id", "to_area_id"))
        lon_a, lat_a, lon_b, lat_b = (
            np.average(axis[members], weights=people[members])
            for members in (a, b)
            for axis in (zones.lon, zones.lat)
        )
        if row["from_area_id"] != row["to_area_id"]:
            km = float(crow_km(lon_a, lat_a, lon_b, lat_b))
            errors.append(abs(km / float(row["distance_km"]) - 1.0))
    assert np.median(errors) < 0.05


def test_commuters_from_outside_take_as_long_as_reported() -> None:
    """The 330,000 who commute over the city line take 90 to 120 minutes (migration_commute.csv, 2022)."""
    found = outside_minutes(2020)
    zones = load_zones()
    assert found.shape == (N,)
    assert 85 < found[zones.index("chaoyang.jianwai")] < 120
    assert found[zones.in_district("tongzhou")].min() < 60


def test_lines_have_gaps_while_their_middle_is_built() -> None:
    def joined(name: str, year: int, a: str, b: str) -> bool:
        (line,) = (line for line in rail_lines(year) if line.name == name)
        names = [{line.stations[i], line.stations[j]} for i, j in line.links]
        return {a, b} in names

    # Line 14 ran in two parts from 2014 to 2021; line 10 closed its loop in 2013; line 2 always was one.
    assert not joined("14", 2015, "西局", "北京南站")
    assert joined("14", 2021, "西局", "东管头")
    assert not joined("10", 2012, "首经贸", "西局")
    assert joined("10", 2013, "首经贸", "丰台站")
    assert joined("10", 2012, "火器营", "巴沟")
    assert not joined("10", 2011, "劲松", "巴沟")
    assert joined("2", 2010, "车公庄", "西直门")
    # The track was there before the station: trains passed it.
    assert joined("15", 2015, "望京", "崔各庄")
    assert not joined("15", 2016, "望京", "崔各庄")


def test_states_of_the_rail_network() -> None:
    assert change_years()[0] == 2009
    assert 2012 in change_years()
    assert state_of_quarter(0) == 2009  # 2010Q4 travels on the lines of the end of 2009
    assert state_of_quarter(1) == 2010
    assert state_of_quarter(40) == 2019
    np.testing.assert_array_equal(travel_minutes(2025), travel_minutes(2050))
    assert len({line.name for line in rail_lines(2010)}) == len(rail_lines(2010))


def test_a_year_outside_the_horizon_is_refused() -> None:
    for year in (2008, 2051):
        with pytest.raises(InputError, match=str(year)):
            travel_minutes(year)


def test_a_slower_city_is_slower_everywhere() -> None:
    slow = default_parameters().with_values({"road_terminal_minutes": 16.0, "station_minutes": 6.0})
    there = travel_minutes(2010, slow)
    off = ~np.eye(N, dtype=bool)
    assert (there[off] > travel_minutes(2010)[off]).all()


def test_an_edited_or_cut_cache_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_cache_folder", lambda: tmp_path)
    matrices = network._minutes_of_state  # the memory of the process stands before the cache
    matrices.cache_clear()
    first = travel_minutes(2010).copy()
    (file,) = tmp_path.glob("*.minutes")
    whole = file.read_bytes()
    for spoilt in (whole[:-5], whole[:1000] + b"\x00\x01" + whole[1002:], b""):
        file.write_bytes(spoilt)
        matrices.cache_clear()
        np.testing.assert_array_equal(travel_minutes(2010), first)
        assert file.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(network, "_cache_folder", lambda: blocked / "network")
    network._minutes_of_state.cache_clear()
    assert np.isfinite(travel_minutes(2010)).all()


def test_a_matrix_just_made_lies_in_memory_as_the_kept_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums over rows and over columns differ in their last bit, so the layout is part of the result."""
    monkeypatch.setattr("sim.city.network._cache_folder", lambda: tmp_path)
    layouts = []
    for _ in range(2):
        network._minutes_of_state.cache_clear()
        matrix = network._all_minutes(2010, None)
        layouts.append((matrix.flags.c_contiguous, matrix.dtype))
    network._minutes_of_state.cache_clear()
    assert layouts == [(True, np.dtype(np.float32))] * 2
    assert len(list(tmp_path.iterdir())) == 1
