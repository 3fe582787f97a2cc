"""Load the packaged tables, and refuse one that is not what its entry in sources.yaml says."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model, model_validator

from sim.data.yaml_file import read_model
from sim.errors import InputError
from sim.units import parse_unit

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FOLDER = Path(__file__).resolve().parent
TABLES = FOLDER / "tables"
SOURCES = FOLDER / "sources.yaml"
DISTRICTS = (
    "dongcheng",
    "xicheng",
    "chaoyang",
    "fengtai",
    "shijingshan",
    "haidian",
    "mentougou",
    "fangshan",
    "tongzhou",
    "shunyi",
    "changping",
    "daxing",
    "huairou",
    "pinggu",
    "miyun",
    "yanqing",
)
CITY = "beijing"
_COLUMN = re.compile(r"(\w+)(\?)?(?: \((.+)\))?")
_EDITED = "; the file was edited by hand (its SHA-256 is not that of sources.yaml)"


class Column(BaseModel):
    """Say what one column of a table holds; written as ``number? (km2)``, ``?`` where a cell may be blank."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["text", "integer", "number", "unit"]
    blank: bool = False
    unit: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        match = _COLUMN.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return value
        return {"type": match.group(1), "blank": bool(match.group(2)), "unit": match.group(3) or ""}


class SumCheck(BaseModel):
    """Say that the sixteen districts add up to the city, in which column and for which rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: list[str]
    value: str
    area: str = "area_id"
    units: list[str] = Field(default_factory=list)
    tolerance: float = 0.0
    omit: list[dict[str, str]] = Field(default_factory=list)


class Source(BaseModel):
    """Describe one packaged file: who published it, when, under which licence, how it came here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    publishers: list[str]
    years: str
    licence: str
    obtained: str
    how: dict[str, int]
    confidence: dict[str, int]
    rows: int
    sha256: str
    file: str
    columns: dict[str, Column] = Field(default_factory=dict)
    sum_check: SumCheck | None = None
    notes: list[str] = Field(default_factory=list)


class SourceList(BaseModel):
    """Hold the entries of sources.yaml by name of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: dict[str, Source]


@cache
def sources() -> dict[str, Source]:
    """Return the entries of sources.yaml by name."""
    return read_model(SOURCES, SourceList).tables


def source_of(name: str) -> Source:
    """Return the entry of one table.

    Raises
    ------
    InputError
        When no table has that name.
    """
    try:
        return sources()[name]
    except KeyError:
        from difflib import get_close_matches

        near = get_close_matches(name, sources(), n=3)
        raise InputError(
            f"there is no packaged table '{name}'",
            where=str(SOURCES),
            mend=f"use {' or '.join(near)}" if near else "see docs/data.md for the names",
        ) from None


def data_path(name: str) -> Path:
    """Return the path of a packaged file after checking its checksum.

    Raises
    ------
    InputError
        When the file is missing or its checksum is not that of sources.yaml.
    """
    source = source_of(name)
    path = TABLES / source.file
    _checked(path, _read(path), source)
    return path


def load_table(name: str) -> pd.DataFrame:
    """Return a packaged table as a DataFrame of its own.

    Numbers that are not known are NaN, texts that are not given are empty; whole numbers with blanks are
    float.

    Raises
    ------
    InputError
        When a column is missing, a value or a unit cannot be read, the districts do not add up to the city,
        or the checksum is not that of sources.yaml; file and row are named.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            column: pd.Series(values, dtype="str") if values.dtype == object else pd.Series(values)
            for column, values in load_columns(name).items()
        }
    )


@cache
def load_columns(name: str) -> dict[str, np.ndarray]:
    """Return the columns of a packaged table, read-only; see `load_table`, but pandas is not needed.

    Texts are objects, numbers int64 or float64.
    """
    import numpy as np

    source = source_of(name)
    path = TABLES / source.file
    data = _read(path)
    rows = parse_rows(path, data, source)
    _checked(path, data, source)
    columns = {}
    for column, spec in source.columns.items():
        values = [row[column] for row in rows]
        if spec.type in ("text", "unit"):
            columns[column] = np.array([value or "" for value in values], dtype=object)
        else:
            whole = spec.type == "integer" and not spec.blank
            columns[column] = np.array(values, dtype="int64" if whole else "float64")
        columns[column].setflags(write=False)
    return columns


def parse_rows(path: Path, data: bytes, source: Source) -> list[dict[str, Any]]:
    """Return the rows of a table, read and checked against its entry.

    Parameters
    ----------
    path
        Shown in errors.
    data
        The file's bytes, UTF-8, comma separated, one header line.
    source
        Columns, units and sums to check.

    Raises
    ------
    InputError
        Naming file, row and column of the first thing that is wrong.
    """
    note = "" if _sha256(data) == source.sha256 else _EDITED
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    except UnicodeDecodeError as error:
        raise InputError("the table is not UTF-8 text", where=str(path), why=str(error) + note) from error
    _check_header(path, reader.fieldnames or [], source, note)
    raw, lines = [], []
    for row in reader:
        raw.append({key: value if value != "" else None for key, value in row.items()})
        lines.append(reader.line_num)
    try:
        rows = [row.model_dump() for row in _row_adapter(source).validate_python(raw)]
    except ValidationError as error:
        raise _row_error(path, error, lines, note) from error
    _check_units(path, rows, lines, source, note)
    if source.sum_check is not None:
        _check_sums(path, rows, lines, source.sum_check, note)
    return rows


def data_digest() -> str:
    """Return the SHA-256 of everything packaged: tables, sources, paths and parameters."""
    digest = hashlib.sha256()
    parameters = FOLDER.parent / "parameters"
    files = [*FOLDER.rglob("*"), *parameters.glob("*.yaml")]
    kept = {file for file in files if file.suffix in (".csv", ".yaml", ".geojson", ".json")}
    for file in sorted(kept, key=lambda file: file.relative_to(FOLDER.parent).as_posix()):
        digest.update(file.relative_to(FOLDER.parent).as_posix().encode())
        digest.update(_sha256(file.read_bytes()).encode())
    return digest.hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "a packaged table cannot be read", where=str(path), why=str(error), mend="install shujie again"
        ) from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _checked(path: Path, data: bytes, source: Source) -> None:
    found = _sha256(data)
    if found != source.sha256:
        raise InputError(
            "a packaged table was edited by hand",
            where=str(path),
            why=f"its SHA-256 is {found}, sources.yaml says {source.sha256}",
            mend="restore the file, or enter the new checksum with its source in sim/data/sources.yaml",
        )


def _check_header(path: Path, header: Any, source: Source, note: str) -> None:
    missing = [column for column in source.columns if column not in header]
    extra = [column for column in header if column not in source.columns]
    if missing or extra:
        found = []
        if missing:
            found.append(f"missing: {', '.join(missing)}")
        if extra:
            found.append(f"not known: {', '.join(extra)}")
        raise InputError(
            "a table has not the columns it should",
            where=f"{path}, row 1",
            why="; ".join(found) + note,
            mend="restore the column, or describe it in sim/data/sources.yaml",
        )


def _row_adapter(source: Source) -> TypeAdapter[list[Any]]:
    types: dict[str, type] = {"text": str, "unit": str, "integer": int, "number": float}
    fields: dict[str, Any] = {}
    for column, spec in source.columns.items():
        kind: Any = types[spec.type]
        optional = spec.blank or spec.type == "unit"
        fields[column] = (kind | None, None) if optional else (kind, ...)
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    row: Any = create_model("Row", __config__=config, **fields)
    return TypeAdapter(list[row])


def _row_error(path: Path, error: ValidationError, lines: list[int], note: str) -> InputError:
    first = error.errors()[0]
    place = first["loc"]
    line = lines[int(place[0])]
    column = place[1] if len(place) > 1 else ""
    return InputError(
        f"column '{column}' holds {first['input']!r}",
        where=f"{path}, row {line}",
        why=first["msg"] + note,
        mend="correct the value in the row, or leave it blank where the table allows it",
    )


def _check_units(path: Path, rows: list[dict[str, Any]], lines: list[int], source: Source, note: str) -> None:
    """Refuse a unit that is not known, and a number without one."""
    if "unit" not in source.columns:
        return
    for row, line in zip(rows, lines, strict=True):
        where = f"{path}, row {line}{note}"
        if row["unit"]:
            parse_unit(row["unit"], where=where)
        elif row.get("value") is not None:
            raise InputError("a number has no unit", where=where, mend="give its unit in column 'unit'")


def _check_sums(path: Path, rows: list[dict[str, Any]], lines: list[int], check: SumCheck, note: str) -> None:
    """Refuse districts that do not add up to the city, naming the row of the city."""
    parts: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    totals: dict[tuple[str, ...], tuple[float, int]] = {}
    for row, line in zip(rows, lines, strict=True):
        value = row[check.value]
        if value is None or (check.units and row["unit"] not in check.units):
            continue
        key = tuple(str(row[column]) for column in check.by)
        if row[check.area] in DISTRICTS:
            parts[key][row[check.area]] = value
        elif row[check.area] == CITY:
            totals[key] = (value, line)
    for key, (total, line) in totals.items():
        named = dict(zip(check.by, key, strict=True))
        if len(parts[key]) < len(DISTRICTS) or named in check.omit:
            continue
        found = sum(parts[key].values())
        if abs(found - total) > check.tolerance:
            raise InputError(
                f"the sixteen districts add up to {found:g}, the city is {total:g}",
                where=f"{path}, row {line} ({', '.join(key)})",
                why=f"column '{check.value}' must agree within {check.tolerance:g}{note}",
                mend="correct the district or the total",
            )
