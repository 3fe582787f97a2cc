"""Load the words of the page in one language."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from sim.errors import InputError

LANGUAGES = ("en", "zh")
FILES = ("text", "sections", "terms")
"""Words of the frame and of targets, maps, flows and facts; of the other sections; names of things."""


@cache
def load_text(lang: str) -> dict[str, Any]:
    """Return the words of a language.

    Raises
    ------
    InputError
        When the page is not written in that language.
    """
    if lang not in LANGUAGES:
        raise InputError(
            f"there is no page in '{lang}'", where="--lang", mend=f"use {' or '.join(LANGUAGES)}"
        )
    from ruamel.yaml import YAML

    words: dict[str, Any] = {}
    for name in FILES:
        source = resources.files("sim.report") / f"{name}.{lang}.yaml"
        words |= YAML(typ="safe", pure=True).load(source.read_text(encoding="utf-8"))
    return words
