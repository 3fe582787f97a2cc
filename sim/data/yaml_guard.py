"""Refuse YAML that is too large, too deep or more than plain values, before anything is built from it.

Aliases could blow a small file up to fill the memory, tags could build objects, and deep nesting could
exhaust the stack; none of them is needed to write numbers and words down.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.errors import InputError

MAX_BYTES = 5_000_000
MAX_DEPTH = 30
MOST_TOLD = 50
"""Problems of one file that are told; a file with more is not worth a longer list."""
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)


def read_text(path: Path) -> str:
    """Return the text of an ordinary file of at most 5 MB.

    Raises
    ------
    InputError
        When there is no such file, it is a folder or a device, is larger, or is not UTF-8.
    """
    why, mend = "it is no ordinary file", "give a UTF-8 text file"
    try:
        if path.is_file():
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise InputError(
                    "the file is too large", where=str(path), why="more than 5 MB", mend="split it"
                )
            return content.decode("utf-8-sig")
        if not path.exists():
            why = "there is no such file"
    except (OSError, ValueError) as error:
        why = str(error)
    raise InputError("the file cannot be read", where=str(path), why=why, mend=mend)


def plain_events(text: str, path: Path, problems: list[InputError]) -> Iterator[Event]:
    """Yield the events of a YAML text from which plain values are built.

    Aliases, anchors and tags are added to ``problems`` with their line, and the values go on without them.

    Raises
    ------
    InputError
        When the text is no YAML, holds several documents or is nested deep.
    """
    depth = documents = 0
    try:
        for event in YAML(typ="safe", plug_ins=[]).parse(text):
            kind = type(event)
            if kind is ScalarEvent or kind is AliasEvent or kind in _STARTS:
                _refuse_tricks(event, path, problems)
            documents += kind is DocumentStartEvent
            depth += (kind in _STARTS) - (kind in _ENDS)
            if documents > 1 or depth > MAX_DEPTH:
                raise _too_much(event, path, documents)
            yield event
    except YAMLError as error:
        raise not_yaml(error, text, path) from error


def not_yaml(error: YAMLError, text: str, path: Path) -> InputError:
    """Return what is wrong with a text that is not YAML, with its line."""
    line = 0
    why: Any = error
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        why = error.problem or error.context or error
    elif isinstance(position := getattr(error, "position", None), int):
        line = text.count("\n", 0, position) + 1
        why = getattr(error, "reason", error)
    return InputError(
        "the file is not valid YAML",
        where=f"{path}, line {line}" if line else str(path),
        why=" ".join(str(why).split()),
        mend="correct that line",
    )


def _refuse_tricks(event: Event, path: Path, problems: list[InputError]) -> None:
    """Note an alias, an anchor or a tag."""
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if anchor is None and tag is None:
        return
    where = f"{path}, line {event.start_mark.line + 1}"
    if anchor is not None and len(problems) < MOST_TOLD:
        problems.append(
            InputError(
                "aliases and anchors are not accepted",
                where=where,
                why="a file must read the same at every line, and aliases of aliases fill the memory",
                mend="write the value out",
            )
        )
    if tag is not None and len(problems) < MOST_TOLD:
        problems.append(
            InputError(
                f"the tag '{tag}' is not accepted",
                where=where,
                why="a file holds plain values only; a tag could build an object",
                mend="remove the tag",
            )
        )


def _too_much(event: Event, path: Path, documents: int) -> InputError:
    where = f"{path}, line {event.start_mark.line + 1}"
    if documents > 1:
        return InputError(
            "the file holds several documents",
            where=where,
            why="only one of them could count",
            mend="keep one, or make a file of each",
        )
    return InputError(
        f"values are nested more than {MAX_DEPTH} deep",
        where=where,
        why="no file needs that, and it could exhaust the memory",
        mend="correct the brackets or the indents",
    )
