"""Tell the official measure of population from the people there are.

Until the census of 2020 the yearly district figures were survey estimates carried forward from the census of
2010; the next census showed that they had erred in both directions. The model therefore prints two measures:
latent (the people of the model) and official (what a bureau would have published).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.calendar import parse_quarter

CENSUS_QUARTER = parse_quarter("2020Q4")
"""From this quarter on the official measure is based on the census of 2020 and equals the latent one."""

BREAK = "2020Q4"

_YEARS_BETWEEN = 9  # year-ends 2011 to 2019 were published between the two censuses
_QUARTERS_A_YEAR = 4


@cache
def survey_regions() -> np.ndarray:
    """Return the region of each district, i8 (16,), 0 to 3: core, inner, new towns, ecological.

    Tongzhou goes with the new towns, as whose it was sampled and published up to 2017 (assumed).
    """
    from sim.city.zones import AREA_GROUPS, load_zones

    group = load_zones().districts.area_group.astype(np.int64)
    own = group == AREA_GROUPS.index("tongzhou")
    _, regions = np.unique(np.where(own, AREA_GROUPS.index("new_towns"), group), return_inverse=True)
    regions.setflags(write=False)
    return regions


def official_factors(seed: int, n_quarters: int, sd: float, shared: float) -> np.ndarray:
    """Draw the as-published over latent population of a replication.

    Parameters
    ----------
    seed
        Seed of the run: scenarios of one replication share their errors.
    n_quarters
        Quarters of the record, the base quarter included.
    sd
        Relative standard deviation of a district's error at the end of 2019, by hukou; parameter
        ``official_error_sd``.
    shared
        Share of its variance that the districts of a region have in common; parameter
        ``official_error_shared``.

    Returns
    -------
    float array (n_quarters, 16, 2), last axis local and non-local hukou; 1 in 2010Q4 and from 2020Q4 on.

    Notes
    -----
    The error walks at random away from the census of 2010 with independent yearly steps, so it grows with the
    square root of time; its logarithm is centred on zero, so either sign is equally likely, and the sign of
    the 2020 revision is nowhere used. Districts of a region (`survey_regions`) err partly alike: their
    samples are drawn and their frames renewed together. Quarters between year-ends are interpolated, the last
    before the break keep the error of the last year-end.
    """
    from sim.rng import KeyedRandom, Stream

    normal = KeyedRandom(seed).generator(Stream.OFFICIAL_ERROR)
    regions = survey_regions()
    own = normal.standard_normal((_YEARS_BETWEEN, len(regions), 2))
    common = normal.standard_normal((_YEARS_BETWEEN, regions.max() + 1, 2))[:, regions]
    steps = np.sqrt(1.0 - shared) * own + np.sqrt(shared) * common
    walk = np.concatenate([np.zeros((1, len(regions), 2)), np.cumsum(steps, axis=0)])
    walk *= sd / _YEARS_BETWEEN**0.5
    years = np.minimum(np.arange(n_quarters) / _QUARTERS_A_YEAR, _YEARS_BETWEEN)
    before = np.minimum(years.astype(int), _YEARS_BETWEEN - 1)
    share = (years - before)[:, None, None]
    log_error = walk[before] * (1 - share) + walk[before + 1] * share
    log_error[CENSUS_QUARTER:] = 0.0
    factors: np.ndarray = np.exp(log_error)
    return factors
