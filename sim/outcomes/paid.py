"""Read payments of a store and summarise them over replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from sim.outcomes.equity import CAMPAIGN_START, FIRST_QUARTER
from sim.outcomes.flows import Flowing, forced_moves
from sim.outcomes.indicators import Indicated
from sim.outcomes.spread import spreads

CNY = "CNY"


class Paid(Flowing, Indicated, Protocol):
    """Hold the payments, the ledger, the flows and the indicators of a store, as `Results` does."""

    def totals(
        self,
        table: str,
        columns: Sequence[str],
        by: Sequence[str],
        scenario: str | Sequence[str] | None = None,
        *,
        only: Mapping[str, Sequence[str]] | None = None,
        since: str | None = None,
    ) -> pd.DataFrame:
        """Return sums of the ledger or the fund."""
        ...


def spread_by(frame: pd.DataFrame, scenario: str, keys: list[str], numbers: Sequence[int]) -> pd.DataFrame:
    """Return sums of one scenario by keys, summarised over its replications."""
    mine = frame[frame["scenario"] == scenario]
    wide = mine.pivot_table(
        index=keys or "scenario", columns="replication", values="amount_cny", aggfunc="sum", observed=True
    )
    if wide.empty and not keys:
        wide = pd.DataFrame(0.0, index=pd.Index([scenario], name="scenario"), columns=list(numbers))
    wide = wide.reindex(columns=list(numbers)).fillna(0.0)
    result = wide.index.to_frame(index=False).assign(scenario=scenario, n_replications=len(numbers))
    result[["estimate", "low", "high"]] = np.column_stack(spreads(wide.to_numpy(float)))
    return result


def chosen(results: Paid, scenario: str | Sequence[str] | None) -> list[str]:
    """Return the names of the scenarios asked for; all when left out."""
    if scenario is None:
        return results.scenarios
    return [scenario] if isinstance(scenario, str) else list(scenario)


def runs_of(results: Paid, scenarios: Sequence[str]) -> pd.MultiIndex:
    """Return scenario and replication of every run."""
    runs = [(name, number) for name in scenarios for number in results.replications(name)]
    return pd.MultiIndex.from_tuples(runs, names=["scenario", "replication"])


def forced_by_run(results: Paid, scenarios: Sequence[str], *, since: str | None = None) -> pd.DataFrame:
    """Return persons forced to move and children among them in each run, columns persons and children."""
    names = list(scenarios)
    flows = results.flows(names, by=["forced"], since=since or start_of(results))
    sums = flows[forced_moves(flows)].groupby(["scenario", "replication"], observed=True)
    return sums[["persons", "children"]].sum().reindex(runs_of(results, names)).fillna(0.0).astype(float)


def start_of(results: Paid) -> str:
    """Return the quarter from which what people bear and what is paid is counted."""
    return CAMPAIGN_START if results.until >= CAMPAIGN_START else FIRST_QUARTER
