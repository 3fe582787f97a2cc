"""Lay out who was displaced: the panel beside the targets and the line that stands in every other view of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.content import Content
from sim.report.numbers import DASH, Numbers, known
from sim.report.words import Words, shortened

Figure = Mapping[str, Any]

COUNTS = (
    "forced_to_move", "children", "elderly", "forced_leavers_local", "forced_leavers_non_local", "leavers_local",
    "leavers_non_local",
)  # fmt: skip
"""Persons in `sim.outcomes.equity.people_summary`, in the order of the panel."""

CHANGES = ("rent_burden", "income", "commute")
"""What changed for those who were forced to move inside the city."""

CITY = ("rent_burden_city", "income_city")

_LABELS = {
    "forced_to_move": "people_forced",
    "children": "people_children",
    "elderly": "people_elderly",
    "forced_leavers_local": "people_forced_left_local",
    "forced_leavers_non_local": "people_forced_left_non_local",
    "leavers_local": "people_left_local",
    "leavers_non_local": "people_left_non_local",
}


def people_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the panel's rows and, by scenario, the line that repeats the most important of them."""
    people = [
        {
            "title": words.title(scenario),
            "title_short": shortened(words.title(scenario)),
            "line": people_line(content.people[scenario.id], words),
        }
        for scenario in content.scenarios
    ]
    figures = [content.people[scenario.id] for scenario in content.scenarios]
    rows = [{"label": words.t[_LABELS[name]], "cells": [_count(p[name], words) for p in figures]} for name in COUNTS]
    rows += [{"label": words.t[f"people_{name}"], "cells": [_change(name, p[name], words) for p in figures]} for name in CHANGES]
    rows += [{"label": words.t[f"people_{name}"], "cells": [_city(name, p[name], words) for p in figures]} for name in CITY]
    period = str(figures[0]["period"]).split("-")
    return {
        "people": people,
        "people_rows": rows,
        "people_period": words.t["people_period"].format(start=period[0], end=period[-1]),
        "people_note": words.t["people_moved_note"],
        "people_groups": [group for p in figures[-1:] for group in _groups(p, words)],
    }


def people_line(people: Mapping[str, Any], words: Words) -> str:
    """Return one line on the people moved in a scenario."""
    rent, income = _change("rent_burden", people["rent_burden"], words), _change("income", people["income"], words)
    return str(
        words.t["people_district_line"].format(
            forced=words.n.persons(people["forced_to_move"]["estimate"]),
            children=words.n.persons(people["children"]["estimate"]),
            local=words.n.persons(people["leavers_local"]["estimate"]),
            non_local=words.n.persons(people["leavers_non_local"]["estimate"]),
            rent=rent["estimate"],
            income=income["estimate"],
        )
    )


def people_sentence(people: Mapping[str, Any], words: Words) -> str:
    """Return the sentence on people for the opening paragraph."""
    left = [people[f"forced_leavers_{hukou}"]["estimate"] for hukou in ("local", "non_local")]
    total = sum(left) if all(known(value) for value in left) else None
    return str(
        words.t["lede_people"].format(
            forced=words.n.people(people["forced_to_move"]["estimate"]),
            children=words.n.persons(people["children"]["estimate"]),
            left=words.n.persons(total),
        )
    )


def _count(figure: Figure, words: Words) -> dict[str, str]:
    n = words.n
    cell = {"estimate": n.persons(figure["estimate"]), "low": "", "high": "", "sub": ""}
    if known(figure["low"]) and figure["low"] != figure["high"]:
        cell |= {"low": n.persons(figure["low"]), "high": n.persons(figure["high"])}
    if known(figure.get("against_no_measures")):
        cell["sub"] = words.t["people_against"].format(difference=n.persons(figure["against_no_measures"], signed=True))
    return cell


def _change(name: str, figure: Figure, words: Words) -> dict[str, str]:
    """Write before and after; nobody forced to move is a dash, not a zero."""
    before, after = figure.get("before"), figure.get("after")
    if not (known(before) and known(after)):
        return {"estimate": DASH, "low": "", "high": "", "sub": ""}
    text = words.t["people_change"].format(before=_amount(name, before, words.n, last=False), after=_amount(name, after, words.n))
    return {"estimate": text, "low": "", "high": "", "sub": ""}


def _city(name: str, figure: Figure, words: Words) -> dict[str, str]:
    plain = name.removesuffix("_city")
    cell = {"estimate": _amount(plain, figure["estimate"], words.n), "low": "", "high": "", "sub": ""}
    difference = figure.get("against_no_measures")
    if known(difference):
        sign = "+" if float(difference) > 0 else ""
        written = words.n.percent(float(difference) * 100, 2) if plain == "rent_burden" else words.n.money(difference)
        cell["sub"] = words.t["people_against"].format(difference=f"{sign}{written}")
    return cell


def _amount(name: str, value: Any, n: Numbers, *, last: bool = True) -> str:
    """Write one value; the unit stands once, after the last of two."""
    if not known(value):
        return DASH
    if name == "rent_burden":
        return n.share(value, 1) if last else n.plain(float(value) * 100, 3)
    if name == "income":
        return n.money(value) if last else n.plain(value, 3)
    return n.with_unit(n_round(value), "minutes") if last else n.plain(n_round(value), 3)


def n_round(value: Any) -> float:
    """Return minutes to one decimal: more would be false."""
    return round(float(value), 1)


def _groups(people: Mapping[str, Any], words: Words) -> list[str]:
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
