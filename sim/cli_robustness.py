"""Judge the options of a store over its states of the world from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write_json, write_table
from sim.cli_results import DEFAULT_STORE, StoreArgument, write_people
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.outcomes.worlds import Worlds
    from sim.report.numbers import Numbers

Row = Mapping[str, Any]
_BILLION = 1e9


def robustness(
    store: StoreArgument = DEFAULT_STORE,
    outcome: Annotated[
        list[str] | None, typer.Option(help="Outcome regret is told of, such as residents:core; repeatable.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="Target that must be reached, by its id; repeatable.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="Limit such as 'forced_to_move<=100000'; repeatable.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Judge options over uncertain states of the world: regret, where limits hold, and what decides."""
    from sim.outcomes.robustness import OUTCOMES, decisive, limits_of, regret, satisficing
    from sim.outcomes.worlds import worlds
    from sim.report.content import records
    from sim.scenarios.store import load_results

    results = load_results(store)
    asked = limits_of(results, target, limit or ())
    found = worlds(results)
    _check_states(found, str(store))
    rows = records(regret(results, outcome or OUTCOMES))
    held, decided = records(satisficing(results, asked)), records(decisive(results, asked))
    people = {name: results.people(name) for name in results.scenarios}
    if json:
        meta = {"n_states": len(found.states), "options": found.options}
        tables = {"satisficing": held, "decisive": decided, "people": people}
        write_json(rows, {**results.meta, **meta, **tables})
        return
    from sim.report.numbers import Numbers

    n = Numbers("en")
    say(f"{len(found.options)} options in {len(found.states)} states of the world")
    _write_regret(rows, n)
    _write_held(held, n)
    _write_decided(decided, n)
    write_people(people)


def _check_states(found: Worlds, store: str) -> None:
    """Refuse a store in which nothing uncertain differs."""
    if not found.states:
        raise InputError(
            "no state of the world has a run of every option",
            where=store,
            why="the options were run with other uncertain values, or other replications are missing",
            mend="give each option the same rows of 'uncertainty:' values, or run the batch again",
        )
    if len(found.states) < 2:
        raise InputError(
            "the store holds one state of the world",
            where=store,
            why="its runs have the same parameters",
            mend="run it with --parameters prior, or from a design table with 'uncertainty:' columns",
        )


def _amount(value: float | None, unit: str, n: Numbers) -> str:
    if unit == "CNY" and value is not None:
        return f"{value / _BILLION:,.2f} billion CNY"
    return n.with_unit(value, unit)


def _write_regret(rows: Sequence[Row], n: Numbers) -> None:
    if not rows:
        say("one option: no regret to tell")
        return
    table = [
        [
            str(row["outcome"]),
            f"{row['better']} is better",
            str(row["scenario"]),
            _amount(row["estimate"], str(row["unit"]), n),
            _amount(row["maximum"], str(row["unit"]), n),
            n.share(row["share_best"]),
            n.with_unit(row["forced_to_move"], "persons"),
            n.with_unit(row["children"], "persons"),
        ]
        for row in rows
    ]
    columns = ("outcome", "", "scenario", "mean regret", "largest", "best in", "forced to move", "children")
    write_table(
        columns, table, title="Regret against the best option in the same state", right=(3, 4, 5, 6, 7)
    )


def _write_held(rows: Sequence[Row], n: Numbers) -> None:
    table = [
        [
            str(row["scenario"]),
            str(row["limit"]),
            ""
            if row["value"] is None
            else f"{row['operator']} {n.with_unit(row['value'], str(row['unit']))}",
            str(row["basis"] or ""),
            n.share(row["estimate"]),
            f"{n.share(row['low'])} – {n.share(row['high'])}",
            f"{n.share(row['at_strict'])} – {n.share(row['at_lenient'])}"
            if row["at_strict"] != row["at_lenient"]
            else "",
            n.with_unit(row["forced_to_move"], "persons"),
            n.with_unit(row["children"], "persons"),
        ]
        for row in rows
    ]
    columns = (
        "scenario",
        "limit",
        "",
        "basis",
        "holds in",
        "90 % interval",
        "over the range assumed",
        "forced to move",
        "children",
    )
    write_table(columns, table, title="Share of states in which limits hold", right=(4, 5, 6, 7, 8))


def _write_decided(rows: Sequence[Row], n: Numbers) -> None:
    table = [
        [
            str(row["scenario"]),
            str(row["limit"]),
            str(row["status"]) if row["box"] is None else f"fails in box {row['box']:.0f}",
            str(row["parameter"] or ""),
            _bounds(row),
            str(row["basis"] or ""),
            n.share(row["coverage"]) if row["coverage"] is not None else "",
            n.share(row["density"]) if row["density"] is not None else "",
            n.share(row["share_failing"]),
            "" if row["p_value"] is None else f"{row['p_value']:.2f}",
        ]
        for row in rows
    ]
    columns = ("scenario", "limit", "", "parameter", "where", "basis", "coverage", "density", "fails in", "p")
    write_table(columns, table, title="Which parameters decide whether limits hold", right=(6, 7, 8, 9))


def _bounds(row: Row) -> str:
    if row["parameter"] is None:
        return ""
    low = row["smallest"] if row["at_least"] is None else row["at_least"]
    high = row["largest"] if row["at_most"] is None else row["at_most"]
    return (
        f"{low:.4g} – {high:.4g} of {row['smallest']:.4g} – {row['largest']:.4g} {row['unit'] or ''}".rstrip()
    )
