"""Lay out who was displaced: the panel beside the targets, and the line in every other view of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.content import Content
from sim.report.numbers import DASH, Numbers, grouped, known
from sim.report.text import load_text
from sim.report.words import Words

Figure = Mapping[str, Any]

COUNTS = (
    "forced_to_move",
    "children",
    "elderly",
    "no_home_at_once",
    "moved_after_job_loss",
    "forced_leavers_local",
    "forced_leavers_non_local",
    "leavers_local",
    "leavers_non_local",
)
"""Persons in `sim.outcomes.equity.people_summary`, in the order of the panel."""

COMPARED = ("leavers_local", "leavers_non_local")
"""Counts that people also make without any measure, so that only the difference speaks of the measures."""

CHANGES = ("rent_burden", "income", "commute")
"""What changed for those who were forced to move inside the city."""

CITY = ("rent_burden_city", "income_city")

_LABELS = {
    "forced_to_move": "people_forced",
    "children": "people_children",
    "elderly": "people_elderly",
    "no_home_at_once": "people_no_home",
    "moved_after_job_loss": "people_job_loss",
    "forced_leavers_local": "people_forced_left_local",
    "forced_leavers_non_local": "people_forced_left_non_local",
    "leavers_local": "people_left_local",
    "leavers_non_local": "people_left_non_local",
}


def people_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the panel's rows and, by scenario, the line that repeats the most important of them."""
    figures = [content.people[scenario.id] for scenario in content.scenarios]
    period = str(figures[0]["period"]).split("-")
    return {
        "people": [{"title": words.title(scenario)} for scenario in content.scenarios],
        "people_rows": people_table(figures, words),
        "people_short": people_short(figures, words),
        "people_period": words.t["people_period"].format(start=period[0], end=period[-1]),
        "people_note": words.t["people_moved_note"],
        "people_note_number": words.trace(words.t["trace_people_panel"], runs=content.runs),
    }


def people_table(figures: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Return the rows of the panel: a label, and a cell for each scenario's figures."""
    rows = [
        {
            "label": words.t[_LABELS[name]],
            "cells": [_count(people[name], words, compared=name in COMPARED) for people in figures],
        }
        for name in COUNTS
    ]
    rows += [
        {
            "label": words.t[f"people_{name}"],
            "cells": [
                {"estimate": change_cell(name, people, words), "interval": "", "sub": ""}
                for people in figures
            ],
        }
        for name in CHANGES
    ]
    rows += [
        {
            "label": words.t[f"people_{name}"],
            "cells": [_city(name, people[name], words) for people in figures],
        }
        for name in CITY
    ]
    return rows


def people_short(figures: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Return what must stand beside every table of targets or densities: a label, and a text a scenario."""
    counts = ("forced_to_move", "children", "leavers_local", "leavers_non_local")
    rows = [
        {
            "label": words.t[_LABELS[name]],
            "cells": [words.n.persons(people[name]["estimate"]) for people in figures],
        }
        for name in counts
    ]
    rows += [
        {
            "label": words.t[f"summary_{name}"],
            "cells": [change_cell(name, people, words) for people in figures],
        }
        for name in ("rent_burden", "income")
    ]
    return rows


def _count(figure: Figure, words: Words, *, compared: bool) -> dict[str, str]:
    n = words.n
    cell = {"estimate": n.persons(figure["estimate"]), "interval": "", "sub": ""}
    if figure["low"] != figure["high"]:
        cell["interval"] = n.interval(figure["low"], figure["high"], "persons")
    if compared and known(figure.get("against_no_measures")):
        cell["sub"] = words.t["people_against"].format(
            difference=n.persons(figure["against_no_measures"], signed=True)
        )
    return cell


def change_cell(name: str, people: Mapping[str, Any], words: Words) -> str:
    """Write a change of those who were forced to move; a dash where nobody was in the period."""
    forced = people["forced_to_move"]["estimate"]
    figure = people[name]
    before, after = figure.get("before"), figure.get("after")
    if not (known(before) and known(after) and known(forced) and forced > 0):
        return DASH
    if name == "income":
        return words.n.money_change(before, after)
    first = grouped(100 * float(before), 1) if name == "rent_burden" else words.n.plain(before, 3)
    return str(words.t["people_change"].format(before=first, after=_amount(name, after, words.n)))


def _city(name: str, figure: Figure, words: Words) -> dict[str, str]:
    plain = name.removesuffix("_city")
    cell = {"estimate": _amount(plain, figure["estimate"], words.n), "interval": "", "sub": ""}
    if known(figure.get("against_no_measures")):
        difference = float(figure["against_no_measures"])
        sign = "+" if difference > 0 else ""
        points = f"{words.n.plain(difference * 100, 2)} {words.t['points']}"
        written = points if plain == "rent_burden" else words.n.money(difference)
        cell["sub"] = words.t["people_against"].format(difference=f"{sign}{written}")
    return cell


def _amount(name: str, value: Any, n: Numbers) -> str:
    """Write one value with its unit."""
    if not known(value):
        return DASH
    if name == "rent_burden":
        return n.share(value, 1)
    return n.money(value) if name == "income" else f"{n.plain(value, 3)} {load_text(n.lang)['minutes']}"


def group_lines(people: Mapping[str, Any], words: Words) -> list[str]:
    """Return sentences on the groups that were hit most."""
    lines = []
    worst, leaving = people.get("worst_hit"), people.get("most_leaving")
    if worst:
        change = words.n.percent(worst["value"], signed=True)
        lines.append(words.t["people_worst"].format(group=_group(worst, words), change=change))
    if leaving:
        share = words.n.share(leaving["value"])
        lines.append(words.t["people_most_leaving"].format(group=_group(leaving, words), share=share))
    return lines


def _group(group: Mapping[str, Any], words: Words) -> str:
    income, hukou = words.t[f"income_{group['income_group']}"], words.t[f"hukou_{group['hukou']}"]
    return str(words.t["group_of"].format(income=income, hukou=hukou))
