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

from sim.outcomes.sums import Sums

if TYPE_CHECKING:
    import pyarrow as pa

_MOST = 4_000_000
"""Most combinations of keys that are counted in an array; more of them are sorted."""


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
        years = [int(str(name)[:4]) for name in self.names[quarter]]
        known = tuple(dict.fromkeys(years))
        place = np.array([*(known.index(year) for year in years), len(known)])
        codes, names = {"year": place[self.codes[quarter]]}, {"year": known}
        return replace(self, codes={**self.codes, **codes}, names={**self.names, **names})

    def where(self, column: str, names: Sequence[str]) -> np.ndarray:
        """Return which rows have one of these names in a column, bool (n_rows,)."""
        held = np.array([*(name in names for name in self.names[column]), False])
        rows: np.ndarray = held[self.codes[column]]
        return rows

    def since(self, column: str, first: str | None) -> np.ndarray:
        """Return which rows have a name from the first on in a column, bool (n_rows,)."""
        held = np.array([*(first is None or name >= first for name in self.names[column]), False])
        rows: np.ndarray = held[self.codes[column]]
        return rows

    def sums(self, by: Sequence[str], numbers: Sequence[str], rows: np.ndarray) -> Sums:
        """Return sums by run and keys; a sum of which nothing is known is not known.

        Parameters
        ----------
        by
            Text columns to sum over.
        numbers
            Columns to sum.
        rows
            bool (n_rows,): which rows count.
        """
        at = slice(None) if rows.all() else np.flatnonzero(rows)
        sizes = [len(self.names[key]) + 1 for key in by]
        # Counted in whole machine words, which is how the sums below want the cells.
        combination = np.zeros(len(self.run[at]), np.intp)
        for key, size in zip(by, sizes, strict=True):
            combination *= size
            combination += self.codes[key][at]
        held, place = _numbered(combination, int(np.prod(sizes)))
        shape = (len(self.replications), len(held))
        cell = self.run[at] * np.intp(shape[1])
        cell += place
        values = _summed(cell, {name: self.numbers[name][at] for name in numbers}, shape)
        codes = np.unravel_index(held, sizes) if by else ()
        keys = {key: _texts(found, self.names[key]) for key, found in zip(by, codes, strict=True)}
        return Sums(pd.DataFrame(keys, index=range(shape[1])), values, self.replications)


def read_table(path: Path, wanted: Sequence[str]) -> pa.Table:
    """Return the wanted columns of a Parquet file that it has, texts as codes with their names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Only texts can be read as codes; of other columns it is not heeded.
    with pa.memory_map(str(path)) as source, pq.ParquetFile(source, read_dictionary=list(wanted)) as file:
        return file.read(columns=list(wanted), use_threads=False)


def side_by_side(scenario: str, replications: Sequence[int], tables: Sequence[pa.Table]) -> Columns:
    """Return the columns of the runs of one scenario from the tables of each."""
    import pyarrow as pa

    run = np.repeat(np.arange(len(tables), dtype=np.int32), [len(table) for table in tables])
    if not len(run):
        return _nothing(scenario, replications, tables[0].column_names)
    # The columns of an empty table are of any type.
    whole = pa.concat_tables([table for table in tables if len(table)], promote_options="default")
    codes: dict[str, np.ndarray] = {}
    names: dict[str, tuple[Any, ...]] = {}
    numbers: dict[str, np.ndarray] = {}
    for name in whole.column_names:
        column = whole.column(name)
        if pa.types.is_dictionary(column.type):
            codes[name], names[name] = coded(column)
        elif pa.types.is_boolean(column.type):
            codes[name], names[name] = column.to_numpy().astype(np.int8), (False, True)
        else:
            numbers[name] = column.to_numpy().astype(float, copy=False)
    return Columns(scenario, tuple(replications), run, codes, names, numbers)


def _nothing(scenario: str, replications: Sequence[int], columns: Sequence[str]) -> Columns:
    """Return columns without rows, of which it is not known which are texts."""
    codes = {name: np.zeros(0, np.int8) for name in columns}
    numbers = {name: np.zeros(0) for name in columns}
    names: dict[str, tuple[Any, ...]] = dict.fromkeys(columns, ())
    return Columns(scenario, tuple(replications), np.zeros(0, np.int32), codes, names, numbers)


def coded(column: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return codes and names of a text column, the names ascending; see `Columns`."""
    said = _distinct([chunk.dictionary for chunk in column.chunks])
    known_of = {id(words): words.to_pylist() for words in said}
    names = tuple(sorted({name for known in known_of.values() for name in known}))
    place = {name: code for code, name in enumerate(names)}
    codes = np.empty(len(column), np.min_scalar_type(len(names)))
    order_of = {
        words: np.array([*(place[name] for name in known), len(names)], codes.dtype)
        for words, known in known_of.items()
    }
    begin = 0
    for words, chunk in zip(said, column.chunks, strict=True):
        order = order_of[id(words)]
        indices = chunk.indices if not chunk.null_count else chunk.indices.fill_null(len(order) - 1)
        order.take(indices.to_numpy(zero_copy_only=False), out=codes[begin : begin + len(chunk)], mode="clip")
        begin += len(chunk)
    return codes, names


def _distinct(dictionaries: Sequence[pa.Array]) -> list[pa.Array]:
    """Return the dictionaries, one that is like the one before it as the same object: most runs are alike."""
    kept: list[pa.Array] = []
    for words in dictionaries:
        kept.append(kept[-1] if kept and kept[-1].equals(words) else words)
    return kept


def _numbered(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which codes there are, ascending, and of each code its place among them."""
    if size > _MOST:
        held, place = np.unique(codes, return_inverse=True)
        return held, place
    held = np.flatnonzero(np.bincount(codes, minlength=1))
    places = np.zeros(size, np.intp)
    places[held] = np.arange(len(held))
    return held, places[codes]


def _summed(
    cell: np.ndarray, numbers: Mapping[str, np.ndarray], shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Return the sums of numbers by cell; NaN in cells of which nothing is known."""
    size = shape[0] * shape[1]
    empty = np.bincount(cell, minlength=size) == 0
    sums = {}
    for name, values in numbers.items():
        unknown = np.isnan(values)
        if unknown.any():
            known = cell[~unknown]
            found = np.bincount(known, values[~unknown], size).astype(float)
            found[np.bincount(known, minlength=size) == 0] = np.nan
        else:
            found = np.bincount(cell, values, size).astype(float)
            found[empty] = np.nan
        sums[name] = found.reshape(shape)
    return sums


def _texts(codes: np.ndarray, names: tuple[Any, ...]) -> Any:
    """Return what codes stand for: flags, years or texts."""
    if names and not isinstance(names[0], str):
        return np.array(names)[codes]
    # As objects: pandas takes longer to set up texts of its own than to look through a few hundred.
    return pd.Series(np.array([*names, None], object)[codes], dtype=object)
