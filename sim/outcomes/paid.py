"""Read payments of a store and summarise them over replications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from sim.outcomes.equity import CAMPAIGN_START, FIRST_QUARTER
from sim.outcomes.flows import Flowing, forced_moves
from sim.outcomes.indicators import Indicated
from sim.outcomes.spread import spreads
from sim.outcomes.sums import Summed

CNY = "CNY"


class Paid(Flowing, Indicated, Summed, Protocol):
    """Hold the payments, the ledger, the flows and the indicators of a store, as `Results` does."""


def spread_by(
    scenario: str, keys: Sequence[str], sums: Iterable[tuple[tuple[object, ...], np.ndarray]]
) -> pd.DataFrame:
    """Return amounts of one scenario by keys, summarised over its replications.

    Parameters
    ----------
    keys
        What the amounts are told apart by.
    sums
        The keys of each amount, and what it is in each run, in CNY.

    Returns
    -------
    Columns scenario, `keys`, unit, estimate, low, high, n_replications.
    """
    found = list(sums)
    rows = pd.DataFrame([key for key, _ in found], columns=list(keys), index=range(len(found)))
    wide = np.stack([amounts for _, amounts in found]) if found else np.zeros((0, 0))
    rows.insert(0, "scenario", scenario)
    estimate, low, high = spreads(wide)
    return rows.assign(unit=CNY, estimate=estimate, low=low, high=high, n_replications=wide.shape[1])


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
    start, numbers = since or start_of(results), ("persons", "children")
    parts = [results.sums("flows", numbers, ("forced",), name, since=start) for name in names]
    sums = {
        number: np.concatenate([part.by_run(number, forced_moves(part.keys)) for part in parts])
        for number in numbers
    }
    return pd.DataFrame(sums, index=runs_of(results, names))


def start_of(results: Paid) -> str:
    """Return the quarter from which what people bear and what is paid is counted."""
    return CAMPAIGN_START if results.until >= CAMPAIGN_START else FIRST_QUARTER
