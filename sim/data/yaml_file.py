"""Read YAML into plain values that remember their lines; check them and tell all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.data import yaml_kept
from sim.data.yaml_guard import MOST_TOLD, plain_events, read_text
from sim.errors import InputError, join_errors

Model = TypeVar("Model", bound=BaseModel)
Keys = tuple[str | int, ...]
_VALUES = (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent)
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS_BEGIN = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_MOST_DIGITS = 30
_MEND_EMPTY = "write the keys it needs, 'name: value' on each line"


class PlacedValueError(ValueError):
    """Say of a model what does not fit, each problem with the keys it lies at, below the model's own.

    Parameters
    ----------
    problems
        Keys and message; a message may end in ``; mend: `` and what to do.
    """

    def __init__(self, problems: list[tuple[Keys, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(message.partition("; mend: ")[0] for _, message in problems))


@dataclass
class Source:
    """Hold one file's plain content, the line of every key, and keys or numbers that are not right."""

    path: Path
    content: Any
    lines: dict[Keys, int] = field(default_factory=dict)
    problems: list[InputError] = field(default_factory=list)

    def where(self, keys: Keys = ()) -> str:
        """Return file and line of a key, or of the nearest key above it."""
        for length in range(len(keys), -1, -1):
            if keys[:length] in self.lines:
                return f"{self.path}, line {self.lines[keys[:length]]}"
        return str(self.path)


def read_source(path: Path) -> Source:
    """Read one YAML file.

    Raises
    ------
    InputError
        When the file cannot be read, is larger than 5 MB, is not YAML, is nested deep, or holds a key twice,
        an alias or a tag; every place is named with its line.
    """
    source = _parse(path)
    if source.problems:
        raise join_errors(source.problems)
    return source


def read_valid(path: Path, model: type[Model]) -> tuple[Source, Model]:
    """Read one YAML file as a model.

    Raises
    ------
    InputError
        As `read_source` and `validate`, all problems in one.
    """
    source = _parse(path)
    try:
        value = validate(source, model)
    except InputError as error:
        raise join_errors([*source.problems, error]) from error
    if source.problems:
        raise join_errors(source.problems)
    return source, value


def read_yaml(path: Path) -> Any:
    """Return the plain content of a YAML file; see `read_source` for what is refused."""
    return read_source(path).content


def read_model(path: Path, model: type[Model]) -> Model:
    """Return a YAML file as a model; see `read_valid` for what is refused."""
    return read_valid(path, model)[1]


def validate(source: Source, model: type[Model]) -> Model:
    """Return the content as a model.

    Raises
    ------
    InputError
        When it does not fit; every problem is named with file and line.
    """
    try:
        return model.model_validate(source.content)
    except InputError as error:
        where = f"{source.path} {error.where}".strip()
        raise InputError(error.what, where=where, why=error.why, mend=error.mend) from error
    except ValidationError as error:
        problems = [problem for item in error.errors() for problem in _problems(source, item)]
        raise join_errors(problems) from error


def _parse(path: Path) -> Source:
    text = read_text(path)
    kept = yaml_kept.find(path, text)
    if kept is not None:
        return Source(path, *kept)
    source = Source(path, None)
    events = plain_events(text, path, source.problems)
    try:
        started = next((event for event in events if isinstance(event, _VALUES)), None)
        if started is None:
            raise InputError("the file is empty", where=str(path), mend=_MEND_EMPTY)
        source.content = _value(started, events, source, ())
        for _ in events:
            pass
    except InputError as error:
        raise join_errors([*source.problems, error]) from error
    if not source.problems:
        yaml_kept.keep(path, text, source.content, source.lines)
    return source


def _problems(source: Source, item: Any) -> list[InputError]:
    """Return what one error of a model says: one problem, or several, each in its own place."""
    keys = tuple(item["loc"])
    name = ".".join(str(part) for part in keys) or "the file"
    where = source.where(keys)
    if item["type"] == "extra_forbidden":
        why = "the schema has no such key"
        return [
            InputError(f"unknown key '{name}'", where=where, why=why, mend="remove it or correct its name")
        ]
    if item["type"] == "missing":
        return [InputError(f"'{name}' is missing", where=where, why="it is required", mend="add it")]
    if item["type"] in ("model_type", "dict_type"):
        return [_misfit(source, keys, "it must hold keys and values; mend: write 'name: value' on each line")]
    error = item.get("ctx", {}).get("error")
    if isinstance(error, PlacedValueError):
        return [_misfit(source, (*keys, *below), message) for below, message in error.problems]
    return [_misfit(source, keys, item["msg"].removeprefix("Value error, "))]


def _misfit(source: Source, keys: Keys, message: str) -> InputError:
    why, _, mend = message.partition("; mend: ")
    return InputError(
        f"'{'.'.join(str(part) for part in keys) or 'the file'}' is not right",
        where=source.where(keys),
        why=why,
        mend=mend or "see the other files for the form",
    )


def _value(event: Event, events: Iterator[Event], source: Source, keys: Keys) -> Any:
    """Return the value that begins with an event, and read on to its end."""
    source.lines.setdefault(keys, event.start_mark.line + 1)
    if isinstance(event, MappingStartEvent):
        return _mapping(events, source, keys)
    if isinstance(event, SequenceStartEvent):
        items: list[Any] = []
        for item in events:
            if isinstance(item, SequenceEndEvent):
                break
            items.append(_value(item, events, source, (*keys, len(items))))
        return items
    if not isinstance(event, ScalarEvent):
        return None
    text = str(event.value)
    return _scalar(text, event, source) if event.implicit[0] else text


def _mapping(events: Iterator[Event], source: Source, keys: Keys) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for event in events:
        if isinstance(event, MappingEndEvent):
            break
        line = event.start_mark.line + 1
        if not isinstance(event, ScalarEvent):
            _note(source, line, "a key is no word", "keys are words", "write a word before the colon")
            _value(event, events, source, keys)
            _value(next(events), events, source, keys)
            continue
        key = str(event.value)
        if key in result:
            first = f"only one of the two could count; the first is on line {source.lines[(*keys, key)]}"
            _note(source, line, f"the key '{key}' is given twice", first, "keep one of the two")
            _value(next(events), events, source, (*keys, key))
            continue
        source.lines[(*keys, key)] = line
        result[key] = _value(next(events), events, source, (*keys, key))
    return result


def _scalar(text: str, event: Event, source: Source) -> Any:
    """Return what a word without quotes stands for by the core schema of YAML 1.2."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBERS_BEGIN:
        return text
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not _INTEGER.fullmatch(text):
        return text
    if len(text) > _MOST_DIGITS:
        why = f"a whole number has at most {_MOST_DIGITS} digits"
        mend = "correct it, or put it in quotes if it is a word"
        _note(
            source, event.start_mark.line + 1, f"'{text[:_MOST_DIGITS]}...' is too long a number", why, mend
        )
        return None
    return int(text, 10 if text.lstrip("+-").isdigit() else 0)


def _note(source: Source, line: int, what: str, why: str, mend: str) -> None:
    if len(source.problems) < MOST_TOLD:
        source.problems.append(InputError(what, where=f"{source.path}, line {line}", why=why, mend=mend))
