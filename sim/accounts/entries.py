"""Say what an entry of the ledger holds, and which verbs there are."""

from __future__ import annotations

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


class Block(NamedTuple):
    """Hold the entries of one call: what they share, and the columns in which they differ.

    `numbers` has a row for each name of `NUMBERS` and a column for each entry. A run makes tens of thousands
    of blocks, and a named tuple is made in a fraction of the time of a dataclass.
    """

    quarter_index: int
    measure: Measure
    verb: str
    name: str
    object: str
    unit: str
    basis: str
    zones: np.ndarray
    numbers: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """Return one column of the entries; writing to it fills the entries in."""
        values: np.ndarray = self.numbers[ROW[name]]
        return values


class Entries(NamedTuple):
    """Hold the entries of many blocks side by side.

    `block` (n,) says which of `blocks` an entry belongs to, `zones` (n,) its zone, and `numbers` (10, n) has
    a row for each name of `NUMBERS`.
    """

    blocks: list[Block]
    block: np.ndarray
    zones: np.ndarray
    numbers: np.ndarray

    def begins(self) -> np.ndarray:
        """Return where each block's entries begin, and the end of the last, (n_blocks + 1,)."""
        lengths = np.bincount(self.block, minlength=len(self.blocks))
        return np.concatenate([[0], np.cumsum(lengths)])

    def of(self, chosen: list[bool]) -> np.ndarray:
        """Tell of each entry whether its block is among the chosen, (n,)."""
        mask: np.ndarray = np.array(chosen, dtype=np.bool_)[self.block]
        return mask


def joined(blocks: list[Block]) -> Entries:
    """Return the entries of some blocks, one at least, in their order; the numbers are copies."""
    lengths = [len(block.zones) for block in blocks]
    return Entries(
        blocks,
        np.repeat(np.arange(len(blocks)), lengths),
        np.concatenate([block.zones for block in blocks]),
        np.concatenate([block.numbers for block in blocks], axis=1),
    )
