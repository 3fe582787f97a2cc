"""Sum columns over runs of neighbours, as the ledger's entries of a district are, and over groups."""

import numba as nb
import numpy as np

from sim.kernels.compiled import borrowing

LANES, CHUNK = 8, 128


@nb.njit(cache=True, nogil=True)
def find_runs(begins, summed, places, wider, line, first, run_place, run_block):
    """Put entries in the order in which runs of them are neighbours; return how many runs there are.

    Block k has the entries ``begins[k]`` to ``begins[k + 1]``. In a block that is summed, the entries whose
    places lie in the same wider one, ``wider[place]`` from -1 on, make up a run, and runs stand in the order
    of these; each other entry is a run by itself. `line` receives the entries, and of each run there is told
    where in `line` it begins, its place and its block.
    """
    n = 0
    starts = np.empty(wider.max() + 3, dtype=np.int64)
    for k in range(summed.size):
        begin, end = begins[k], begins[k + 1]
        if summed[k]:
            _sort_by_wider(begin, end, places, wider, starts, line)
        for i in range(begin, end):
            if not summed[k]:
                line[i] = i
            place = wider[places[line[i]]] if summed[k] else places[i]
            if not summed[k] or i == begin or place != run_place[n - 1]:
                first[n], run_place[n], run_block[n] = i, place, k
                n += 1
    return n


@borrowing
def _sort_by_wider(begin, end, places, wider, starts, line):
    """Put the entries of a block in the order of their wider places, those of one as they stand."""
    starts[:] = 0
    for i in range(begin, end):
        starts[wider[places[i]] + 2] += 1
    for place in range(1, starts.size):
        starts[place] += starts[place - 1]
    for i in range(begin, end):
        place = wider[places[i]] + 1
        line[begin + starts[place]] = i
        starts[place] += 1


@nb.njit(cache=True, nogil=True)
def sum_runs(numbers, line, first, sums):
    """Sum each row of `numbers` over runs into `sums`.

    Run k has the entries of `line` from ``first[k]`` to where the next one begins, or the end. They are added
    in the order in which NumPy's ``add.reduceat`` adds up to 129 of them.
    """
    last = first.size - 1
    for k in range(first.size):
        begin = first[k]
        end = first[k + 1] if k < last else line.size
        if end - begin == 1:  # as nine of ten are
            i = line[begin]
            for row in range(numbers.shape[0]):
                sums[row, k] = numbers[row, i]
            continue
        for row in range(numbers.shape[0]):
            values = numbers[row]
            amount = values[line[begin]]
            for start in range(begin + 1, end, CHUNK):
                amount += _in_lanes(values, line, start, min(start + CHUNK, end))
            sums[row, k] = amount


@borrowing
def _in_lanes(values, line, start, end):
    """Return the sum of the values in line: eight sums side by side, then what is left one by one."""
    amount, i = -0.0, start
    if end - start >= LANES:
        a, b, c, d = values[line[i]], values[line[i + 1]], values[line[i + 2]], values[line[i + 3]]
        e, f, g, h = values[line[i + 4]], values[line[i + 5]], values[line[i + 6]], values[line[i + 7]]
        i += LANES
        while i + LANES <= end:
            a, b = a + values[line[i]], b + values[line[i + 1]]
            c, d = c + values[line[i + 2]], d + values[line[i + 3]]
            e, f = e + values[line[i + 4]], f + values[line[i + 5]]
            g, h = g + values[line[i + 6]], h + values[line[i + 7]]
            i += LANES
        amount = ((a + b) + (c + d)) + ((e + f) + (g + h))
    while i < end:
        amount += values[line[i]]
        i += 1
    return amount


@nb.njit(cache=True, nogil=True)
def sum_groups(values, group, sums, lost, known):
    """Add what is known of each row of values by group to `sums` (n_groups, n_rows), 0 at the beginning.

    What a sum loses in rounding, `lost`, is carried to the next term, in the order and manner of pandas'
    ``groupby``; `known` tells whether anything was added. Rows are taken side by side: each addition has to
    wait for the one before it in the same sum.
    """
    for i in range(group.size):
        k = group[i]
        for row in range(values.shape[0]):
            value = values[row, i]
            if not np.isnan(value):
                term = value - lost[k, row]
                total = sums[k, row] + term
                rest = total - sums[k, row] - term
                lost[k, row] = 0.0 if np.isnan(rest) else rest  # where the sum is infinite
                sums[k, row] = total
                known[k, row] = True
