"""Lay out targets, the displaced beside them, and the densities of the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.content import Content
from sim.report.numbers import MINUS, known
from sim.report.words import Words, status_of

CITY_AREAS = ("beijing", "city_six", "core", "subcentre", "tongzhou")
MAIN_BASIS = "latent"

_EVIDENCE = {
    "observed base": "evidence_observed",
    "modelled base": "evidence_modelled",
    "no base": "evidence_none",
}

Row = Mapping[str, Any]


def target_context(content: Content, words: Words) -> dict[str, Any]:
    """Return both tables of targets and the list of those that are not judged."""
    by_id: dict[str, dict[tuple[str, str], Row]] = {}
    for row in content.targets:
        by_id.setdefault(str(row["target"]), {})[str(row["scenario"]), str(row["basis"])] = row
    city: list[dict[str, Any]] = []
    district: list[dict[str, Any]] = []
    not_judged: list[dict[str, Any]] = []
    for cells in by_id.values():
        first = next(iter(cells.values()))
        if not any(row["status"] == "judged" for row in cells.values()):
            not_judged.append(_head(first, words) | {"reason": _reason(first, content.end, words)})
            continue
        entry = _head(first, words) | {
            "note": target_note(first, content, words),
            "cells": [_cell(cells, s.id, words.title(s), words) for s in content.scenarios],
        }
        (city if first["area"] in CITY_AREAS else district).append(entry)
    return {"targets_city": city, "targets_district": district, "not_judged": not_judged}


def target_note(row: Row, content: Content, words: Words) -> int:
    """Return the number of the note that traces a target to its line, its clause and the runs."""
    return words.trace(
        words.t["trace_target"].format(name=words.indicator(str(row["indicator"])), id=row["target"]),
        area=words.area(str(row["area"])),
        quarter=str(row["quarter"]),
        runs=content.runs,
        source=words.source(row),
    )


def density_note(row: Row, name: str, content: Content, words: Words) -> int:
    """Return the number of the note that traces a density of the core."""
    return words.trace(
        words.t["trace_indicator"].format(name=name, id=row["density"], unit=row["unit"]),
        area=words.area("core"),
        quarter=str(row["quarter"]),
        runs=content.runs,
        source=words.t["density_source"],
    )


def density_context(content: Content, words: Words) -> list[dict[str, Any]]:
    """Return the table of densities: a row a density and quarter, a cell a scenario."""
    keys = list(dict.fromkeys((str(row["density"]), str(row["quarter"])) for row in content.densities))
    table = []
    for density, quarter in keys:
        rows = {
            str(row["scenario"]): row
            for row in content.densities
            if (row["density"], row["quarter"]) == (density, quarter)
        }
        first = next(iter(rows.values()))
        title = str(words.t.get(f"density_{density}") or words.indicator(density))
        table.append(
            {
                "title": title,
                "note": density_note(first, title, content, words),
                "quarter": quarter,
                "cells": [_density_cell(rows.get(s.id), words.title(s), words) for s in content.scenarios],
                "evidence": _evidence(first, words),
                "beside": bool(first.get("beside")),
            }
        )
    return sorted(table, key=lambda row: row["beside"])


def _head(row: Row, words: Words) -> dict[str, Any]:
    return {
        "name": words.t["of"].format(
            area=words.area(str(row["area"])), what=words.indicator(str(row["indicator"]))
        ),
        "wanted": words.wanted(row),
        "quarter": str(row["quarter"]),
        "source": words.source(row),
    }


def _reason(row: Row, end: str, words: Words) -> str:
    """Say in the page's language why a target is not judged."""
    if str(row["quarter"]) > end:
        return str(words.t["reason_later"].format(end=end))
    not_carried = str(row["reason"]).startswith("the model does not carry")
    return str(words.t["reason_not_carried"] if not_carried else row["reason"])


def _cell(cells: Mapping[tuple[str, str], Row], scenario: str, title: str, words: Words) -> dict[str, Any]:
    main = cells.get((scenario, MAIN_BASIS)) or next(
        (row for key, row in cells.items() if key[0] == scenario), None
    )
    if main is None or main["status"] != "judged":
        return {"scenario": title, "missing": True}
    unit = str(main["unit"])
    status = status_of(main["probability"])
    return {
        "scenario": title,
        "missing": False,
        "status": status,
        "estimate": words.n.with_unit(main["estimate"], unit),
        "interval": words.n.bounds(main["low"], main["high"], unit),
        "detail": words.t["and"].join(_details(main, words)),
        "official": _official(cells.get((scenario, "official")), status, words)
        if main["basis"] == MAIN_BASIS
        else "",
    }


def _details(row: Row, words: Words) -> list[str]:
    details = [words.t["runs_reached"].format(share=words.n.share(row["probability"]))]
    if str(row["unit"]).startswith("percent vs"):
        points = words.n.plain(float(row["estimate"]) - float(row["value"]), 2)
        details.append(words.t["gap_points"].format(gap=points if points[0] == MINUS else f"+{points}"))
    elif known(row["gap_percent"]):
        details.append(words.t["gap"].format(gap=words.n.percent(row["gap_percent"], signed=True)))
    if row["first_reached"]:
        details.append(words.t["first_reached"].format(quarter=row["first_reached"]))
    return details


def _official(row: Row | None, latent_status: str, words: Words) -> str:
    """Say what the official measure says where it would judge otherwise."""
    if row is None or row["status"] != "judged":
        return ""
    status = status_of(row["probability"])
    if status == latent_status:
        return ""
    estimate = words.n.with_unit(row["estimate"], str(row["unit"]))
    return str(
        words.t["official_differs"].format(estimate=estimate, status=words.t[f"status_{status}"].lower())
    )


def _evidence(row: Row, words: Words) -> str:
    """Say what the base of a density rests on, or why it is not judged."""
    if row["status"] == "judged" or known(row["change_percent"]):
        return str(words.t[_EVIDENCE[str(row["evidence"])]])
    reason = words.t["density_not_carried"] if words.lang == "zh" else row["reason"]
    return f"{words.t['status_none']}{words.t['colon']}{reason}"


def _density_cell(row: Row | None, title: str, words: Words) -> dict[str, Any]:
    if row is None or not known(row["change_percent"]):
        return {"scenario": title, "missing": True}
    n, t, unit = words.n, words.t, str(row["unit"])
    since = t["change_since"].format(base=row["base_quarter"])
    lower = t["lower_in"].format(share=n.share(row["probability_lower"]))
    change = f"{since}{t['colon']}{n.percent(row['change_percent'], signed=True)}{t['and']}{lower}"
    against = ""
    if known(row.get("against_no_measures")):
        middle = n.with_unit(row["against_no_measures"], unit, signed=True)
        low, high = row["against_no_measures_low"], row["against_no_measures_high"]
        bounds = n.bounds(low, high, unit, signed=True)
        bounds = f" ({bounds})" if bounds else ""
        against = f"{t['against_none']}{t['colon']}{middle}{bounds}"
    observed = str(row["evidence"]) != "no base"
    return {
        "scenario": title,
        "missing": False,
        "estimate": n.with_unit(row["estimate"], unit)
        if observed
        else n.percent(row["change_percent"], signed=True),
        "interval": n.bounds(row["low"], row["high"], unit) if observed else "",
        "change": change,
        "against": against,
    }
