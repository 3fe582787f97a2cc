"""Write a table of a run as a Parquet file that is quick to write, small, and read in parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.accounts.entries import NUMBERS as LEDGER_NUMBERS
from sim.outcomes.flows import COUNTS
from sim.outcomes.panel import KEYS
from sim.scenarios.column_chunks import Encoded, encoded, write_side_by_side

if TYPE_CHECKING:
    import pyarrow as pa

_AMOUNTS = {*LEDGER_NUMBERS, "net_persons"}
"""Amounts of the ledger, many of them nothing: byte-split they take twice the time for a twentieth less."""
_NUMBERS = {*COUNTS, *_AMOUNTS, "amount_cny", "value"}
_FLAGS = {"forced", "settled", "first_time"}
_RUN = ("scenario", "replication")
"""Columns that say on every row which run it is of."""
_BOUNDED = (("level", "indicator"), ("quarter",), ("year",))
_BATCH = 65_536  # values encoded in one go, of 1,024 by default: in small portions the portions take the time
_GROUP = 131_072  # rows; small enough that a query for one indicator by zone skips most of a file


def write_table(path: Path, frame: pd.DataFrame, scenario: str, replication: int) -> pa.Table:
    """Write a table with its run's name on every row, and return it."""
    table = _in_columns(frame)
    for place, column in enumerate((_scenario(scenario, len(table)), _replication(replication, len(table)))):
        table = table.add_column(place, column.schema[0], column[0])
    _encode(path, table, _row_groups(frame))
    return table


class IndicatorWriter:
    """Write the indicators of runs; what is alike in many of them is encoded once.

    These are the key columns, as long as they are alike, and the scenario's name.
    """

    def __init__(self) -> None:
        self._last: tuple[pd.DataFrame, list[int], Encoded] | None = None
        self._scenarios: dict[str, Encoded] = {}

    def write(self, path: Path, frame: pd.DataFrame, scenario: str, replication: int) -> None:
        """Write a run's indicators as `write_table` does, to the bit the same whatever was written before."""
        groups, keys = self._keys(frame[list(KEYS)])
        if scenario not in self._scenarios:
            self._scenarios[scenario] = _in_memory(_scenario(scenario, len(frame)), groups)
        table = _in_columns(frame[[name for name in frame if name not in KEYS]])
        number = _replication(replication, len(frame))
        own = _in_memory(table.append_column(number.schema[0], number[0]), groups)
        with path.open("wb") as file:
            write_side_by_side(file, [own, keys, self._scenarios[scenario]], [*_RUN, *frame.columns])

    def _keys(self, keys: pd.DataFrame) -> tuple[list[int], Encoded]:
        """Return the rows of the row groups, and the key columns as they are written."""
        if self._last is None or not _alike(self._last[0], keys):
            groups = _row_groups(keys)
            self._last = keys, groups, _in_memory(_in_columns(keys), groups)
            self._scenarios.clear()
        return self._last[1:]


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two tables of categories are written alike: the same codes for the same names."""
    for name in one:
        ours, theirs = one[name].array, other[name].array
        if not (isinstance(ours, pd.Categorical) and isinstance(theirs, pd.Categorical)):
            return False
        if not (ours.categories.equals(theirs.categories) and np.array_equal(ours.codes, theirs.codes)):
            return False
    return True


def _in_memory(table: pa.Table, groups: Sequence[int]) -> Encoded:
    """Return columns of a table as they are written, in the row groups of the whole table."""
    import pyarrow as pa

    buffer = pa.BufferOutputStream()
    _encode(buffer, table, groups)
    return encoded(memoryview(buffer.getvalue()))


def _encode(where: Any, table: pa.Table, groups: Sequence[int]) -> None:
    """Write columns of a table as a Parquet file, with row groups of so many rows at most.

    Floats are written byte-split, the ledger's amounts and the number of the run as they are, the rest as
    dictionaries. Snappy takes a fraction of the time of zstd for an eighth more on the disk.
    """
    import pyarrow.parquet as pq

    floats = [field.name for field in table.schema if _is_float(field)]
    others = [name for name in table.column_names if name not in (*floats, "replication")]
    split = [name for name in floats if name not in _AMOUNTS]
    begin = 0
    with pq.ParquetWriter(
        where, table.schema, compression="snappy", use_dictionary=others,
        use_byte_stream_split=split, store_schema=False, write_statistics=_bounded(table.column_names),
        write_batch_size=_BATCH,
    ) as writer:  # fmt: skip
        for n_rows in groups:
            writer.write_table(table.slice(begin, n_rows), row_group_size=_GROUP)
            begin += n_rows


def _is_float(field: pa.Field) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(field.type))


def _in_columns(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    return _full(_typed(pa.table({name: _in_arrow(values) for name, values in frame.items()})))


def _scenario(name: str, n_rows: int) -> pa.Table:
    """Return the column that has a run's scenario on every row."""
    import pyarrow as pa

    return _column(_RUN[0], pa.DictionaryArray.from_arrays(np.zeros(n_rows, np.int8), pa.array([name])))


def _replication(number: int, n_rows: int) -> pa.Table:
    """Return the column that has the number of a run on every row."""
    import pyarrow as pa

    return _column(_RUN[1], pa.array(np.full(n_rows, number, np.int32)))


def _column(name: str, values: pa.Array) -> pa.Table:
    import pyarrow as pa

    return pa.table([values], schema=pa.schema([pa.field(name, values.type, nullable=False)]))


def _in_arrow(values: pd.Series[Any]) -> Any:
    """Return a column as Arrow has it; a category's codes are taken as they are, in one pass less."""
    import pyarrow as pa

    if values.dtype == np.float64:
        plain = values.to_numpy()
        unknown = np.isnan(plain)
        return pa.array(plain, mask=unknown if unknown.any() else None)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return pa.array(values, from_pandas=True)
    words: pd.Categorical[Any] = values.array
    lacking = words.codes.min(initial=0) < 0
    codes = pa.array(words.codes, mask=words.codes < 0 if lacking else None)
    # A category's codes are right: pandas has seen to it.
    return pa.DictionaryArray.from_arrays(codes, pa.array(words.categories, from_pandas=True), safe=False)


def _typed(table: Any) -> Any:
    """Give the columns of an empty table the types they have with rows, so that runs are read together."""
    import pyarrow as pa

    kinds = [(pa.float64(), _NUMBERS), (pa.bool_(), _FLAGS)]
    for place, column in enumerate(table.schema):
        if pa.types.is_null(column.type):
            kind = next((kind for kind, names in kinds if column.name in names), pa.string())
            table = table.set_column(place, column.name, table.column(place).cast(kind))
    return table


def _full(table: pa.Table) -> pa.Table:
    """Say of columns in which nothing lacks that nothing may: whether it does is then not written a row."""
    import pyarrow as pa

    fields = [
        field.with_nullable(values.null_count > 0)
        for field, values in zip(table.schema, table.columns, strict=True)
    ]
    return pa.table(table.columns, schema=pa.schema(fields))


def _bounded(columns: Collection[str]) -> list[str]:
    """Return the columns whose bounds each row group tells, so that a query skips groups: those in order.

    Bounds of all columns take as long to find as all the rest of writing a table.
    """
    return list(next((names for names in _BOUNDED if names[0] in columns), ()))


def _row_groups(frame: pd.DataFrame) -> list[int]:
    """Return the rows of parts whose row groups are apart: queries for larger places never read zones."""
    if "level" not in frame or not len(frame):
        return [len(frame)]
    larger = int((frame["level"] != "zone").sum())
    zones_last = bool((frame["level"].iloc[larger:] == "zone").all())
    return [n_rows for n_rows in (larger, len(frame) - larger) if n_rows] if zones_last else [len(frame)]
