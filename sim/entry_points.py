"""Find what other packages add to `shujie`: commands and fits, declared as entry points.

`sim` imports nothing above it; `calibration`, which stands above, is found by name when it is asked for.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path

COMMANDS = "shujie.commands"
"""Group of commands: each entry point is a function that Typer can make a command of."""

_PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


@cache
def declared(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group by name; in a checkout that is not installed, those it declares."""
    found = {point.name: point for point in _of_checkout(group)}
    found |= {point.name: point for point in entry_points(group=group)}
    return tuple(found[name] for name in sorted(found))


def _of_checkout(group: str) -> list[EntryPoint]:
    if _is_installed() or not _PROJECT.is_file():
        return []
    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8")).get("project", {})
    given = project.get("entry-points", {}).get(group, {})
    return [EntryPoint(name, value, group) for name, value in given.items()]


def _is_installed() -> bool:
    try:
        distribution("shujie")
    except PackageNotFoundError:
        return False
    return True
