"""Draw an index by a cumulative weight."""

import numba as nb


@nb.njit(inline="always")
def pick(cumulative, u):
    """Return the first index whose cumulative weight passes u times the total."""
    return pick_between(cumulative, 0, cumulative.size - 1, u)


@nb.njit(inline="always")
def pick_between(cumulative, low, high, u):
    """Return the first index from low to high whose weight from low on passes u times theirs; bisection."""
    before = cumulative[low - 1] if low > 0 else 0.0
    target = before + u * (cumulative[high] - before)
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > target:
            high = middle
        else:
            low = middle + 1
    return low
