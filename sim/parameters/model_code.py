"""Tell whether the code that decides a run is the same: what the model imports, without words about it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
START = "sim.model"


@cache
def model_code() -> str:
    """Return the SHA-256 of every module that the model imports, itself included.

    Notes
    -----
    Pages, commands, stores and all that only reads results are not among them, and docstrings, blank lines
    and lines of comment are left out: editing those does not outdate a fit.
    """
    total = hashlib.sha256()
    for name in sorted(modules_of(START)):
        total.update(f"{name}\0{hashlib.sha256(_said(_path(name)).encode()).hexdigest()}\n".encode())
    return total.hexdigest()


def modules_of(start: str) -> set[str]:
    """Return the modules of `sim` that one imports, directly or through others, itself included."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [*_imported(_tree(_path(name))), *_packages(name)]
    return found


def without_words(source: str) -> str:
    """Return a module's source without docstrings, blank lines and lines that are comment only."""
    dropped: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                dropped.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = enumerate(source.splitlines(), start=1)
    kept = [line.rstrip() for number, line in lines if number not in dropped]
    return "\n".join(line for line in kept if line and not line.lstrip().startswith("#"))


def _imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of `sim` that a source imports, also inside its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.startswith("sim.") and _path(name).is_file())


def _packages(name: str) -> Iterator[str]:
    """Yield the packages a module lies in, whose own code runs when it is imported."""
    parts = name.split(".")
    yield from (".".join(parts[:length]) for length in range(2, len(parts)))


def _path(name: str) -> Path:
    place = PACKAGE.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def _said(path: Path) -> str:
    return without_words(path.read_text(encoding="utf-8"))
