"""Arrange tidy indicator rows as one array a scenario, indicator and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from sim.calendar import parse_quarter


@dataclass(frozen=True)
class Series:
    """Hold an indicator of one place over replications and quarters.

    Attributes
    ----------
    values
        Array (n_replications, n_quarters); column q is quarter index q.
    replications
        Number of each row's replication, ascending.
    """

    values: np.ndarray
    replications: tuple[int, ...]

    def at(self, quarter: int) -> np.ndarray:
        """Return one quarter's value of each replication; quarters beyond the run are unknown."""
        if 0 <= quarter < self.values.shape[1]:
            column: np.ndarray = self.values[:, quarter]
            return column
        return np.full(len(self.values), np.nan)

    def by_replication(self, quarter: int) -> pd.Series:
        """Return one quarter's value of each replication by its number."""
        return pd.Series(self.at(quarter), index=list(self.replications))

    def paired(self, other: Series) -> tuple[Series, Series]:
        """Return both with the replications that both have, in the same order."""
        common = sorted(set(self.replications) & set(other.replications))
        return self._only(common), other._only(common)

    def _only(self, replications: list[int]) -> Series:
        place = {number: row for row, number in enumerate(self.replications)}
        rows = [place[number] for number in replications]
        return Series(self.values[rows], tuple(replications))


class Book(Protocol):
    """Look series up by scenario, indicator and area."""

    def get(self, scenario: str, indicator: str, area: str) -> Series | None:
        """Return a series, or None where there is none."""
        ...


class SeriesBook:
    """Look series up by scenario, indicator and area.

    Parameters
    ----------
    frame
        Tidy rows with columns scenario, replication, quarter, area, indicator, value. A place that stands at
        two levels (Tongzhou) has the same values at both.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        keys = ["scenario", "indicator", "area", "replication"]
        quarter, quarters = pd.factorize(frame["quarter"])
        column = np.array([parse_quarter(str(name), allow_base=True) for name in quarters], dtype=int)
        row = np.zeros(len(frame), dtype=np.int64)
        place: list[pd.Index] = []
        for key in keys:
            codes, values = pd.factorize(frame[key], sort=True)
            row = row * max(len(values), 1) + codes
            place.append(values)
        known, row = np.unique(row, return_inverse=True)
        filled = np.full((len(known), int(column.max(initial=-1)) + 1), np.nan)
        filled[row, column[quarter]] = frame["value"].to_numpy(float)
        self._series = dict(self._split(known, filled, place))

    @staticmethod
    def _split(
        known: np.ndarray, values: np.ndarray, place: list[pd.Index]
    ) -> Iterator[tuple[tuple[str, str, str], Series]]:
        """Yield each series; the rows of one stand together, its replications ascending."""
        n = max(len(place[3]), 1)
        begins = np.flatnonzero(np.diff(known // n, prepend=-1))
        for begin, end in zip(begins, [*begins[1:], len(known)], strict=True):
            rest = int(known[begin]) // n
            names = []
            for index in place[2::-1]:
                rest, code = divmod(rest, len(index))
                names.append(str(index[code]))
            area, indicator, scenario = names
            numbers = tuple(int(place[3][code]) for code in known[begin:end] % n)
            yield (scenario, indicator, area), Series(values[begin:end], numbers)

    def get(self, scenario: str, indicator: str, area: str) -> Series | None:
        """Return a series, or None where the store has none."""
        return self._series.get((scenario, indicator, area))


def as_book(rows: pd.DataFrame | Book) -> Book:
    """Return tidy rows as a book; what is one already stays as it is."""
    return SeriesBook(rows) if isinstance(rows, pd.DataFrame) else rows
