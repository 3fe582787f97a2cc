"""Lay out as rows what is assumed, which clauses are modelled, the sources and what made the runs."""

from __future__ import annotations

from typing import Any

from sim.report.content import Content
from sim.report.words import Words

Rows = list[dict[str, Any]]


def assumption_rows(content: Content, words: Words) -> Rows:
    """Return every parameter with its value in the runs, its range and what it rests on."""
    from sim.parameters.store import FOLDER, load_parameters

    rows = []
    for file in sorted(path.stem for path in FOLDER.glob("*.yaml")):
        for name, entry in sorted(load_parameters(file).entries.items()):
            rows.append(
                {
                    "file": file,
                    "name": name,
                    "value": content.parameters.get(name, entry.value),
                    "low": entry.prior.low,
                    "high": entry.prior.high,
                    "unit": entry.unit,
                    "basis": words.t["bases"].get(entry.basis, entry.basis),
                    "meaning": entry.meaning,
                    "source": entry.source,
                }
            )
    return rows


def coverage_rows(words: Words) -> Rows:
    """Return every clause of the documents: modelled, in part or not, and why."""
    from sim.policy.coverage import coverage_rows as clauses

    return [
        {
            **row,
            "title": row["title_zh" if words.lang == "zh" else "title_en"],
            "status": words.t[f"coverage_{row['status']}"],
            "why": row["missing"] or row["reason"] or "",
        }
        for row in clauses()
    ]


def source_rows() -> Rows:
    """Return every packaged table with who published it, and how many of its rows are how sure."""
    from sim.data.tables import sources

    rows = []
    for name, entry in sorted(sources().items()):
        sure = {level: entry.confidence.get(level, 0) for level in ("high", "medium", "low")}
        rows.append(
            {"table": name, "title": entry.title, "file": entry.file, "rows": entry.rows}
            | {"publisher": "; ".join(entry.publishers), "years": entry.years, "licence": entry.licence}
            | sure
        )
    return rows


def provenance_rows(content: Content, words: Words) -> Rows:
    """Return the settings of the runs, the digest of each scenario and the checksums of what made them."""
    meta = content.meta
    keys = ("shujie", "sample", "seed", "parameters", "until")
    rows: Rows = [{"what": key, "value": meta[key]} for key in keys]
    for scenario in content.scenarios:
        facts = {"name": scenario.id, "replications": scenario.n_replications, "value": scenario.digest}
        rows.append({"what": words.title(scenario), **facts})
    rows += [
        {"what": "sha256", "name": str(name), "value": str(digest)}
        for name, digest in sorted(dict(meta["made_with"]).items())
    ]
    rows += [
        {"what": "missing", "name": name, "value": ", ".join(map(str, numbers))}
        for name, numbers in dict(meta["missing"]).items()
    ]
    return rows
