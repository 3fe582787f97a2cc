"""Lay out which measures made the effect: the waterfall of an attribution, and people by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.outcomes.attribution import INTERACTION
from sim.report import figures
from sim.report.content import NO_MEASURES, Content
from sim.report.numbers import DASH
from sim.report.words import Words

if TYPE_CHECKING:
    from sim.scenarios.coalitions import Attribution

_PERSONS_A_UNIT = {"en": 1e3, "zh": 1e4}
ATTRIBUTE = "shujie attribute STORE --scenario {scenario} --indicator residents --area core"
PERSONS = ("gross", "double_counted", "rebounded", "net", "inside", "left")


def attribution_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the waterfalls with their tables, people by kind, and how to make what is missing."""
    options = [s.id for s in content.scenarios if s.id != NO_MEASURES]
    example = options[0] if options else NO_MEASURES
    return {
        "attributions": [
            _waterfall(item, number, content, words) for number, item in enumerate(content.attributions)
        ],
        "attribution_command": ATTRIBUTE.format(scenario=example),
        "person_tables": _persons(content, words),
    }


def _waterfall(item: Attribution, number: int, content: Content, words: Words) -> dict[str, Any]:
    plan, t = item.plan, words.t
    names = {scenario.id: words.title(scenario) for scenario in content.scenarios}
    rows = sorted(item.rows(), key=lambda row: (row["measure"] == INTERACTION, row["contribution"]))
    unit = _PERSONS_A_UNIT[words.lang]
    steps = [
        figures.Step(
            words.kind(str(row["measure"])),
            float(row["contribution"]) / unit,
            float(row["low"]) / unit,
            float(row["high"]) / unit,
            words.n.with_unit(row["contribution"], item.unit, signed=True),
        )
        for row in rows
    ]
    whole = words.n.with_unit(item.total, item.unit, signed=True)
    total = item.total / unit
    steps.append(figures.Step(t["attribution_total"], total, total, total, whole, is_sum=True))
    title = t["attribution_title"].format(
        what=words.indicator(plan.indicator),
        area=words.area(plan.area),
        quarter=plan.quarter,
        scenario=names.get(plan.scenario, plan.scenario),
        base=names.get(plan.base, plan.base),
    )
    method = t[f"method_{plan.method.replace('-', '_')}"]
    source = words.trace(
        t["trace_indicator"].format(name=words.indicator(plan.indicator), id=plan.indicator, unit=item.unit),
        area=words.area(plan.area),
        quarter=plan.quarter,
        runs=str(item.n_replications),
        source=method,
    )
    return {
        "title": title,
        "method": method,
        "note": source,
        "svg": figures.waterfall_svg(
            steps,
            key=f"waterfall{number}",
            title=title,
            description=t["attribution_description"],
            x_label=t["flows_axis_wan" if words.lang == "zh" else "flows_axis"],
        ),
        "rows": [_row(row, item.unit, words) for row in rows],
        "total": whole,
    }


def _row(row: Mapping[str, Any], unit: str, words: Words) -> dict[str, Any]:
    kinds = words.t["list"].join(words.kind(kind) for kind in row["kinds"])
    name = words.kind(str(row["measure"]))
    return {
        "name": name,
        "kinds": "" if kinds == name else kinds,
        "contribution": words.n.with_unit(row["contribution"], unit, signed=True),
        "interval": words.n.interval(row["low"], row["high"], unit, signed=True),
        "error": words.n.with_unit(row["standard_error"], unit),
        "assumed": words.n.share(row["assumed_share"]),
    }


def _persons(content: Content, words: Words) -> list[dict[str, Any]]:
    tables = []
    for scenario in content.scenarios:
        rows = sorted(
            (row for row in content.persons if row["scenario"] == scenario.id), key=lambda row: -row["gross"]
        )
        if not rows:
            continue
        lines = [
            {
                "name": words.kind(str(row["kind"])),
                "cells": [words.n.persons(row[name]) if row[name] else DASH for name in PERSONS],
            }
            for row in rows
        ]
        sums = [words.n.persons(sum(float(row[name]) for row in rows)) for name in PERSONS]
        tables.append({"title": words.title(scenario), "rows": lines, "total": sums})
    return tables
