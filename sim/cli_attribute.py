"""Share out an effect among kinds of measure from the command line."""

from __future__ import annotations

import itertools
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write_json, write_table
from sim.cli_results import StoreArgument, write_people

if TYPE_CHECKING:
    from sim.scenarios.coalitions import Attribution
    from sim.scenarios.results import Results


class Method(StrEnum):
    """Name the ways of sharing out an effect."""

    leave_one_out = "leave-one-out"
    shapley = "shapley"


def attribute(
    store: StoreArgument,
    scenario: Annotated[str, typer.Option(help="Scenario whose effect is shared out.")],
    indicator: Annotated[str, typer.Option(help="Indicator, such as residents.")],
    area: Annotated[str, typer.Option(help="Place, such as core or haidian.")],
    quarter: Annotated[str | None, typer.Option(help="Quarter; the last one when not given.")] = None,
    method: Annotated[Method, typer.Option(help="leave-one-out or shapley.")] = Method.leave_one_out,
    jobs: Annotated[int | None, typer.Option(help="Runs at a time; all cores when not given.")] = None,
    json: JsonFlag = False,
) -> None:
    """Say what each kind of measure contributed to an effect; run what that needs first."""
    from sim.cli_run import progress_bar
    from sim.scenarios.coalitions import attribute as share_out
    from sim.scenarios.coalitions import make_plan
    from sim.scenarios.store import load_results

    plan = make_plan(store, scenario, indicator=indicator, area=area, quarter=quarter, method=method.value)
    results = load_results(store)
    say(_announce(len(plan.coalitions), plan.runs, seconds_a_run(Path(store))))
    with progress_bar() as tell:
        found = share_out(store, plan, jobs=jobs, progress=tell)
    people = {scenario: results.people(scenario)}
    if json:
        write_json(found.rows(), _meta(found, results) | {"people": people})
        return
    _show(found)
    write_people(people)


def seconds_a_run(store: Path) -> float | None:
    """Return how far apart the runs of a store were finished, in the middle; None with fewer than three."""
    times = sorted(path.stat().st_mtime for path in store.glob("runs/*/*/manifest.json"))
    gaps = sorted(later - sooner for sooner, later in itertools.pairwise(times))
    return gaps[len(gaps) // 2] if len(gaps) > 1 else None


def _announce(coalitions: int, runs: int, seconds: float | None) -> str:
    text = f"{coalitions} coalitions of measures, {runs} runs to make"
    if not runs or seconds is None:
        return text
    minutes = round(runs * seconds / 60)
    long = f"at most {minutes} minutes" if minutes > 1 else "about a minute"
    return f"{text}, {long} at the pace of this store"


def _meta(found: Attribution, results: Results) -> dict[str, Any]:
    asked = ("scenario", "base", "method", "indicator", "area", "quarter")
    return {
        **results.meta,
        **{name: getattr(found.plan, name) for name in asked},
        "unit": found.unit,
        "total": found.total,
        "n_replications": found.n_replications,
        "players": {name: list(kinds) for name, kinds in found.plan.players.items()},
    }


def _show(found: Attribution) -> None:
    from sim.report.numbers import Numbers

    n, plan = Numbers("en"), found.plan
    table = [
        [
            str(row["measure"]).replace("_", " "),
            n.with_unit(row["contribution"], found.unit, signed=True),
            n.interval(row["low"], row["high"], found.unit),
            n.share(row["assumed_share"]) if row["assumed_share"] is not None else "",
        ]
        for row in found.rows()
    ]
    table.append(["total", n.with_unit(found.total, found.unit, signed=True), "", ""])
    title = f"{plan.indicator} of {plan.area} in {plan.quarter}: {plan.scenario} against {plan.base}"
    columns = ("measure", "contribution", "interval", "of it by assumed numbers")
    write_table(columns, table, title=title, right=(1, 2, 3))
