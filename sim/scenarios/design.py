"""Turn a design table into scenarios: a row each, levers and uncertainties in columns of their own.

Columns: ``scenario`` (a scenario of the library), optionally ``name``; ``lever:kind:<kind>`` and
``lever:measure:<id>`` (factors on amounts) and ``lever:<name>`` (enforcement, fund_billion_cny, ...) for what
the city decides; ``uncertainty:<parameter>`` for what it does not know. An empty cell leaves things as they
are.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sim.data.yaml_guard import MAX_BYTES
from sim.errors import InputError
from sim.scenarios.scenario import Scenario

LEVER, UNCERTAINTY = "lever:", "uncertainty:"
_KIND, _MEASURE = "kind:", "measure:"
_PLAIN = ("scenario", "name")
_TRUTH = {"true": True, "false": False}


def scenarios_of_design(table: str | Path, folder: str | Path) -> list[Path]:
    """Write a scenario file for each row of a design table and return the files.

    Parameters
    ----------
    table
        A CSV file with the columns above.
    folder
        Where the files are written; made when it is not there.

    Raises
    ------
    InputError
        When the table cannot be read, a column or value is not known, two rows have one name, or a scenario
        does not resolve; row and column are named.
    """
    table = Path(table)
    rows = _rows(table)
    files: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        content = _content(row, number, f"{table}, row {number}")
        if content["name"] in files:
            raise InputError(
                f"two rows are called '{content['name']}'",
                where=str(table),
                mend="give each a name of its own",
            )
        files[content["name"]] = content
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        path = target / f"{name}.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(content, file)
        paths.append(path)
    for path in paths:
        Scenario.load(path)
    return paths


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        if table.stat().st_size > MAX_BYTES:
            raise InputError("the table is too large", where=str(table), why=f"above {MAX_BYTES} bytes")
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = list(reader.fieldnames or [])
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("the design table cannot be read", where=str(table), why=str(error)) from None
    _check_columns(columns, table)
    if not rows:
        raise InputError("the design table has no rows", where=str(table), mend="give one row a scenario")
    return rows


def _check_columns(columns: list[str], table: Path) -> None:
    if "scenario" not in columns:
        raise InputError("the design table has no column 'scenario'", where=str(table))
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InputError(f"the column '{twice}' is there twice", where=str(table))
    for name in columns:
        if name not in _PLAIN and not name.startswith((LEVER, UNCERTAINTY)):
            raise InputError(
                f"unknown column '{name}'",
                where=str(table),
                why="a column is 'scenario', 'name', or begins with 'lever:' or 'uncertainty:'",
                mend="say whether the city decides it (lever:) or does not know it (uncertainty:)",
            )


def _content(row: Mapping[str, str], number: int, where: str) -> dict[str, Any]:
    if None in row or None in row.values():
        raise InputError("the row has not as many cells as the table has columns", where=where)
    base = row["scenario"].strip()
    name = (row.get("name") or "").strip() or f"{base}-{number}"
    levers: dict[str, Any] = {}
    uncertainties: dict[str, float] = {}
    for column, cell in row.items():
        text = cell.strip()
        if column in _PLAIN or not text:
            continue
        value = _value(text, f"{where}, column {column}")
        if column.startswith(UNCERTAINTY):
            uncertainties[column.removeprefix(UNCERTAINTY)] = value
            continue
        lever = column.removeprefix(LEVER)
        if lever.startswith(_KIND):
            levers.setdefault("scale_kinds", {})[lever.removeprefix(_KIND)] = value
        elif lever.startswith(_MEASURE):
            levers.setdefault("scale_measures", {})[lever.removeprefix(_MEASURE)] = value
        else:
            levers[lever] = value
    said = Scenario.load(base)
    content: dict[str, Any] = {
        "name": name,
        "title_en": f"{said.title_en}, row {number}",
        "title_zh": f"{said.title_zh}，第{number}行",
        "description": f"Row {number} of a design table over {base}.",
        "extends": base,
    }
    return (
        content
        | ({"levers": levers} if levers else {})
        | ({"uncertainties": uncertainties} if uncertainties else {})
    )


def _value(text: str, where: str) -> Any:
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    try:
        return float(text)
    except ValueError:
        if text.isidentifier():
            return text  # such as fund_period: yearly
        raise InputError(f"'{text}' is not a number", where=where) from None
