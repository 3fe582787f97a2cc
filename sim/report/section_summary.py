"""Lay out the first screen: targets, densities and the people moved for them, a column an option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.content import NO_MEASURES, Content, ScenarioInfo
from sim.report.numbers import DASH, known, shared_unit
from sim.report.section_equity import worst_cell
from sim.report.section_money import spending_row
from sim.report.section_people import change_cell
from sim.report.section_targets import CITY_AREAS, MAIN_BASIS, density_note, target_note
from sim.report.tables import OF_DENSITY
from sim.report.words import SURE, Words, status_of

Row = Mapping[str, Any]
Cells = list[dict[str, Any]]

MOST_TARGETS = 7
"""Targets of the city that fit on one screen; the whole table follows."""

MANY = 6
"""Options beyond which no unit is repeated in every cell."""

_BLANK = {"status": "", "word": "", "sub": ""}

COUNTS = (
    ("forced_to_move", "people_forced"),
    ("children", "people_children"),
    ("leavers_local", "people_left_local"),
    ("leavers_non_local", "people_left_non_local"),
)
CHANGES = (("rent_burden", "summary_rent_burden"), ("income", "summary_income"))
CITY = (("rent_burden_city", "people_rent_burden_city"),)
DENSITIES = ("population", "building", "commercial", "tourism")


def summary_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the groups of rows of the first table, and the words around it."""
    t = words.t
    period = str(next(iter(content.people.values()))["period"]).split("-")
    groups = [
        {"title": t["summary_targets"], "rows": _targets(content, words)},
        {"title": t["summary_densities"], "rows": _densities(content, words)},
        {
            "title": t["summary_people"].format(start=period[0], end=period[-1]),
            "rows": _people(content, words),
        },
    ]
    spent = spending_row(content, words)
    if spent is not None:
        note = words.trace(t["trace_spending"], runs=content.runs)
        row = compact(str(t["summary_spending"]), spent["cells"], note=note)
        groups.append({"title": t["money_heading"], "rows": [row]})
    compared = next((s for s in content.scenarios if s.id == content.compared), None)
    base = words.title(compared) if compared else ""
    return {
        "summary": [group for group in groups if group["rows"]],
        "summary_caption": t["summary_caption_compared" if compared else "summary_caption"].format(
            runs=content.runs, base=base
        ),
        "summary_bounds": t["bounds_few" if content.few else "bounds"],
    }


def compact(label: str, cells: Cells, *, wanted: str = "", note: int | None = None) -> dict[str, Any]:
    """Return a row; a long unit that its cells share stands in its head, as all do with many options."""
    texts = [str(cell["text"]) for cell in cells]
    unit, bare = shared_unit(texts)
    if "/" in unit or "·" in unit or len(cells) > MANY:
        texts = bare
    else:
        unit = ""
    filled = [_BLANK | cell | {"text": text} for cell, text in zip(cells, texts, strict=True)]
    head = {"label": label, "wanted": wanted, "unit": unit, "note": note, "long": False}
    return head | {"cells": filled}


def _plain(label: str, cells: Sequence[Mapping[str, Any]], note: int) -> dict[str, Any]:
    """Return a row whose cells stay as they are written."""
    head = {"label": label, "wanted": "", "unit": "", "note": note, "long": False}
    return head | {"cells": [_BLANK | cell for cell in cells]}


def _targets(content: Content, words: Words) -> list[dict[str, Any]]:
    by_id: dict[str, dict[str, Row]] = {}
    districts: dict[str, list[bool]] = {}
    for row in content.targets:
        if row["status"] != "judged" or row["basis"] not in (MAIN_BASIS, None):
            continue
        if row["area"] in CITY_AREAS:
            by_id.setdefault(str(row["target"]), {})[str(row["scenario"])] = row
        else:
            sure = status_of(row["probability"]) == "reached"
            districts.setdefault(str(row["scenario"]), []).append(sure)
    latest = sorted(by_id, key=lambda name: str(next(iter(by_id[name].values()))["quarter"]), reverse=True)
    shown = set(latest[:MOST_TARGETS])
    rows = [_target(cells, content, words) for name, cells in by_id.items() if name in shown]
    if districts:
        counts = [districts.get(s.id, []) for s in content.scenarios]
        cells: Cells = [
            {"text": words.t["count_of"].format(n=sum(found), of=len(found)), "title": words.title(s)}
            for s, found in zip(content.scenarios, counts, strict=True)
        ]
        note = words.trace(words.t["trace_districts"], runs=content.runs)
        rows.append(_plain(str(words.t["summary_districts"]), cells, note))
    return rows


def _target(found: Mapping[str, Row], content: Content, words: Words) -> dict[str, Any]:
    first = next(iter(found.values()))
    unit, area, quarter = str(first["unit"]), str(first["area"]), str(first["quarter"])
    base = found.get(str(content.compared))
    cells = []
    for scenario in content.scenarios:
        row = found.get(scenario.id)
        if row is None or not known(row["estimate"]):
            cells.append({"text": DASH, "title": words.t["per_scenario_missing"]})
            continue
        value, signed = float(row["estimate"]), False
        if base is not None and scenario.id != content.compared:
            value, signed = value - float(base["estimate"]), True
        text = words.n.with_unit(value, unit, signed=signed)
        if signed and unit.startswith("percent"):
            text = f"{'+' if value > 0 else ''}{words.n.plain(value, 2)} {words.t['points']}"
        status = status_of(row["probability"])
        title = _title(scenario, row, unit, words)
        reached = words.t["runs_reached"].format(share=words.n.share(row["probability"]))
        cells.append(
            {
                "text": text,
                "status": status,
                "word": words.t[f"status_{status}"],
                "title": words.t["and"].join([title, reached]),
            }
        )
    what = words.indicator(str(first["indicator"]))
    note = target_note(first, content, words)
    label = words.t["of"].format(area=words.area(area), what=what)
    by = f"{words.t['by']} {quarter}"
    return compact(label, cells, wanted=f"{words.wanted(first)} {by}", note=note)


def _densities(content: Content, words: Words) -> list[dict[str, Any]]:
    rows = []
    for density in DENSITIES:
        found = {str(row["scenario"]): row for row in content.densities if row["density"] == density}
        if not found:
            continue
        first = next(iter(found.values()))
        base = found.get(str(content.compared))
        cells = [
            _density(scenario, found.get(scenario.id), base, content, words) for scenario in content.scenarios
        ]
        name = str(words.t[f"short_{density}"])
        title = str(words.t[f"density_{density}"])
        note = density_note(first, title, content, words)
        rows.append(compact(name, cells, wanted=str(first["quarter"]), note=note))
    return rows


def _density(
    scenario: ScenarioInfo, row: Row | None, base: Row | None, content: Content, words: Words
) -> dict[str, Any]:
    """Write a density with a word on its direction: against the base or no measures."""
    if row is None or not known(row["estimate"]):
        return {"text": DASH, "title": words.t["per_scenario_missing"]}
    unit, value, signed = str(row["unit"]), float(row["estimate"]), False
    cell: dict[str, Any] = {"title": _title(scenario, row, unit, words)}
    if base is not None and scenario.id != content.compared:
        value, signed = value - float(base["estimate"]), True
        if known(base["estimate"]) and float(base["estimate"]):
            cell["sub"] = words.n.percent(100 * value / float(base["estimate"]), signed=True)
    elif known(row["change_percent"]):
        cell["sub"] = words.n.percent(row["change_percent"], signed=True)
    cell["text"] = words.n.with_unit(value, unit, signed=signed)
    if "sub" in cell:
        cell["title"] += f"{words.t['and']}{words.t['change']} {cell['sub']}"
    direction = _direction(scenario, row, content)
    if direction:
        cell |= {"status": direction, "word": words.t[direction]}
    return cell


def _direction(scenario: ScenarioInfo, row: Row, content: Content) -> str:
    """Say whether a density is surely lower or higher than without measures, or not surely either."""
    if content.compared is not None:
        found = next(
            (
                item
                for item in content.differences
                if item["scenario"] == scenario.id
                and item["area"] == "core"
                and item["quarter"] == row["quarter"]
                and item["indicator"] == OF_DENSITY.get(str(row["density"]))
            ),
            None,
        )
        if found is None:
            return ""
        sure = float(found["share_with_sign"]) >= SURE and float(found["estimate"]) != 0
        return "unsure" if not sure else "lower" if float(found["estimate"]) < 0 else "higher"
    if scenario.id == NO_MEASURES or not known(row.get("against_no_measures")):
        return ""
    lower, difference = float(row["against_no_measures_probability"]), float(row["against_no_measures"])
    if lower >= SURE:
        return "lower"
    return "higher" if lower <= 1 - SURE and difference > 0 else "unsure"


def _people(content: Content, words: Words) -> list[dict[str, Any]]:
    rows = []
    for name, label in COUNTS:
        cells = [_count(name, scenario, content, words) for scenario in content.scenarios]
        note = words.trace(words.t["trace_people"].format(name=words.t[label], id=name), runs=content.runs)
        rows.append(compact(str(words.t[label]), cells, note=note))
    for name, label in CHANGES:
        cells = []
        for scenario in content.scenarios:
            people = content.people[scenario.id]
            cells.append({"text": change_cell(name, people, words), "title": words.title(scenario)})
        note = words.trace(words.t["trace_people"].format(name=words.t[label], id=name), runs=content.runs)
        rows.append(compact(str(words.t[label]), cells, note=note))
    cells = [worst_cell(scenario, content, words) for scenario in content.scenarios]
    note = words.trace(
        words.t["equity_worst_by" if any(content.worst_hit.values()) else "people_worst_by"],
        runs=content.runs,
    )
    rows.append(_plain(str(words.t["summary_worst"]), cells, note) | {"long": True})
    for name, label in CITY:
        cells = [
            {"text": words.n.share(content.people[s.id][name]["estimate"], 1), "title": words.title(s)}
            for s in content.scenarios
        ]
        note = words.trace(words.t["trace_people"].format(name=words.t[label], id=name), runs=content.runs)
        rows.append(compact(str(words.t[label]), cells, note=note))
    return rows


def _count(name: str, scenario: ScenarioInfo, content: Content, words: Words) -> dict[str, Any]:
    """Write a count of people, or on a page of comparison how many more than in the base."""
    figure = content.people[scenario.id][name]
    value, signed = figure["estimate"], False
    if content.compared is not None and scenario.id != content.compared:
        of_base = content.people[content.compared][name]["estimate"]
        if known(value) and known(of_base):
            value, signed = float(value) - float(of_base), True
    text = words.n.persons(value, signed=signed)
    return {"text": text, "title": _title(scenario, figure, "persons", words)}


def _title(scenario: ScenarioInfo, row: Row, unit: str, words: Words) -> str:
    """Return what a cell says when it is pointed at: the option, the level, the bounds and the runs."""
    parts: Sequence[str] = (
        f"{words.title(scenario)}{words.t['colon']}{words.n.with_unit(row['estimate'], unit)}",
        words.n.interval(row["low"], row["high"], unit),
        words.t["n_runs"].format(n=scenario.n_replications),
    )
    return str(words.t["and"].join(part for part in parts if part))
