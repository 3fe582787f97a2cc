"""Lay out which clauses of the documents the model carries, carries in part, or leaves out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.words import Words


def coverage_context(words: Words) -> dict[str, Any]:
    """Return counts by document, and the clauses that are not carried whole."""
    from sim.policy.catalogue import load_documents
    from sim.policy.coverage import STATUSES, count_statuses, coverage_rows

    rows, documents = coverage_rows(), load_documents()
    by_document: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_document.setdefault(str(row["document"]), []).append(row)
    tables = [
        {
            "title": _title(documents[name], words),
            "id": name,
            "counts": [str(count_statuses(part)[status]) for status in STATUSES],
            "n": str(len(part)),
        }
        for name, part in by_document.items()
    ]
    lacking = [
        {
            "document": _title(documents[str(row["document"])], words),
            "clause": str(row["clause"]),
            "title": str(row["title_zh" if words.lang == "zh" else "title_en"]),
            "status": words.t[f"coverage_{row['status']}"],
            "why": str(row["missing"] or row["reason"] or ""),
        }
        for row in rows
        if row["status"] != "modelled"
    ]
    total = count_statuses(rows)
    return {
        "coverage": tables,
        "coverage_total": [str(total[status]) for status in STATUSES],
        "coverage_n": str(len(rows)),
        "coverage_lacking": lacking,
        "coverage_lacking_heading": words.t["coverage_lacking"].format(n=len(lacking)),
    }


def _title(document: Any, words: Words) -> str:
    titles: Mapping[str, str] = {"zh": document.title_zh, "en": document.title_en}
    return titles[words.lang]
