"""Write results to standard output and messages to standard error, and nothing else to either."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_WIDTH_WITHOUT_TERMINAL = 2000  # a file or a pipe folds nothing; columns have their own limit
_WIDEST_COLUMN = 60
_AS_THEY_ARE = {str, int, bool, type(None)}
_LARGE = 1000.0  # numbers from here on are shown without decimals

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Write one JSON document, {meta, rows}, to standard output.")
]
CsvFlag = Annotated[bool, typer.Option("--csv", help="Write comma-separated rows to standard output.")]


def write(text: str) -> None:
    """Write to standard output; a reader that has gone away ends the command quietly."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def say(message: str) -> None:
    """Write a message to standard error."""
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()


def write_json(rows: Iterable[Mapping[Any, Any]], meta: Mapping[str, Any]) -> None:
    """Write the one JSON document of a command; what is not known is null."""
    document = {"meta": plain(meta), "rows": [plain(row) for row in rows]}
    write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def write_frame(
    frame: pd.DataFrame, meta: Mapping[str, Any], *, as_csv: bool, as_json: bool, most: int = 40
) -> None:
    """Write a table as asked; on a screen at most so many rows, and say so."""
    if as_json or as_csv:
        write_frames([frame], meta, as_json=as_json)
        return
    shown = frame.head(most)
    columns = [str(name) for name in frame.columns]
    numeric = [i for i, name in enumerate(columns) if frame[name].dtype.kind == "f"]
    rows = [[_cell(value) for value in row] for row in shown.itertuples(index=False)]
    write_table(columns, rows, right=numeric)
    if len(frame) > most:
        say(f"{most} of {len(frame):,} rows shown; --csv or --json writes them all")
    if frame.empty:
        say("no rows")


def write_frames(frames: Iterable[pd.DataFrame], meta: Mapping[str, Any], *, as_json: bool) -> None:
    """Write tables one after the other as one CSV file or one JSON document, none kept in memory."""
    if as_json:
        head = json.dumps(plain(meta), ensure_ascii=False, allow_nan=False, indent=1)
        write(f'{{"meta": {head},\n"rows": [')
    first = True
    for frame in frames:
        if as_json:
            rows = (json.dumps(plain(row), ensure_ascii=False, allow_nan=False) for row in _rows(frame))
            text = ",\n".join(rows)
            write(text if first else f",\n{text}" if text else "")
            first = first and not text
        else:
            write(frame.to_csv(index=False, header=first, lineterminator="\n"))
            first = False
    if as_json:
        write("]}\n")


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return (dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False))


def write_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", right: Sequence[int] = ()
) -> None:
    """Write a plain table for reading; ``right`` names the columns that are aligned to the right."""
    from io import StringIO

    from rich import box
    from rich.console import Console
    from rich.table import Table

    terminal = sys.stdout.isatty()
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(
            name, justify="right" if number in right else "left", overflow="fold", max_width=_WIDEST_COLUMN
        )
    for row in rows:
        table.add_row(*[_escape(cell) for cell in row])
    out = StringIO()
    width = None if terminal else _WIDTH_WITHOUT_TERMINAL
    Console(file=out, width=width, force_terminal=terminal, highlight=False).print(table)
    write(out.getvalue())


XlsxOption = Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook to this file.")]


def one_format(as_csv: bool, as_json: bool, xlsx: Path | None = None) -> None:
    """Refuse two formats at once, and a workbook that cannot be written where it is asked for."""
    if as_csv + as_json + (xlsx is not None) > 1:
        raise InputError("two formats at once", where="--csv, --json and --xlsx", mend="give one of them")
    if xlsx is not None:
        from sim.report.workbook import check_workbook

        check_workbook(xlsx)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NaN, no NumPy, no enumerations."""
    kind = type(value)
    if kind in _AS_THEY_ARE:  # most are, and there are hundreds of thousands of them
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    return _made_plain(value)


def _made_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Enum) or hasattr(value, "tolist"):
        return plain(value.value if isinstance(value, Enum) else value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    known = isinstance(value, (bool, int, float, str))
    return value if known else None if str(value) in {"NaT", "<NA>"} else str(value)


def _cell(value: Any) -> str:
    known = plain(value)
    if known is None:
        return ""
    if isinstance(known, float):
        return f"{known:,.0f}" if abs(known) >= _LARGE else f"{known:.6g}"
    return str(known)


def _escape(text: str) -> str:
    return text.replace("[", r"\[")
