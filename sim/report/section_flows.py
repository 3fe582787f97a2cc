"""Lay out where the displaced went: from area to area, and by the cause that moved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.codes import OUTSIDE
from sim.report import figures
from sim.report.content import GROUPS, Content, after
from sim.report.numbers import DASH
from sim.report.section_people import group_lines
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("same_district", "elsewhere_city", "outside_city")

_PERSONS_A_UNIT = {"en": 1e3, "zh": 1e4}
_GROUND, _FULL = (246, 248, 248), (11, 85, 99)


def flow_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the block of each scenario and the legend that all share."""
    from sim.outcomes.flows import area_groups

    legend = [
        {"label": words.t[part], "colour": colour}
        for part, colour in zip(PARTS, figures.PART_COLOURS, strict=False)
    ]
    groups = area_groups()
    blocks = [_block(content, words, number, groups) for number in range(len(content.scenarios))]
    intro = words.t["flows_intro"].format(start=after(content.base), end=content.end)
    note = words.trace(words.t["trace_flows"], runs=content.runs)
    return {"flows": blocks, "part_legend": legend, "flows_intro": intro, "flow_note": note}


def _block(content: Content, words: Words, number: int, groups: Mapping[str, str]) -> dict[str, Any]:
    scenario = content.scenarios[number]
    title = words.title(scenario)
    flows = content.flows[content.flows["scenario"] == scenario.id]
    if not len(flows) or not flows["persons"].sum():
        return {"title": title, "empty": True}
    causes = _by_cause(flows)
    bars = [
        figures.Bar(words.cause(name), [part / _PERSONS_A_UNIT[words.lang] for part in row["parts"]])
        for name, row in causes.items()
    ]
    svg = figures.stacked_bars_svg(
        bars,
        key=f"flows{number}",
        title=f"{words.t['flows_chart']}: {title}",
        description=words.t["flows_chart_description"],
        x_label=words.t["flows_axis_wan" if words.lang == "zh" else "flows_axis"],
    )
    return {
        "title": title,
        "empty": False,
        "matrix_title": words.t["flows_matrix"].format(scenario=title),
        "columns": [words.area_short(place) for place in (*GROUPS, *OUTSIDE)] + [words.t["flows_total"]],
        "matrix": _matrix(flows, words, groups),
        "svg": svg,
        "causes_title": words.t["flows_causes"].format(scenario=title),
        "causes": [
            {"name": words.cause(name), "cells": _cause_cells(row, words)} for name, row in causes.items()
        ],
        "groups": []
        if content.worst_hit.get(scenario.id)  # told better under equity
        else group_lines(content.people[scenario.id], words),
    }


def _matrix(flows: pd.DataFrame, words: Words, groups: Mapping[str, str]) -> list[dict[str, Any]]:
    origin = flows["origin"].astype(object).map(lambda name: groups.get(name, name))
    destination = flows["destination"].astype(object).map(lambda name: groups.get(name, name))
    table = flows.groupby([origin, destination], observed=True)["persons"].sum()
    places = (*GROUPS, *OUTSIDE)
    values = {(o, d): float(table.get((o, d), 0.0)) for o in GROUPS for d in places}
    largest = max(values.values()) or 1.0
    rows = []
    for o in GROUPS:
        cells = [_shaded(values[o, d], largest, words) for d in places]
        cells.append(_total(sum(values[o, d] for d in places), words))
        rows.append({"name": words.area_short(o), "cells": cells})
    sums = [_total(sum(values[o, d] for o in GROUPS), words) for d in places]
    rows.append({"name": words.t["flows_total"], "cells": [*sums, _total(sum(values.values()), words)]})
    return rows


def _shaded(value: float, largest: float, words: Words) -> dict[str, Any]:
    share = (value / largest) ** 0.5
    red, green, blue = (round(low + (high - low) * share) for low, high in zip(_GROUND, _FULL, strict=True))
    text = words.n.persons(value) if value >= 0.5 else DASH
    return {"text": text, "colour": f"#{red:02x}{green:02x}{blue:02x}", "dark": share > 0.52}


def _total(value: float, words: Words) -> dict[str, Any]:
    return {"text": words.n.persons(value), "colour": "#fff", "dark": False}


def _by_cause(flows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return sums by cause, the largest cause first."""
    inside = ~flows["destination"].isin(OUTSIDE)
    same = flows["origin"] == flows["destination"]
    found: dict[str, dict[str, Any]] = {}
    for cause, rows in flows.groupby("cause", observed=True):
        stays, here = inside[rows.index], same[rows.index]
        persons = rows["persons"]
        stayed = rows[stays]
        found[str(cause)] = {
            "persons": float(persons.sum()),
            "children": float(rows["children"].sum()),
            "non_local": float(persons[rows["hukou"] == "non_local"].sum()),
            "parts": [
                float(persons[here].sum()),
                float(persons[stays & ~here].sum()),
                float(persons[~stays].sum()),
            ],
            "rent": _before_after(stayed, "rent", "households"),
            "commute": _before_after(stayed, "commute", "workers"),
        }
    return dict(sorted(found.items(), key=lambda item: -item[1]["persons"]))


def _before_after(rows: pd.DataFrame, what: str, per: str) -> tuple[float, float] | None:
    """Return a mean before and after the move of those who stayed in the city."""
    weight = float(rows[per].sum())
    return (
        (float(rows[f"{what}_before"].sum()) / weight, float(rows[f"{what}_after"].sum()) / weight)
        if weight
        else None
    )


def _cause_cells(row: Mapping[str, Any], words: Words) -> list[str]:
    n, total = words.n, row["persons"] or 1.0
    cells = [n.persons(row["persons"]), n.persons(row["children"]), n.share(row["non_local"] / total)]
    cells += [n.share(part / total) for part in row["parts"]]
    rent, commute = row["rent"], row["commute"]
    cells.append(n.money_change(*rent) if rent else DASH)
    minutes = words.t["minutes"]
    cells.append(
        words.t["people_change"].format(
            before=n.plain(commute[0], 2), after=f"{n.plain(commute[1], 2)} {minutes}"
        )
        if commute
        else DASH
    )
    return cells
