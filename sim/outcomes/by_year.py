"""Sum the tables of a run by year, so that hundreds of runs are compared without reading every row of each.

A run of ten years has some 50,000 rows of flows and 170,000 of the ledger; what stands beside targets (who
was displaced, what was spent) needs neither quarter nor zone. The sums are kept beside their tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.accounts.entries import NUMBERS as LEDGER_NUMBERS
from sim.codes import OUTSIDE
from sim.data.words import in_words
from sim.outcomes.flows import COUNTS

NET = "net_persons"


@dataclass(frozen=True)
class Yearly:
    """Say by what a table is summed, and what is summed.

    Attributes
    ----------
    keys
        Columns of the sums that a row is known by.
    sums
        Columns that are summed.
    """

    keys: tuple[str, ...]
    sums: tuple[str, ...]


YEARLY: Mapping[str, Yearly] = {
    "flows": Yearly(
        (
            "year",
            "cause",
            "forced",
            "settled",
            "first_time",
            "hukou",
            "income_group",
            "tenure",
            "leaves_city",
            "stays_in_city",
        ),
        COUNTS,
    ),
    "ledger": Yearly(
        (
            "year",
            "measure",
            "kind",
            "action",
            "series",
            "document",
            "clause",
            "verb",
            "object",
            "unit",
            "district",
            "basis",
        ),
        (*LEDGER_NUMBERS, NET),
    ),
}
"""Tables that are kept by year too, under the name of `file_of`."""

_OUTSIDE = ", ".join(f"'{name}'" for name in OUTSIDE)
SQL: Mapping[str, str] = {
    "year": "left(CAST(quarter AS VARCHAR), 4)",
    "leaves_city": f"destination IN ({_OUTSIDE})",
    "stays_in_city": f"origin NOT IN ({_OUTSIDE}) AND destination NOT IN ({_OUTSIDE})",
}
"""Columns that the tables by quarter do not have, as they follow from those they have."""


def file_of(table: str) -> str:
    """Return the name of the table that holds another one's sums by year."""
    return f"{table}_by_year"


def by_year(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of a run's table by year; a sum of which nothing is known stays unknown.

    The ledger's sums say too how many entries they hold, and how many of those were written off.
    """
    said = YEARLY[table]
    rows = derived(frame)
    present = [name for name in said.sums if name in rows]
    groups = rows.groupby(list(said.keys), observed=True, sort=True, dropna=False)
    sums = groups[present].sum(min_count=1)
    if table == "ledger":
        sums["entries"] = groups.size()
        sums["written_off"] = groups["written_off_quarter"].count()
    return sums.reset_index()


def derived(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows by quarter with the columns of `SQL` added."""
    quarter = pd.Categorical(frame["quarter"])
    year = in_words([name[:4] for name in quarter.categories], quarter.codes)
    made: dict[str, Any] = {"year": year}
    if "destination" in frame:
        leaves, comes = frame["destination"].isin(OUTSIDE), frame["origin"].isin(OUTSIDE)
        made |= {"leaves_city": leaves, "stays_in_city": ~leaves & ~comes}
    return frame.assign(**made)
