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
_SHORT_TITLE = 26


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


def shortened(title: str) -> str:
    """Return a title short enough for a narrow column, cut at a word."""
    if len(title) <= _SHORT_TITLE or " " not in title:
        return title
    return title[:_SHORT_TITLE].rsplit(" ", 1)[0] + "…"
