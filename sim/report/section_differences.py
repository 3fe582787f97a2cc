"""Lay out the paired differences from a base scenario: estimate, interval, share of runs with the sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.content import NO_MEASURES, Content
from sim.report.numbers import DASH, shared_unit
from sim.report.tables import OF_DENSITY
from sim.report.words import SURE, Words
from sim.scenarios.compare import INDICATORS

Row = Mapping[str, Any]

AREAS = ("beijing", "city_six", "core")
"""Areas whose differences are shown at once; those of the other areas can be opened."""
DENSE = "core"
"""Area whose densities are compared, too."""
OTHER_AREAS = ("inner", "tongzhou", "subcentre", "new_towns", "ecological")


def difference_context(content: Content, words: Words) -> dict[str, Any]:
    """Return a table of differences for each area, and the options that are its columns."""
    t = words.t
    base = next((s for s in content.scenarios if s.id == (content.compared or NO_MEASURES)), None)
    if not content.differences or base is None:
        return {"differences": [], "more_differences": [], "difference_heads": []}
    options = [s for s in content.scenarios if s.id != base.id]
    found: dict[tuple[str, str, str], Row] = {}
    for row in content.differences:
        if row["quarter"] == content.end and row["indicator"] in INDICATORS:
            found.setdefault((str(row["area"]), str(row["indicator"]), str(row["scenario"])), row)
    names = [s.id for s in options]
    return {
        "differences": [_area(area, names, found, content, words) for area in AREAS],
        "more_differences": [_area(area, names, found, content, words) for area in OTHER_AREAS],
        "difference_heads": [words.title(s) for s in options],
        "differences_title": t["differences_title"].format(base=words.title(base), end=content.end),
        "differences_intro": t["differences_intro_few" if content.few else "differences_intro"].format(
            base=words.title(base)
        ),
        "base_title": words.title(base),
    }


def _area(
    area: str, names: list[str], found: Mapping[tuple[str, str, str], Row], content: Content, words: Words
) -> dict[str, Any]:
    rows = []
    for indicator in INDICATORS:
        if area != DENSE and indicator in OF_DENSITY.values():
            continue  # over the same land it moves as the count it divides
        cells = [found.get((area, indicator, name)) for name in names]
        first = next((cell for cell in cells if cell is not None), None)
        if first is None:
            continue
        unit = str(first["unit"])
        was, texts = _with_shared_unit(first["base_estimate"], cells, unit, words)
        note = words.trace(
            words.t["trace_indicator"].format(name=words.indicator(indicator), id=indicator, unit=unit),
            area=words.area(area),
            quarter=content.end,
            runs=content.runs,
        )
        shown = [
            {"missing": True} if cell is None else _cell(cell, text, unit, words)
            for cell, text in zip(cells, texts, strict=True)
        ]
        rows.append({"name": words.indicator(indicator), "base": was, "cells": shown, "note": note})
    return {"title": words.area(area), "rows": rows}


def _with_shared_unit(base: Any, cells: list[Row | None], unit: str, words: Words) -> tuple[str, list[str]]:
    was = words.n.share(base, 2) if unit == "share" else words.n.with_unit(base, unit)
    texts = [DASH if cell is None else _amount(cell["estimate"], unit, words) for cell in cells]
    return was, shared_unit(texts)[1] if unit.endswith("km2") else texts


def _amount(value: Any, unit: str, words: Words) -> str:
    """Write a difference; that of a share in percentage points."""
    if unit != "share":
        return words.n.with_unit(value, unit, signed=True)
    sign = "+" if float(value) > 0 else ""
    return f"{sign}{words.n.plain(100 * float(value), 2)} {words.t['points']}"


def _cell(row: Row, text: str, unit: str, words: Words) -> dict[str, Any]:
    t, estimate, share = words.t, float(row["estimate"]), float(row["share_with_sign"])
    if unit == "share":
        low, high = (words.n.plain(100 * float(row[name]), 2) for name in ("low", "high"))
        interval = words.t["range_to"].format(low=low, high=high)
    else:
        interval = words.n.bounds(row["low"], row["high"], unit, signed=True)
    sure = share >= SURE and estimate != 0
    direction = "same" if estimate == 0 and share == 1 else "unsure"
    if sure:
        direction = "lower" if estimate < 0 else "higher"
    factor = row["variance_reduction"]
    pairing = t["pairing"].format(times=words.n.plain(factor, 2)) if factor is not None else ""
    return {
        "missing": False,
        "direction": direction,
        "word": t[direction],
        "estimate": text,
        "detail": t["and"].join(
            part
            for part in (
                words.n.percent(row["change_percent"], signed=True),
                interval,
                t["share_with_sign"].format(share=words.n.share(share)),
            )
            if part
        ),
        "title": t["and"].join(
            part for part in (t["n_runs"].format(n=row["n_replications"]), pairing) if part
        ),
    }
