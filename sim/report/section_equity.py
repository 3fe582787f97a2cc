"""Lay out how people fared: displaced, stayers and receivers before and after, and the group hit hardest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.content import Content, ScenarioInfo
from sim.report.numbers import DASH, known
from sim.report.words import Words

Row = Mapping[str, Any]

GROUPS = ("displaced", "stayers", "receivers")
MEASURES = ("rent_burden", "income", "commute_minutes", "moves")
BY_GROUP = (
    "persons",
    "children",
    "left_city",
    "sharing",
    "rent_burden",
    "income_after_rent",
    "commute_minutes",
)
FEWEST = 100
"""Simulated persons, over the runs, below whom a group is not named: its figures are chance. Assumed."""
DIMENSIONS = ("all", "hukou", "income_group", "tenure", "age_group")


def equity_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the follow-up by measure and group, the displaced by who they are, and the group hit hardest."""
    followed = content.rows("follow_up")
    if not followed:
        return {"equity": []}
    return {
        "equity": [_measure(measure, followed, content, words) for measure in MEASURES],
        "equity_groups": _by_group(content, words),
        "equity_worst": worst_sentences(content, words),
        "equity_note": words.trace(words.t["trace_equity"], runs=content.runs),
    }


def worst_sentences(content: Content, words: Words) -> list[dict[str, str]]:
    """Return by scenario the sentences that name the group hit hardest and the one that left most."""
    lines = []
    for scenario in content.scenarios:
        worst = worst_of(scenario, content)
        if not worst:
            continue
        leaving = worst["most_leaving"]
        said = words.t["equity_worst"].format(
            group=group_name(worst, words),
            value=words.n.percent(worst["value"], signed=True),
            persons=words.n.people(worst["persons"]),
        )
        left = words.t["equity_leaving"].format(
            group=group_name(leaving, words),
            share=words.n.share(leaving["value"]),
            persons=words.n.people(leaving["persons"]),
        )
        lines.append({"title": words.title(scenario), "worst": said, "leaving": left})
    return lines


def worst_of(scenario: ScenarioInfo, content: Content) -> Row | None:
    """Return the group hit hardest where orders of the period put anybody out and enough were followed."""
    worst = content.worst_hit.get(scenario.id)
    forced = content.people[scenario.id]["forced_to_move"]["estimate"]
    if not worst or not known(forced) or not forced:
        return None
    simulated = float(content.meta["sample"]) * scenario.n_replications
    groups = (worst, worst["most_leaving"])
    return worst if all(float(item["persons"]) * simulated >= FEWEST for item in groups) else None


def worst_cell(scenario: ScenarioInfo, content: Content, words: Words) -> dict[str, str]:
    """Write in few words who was hit hardest, for the first table."""
    worst = worst_of(scenario, content)
    if worst:
        value = words.n.percent(worst["value"], signed=True)
        return {"text": f"{group_name(worst, words)} {value}", "title": words.t["equity_worst_by"]}
    forced = content.people[scenario.id]["forced_to_move"]["estimate"]
    old = None if content.worst_hit.get(scenario.id) else content.people[scenario.id].get("worst_hit")
    if not old or not known(forced) or not forced:
        return {"text": DASH, "title": words.title(scenario)}
    group = words.t["group_of"].format(
        income=words.t[f"income_{old['income_group']}"], hukou=words.t[f"hukou_{old['hukou']}"]
    )
    value = words.n.percent(old["value"], signed=True)
    return {"text": f"{group} {value}", "title": words.t["people_worst_by"]}


def group_name(item: Row, words: Words) -> str:
    """Return the name of a group of the displaced; of two dimensions at once where they are joined."""
    dimension, group = str(item["dimension"]), str(item["group"])
    if dimension == "all":
        return str(words.t["equity_all"])
    if "+" in dimension:
        hukou, income = group.split("+")
        return str(
            words.t["group_of"].format(income=words.t[f"income_{income}"], hukou=words.t[f"hukou_{hukou}"])
        )
    if dimension == "income_group":
        return str(words.t["income_of"].format(income=words.t[f"income_{group}"]))
    return str(words.t.get(f"{dimension}_{group}") or group.replace("_", " "))


def _measure(measure: str, rows: Sequence[Row], content: Content, words: Words) -> dict[str, Any]:
    found = {(str(r["scenario"]), str(r["group"])): r for r in rows if r["measure"] == measure}
    lines = [
        {
            "name": words.t[f"equity_{group}"],
            "cells": [_change(found.get((scenario.id, group)), words) for scenario in content.scenarios],
        }
        for group in GROUPS
    ]
    return {"title": words.t[f"equity_{measure}"], "rows": lines}


def _change(row: Row | None, words: Words) -> dict[str, str]:
    """Write before and after, the change with its bounds, and what it is over that of others alike."""
    if row is None or not (known(row["before"]) and known(row["after"])):
        return {"text": DASH, "sub": ""}
    unit = str(row["unit"])
    if unit == "CNY/month":
        text = words.n.money_change(row["before"], row["after"])
    else:
        before, after = (_level(row[name], unit, words) for name in ("before", "after"))
        text = words.t["people_change"].format(before=before, after=after)
    parts = [_difference(row["change"], row["low"], row["high"], unit, words)]
    if known(row["against_others"]):
        over = _difference(row["against_others"], row["against_low"], row["against_high"], unit, words)
        parts.append(words.t["equity_against"].format(difference=over))
    return {"text": text, "sub": words.t["and"].join(parts)}


def _level(value: Any, unit: str, words: Words) -> str:
    if unit == "share":
        return words.n.share(value, 1)
    word = words.t["minutes"] if unit == "minutes" else words.t["moves_a_year"]
    return f"{words.n.plain(value, 3)} {word}"


def _difference(value: Any, low: Any, high: Any, unit: str, words: Words) -> str:
    """Write a change and its bounds, the unit once: points, yuan, minutes or moves."""
    factor = 100.0 if unit == "share" else 1.0
    word = words.t[
        "unit_" + {"share": "points", "CNY/month": "money", "minutes": "minutes"}.get(unit, "moves")
    ]
    if not known(value):
        return DASH
    middle, least, most = (
        _signed(float(v) * factor, words) if known(v) else DASH for v in (value, low, high)
    )
    bounds = "" if least == most else f" ({least} {DASH} {most})"
    return f"{middle} {word}{bounds}"


def _signed(value: float, words: Words) -> str:
    text = words.n.plain(value, 3)
    return f"+{text}" if value > 0 and text != "0" else text


def _by_group(content: Content, words: Words) -> list[dict[str, Any]]:
    """Return by scenario a row for each group of the displaced."""
    rows = content.rows("by_group")
    tables = []
    for scenario in content.scenarios:
        mine = [row for row in rows if row["scenario"] == scenario.id]
        if not content.people[scenario.id]["forced_to_move"]["estimate"]:
            continue  # the few of whom it would tell were put out before the options differ
        keys = dict.fromkeys(
            (dimension, str(row["group"]))
            for dimension in DIMENSIONS
            for row in mine
            if row["dimension"] == dimension
        )
        lines = []
        for dimension, group in keys:
            facts = {str(r["measure"]): r for r in mine if (r["dimension"], r["group"]) == (dimension, group)}
            lines.append(
                {
                    "name": group_name({"dimension": dimension, "group": group}, words),
                    "total": dimension == "all",
                    "cells": [_fact(facts.get(measure), words) for measure in BY_GROUP],
                }
            )
        if lines:
            tables.append({"title": words.title(scenario), "rows": lines})
    return tables


def _fact(row: Row | None, words: Words) -> str:
    if row is None:
        return DASH
    measure, unit = str(row["measure"]), str(row["unit"])
    if measure in ("persons", "children"):
        return words.n.persons(row["estimate"])
    if measure in ("left_city", "sharing"):
        return words.n.share(row["estimate"])
    value = row["against_others"] if known(row["against_others"]) else row["estimate"]
    return _difference(value, None, None, unit, words).split(" (")[0]
