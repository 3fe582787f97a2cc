"""Find the rows to which something happens."""

import numpy as np

from sim.kernels.compiled import borrowing


@borrowing
def _split(event, bits, out, count):
    """List in out[k] the rows whose event has bits[k], and count them."""
    for i in range(event.size):
        if event[i]:
            for k in range(bits.size):
                if event[i] & bits[k]:
                    out[k, count[k]] = i
                    count[k] += 1


def rows_of(event, *bits):
    """Return for each bit the rows whose event has it, ascending; a single array for a single bit."""
    out = np.empty((len(bits), event.size), dtype=np.int64)
    count = np.zeros(len(bits), dtype=np.int64)
    _split(event, np.array(bits, dtype=event.dtype), out, count)
    rows = tuple(out[k, : count[k]].copy() for k in range(len(bits)))
    return rows[0] if len(bits) == 1 else rows
