"""Keep the task ledger: one entry for every use of a verb, on which measure's and clause's word.

Entries are kept as blocks of columns and joined only when somebody reads them, so that an order over 343
zones costs as much as one over a single zone. Append only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import format_quarter
from sim.policy.places import places
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "quarter",
    "measure",
    "kind",
    "document",
    "clause",
    "verb",
    "place",
    "district",
    "object",
    "unit",
    "planned",
    "executed",
    "gross_persons",
    "basis",
)
TASK = "task"
"""Verb of the entries that carry a measure's own quantity; the others are its effects."""


@dataclass(frozen=True)
class Block:
    """Hold the entries of one call: what they share, and the columns in which they differ."""

    quarter_index: int
    measure: Measure
    verb: str
    name: str
    object: str
    unit: str
    basis: str
    zones: np.ndarray
    planned: np.ndarray
    executed: np.ndarray
    gross_persons: np.ndarray


class Ledger:
    """Keep the entries of one run in the order in which they were made.

    Quantities are at full scale whatever the sample, negative where something was taken away by
    `set_capacity`.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def __len__(self) -> int:
        """Return the number of entries."""
        return sum(len(block.zones) for block in self.blocks)

    def append(
        self,
        quarter_index: int,
        measure: Measure,
        verb: str,
        zones: np.ndarray | int,
        what: str,
        unit: str,
        planned: np.ndarray | float,
        executed: np.ndarray | float,
        gross_persons: np.ndarray | float = 0.0,
        *,
        name: str = "",
        basis: str = "",
    ) -> None:
        """Add one entry a zone, where anything was ordered or done.

        Parameters
        ----------
        zones
            Zone index or indices; -1 stands for the whole city.
        what
            What the entry counts, such as ``dwellings.illegal``.
        planned, executed
            What was ordered and what the city could give, in `unit`.
        gross_persons
            People in what was taken away, before double counting is removed.
        name
            Name of an organisation, shown as the place instead of the zone.
        basis
            How the quantity is known; that of the measure when empty.
        """
        if isinstance(zones, int):
            self._append_one(
                quarter_index,
                measure,
                verb,
                zones,
                what,
                unit,
                (planned, executed, gross_persons),
                name,
                basis,
            )
            return
        where = np.atleast_1d(np.asarray(zones, dtype=np.int64))
        given = np.stack(
            [
                np.broadcast_to(np.asarray(value, dtype=np.float64), where.shape)
                for value in (planned, executed, gross_persons)
            ]
        )
        # A zone in which nothing was ordered and nothing done has no entry.
        used = given[:2].any(axis=0)
        if not used.any():
            return
        where, columns = where[used], given[:, used]
        self.blocks.append(
            Block(quarter_index, measure, verb, name, what, unit, basis or measure.basis, where, *columns)
        )

    def _append_one(
        self,
        quarter_index: int,
        measure: Measure,
        verb: str,
        zone: int,
        what: str,
        unit: str,
        given: tuple[Any, ...],
        name: str,
        basis: str,
    ) -> None:
        """Add the entry of one zone; there are thousands of these, so they take the short way."""
        planned, executed, persons = (float(value) for value in given)
        if planned or executed:
            columns = (np.array([value]) for value in (planned, executed, persons))
            where = np.array([zone], dtype=np.int64)
            self.blocks.append(
                Block(quarter_index, measure, verb, name, what, unit, basis or measure.basis, where, *columns)
            )

    def total(self, measure: str, *, verb: str = TASK, what: str = "") -> tuple[float, float]:
        """Return what was planned and executed for a measure by one verb, in all quarters."""
        chosen = [
            block
            for block in self.blocks
            if block.measure.id == measure and block.verb == verb and what in ("", block.object)
        ]
        return sum(float(b.planned.sum()) for b in chosen), sum(float(b.executed.sum()) for b in chosen)

    def to_frame(self) -> pd.DataFrame:
        """Return the entries as a table with the columns of `COLUMNS`."""
        import pandas as pd

        if not self.blocks:
            return pd.DataFrame({column: pd.Series(dtype=_dtype(column)) for column in COLUMNS})
        lengths = [len(block.zones) for block in self.blocks]
        zones = np.concatenate([block.zones for block in self.blocks])
        known = places()
        zone_names = np.array([*known.zone_ids, "beijing"], dtype=object)
        districts = np.array([*(known.district_ids[d] for d in known.zone_district), "beijing"], dtype=object)
        names = _spread([block.name for block in self.blocks], lengths)
        return pd.DataFrame(
            {
                "quarter": _spread([format_quarter(block.quarter_index) for block in self.blocks], lengths),
                "measure": _spread([block.measure.id for block in self.blocks], lengths),
                "kind": _spread([block.measure.kind for block in self.blocks], lengths),
                "document": _spread([block.measure.document for block in self.blocks], lengths),
                "clause": _spread([block.measure.clause for block in self.blocks], lengths),
                "verb": _spread([block.verb for block in self.blocks], lengths),
                "place": np.where(names == "", zone_names[zones], names),
                "district": districts[zones],
                "object": _spread([block.object for block in self.blocks], lengths),
                "unit": _spread([block.unit for block in self.blocks], lengths),
                "planned": np.concatenate([block.planned for block in self.blocks]),
                "executed": np.concatenate([block.executed for block in self.blocks]),
                "gross_persons": np.concatenate([block.gross_persons for block in self.blocks]),
                "basis": _spread([block.basis for block in self.blocks], lengths),
            },
            columns=list(COLUMNS),
        )


def _spread(values: list[str], lengths: list[int]) -> np.ndarray:
    return np.repeat(np.array(values, dtype=object), lengths)


def _dtype(column: str) -> str:
    return "float64" if column in ("planned", "executed", "gross_persons") else "object"
