"""Draw maps of change as inline SVG: each border once, then one light layer per scenario.

Borders come from the packaged polygons of zones and districts. A district map carries the number as text
beside the colour; a zone map is marked as modelled by whoever places it and never ranks zones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians

import numpy as np

Ring = np.ndarray
"""Corners of a polygon, (n, 2) of longitude and latitude, the first one repeated at the end."""

Polygons = Mapping[str, Sequence[Ring]]

COLOURS = ("#8c510a", "#c9963f", "#ecd9a8", "#f1f1ee", "#bfe0da", "#5ab4ac", "#01665e")
"""ColorBrewer BrBG: brown for fewer, green for more; safe for the common colour blindnesses."""

UNKNOWN = "#d9d9d9"
_STEPS = ((0.5, 1, 2), (1, 2, 5), (2, 5, 10), (5, 10, 20), (10, 20, 40), (20, 50, 100))
_WIDTH = 400.0
_MIDDLE_LATITUDE = 40.2
_INSET_WIDTH, _INSET_LEFT, _INSET_BELOW = 222.0, 366.0, 20.0
_CORE = ("xicheng", "dongcheng")
_SIX = ("dongcheng", "xicheng", "chaoyang", "fengtai", "shijingshan", "haidian")


@dataclass(frozen=True)
class Scale:
    """Hold the class limits of a diverging scale, symmetric around zero."""

    steps: tuple[float, float, float]

    @property
    def limits(self) -> tuple[float, ...]:
        """Return the six limits between the seven classes."""
        return (*(-step for step in reversed(self.steps)), *self.steps)

    def colour(self, value: float | None) -> str:
        """Return the colour of a value; grey when it is not known."""
        if value is None or np.isnan(value):
            return UNKNOWN
        return COLOURS[int(np.searchsorted(self.limits, value, side="right"))]


def scale_for(values: Sequence[float | None]) -> Scale:
    """Return the smallest scale whose outer classes begin at half of nearly all changes or above.

    The largest twentieth does not count: one small place must not make all others look alike.
    """
    sizes = np.array([abs(v) for v in values if v is not None and not np.isnan(v)])
    for steps in _STEPS:
        if sizes.size == 0 or np.quantile(sizes, 0.95) <= 2 * steps[2]:
            return Scale(steps)
    return Scale(_STEPS[-1])


@dataclass(frozen=True)
class Frame:
    """Turn degrees into page units so that the whole city is 400 units wide."""

    west: float
    north: float
    factor: float
    height: float

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the page position of a point."""
        x = (lon - self.west) * cos(radians(_MIDDLE_LATITUDE)) * self.factor
        return x, (self.north - lat) * self.factor


def frame_of(polygons: Polygons) -> Frame:
    """Return the frame that just holds the polygons."""
    points = np.array([p for rings in polygons.values() for ring in rings for p in ring], float)
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    factor = _WIDTH / ((east - west) * cos(radians(_MIDDLE_LATITUDE)))
    return Frame(float(west), float(north), float(factor), float((north - south) * factor))


def path_data(rings: Sequence[Ring], frame: Frame) -> str:
    """Return the SVG path of a polygon, to a tenth of a page unit, repeated points left out."""
    parts = []
    for ring in rings:
        points: list[str] = []
        for lon, lat, *_ in ring:
            x, y = frame.point(lon, lat)
            text = f"{x:.1f} {y:.1f}"
            if not points or points[-1] != text:
                points.append(text)
        parts.append("M" + "L".join(points) + "Z")
    return "".join(parts)


def shapes_svg(zones: Polygons, districts: Polygons, frame: Frame) -> str:
    """Return the hidden SVG that defines every border once."""
    paths = [f'<path id="{_id(key)}" d="{path_data(rings, frame)}"/>' for key, rings in zones.items()]
    paths += [f'<path id="{_id(key)}" d="{path_data(rings, frame)}"/>' for key, rings in districts.items()]
    return (
        '<svg width="0" height="0" aria-hidden="true" focusable="false" class="shapes"><defs>'
        + "".join(paths)
        + "</defs></svg>"
    )


@dataclass(frozen=True)
class MapLayer:
    """Hold what one map shows: a value, its text and a name by place."""

    values: Mapping[str, float | None]
    texts: Mapping[str, str]
    names: Mapping[str, str]
    title: str
    description: str


def map_svg(
    layer: MapLayer, districts: Polygons, frame: Frame, scale: Scale, *, key: str, labels: bool
) -> str:
    """Draw one map with an enlarged inset of the six inner districts.

    Parameters
    ----------
    layer
        Values by place; the places are zones or districts.
    districts
        Polygons of the districts, for borders and labels.
    frame, scale
        Shared by all maps of a page, so that they can be compared.
    key
        Makes the ids of title and description unique on the page.
    labels
        Whether each district carries its name and value as text.
    """
    fills = "".join(
        _use(place, scale.colour(value), _tooltip(layer, place)) for place, value in layer.values.items()
    )
    borders = "".join(f'<use href="#{_id(name)}"/>' for name in districts)
    body = f'<g class="cells">{fills}</g><g class="borders">{borders}</g>'
    inset = _inset(districts, frame)
    height = max(frame.height, inset.y + inset.height) + 8
    texts = ""
    if labels:
        outer = [name for name in districts if name not in _SIX]
        texts = _labels(layer, {name: _label_point(districts[name], frame) for name in outer})
        texts += _inset_labels(layer, districts, frame, inset)
    source = f'x="{inset.west:.1f}" y="{inset.north:.1f}" width="{inset.span:.1f}" height="{inset.depth:.1f}"'
    place = f'x="{inset.x:.1f}" y="{inset.y:.1f}" width="{inset.width:.1f}" height="{inset.height:.1f}"'
    return (
        f'<svg class="map" viewBox="-4 -4 {inset.x + inset.width + 8:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(layer.title)}</title>'
        f'<desc id="{key}-d">{escape(layer.description)}</desc>{body}<rect class="inset-source" {source}/>'
        f'<svg class="inset" {place} viewBox="{inset.view}">'
        f'<rect class="inset-ground" {source}/>{body}</svg><rect class="inset-frame" {place}/>{texts}</svg>'
    )


def legend_entries(scale: Scale, number: Callable[[float], str], between: str) -> list[tuple[str, str]]:
    """Return colour and text of each class, from the largest fall to the largest rise.

    Parameters
    ----------
    scale
        The scale of the maps.
    number
        Writes a limit, such as ``-5 %``.
    between
        Joins two limits, such as ``{low} to {high}``.
    """
    low, high = scale.limits[0], scale.limits[-1]
    entries = [(COLOURS[0], f"< {number(low)}")]
    for colour, start, end in zip(COLOURS[1:-1], scale.limits[:-1], scale.limits[1:], strict=True):
        entries.append((colour, between.format(low=number(start), high=number(end))))
    return [*entries, (COLOURS[-1], f"≥ {number(high)}")]


def _id(key: str) -> str:
    return "g-" + key.replace(".", "-").replace("_", "-")


def _use(place: str, colour: str, tooltip: str) -> str:
    return f'<use href="#{_id(place)}" fill="{colour}"><title>{escape(tooltip)}</title></use>'


def _tooltip(layer: MapLayer, place: str) -> str:
    return f"{layer.names.get(place, place)}: {layer.texts.get(place, '')}"


@dataclass(frozen=True)
class _Inset:
    """Hold the enlarged part: what it shows (west, north, span, depth) and where it stands."""

    west: float
    north: float
    span: float
    depth: float
    x: float
    y: float
    width: float

    @property
    def zoom(self) -> float:
        return self.width / self.span

    @property
    def view(self) -> str:
        return f"{self.west:.1f} {self.north:.1f} {self.span:.1f} {self.depth:.1f}"

    @property
    def height(self) -> float:
        return self.depth * self.zoom

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the map stands in the enlarged part."""
        return self.x + (x - self.west) * self.zoom, self.y + (y - self.north) * self.zoom


def _inset(districts: Polygons, frame: Frame) -> _Inset:
    """Return the enlarged part: the six districts, in the empty corner south-east of the city."""
    rings = [districts[name] for name in _SIX]
    points = np.array([frame.point(p[0], p[1]) for part in rings for ring in part for p in ring])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    margin = 4.0
    span, depth = float(x1 - x0 + 2 * margin), float(y1 - y0 + 2 * margin)
    y = frame.height - depth * _INSET_WIDTH / span + _INSET_BELOW
    return _Inset(float(x0 - margin), float(y0 - margin), span, depth, _INSET_LEFT, y, _INSET_WIDTH)


def _inset_labels(layer: MapLayer, districts: Polygons, frame: Frame, inset: _Inset) -> str:
    """Return the labels of the six districts; the two small ones of the core stand outside, with a line."""
    points = {name: inset.point(*_label_point(districts[name], frame)) for name in _SIX}
    lines = []
    for name, across in zip(_CORE, (0.36, 0.8), strict=True):
        (x0, y0), (x1, y1) = points[name], (inset.x + inset.width * across, inset.y - 8.0)
        lines.append(f'<path class="leader" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>')
        lines.append(f'<circle class="leader-end" cx="{x0:.1f}" cy="{y0:.1f}" r="1.6"/>')
        points[name] = (x1, y1 - 18.0)
    return "".join(lines) + _labels(layer, points)


def _labels(layer: MapLayer, points: Mapping[str, tuple[float, float]]) -> str:
    texts = []
    for name, (x, y) in points.items():
        title, value = escape(layer.names.get(name, name)), escape(layer.texts.get(name, ""))
        texts.append(
            f'<text x="{x:.1f}" y="{y:.1f}"><tspan x="{x:.1f}" dy="-0.1em">{title}</tspan>'
            f'<tspan x="{x:.1f}" dy="1.15em" class="v">{value}</tspan></text>'
        )
    return f'<g class="labels" aria-hidden="true">{"".join(texts)}</g>'


def _label_point(rings: Sequence[Ring], frame: Frame) -> tuple[float, float]:
    """Return the centre of the largest ring (shoelace), which lies inside every district of the city."""
    best, centre = 0.0, (0.0, 0.0)
    for ring in rings:
        p = np.array([frame.point(q[0], q[1]) for q in ring])
        cross = p[:-1, 0] * p[1:, 1] - p[1:, 0] * p[:-1, 1]
        area = float(cross.sum()) / 2
        if abs(area) > best:
            best = abs(area)
            middle = ((p[:-1] + p[1:]) * cross[:, None]).sum(axis=0) / (6 * area)
            centre = (float(middle[0]), float(middle[1]))
    return centre
