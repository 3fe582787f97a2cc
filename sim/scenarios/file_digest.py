"""Digest the files of a run, to tell one that was cut short, changed or mixed up with another.

XXH3 with 128 bits tells such files apart in a tenth of the time of SHA-256, which also withstands who would
forge one. Stores of format 2 list SHA-256; they are read as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xxhash

ALGORITHM = "xxh3_128"
_EARLIER = "sha256"
_AT_ONCE = 1 << 20  # bytes

_BY_LENGTH: Mapping[int, Callable[[], Any]] = {32: xxhash.xxh3_128, 64: hashlib.sha256}


def file_digest(path: Path) -> str:
    """Return the digest of a file, 32 hexadecimal figures."""
    return _of_file(path, xxhash.xxh3_128())


def listed_digest(facts: Mapping[str, Any]) -> str:
    """Return the digest that a manifest lists for a file.

    Raises
    ------
    KeyError
        When it lists none.
    """
    return str(facts[ALGORITHM if ALGORITHM in facts else _EARLIER])


def has_digest(file: Path | bytes, digest: str) -> bool:
    """Tell whether a file, or what was read of one, has a digest; which kind it is shows in its length."""
    if len(digest) not in _BY_LENGTH:
        return False
    total = _BY_LENGTH[len(digest)]()
    if isinstance(file, Path):
        return _of_file(file, total) == digest
    total.update(file)
    return bool(total.hexdigest() == digest)


def _of_file(path: Path, total: Any) -> str:
    held = memoryview(bytearray(_AT_ONCE))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(held):
            total.update(held[:size])
    return str(total.hexdigest())
