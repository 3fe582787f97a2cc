"""Write a table of a run as a Parquet file that is quick to write, small, and read in parts."""

from __future__ import annotations

from collections.abc import Collection
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

_NUMBERS = {*COUNTS, *LEDGER_NUMBERS, "net_persons", "amount_cny", "value"}
_FLAGS = {"forced", "settled", "first_time"}
_RUN = ("scenario", "replication")
"""Columns that say on every row which run it is of."""
_BOUNDED = (("level", "indicator"), ("quarter",), ("year",))
_BATCH = 65_536  # values encoded in one go, of 1,024 by default: in small portions the portions take the time
_GROUP = 131_072  # rows; small enough that a query for one indicator by zone skips most of a file


def write_table(path: Path, frame: pd.DataFrame, scenario: str, replication: int) -> pa.Table:
    """Write a table with its run's name on every row, and return it."""
    table = _named(_in_columns(frame), scenario, replication)
    _encode(path, table, frame)
    return table


class IndicatorWriter:
    """Write the indicators of runs; their key columns are encoded once, as long as they are alike."""

    def __init__(self) -> None:
        self._last: tuple[pd.DataFrame, Encoded] | None = None

    def write(self, path: Path, frame: pd.DataFrame, scenario: str, replication: int) -> None:
        """Write a run's indicators as `write_table` does, to the bit the same whatever was written before."""
        names = [*_RUN, *frame.columns]
        own = [name for name in frame if name not in KEYS]
        table = _named(_in_columns(frame[own]), scenario, replication)
        with path.open("wb") as file:
            write_side_by_side(file, [_in_memory(table, frame), self._keys(frame[list(KEYS)])], names)

    def _keys(self, keys: pd.DataFrame) -> Encoded:
        if self._last is None or not _alike(self._last[0], keys):
            self._last = keys, _in_memory(_in_columns(keys), keys)
        return self._last[1]


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two tables of categories are written alike: the same codes for the same names."""
    for name in one:
        ours, theirs = one[name].array, other[name].array
        if not (isinstance(ours, pd.Categorical) and isinstance(theirs, pd.Categorical)):
            return False
        if not (ours.categories.equals(theirs.categories) and np.array_equal(ours.codes, theirs.codes)):
            return False
    return True


def _in_memory(table: pa.Table, frame: pd.DataFrame) -> Encoded:
    """Return columns of a table as they are written, in the row groups of the whole table."""
    import pyarrow as pa

    buffer = pa.BufferOutputStream()
    _encode(buffer, table, frame)
    return encoded(memoryview(buffer.getvalue()))


def _encode(where: Any, table: pa.Table, frame: pd.DataFrame) -> None:
    """Write columns of a frame as a Parquet file.

    Floats are written byte-split, the number of the run as it is, the rest as dictionaries. Snappy takes a
    fraction of the time of zstd for an eighth more on the disk.
    """
    import pyarrow.parquet as pq

    floats = [field.name for field in table.schema if _is_float(field)]
    others = [name for name in table.column_names if name not in (*floats, "replication")]
    with pq.ParquetWriter(
        where, table.schema, compression="snappy", use_dictionary=others,
        use_byte_stream_split=floats, store_schema=False, write_statistics=_bounded(table.column_names),
        write_batch_size=_BATCH,
    ) as writer:  # fmt: skip
        for part in _row_groups(frame, table):
            writer.write_table(part, row_group_size=_GROUP)


def _is_float(field: pa.Field) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(field.type))


def _in_columns(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    return _full(_typed(pa.table({name: _in_arrow(frame[name]) for name in frame})))


def _named(table: pa.Table, scenario: str, replication: int) -> pa.Table:
    """Return a table with the name of its run on every row."""
    import pyarrow as pa

    columns = (
        pa.DictionaryArray.from_arrays(np.zeros(len(table), np.int8), pa.array([scenario])),
        pa.array(np.full(len(table), replication, np.int32)),
    )
    for place, (name, values) in enumerate(zip(_RUN, columns, strict=True)):
        table = table.add_column(place, pa.field(name, values.type, nullable=False), values)
    return table


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
    absent = words.codes < 0
    codes = pa.array(words.codes, mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words.categories, from_pandas=True))


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


def _row_groups(frame: pd.DataFrame, table: Any) -> list[Any]:
    """Keep zones in row groups of their own, so that queries for larger places never read them."""
    if "level" not in frame or not len(frame):
        return [table]
    larger = int((frame["level"] != "zone").sum())
    zones_last = bool((frame["level"].iloc[larger:] == "zone").all())
    return (
        [part for part in (table.slice(0, larger), table.slice(larger)) if len(part)]
        if zones_last
        else [table]
    )
