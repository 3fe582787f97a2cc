"""Put numbers and words together: the small phrases that several sections share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.outcomes.registry import INDICATORS
from sim.report.content import ScenarioInfo
from sim.report.numbers import DASH, Numbers, known
from sim.report.text import load_text

SURE, LIKELY = 0.9, 2 / 3


@dataclass(frozen=True)
class Words:
    """Write phrases in one language."""

    lang: str

    @cached_property
    def t(self) -> dict[str, Any]:
        """Return the texts."""
        return load_text(self.lang)

    @cached_property
    def n(self) -> Numbers:
        """Return the writer of numbers."""
        return Numbers(self.lang)

    def title(self, scenario: ScenarioInfo) -> str:
        """Return a scenario's short title in this language; for a scenario of the library, the page's own."""
        own = scenario.title_zh if self.lang == "zh" else scenario.title_en
        return str(self.t["scenarios"].get(scenario.id, own))

    def area(self, area: str) -> str:
        """Return the name of an area, district or outside destination."""
        return str(self.t["areas"].get(area, area))

    def area_short(self, area: str) -> str:
        """Return the short name of an area group or outside destination."""
        return str(self.t["area_short"].get(area, area))

    def indicator(self, name: str) -> str:
        """Return the name of an indicator or of what a target is about."""
        named = self.t["indicators"].get(name)
        if named is None and name in INDICATORS:
            named = INDICATORS[name].title_zh if self.lang == "zh" else INDICATORS[name].title_en
        return str(named or name.replace("_", " "))

    def kind(self, name: str) -> str:
        """Return the name of a kind of measure, or of a group of kinds that attribution takes as one."""
        from sim.policy.catalogue import load_kinds

        if name in self.t["players"]:
            return str(self.t["players"][name])
        kinds = load_kinds()
        if name not in kinds:
            return name.replace("_", " ")
        return kinds[name].title_zh if self.lang == "zh" else kinds[name].title_en

    def action(self, kind: str, name: str) -> str:
        """Return the name of what a kind of measure does."""
        from sim.policy.catalogue import load_kinds

        kinds = load_kinds()
        if kind not in kinds or name not in kinds[kind].actions:
            return name.replace("_", " ")
        action = kinds[kind].actions[name]
        return action.title_zh if self.lang == "zh" else action.title_en

    @cached_property
    def notes(self) -> list[str]:
        """Return the notes made so far, in the order of their numbers from 1 on."""
        return []

    def note(self, text: str) -> int:
        """Return the number of a note that says where a number comes from; the same words have one number."""
        if text not in self.notes:
            self.notes.append(text)
        return self.notes.index(text) + 1

    def trace(self, what: str, *, runs: str, area: str = "", quarter: str = "", source: str = "") -> int:
        """Return the number of a note that traces a number: what it is, where, when, runs, the clause."""
        t = self.t
        parts = [what, area, quarter, t["trace_runs"].format(runs=runs), source]
        return self.note(t["and"].join(part for part in parts if part))

    def cause(self, name: str) -> str:
        """Return the name of a cause of moving."""
        return str(self.t["causes"].get(name, name.replace("_", " ")))

    def wanted(self, row: Mapping[str, Any]) -> str:
        """Write what a target asks for."""
        unit, value = str(row["unit"]), self.n.with_unit(row["value"], str(row["unit"]))
        if row["operator"] == "range" and known(row.get("value_low")):
            low = self.n.with_unit(row["value_low"], unit)
            return str(self.t["op_range"].format(low=low, high=self.n.with_unit(row["value_high"], unit)))
        key = {"<=": "op_le", ">=": "op_ge", "~": "op_about"}.get(str(row["operator"]))
        if unit.startswith("percent vs") and row.get("baseline_quarter"):
            value = str(self.t["on_base"].format(value=value, base=row["baseline_quarter"]))
        return f"{self.t[key]} {value}" if key else value

    def source(self, row: Mapping[str, Any]) -> str:
        """Write the document and clause of a target."""
        return self.t["and"].join(str(part) for part in (row.get("document"), row.get("clause")) if part)

    def missing(self) -> str:
        """Return the sign for what is not known."""
        return DASH


def status_of(probability: float | None) -> str:
    """Return the word for how surely a target is reached."""
    if probability is None:
        return "none"
    if probability >= SURE:
        return "reached"
    if probability >= LIKELY:
        return "likely"
    if probability > 1 - LIKELY:
        return "uncertain"
    return "unlikely" if probability > 1 - SURE + 1e-9 else "missed"
