"""Lay out whether there are enough replications: what is settled, and how many more would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.outcomes.replications import DENSITY, ENOUGH, MORE, TARGET
from sim.report.content import Content
from sim.report.numbers import DASH, known
from sim.report.section_targets import CITY_AREAS, MAIN_BASIS
from sim.report.words import Words

Row = Mapping[str, Any]


def replication_context(content: Content, words: Words) -> dict[str, Any]:
    """Return for each target of the city and each density whether its runs settle it."""
    rows = [row for row in content.rows("enough") if row["basis"] == MAIN_BASIS]
    if not rows:
        return {"replications": []}
    t = words.t
    settled = sum(row["verdict"] == ENOUGH for row in rows)
    shown = [row for row in rows if row["subject"] == DENSITY or row["area"] in CITY_AREAS]
    names = list(dict.fromkeys((str(row["subject"]), str(row["name"])) for row in shown))
    lines = []
    for subject, name in names:
        found = {str(r["scenario"]): r for r in shown if (r["subject"], r["name"]) == (subject, name)}
        cells = [_cell(found.get(scenario.id), words) for scenario in content.scenarios]
        lines.append({"name": _name(next(iter(found.values())), words), "cells": cells})
    halve = [int(row["more_to_halve"]) for row in rows if row["more_to_halve"]]
    factor = _pairing(content, words)
    return {
        "replications": lines,
        "replications_said": t["replications_said"].format(
            settled=settled, n=len(rows), runs=content.runs, more=max(halve, default=0)
        ),
        "pairing_said": t["pairing_said"].format(times=factor) if factor else "",
        "replications_note": words.trace(t["trace_replications"], runs=content.runs),
        "robustness_hint": t["robustness_hint"] if "satisficing" not in content.frames else "",
    }


def _name(row: Row, words: Words) -> str:
    if row["subject"] == TARGET:
        what = words.indicator(str(row["indicator"]))
        named = words.t["of"].format(area=words.area(str(row["area"])), what=what)
        return f"{named} {row['quarter']} ({row['name']})"
    against = row["compared_with"]
    since = words.t["change_since"].format(base=against)
    other = words.t["against_none"] if against == "no-measures" else since
    return str(words.t[f"density_{row['name']}"]) + words.t["colon"] + other


def _cell(row: Row | None, words: Words) -> dict[str, str]:
    if row is None:
        return {"status": "", "word": DASH, "detail": ""}
    t, unit = words.t, str(row["unit"])
    if row["verdict"] not in (ENOUGH, MORE):
        return {"status": "unsure", "word": t["verdict_one"], "detail": ""}
    sure = row["verdict"] == ENOUGH
    parts = [t["interval_width"].format(width=words.n.with_unit(row["width"], unit))]
    if not sure and known(row["more_to_decide"]):
        parts.append(t["more_to_decide"].format(n=int(row["more_to_decide"])))
    return {
        "status": "same" if sure else "unsure",
        "word": t["verdict_enough" if sure else "verdict_more"],
        "detail": t["and"].join(parts),
    }


def _pairing(content: Content, words: Words) -> str:
    """Return how many times pairing cuts the variance of the core's population, the least of the options."""
    factors: Sequence[float] = [
        float(row["variance_reduction"])
        for row in content.differences
        if (row["area"], row["indicator"], row["quarter"]) == ("core", "residents", content.end)
        and row["variance_reduction"] is not None
    ]
    return words.n.plain(min(factors), 2) if factors else ""
