"""Read and write structures in Thrift's compact protocol, in which a Parquet file describes itself.

A structure tells the number and type of each field, so that one is taken apart and put together again without
knowing what its fields mean. The protocol: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT = (*range(1, 11), 12)
INTEGERS = (I16, I32, I64)
_LONG = 15  # elements from which a list's length stands by itself


class Field(NamedTuple):
    """Hold a field's type and value."""

    type: int
    value: Any


class Elements(NamedTuple):
    """Hold the elements of a list: their type and values."""

    type: int
    values: list[Any]


Struct = dict[int, Field]
"""Fields by their number, in the order in which they stand."""


def read_struct(data: bytes | memoryview, at: int = 0) -> tuple[Struct, int]:
    """Return the structure that begins at a place, and where it ends.

    Raises
    ------
    ValueError
        When it holds a map, which Parquet's have not.
    """
    fields: Struct = {}
    number = 0
    while data[at]:
        step, kind = data[at] >> 4, data[at] & 15
        at += 1
        if step:
            number += step
        else:
            number, at = _read_integer(data, at)
        value, at = (None, at) if kind in (TRUE, FALSE) else _read(data, at, kind)
        fields[number] = Field(kind, value)
    return fields, at + 1


def write_struct(fields: Struct, out: bytearray) -> None:
    """Add a structure to what is written."""
    before = 0
    for number, (kind, value) in fields.items():
        if 0 < number - before <= _LONG:
            out.append((number - before) << 4 | kind)
        else:
            out.append(kind)
            _write_integer(number, out)
        before = number
        if kind not in (TRUE, FALSE):
            _write(kind, value, out)
    out.append(0)


def _read(data: bytes | memoryview, at: int, kind: int) -> tuple[Any, int]:
    if kind in INTEGERS:
        return _read_integer(data, at)
    if kind == BINARY:
        size, at = _read_length(data, at)
        return bytes(data[at : at + size]), at + size
    if kind == STRUCT:
        return read_struct(data, at)
    if kind in (LIST, SET):
        size, of = data[at] >> 4, data[at] & 15
        at += 1
        if size == _LONG:
            size, at = _read_length(data, at)
        values = []
        for _ in range(size):
            value, at = _read(data, at, of)
            values.append(value)
        return Elements(of, values), at
    if kind in (TRUE, FALSE, BYTE):  # an element of a list
        return data[at], at + 1
    if kind == DOUBLE:
        return bytes(data[at : at + 8]), at + 8
    raise ValueError(f"type {kind} of Thrift is not read")


def _write(kind: int, value: Any, out: bytearray) -> None:
    if kind in INTEGERS:
        _write_integer(value, out)
    elif kind == BINARY:
        _write_length(len(value), out)
        out += value
    elif kind == STRUCT:
        write_struct(value, out)
    elif kind in (LIST, SET):
        size = len(value.values)
        out.append(min(size, _LONG) << 4 | value.type)
        if size >= _LONG:
            _write_length(size, out)
        for item in value.values:
            _write(value.type, item, out)
    elif kind == DOUBLE:
        out += value
    else:
        out.append(value)


def _read_length(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the lowest first, and where it ends."""
    value, shift = 0, 0
    while True:
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
        shift += 7


def _write_length(value: int, out: bytearray) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _read_integer(data: bytes | memoryview, at: int) -> tuple[int, int]:
    """Return a number whose sign is its lowest bit, and where it ends."""
    value, at = _read_length(data, at)
    return value >> 1 ^ -(value & 1), at


def _write_integer(value: int, out: bytearray) -> None:
    _write_length(value << 1 ^ value >> 63, out)
