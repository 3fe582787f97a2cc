"""Draw maps of change as inline SVG: each border once, then one light layer per scenario.

Borders come from the packaged polygons of zones and districts. A district map carries the number as text beside the
colour; a zone map is marked as modelled by whoever places it and never ranks zones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians

import numpy as np

Ring = Sequence[Sequence[float]]
Polygons = Mapping[str, Sequence[Ring]]

COLOURS = ("#8c510a", "#c9963f", "#ecd9a8", "#f1f1ee", "#bfe0da", "#5ab4ac", "#01665e")
"""ColorBrewer BrBG, seven classes: brown for fewer, green for more; safe for the common colour blindnesses."""

UNKNOWN = "#d9d9d9"
_STEPS = ((0.5, 1, 2), (1, 2, 5), (2, 5, 10), (5, 10, 20), (10, 20, 40), (20, 50, 100))
_WIDTH = 400.0
_MIDDLE_LATITUDE = 40.2
_INSET_FACTOR = 0.36
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
    """Return the smallest scale whose outer class holds at most a fifth of the values."""
    sizes = np.array([abs(v) for v in values if v is not None and not np.isnan(v)])
    for steps in _STEPS:
        if sizes.size == 0 or np.quantile(sizes, 0.8) <= steps[2]:
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


def map_svg(layer: MapLayer, districts: Polygons, frame: Frame, scale: Scale, *, key: str, labels: bool) -> str:
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
    fills = "".join(_use(place, scale.colour(value), _tooltip(layer, place)) for place, value in layer.values.items())
    borders = "".join(f'<use href="#{_id(name)}"/>' for name in districts)
    body = f'<g class="cells">{fills}</g><g class="borders">{borders}</g>'
    x0, y0, width, height = _inset_box(districts, frame)
    size = _WIDTH * _INSET_FACTOR
    zoom = size / width
    inset_height = height * zoom
    main_labels = _labels(layer, districts, frame, skip=_SIX) if labels else ""
    inset_labels = _labels(layer, districts, frame, only=_SIX, size=9.0 / zoom) if labels else ""
    total = frame.height + 8
    return (
        f'<svg class="map" viewBox="-4 -4 {_WIDTH + 8:.0f} {total:.0f}" role="img" '
        f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(layer.title)}</title>'
        f'<desc id="{key}-d">{escape(layer.description)}</desc>{body}{main_labels}'
        f'<rect class="inset-source" x="{x0:.1f}" y="{y0:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f'<svg x="0" y="0" width="{size:.1f}" height="{inset_height:.1f}" '
        f'viewBox="{x0:.1f} {y0:.1f} {width:.1f} {height:.1f}" class="inset">'
        f'<rect class="inset-ground" x="{x0:.1f}" y="{y0:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        f"{body}{inset_labels}</svg>"
        f'<rect class="inset-frame" x="0" y="0" width="{size:.1f}" height="{inset_height:.1f}"/></svg>'
    )


def legend_entries(scale: Scale, number: object) -> list[tuple[str, str]]:
    """Return colour and text of each class, from the largest fall to the largest rise.

    Parameters
    ----------
    scale
        The scale of the maps.
    number
        A function that writes a limit, such as ``-5 %``.
    """
    write = number if callable(number) else str
    low, high = scale.limits[0], scale.limits[-1]
    entries = [(COLOURS[0], f"< {write(low)}")]
    for colour, start, end in zip(COLOURS[1:-1], scale.limits[:-1], scale.limits[1:], strict=True):
        entries.append((colour, f"{write(start)} … {write(end)}"))
    return [*entries, (COLOURS[-1], f"≥ {write(high)}")]


def _id(key: str) -> str:
    return "g-" + key.replace(".", "-").replace("_", "-")


def _use(place: str, colour: str, tooltip: str) -> str:
    return f'<use href="#{_id(place)}" fill="{colour}"><title>{escape(tooltip)}</title></use>'


def _tooltip(layer: MapLayer, place: str) -> str:
    return f"{layer.names.get(place, place)}: {layer.texts.get(place, '')}"


def _inset_box(districts: Polygons, frame: Frame) -> tuple[float, float, float, float]:
    points = np.array([frame.point(p[0], p[1]) for name in _SIX for ring in districts[name] for p in ring])
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    margin = 3.0
    return float(x0 - margin), float(y0 - margin), float(x1 - x0 + 2 * margin), float(y1 - y0 + 2 * margin)


def _labels(
    layer: MapLayer,
    districts: Polygons,
    frame: Frame,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    size: float = 10.5,
) -> str:
    texts = []
    for name, rings in districts.items():
        if name in skip or (only and name not in only):
            continue
        x, y = _label_point(rings, frame)
        title, value = escape(layer.names.get(name, name)), escape(layer.texts.get(name, ""))
        texts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.2f}" stroke-width="{size * 0.22:.2f}">'
            f'<tspan x="{x:.1f}" dy="-0.1em">{title}</tspan><tspan x="{x:.1f}" dy="1.15em" class="v">{value}</tspan></text>'
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
