"""Be the command `shujie sensitivity`: which unknowns a result hangs on, and which are worth measuring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write_json, write_table

if TYPE_CHECKING:
    from calibration.sensitivity import Answer, Question
    from sim.scenarios.results import Results

SHOWN = 20
"""Parameters in the table; all are in what ``--json`` writes."""


def sensitivity(
    store: Annotated[
        Path, typer.Argument(help="Folder of runs made with --parameters prior or fitted.")
    ] = Path("runs/latest"),
    scenario: Annotated[
        str | None, typer.Option(help="executed-2017-2020 where it is there, else the first.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="A target's id; the core's residents when not given.")
    ] = None,
    indicator: Annotated[str, typer.Option(help="An indicator instead of a target.")] = "residents",
    area: Annotated[str, typer.Option(help="Where.")] = "core",
    quarter: Annotated[str | None, typer.Option(help="When; the last quarter when not given.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the emulator and of Sobol's points.")] = 1,
    json: JsonFlag = False,
) -> None:
    """Say how a result hangs on each parameter, and which of them would be worth measuring."""
    from threadpoolctl import threadpool_limits

    from calibration.sensitivity import answer, ask, parameters_of
    from sim.scenarios.store import load_results

    results = load_results(store)
    question = ask(results, scenario=scenario, indicator=indicator, area=area, quarter=quarter, target=target)
    with threadpool_limits(1):
        found = answer(question, parameters_of(results, question), seed)
    meta = _meta(results, question, found)
    if json:
        write_json(found.rows, meta)
        return
    _show(question, found, meta)


def _meta(results: Results, question: Question, found: Answer) -> dict[str, Any]:
    from calibration.sensitivity import is_doubtful

    return {
        **results.meta,
        "scenario": question.scenario,
        "result": question.label,
        "unit": question.unit,
        "threshold": question.threshold,
        "probability": found.probability,
        "in_doubt": is_doubtful(found.probability),
        "runs": len(question.values),
        "explained": found.explained,
        "in_emulator": found.in_emulator,
        "value_of_information_by_chance": found.by_chance,
        "interval": "90 % of Sobol's indices over bootstrap samples of points",
        "people": _people(results, question.scenario),
    }


def _people(results: Results, scenario: str) -> dict[str, Any] | None:
    """Return who was forced to move; None in the runs of a fit, which keep no flows."""
    if not len(results.flows(scenario).head(1)):
        return None
    return results.people(scenario)


def _show(question: Question, found: Answer, meta: dict[str, Any]) -> None:
    columns = {
        "parameter": "parameter",
        "value_of_information": "worth knowing",
        "first_order": "first order",
        "total": "total",
        "probability_at_low": "p at low",
        "probability_at_high": "p at high",
        "basis": "basis",
    }
    rows = [[_cell(_told(row, name, found.by_chance)) for name in columns] for row in found.rows[:SHOWN]]
    write_table(
        list(columns.values()), rows, title=f"{question.scenario}: {question.label}", right=range(1, 6)
    )
    if question.threshold is not None and found.probability is not None:
        say(f"at most {question.threshold:,.5g} {question.unit}: {found.probability:.0%} of runs")
        if not meta["in_doubt"]:
            say("that is hardly in doubt: see the orders for what the result hangs on")
    if found.by_chance is not None:
        say(
            f"the best of {len(found.rows)} parameters would seem worth {found.by_chance:.3f} by chance: "
            "no number stands where it is less"
        )
    people = meta["people"] or {}
    for name in ("forced_to_move", "children"):
        if isinstance(people.get(name), dict):
            say(f"{name.replace('_', ' ')}: {people[name]['estimate']:,.0f} persons")
    say(f"{len(question.values)} runs; the emulator explains {found.explained:.0%} of the spread")


def _told(row: dict[str, Any], name: str, by_chance: float | None) -> Any:
    """Return what the table says of a parameter: no value of information that chance would give as well."""
    value = row[name]
    if name == "value_of_information" and value is not None and by_chance is not None:
        return value if value > by_chance else None
    return value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.3f}"
