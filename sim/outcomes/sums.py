"""Hold sums by run and keys as arrays: a row a run, a column a combination of keys.

Runs of a scenario share most combinations, so that what is asked of all of them is asked of some hundred
combinations, and added up over the runs at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sums:
    """Hold sums of some numbers.

    Attributes
    ----------
    keys
        A row for each combination, a column for each key.
    values
        Of each number float array (n_runs, n_combinations); NaN where a run does not have the combination, or
        does not know the number.
    replications
        Number of each run.
    """

    keys: pd.DataFrame
    values: Mapping[str, np.ndarray]
    replications: tuple[int, ...]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, by: Sequence[str], numbers: Sequence[str], replications: Sequence[int]
    ) -> Sums:
        """Return the sums of tidy rows of one scenario with a column ``replication``."""
        import pandas as pd

        keys = frame[list(by)].drop_duplicates(ignore_index=True)
        row = pd.Index(list(replications)).get_indexer(pd.Index(frame["replication"]))
        column = np.zeros(len(frame), int)
        if by:
            column = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(frame[list(by)]))
        shape = (len(replications), len(keys) if by else int(len(frame) > 0))
        cell, known = row * shape[1] + column, {name: frame[name].notna().to_numpy() for name in numbers}
        values = {}
        for name in numbers:
            at = cell[known[name]]
            filled = np.bincount(at, frame[name].to_numpy(float)[known[name]], shape[0] * shape[1]).astype(
                float
            )
            filled[np.bincount(at, minlength=shape[0] * shape[1]) == 0] = np.nan
            values[name] = filled.reshape(shape)
        return cls(keys if by else keys.reindex(range(shape[1])), values, tuple(replications))

    def by_run(self, number: str, rows: pd.Series | np.ndarray | None = None) -> np.ndarray:
        """Return a number of each run, summed over some combinations; nought where a run has none."""
        values = self.values[number]
        chosen = values if rows is None else values[:, np.asarray(rows, bool)]
        summed: np.ndarray = np.nansum(chosen, axis=1)
        return summed

    def known_by_run(self, number: str, rows: pd.Series | np.ndarray) -> np.ndarray:
        """Return a number of each run, summed over some combinations; NaN where a run has none."""
        values = self.values[number][:, np.asarray(rows, bool)]
        return np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan)

    def pooled(self) -> pd.DataFrame:
        """Return the keys and each number summed over the runs."""
        return self.keys.assign(**{name: np.nansum(values, axis=0) for name, values in self.values.items()})

    def only(self, rows: pd.Series | np.ndarray) -> Sums:
        """Return some combinations."""
        held = np.asarray(rows, bool)
        values = {name: array[:, held] for name, array in self.values.items()}
        return Sums(self.keys[held].reset_index(drop=True), values, self.replications)

    def grouped(self, number: str, by: Sequence[str]) -> Iterator[tuple[tuple[object, ...], np.ndarray]]:
        """Yield what a number comes to in each run by fewer keys, in their order.

        A run that has none has nought. Combinations that do not know one of the keys are left out.
        """
        if not by:
            yield (), self.by_run(number)
            return
        groups = self.keys.groupby(list(by), sort=True, observed=True).indices
        for key, places in groups.items():
            values = self.values[number][:, places]
            yield (key if isinstance(key, tuple) else (key,)), np.nansum(values, axis=1)


def quotient(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return one over the other, NaN where the other is not above nought or not known."""
    over: np.ndarray = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return over


class Summed(Protocol):
    """Hold sums of the tables of a store, as `sim.scenarios.results.Results` does."""

    def sums(
        self,
        table: str,
        numbers: Sequence[str],
        by: Sequence[str],
        scenario: str,
        *,
        only: Mapping[str, Sequence[str]] | None = None,
        since: str | None = None,
    ) -> Sums:
        """Return sums of columns of flows, follow_up, ledger or fund of a scenario's runs.

        Parameters
        ----------
        table
            The table; the counts of ``flows`` and ``follow_up`` are scaled to the whole city.
        numbers, by
            Columns to sum, and to sum over; ``year`` is the quarter's.
        scenario
            The scenario.
        only
            Rows with these values of a column only.
        since
            First quarter that counts.
        """
        ...
