"""Make one Parquet file of several that hold different columns of the same rows, without encoding anew.

The key columns of the indicators are alike in every run: they are encoded once in a process, and in each run
only its own columns are. A column of a row group stands in a file by itself, and only the description at the
end of the file tells where; so columns are copied as they are and the description is written anew.
The format: github.com/apache/parquet-format, src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from sim.scenarios.thrift_compact import (
    I32,
    I64,
    LIST,
    STRUCT,
    Elements,
    Field,
    Struct,
    read_struct,
    write_struct,
)

MAGIC = b"PAR1"
_LENGTH = 4  # bytes that tell how long the description is

_SCHEMA, _GROUPS, _ORDERS = 2, 4, 7
"""Fields of a file's description."""
_NAME, _CHILDREN = 4, 5
"""Fields of an element of the schema."""
_COLUMNS, _BYTES, _BEGINS, _COMPRESSED = 1, 2, 5, 6
"""Fields of a row group."""
_FILE_OFFSET, _META, _PAGE_INDEX = 2, 3, (4, 5, 6, 7)
"""Fields of a column of a row group."""
_UNCOMPRESSED, _SIZE, _PAGE, _DICTIONARY = 6, 7, 9, 11
"""Fields of what a column of a row group says of itself: its sizes and where its pages begin."""


class Encoded(NamedTuple):
    """Hold a Parquet file: all its bytes, and its description."""

    data: memoryview
    facts: Struct

    @property
    def names(self) -> list[str]:
        """Return the names of its columns."""
        return [element[_NAME].value.decode() for element in _list(self.facts, _SCHEMA)[1:]]


def encoded(data: memoryview) -> Encoded:
    """Return a Parquet file as it is in memory, taken apart.

    Raises
    ------
    ValueError
        When it is none, or has columns within columns.
    """
    if data[:4] != MAGIC or data[-4:] != MAGIC:
        raise ValueError("not a Parquet file")
    end = len(data) - len(MAGIC) - _LENGTH
    begin = end - int.from_bytes(data[end : end + _LENGTH], "little")
    facts, _ = read_struct(bytes(data[begin:end]))
    if any(_CHILDREN in element for element in _list(facts, _SCHEMA)[1:]):
        raise ValueError("the Parquet file has columns within columns")
    return Encoded(data, facts)


def write_side_by_side(file: BinaryIO, parts: Sequence[Encoded], names: Sequence[str]) -> None:
    """Write the columns of several files of the same rows and row groups as one file.

    Parameters
    ----------
    parts
        The files; what is not said by column is taken from the first.
    names
        The columns in their order.
    """
    where = {name: (part, place) for part in parts for place, name in enumerate(part.names)}
    columns = [where[name] for name in names]
    file.write(MAGIC)
    groups, position = [], len(MAGIC)
    for number, group in enumerate(_list(parts[0].facts, _GROUPS)):
        begin, size, chunks = position, 0, []
        for part, place in columns:
            chunk = _list(_list(part.facts, _GROUPS)[number], _COLUMNS)[place]
            meta = chunk[_META].value
            first = meta.get(_DICTIONARY, meta[_PAGE]).value
            n_bytes = meta[_SIZE].value
            file.write(part.data[first : first + n_bytes])
            chunks.append(_moved(chunk, position - first))
            position += n_bytes
            size += meta[_UNCOMPRESSED].value
        groups.append(
            group
            | {_COLUMNS: Field(LIST, Elements(STRUCT, chunks)), _BYTES: Field(I64, size)}
            | ({_BEGINS: Field(I64, begin)} if _BEGINS in group else {})
            | ({_COMPRESSED: Field(I64, position - begin)} if _COMPRESSED in group else {})
        )
    description = bytearray()
    write_struct(_described(parts[0].facts, columns, groups), description)
    file.write(description)
    file.write(len(description).to_bytes(_LENGTH, "little"))
    file.write(MAGIC)


def _described(first: Struct, columns: Sequence[tuple[Encoded, int]], groups: list[Struct]) -> Struct:
    """Return the description of a file with some columns."""
    root = _list(first, _SCHEMA)[0] | {_CHILDREN: Field(I32, len(columns))}
    schema = [root, *(_list(part.facts, _SCHEMA)[1 + place] for part, place in columns)]
    facts = first | {
        _SCHEMA: Field(LIST, Elements(STRUCT, schema)),
        _GROUPS: Field(LIST, Elements(STRUCT, groups)),
    }
    if _ORDERS in first:
        orders = [_list(part.facts, _ORDERS)[place] for part, place in columns]
        facts[_ORDERS] = Field(LIST, Elements(STRUCT, orders))
    return facts


def _moved(chunk: Struct, by: int) -> Struct:
    """Return what is said of a column of a row group that stands elsewhere, without an index of its pages."""
    meta = dict(chunk[_META].value)
    for field in (_PAGE, _DICTIONARY):
        if field in meta:
            meta[field] = Field(I64, meta[field].value + by)
    kept = {number: field for number, field in chunk.items() if number not in _PAGE_INDEX}
    # Where a description of the column itself stands, which nobody writes any more: 0.
    return kept | {_FILE_OFFSET: Field(I64, 0), _META: Field(STRUCT, meta)}


def _list(fields: Struct, number: int) -> list[Struct]:
    values: list[Struct] = fields[number].value.values
    return values
