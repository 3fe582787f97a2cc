"""Put beside a comparison what it must not be read without: targets, people, money, how sure it all is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.cli_output import write_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.outcomes.money import Costs
    from sim.report.numbers import Numbers
    from sim.scenarios.results import Results

Row = Mapping[str, Any]

TARGET_KEYS = (
    "scenario",
    "target",
    "area",
    "indicator",
    "quarter",
    "operator",
    "value",
    "value_low",
    "value_high",
    "unit",
    "basis",
    "estimate",
    "low",
    "high",
    "probability",
    "gap_percent",
    "first_reached",
    "n_replications",
    "forced_to_move",
    "children",
)
"""Every key of a row of ``meta.targets``, in order."""
BILLION = 1e9


def beside(
    results: Results, base: str, scenario: str | None = None
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return the tables that stand beside the differences, each as plain rows keyed by scenario.

    Parameters
    ----------
    results
        The results of a store.
    base
        The scenario that is compared with; it stands in the tables too.
    scenario
        The only scenario that is compared; all when left out.

    Returns
    -------
    Who was displaced, by scenario (see `sim.outcomes.equity.people_summary`), of all scenarios; and
    ``targets`` (judged targets on both measures with `TARGET_KEYS`), ``replications`` (whether there are
    enough, by target and density), ``costs`` (see `sim.outcomes.money.cost_effectiveness`), ``spending`` (by
    payer) and ``fund`` (by year).
    """
    from sim.outcomes.money import Costs

    asked = results.scenarios if scenario is None else [base, scenario]
    people: dict[str, Any] = {}
    parts: dict[str, list[pd.DataFrame]] = {}
    costs = Costs(results, base)
    results.read_ahead(results.scenarios[0], money=results.scenarios[0] in asked)
    for name, following in pairwise([*results.scenarios, None]):
        if following is not None:
            results.read_ahead(following, money=following in asked)
        people[str(name)] = results.people(str(name))
        if name in asked:  # while what was read of it is at hand
            for table, frame in _tables(results, costs, str(name)).items():
                parts.setdefault(table, []).append(frame)
    order = list(dict.fromkeys(asked))
    tables = {table: _joined(frames, order) for table, frames in parts.items()}
    judged = [row for row in tables["targets"] if row["status"] == "judged"]
    return people, tables | {"targets": [_target(row, people[str(row["scenario"])]) for row in judged]}


def people_of(results: Results) -> dict[str, Any]:
    """Return who was displaced, by scenario."""
    people: dict[str, Any] = {}
    names = results.scenarios
    for name, following in zip(names, [*names[1:], names[-1]], strict=True):
        results.read_ahead(following, money=False)
        people[name] = results.people(name)
    return people


def _tables(results: Results, costs: Costs, name: str) -> dict[str, pd.DataFrame]:
    """Return the tables of one scenario."""
    from sim.outcomes.money import fund_balance, spending
    from sim.outcomes.replications import enough

    return {
        "targets": results.targets(name),
        "replications": enough(results, name),
        "costs": costs.table(name),
        "spending": spending(results, name, by=("payer",)),
        "fund": fund_balance(results, name),
    }


def _joined(parts: Sequence[pd.DataFrame], scenarios: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of several tables as one table's; what no scenario knows stays unknown."""
    import pandas as pd

    from sim.report.content import records

    rows = [row for part in parts for row in part.to_dict("records")]
    rows.sort(key=lambda row: scenarios.index(row["scenario"]))
    return records(pd.DataFrame(rows, columns=list(parts[0].columns)))


def write_beside(tables: Mapping[str, Sequence[Row]]) -> None:
    """Write targets with their people, whether there are enough replications, and what it costs."""
    from sim.report.numbers import Numbers

    n = Numbers("en")
    _write_targets(tables["targets"], tables["replications"], n)
    _write_densities(tables["replications"], n)
    _write_costs(tables["costs"], n)


def sureness(row: Row) -> str:
    """Return in words whether there are enough replications, and how many more would help."""
    more = row.get("more_to_halve")
    if more is None:
        return "one run: no interval"
    halve = f"; {more:.0f} more halve the interval" if more else ""
    if row.get("enough", row.get("verdict") == "enough"):
        return f"enough{halve}"
    decide = row.get("more_to_decide")
    if "verdict" not in row:
        return f"open{halve}"
    return f"open: about {decide:.0f} more decide{halve}" if decide else f"open: at the threshold{halve}"


def _target(row: Row, people: Mapping[str, Any]) -> dict[str, Any]:
    hit = {"forced_to_move": people["forced_to_move"]["estimate"], "children": people["children"]["estimate"]}
    return {name: hit[name] if name in hit else row[name] for name in TARGET_KEYS}


def _write_targets(rows: Sequence[Row], replications: Sequence[Row], n: Numbers) -> None:
    from sim.report.words import Words

    words = Words("en")
    known = {
        (row["scenario"], row["name"], row["basis"]): row
        for row in replications
        if row["subject"] == "target"
    }
    table = [
        [
            str(row["scenario"]),
            f"{row['area']}: {words.indicator(str(row['indicator']))}",
            f"{words.wanted(row)} by {row['quarter']}",
            str(row["basis"]),
            n.share(row["probability"]),
            n.percent(row["gap_percent"], signed=True),
            str(row["first_reached"] or ""),
            sureness(known.get((row["scenario"], row["target"], row["basis"]), {})),
            n.with_unit(row["forced_to_move"], "persons"),
            n.with_unit(row["children"], "persons"),
        ]
        for row in rows
    ]
    columns = (
        "scenario",
        "target",
        "wanted",
        "basis",
        "reached in",
        "gap",
        "first",
        "replications",
        "forced to move",
        "children",
    )
    write_table(columns, table, title="Targets, and who was forced to move", right=(4, 5, 8, 9))


def _write_densities(replications: Sequence[Row], n: Numbers) -> None:
    table = [
        [
            str(row["scenario"]),
            str(row["name"]),
            str(row["quarter"]),
            str(row["compared_with"]),
            n.with_unit(row["estimate"], str(row["unit"]), signed=True),
            n.interval(row["low"], row["high"], str(row["unit"]), signed=True),
            sureness(row),
        ]
        for row in replications
        if row["subject"] == "density"
    ]
    columns = (
        "scenario",
        "density",
        "quarter",
        "against",
        "mean difference",
        "90 % of the mean",
        "replications",
    )
    write_table(columns, table, title="Densities of the core: how surely the mean is known", right=(4, 5))


def _write_costs(costs: Sequence[Row], n: Numbers) -> None:
    table = [
        [
            str(row["scenario"]),
            "resident fewer" if row["per"] == "person" else "m2 of floor area less",
            str(row["area"]),
            f"{row['cost'] / BILLION:,.2f} billion CNY" if row["cost"] is not None else "",
            n.with_unit(row["effect"], str(row["effect_unit"])),
            n.with_unit(row["estimate"], "CNY")
            if row["status"] == "defined"
            else f"undefined: {row['reason']}",
            n.interval(row["low"], row["high"], "CNY") if row["status"] == "defined" else "",
            n.with_unit(row["forced_to_move"], "persons"),
        ]
        for row in costs
        if row["basis"] == "paired"
    ]
    columns = (
        "scenario",
        "cost of a",
        "in",
        "cost",
        "fewer or less",
        "CNY each",
        "interval",
        "forced to move",
    )
    write_table(columns, table, title="What it costs against the base", right=(3, 4, 5, 6, 7))
