"""Lay out how options stand when the parameters are drawn: limits kept, regret, and what decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.content import Content
from sim.report.numbers import DASH, MINUS
from sim.report.words import Words

Row = Mapping[str, Any]

ALL = "all"
_OUTCOMES = {
    "forced_to_move": "people_forced",
    "children_forced_to_move": "people_children",
    "spending": "summary_spending",
}


def robustness_context(content: Content, words: Words) -> dict[str, Any]:
    """Return shares of states in which limits hold, regret, and the parameters that decide; by option."""
    limits, regret = content.rows("satisficing"), content.rows("regret")
    options = list(dict.fromkeys(str(row["scenario"]) for row in (*limits, *regret)))
    if not options:
        return {"robustness": []}
    titles = {scenario.id: words.title(scenario) for scenario in content.scenarios}
    states = max(int(row["n_states"]) for row in (*limits, *regret))
    return {
        "robustness": _table(limits, "limit", options, _share, content, words)
        + _people(limits or regret, options, words),
        "regret": _table(regret, "outcome", options, _regret, content, words),
        "robustness_heads": [titles.get(option, option) for option in options],
        "robustness_intro": words.t["robustness_intro"].format(n=states),
        "decisive": _decisive(content, titles, words),
        "robustness_note": words.trace(words.t["trace_robustness"].format(n=states), runs=content.runs),
    }


def _table(
    rows: Sequence[Row], key: str, options: Sequence[str], cell: Any, content: Content, words: Words
) -> list[dict[str, Any]]:
    found = {(str(row[key]), str(row["scenario"])): row for row in rows}
    lines = []
    for name in dict.fromkeys(str(row[key]) for row in rows):
        first = next(row for row in rows if row[key] == name)
        cells = [
            cell(found[name, option], words) if (name, option) in found else {"text": DASH, "sub": ""}
            for option in options
        ]
        label = _label(name, first, content, words)
        lines.append({"name": label, "cells": cells, "total": name == ALL})
    return lines


def _label(name: str, row: Row, content: Content, words: Words) -> str:
    """Name a target, or an outcome with the limit set to it."""
    if name == ALL:
        return str(words.t["robustness_all"])
    target = next((item for item in content.targets if item["target"] == name), None)
    if target is not None:
        what = words.indicator(str(target["indicator"]))
        named = words.t["of"].format(area=words.area(str(target["area"])), what=what)
        return f"{named} {words.wanted(target)} {words.t['by']} {target['quarter']}"
    indicator, _, area = name.partition("<")[0].partition(">")[0].partition(":")
    if indicator in _OUTCOMES:
        named = str(words.t[_OUTCOMES[indicator]])
    else:
        named = words.t["of"].format(area=words.area(area), what=words.indicator(indicator))
    if "operator" not in row or row["value"] is None:
        return named
    sign = words.t["op_ge" if row["operator"] == ">=" else "op_le"]
    return f"{named} {sign} {_amount(row['value'], row, words)}"


def _amount(value: Any, row: Row, words: Words) -> str:
    unit = str(row["unit"])
    if unit == "share":
        return words.n.share(value, 1)
    if unit == "CNY":
        return words.n.funds(value)
    return words.n.with_unit(value, unit)


def _share(row: Row, words: Words) -> dict[str, str]:
    low, high = words.n.share(row["low"]), words.n.share(row["high"])
    sub = words.t["range_to"].format(low=low, high=high)
    if row.get("at_strict") is not None and row["at_strict"] != row["at_lenient"]:
        strict, lenient = words.n.share(row["at_strict"]), words.n.share(row["at_lenient"])
        sub += words.t["and"] + words.t["strict_lenient"].format(strict=strict, lenient=lenient)
    return {"text": words.n.share(row["estimate"]), "sub": sub}


def _regret(row: Row, words: Words) -> dict[str, str]:
    def write(value: Any) -> str:
        if row["unit"] == "share":
            return f"{words.n.plain(100 * float(value), 2)} {words.t['points']}"
        return _amount(value, row, words)

    most = words.t["regret_most"].format(most=write(row["maximum"]))
    best = words.t["regret_best"].format(share=words.n.share(row["share_best"]))
    return {"text": write(row["estimate"]), "sub": words.t["and"].join([most, best])}


def _people(rows: Sequence[Row], options: Sequence[str], words: Words) -> list[dict[str, Any]]:
    """Return who is forced to move by each option, which stands beside every judgement of it."""
    first = {str(row["scenario"]): row for row in rows}
    lines = []
    for key, label in (("forced_to_move", "people_forced"), ("children", "people_children")):
        cells = [
            {"text": words.n.persons(first[option][key]) if option in first else DASH, "sub": ""}
            for option in options
        ]
        lines.append({"name": words.t[label], "cells": cells, "total": False})
    return lines


def _decisive(content: Content, titles: Mapping[str, str], words: Words) -> list[dict[str, str]]:
    """Return the parameters that bound where an option fails, a row each."""
    lines = []
    for row in content.rows("decisive"):
        if row["status"] != "found" or row["parameter"] is None:
            continue
        unit = str(row["unit"] or "")
        unit = "" if unit in ("ratio", "share", "1") else f" {unit}"
        parts = [
            f"{sign} {f'{float(row[key]):.4g}'.replace('-', MINUS)}{unit}"
            for key, sign in (("at_least", "≥"), ("at_most", "≤"))
            if row[key] is not None
        ]
        lines.append(
            {
                "scenario": titles.get(str(row["scenario"]), str(row["scenario"])),
                "limit": _label(str(row["limit"]), {}, content, words),
                "parameter": str(row["parameter"]),
                "meaning": str(row["meaning"] or ""),
                "bounds": words.t["and"].join(parts),
                "basis": str(words.t["bases"].get(row["basis"], row["basis"])),
                "coverage": words.n.share(row["coverage"]),
                "density": words.n.share(row["density"]),
                "p": DASH if row["p_value"] is None else f"{float(row['p_value']):.2f}",
            }
        )
    return lines
