"""Draw a sample of households from the 1:1 city."""

import numpy as np

from sim.kernels.philox import fill_uniform

SAMPLE_KEY = np.uint64(2010)


def sampled_households(zone: np.ndarray, n_persons: np.ndarray, sample: float) -> np.ndarray:
    """Return the rows of sampled households: every 1/sample-th by zone and size, from a keyed start.

    Systematic sampling keeps zones and sizes close to their share; every household has the same chance.
    """
    if not 0.0 < sample <= 1.0:
        raise ValueError(f"a sample lies above 0 and up to 1, not {sample}")
    if sample == 1.0:
        return np.arange(len(zone))
    order = np.lexsort((n_persons, zone))
    start = np.empty(1)
    fill_uniform(SAMPLE_KEY, 204, np.array([round(sample * 1e9)], dtype=np.uint64), 0, 0, start)
    position = np.arange(start[0] / sample, len(order), 1.0 / sample)
    return np.sort(order[np.minimum(position.astype(np.int64), len(order) - 1)])


def take_sample(
    residents: dict[str, np.ndarray], households: dict[str, np.ndarray], sample: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return residents and households of a sample; households keep their order and are numbered anew."""
    size = np.asarray(households["n_persons"], dtype=np.int64)
    rows = sampled_households(np.asarray(households["zone"]), size, sample)
    first = np.cumsum(size) - size
    count = size[rows]
    offset = np.cumsum(count) - count
    people = np.repeat(first[rows] - offset, count) + np.arange(int(count.sum()))
    chosen = {name: np.asarray(values)[people] for name, values in residents.items()}
    chosen["household_id"] = np.repeat(np.arange(len(rows), dtype=np.int32), count)
    return chosen, {name: np.asarray(values)[rows] for name, values in households.items()}
