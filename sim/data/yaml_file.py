"""Read YAML into plain values that remember their lines; check them and tell all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.data.yaml_guard import guard, not_yaml, read_text
from sim.errors import InputError, join_errors

Model = TypeVar("Model", bound=BaseModel)
Keys = tuple[str | int, ...]
_TAG = "tag:yaml.org,2002:"
_TRUE = ("true", "yes", "on")
_MOST_DIGITS = 30
_BASES = ("0x", "0o", "0b")


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
        raise join_errors([_problem(source, item) for item in error.errors()]) from error


def _parse(path: Path) -> Source:
    text = read_text(path)
    guard(text, path)
    try:
        node = YAML(typ="safe").compose(text)
    except YAMLError as error:
        raise not_yaml(error, text, path) from error
    if node is None:
        raise InputError(
            "the file is empty", where=str(path), mend="write the keys it needs, 'name: value' on each line"
        )
    source = Source(path, None)
    source.content = _plain(node, source, ())
    return source


def _problem(source: Source, item: Any) -> InputError:
    keys = tuple(item["loc"])
    name = ".".join(str(part) for part in keys) or "the file"
    if item["type"] == "extra_forbidden":
        return InputError(
            f"unknown key '{name}'",
            where=source.where(keys),
            why="the schema has no such key",
            mend="remove it or correct its name",
        )
    if item["type"] == "missing":
        return InputError(
            f"'{name}' is missing", where=source.where(keys), why="it is required", mend="add it"
        )
    message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    why, _, mend = message.partition("; mend: ")
    return InputError(
        f"'{name}' is not right",
        where=source.where(keys),
        why=why,
        mend=mend or "see the other files for the form",
    )


def _plain(node: Node, source: Source, keys: Keys) -> Any:
    source.lines.setdefault(keys, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node, source, keys)
    if isinstance(node, SequenceNode):
        return [_plain(child, source, (*keys, index)) for index, child in enumerate(node.value)]
    return _scalar(node, source)


def _mapping(node: MappingNode, source: Source, keys: Keys) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            source.problems.append(
                InputError(
                    "a key is a list or a mapping",
                    where=f"{source.path}, line {line}",
                    why="keys are words",
                    mend="write a word before the colon",
                )
            )
            continue
        key = str(key_node.value)
        if key in result:
            source.problems.append(
                InputError(
                    f"the key '{key}' is given twice",
                    where=f"{source.path}, line {line}",
                    why=f"only one of the two could count; the first is on line {source.lines[(*keys, key)]}",
                    mend="keep one of the two",
                )
            )
            continue
        source.lines[(*keys, key)] = line
        result[key] = _plain(value_node, source, (*keys, key))
    return result


def _scalar(node: Node, source: Source) -> Any:
    kind = str(node.ctag).removeprefix(_TAG) if node.ctag is not None else "str"
    text = str(node.value)
    if kind == "bool":
        return text.lower() in _TRUE
    if kind == "null":
        return None
    if kind not in ("int", "float"):
        return text
    number = text.replace("_", "")
    try:
        if kind == "float":
            return float(number.replace(".inf", "inf").replace(".nan", "nan"))
        if len(number) <= _MOST_DIGITS:
            return int(number, 0 if number.lstrip("+-")[:2].lower() in _BASES else 10)
    except ValueError:
        pass
    source.problems.append(
        InputError(
            f"'{text[:_MOST_DIGITS]}' is not a number that can be read",
            where=f"{source.path}, line {node.start_mark.line + 1}",
            why=f"a number is written with digits, at most {_MOST_DIGITS}",
            mend="correct it, or put it in quotes if it is a word",
        )
    )
    return None
