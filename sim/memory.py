"""Keep memory that is let go of for its next use, and look for no garbage where there is none."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""What glibc calls the two settings, in malloc.h."""
_KEPT, _LARGEST = 128 << 20, 64 << 20
"""Bytes that may lie idle, and the size from which an array is handed back at once."""


@cache
def keep_freed_memory() -> bool:
    """Let this process keep up to 128 MB it has freed, and return whether it does.

    A quarter makes and drops hundreds of arrays of some megabytes. By itself glibc hands each of them back to
    the system, which clears its pages before it gives them out again: an eighth of the processor time of a
    1 % run, and of one with every household. Arrays from 64 MB on are handed back as ever, so that a whole
    city needs some 30 MB more and not twice as much. Other C libraries stay as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and bool(mallopt(_MMAP_THRESHOLD, _LARGEST))


@cache
def keep_freed_memory_of_arrow() -> None:
    """Let Arrow take its memory where NumPy does, so that what one lets go of serves the other.

    Arrow's own pool gives the pages of each table back to the system, and has them cleared for the next one.
    """
    import pyarrow as pa

    if keep_freed_memory():
        pa.set_memory_pool(pa.system_memory_pool())


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let the interpreter look for no garbage: in the block, or in each call of the function this decorates.

    Where thousands of lasting objects are made, or tens of thousands are there and none is let go of, much of
    the time would go by looking through them again and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
