"""Write a table of a run as a Parquet file that is quick to write, small, and read in parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.accounts.entries import NUMBERS as LEDGER_NUMBERS
from sim.outcomes.flows import COUNTS

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = {*COUNTS, *LEDGER_NUMBERS, "net_persons", "amount_cny", "value"}
_FLAGS = {"forced", "settled", "first_time"}
_BOUNDED = (("level", "indicator"), ("quarter",), ("year",))
_BATCH = 65_536  # values encoded in one go, of 1,024 by default: in small portions the portions take the time
_GROUP = 131_072  # rows; small enough that a query for one indicator by zone skips most of a file


def write_table(path: Path, frame: pd.DataFrame, scenario: str, replication: int) -> pa.Table:
    """Write a table with its run's name on every row, and return it.

    Floats are written byte-split, the number of the run as it is, the rest as dictionaries. Snappy takes a
    fraction of the time of zstd for an eighth more on the disk.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = _typed(pa.table({name: _in_arrow(frame[name]) for name in frame}))
    one = pa.repeat(pa.scalar(0, pa.int8()), len(frame))
    named = pa.DictionaryArray.from_arrays(one, pa.array([scenario]))
    numbered = pa.repeat(pa.scalar(replication, pa.int32()), len(frame))
    table = _full(table.add_column(0, "scenario", named).add_column(1, "replication", numbered))
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in table.schema if field.name not in (*floats, "replication")]
    with pq.ParquetWriter(
        path, table.schema, compression="snappy", use_dictionary=others,
        use_byte_stream_split=floats, store_schema=False, write_statistics=_bounded(frame),
        write_batch_size=_BATCH,
    ) as writer:  # fmt: skip
        for part in _row_groups(frame, table):
            writer.write_table(part, row_group_size=_GROUP)
    return table


def _in_arrow(values: pd.Series[Any]) -> Any:
    """Return a column as Arrow has it; a category's codes are taken as they are, in one pass less."""
    import pyarrow as pa

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


def _bounded(frame: pd.DataFrame) -> list[str]:
    """Return the columns whose bounds each row group tells, so that a query skips groups: those in order.

    Bounds of all columns take as long to find as all the rest of writing a table.
    """
    return list(next((names for names in _BOUNDED if names[0] in frame), ()))


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
