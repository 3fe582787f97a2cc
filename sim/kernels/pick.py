"""Draw an index by a cumulative weight."""

import numba as nb


@nb.njit(inline="always")
def pick(cumulative, u):
    """Return the first index whose cumulative weight passes u times the total, by bisection."""
    target = u * cumulative[-1]
    low = 0
    high = cumulative.size - 1
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low
