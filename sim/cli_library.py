"""Show what the project carries: scenarios, measures, the stages of a quarter, the base city."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write, write_frame, write_json, write_table
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sim.policy.resolve import Measure
    from sim.scenarios.scenario import Scenario

SERIES = ("plan", "executed", "option")
MANY = 1e6
"""Amounts above it are shown without decimals."""


def scenarios(json: JsonFlag = False) -> None:
    """List the scenarios of the library."""
    from sim.scenarios.scenario import Scenario, library_names

    rows = [_scenario_row(Scenario.load(name)) for name in library_names()]
    if json:
        write_json(rows, {"n_scenarios": len(rows)})
        return
    table = [[row["scenario"], row["title_en"], row["title_zh"], str(row["n_measures"])] for row in rows]
    write_table(("scenario", "title", "中文", "measures"), table, right=(3,))


def show(
    scenario: Annotated[str, typer.Argument(help="A library name or a scenario file.")],
    json: JsonFlag = False,
) -> None:
    """Show one scenario resolved: what it asks, its levers, every quantity with its clause and basis."""
    from sim.scenarios.describe import describe
    from sim.scenarios.scenario import Scenario

    loaded = Scenario.load(scenario)
    rows = describe(loaded)
    if json:
        write_json(rows, {**_scenario_row(loaded), **_scenario_details(loaded)})
        return
    write(f"{loaded.name}: {loaded.title_en} / {loaded.title_zh}\n\n{loaded.description}\n\n")
    for name, value in _scenario_details(loaded).items():
        if name != "description" and value:
            write(f"{name}: {_plain_text(value)}\n")
    table = [
        [
            str(row["measure"]),
            str(row["action"]),
            str(row["series"]),
            str(row["when"]),
            str(row["place"]),
            _amount_text(row["amount"]),
            _range_text(row),
            str(row["unit"]),
            f"{row['document']} {row['clause']}".strip(),
            str(row["basis"]),
        ]
        for row in rows
    ]
    write_table(
        ("measure", "action", "series", "when", "where", "how much", "range", "unit", "clause", "basis"),
        table,
        title="A row for an area includes those for its parts",
        right=(5, 6),
    )


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario file.")], json: JsonFlag = False
) -> None:
    """Check a scenario file; say what is wrong in it, or that it is sound."""
    if not file.is_file():
        raise InputError("there is no such file", where=str(file), mend="give the path of a scenario file")
    from sim.scenarios.scenario import Scenario

    loaded = Scenario.load(file)
    row = {"file": str(file), "valid": True, **_scenario_row(loaded)}
    if json:
        write_json([row], {"file": str(file)})
        return
    write(f"{file} is sound: scenario '{row['scenario']}', {row['n_measures']} measures\n")


def catalogue(json: JsonFlag = False) -> None:
    """List the measures, with their document and clause."""
    from sim.policy.catalogue import load_measures

    rows = [_measure_row(measure) for measure in load_measures().values()]
    if json:
        counts = {series: sum(row["series"] == series for row in rows) for series in SERIES}
        write_json(rows, {"n_measures": len(rows), **counts})
        return
    _write_measures(rows)


def coverage(json: JsonFlag = False) -> None:
    """List every clause of the documents: modelled, partly or not, by what, what is missing, why."""
    from sim.policy.catalogue import load_documents
    from sim.policy.coverage import count_statuses, coverage_rows

    rows = coverage_rows()
    if json:
        write_json(rows, {"n_clauses": len(rows), **count_statuses(rows)})
        return
    columns = ("clause", "title", "中文", "status", "by", "missing, or why not")
    for name, own in groupby(rows, key=lambda row: row["document"]):
        table = [
            [
                row["clause"],
                row["title_en"],
                row["title_zh"],
                row["status"].replace("_", " "),
                ", ".join([*row["measures"], *row["code"]]),
                row["missing"] or row["reason"] or "",
            ]
            for row in own
        ]
        document = load_documents()[name]
        title = f"{name} {document.number}".strip() + f": {document.title_en} {document.title_zh}"
        write_table(columns, table, title=title)
    counts = [f"{count} {status.replace('_', ' ')}" for status, count in count_statuses(rows).items()]
    write(f"{len(rows)} clauses: {', '.join(counts)}\n")


def figures(json: JsonFlag = False) -> None:
    """List every quantity of the documents, what carries it, and what the model makes of it."""
    from dataclasses import asdict

    from sim.policy.figures import load_figures

    rows = [asdict(figure) for figure in load_figures()]
    if json:
        write_json(rows, {"n_figures": len(rows)})
        return
    table = [
        [
            f"{row['document']} {row['clause']}",
            row["indicator"],
            row["area"],
            str(row["year_from"] or ""),
            "" if row["amount"] is None else _amount_text(row["amount"]),
            "" if row["carried"] is None else _amount_text(row["carried"]),
            row["what"],
            ", ".join(row["names"]) or row["why"],
        ]
        for row in rows
    ]
    write_table(
        ("clause", "quantity", "where", "from", "stated", "carried", "as", "by"),
        table,
        title="Quantities of the documents, in base units",
        right=(4, 5),
    )


def schedule(json: JsonFlag = False) -> None:
    """Show what happens in a quarter, in order, and why in that order."""
    from sim.schedule import STAGES

    rows: list[dict[str, Any]] = [
        {
            "stage": number,
            "name": stage.name,
            "owner": stage.owner,
            "reason": stage.reason,
            "reads": list(stage.reads),
            "writes": list(stage.writes),
        }
        for number, stage in enumerate(STAGES, start=1)
    ]
    if json:
        write_json(rows, {"n_stages": len(rows)})
        return
    table = [
        [
            str(row["stage"]),
            row["name"],
            row["owner"],
            row["reason"],
            ", ".join(row["reads"]),
            ", ".join(row["writes"]),
        ]
        for row in rows
    ]
    write_table(("#", "stage", "owner", "why here", "reads", "writes"), table, right=(0,))


def base(
    sample: Annotated[float, typer.Option(help="Share of households, above 0 and at most 1.")] = 1.0,
    json: JsonFlag = False,
) -> None:
    """Show the city of 2010 beside the census: published, synthetic, error."""
    from sim.cli_run import check_sample

    check_sample(sample)
    from sim.synthesis.base import open_base
    from sim.synthesis.check import check_base

    say("opening the base city; the first time it is built, which takes a minute or two")
    frame = check_base(open_base(sample))
    if json:
        write_frame(frame, {"sample": sample, "n_rows": len(frame)}, as_csv=False, as_json=True)
        return
    write_table(
        ("table", "in the fit", "rows", "within", "off", "not judged", "largest error of those judged"),
        [_summary_row(str(table), rows) for table, rows in frame.groupby("table", sort=False)],
        title=f"The city of 2010 at sample {sample:g} beside the census",
        right=(2, 3, 4, 5, 6),
    )
    off = frame[frame["status"] == "off"]
    if len(off):
        write_frame(off, {}, as_csv=False, as_json=False, most=len(off))
    say("--json writes every row: published, synthetic, error")


def _summary_row(table: str, rows: pd.DataFrame) -> list[str]:
    judged = rows[rows["status"].isin(["ok", "off"])]
    largest = judged["error_percent"].abs().max() if len(judged) else None
    return [
        table,
        "yes" if rows["in_fit"].all() else "kept out",
        str(len(rows)),
        str(int((rows["status"] == "ok").sum())),
        str(int((rows["status"] == "off").sum())),
        str(len(rows) - len(judged)),
        "" if largest is None else f"{largest:.2f} %",
    ]


def _scenario_row(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "title_en": scenario.title_en,
        "title_zh": scenario.title_zh,
        "n_measures": len(scenario.measures),
        "digest": scenario.digest,
    }


def _scenario_details(scenario: Scenario) -> dict[str, Any]:
    return {
        "description": scenario.description,
        "levers": dict(scenario.levers),
        "uncertainties": dict(scenario.uncertainties),
        "shocks": dict(scenario.shocks),
        "paths": scenario.paths,
    }


def _plain_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {setting}" for name, setting in value.items())
    return str(value)


def _range_text(row: dict[str, Any]) -> str:
    same = row["low"] == row["high"]
    return "" if same else f"{_amount_text(row['low'])} - {_amount_text(row['high'])}"


def _amount_text(amount: float) -> str:
    return f"{amount:,.6g}" if amount < MANY else f"{amount:,.0f}"


def _measure_row(measure: Measure) -> dict[str, Any]:
    from sim.scenarios.describe import facts_of

    return facts_of(measure) | {"clause": measure.clause, "basis": measure.basis}


def _write_measures(rows: list[dict[str, Any]]) -> None:
    table = [
        [
            row["measure"],
            f"{row['kind']}.{row['action']}",
            row["series"],
            row["title_en"],
            f"{row['first']} - {row['last']}",
            f"{row['total']:,.0f} {row['unit']}",
            f"{row['document']} {row['clause']}".strip(),
            row["basis"],
        ]
        for row in rows
    ]
    write_table(
        ("measure", "kind, action", "series", "title", "when", "how much", "document, clause", "basis"),
        table,
        right=(5,),
    )
