"""Draw random numbers that are pure functions of their keys: Philox 4x32-10.

Source: Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11.
The run's seed is the key; who, when, for what and which alternative are the counter. The two are never added.
"""

import numba as nb
import numpy as np

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_TO_UNIT = 1.0 / 4294967296.0
CHUNK = 512  # rows whose draws are made together, few enough to stay in the nearest cache


@nb.njit(inline="always")
def philox(seed, who, c2, c3):
    """Return four 32-bit words (as uint64) for a 64-bit seed, a 64-bit `who` and two 32-bit counter words."""
    k0 = np.uint64(seed) & _MASK
    k1 = np.uint64(seed) >> _SHIFT
    x0 = np.uint64(who) & _MASK
    x1 = np.uint64(who) >> _SHIFT
    x2 = np.uint64(c2) & _MASK
    x3 = np.uint64(c3) & _MASK
    for _ in range(10):
        p0 = _MULTIPLIER_0 * x0
        p1 = _MULTIPLIER_1 * x2
        x0 = (p1 >> _SHIFT) ^ x1 ^ k0
        x1 = p1 & _MASK
        x2 = (p0 >> _SHIFT) ^ x3 ^ k1
        x3 = p0 & _MASK
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return x0, x1, x2, x3


@nb.njit(inline="always")
def to_unit(word):
    """Turn a 32-bit word into a number strictly between 0 and 1."""
    return (np.float64(word) + 0.5) * _TO_UNIT


@nb.njit(inline="always")
def moment(stream, quarter):
    """Pack stream and quarter into one counter word (quarter below 65,536)."""
    return (np.uint64(stream) << np.uint64(16)) | np.uint64(quarter)


@nb.njit(inline="always")
def uniform(seed, stream, who, quarter, alternative):
    """Draw one uniform number in (0, 1) for (seed, stream, who, quarter, alternative)."""
    word, _, _, _ = philox(seed, who, moment(stream, quarter), alternative)
    return to_unit(word)


@nb.njit(inline="always")
def uniform4(seed, stream, who, quarter, alternative):
    """Draw four independent uniforms in (0, 1) from the four words of one Philox block."""
    a, b, c, d = philox(seed, who, moment(stream, quarter), alternative)
    return to_unit(a), to_unit(b), to_unit(c), to_unit(d)


@nb.njit(cache=True, nogil=True)
def fill4(seed, stream, who, quarter, alternative, out):
    """Fill out (4, n) with what `uniform4` draws for each key of `who`; alone in a loop it is vector code."""
    when = moment(stream, quarter)
    for i in range(who.size):
        a, b, c, d = philox(seed, who[i], when, alternative)
        out[0, i] = to_unit(a)
        out[1, i] = to_unit(b)
        out[2, i] = to_unit(c)
        out[3, i] = to_unit(d)


@nb.njit(cache=True, nogil=True)
def fill2(seed, stream, who, quarter, alternative, out):
    """Fill out (2, n) with the first two of what `uniform4` draws for each key of `who`; see `fill4`."""
    when = moment(stream, quarter)
    for i in range(who.size):
        a, b, _, _ = philox(seed, who[i], when, alternative)
        out[0, i] = to_unit(a)
        out[1, i] = to_unit(b)


@nb.njit(inline="always")
def derive_key(who, cause, sequence):
    """Derive the 64-bit draw key of a newcomer: `who` caused it, what kind of cause, the how-manieth."""
    a, b, _, _ = philox(np.uint64(0x5348554A4945), who, cause, sequence)
    return (a << _SHIFT) | b


@nb.njit(cache=True, nogil=True)
def fill_uniform(seed, stream, who, quarter, alternative, out):
    """Fill `out` with one uniform for each 64-bit key in `who`."""
    for i in range(who.size):
        out[i] = uniform(seed, stream, who[i], quarter, alternative)


@nb.njit(cache=True, nogil=True)
def fill_keys(who, cause, sequence, out):
    """Fill `out` with the derived keys of `who` for a cause and a sequence number each."""
    for i in range(who.size):
        out[i] = derive_key(who[i], cause, sequence[i])
