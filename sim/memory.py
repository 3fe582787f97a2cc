"""Keep memory that is let go of for its next use, where the C library can be told to."""

from __future__ import annotations

import ctypes
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
