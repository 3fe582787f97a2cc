"""Find the rows to which something happens."""

import numpy as np

from sim.kernels.blocks import n_blocks, run_blocks
from sim.kernels.compiled import borrowing


@borrowing
def _count(start, stop, block, event, bits, count):
    """Count into count[block] the rows whose event has each of `bits`."""
    for k in range(bits.size):
        n = 0
        for i in range(start, stop):
            n += (event[i] & bits[k]) != 0
        count[block, k] = n


@borrowing
def _list(start, stop, block, event, words, bits, place, out):
    """List in `out`, from place[block, k] on, the rows whose event has bits[k].

    `words` looks at four events at once: mostly nothing happens to any of four.
    """
    for word in range(start // 4, stop // 4):
        if words[word] == 0:
            continue
        for i in range(4 * word, 4 * word + 4):
            for k in range(bits.size):
                if event[i] & bits[k]:
                    out[place[block, k]] = i
                    place[block, k] += 1
    for i in range(stop // 4 * 4, stop):
        for k in range(bits.size):
            if event[i] & bits[k]:
                out[place[block, k]] = i
                place[block, k] += 1


def rows_of(event, *bits, threads=1):
    """Return for each bit the rows whose event (u2) has it, ascending; a single array for a single bit."""
    asked = np.array(bits, dtype=event.dtype)
    count = np.zeros((n_blocks(event.size), len(bits)), dtype=np.int64)
    run_blocks(_count, event.size, threads, event, asked, count)
    last = np.cumsum(count.T).reshape(count.T.shape)
    out = np.empty(last[-1, -1], dtype=np.int64)
    words = event[: event.size // 4 * 4].view(np.uint64)
    place = np.ascontiguousarray(last.T - count)
    run_blocks(_list, event.size, threads, event, words, asked, place, out)
    rows = tuple(np.split(out, last[:-1, -1]))
    return rows[0] if len(bits) == 1 else rows
