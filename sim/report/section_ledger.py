"""Lay out the task ledger in short: planned, reported, verified, written off and net people, a row a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.content import Content, after
from sim.report.numbers import grouped
from sim.report.words import Words


def ledger_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the ledger of each scenario that has tasks after the base quarter."""
    tables: list[dict[str, Any]] = []
    for scenario in content.scenarios:
        rows = [row for row in content.tasks if row["scenario"] == scenario.id]
        if rows:
            tables.append(
                {
                    "title": words.title(scenario),
                    "rows": [_row(row, words) for row in _ordered(rows)],
                    "id": f"ledger-{len(tables)}",
                }
            )
    note = words.trace(words.t["trace_ledger"], runs=content.runs)
    intro = words.t["ledger_intro"].format(start=after(content.base), end=content.end)
    return {"ledgers": tables, "ledger_note": note, "ledger_intro": intro}


def _ordered(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (str(row["kind"]), str(row["action"]), str(row["unit"])))


def _row(row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    n, unit = words.n, str(row["unit"])
    kind, action = str(row["kind"]), str(row["action"])
    entries, done = float(row["entries"]), float(row["written_off"])
    planned, reported, verified = (n.amount(row[name], unit) for name in ("planned", "reported", "verified"))
    share = float(row["verified"]) / float(row["planned"]) if row["planned"] else None
    return {
        "kind": words.kind(kind),
        "action": words.action(kind, action),
        "cells": [
            planned,
            reported,
            verified,
            n.share(share),
            words.t["count_of"].format(n=grouped(done), of=grouped(entries)),
            n.funds(row["cost_cny"]) if row["cost_cny"] else "",
            n.persons(row["net_persons"]) if row["net_persons"] else "",
        ],
    }
