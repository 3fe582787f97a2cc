"""Lay out the maps of change and the paths of the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report import figures, maps
from sim.report.content import NO_MEASURES, PATH_AREAS, Content, Published, ScenarioInfo, year_of_quarter
from sim.report.words import Words

_PERSONS_A_UNIT = {"en": 1e6, "zh": 1e4}
_MARKERS = {"census": "D", "as_published": "o", "revised": "^"}


def map_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the maps by district and by zone, one scale for all, and the table behind them."""
    from sim.city.zones import district_polygons, load_zones, zone_polygons

    zones, districts = zone_polygons(), district_polygons()
    frame = maps.frame_of(districts)
    names = [scenario.id for scenario in content.options]
    scale = maps.scale_for([v for name in names for v in content.district_change[name].values()])
    zone_scale = maps.scale_for([v for name in names for v in content.zone_change[name].values()])
    known_zones = load_zones()
    zone_names = dict(zip(known_zones.ids, known_zones.names_zh, strict=True))
    district_names = {name: words.area(name) for name in districts}
    district_maps, zone_maps = [], []
    base = _base_title(content, words) or content.base
    suffix = "_compared" if content.compared else ""
    what = words.t["trace_indicator"].format(
        name=words.indicator("residents"), id="residents", unit="persons"
    )
    for number, scenario in enumerate(content.options):
        title = words.title(scenario)
        common = {"base": base, "end": content.end}
        layer = _layer(content.district_change[scenario.id], district_names, words)
        described = maps.MapLayer(
            *layer, title=title, description=words.t[f"maps_description{suffix}"].format(**common)
        )
        svg = maps.map_svg(described, districts, frame, scale, key=f"md{number}", labels=True)
        district_maps.append({"title": title, "svg": svg})
        layer = _layer(content.zone_change[scenario.id], zone_names, words)
        described = maps.MapLayer(
            *layer, title=title, description=words.t[f"maps_zone_description{suffix}"].format(**common)
        )
        svg = maps.map_svg(described, districts, frame, zone_scale, key=f"mz{number}", labels=False)
        zone_maps.append({"title": title, "svg": svg})
    return {
        "shapes": maps.shapes_svg(zones, districts, frame),
        "district_maps": district_maps,
        "zone_maps": zone_maps,
        "map_legend": _legend(scale, words),
        "zone_legend": _legend(zone_scale, words),
        "district_table": _district_table(content, words, list(districts)),
        "maps_heading": words.t[f"maps_heading{suffix}"],
        "maps_intro": words.t[f"maps_intro{suffix}"].format(base=base, end=content.end),
        "legend_title": words.t[f"maps_legend{suffix}"],
        "map_note": words.trace(what, quarter=content.end, runs=content.runs),
    }


def _base_title(content: Content, words: Words) -> str:
    """Return the title of the scenario that the others are compared with; nothing where there is none."""
    return next((words.title(s) for s in content.scenarios if s.id == content.compared), "")


def _legend(scale: maps.Scale, words: Words) -> list[tuple[str, str]]:
    def write(value: float) -> str:
        return words.n.percent(value, 0 if value % 1 == 0 else 1, signed=True)

    return maps.legend_entries(scale, write, words.t["range_to"])


def path_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the charts of the paths with their legend and the year-end numbers."""
    unit = _PERSONS_A_UNIT[words.lang]
    charts, tables = [], []
    for area in PATH_AREAS:
        lines = [
            _line(
                content.paths[scenario.id][area],
                words.title(scenario),
                _style(number, content.scenarios),
                unit,
            )
            for number, scenario in enumerate(content.scenarios)
            if scenario.id != content.compared
        ]
        points = [_points(series, words, unit, content.end) for series in content.published[area]]
        svg = figures.trajectory_svg(
            lines,
            [series for series in points if series.years],
            key=f"path-{area.replace('_', '-')}",
            title=words.area(area),
            description=words.t["paths_description"].format(area=words.area(area)),
            y_label=words.t["paths_axis"],
            from_zero=content.compared is not None,
        )
        charts.append({"title": words.area(area), "svg": svg})
        tables.append(_path_table(content, words, area))
    legend = [
        {"key": figures.line_key_svg(*_style(number, content.scenarios)), "label": words.title(scenario)}
        for number, scenario in enumerate(content.scenarios)
        if scenario.id != content.compared
    ]
    shown = {
        _series_key(s): s
        for area in PATH_AREAS
        for s in content.published[area]
        if _within(s, content.end).years
    }
    for key, series in shown.items():
        filled = not series.held_out
        legend.append({"key": figures.point_key_svg(_MARKERS[series.series], filled), "label": words.t[key]})
    suffix = "_compared" if content.compared else ""
    intro = words.t[f"paths_intro{suffix}{'_few' if content.few else ''}"]
    what = words.t["trace_indicator"].format(
        name=words.indicator("residents"), id="residents", unit="persons"
    )
    return {
        "path_charts": charts,
        "path_tables": tables,
        "path_legend": legend,
        "path_heads": [words.title(scenario) for scenario in content.options],
        "path_note": words.trace(what, runs=content.runs),
        "paths_heading": words.t[f"paths_heading{suffix}"],
        "paths_intro": intro.format(base=_base_title(content, words)),
    }


def _layer(
    change: Mapping[str, float], names: Mapping[str, str], words: Words
) -> tuple[Mapping[str, float], Mapping[str, str], Mapping[str, str]]:
    return change, {place: words.n.percent(value, signed=True) for place, value in change.items()}, names


def _district_table(content: Content, words: Words, districts: Sequence[str]) -> dict[str, Any]:
    rows = []
    first = content.options[0].id
    for district in districts:
        cells = [
            {
                "end": words.n.persons(content.district_residents[scenario.id][district][1]),
                "change": words.n.percent(content.district_change[scenario.id][district], signed=True),
            }
            for scenario in content.options
        ]
        base = words.n.persons(content.district_residents[first][district][0])
        rows.append({"name": words.area(district), "base": base, "cells": cells})
    heads = {
        key: words.t["residents_at"].format(quarter=quarter)
        for key, quarter in (("base", content.base), ("end", content.end))
    }
    if content.compared:
        heads["base"] = f"{_base_title(content, words)}{words.t['colon']}{heads['end']}"
    return heads | {"rows": rows}


def _style(number: int, scenarios: Sequence[ScenarioInfo]) -> tuple[str, str]:
    """Return colour and dashes: grey for no measures, the others in order."""
    if scenarios[number].id == NO_MEASURES:
        return figures.BASE_STYLE
    place = sum(scenario.id != NO_MEASURES for scenario in scenarios[:number])
    return figures.LINE_STYLES[place % len(figures.LINE_STYLES)]


def _line(path: Sequence[tuple[str, Any]], label: str, style: tuple[str, str], unit: float) -> figures.Line:
    shown = [(quarter, value) for quarter, value in path if value.estimate is not None]
    colour, dash = style
    return figures.Line(
        label=label,
        years=[year_of_quarter(quarter) for quarter, _ in shown],
        middle=[value.estimate / unit for _, value in shown],
        low=[value.low / unit for _, value in shown],
        high=[value.high / unit for _, value in shown],
        colour=colour,
        dash=dash,
    )


def _series_key(series: Published) -> str:
    return f"series_{series.series}{'_held' if series.held_out else ''}"


def _within(series: Published, end: str) -> Published:
    """Return the series up to the last quarter of the runs."""
    limit = year_of_quarter(end) + 1e-9
    kept = [(year, value) for year, value in zip(series.years, series.persons, strict=True) if year <= limit]
    return Published(series.series, series.held_out, tuple(y for y, _ in kept), tuple(v for _, v in kept))


def _points(series: Published, words: Words, unit: float, end: str) -> figures.Points:
    cut = _within(series, end)
    values = [value / unit for value in cut.persons]
    return figures.Points(
        words.t[_series_key(series)], cut.years, values, _MARKERS[series.series], not series.held_out
    )


def _path_table(content: Content, words: Words, area: str) -> dict[str, Any]:
    """Return year-end numbers: each scenario with its interval, then the published series."""
    published: dict[str, dict[int, float]] = {}
    for series in content.published[area]:
        values = published.setdefault(series.series, {})
        values.update({int(year): value for year, value in zip(series.years, series.persons, strict=True)})
    names = {
        "census": "series_name_census",
        "as_published": "series_name_as_published",
        "revised": "series_name_revised",
    }
    quarters = [
        quarter for quarter, _ in content.paths[content.scenarios[0].id][area] if quarter.endswith("Q4")
    ]
    rows = []
    for quarter in quarters:
        year = int(quarter[:4])
        cells = []
        for scenario in content.options:
            value = dict(content.paths[scenario.id][area])[quarter]
            signed = content.compared is not None
            interval = words.n.interval(value.low, value.high, "persons", signed=signed)
            cells.append(f"{words.n.persons(value.estimate, signed=signed)} ({interval})")
        cells += [words.n.persons(values.get(year)) for values in published.values()]
        rows.append({"year": quarter, "cells": cells})
    return {"title": words.area(area), "series": [words.t[names[name]] for name in published], "rows": rows}
