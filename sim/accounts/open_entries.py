"""Gather the entries that a quarter makes, to lay them side by side at once when it is closed.

A run makes tens of thousands of entries one by one. As plain numbers each is kept in a fraction of the time
that it takes to make an array of it.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from sim.accounts.entries import NUMBERS, Entries, Heads
from sim.policy.resolve import Measure

Head = tuple[int, Measure, str, str, str, str, str]
"""What a block says of itself, in the order of `Heads`."""


class Open:
    """Gather entries of one quarter.

    Attributes
    ----------
    n
        How many there are.
    """

    def __init__(self) -> None:
        self.n = 0
        self._heads: list[Head] = []
        self._lengths: list[int] = []
        self._single = array("d")
        self._several: list[tuple[int, np.ndarray, np.ndarray]] = []

    @property
    def quarter_index(self) -> int:
        """Return the quarter of the entries, -1 where there are none."""
        return self._heads[-1][0] if self._heads else -1

    def add_one(self, head: Head, zone: int, numbers: tuple[Any, ...]) -> None:
        """Add one entry: its zone and a number for each of `NUMBERS`."""
        self._heads.append(head)
        self._lengths.append(1)
        self._single.extend((self.n, zone, *numbers))
        self.n += 1

    def add(self, head: Head, zones: np.ndarray, numbers: np.ndarray) -> None:
        """Add several entries: their zones (k,) and numbers (10, k)."""
        self._heads.append(head)
        self._lengths.append(zones.size)
        self._several.append((self.n, zones, numbers))
        self.n += zones.size

    def joined(self) -> Entries:
        """Return all of them side by side, one at least."""
        zones, numbers = np.empty(self.n, dtype=np.int64), np.empty((len(NUMBERS), self.n))
        for begin, some, theirs in self._several:
            zones[begin : begin + some.size] = some
            numbers[:, begin : begin + some.size] = theirs
        if self._single:
            single = np.frombuffer(self._single).reshape(-1, 2 + len(NUMBERS))
            place = single[:, 0].astype(np.intp)
            zones[place] = single[:, 1]
            numbers[:, place] = single[:, 2:].T
        return Entries(Heads(*zip(*self._heads, strict=True)), np.array(self._lengths), zones, numbers)
