"""Let one process at a time write a store."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import InputError

LOCK = ".lock"


@contextmanager
def only_writer(store: Path) -> Iterator[None]:
    """Hold a store for this process; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    InputError
        When another process is writing the store; its number is given.
    """
    with (store / LOCK).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise InputError(
                "another batch is writing this store",
                where=str(store),
                why=f"process {file.read().strip() or 'unknown'} holds it",
                mend="wait until it has ended, or give another folder with --store",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
