"""Lay out what is assumed, where the data come from and how the numbers were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.report.content import Content
from sim.report.numbers import DASH, MINUS
from sim.report.words import Words

BASE_YEAR = "base_year"
"""The file of parameters that only the city of 2010 rests on."""

_LARGE = 1e4


def parameter_context(content: Content, words: Words) -> dict[str, Any]:
    """Return the parameters: assumed, with their range; assumed for the base year alone; the others."""
    from sim.parameters.store import FOLDER, load_parameters

    assumed: list[dict[str, str]] = []
    base_year: list[dict[str, str]] = []
    sourced: list[dict[str, str]] = []
    for file in sorted(path.stem for path in FOLDER.glob("*.yaml")):
        for name, entry in sorted(load_parameters(file).entries.items()):
            row = _parameter(name, content.parameters.get(name, entry.value), entry, words)
            if entry.basis != "assumed":
                sourced.append(row)
            else:
                (base_year if file == BASE_YEAR else assumed).append(row)
    return {
        "assumed": assumed,
        "assumed_base_year": base_year,
        "assumed_base_year_heading": words.t["assumed_base_year"].format(n=len(base_year)),
        "sourced": sourced,
        "sourced_heading": words.t["parameter_other"].format(n=len(sourced)),
    }


def source_context(words: Words) -> dict[str, Any]:
    """Return every packaged table with its source, and those that hold data of low confidence."""
    from sim.data.tables import sources

    entries = sources()
    rows, low = [], []
    for name, entry in sorted(entries.items()):
        rows.append(
            {
                "table": f"{entry.title} ({entry.file})",
                "publisher": "; ".join(entry.publishers),
                "years": entry.years,
                "licence": entry.licence,
                "confidence": _confidence(entry.confidence, words),
            }
        )
        if entry.confidence.get("low"):
            low.append(f"{entry.title} ({name}): {entry.confidence['low']} / {entry.rows}")
    return {"sources": rows, "low_confidence": low}


def provenance_context(content: Content, words: Words) -> dict[str, Any]:
    """Return versions, settings and checksums of the runs."""
    meta, t = content.meta, words.t
    percent = words.n.percent(float(meta["sample"]) * 100, 0 if float(meta["sample"]) * 100 % 1 == 0 else 2)
    facts = [
        (t["prov_version"], f"shujie {meta['shujie']}"),
        (t["prov_sample"], t["prov_sample_value"].format(share=percent)),
        (t["prov_seed"], str(meta["seed"])),
        (t["prov_parameters"], str(meta["parameters"])),
        (t["prov_until"], str(meta["until"])),
    ]
    missing = [f"{name}: {len(numbers)}" for name, numbers in dict(meta["missing"]).items()]
    if missing:
        facts.append((t["prov_missing"], ", ".join([*missing, *meta["unsound"]])))
    scenarios = [
        {"title": words.title(s), "id": s.id, "replications": str(s.n_replications), "digest": s.digest}
        for s in content.scenarios
    ]
    return {
        "provenance": facts,
        "provenance_scenarios": scenarios,
        "checksums": sorted((str(k), str(v)) for k, v in dict(meta["made_with"]).items()),
    }


def _parameter(name: str, value: float, entry: Any, words: Words) -> dict[str, str]:
    low, high = entry.prior.low, entry.prior.high
    unit = "" if entry.unit in ("ratio", "share", "1") else f" {entry.unit}"
    span = DASH if low is None else f"{_number(low)} {DASH} {_number(high)}{unit}"
    return {
        "name": name,
        "value": f"{_number(value)}{unit}",
        "range": span,
        "basis": str(words.t["bases"].get(entry.basis, entry.basis)),
        "meaning": entry.meaning,
        "reason": entry.source,
    }


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.6g}"
    return text.replace("-", MINUS)


def _confidence(counts: Mapping[str, int], words: Words) -> str:
    """Write how many rows are how sure; a table of one confidence names it alone."""
    named = [(words.t["confidences"].get(name, name), number) for name, number in counts.items() if number]
    if len(named) == 1:
        return str(named[0][0])
    return " · ".join(f"{word} {number}" for word, number in named)
