"""Lay out the money: spending by measure and district, cost per person and m2, and the fund by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report.content import Content
from sim.report.numbers import DASH, known
from sim.report.words import Words

Row = Mapping[str, Any]
Rows = Sequence[Row]

FUND_ITEMS = (
    "granted",
    "advanced",
    "matched",
    "clawed_back",
    "rewarded",
    "target_reward",
    "fund_balance",
    "platform_balance",
)
"""Items of `sim.outcomes.fund_years`, in the order in which money goes."""
PAIRED, LEDGER, ALL = "paired", "ledger", "all"
_NOTHING = {"text": DASH, "interval": "", "sub": ""}
_REASONS = {
    "one replication gives no interval": "cost_one_run",
    "the interval of the effect holds zero": "cost_zero",
    "the effect goes the other way": "cost_other_way",
    "it costs no more than the base": "cost_no_more",
}


def money_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the tables of spending, of cost against the base, and of the fund."""
    t = words.t
    total = {str(row["scenario"]): row for row in content.rows("spending")}
    spent = any(row["estimate"] for row in total.values())
    note = words.trace(t["trace_spending"], runs=content.runs)
    costs = content.rows("costs")
    return {
        "has_money": spent,
        "money_note": note,
        "spending_kind": _spending(content.rows("spending_kind"), "kind", total, content, words),
        "spending_district": _spending(content.rows("spending_district"), "district", total, content, words),
        "cost_rows": _paired(costs, content, words),
        "cost_heads": [words.title(s) for s in content.scenarios if _has(costs, s.id)],
        "cost_base": _base_title(costs, content, words),
        "cost_kinds": _by_kind(costs, content, words),
        "funds": _funds(content, words),
    }


def spending_row(content: Content, words: Words) -> dict[str, Any] | None:
    """Return what each option spent, for the first table; None where the store knows no spending."""
    total = {str(row["scenario"]): row for row in content.rows("spending")}
    if not any(row["estimate"] for row in total.values()):
        return None
    base = total.get(str(content.compared))
    cells = []
    for scenario in content.scenarios:
        row = total.get(scenario.id)
        value, signed = (row["estimate"] if row else None), False
        if base is not None and known(value) and scenario.id != content.compared:
            value, signed = float(value or 0) - float(base["estimate"]), True
        interval = words.n.funds_bounds(row["low"], row["high"]) if row else ""
        parts = (words.title(scenario), interval, words.t["n_runs"].format(n=scenario.n_replications))
        cells.append(
            {
                "text": words.n.funds(value, signed=signed),
                "title": words.t["and"].join(part for part in parts if part),
            }
        )
    return {"cells": cells}


def _spending(
    rows: Rows, key: str, total: Mapping[str, Row], content: Content, words: Words
) -> list[dict[str, Any]]:
    """Return a row a kind or district and a cell a scenario, the dearest first, with the sum last."""
    found = {(str(row[key]), str(row["scenario"])): row for row in rows}
    names = list(dict.fromkeys(name for name, _ in found))
    if not names:
        return []
    most = {
        name: max(float(r["estimate"] or 0) for (n, _), r in found.items() if n == name) for name in names
    }
    lines = []
    for name in sorted(names, key=lambda name: -most[name]):
        label = words.kind(name) if key == "kind" else words.area(name)
        cells = [_money(found.get((name, s.id)), words) for s in content.scenarios]
        lines.append({"name": label, "cells": cells, "total": False})
    sums = [_money(total.get(s.id), words) for s in content.scenarios]
    return [*lines, {"name": words.t["flows_total"], "cells": sums, "total": True}]


def _money(row: Row | None, words: Words) -> dict[str, str]:
    if row is None or not row["estimate"]:
        return _NOTHING | ({} if row is None else {"text": words.n.funds(0)})
    return {"text": words.n.funds(row["estimate"]), "interval": words.n.funds_bounds(row["low"], row["high"])}


def _has(costs: Rows, scenario: str) -> bool:
    return any(row["scenario"] == scenario for row in costs)


def _base_title(costs: Rows, content: Content, words: Words) -> str:
    names = {s.id: words.title(s) for s in content.scenarios}
    return names.get(str(costs[0]["base"]), "") if costs else ""


def _paired(costs: Rows, content: Content, words: Words) -> list[dict[str, Any]]:
    """Return cost per person and m2 fewer than in the base, and beside it who was forced to move."""
    names = [s.id for s in content.scenarios if _has(costs, s.id)]
    paired = [row for row in costs if row["basis"] == PAIRED]
    lines = []
    for per, area in dict.fromkeys((str(row["per"]), str(row["area"])) for row in paired):
        found = {str(r["scenario"]): r for r in paired if (r["per"], r["area"]) == (per, area)}
        lines.append(
            {
                "name": words.t[f"cost_per_{per}"].format(area=words.area(area)),
                "cells": [_cost(found.get(name), words) for name in names],
            }
        )
    for key, label in (("forced_to_move", "people_forced"), ("children", "people_children")):
        first = {str(row["scenario"]): row for row in paired}
        cells = [
            _NOTHING | ({"text": words.n.persons(first[name][key])} if name in first else {})
            for name in names
        ]
        if lines:
            lines.append({"name": words.t[label], "cells": cells})
    return lines


def _cost(row: Row | None, words: Words) -> dict[str, str]:
    if row is None:
        return dict(_NOTHING)
    if row["status"] != "defined" or not known(row["estimate"]):
        key = _REASONS.get(str(row["reason"]))
        return _NOTHING | {"sub": words.t[key] if key else str(row["reason"] or "")}
    unit = "persons" if row["per"] == "person" else str(row["effect_unit"])
    effect = words.t["cost_effect"].format(
        effect=words.n.people(row["effect"]) if unit == "persons" else words.n.with_unit(row["effect"], unit)
    )
    interval = words.n.funds_bounds(row["low"], row["high"])
    return {"text": words.n.funds(row["estimate"]), "interval": interval, "sub": effect}


def _by_kind(costs: Rows, content: Content, words: Words) -> list[dict[str, Any]]:
    """Return by scenario the cost per person and per m2 of each kind, by the ledger."""
    tables = []
    for scenario in content.scenarios:
        mine = [row for row in costs if row["basis"] == LEDGER and row["scenario"] == scenario.id]
        kinds = list(dict.fromkeys(str(row["kind"]) for row in mine))
        lines = []
        for kind in kinds:
            cells = {str(row["per"]): _cost(row, words) for row in mine if row["kind"] == kind}
            spent = next(row for row in mine if row["kind"] == kind)
            lines.append(
                {
                    "name": words.t["flows_total"] if kind == ALL else words.kind(kind),
                    "cost": words.n.funds(spent["cost"]),
                    "cells": [cells.get(per, _NOTHING) for per in ("person", "m2")],
                }
            )
        if lines:
            tables.append({"title": words.title(scenario), "rows": lines})
    return tables


def _funds(content: Content, words: Words) -> list[dict[str, Any]]:
    """Return by scenario the fund's items as rows and the years from the first difference on as columns."""
    first = int(content.base[:4]) + 1
    rows = [row for row in content.rows("fund") if int(row["year"]) >= first]
    tables = []
    for scenario in content.scenarios:
        mine = {(str(r["item"]), int(r["year"])): r for r in rows if r["scenario"] == scenario.id}
        items = [item for item in FUND_ITEMS if any(name == item for name, _ in mine)]
        if not any(name in ("granted", "advanced") for name in items):
            continue
        years = sorted({year for _, year in mine})
        lines = []
        for item in items:
            amounts = [mine.get((item, year)) for year in years]
            texts = [words.n.funds(row["estimate"]) if row else DASH for row in amounts]
            lines.append({"name": words.t[f"fund_{item}"], "cells": texts})
        tables.append({"title": words.title(scenario), "years": [str(y) for y in years], "rows": lines})
    return tables
