"""Find the rows to which something happens."""

import numpy as np

from sim.kernels.compiled import borrowing


@borrowing
def _split(event, words, bits, out, count):
    """List in out[k] the rows whose event has bits[k], and count them.

    `words` looks at four events at once: mostly nothing happens to any of four.
    """
    for word in range(words.size):
        if words[word] == 0:
            continue
        for i in range(4 * word, 4 * word + 4):
            for k in range(bits.size):
                if event[i] & bits[k]:
                    out[k, count[k]] = i
                    count[k] += 1
    for i in range(4 * words.size, event.size):
        for k in range(bits.size):
            if event[i] & bits[k]:
                out[k, count[k]] = i
                count[k] += 1


def rows_of(event, *bits):
    """Return for each bit the rows whose event (u2) has it, ascending; a single array for a single bit."""
    out = np.empty((len(bits), event.size), dtype=np.int64)
    count = np.zeros(len(bits), dtype=np.int64)
    words = event[: event.size // 4 * 4].view(np.uint64)
    _split(event, words, np.array(bits, dtype=event.dtype), out, count)
    rows = tuple(out[k, : count[k]].copy() for k in range(len(bits)))
    return rows[0] if len(bits) == 1 else rows
