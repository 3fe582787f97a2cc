"""Gather from a store the long tables of the page: differences, tasks, persons by kind, attributions.

Each is a list of plain rows keyed by scenario; an empty list means that the store has nothing to say, and the
page then leaves the section out or says how to make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.accounts.entries import REBOUND, TASK
from sim.outcomes.flows import leaves_city

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenarios.coalitions import Attribution
    from sim.scenarios.results import Results

Rows = list[dict[str, Any]]

AMOUNTS = ("planned", "reported", "executed", "verified", "cost_cny", "net_persons")
PERSONS = ("gross_persons", "double_counted", "rebounded")
ATTRIBUTED = (("residents", "beijing"), ("residents", "city_six"), ("residents", "core"))
"""Indicators and areas whose attribution is drawn where the store holds its runs."""
OF_DENSITY = {
    "population": "population_density",
    "building": "building_density",
    "commercial": "commercial_density",
    "tourism": "tourism_density",
}
"""Indicator of each density."""
OF_KIND = {"courtyard_contract_ended": "courtyard", "village_razed": "shantytown"}
"""Causes of moves that are not named as the kind of measure that made them."""


def task_rows(results: Results, since: str) -> Rows:
    """Return the task ledger by scenario, kind, action and unit: sums from a quarter on, mean over the runs.

    ``entries`` counts the orders and ``written_off`` those of them that passed the inspection.
    """
    keys = ["kind", "action", "unit"]
    sums = results.ledger_sums(keys, AMOUNTS, verb=TASK, since=since)
    return _mean_rows(results, sums, keys)


def person_rows(results: Results, flows: pd.DataFrame, since: str) -> Rows:
    """Return by scenario and kind whom orders hit: gross, counted twice, back, net, and where they went.

    Parameters
    ----------
    flows
        Where those ended whom an order put out, averaged over the runs, as `Content.flows`.
    since
        First quarter that counts.
    """
    ended, rows = _ended(flows), []
    back = {
        (row["scenario"], row["kind"]): float(row["rebounded"])
        for row in _mean_rows(
            results, results.ledger_sums(["kind"], PERSONS, verb=REBOUND, since=since), ["kind"]
        )
    }
    sums = results.ledger_sums(["kind"], PERSONS, verb=TASK, since=since)
    for row in _mean_rows(results, sums, ["kind"]):
        key = (row["scenario"], row["kind"])
        gross, double = float(row["gross_persons"]), float(row["double_counted"])
        if not gross:
            continue
        rebounded = float(row["rebounded"]) + back.get(key, 0.0)
        stayed, left = ended.get(key, (0.0, 0.0))
        rows.append(
            {"scenario": key[0], "kind": key[1], "gross": gross, "double_counted": double}
            | {"rebounded": rebounded, "net": gross - double - rebounded, "inside": stayed, "left": left}
        )
    return rows


def difference_rows(results: Results, base: str | None, quarters: Sequence[str]) -> Rows:
    """Return paired differences from a base scenario: in the last quarter by city, area and district.

    Parameters
    ----------
    quarters
        Quarters in which the densities of the core are compared, too.
    """
    from sim.report.content import records
    from sim.scenarios.compare import compare

    if base is None or results.scenarios == [base]:
        return []
    rows = records(compare(results, base))
    for quarter in quarters:
        names = list(OF_DENSITY.values())
        rows += records(compare(results, base, indicator=names, level="area", area="core", quarter=quarter))
    return rows


def attributions(results: Results) -> list[Attribution]:
    """Return the attributions whose coalitions the store holds, the finer method where it holds both."""
    from sim.scenarios.coalitions import FOLDER, LEAVE_ONE_OUT, SHAPLEY, stored

    if not (results.path / FOLDER / "batch.json").exists():
        return []
    found: list[Attribution] = []
    for scenario in results.scenarios:
        for method in (SHAPLEY, LEAVE_ONE_OUT):
            held = stored(results, scenario, ATTRIBUTED, method=method)
            found += held
            if held:
                break
    return found


def money_frames(results: Results, base: str | None) -> dict[str, pd.DataFrame]:
    """Return what `sim.outcomes.money` says of a store: spending, costs against a base, the fund by year."""
    from sim.outcomes.money import cost_effectiveness, fund_balance, spending

    frames = {
        "spending": spending(results, by=()),
        "spending_kind": spending(results, by=("kind",)),
        "spending_district": spending(results, by=("district",)),
        "fund": fund_balance(results),
    }
    if base is not None:
        frames["costs"] = cost_effectiveness(results, base)
    return frames


def equity_frames(results: Results) -> dict[str, pd.DataFrame]:
    """Return how displaced, stayers and receivers fared, and the displaced by who they are."""
    import pandas as pd

    from sim.outcomes.equity import by_group, follow_up

    frames = {}
    for name, told in (("follow_up", follow_up), ("by_group", by_group)):
        parts = [part for part in (told(results, scenario) for scenario in results.scenarios) if len(part)]
        if parts:
            frames[name] = pd.concat(parts, ignore_index=True)
    return frames


def judgement_frames(results: Results) -> dict[str, pd.DataFrame]:
    """Return how sure the runs are, and over drawn parameters limits kept, regret and what decides."""
    from sim.outcomes.replications import enough
    from sim.outcomes.robustness import decisive, regret, satisficing
    from sim.outcomes.worlds import worlds

    frames = {"enough": enough(results)}
    if len(worlds(results).states) > 1:
        frames |= {"satisficing": satisficing(results), "regret": regret(results)}
        frames["decisive"] = decisive(results)
    return frames


def _mean_rows(results: Results, sums: pd.DataFrame, keys: list[str]) -> Rows:
    """Return sums by run as means over the runs of each scenario, in the order of the scenarios."""
    if sums.empty:
        return []
    total = sums.drop(columns="replication").groupby(["scenario", *keys], observed=True, sort=False).sum()
    n = {name: len(results.replications(name)) for name in results.scenarios}
    rows: Rows = []
    for row in total.reset_index().to_dict(orient="records"):
        rows.append(
            {str(k): v if isinstance(v, str) else float(v) / n[row["scenario"]] for k, v in row.items()}
        )
    return sorted(rows, key=lambda row: results.scenarios.index(row["scenario"]))


def _ended(flows: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Return by scenario and kind how many ended inside the city and how many left it."""
    kinds = flows["cause"].astype(object).map(lambda cause: OF_KIND.get(cause, cause))
    left = flows["persons"].where(leaves_city(flows), 0.0)
    sums = (
        flows.assign(kind=kinds, left=left)
        .groupby(["scenario", "kind"], observed=True)[["persons", "left"]]
        .sum()
    )
    return {
        (str(scenario), str(kind)): (float(row["persons"] - row["left"]), float(row["left"]))
        for (scenario, kind), row in sums.iterrows()
    }
