"""Keep the task ledger: one entry for every use of a verb, on which measure's and clause's word.

An order over 343 zones costs as much as one over a single zone: what a call enters is kept as it is, and put
side by side with the rest of its quarter when that is closed. Append only: what is found out when a quarter
is closed (what was verified, who had been hit before) fills the columns of its own entries. A task and its
effects both tell of the people: sum them over entries of one verb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.accounts.entries import COLUMNS, NUMBERS, Entries
from sim.accounts.ledger_table import tabulate
from sim.accounts.open_entries import Open
from sim.data.words import text
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    import pandas as pd

Level = Literal["zone", "district"]


class Ledger:
    """Keep the entries of one run in the order in which they were made.

    Quantities are at full scale whatever the sample, negative where something was taken away by
    `set_capacity`.
    """

    def __init__(self) -> None:
        self._closed: list[Entries] = []
        self._open = Open()

    def __len__(self) -> int:
        """Return the number of entries."""
        return sum(len(part.zones) for part in self._closed) + self._open.n

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
        reported: np.ndarray | float = np.nan,
        cost_cny: np.ndarray | float = 0.0,
        floor_area_m2: np.ndarray | float = 0.0,
        jobs: np.ndarray | float = 0.0,
        rebounded: np.ndarray | float = 0.0,
    ) -> None:
        """Add one entry a zone, where anything was ordered or done.

        Parameters
        ----------
        zones
            Zone index or indices; -1 stands for the whole city, 343 and more for a district.
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
        reported
            What the district says it did; unknown for the effects of a measure.
        cost_cny
            What was paid at once; the cost of a task is filled in when it is verified.
        floor_area_m2, jobs
            What the city has more (or less, negative) of by this entry.
        rebounded
            People for whom what was cleared came back.
        """
        if self._open.quarter_index != quarter_index:
            self._close()
        head = (quarter_index, measure, verb, name, what, unit, basis or measure.basis)
        if isinstance(zones, int):
            # One entry, mostly of one organisation: there are many, and plain numbers are quick.
            if planned == 0.0 and executed == 0.0:
                return
            values = (planned, reported, executed, np.nan, cost_cny, floor_area_m2, jobs, gross_persons, 0.0)
            self._open.add_one(head, zones, (*values, rebounded))
            return
        where = np.atleast_1d(np.asarray(zones, dtype=np.int64))
        # A zone in which nothing was ordered and nothing done has no entry.
        used = np.logical_or(planned, executed)
        n_used = where.size * bool(used) if used.ndim == 0 else np.count_nonzero(used)
        if n_used == 0:
            return
        numbers = np.zeros((len(NUMBERS), where.size))
        numbers[0] = planned
        numbers[1] = reported
        numbers[2] = executed
        numbers[3] = np.nan
        numbers[4] = cost_cny
        numbers[5] = floor_area_m2
        numbers[6] = jobs
        numbers[7] = gross_persons
        numbers[9] = rebounded
        if n_used < where.size:
            where, numbers = where[used], numbers[:, used]
        self._open.add(head, where, numbers)

    def close(self, quarter_index: int) -> Entries | None:
        """Close what a quarter has entered so far and return it to be filled in; None if it has nothing."""
        if self._open.quarter_index != quarter_index:
            return None
        self._close()
        return self._closed[-1]

    def _close(self) -> None:
        if self._open.n:
            self._closed.append(self._open.joined())
            self._open = Open()

    def to_frame(self, *, effects_by: Level = "zone", coded: bool = False) -> pd.DataFrame:
        """Return the entries as a table with the columns of `COLUMNS`.

        Parameters
        ----------
        effects_by
            ``zone``, or ``district``: effects on stocks are then summed over the zones of each district.
            Tasks stay as they are.
        coded
            Whether columns of words are categorical, as a store writes them quickest; else they are text.
        """
        import pandas as pd

        parts = [*self._closed, *([self._open.joined()] if self._open.n else [])]
        if not parts:
            return pd.DataFrame({column: pd.Series(dtype=_dtype(column)) for column in COLUMNS})
        table = tabulate(parts, by_district=effects_by == "district")
        if not coded:
            for name in table.select_dtypes("category"):
                table[name] = text(table[name].array)
        return table


def _dtype(column: str) -> str:
    return "float64" if column in (*NUMBERS, "net_persons") else "object"
