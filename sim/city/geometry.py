"""Derive the shapes of the zones: Voronoi cells, areas, neighbours, simplified polygons.

The results are packaged (``zone_geometry.csv``, ``zone_neighbours.csv``, ``zone_polygons.json``), so the
model itself needs no geometry library. This module makes them again::

    python -m sim.city.geometry            # writes the packaged files
    python -m sim.city.geometry --check    # says whether they are what this code makes

No boundary of a street or town is published in a form that may be shipped, so a zone's shape is the Voronoi
cell of its point inside its district: fit for neighbourhood and for drawing, not for measuring a street.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient
from shapely.ops import voronoi_diagram

TABLES = Path(__file__).resolve().parents[1] / "data" / "tables"
OUTPUTS = ("zone_geometry.csv", "zone_neighbours.csv", "zone_polygons.json")

# Local plane: kilometres east and north of the middle of the city. Over 180 km the error of this projection
# is below 1 % and every area is scaled to its district's official area afterwards.
ORIGIN_LON, ORIGIN_LAT = 116.4, 39.9
KM_PER_DEGREE = 111.32
KM_PER_DEGREE_LON = KM_PER_DEGREE * float(np.cos(np.radians(40.1)))

GRID_KM = 0.001  # coordinates are snapped to a metre so that shared borders are shared exactly
SIMPLIFY_KM = 0.35  # tolerance of the map polygons; a border shown at 1,000 pixels is good to 200 m a pixel
SHORT_BORDER_KM = 0.05  # cells that touch by less than this are taken to meet in a point


def to_plane(lon: Any, lat: Any) -> np.ndarray:
    """Project degrees (WGS-84) to kilometres on the local plane, shape (n, 2)."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    return np.stack([(lon - ORIGIN_LON) * KM_PER_DEGREE_LON, (lat - ORIGIN_LAT) * KM_PER_DEGREE], axis=-1)


def to_degrees(points: Any) -> np.ndarray:
    """Turn kilometres on the local plane into degrees, shape (n, 2)."""
    points = np.asarray(points, float)
    return np.stack(
        [points[..., 0] / KM_PER_DEGREE_LON + ORIGIN_LON, points[..., 1] / KM_PER_DEGREE + ORIGIN_LAT],
        axis=-1,
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def clean_districts() -> dict[str, BaseGeometry]:
    """Read the 16 district polygons on the plane and remove their 0.86 km2 of overlaps.

    An overlap goes to the district with which it shares the longer border (`shapely.coverage_clean`), and
    gaps narrower than 300 m are closed in the same way.
    """
    ids = {row["gbt2260_code"]: row["district_id"] for row in _rows("districts.csv")}
    collection = json.loads((TABLES / "districts.geojson").read_text(encoding="utf-8"))
    found = {ids[f["properties"]["adcode"]]: shape(f["geometry"]) for f in collection["features"]}
    order = [row["district_id"] for row in _rows("districts.csv")]
    plane = [
        shapely.make_valid(shapely.transform(found[d], lambda xy: to_plane(xy[:, 0], xy[:, 1])))
        for d in order
    ]
    plane = [shapely.set_precision(geometry, GRID_KM) for geometry in plane]
    cleaned = shapely.coverage_clean(np.array(plane, dtype=object), gap_width=0.3)
    return dict(zip(order, cleaned, strict=True))


def voronoi_cells(points: np.ndarray, border: BaseGeometry) -> list[BaseGeometry]:
    """Give each point (n, 2) its Voronoi cell inside `border`, in the order of the points.

    A point that lies outside the border (its point is known to a kilometre only) still has a cell: what of
    the border is nearest to it.
    """
    if len(points) == 1:
        return [border]
    around = shapely.box(*shapely.union(border, MultiPoint(points)).bounds).buffer(50.0)
    cells = list(voronoi_diagram(MultiPoint(points), envelope=around).geoms)
    tree = shapely.STRtree(cells)
    owner = [int(tree.query(shapely.Point(p), predicate="intersects")[0]) for p in points]
    return [_polygonal(shapely.intersection(cells[i], border, grid_size=GRID_KM)) for i in owner]


def _polygonal(geometry: BaseGeometry) -> BaseGeometry:
    """Drop the points and lines that an intersection may leave beside its polygons."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def zone_cells(zones: list[dict[str, str]], districts: dict[str, BaseGeometry]) -> list[BaseGeometry]:
    """Cut every district into the cells of its zones, in the order of `zones`."""
    points = to_plane([float(z["lon_wgs84"]) for z in zones], [float(z["lat_wgs84"]) for z in zones])
    cells: list[BaseGeometry] = [Polygon()] * len(zones)
    for district, border in districts.items():
        members = [i for i, z in enumerate(zones) if z["district_id"] == district]
        for i, cell in zip(members, voronoi_cells(points[members], border), strict=True):
            cells[i] = cell
    empty = [zones[i]["zone_id"] for i, cell in enumerate(cells) if cell.is_empty]
    if empty:
        raise ValueError(f"zones without a cell in their district: {', '.join(empty)}")
    return cells


def zone_areas(
    zones: list[dict[str, str]], cell_km2: np.ndarray, district_km2: dict[str, float]
) -> tuple[np.ndarray, list[str]]:
    """Give each zone its area in km2 and say on what it rests.

    A zone made after 2010 shares its parent's official area by the cells. Official areas are kept as
    published where what they leave of the district is within 0.7 to 1.4 times the other zones' cells;
    otherwise (older areas, or areas of another boundary) all zones of the district are scaled alike. Sums
    equal the district's area.
    """
    area = cell_km2.copy()
    basis = ["voronoi"] * len(zones)
    for i, zone in enumerate(zones):
        if zone["area_km2"]:
            heirs = [j for j, other in enumerate(zones) if other["parent_2010"] == zone["zone_id"]]
            group = np.array([i, *heirs])
            area[group] = float(zone["area_km2"]) * cell_km2[group] / cell_km2[group].sum()
            basis[i] = "voronoi" if heirs else "official"
    for district, total in district_km2.items():
        members = np.array([i for i, z in enumerate(zones) if z["district_id"] == district])
        fixed = np.array([basis[i] == "official" for i in members])
        rest, cells = total - area[members[fixed]].sum(), area[members[~fixed]].sum()
        if (~fixed).any() and 0.7 <= rest / cells <= 1.4:
            area[members[~fixed]] *= rest / cells
        else:
            area[members] *= total / area[members].sum()
    return area, basis


def neighbours(cells: list[BaseGeometry]) -> list[tuple[int, int, float]]:
    """List the pairs (i < j) of cells that share a border, with its length in km."""
    tree = shapely.STRtree(cells)
    # A small reach: after snapping, two cells of different districts may miss each other by a metre or two.
    left, right = tree.query(cells, predicate="dwithin", distance=0.01)
    pairs = []
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if i < j:
            shared = shapely.intersection(cells[i].boundary.buffer(0.01), cells[j].boundary).length
            if shared > SHORT_BORDER_KM:
                pairs.append((i, j, round(float(shared), 3)))
    return sorted(pairs)


def map_polygons(shapes: list[BaseGeometry], tolerance_km: float) -> list[list[list[list[float]]]]:
    """Simplify the shapes together, so that shared borders stay shared; rings of [lon, lat] in degrees.

    One shape is a list of rings: outer rings run counter-clockwise, holes clockwise (Shunyi has one around
    the airport, which belongs to Chaoyang). Parts and holes below 1 hectare are left out.
    """
    simple = shapely.coverage_simplify(np.array(shapes, dtype=object), tolerance_km)
    out = []
    for geometry in simple:
        parts = [orient(part) for part in shapely.get_parts(geometry) if part.area > 0.01]
        rings = [part.exterior for part in sorted(parts, key=lambda part: -part.area)]
        rings += [hole for part in parts for hole in part.interiors if Polygon(hole).area > 0.01]
        out.append([np.round(to_degrees(np.array(ring.coords)), 4).tolist() for ring in rings])
    return out


def derive() -> dict[str, str]:
    """Make the three packaged files; file name to its text."""
    zones = _rows("zones.csv")
    district_rows = _rows("districts.csv")
    districts = clean_districts()
    cells = zone_cells(zones, districts)
    cell_km2 = np.array([cell.area for cell in cells])
    area, basis = zone_areas(zones, cell_km2, {r["district_id"]: float(r["area_km2"]) for r in district_rows})
    ids = [z["zone_id"] for z in zones]
    geometry = ["zone_id,area_km2,area_basis,cell_km2"]
    geometry += [f"{n},{a:.6f},{b},{c:.4f}" for n, a, b, c in zip(ids, area, basis, cell_km2, strict=True)]
    pairs = ["zone_id,neighbour_id,border_km"]
    pairs += [f"{ids[i]},{ids[j]},{length:.3f}" for i, j, length in neighbours(cells)]
    polygons = {
        "zones": dict(zip(ids, map_polygons(cells, SIMPLIFY_KM), strict=True)),
        "districts": dict(zip(districts, map_polygons(list(districts.values()), SIMPLIFY_KM), strict=True)),
    }
    text = json.dumps(polygons, separators=(",", ":"))
    return dict(zip(OUTPUTS, ["\n".join(geometry) + "\n", "\n".join(pairs) + "\n", text + "\n"], strict=True))


def main(arguments: list[str]) -> int:
    """Write the packaged files, or compare them with ``--check``; 1 if they differ."""
    differing = []
    for name, text in derive().items():
        path = TABLES / name
        if "--check" in arguments:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                differing.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in differing:
        sys.stderr.write(f"{name} is not what sim.city.geometry makes\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
