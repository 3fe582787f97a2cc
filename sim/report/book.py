"""Lay the tables of the page out as sheets of a workbook: numbers as numbers, each with its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.book_facts import assumption_rows, coverage_rows, provenance_rows, source_rows
from sim.report.content import Content, gather
from sim.report.words import Words, status_of
from sim.report.workbook import Sheet, write_sheets

if TYPE_CHECKING:
    from sim.scenarios.results import Results

Rows = list[dict[str, Any]]

BESIDE = ("forced_to_move", "children", "leavers_local", "leavers_non_local")
"""Counts of people that stand in every row of targets and densities."""
CHANGED = ("rent_burden", "income")
"""What of those forced to move stands beside them, before and after the move."""


def write_book(results: Results, path: str | Path, *, lang: str = "en", compared: str | None = None) -> Path:
    """Write every table of a store as a workbook, its first sheet saying what each of the others holds.

    Parameters
    ----------
    compared
        The scenario to compare the others with; `no-measures` when left out, where the store holds it.

    Raises
    ------
    InputError
        When the scenario is not in the store, the language is not known or the file cannot be written.
    """
    words = Words(lang)
    content = gather(results, compared)
    sheets = list(book_sheets(content, results, words))
    return write_sheets(Path(path), [readme_sheet(content, sheets, words), *sheets])


def book_sheets(content: Content, results: Results, words: Words) -> Iterator[Sheet]:
    """Yield the sheets that the store has something for, in the order of the page."""
    from pandas import DataFrame

    said = load_book_text(words.lang)["sheets"]
    for name, make in _SHEETS.items():
        columns = list(said[name]["columns"])
        rows = make(content, results, words)
        if rows:
            frame = DataFrame([{key: row.get(key) for key in columns} for row in rows], columns=columns)
            yield Sheet(said[name]["name"], said[name]["columns"], frame, about=said[name]["about"])


def readme_sheet(content: Content, sheets: Sequence[Sheet], words: Words) -> Sheet:
    """Return the first sheet: what the workbook is, what each sheet holds, how intervals are meant."""
    from pandas import DataFrame

    text = load_book_text(words.lang)
    interval = text["interval_few" if content.few else "interval"]
    compared = next((words.title(s) for s in content.scenarios if s.id == content.compared), "")
    notes = [
        text["what"].format(
            runs=content.runs, version=content.meta["shujie"], sample=100 * float(content.meta["sample"])
        ),
        *([text["compared"].format(base=compared)] if compared else []),
        interval,
        *text["notes"],
    ]
    rows: list[dict[str, str]] = [{"sheet": text["read"], "about": note} for note in notes]
    rows += [{"sheet": sheet.name, "about": sheet.about} for sheet in sheets]
    return Sheet(text["name"], text["columns"], DataFrame(rows), about=text["about"])


@cache
def load_book_text(lang: str) -> dict[str, Any]:
    """Return the words of the workbook: names of sheets, what they hold, headings with units."""
    from ruamel.yaml import YAML

    source = resources.files("sim.report") / f"book.{lang}.yaml"
    words: dict[str, Any] = YAML(typ="safe", pure=True).load(source.read_text(encoding="utf-8"))
    return words


def _target_rows(content: Content, _: Results, words: Words) -> Rows:
    rows = []
    for row in content.targets:
        judged = row["status"] == "judged"
        verdict = words.t[f"status_{status_of(row['probability'] if judged else None)}"]
        rows.append(
            {
                **row,
                **_scenario(content, row, words),
                "area": words.area(str(row["area"])),
                "indicator": words.indicator(str(row["indicator"])),
                "verdict": verdict,
            }
        )
    return rows


def _density_rows(content: Content, _: Results, words: Words) -> Rows:
    return [
        {
            **row,
            **_scenario(content, row, words),
            "name": words.t.get(f"density_{row['density']}") or words.indicator(str(row["density"])),
        }
        for row in content.densities
    ]


def _difference_rows(content: Content, _: Results, words: Words) -> Rows:
    return [
        {
            **row,
            **_scenario(content, row, words),
            "area": words.area(str(row["area"])),
            "name": words.indicator(str(row["indicator"])),
        }
        for row in content.differences
    ]


def _path_rows(content: Content, _: Results, words: Words) -> Rows:
    return [
        {
            **_title(content, scenario.id, words),
            "area": words.area(area),
            "quarter": quarter,
            "estimate": value.estimate,
            "low": value.low,
            "high": value.high,
        }
        for scenario in content.scenarios
        for area, path in content.paths[scenario.id].items()
        for quarter, value in path
    ]


def _district_rows(content: Content, _: Results, words: Words) -> Rows:
    return [
        {
            **_title(content, scenario.id, words),
            "area": words.area(district),
            "before": before,
            "after": after,
            "change_percent": content.district_change[scenario.id][district],
            "from": content.base,
            "to": content.end,
        }
        for scenario in content.scenarios
        if scenario.id != content.compared
        for district, (before, after) in content.district_residents[scenario.id].items()
    ]


def _people_rows(content: Content, _: Results, words: Words) -> Rows:
    rows = []
    for scenario, figures in content.people.items():
        for name, figure in figures.items():
            if isinstance(figure, Mapping) and "estimate" in figure:
                said = words.t[f"people_{_SHORT.get(name, name)}"]
                rows.append(
                    {**_title(content, scenario, words), **figure, "figure": name, "name": said}
                    | {"period": figures["period"]}
                )
    return rows


_SHORT = {
    "forced_to_move": "forced",
    "no_home_at_once": "no_home",
    "moved_after_job_loss": "job_loss",
    "forced_leavers_local": "forced_left_local",
    "forced_leavers_non_local": "forced_left_non_local",
    "leavers_local": "left_local",
    "leavers_non_local": "left_non_local",
}


def _follow_rows(content: Content, results: Results, words: Words) -> Rows:
    from sim.outcomes.followed import follow_up

    return _of_each(content, words, lambda name: follow_up(results, name))


def _group_rows(content: Content, results: Results, words: Words) -> Rows:
    from sim.outcomes.followed import by_group

    return _of_each(content, words, lambda name: by_group(results, name))


def _of_each(content: Content, words: Words, frame: Callable[[str], Any]) -> Rows:
    from sim.report.content import records

    return [
        {**row, **_title(content, scenario.id, words)}
        for scenario in content.scenarios
        for row in records(frame(scenario.id))
    ]


def _flow_rows(content: Content, _: Results, words: Words) -> Rows:
    from sim.report.content import records

    keys = ["scenario", "cause", "origin", "destination", "hukou"]
    sums = ["persons", "children", "households"]
    frame = content.flows.groupby(keys, observed=True, sort=False)[sums].sum().reset_index()
    return [
        {
            **row,
            **_title(content, str(row["scenario"]), words),
            "cause": words.cause(str(row["cause"])),
            "origin": words.area(str(row["origin"])),
            "destination": words.area(str(row["destination"])),
            "hukou": words.t[f"hukou_{row['hukou']}"],
        }
        for row in records(frame)
    ]


def _frame_rows(name: str) -> Callable[[Content, Results, Words], Rows]:
    """Return what lays a long table of the page out, its kinds and districts in words."""

    def rows(content: Content, _: Results, words: Words) -> Rows:
        return [_in_words(row, content, words) for row in content.rows(name)]

    return rows


def _in_words(row: Mapping[str, Any], content: Content, words: Words) -> dict[str, Any]:
    said = {**row, **_title(content, str(row["scenario"]), words)}
    if "kind" in row:
        every = load_book_text(words.lang)["every_kind"]
        said["name"] = every if row["kind"] == "all" else words.kind(str(row["kind"]))
    if "item" in row:
        said["item"] = words.t.get(f"fund_{row['item']}", row["item"])
    for place in ("district", "area"):
        if row.get(place):
            said[place] = words.area(str(row[place]))
    return said


def _task_rows(content: Content, _: Results, words: Words) -> Rows:
    return [
        {
            **_in_words(row, content, words),
            "action": words.action(str(row["kind"]), str(row["action"])),
        }
        for row in content.tasks
    ]


def _person_rows(content: Content, _: Results, words: Words) -> Rows:
    return [_in_words(row, content, words) for row in content.persons]


def _attribution_rows(content: Content, _: Results, words: Words) -> Rows:
    rows: Rows = []
    for item in content.attributions:
        plan = item.plan
        about = {
            **_title(content, plan.scenario, words),
            "base": plan.base,
            "method": plan.method,
            "indicator": words.indicator(plan.indicator),
            "area": words.area(plan.area),
            "quarter": plan.quarter,
            "unit": item.unit,
            "n_replications": item.n_replications,
        }
        rows += [
            {**row, **about, "measure": row["measure"], "name": words.kind(str(row["measure"]))}
            for row in item.rows()
        ]
        total = {"measure": "total", "name": words.t["attribution_total"], "contribution": item.total}
        rows.append(about | total)
    return rows


def _scenario(content: Content, row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return a row's scenario by name and, in the same view, who was moved in it."""
    people = content.people[str(row["scenario"])]
    beside: dict[str, Any] = {name: people[name]["estimate"] for name in BESIDE}
    for name in CHANGED:
        beside |= {f"{name}_{when}": people[name].get(when) for when in ("before", "after")}
    return beside | _title(content, str(row["scenario"]), words)


def _title(content: Content, scenario: str, words: Words) -> dict[str, str]:
    titles = {info.id: words.title(info) for info in content.scenarios}
    return {"scenario": scenario, "title": titles.get(scenario, scenario)}


_SHEETS: Mapping[str, Callable[[Content, Results, Words], Rows]] = {
    "targets": _target_rows,
    "densities": _density_rows,
    "differences": _difference_rows,
    "people": _people_rows,
    "followed": _follow_rows,
    "groups": _group_rows,
    "districts": _district_rows,
    "paths": _path_rows,
    "flows": _flow_rows,
    "attribution": _attribution_rows,
    "persons": _person_rows,
    "spending": _frame_rows("spending_kind"),
    "spending_district": _frame_rows("spending_district"),
    "costs": _frame_rows("costs"),
    "fund": _frame_rows("fund"),
    "ledger": _task_rows,
    "assumptions": lambda content, _, words: assumption_rows(content, words),
    "coverage": lambda _, __, words: coverage_rows(words),
    "sources": lambda _, __, ___: source_rows(),
    "provenance": lambda content, _, words: provenance_rows(content, words),
}
"""Sheets in the order of the page; a sheet without rows is left out."""
