"""Find the winner of an exponential race among zones without a logarithm for each of them.

The time of a zone is -log(u) over its weight, u keyed by household, quarter and zone; the shortest wins. As
-log(u) >= 1 - u, times of (1 - u) / weight in single precision are bounds from below: they are made in loops
that compile to vector code, and only the few zones whose bound lies below one true time are looked at.
The winner is the same, to the bit, as if every true time had been compared.
"""

from collections import namedtuple

import numpy as np

from sim.kernels.compiled import borrowing
from sim.kernels.philox import moment, philox, to_unit

STREAM_PLACE, STREAM_PLACE_CLASS = 18, 19
WIDTH = 8  # Philox blocks drawn at once: a number that is no multiple would leave some to slow code
LONGEST = 1e300  # a race's time to begin with: finite, so that a weight of zero never wins
NO_PLACE = -1
_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.float32(0.5)
_PLACE = 4095  # the last bits of a bound, which give way to its place: so many places there can be
_MARGIN = 2.0**32 * 1.001  # bounds count (1 - u) in 2^-32ths, each less those bits and with a few roundings
# beyond these a product may have left single precision on the way
_LEAST, _MOST = (int(np.float32(bound).view(np.int32)) for bound in (1e-20, 1e30))
_NEVER = np.int32(2**31 - 1)

Weights = namedtuple("Weights", "attraction near reach access")
"""The weights that a zone's is the product of.

`attraction` (segments, zones); `near` (zones + 1, zones) by the zone of the last home; `reach` (4, zones,
zones) by steepness and zone of work, which `access` (zones,) stands in for. Of their inverses (`spread_out`)
the last axis is places instead of zones.
"""
Seekers = namedtuple("Seekers", "key segment work previous steep")
"""Who chooses, (n,) each: key, segment, zone of work or -1, zone of the last home, row of `reach`."""
Room = namedtuple("Room", "words bound bits batch")
"""Room for the races of a batch: `words` (batch, places) u4; `bound` (batch, places) f4 and, in the same
memory, `bits` i4, whole numbers in the order of the positive floats; `batch` who races."""


@borrowing
def race_size(n_zones):
    """Return how many places words and bounds of so many zones take.

    A Philox block gives four words, for zones a quarter of the list apart; each quarter is whole vectors.
    """
    n_blocks = -(-n_zones // 4)
    return 4 * WIDTH * (-(-n_blocks // WIDTH))


def spread_out(weights, n_places):
    """Return the inverse of weights (..., zones) by place, f4 (..., places); infinite where there is none."""
    n_zones = weights.shape[-1]
    n_blocks, stride = -(-n_zones // 4), n_places // 4
    out = np.full((*weights.shape[:-1], n_places), np.inf, dtype=np.float32)
    with np.errstate(divide="ignore", over="ignore"):
        for part in range(4):
            some = weights[..., part * n_blocks : (part + 1) * n_blocks]
            out[..., part * stride : part * stride + some.shape[-1]] = 1.0 / some
    return out


@borrowing
def draw_words(seed, who, when, words):
    """Draw a 32-bit word for each place: of the zones, and of the rest of the last vector of each quarter."""
    stride = words.size // 4
    for b in range(stride):
        first, second, third, fourth = philox(seed, who, when, b)
        words[b] = first
        words[stride + b] = second
        words[2 * stride + b] = third
        words[3 * stride + b] = fourth


@borrowing
def bound_times(words, inverse, inverse_near, inverse_reach, bound):
    """Fill `bound` (f4) with a lower bound of each place's time, in 2^-32ths."""
    for k in range(words.size):
        left = np.float32(_MASK - np.uint64(words[k])) + _HALF
        bound[k] = left * inverse[k] * inverse_near[k] * inverse_reach[k]


@borrowing
def _least_of(bits):
    """Return the least of some whole numbers, its last bits replaced by its place among them."""
    least = _NEVER
    for k in range(bits.size):
        least = min(least, np.int32((bits[k] & ~_PLACE) | k))
    return least


@borrowing
def _zone_of(place, n_places, n_zones):
    """Return the zone of a place, `NO_PLACE` of one that fills a vector up."""
    stride = n_places // 4
    n_blocks = (n_zones + 3) // 4
    z = place // stride * n_blocks + place % stride
    return z if place % stride < n_blocks and z < n_zones else NO_PLACE


@borrowing
def _best_within(limit, words, bound, attraction, near, reach, zone, best):
    """Return the zone with the shortest time, and the time: `zone` or one whose bound is not above it."""
    for k in range(bound.size):
        if bound[k] > limit:
            continue
        z = _zone_of(k, bound.size, attraction.size)
        if z == NO_PLACE:
            continue
        pull = attraction[z] * near[z] * reach[z]
        if pull > 0.0:
            time = -np.log(to_unit(words[k])) / pull
            if time < best:
                best = time
                zone = z
    return zone


@borrowing
def winner(words, bound, bits, attraction, near, reach):
    """Return the zone with the shortest time, `NO_PLACE` where none has a weight; the bounds are used up.

    The zone with the least bound is looked at first. Mostly the next bound lies above its time; where it does
    not, as in a zone that draws almost everybody, all those below are looked at.
    """
    least = _least_of(bits)
    if not _LEAST < least < _MOST:
        return _best_within(np.inf, words, bound, attraction, near, reach, NO_PLACE, LONGEST)
    first = least & _PLACE
    zone = _zone_of(first, bound.size, attraction.size)
    best = -np.log(to_unit(words[first])) / (attraction[zone] * near[zone] * reach[zone])
    bits[first] = _NEVER
    limit = best * _MARGIN
    if bound[_least_of(bits) & _PLACE] > limit:
        return zone
    return _best_within(limit, words, bound, attraction, near, reach, zone, best)


@borrowing
def bound_batch(rows, seekers, inverse, seed, quarter, room):
    """Draw the words of a batch of households, then bound their times.

    Words are read long after they were written: reading them at once would wait for memory.
    """
    when = moment(STREAM_PLACE, quarter)
    for k in range(rows.size):
        draw_words(seed, seekers.key[rows[k]], when, room.words[k])
    for k in range(rows.size):
        n = rows[k]
        near = inverse.near[seekers.previous[n]]
        attraction = inverse.attraction[seekers.segment[n]]
        if seekers.work[n] >= 0:
            reach = inverse.reach[seekers.steep[n], seekers.work[n]]
            bound_times(room.words[k], attraction, near, reach, room.bound[k])
        else:
            bound_times(room.words[k], attraction, near, inverse.access, room.bound[k])


@borrowing
def win_batch(rows, seekers, weights, room, zone):
    """Let each household of a batch win its zone."""
    for k in range(rows.size):
        n = rows[k]
        attraction = weights.attraction[seekers.segment[n]]
        near = weights.near[seekers.previous[n]]
        works = seekers.work[n] >= 0
        reach = weights.reach[seekers.steep[n], seekers.work[n]] if works else weights.access
        zone[n] = winner(room.words[k], room.bound[k], room.bits[k], attraction, near, reach)


@borrowing
def choose_class(seed, who, quarter, zone, value, size):
    """Return the class of dwelling a household chooses in a zone, `NO_PLACE` where none is free.

    A Philox block serves four classes and is drawn only where one of them has a weight.
    """
    when = moment(STREAM_PLACE_CLASS, quarter)
    n_classes = size.size
    best = LONGEST
    kind = NO_PLACE
    for first in range(0, n_classes, 4):
        last = min(first + 4, n_classes)
        some = False
        for k in range(first, last):
            some |= value[k] * size[k] > 0.0
        if not some:
            continue
        a, b, c, d = philox(seed, who, when, zone * n_classes + first)
        for k in range(first, last):
            word = a if k == first else (b if k == first + 1 else (c if k == first + 2 else d))
            w = value[k] * size[k]
            u = to_unit(word)
            if 1.0 - u < best * w:
                time = -np.log(u) / w
                if time < best:
                    best = time
                    kind = k
    return kind
