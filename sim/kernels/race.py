"""Find the winner of an exponential race among zones without a logarithm for each of them.

The time of a zone is -log(u) over its weight, u keyed by household, quarter and zone; the shortest wins. As
-log(u) >= 1 - u, times of (1 - u) / weight in single precision are bounds from below: they are made in loops
that compile to vector code, and only the few zones whose bound lies below one true time are looked at.
The winner is the same, to the bit, as if every true time had been compared.
"""

import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.philox import moment, philox, to_unit

STREAM_PLACE, STREAM_PLACE_CLASS = 18, 19
GROUPS = 4  # parts of the list of zones whose least bounds are kept apart
LANES = 32  # their width is whole vectors
LONGEST = 1e300  # a race's time to begin with: finite, so that a weight of zero never wins
NO_PLACE = -1
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.float32(0.5)
_MARGIN = 2.0**32 * 1.00001  # bounds count (1 - u) in 2^-32ths, each with a few roundings
# beyond these a product may have left single precision on the way
_LEAST, _MOST = 1e-20, 1e30


@borrowing
def race_size(n_zones):
    """Return the room that words and bounds of so many zones take."""
    return LANES * (-(-4 * (-(-n_zones // 4)) // LANES))


@borrowing
def draw_words(seed, who, when, n_zones, words):
    """Draw a 32-bit word for each zone: a Philox block gives four, for zones a quarter of the list apart."""
    n_blocks = (n_zones + 3) // 4
    for b in range(n_blocks):
        first, second, third, fourth = philox(seed, who, when, b)
        words[b] = first
        words[n_blocks + b] = second
        words[2 * n_blocks + b] = third
        words[3 * n_blocks + b] = fourth


@borrowing
def bound_times(words, inverse, inverse_near, inverse_reach, bound):
    """Fill `bound` (f4) with a lower bound of each zone's time, in 2^-32ths."""
    for z in range(inverse.size):
        left = np.float32(_MASK - np.uint64(words[z])) + _HALF
        bound[z] = left * inverse[z] * inverse_near[z] * inverse_reach[z]


@borrowing
def true_time(word, attraction, near, reach):
    """Return the exact time of a zone; `LONGEST` for one of no weight."""
    pull = attraction * near * reach
    return -np.log(to_unit(word)) / pull if pull > 0.0 else LONGEST


@borrowing
def _least_of(bits):
    """Return the least of some whole numbers."""
    least = bits[0]
    for z in range(bits.size):
        least = min(least, bits[z])
    return least


@borrowing
def _best_within(limit, words, bound, least, attraction, near, reach):
    """Return the zone with the shortest time among those whose bound is not above `limit`, and the time."""
    best = LONGEST
    zone = NO_PLACE
    width = bound.size // GROUPS
    for group in range(GROUPS):
        if least[group] > limit:
            continue
        for z in range(group * width, min((group + 1) * width, attraction.size)):
            if bound[z] > limit:
                continue
            pull = attraction[z] * near[z] * reach[z]
            if pull > 0.0:
                time = -np.log(to_unit(words[z])) / pull
                if time < best:
                    best = time
                    zone = z
    return zone, best


@borrowing
def winner(words, bound, bits, least, least_bits, attraction, near, reach):
    """Return the zone with the shortest time, `NO_PLACE` where none has a weight.

    `bits` (i4) looks at the same memory as `bound` (f4), `least_bits` as `least`: positive floats have the
    order of their bits, and the least whole number is found in vector code. Zones with up to twice the least
    bound are looked at first; that is enough unless the best time is far above its bound, as in a zone that
    draws almost everybody.
    """
    width = bound.size // GROUPS
    for group in range(GROUPS):
        least_bits[group] = _least_of(bits[group * width : (group + 1) * width])
    lowest = least[0]
    for group in range(1, GROUPS):
        lowest = min(lowest, least[group])
    if _LEAST < lowest < _MOST:
        limit = 1.5 * lowest
        zone, best = _best_within(limit, words, bound, least, attraction, near, reach)
        if best * _MARGIN > limit:
            zone, _ = _best_within(best * _MARGIN, words, bound, least, attraction, near, reach)
        return zone
    zone, _ = _best_within(np.inf, words, bound, least, attraction, near, reach)
    return zone


@borrowing
def bound_batch(
    rows,
    key,
    segment,
    work,
    previous,
    steep,
    inverse,
    inverse_near,
    inverse_reach,
    inverse_access,
    seed,
    quarter,
    words,
    bound,
):
    """Draw the words of a batch of households, then bound their times.

    Words are read long after they were written: reading them at once would wait for memory.
    """
    when = moment(STREAM_PLACE, quarter)
    for k in range(rows.size):
        draw_words(seed, key[rows[k]], when, inverse.shape[1], words[k])
    for k in range(rows.size):
        n = rows[k]
        reach = inverse_reach[steep[n], work[n]] if work[n] >= 0 else inverse_access
        bound_times(words[k], inverse[segment[n]], inverse_near[previous[n]], reach, bound[k])


@borrowing
def choose_batch(
    rows,
    key,
    segment,
    work,
    previous,
    steep,
    weight,
    value,
    size,
    decay,
    access,
    closeness,
    seed,
    quarter,
    words,
    bound,
    bits,
    least,
    least_bits,
    zone,
    kind,
):
    """Let each household of a batch win its zone, and then its class of dwelling there."""
    for k in range(rows.size):
        n = rows[k]
        reach = decay[steep[n], work[n]] if work[n] >= 0 else access
        attraction_of = weight[segment[n]]
        near = closeness[previous[n]]
        zone[n] = winner(words[k], bound[k], bits[k], least, least_bits, attraction_of, near, reach)
    for k in range(rows.size):
        n = rows[k]
        z = zone[n]
        kind[n] = NO_PLACE
        if z >= 0:
            kind[n] = choose_class(seed, key[n], quarter, z, value[segment[n], z], size[z], words[k])


@borrowing
def choose_class(seed, who, quarter, zone, value, size, words):
    """Return the class of dwelling a household chooses in a zone, `NO_PLACE` where none is free."""
    when = moment(STREAM_PLACE_CLASS, quarter)
    n_classes = size.size
    for b in range((n_classes + 3) // 4):
        first, second, third, fourth = philox(seed, who, when, zone * n_classes + 4 * b)
        words[4 * b] = first
        words[4 * b + 1] = second
        words[4 * b + 2] = third
        words[4 * b + 3] = fourth
    best = LONGEST
    kind = NO_PLACE
    for k in range(n_classes):
        w = value[k] * size[k]
        u = to_unit(words[k])
        if 1.0 - u < best * w:
            time = -np.log(u) / w
            if time < best:
                best = time
                kind = k
    return kind
