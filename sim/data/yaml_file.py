"""Read a YAML file into a pydantic model, naming file and line of what is wrong."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, text: str | None = None) -> Any:
    """Return the plain content of a YAML file.

    Raises
    ------
    InputError
        When the file cannot be read, is not YAML, or holds a key twice; file and line are named.
    """
    if text is None:
        text = _text_of(path)
    try:
        return YAML(typ="safe").load(text)
    except DuplicateKeyError as error:
        raise InputError(
            "a key is given twice", where=_place(path, error), why=_problem(error), mend="keep one of the two"
        ) from error
    except MarkedYAMLError as error:
        raise InputError(
            "the file is not valid YAML",
            where=_place(path, error),
            why=_problem(error),
            mend="correct that line",
        ) from error
    except YAMLError as error:
        raise InputError("the file is not valid YAML", where=str(path), why=str(error)) from error


def read_model(path: Path, model: type[Model]) -> Model:
    """Return a YAML file as a pydantic model.

    Raises
    ------
    InputError
        When the file cannot be read or does not fit the model; file, line and key are named.
    """
    text = _text_of(path)
    content = read_yaml(path, text)
    try:
        return model.model_validate(content)
    except InputError as error:
        raise InputError(
            error.what, where=f"{path} {error.where}".strip(), why=error.why, mend=error.mend
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(part) for part in first["loc"]]
        line = line_of(text, keys)
        raise InputError(
            f"'{'.'.join(keys)}' is not right",
            where=f"{path}, line {line}" if line else str(path),
            why=first["msg"].removeprefix("Value error, "),
            mend="see the keys beside it for what is expected",
        ) from error


def line_of(text: str, keys: list[str]) -> int:
    """Return the line (from 1) of the deepest of nested keys that a YAML text holds, or 0."""
    node = YAML().compose(StringIO(text))
    line = 0
    for key in keys:
        pairs = node.value if node is not None and isinstance(node.value, list) else []
        found = None
        if key.isdigit() and pairs and not isinstance(pairs[0], tuple):
            found = pairs[int(key)] if int(key) < len(pairs) else None
            line = found.start_mark.line + 1 if found is not None else line
        else:
            for pair in pairs:
                if isinstance(pair, tuple) and pair[0].value == key:
                    found, line = pair[1], pair[0].start_mark.line + 1
        if found is None:
            break
        node = found
    return line


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file cannot be read", where=str(path), why=str(error), mend="give a UTF-8 text file"
        ) from error


def _place(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path}, line {mark.line + 1}" if mark else str(path)


def _problem(error: MarkedYAMLError) -> str:
    return " ".join(str(error.problem or error.context or error).split())
