"""Read a store from the command line: targets, densities, indicators, flows, comparison, page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_compare import beside, people_of, sureness, write_beside
from sim.cli_output import (
    CsvFlag,
    JsonFlag,
    XlsxOption,
    one_format,
    say,
    write,
    write_frame,
    write_frames,
    write_json,
    write_table,
)
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenarios.results import Results

DEFAULT_STORE = Path("runs/latest")
StoreArgument = Annotated[Path, typer.Argument(metavar="STORE", help="Folder that 'shujie run' wrote.")]
ScenarioOption = Annotated[str | None, typer.Option("--scenario", help="This scenario only.")]


class Level(StrEnum):
    """Name the levels of places."""

    zone = "zone"
    district = "district"
    area = "area"
    city = "city"


class Language(StrEnum):
    """Name the languages of the page."""

    en = "en"
    zh = "zh"


def targets(store: StoreArgument = DEFAULT_STORE, json: JsonFlag = False) -> None:
    """Show each target with its estimate and probability, and beside them who was displaced."""
    show_targets(store, as_json=json)


def densities(store: StoreArgument = DEFAULT_STORE, json: JsonFlag = False) -> None:
    """Show the densities of the core, and beside them who was displaced."""
    from sim.report.content import records
    from sim.report.numbers import Numbers

    results = _open(store)
    rows, people = records(results.densities()), people_of(results)
    if json:
        write_json(rows, {**results.meta, "people": people})
        return
    n = Numbers("en")
    for scenario in results.scenarios:
        table = []
        for row in rows:
            if row["scenario"] != scenario:
                continue
            unit = str(row["unit"])
            judged, changed = row["status"] == "judged", row["change_percent"] is not None
            table.append(
                [
                    str(row["density"]).replace("_", " "),
                    str(row["quarter"]),
                    n.with_unit(row["estimate"], unit),
                    n.interval(row["low"], row["high"], unit),
                    f"{n.percent(row['change_percent'], signed=True)} on {row['base_quarter']}"
                    if changed
                    else "",
                    n.share(row["probability_lower"]) if changed else "",
                    n.with_unit(row["against_no_measures"], unit, signed=True),
                    str(row["evidence"]) if judged else f"not judged: {row['reason']}",
                ]
            )
        columns = (
            "density of the core",
            "quarter",
            "estimate",
            _interval_name(results),
            "change",
            "lower in",
            "against no measures",
            "",
        )
        write_table(columns, table, title=scenario, right=(2, 3, 4, 5, 6))
    write_people(people)


def indicators(
    store: StoreArgument = DEFAULT_STORE,
    indicator: Annotated[str | None, typer.Option(help="This indicator only, such as residents.")] = None,
    level: Annotated[Level | None, typer.Option(help="This level of places only.")] = None,
    area: Annotated[str | None, typer.Option(help="This place only, such as core or haidian.")] = None,
    quarter: Annotated[str | None, typer.Option(help="This quarter only, such as 2020Q4.")] = None,
    scenario: ScenarioOption = None,
    csv: CsvFlag = False,
    json: JsonFlag = False,
) -> None:
    """Show tidy rows: scenario, replication, quarter, level, area, indicator, value, unit."""
    one_format(csv, json)
    _check_quarter(quarter)
    results = _open(store)
    shown_level = "city" if level is None and area is None and not (csv or json) else level
    chosen: dict[str, Any] = {"indicator": indicator, "level": shown_level, "area": area, "quarter": quarter}
    names = results.scenarios if scenario is None else [_known(results, scenario)]
    runs = ((name, number) for name in names for number in results.replications(name))
    frames = (results.indicators(name, replication=number, **chosen) for name, number in runs)
    if csv or json:
        write_frames(frames, results.meta, as_json=json)
        return
    write_frame(next(frames), results.meta, as_csv=False, as_json=False)
    say("the first run; --csv or --json writes every run" + (", at every level" if level is None else ""))


def flows(
    store: StoreArgument = DEFAULT_STORE,
    scenario: ScenarioOption = None,
    csv: CsvFlag = False,
    json: JsonFlag = False,
    xlsx: XlsxOption = None,
) -> None:
    """Show who moved or left, from where to where, and why; scaled to the whole city."""
    one_format(csv, json, xlsx)
    results = _open(store)
    if xlsx is not None:
        from sim.report.workbook import write_flows

        write(f"{write_flows(xlsx, results.flows(scenario))}\n")
        return
    if csv or json:
        write_frame(results.flows(scenario), results.meta, as_csv=csv, as_json=json)
        return
    from sim.outcomes.flows import movers

    summary = movers(results, ["cause", "forced"]).sort_values(
        ["scenario", "persons"], ascending=[True, False]
    )
    chosen = summary if scenario is None else summary[summary["scenario"] == _known(results, scenario)]
    write_frame(chosen, results.meta, as_csv=False, as_json=False)
    say("persons and households over all quarters, mean of the runs; --csv or --json writes every row")


def compare(
    store: StoreArgument,
    base: Annotated[str, typer.Option(help="The scenario to compare with.")],
    scenario: ScenarioOption = None,
    indicator: Annotated[str | None, typer.Option(help="This indicator only.")] = None,
    level: Annotated[Level | None, typer.Option(help="This level of places only.")] = None,
    quarter: Annotated[str | None, typer.Option(help="This quarter; the last one when not given.")] = None,
    csv: CsvFlag = False,
    json: JsonFlag = False,
    html: Annotated[Path | None, typer.Option(help="Write the comparison as one page here.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write its tables as a workbook here.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of page and workbook.")] = Language.en,
) -> None:
    """Show paired differences against a base scenario, with interval and share of runs of that sign."""
    one_format(csv, json)
    _check_quarter(quarter)
    if html is not None or xlsx is not None:
        given: dict[str, object] = {"--scenario": scenario, "--indicator": indicator}
        given |= {"--level": level, "--quarter": quarter}
        given |= {"--csv": csv or None, "--json": json or None}
        _write_documents(store, lang, html=html, xlsx=xlsx, base=base, given=given)
        return
    from sim.memory import collector_at_rest, keep_freed_memory
    from sim.report.content import records
    from sim.scenarios.compare import LEVELS
    from sim.scenarios.compare import compare as paired

    keep_freed_memory()
    with collector_at_rest():
        results = _open(store)
        levels: Sequence[str] = LEVELS if level is None else (level.value,)
        frame = paired(results, base, scenario, indicator=indicator, level=levels, quarter=quarter)
        if csv:
            write_frame(frame, results.meta, as_csv=True, as_json=False)
            return
        people, tables = beside(results, base, scenario)
    if json:
        meta = {**results.meta, "base": base, "people": people, **tables}
        write_frame(frame, meta, as_csv=False, as_json=True)
        return
    _write_differences(records(frame))
    write_beside(tables)
    write_people(people)


def report(
    store: StoreArgument = DEFAULT_STORE,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the tables as a workbook here.")] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Write every figure into this folder, as SVG and PNG.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of page, workbook and pictures.")] = Language.en,
) -> None:
    """Write the results as a page, a workbook or pictures, in English or Chinese."""
    if html is None and xlsx is None and pictures is None:
        raise InputError(
            "nothing to write is named",
            where="--html, --xlsx and --pictures",
            mend="give --html report.html, --xlsx report.xlsx, --pictures DIR, or several",
        )
    _write_documents(store, lang, html=html, xlsx=xlsx, pictures=pictures)


def _write_documents(
    store: Path,
    lang: Language,
    *,
    html: Path | None = None,
    xlsx: Path | None = None,
    pictures: Path | None = None,
    base: str | None = None,
    given: Mapping[str, object] | None = None,
) -> None:
    """Write page, workbook and pictures of a store, or of its differences from a base.

    Options that a document has not are refused, and paths that cannot be written before any work.
    """
    unused = [name for name, value in (given or {}).items() if value is not None]
    if unused:
        raise InputError(
            f"{'--html' if html is not None else '--xlsx'} does not go with {' and '.join(unused)}",
            why="the page and the workbook show the whole comparison",
            mend="leave them out, or leave --html and --xlsx out",
        )
    if html is not None:
        from sim.report.html import check_target

        check_target(html)
    if xlsx is not None:
        from sim.report.workbook import check_workbook

        check_workbook(xlsx)
    results = _open(store)
    for flaw in results.meta["unsound"]:
        say(f"left out: {flaw}")
    if html is not None:
        from sim.report.html import write_page

        write(f"{write_page(results, html, lang=lang.value, base=base)}\n")
    if xlsx is not None:
        from sim.report.book import write_book

        write(f"{write_book(results, xlsx, lang=lang.value, compared=base)}\n")
    if pictures is not None:
        from sim.report.pictures import write_pictures

        for path in write_pictures(results, pictures, lang=lang.value, compared=base):
            write(f"{path}\n")


def show_targets(store: Path, *, as_json: bool) -> None:
    """Write the targets of a store and, in the same view, who was displaced."""
    from sim.report.content import records

    results = _open(store)
    rows, people = records(results.targets()), people_of(results)
    if as_json:
        write_json(rows, {**results.meta, "people": people})
        return
    for scenario in results.scenarios:
        chosen = [row for row in rows if row["scenario"] == scenario]
        _write_targets(scenario, chosen, _interval_name(results))
    write_people(people)


def _write_targets(scenario: str, rows: Sequence[Mapping[str, Any]], interval: str) -> None:
    from sim.report.numbers import Numbers
    from sim.report.words import Words, status_of

    n, words = Numbers("en"), Words("en")
    table, left_out = [], set()
    for row in rows:
        if row["status"] != "judged":
            left_out.add(row["target"])
            continue
        unit = str(row["unit"])
        table.append(
            [
                f"{row['area']}: {words.indicator(str(row['indicator']))}",
                f"{words.wanted(row)} by {row['quarter']}",
                str(row["basis"]),
                n.with_unit(row["estimate"], unit),
                n.interval(row["low"], row["high"], unit),
                n.share(row["probability"]),
                n.percent(row["gap_percent"], signed=True),
                str(row["first_reached"] or ""),
                str(words.t[f"status_{status_of(row['probability'])}"]),
            ]
        )
    columns = ("target", "wanted", "basis", "estimate", interval, "reached in", "gap", "first", "verdict")
    write_table(columns, table, title=scenario, right=(3, 4, 5, 6))
    if left_out:
        say(f"{len(left_out)} targets are not judged; --json gives the reasons")


def _write_differences(rows: Sequence[Mapping[str, Any]]) -> None:
    from sim.report.numbers import Numbers

    n = Numbers("en")
    table = [
        [
            str(row["scenario"]),
            str(row["area"]),
            str(row["indicator"]),
            str(row["quarter"]),
            n.with_unit(row["estimate"], str(row["unit"]), signed=True),
            n.interval(row["low"], row["high"], str(row["unit"]), signed=True),
            n.percent(row["change_percent"], signed=True),
            n.share(row["share_with_sign"]),
            "" if row["variance_reduction"] is None else f"{row['variance_reduction']:.1f}",
            sureness(row),
        ]
        for row in rows
    ]
    columns = (
        "scenario",
        "area",
        "indicator",
        "quarter",
        "difference",
        "interval",
        "percent",
        "runs of that sign",
        "variance cut by pairing",
        "replications",
    )
    write_table(columns, table, right=(4, 5, 6, 7, 8))


def write_people(people: Mapping[str, Mapping[str, Any]]) -> None:
    """Write who was displaced, a column a scenario."""
    from sim.report.section_people import people_table
    from sim.report.words import Words

    words = Words("en")
    figures = list(people.values())
    rows = [[row["label"], *[_joined(cell) for cell in row["cells"]]] for row in people_table(figures, words)]
    period = str(figures[0]["period"]) if figures else ""
    right = tuple(range(1, len(people) + 1))
    write_table(
        (f"the displaced, {period}", *people),
        rows,
        title="Beside the targets: who was displaced",
        right=right,
    )


def _joined(cell: Mapping[str, str]) -> str:
    parts = [cell["estimate"], f"({cell['interval']})" if cell["interval"] else "", cell["sub"]]
    return " ".join(part for part in parts if part)


def _interval_name(results: Results) -> str:
    from sim.outcomes.spread import ENOUGH

    enough = min(len(results.replications(name)) for name in results.scenarios) >= ENOUGH
    return "90 % interval" if enough else "smallest - largest"


def _known(results: Results, scenario: str) -> str:
    """Return a scenario's name; InputError where the store has none of that name."""
    results.replications(scenario)
    return scenario


def _open(store: Path) -> Results:
    from sim.scenarios.store import load_results

    return load_results(store)


def _check_quarter(quarter: str | None) -> None:
    if quarter is not None:
        from sim.calendar import parse_quarter

        try:
            parse_quarter(quarter, allow_base=True)
        except InputError as error:
            raise InputError(error.what, where="--quarter", why=error.why, mend=error.mend) from None
