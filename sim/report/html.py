"""Write the page: one file that needs nothing else, in English or Chinese."""

from __future__ import annotations

import os
import re
import tempfile
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError
from sim.report.content import Content, gather
from sim.report.fonts import font_face_css
from sim.report.section_attribution import attribution_context
from sim.report.section_coverage import coverage_context
from sim.report.section_differences import difference_context
from sim.report.section_equity import equity_context
from sim.report.section_facts import parameter_context, provenance_context, source_context
from sim.report.section_flows import flow_context
from sim.report.section_ledger import ledger_context
from sim.report.section_money import money_context
from sim.report.section_people import people_context
from sim.report.section_places import map_context, path_context
from sim.report.section_replications import replication_context
from sim.report.section_robustness import robustness_context
from sim.report.section_summary import summary_context
from sim.report.section_targets import density_context, target_context
from sim.report.words import Words

if TYPE_CHECKING:
    from sim.scenarios.results import Results

CONTENTS = (
    "summary",
    "targets",
    "densities",
    "differences",
    "maps",
    "paths",
    "flows",
    "attribution",
    "equity",
    "money",
    "robustness",
    "replications",
    "ledger",
    "coverage",
    "assumed",
    "sources",
    "provenance",
    "use",
    "notes",
)
"""Sections in their order; each is a template of its name."""
NEEDED = {
    "differences": "differences",
    "equity": "equity",
    "money": "has_money",
    "robustness": "robustness",
    "replications": "replications",
    "ledger": "ledgers",
}
"""What must be in the context for a section to appear."""

WIDE = 5
"""Options that a sheet of paper held upright has room for."""
DRAWINGS = ("svg", "key", "shapes")
"""Keys of a context that hold SVG; everything else is escaped."""


def write_page(results: Results, path: str | Path, *, lang: str = "en", base: str | None = None) -> Path:
    """Write the page of a store at once or not at all, and return its path.

    Parameters
    ----------
    results
        An open store.
    path
        The file to write; its folder is made where it is missing.
    lang
        ``en`` or ``zh``.
    base
        The scenario that the others are compared with, for a page of paired differences.

    Raises
    ------
    InputError
        When the language or the base is not known or the file cannot be written.
    """
    target = Path(path).expanduser()
    words = Words(lang)
    words.t  # noqa: B018 - an unknown language is refused before any work
    check_target(target)
    page = render(gather(results, base), words)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from None
    return target


def check_target(target: Path) -> None:
    """Refuse a path that cannot become the page."""
    if target.is_dir():
        raise _unwritable(target, "it is a folder")
    existing = next(folder for folder in target.absolute().parents if folder.exists())
    if not existing.is_dir():
        raise _unwritable(target, f"{existing} is a file")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise _unwritable(target, f"{existing} may not be written to")


def render(content: Content, words: Words) -> str:
    """Return the page as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sim.report", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    context = page_context(content, words)
    template = environment.get_template("page.html.j2")
    body = template.render(context | {"css": ""})
    css = environment.get_template("page.css.j2").render(
        font_faces="@font-faces@", wide=context["wide"], columns=len(context["scenarios"])
    )
    faces = font_face_css(characters(body))
    return template.render(context | {"css": _safe(css.replace("@font-faces@", faces))})


def page_context(content: Content, words: Words) -> dict[str, Any]:
    """Return everything the template shows, already in words."""
    t = words.t
    compared = next((s for s in content.scenarios if s.id == content.compared), None)
    base = words.title(compared) if compared else ""
    context: dict[str, Any] = {
        "t": t,
        "lang": words.lang,
        "headline": t["headline_compared" if compared else "headline"].format(end=content.end, base=base),
        "limits": t["limits"].format(runs=content.runs),
        "compared": compared is not None,
        "wide": len(content.scenarios) > WIDE,
        "scenarios": [
            {"title": words.title(s), "id": s.id, "is_base": s.id == content.compared}
            for s in content.scenarios
        ],
        "targets_intro": t["targets_intro_few" if content.few else "targets_intro"],
        "densities_intro": t["densities_intro"].format(base=content.base),
        "made": t["made"].format(version=content.meta["shujie"]),
    }
    # In the order of the page, so that the notes are numbered as they are read.
    context |= summary_context(content, words)
    context |= target_context(content, words) | people_context(content, words)
    context["not_judged_heading"] = t["not_judged_heading"].format(n=len(context["not_judged"]))
    context["densities"] = density_context(content, words)
    context |= difference_context(content, words)
    context |= map_context(content, words) | path_context(content, words) | flow_context(content, words)
    context |= attribution_context(content, words) | equity_context(content, words)
    context |= money_context(content, words)
    context |= robustness_context(content, words) | replication_context(content, words)
    context |= ledger_context(content, words) | coverage_context(words)
    context |= parameter_context(content, words) | source_context(words) | provenance_context(content, words)
    shown = [name for name in CONTENTS if context.get(NEEDED.get(name, "t"))]
    context["contents"] = [(name, t[f"nav_{name}"]) for name in shown]
    context["notes"] = words.notes
    return _mark_svg(context)


def characters(body: str) -> dict[str, str]:
    """Return the characters that each of the two fonts must hold: headings in serif, the rest in sans."""
    text = unescape(re.sub(r"<[^>]+>", " ", body))
    headings = " ".join(re.findall(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", body, flags=re.DOTALL))
    labels = " ".join(re.findall(r'data-label="([^"]*)"', body))
    return {"sans": text + unescape(labels), "serif": unescape(headings)}


def _safe(text: str) -> Any:
    """Mark text that this package wrote as HTML."""
    from markupsafe import Markup

    return Markup(text)


def _mark_svg(value: Any, key: str = "") -> Any:
    """Mark the drawings in a context as HTML, wherever they are; they are known by their key."""
    if isinstance(value, dict):
        return {name: _mark_svg(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_mark_svg(item, key) for item in value]
    return _safe(value) if key in DRAWINGS else value


def _unwritable(target: Path, why: str) -> InputError:
    return InputError(
        "the page cannot be written", where=str(target), why=why, mend="give another file with --html"
    )
