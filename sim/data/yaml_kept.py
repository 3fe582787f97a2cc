"""Keep what the packaged YAML files say in the user's cache, so that a run need not read YAML anew.

YAML is slow to read and the catalogue has some 270 files. Of each there is kept, as JSON, what its text says
and the line of every key, under the hash of that text and of the code that reads it, and with a hash of its
own: an edited file is read again, and so is one whose kept copy was cut short or changed. What was read is
checked against its schema like anything else.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

SIM = Path(__file__).resolve().parents[1]
READERS = ("yaml_file.py", "yaml_guard.py", "yaml_kept.py")
"""The code that says what a text means."""
_HASH = 32

Keys = tuple[str | int, ...]


def find(path: Path, text: str) -> tuple[Any, dict[Keys, int]] | None:
    """Return what is kept of a packaged file: content and the line of every key; None where nothing is."""
    place = _place(path)
    if place is None:
        return None
    try:
        data = place.read_bytes()
    except OSError:
        return None
    body = data[2 * _HASH :]
    if data[:_HASH] != _name_of(text) or data[_HASH : 2 * _HASH] != hashlib.sha256(body).digest():
        return None
    content, lines = json.loads(body)
    return content, {tuple(keys): line for line, keys in lines}


def keep(path: Path, text: str, content: Any, lines: dict[Keys, int]) -> None:
    """Keep what a packaged file says; a cache that cannot be written costs time only."""
    place = _place(path)
    if place is None:
        return
    body = json.dumps([content, [(line, keys) for keys, line in lines.items()]]).encode()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_name_of(text) + hashlib.sha256(body).digest() + body)
        Path(fresh).replace(place)
    except OSError:
        return


def _place(path: Path) -> Path | None:
    """Return where a packaged file is kept, one place for each, so that old texts do not pile up."""
    try:
        inside = path.relative_to(SIM)
    except ValueError:
        return None
    return _folder() / f"{'.'.join(inside.parts)}.json"


@cache
def _folder() -> Path:
    return user_cache_path("shujie") / "yaml"


@cache
def _readers() -> bytes:
    files = [Path(__file__).with_name(name) for name in READERS]
    return b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)


def _name_of(text: str) -> bytes:
    """Return the hash under which a text is kept."""
    return hashlib.sha256(_readers() + text.encode()).digest()
