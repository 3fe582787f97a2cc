"""Find the rows to which something happens."""

import numba as nb
import numpy as np

from sim.kernels.blocks import n_blocks, run_blocks
from sim.kernels.compiled import borrowing
from sim.kernels.philox import CHUNK


@borrowing
def list_flagged(first, flags, rows):
    """List in `rows` the rows, counted from `first`, whose flag is 1; return how many.

    Adding a flag costs less than a wrong guess at it. Set in a loop of their own, flags are vector code.
    """
    n = 0
    for k in range(flags.size):
        rows[n] = first + k
        n += flags[k]
    return n


@nb.njit(cache=True, nogil=True)
def _find(start, stop, block, event, words, bits, found, count):
    """List in `found`, from `start` on, the rows to which anything happens.

    count[block] receives their number and that of those with each of `bits`. `words` looks at four events at
    once: mostly nothing happens to any of four.
    """
    flags, some = np.empty(CHUNK, dtype=np.uint8), np.empty(CHUNK, dtype=np.int64)
    n = start
    for first in range(start // 4, stop // 4, CHUNK):
        last = min(first + CHUNK, stop // 4)
        n = _find_chunk(first, event, words[first:last], flags[: last - first], some, found, n)
    for i in range(stop // 4 * 4, stop):
        found[n] = i
        n += event[i] != 0
    count[block, 0] = n - start
    for k in range(bits.size):
        number = 0
        for m in range(start, n):
            number += (event[found[m]] & bits[k]) != 0
        count[block, 1 + k] = number


@borrowing
def _find_chunk(first, event, words, flags, some, found, n):
    """List in `found`, from `n` on, the rows of some words as `_find` does; return the next free place."""
    for k in range(words.size):
        flags[k] = words[k] != 0
    for word in some[: list_flagged(first, flags, some)]:
        for i in range(4 * word, 4 * word + 4):
            found[n] = i
            n += event[i] != 0
    return n


@borrowing
def _list(start, _stop, block, event, bits, found, count, place, out):
    """List in `out`, from place[block, k] on, the rows whose event has bits[k]."""
    for k in range(bits.size):
        n = place[block, k]
        for m in range(start, start + count[block, 0]):
            if event[found[m]] & bits[k]:
                out[n] = found[m]
                n += 1


def rows_of(event, *bits, threads=1):
    """Return for each bit the rows whose event (u2) has it, ascending; a single array for a single bit."""
    asked = np.array(bits, dtype=event.dtype)
    found = np.empty(event.size, dtype=np.int32)  # memory that no row is written to is not touched
    count = np.zeros((n_blocks(event.size), 1 + len(bits)), dtype=np.int64)
    words = event[: event.size // 4 * 4].view(np.uint64)
    run_blocks(_find, event.size, threads, event, words, asked, found, count)
    number = count[:, 1:]
    last = np.cumsum(number.T).reshape(number.T.shape)
    out = np.empty(last[-1, -1], dtype=np.int64)
    place = np.ascontiguousarray(last.T - number)
    run_blocks(_list, event.size, threads, event, asked, found, count, place, out)
    rows = tuple(np.split(out, last[:-1, -1]))
    return rows[0] if len(bits) == 1 else rows
