"""Remember what households were at the end of a year, in rows that stay right when households are packed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DENSE = 4
"""Rows for each entry up to which a table by row is quicker than a search."""


@dataclass
class Panel:
    """Hold the households that are followed from the end of a year on, one entry each, by ascending row.

    Attributes
    ----------
    row
        Row of the household, i4; entries of households that are gone are dropped when rows are packed.
    profile
        Code of hukou, income third, tenure and age of the head, u1; see `sim.outcomes.follow`.
    housed
        Whether it had a home of its own, bool.
    zone, persons, workers
        Zone index, persons and persons at work, i2.
    income, income_before, rent, commute
        CNY a month, the same at the wages of two years before, CNY a month (0 for owners) and one-way minutes
        of all its workers, f4.
    moves_before, moves
        Moves into another home in the year up to then, and since, u1.
    fate
        What happened to it in the year that followed, u1; see `sim.outcomes.follow.Fate`.
    """

    row: np.ndarray
    profile: np.ndarray
    housed: np.ndarray
    zone: np.ndarray
    persons: np.ndarray
    workers: np.ndarray
    income: np.ndarray
    income_before: np.ndarray
    rent: np.ndarray
    commute: np.ndarray
    moves_before: np.ndarray
    moves: np.ndarray
    fate: np.ndarray
    _entry: np.ndarray | None = None

    @classmethod
    def of(cls, rows: np.ndarray) -> Panel:
        """Return a panel of some rows of which nothing is known yet."""
        n = len(rows)
        return cls(
            row=rows.astype(np.int32),
            housed=np.zeros(n, dtype=np.bool_),
            **{name: np.zeros(n, dtype=np.uint8) for name in ("profile", "moves_before", "moves", "fate")},
            **{name: np.zeros(n, dtype=np.int16) for name in ("zone", "persons", "workers")},
            **{
                name: np.zeros(n, dtype=np.float32) for name in ("income", "income_before", "rent", "commute")
            },
        )

    def find(self, rows: np.ndarray) -> np.ndarray:
        """Return the entry of each of some rows, -1 of those that are not followed."""
        n = len(self.row)
        if not n or not len(rows):
            return np.full(len(rows), -1)
        last = int(self.row[-1])
        if n * DENSE < last:
            place = np.minimum(np.searchsorted(self.row, rows), n - 1)
            return np.where(self.row[place] == rows, place, -1)
        if self._entry is None:
            self._entry = np.full(last + 2, -1, dtype=np.int32)
            self._entry[self.row] = np.arange(n, dtype=np.int32)
        return np.asarray(self._entry[np.minimum(rows, last + 1)])

    def repack(self, new_row: np.ndarray) -> None:
        """Take up the new rows of the households, -1 for those that are gone."""
        row = new_row[self.row]
        kept = np.flatnonzero(row >= 0)
        self._entry = None
        for name in self.__dataclass_fields__:
            if name != "_entry":
                setattr(self, name, getattr(self, name)[kept])
        self.row = row[kept].astype(np.int32)
