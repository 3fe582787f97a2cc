"""Name the random streams and draw keyed uniforms outside the kernels.

Every draw is a pure function of (run seed, stream, who, quarter, alternative); see `sim.kernels.philox`.
"""

from enum import IntEnum

import numpy as np

from sim.kernels import philox


class Stream(IntEnum):
    """Number the decisions that draw; append only, never renumber: a number is part of every past result."""

    DEATH_BIRTH = 1
    FAMILY = 2
    SCHOOL = 3
    HUKOU = 4
    JOB_LOSS = 5
    JOB_SEARCH = 6
    JOB_QUEUE = 7
    JOB_EMPLOYER = 8
    WAGE = 9
    ARRIVAL = 10
    ARRIVAL_COUNT = 11
    DEPARTURE = 12
    BUSINESS = 13
    BUSINESS_PLACE = 14
    BUSINESS_ENTRY = 15
    FORCED = 16
    MOVE = 17
    PLACE = 18
    PLACE_CLASS = 19
    PLACE_QUEUE = 20
    EXIT = 21
    ROUNDING = 22
    MEASURE_SPLIT = 23
    MARKET = 24
    CAMPUS = 25
    MATCH = 26
    OFFICIAL_ERROR = 27
    INSTITUTION = 28
    BUSINESS_EXIT = 29
    REPORT = 30
    COMPLAINT = 31
    RESETTLEMENT = 32
    COURTYARD = 33
    RAKING = 34
    VISITOR = 35


def mix(*keys: int) -> int:
    """Fold several integers into one 64-bit key, order mattering."""
    value = np.zeros(1, dtype=np.uint64)
    for key in keys:
        for half in (key & 0xFFFFFFFF, (key >> 32) & 0xFFFFFFFF):
            out = np.empty(1, dtype=np.uint64)
            philox.fill_keys(value, 0, np.array([half], dtype=np.int64), out)
            value = out
    return int(value[0])


class KeyedRandom:
    """Draw keyed uniforms for one run."""

    def __init__(self, seed: int) -> None:
        self.seed = np.uint64(seed & 0xFFFFFFFFFFFFFFFF)

    def uniform(self, stream: int, *keys: int, quarter: int = 0, alternative: int = 0) -> float:
        """Draw one uniform in (0, 1) for a stream and any number of integer keys."""
        who = np.uint64(mix(*keys) if len(keys) != 1 else keys[0] & 0xFFFFFFFFFFFFFFFF)
        return float(self.uniforms(stream, np.array([who], dtype=np.uint64), quarter, alternative)[0])

    def uniforms(self, stream: int, who: np.ndarray, quarter: int = 0, alternative: int = 0) -> np.ndarray:
        """Draw one uniform for each 64-bit key of `who`; returns f8 of the same length."""
        out = np.empty(len(who))
        philox.fill_uniform(
            self.seed, int(stream), np.asarray(who, dtype=np.uint64), int(quarter), int(alternative), out
        )
        return out

    def order(self, stream: int, who: np.ndarray, quarter: int = 0, alternative: int = 0) -> np.ndarray:
        """Return the positions of `who` in keyed random order; the key itself breaks ties of the draw."""
        draw = (self.uniforms(stream, who, quarter, alternative) * 2.0**32).astype(np.uint64)
        return np.argsort((draw << np.uint64(32)) | (who.astype(np.uint64) & np.uint64(0xFFFFFFFF)))

    def fill_order(self, stream: int, who: np.ndarray, quarter: int, out: np.ndarray) -> None:
        """Fill `out` with what `order` returns: for a thread that runs beside others."""
        out[:] = self.order(stream, who, quarter)

    def generator(self, stream: int, *keys: int) -> np.random.Generator:
        """Return a NumPy generator keyed by stream and keys, for distributions a uniform does not serve."""
        return np.random.Generator(np.random.Philox(key=[int(self.seed), mix(int(stream), *keys)]))
