"""Say what an entry of the ledger holds, and which verbs there are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from sim.policy.resolve import Measure

COLUMNS = (
    "quarter",
    "measure",
    "kind",
    "action",
    "series",
    "document",
    "clause",
    "verb",
    "place",
    "district",
    "object",
    "unit",
    "planned",
    "reported",
    "executed",
    "verified",
    "written_off_quarter",
    "cost_cny",
    "floor_area_m2",
    "jobs",
    "gross_persons",
    "double_counted",
    "rebounded",
    "net_persons",
    "basis",
)
NUMBERS = (
    "planned",
    "reported",
    "executed",
    "verified",
    "cost_cny",
    "floor_area_m2",
    "jobs",
    "gross_persons",
    "double_counted",
    "rebounded",
)
"""Columns that an entry holds; `net_persons` is gross less double counted less rebounded."""
ROW = {name: row for row, name in enumerate(NUMBERS)}

TASK = "task"
"""Verb of the entries that carry a measure's own quantity; the others are its effects."""
REBOUND = "rebound"
"""Verb of the entries that tell what came back of what a measure had cleared."""
UNAVAILABLE = "not_available"
"""Verb of the entries that tell what was ordered and is not there to be had."""
LAPSED, REPLANNED = "lapse", "replan"
"""Verbs of the entries that tell what became of an amount that a year left undone."""
EFFECTS = ("set_capacity", "direct")
"""Verbs of the entries that tell what an order did to stocks and organisations."""
SUMMED = (*EFFECTS, REBOUND)
"""Verbs whose entries are amounts that add up over zones."""
CITY = -1
"""Zone of an entry for the whole city; from 343 on a zone stands for a district."""


class Heads(NamedTuple):
    """Hold what each call that made entries said of them, its block, column by column."""

    quarter_index: Sequence[int]
    measure: Sequence[Measure]
    verb: Sequence[str]
    name: Sequence[str]
    object: Sequence[str]
    unit: Sequence[str]
    basis: Sequence[str]


class Entries(NamedTuple):
    """Hold the entries of many blocks side by side.

    `lengths` (n_blocks,) says how many entries each block has, `zones` (n,) the zone of each, and `numbers`
    (10, n) has a row for each name of `NUMBERS`.
    """

    heads: Heads
    lengths: np.ndarray
    zones: np.ndarray
    numbers: np.ndarray

    @property
    def block(self) -> np.ndarray:
        """Return which block each entry belongs to, (n,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def column(self, name: str) -> np.ndarray:
        """Return one column of the entries; writing to it fills the entries in."""
        values: np.ndarray = self.numbers[ROW[name]]
        return values

    def of(self, chosen: Sequence[bool]) -> np.ndarray:
        """Tell of each entry whether its block is among the chosen, (n,)."""
        return np.repeat(np.array(chosen, dtype=np.bool_), self.lengths)

    def begins(self) -> np.ndarray:
        """Return where the entries of each block begin, and the last end, (n_blocks + 1,)."""
        return np.concatenate([[0], np.cumsum(self.lengths)])


def put_together(parts: Sequence[Entries]) -> Entries:
    """Return the entries of some parts, one at least, one after the other."""
    heads = zip(*(part.heads for part in parts), strict=True)
    return Entries(
        Heads(*(tuple(chain.from_iterable(columns)) for columns in heads)),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([part.zones for part in parts]),
        np.concatenate([part.numbers for part in parts], axis=1),
    )
