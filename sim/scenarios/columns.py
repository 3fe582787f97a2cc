"""Read columns of one table of many runs side by side, texts as codes, and sum them by run and keys.

A text of a run's table is one of few: as a code it is summed by in an array, without a row of texts ever
being made. A file is opened once for all columns that are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

_DENSE = 4_000_000
"""Most cells of an array of sums; with more, only those are made that hold something."""


@dataclass(frozen=True)
class Columns:
    """Hold columns of one table of the runs of a scenario, one run after the other.

    Attributes
    ----------
    scenario
        Its name.
    replications
        Number of each run, in the order of the rows.
    run
        int array (n_rows,): place of the row's run in `replications`.
    codes, names
        Of each text column int array (n_rows,) of places in its names, which ascend; what is not known has
        the place after the last.
    numbers
        Of each other column float array (n_rows,).
    """

    scenario: str
    replications: tuple[int, ...]
    run: np.ndarray
    codes: Mapping[str, np.ndarray]
    names: Mapping[str, tuple[Any, ...]]
    numbers: Mapping[str, np.ndarray]

    @property
    def nbytes(self) -> int:
        """Return how much memory the columns take."""
        return int(sum(array.nbytes for array in (self.run, *self.codes.values(), *self.numbers.values())))

    def lacking(self, wanted: Sequence[str]) -> list[str]:
        """Return which of the wanted columns are not there."""
        return [name for name in wanted if name not in self.codes and name not in self.numbers]

    def joined(self, other: Columns) -> Columns:
        """Return these columns and further ones of the same rows."""
        return replace(
            self,
            codes={**self.codes, **other.codes},
            names={**self.names, **other.names},
            numbers={**self.numbers, **other.numbers},
        )

    def by_year(self, quarter: str) -> Columns:
        """Return these columns and the ``year`` that a column of quarters says."""
        years = [str(name)[:4] for name in self.names[quarter]]
        known = tuple(dict.fromkeys(years))
        place = np.array([*(known.index(year) for year in years), len(known)])
        codes, names = {"year": place[self.codes[quarter]]}, {"year": known}
        return replace(self, codes={**self.codes, **codes}, names={**self.names, **names})

    def where(self, column: str, names: Sequence[str]) -> np.ndarray:
        """Return which rows have one of these names in a column, bool (n_rows,)."""
        held = np.array([*(name in names for name in self.names[column]), False])
        return held[self.codes[column]]

    def between(self, column: str, first: str | None, last: str | None) -> np.ndarray:
        """Return which rows have a name from the first to the last in a column, bool (n_rows,)."""
        inside = [(not first or name >= first) and (not last or name <= last) for name in self.names[column]]
        return np.array([*inside, False])[self.codes[column]]

    def sums(self, by: Sequence[str], numbers: Sequence[str], rows: np.ndarray | None = None) -> pd.DataFrame:
        """Return sums by run and keys; a sum of which nothing is known is not known.

        Parameters
        ----------
        by
            Text columns to sum over.
        numbers
            Columns to sum.
        rows
            bool (n_rows,): which rows count; all when left out.

        Returns
        -------
        Columns scenario, replication, `by` and `numbers`, in the order of runs and names.
        """
        at = slice(None) if rows is None else np.flatnonzero(rows)
        sizes = [len(self.replications), *(len(self.names[key]) + 1 for key in by)]
        cell = self.run[at].astype(np.int64)
        for key, size in zip(by, sizes[1:], strict=True):
            cell = cell * size + self.codes[key][at]
        if int(np.prod(sizes, dtype=float)) <= _DENSE:
            held = np.flatnonzero(np.bincount(cell, minlength=1))
            place = np.empty(int(held[-1]) + 1 if len(held) else 0, np.int64)
            place[held] = np.arange(len(held))
            cell = place[cell]
        else:
            held, cell = np.unique(cell, return_inverse=True)
        found = [_sum(cell, self.numbers[name][at], len(held)) for name in numbers]
        return self._frame(by, numbers, np.unravel_index(held, sizes), found)

    def _frame(
        self, by: Sequence[str], numbers: Sequence[str], places: Sequence[np.ndarray], sums: list[np.ndarray]
    ) -> pd.DataFrame:
        run, *keys = places
        columns: dict[str, Any] = {
            "scenario": _texts(np.zeros(len(run), np.int8), (self.scenario,)),
            "replication": np.array(self.replications, np.int32)[run],
        }
        columns |= {key: _texts(codes, self.names[key]) for key, codes in zip(by, keys, strict=True)}
        return pd.DataFrame(columns | dict(zip(numbers, sums, strict=True)), copy=False)


def read_table(path: Path, wanted: Sequence[str]) -> pa.Table:
    """Return the wanted columns of a Parquet file that it has, texts as codes with their names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pa.memory_map(str(path)) as source, pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        texts = [
            name for name in wanted if name in schema.names and pa.types.is_string(schema.field(name).type)
        ]
        if texts:
            source.seek(0)
            with pq.ParquetFile(source, metadata=file.metadata, read_dictionary=texts) as coded:
                return coded.read(columns=list(wanted), use_threads=False)
        return file.read(columns=list(wanted), use_threads=False)


def side_by_side(scenario: str, replications: Sequence[int], tables: Sequence[pa.Table]) -> Columns:
    """Return the columns of the runs of one scenario from the tables of each."""
    import pyarrow as pa

    run = np.repeat(np.arange(len(tables), dtype=np.int32), [len(table) for table in tables])
    whole = pa.concat_tables(tables, promote_options="default")
    codes, names, numbers = {}, {}, {}
    for name in whole.column_names:
        column = whole.column(name)
        if pa.types.is_dictionary(column.type):
            codes[name], names[name] = coded(column)
        elif pa.types.is_boolean(column.type):
            codes[name], names[name] = column.to_numpy().astype(np.int8), (False, True)
        else:
            numbers[name] = column.to_numpy().astype(float, copy=False)
    return Columns(scenario, tuple(replications), run, codes, names, numbers)


def coded(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return codes and names of a text column, the names ascending; see `Columns`."""
    import pyarrow as pa

    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    said = whole.dictionary.to_pylist()
    names = tuple(sorted(said))
    place = {name: code for code, name in enumerate(names)}
    order = np.array([*(place[name] for name in said), len(names)], np.int32)
    return order[whole.indices.fill_null(len(said)).to_numpy(zero_copy_only=False)], names


def _sum(cell: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    unknown = np.isnan(values)
    if not unknown.any():
        return np.bincount(cell, values, n)
    sums = np.bincount(cell, np.where(unknown, 0.0, values), n)
    sums[np.bincount(cell[~unknown], minlength=n) == 0] = np.nan
    return sums


def _texts(codes: np.ndarray, names: tuple[Any, ...]) -> Any:
    """Return what codes stand for: flags, or texts."""
    if names == (False, True):
        return codes.astype(bool)
    places = np.where(codes < len(names), codes, -1)
    return pd.array(names, dtype="str").take(places, allow_fill=True)
