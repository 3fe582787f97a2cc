"""Sum the tables of a run by year, so that hundreds of runs are compared without reading every row of each.

A run of ten years has some 50,000 rows of flows and 170,000 of the ledger; what stands beside targets (who
was displaced, what was spent) needs neither quarter nor zone. The sums are kept beside their tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.accounts.entries import NUMBERS as LEDGER_NUMBERS
from sim.codes import OUTSIDE
from sim.data.words import in_words
from sim.kernels.sums import sum_groups
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

_MOST = 2**62
"""Combinations of keys up to which a whole number tells them apart."""
_PORTION = 8192  # rows
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
    rows = {name: _values(column) for name, column in frame.items()} | _made(frame)
    first, group = _groups([rows[key] for key in said.keys])
    present = [name for name in said.sums if name in rows]
    amounts = _summed([rows[name] for name in present], group, len(first))
    sums: dict[str, np.ndarray] = dict(zip(present, amounts.T, strict=True))
    if table == "ledger":
        off = pd.notna(rows["written_off_quarter"])
        sums["entries"] = np.bincount(group, minlength=len(first))
        sums["written_off"] = np.bincount(group[off], minlength=len(first))
    keys = {name: rows[name].take(first) for name in said.keys}
    return pd.DataFrame({**keys, **sums}, copy=False)


def _summed(columns: Sequence[np.ndarray], group: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the sums of some columns by group, (n_groups, n_columns); NaN where nothing is known.

    Columns are put side by side a portion at a time, which stays in the processor's cache.
    """
    sums, lost = np.zeros((2, n_groups, len(columns)))
    known = np.zeros(sums.shape, dtype=np.bool_)
    for begin in range(0, len(group), _PORTION):
        part = slice(begin, begin + _PORTION)
        sum_groups(np.array([column[part] for column in columns], float), group[part], sums, lost, known)
    sums[~known] = np.nan
    return sums


def _values(column: pd.Series) -> Any:
    """Return the values of a column without what pandas needs to look rows up."""
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def _groups(keys: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each combination of keys, in their order, and which of them each row has.

    What is not known comes last. Codes are put together as one number a row: a dozen columns of words are
    grouped by in a third of the time that it takes to group by each.
    """
    combined, n = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        codes, size = _codes(key)
        if size == 1:
            continue
        if n * size >= _MOST:
            combined, n = _numbered(combined)
        combined *= size
        combined += codes
        n *= size
    group, n = _numbered(combined)
    first = np.empty(n, np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    return first, group


def _codes(key: Any) -> tuple[np.ndarray, int]:
    """Return the place of each row's value among all values in their order, and one more than the last.

    What is not known has the last place.
    """
    if isinstance(key.dtype, pd.CategoricalDtype):
        codes, n = key.codes, len(key.categories)
    elif key.dtype == bool:
        codes, n = key.view(np.int8), 2
    else:
        codes, names = pd.factorize(key, sort=True)
        n = len(names)
    if codes.min(initial=0) < 0:
        return np.where(codes < 0, n, codes), n + 1
    return codes, n


def _numbered(combined: np.ndarray) -> tuple[np.ndarray, int]:
    """Return numbers without gaps in the same order, and how many there are."""
    numbers, known = pd.factorize(combined, sort=True)
    return numbers.astype(np.int64), len(known)


def derived(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows by quarter with the columns of `SQL` added."""
    return frame.assign(**_made(frame))


def _made(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of `SQL` of rows by quarter."""
    quarter = pd.Categorical(frame["quarter"])
    year = in_words([name[:4] for name in quarter.categories], quarter.codes)
    made: dict[str, Any] = {"year": year}
    if "destination" in frame:
        leaves = frame["destination"].isin(OUTSIDE).to_numpy()
        comes = frame["origin"].isin(OUTSIDE).to_numpy()
        made |= {"leaves_city": leaves, "stays_in_city": ~leaves & ~comes}
    return made
