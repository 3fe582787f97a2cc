"""Check the derived shapes: cells, areas, and that the packaged files are what is made."""

import csv
import io
import json

import numpy as np
import pytest
import shapely

from sim.city import geometry
from sim.city.geometry import clean_districts, neighbours, to_degrees, to_plane, voronoi_cells, zone_areas
from sim.city.zones import load_zones, read_rows


@pytest.fixture(scope="module")
def districts() -> dict[str, shapely.Geometry]:
    return clean_districts()


@pytest.fixture(scope="module")
def cells(districts: dict[str, shapely.Geometry]) -> list[shapely.Geometry]:
    return geometry.zone_cells(read_rows("zones"), districts)


def test_plane_and_degrees_are_inverse() -> None:
    points = np.array([[116.4, 39.9], [115.5, 41.0]])
    np.testing.assert_allclose(to_degrees(to_plane(points[:, 0], points[:, 1])), points)


def test_districts_no_longer_overlap(districts: dict[str, shapely.Geometry]) -> None:
    shapes = list(districts.values())
    assert shapely.coverage_is_valid(np.array(shapes, dtype=object))
    assert sum(s.area for s in shapes) == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)
    official = load_zones().districts.area_km2
    np.testing.assert_allclose([s.area for s in shapes], official, rtol=0.02)


def test_cells_lie_in_their_district_and_fill_it(
    districts: dict[str, shapely.Geometry], cells: list[shapely.Geometry]
) -> None:
    rows = read_rows("zones")
    for name, border in districts.items():
        mine = [cell for cell, row in zip(cells, rows, strict=True) if row["district_id"] == name]
        assert sum(cell.area for cell in mine) == pytest.approx(border.area, rel=1e-3)
        # Snapping to a metre may put a corner of a cell a metre outside.
        assert all(border.buffer(0.005).covers(cell) for cell in mine)


def test_a_cell_is_what_is_nearest_to_its_point() -> None:
    points = np.array([[1.0, 1.0], [3.0, 1.0], [2.0, 3.0]])
    made = voronoi_cells(points, shapely.box(0, 0, 4, 4))
    assert [cell.contains(shapely.Point(p)) for cell, p in zip(made, points, strict=True)] == [True] * 3
    rng = np.random.default_rng(0)
    for probe in rng.uniform(0.01, 3.99, (200, 2)):
        nearest = int(np.argmin(np.hypot(*(points - probe).T)))
        assert made[nearest].buffer(0.005).contains(shapely.Point(probe))


def test_one_point_gets_the_whole_district() -> None:
    border = shapely.box(0, 0, 2, 2)
    assert voronoi_cells(np.array([[1.0, 1.0]]), border) == [border]


def test_neighbours_of_four_squares_do_not_meet_across_the_corner() -> None:
    squares = [shapely.box(x, y, x + 1, y + 1) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
    assert [(i, j) for i, j, _ in neighbours(squares)] == [(0, 1), (0, 2), (1, 3), (2, 3)]


def test_areas_keep_official_values_that_fit_and_scale_those_that_do_not() -> None:
    def zone(name: str, area: str = "", parent: str = "") -> dict[str, str]:
        return {"zone_id": name, "district_id": "d", "area_km2": area, "parent_2010": parent}

    fits, basis = zone_areas([zone("a", "4"), zone("b"), zone("c")], np.array([5.0, 2.0, 4.0]), {"d": 10.0})
    np.testing.assert_allclose(fits, [4, 2, 4])
    assert basis == ["official", "voronoi", "voronoi"]
    too_large, _ = zone_areas([zone("a", "9"), zone("b")], np.array([5.0, 5.0]), {"d": 10.0})
    np.testing.assert_allclose(too_large, [90 / 14, 50 / 14])
    shared, basis = zone_areas(
        [zone("a", "6"), zone("b", parent="a"), zone("c", "4")], np.array([1.0, 2.0, 3.0]), {"d": 10.0}
    )
    np.testing.assert_allclose(shared, [2, 4, 4])
    assert basis == ["voronoi", "voronoi", "official"]


def test_packaged_files_are_what_the_code_makes() -> None:
    made = geometry.derive()
    for name in ("zone_geometry", "zone_neighbours"):
        rows = list(csv.DictReader(io.StringIO(made[f"{name}.csv"])))
        packaged = read_rows(name)
        keys = [column for column in packaged[0] if not column.endswith(("km", "km2"))]
        assert [[r[k] for k in keys] for r in rows] == [[r[k] for k in keys] for r in packaged]
        for column in set(packaged[0]) - set(keys):
            np.testing.assert_allclose(
                [float(r[column]) for r in rows], [float(r[column]) for r in packaged], rtol=1e-3, atol=5e-3
            )
    shapes = json.loads(made["zone_polygons.json"])
    assert list(shapes["zones"]) == list(load_zones().ids)
    assert list(shapes["districts"]) == list(load_zones().districts.ids)
