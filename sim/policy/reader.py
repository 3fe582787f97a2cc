"""Read YAML into plain values that remember their lines; check them and tell all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import InputError

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]
MAX_BYTES = 5_000_000
PACKAGE = Path(__file__).resolve().parents[1]
_TAG = "tag:yaml.org,2002:"
_NUMBERS = {"int": int, "float": float}
_TRUE = ("true", "yes", "on")


@dataclass
class Source:
    """Hold one file's plain content and the line of every key."""

    path: Path
    content: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def where(self, keys: Path_ = ()) -> str:
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
        When the file cannot be read, is larger than 5 MB, is not YAML, holds a key twice, an alias or a tag.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("the file is too large", where=str(path), why="more than 5 MB", mend="split it")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file cannot be read", where=str(path), why=str(error), mend="give a UTF-8 text file"
        ) from error
    source = Source(path, None)
    try:
        # the compiled reader is much quicker but does not tell of anchors, which a user's file may not have
        node = YAML(typ="safe", pure=not path.is_relative_to(PACKAGE)).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            "the file is not valid YAML",
            where=f"{path}, line {mark.line + 1}" if mark else str(path),
            why=" ".join(str(error.problem or error.context or error).split()),
            mend="correct that line",
        ) from error
    except YAMLError as error:
        raise InputError("the file is not valid YAML", where=str(path), why=str(error)) from error
    if node is None:
        raise InputError("the file is empty", where=str(path), mend="write the keys it needs")
    source.content = _plain(node, source, (), set())
    return source


def validate(source: Source, model: type[Model]) -> Model:
    """Return the content as a model.

    Raises
    ------
    InputError
        When it does not fit; every problem is named with file and line.
    """
    try:
        return model.model_validate(source.content)
    except ValidationError as error:
        raise join_errors([_problem(source, item) for item in error.errors()]) from error


def join_errors(errors: list[InputError]) -> InputError:
    """Return one error that tells all of them."""
    if len(errors) == 1:
        return errors[0]
    text = "\n".join(str(error) for error in errors)
    return InputError(f"{len(errors)} problems:\n{text}", mend="mend them one by one")


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


def _plain(node: Node, source: Source, keys: Path_, seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    source.lines.setdefault(keys, line)
    if id(node) in seen or node.anchor is not None:
        raise InputError(
            "aliases and anchors are not accepted",
            where=f"{source.path}, line {line}",
            why="a file must read the same at every line",
            mend="write the value out",
        )
    seen.add(id(node))
    if isinstance(node, MappingNode):
        return _mapping(node, source, keys, seen)
    if isinstance(node, SequenceNode):
        return [_plain(child, source, (*keys, index), seen) for index, child in enumerate(node.value)]
    if isinstance(node, ScalarNode):
        return _scalar(node, source.path)
    raise InputError(
        "a value of an unknown form", where=f"{source.path}, line {line}", mend="write a plain value"
    )


def _mapping(node: MappingNode, source: Source, keys: Path_, seen: set[int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in result:
            raise InputError(
                f"the key '{key}' is given twice",
                where=f"{source.path}, line {line}",
                why="only one of the two could count",
                mend="keep one of the two",
            )
        source.lines[(*keys, key)] = line
        result[key] = _plain(value_node, source, (*keys, key), seen)
    return result


def _scalar(node: ScalarNode, path: Path) -> Any:
    tag = str(node.ctag) if node.ctag is not None else f"{_TAG}str"
    kind = tag.removeprefix(_TAG)
    text = str(node.value)
    if kind in _NUMBERS:
        return _NUMBERS[kind](text.replace("_", ""))
    if kind == "bool":
        return text.lower() in _TRUE
    if kind == "null":
        return None
    if kind in ("str", "timestamp"):
        return text
    raise InputError(
        f"the tag '{tag}' is not accepted",
        where=f"{path}, line {node.start_mark.line + 1}",
        why="a file holds plain values only",
        mend="remove the tag",
    )
