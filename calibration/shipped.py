"""Name the fit that is shipped: `--parameters fitted` finds it through an entry point."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "fitted"
NAME = "beijing-2016"
"""The fit to what was known at the end of 2016."""


def path() -> Path | None:
    """Return the file of the shipped fit, or None where none is shipped."""
    file = FOLDER / f"{NAME}.yaml"
    return file if file.is_file() else None
