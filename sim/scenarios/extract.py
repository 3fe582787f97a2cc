"""Keep what comparisons read of a run in one file, and believe it only where it is of the tables beside it.

As Parquet the tables that comparisons read take four milliseconds a run, most of it spent on each of fifty
columns. Here the same columns stand as Arrow has them in memory, an eighth of the time to read. Whoever
doubts the file reads the tables: both say the same to the bit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.outcomes.by_year import file_of
from sim.outcomes.flows import COUNTS
from sim.outcomes.followed import COUNTS as FOLLOWED
from sim.scenarios.columns import read_table
from sim.scenarios.file_digest import has_digest

if TYPE_CHECKING:
    import pyarrow as pa

EXTRACT = "compared.arrows"
TOGETHER: Mapping[str, tuple[str, ...]] = {
    file_of("flows"): (
        *("year", "cause", "forced", "settled", "leaves_city", "stays_in_city", "hukou", "income_group"),
        *COUNTS,
    ),
    file_of("ledger"): ("year", "measure", "kind", "verb", "net_persons", "floor_area_m2"),
    "fund": ("quarter", "credit", "debit", "purpose", "measure", "district", "amount_cny"),
    "follow_up": ("quarter_before", "fate", "outcome", *FOLLOWED),
}
"""Columns that comparisons read of a table, read at once; others are read when they are asked for."""
_TABLE, _FILE, _ASKED = b"table", b"digest", b"columns"
"""What a part says of itself: its table, the digest of that table's file, and what was asked of it."""


def write_extract(path: Path, tables: Mapping[str, pa.Table], digests: Mapping[str, str]) -> None:
    """Write what comparisons read of a run's tables.

    Parameters
    ----------
    tables
        The tables by name, as `extracted` gives them.
    digests
        Digests of the files in which they stand whole, by the file's name.
    """
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.OSFile(str(path), "wb") as file:
        for name in [name for name in TOGETHER if name in tables]:
            table = tables[name].replace_schema_metadata(_label(name, digests))
            with pa.ipc.new_stream(file, table.schema, options=options) as part:
                part.write_table(table)


def extracted(name: str, table: pa.Table) -> pa.Table:
    """Return the columns of a table that comparisons read, in the types in which its file gives them back."""
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    columns = {column: table.column(column) for column in TOGETHER[name] if column in table.column_names}
    for column, values in columns.items():
        if pa.types.is_dictionary(values.type) or pa.types.is_large_string(values.type):
            columns[column] = values.cast(text)
        elif pa.types.is_string(values.type):
            columns[column] = values.dictionary_encode()
    fields = [
        pa.field(column, values.type, table.field(column).nullable) for column, values in columns.items()
    ]
    return pa.table(list(columns.values()), schema=pa.schema(fields)).combine_chunks()


def read_compared(folder: Path, digests: Mapping[str, str], wanted: Collection[str]) -> dict[str, pa.Table]:
    """Return what comparisons read of the wanted tables of a run.

    Parameters
    ----------
    digests
        Digest of each of the run's files, as its manifest says; empty where the manifest is no longer right.
    """
    found = read_extract(folder, digests)
    if found is None or not set(wanted) <= found.keys():
        return {name: read_table(folder / f"{name}.parquet", TOGETHER[name]) for name in wanted}
    return {name: found[name] for name in wanted}


def read_extract(folder: Path, digests: Mapping[str, str]) -> dict[str, pa.Table] | None:
    """Return the parts of a run's extract, or None where there is none to be believed.

    It must be, byte for byte, the file that the manifest lists, must be of the very tables that the manifest
    lists, and have the columns that this version asks for.
    """
    import pyarrow as pa

    if EXTRACT not in digests:
        return None
    try:
        data = (folder / EXTRACT).read_bytes()
    except OSError:
        return None
    if not has_digest(data, digests[EXTRACT]):
        return None
    try:
        return _parts(data, digests)
    except (pa.ArrowInvalid, OSError):
        return None


def _parts(data: bytes, digests: Mapping[str, str]) -> dict[str, pa.Table] | None:
    import pyarrow as pa

    source, found = pa.BufferReader(data), {}
    options = pa.ipc.IpcReadOptions(use_threads=False)
    pool = pa.system_memory_pool()  # which keeps what was let go of: a run is read after the other
    while source.tell() < len(data):
        with pa.ipc.open_stream(source, options=options, memory_pool=pool) as part:
            said = part.schema.metadata or {}
            name = said.get(_TABLE, b"").decode()
            if name not in TOGETHER or said != _label(name, digests):
                return None
            found[name] = part.read_all().replace_schema_metadata()
    return found


def _label(name: str, digests: Mapping[str, str]) -> dict[bytes, bytes]:
    file = digests.get(f"{name}.parquet", "")
    return {_TABLE: name.encode(), _FILE: file.encode(), _ASKED: ",".join(TOGETHER[name]).encode()}
