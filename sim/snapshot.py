"""Save a model as it stands and take it up again, bit for bit, in another process or for another scenario.

::

    SNAPSHOT/snapshot.json    quarter, sample, seed, scenario; what it was made with; checksums of the files
    SNAPSHOT/state.pickle     everything but the large arrays
    SNAPSHOT/arrays.bin       the large arrays, one after another; where they are many, mapped when loaded

A snapshot belongs to the code and data that made it: another version refuses it. Like every pickle it can run
code when it is loaded, so load your own only.
"""

from __future__ import annotations

import json
import mmap
import os
import pickle
import shutil
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError
from sim.memory import collector_at_rest
from sim.scenarios.provenance import changed_since, digests, file_digest

if TYPE_CHECKING:
    from sim.model import CityModel

FACTS, STATE, ARRAYS = "snapshot.json", "state.pickle", "arrays.bin"
FORMAT = 1
ALIGNMENT = 64
LARGE = 1 << 15  # bytes from which an array is kept apart
READ_UP_TO = 256 << 20  # bytes of arrays; more of them are mapped
PROTOCOL = 5  # the first with buffers apart from the stream
_MEND = "make it again with CityModel.save"


def save(model: CityModel, path: str | Path) -> Path:
    """Write a model to a folder, whole or not at all, and return the folder.

    Raises
    ------
    InputError
        When the path holds something already or cannot be written.
    """
    folder = Path(path).expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("there is something already", where=str(folder), mend="give a new or empty folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        working = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        _write(model, working)
        if folder.exists():
            folder.rmdir()
        working.rename(folder)
    except OSError as error:
        shutil.rmtree(working, ignore_errors=True)
        raise _unwritable(folder, error) from None
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise
    return folder


def load(path: str | Path) -> CityModel:
    """Return the model that a folder holds; whatever it does, the files stay as they are.

    Raises
    ------
    InputError
        When there is no snapshot, a file of it is damaged, or other code or data made it.
    """
    folder = Path(path).expanduser().absolute()
    facts = _facts(folder)
    other = changed_since(facts["made_with"])
    if other:
        raise InputError(
            f"the snapshot was made with other {' and '.join(other)}",
            where=str(folder),
            why="a state means something only to the code and data that made it",
            mend=_MEND,
        )
    for name, digest in facts["files"].items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise InputError(f"{name} of the snapshot is damaged", where=str(folder / name), mend=_MEND)
    buffers = _buffers(folder / ARRAYS, facts["buffers"])
    with (folder / STATE).open("rb") as file, collector_at_rest():
        # A hundred thousand objects are taken up, and all stay.
        model: CityModel = pickle.load(file, buffers=buffers)
    return model


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file; once read, it is read again only after it was written to."""
    is_now = path.stat()
    return _digest_of(path, is_now.st_ino, is_now.st_size, is_now.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest_of(path: Path, _inode: int, _size: int, _written: int) -> str:
    return file_digest(path)


def _write(model: CityModel, folder: Path) -> None:
    buffers: list[tuple[int, int]] = []
    with (folder / ARRAYS).open("wb") as file:

        def put(buffer: pickle.PickleBuffer) -> bool:
            """Write an array and return whether it stays in the pickle; small ones do, and there are many."""
            with buffer.raw() as raw:
                if raw.nbytes < LARGE:
                    return True
                file.write(b"\0" * (-file.tell() % ALIGNMENT))
                buffers.append((file.tell(), raw.nbytes))
                file.write(raw)
            return False

        state = pickle.dumps(model, protocol=PROTOCOL, buffer_callback=put)
    (folder / STATE).write_bytes(state)
    facts = {
        "format": FORMAT,
        "scenario": model.plan.name,
        "scenario_digest": model.plan.digest,
        "quarter": model.quarter,
        "sample": model.sample,
        "rng": model.seed_of_run,
        "made_with": digests(),
        "files": {name: file_digest(folder / name) for name in (STATE, ARRAYS)},
        "buffers": buffers,
    }
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        known = facts["format"] == FORMAT and {"made_with", "files", "buffers"} <= facts.keys()
    except FileNotFoundError:
        raise InputError("there is no snapshot", where=str(folder), why=f"it holds no {FACTS}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{FACTS} cannot be read", where=str(folder), why=f"{type(error).__name__}: {error}", mend=_MEND
        ) from None
    if not known:
        raise InputError("the snapshot has another format", where=str(folder), mend=_MEND)
    return dict(facts)


def _buffers(path: Path, places: Sequence[tuple[int, int]]) -> list[memoryview]:
    """Return the arrays of a file, writable in this process alone.

    A small city is read: most of its arrays are written to in the first quarter, and a page that is mapped
    costs more to copy at its first change than to read. A large one is mapped, so that processes share what
    they do not change.
    """
    if path.stat().st_size > READ_UP_TO:
        mapped = _mapped(path)
        return [mapped[first : first + size] for first, size in places]
    buffers = [np.empty(size, np.uint8).data for _, size in places]
    with path.open("rb", buffering=0) as file:
        for (first, _), buffer in zip(places, buffers, strict=True):
            file.seek(first)
            file.readinto(buffer)
    return buffers


def _mapped(path: Path) -> memoryview:
    handle = os.open(path, os.O_RDONLY)
    try:
        return memoryview(mmap.mmap(handle, 0, access=mmap.ACCESS_COPY))
    finally:
        os.close(handle)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        "the snapshot cannot be written",
        where=str(folder),
        why=error.strerror or str(error),
        mend="give a folder that you may write to, with room for it",
    )
