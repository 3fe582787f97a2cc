"""Say how a published population comes about from the people there are: the model of the data.

One latent city has several published measures. A census errs by little. The yearly figures between two
censuses drift away from the last one, by district and by hukou, either way: the logarithm of published over
latent walks at random with prior mean zero. `sim.outcomes.official` draws that walk for a run; its size is
the parameter ``official_error_sd`` (relative, at the end of 2019; from how far the figures of 2009 were off
the census of 2010), and the share ``official_error_shared`` of its variance, which is assumed, is common to
the districts of a region. Here the same walk says how much a published figure weighs in a fit; a census's own
error widens the intervals of forecasts.

Neither the sign nor the size of the walk is taken from what the census of 2020 showed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import log

import numpy as np

from sim.calendar import parse_quarter
from sim.city.zones import load_zones
from sim.outcomes.official import official_factors, survey_regions
from sim.parameters.for_run import point_parameters
from sim.rng import KeyedRandom, Stream

CENSUS_SD = 0.005
"""Relative error of a census count, and of the series carried back from one.

Assumed, range 0.002 to 0.015: surveys after the censuses found net under-counts below 1 % for the country;
none is published by district.
"""

BASE_YEAR = 2010
LAST_PUBLISHED = 2019
WITHIN = {"beijing_eda": "daxing"}
"""Places with a figure of their own whose people belong to a district: they err as it does."""

LEAST_SD = 0.003
"""No published total is trusted better than its rounding to a thousand people and its day: assumed."""


def walk_sd(year: int, sd: float | None = None) -> float:
    """Return the standard deviation of log published over latent, by district and hukou, at a year's end.

    Parameters
    ----------
    year
        Year of the figure as published; the walk starts at the census of 2010 and ends with 2019.
    sd
        Its size at the end of 2019; the parameter's own value when left out.
    """
    size = point_parameters().value("official_error_sd") if sd is None else sd
    since = min(max(year - BASE_YEAR, 0), LAST_PUBLISHED - BASE_YEAR)
    return float(size * (since / (LAST_PUBLISHED - BASE_YEAR)) ** 0.5)


def cell_covariance(year: int, sd: float | None = None) -> np.ndarray:
    """Return the covariance of the relative errors of the cells of district and hukou, (32, 32).

    Cells of one hukou whose districts lie in one region have the share ``official_error_shared`` of their
    variance in common, all others nothing. Cells are ordered as `cell_shares` ravelled.
    """
    return np.asarray(walk_sd(year, sd) ** 2 * _correlation())


def relative_sd(area: str, year: int, sd: float | None = None) -> float:
    """Return the relative standard deviation of an area's published total in a year.

    The two hukou groups err apart and so do the regions, so the total of the city errs by less than its
    parts: the shares of the census of 2010 weigh the cells.
    """
    shares = _shares(area).ravel()
    return max(LEAST_SD, float(np.sqrt(shares @ cell_covariance(year, sd) @ shares)))


def covariance(areas: Sequence[str], year: int, sd: float | None = None) -> np.ndarray:
    """Return the covariance of the relative errors of several published totals of one year, (n, n).

    Places err together as they share cells or regions; each has `LEAST_SD` of its own.
    """
    shares = np.array([_shares(area).ravel() for area in areas])
    own = LEAST_SD**2 * np.eye(len(areas))
    return np.asarray(shares @ cell_covariance(year, sd) @ shares.T + own)


def log_likelihood(
    latent: np.ndarray, published: np.ndarray, areas: Sequence[str], year: int, sd: float | None = None
) -> float:
    """Return the log density of the published totals of a year, given the people there are, (n,) both.

    A normal density of log published over latent with `covariance`, constants included.
    """
    gap = np.log(published / latent)
    matrix = covariance(areas, year, sd)
    _, log_determinant = np.linalg.slogdet(matrix)
    return float(-0.5 * (gap @ np.linalg.solve(matrix, gap) + log_determinant + len(gap) * log(2 * np.pi)))


def published_draws(
    latent: np.ndarray, year: int, seeds: Sequence[int], sd: float | None = None
) -> np.ndarray:
    """Draw what would have been published of a latent city at a year's end.

    Parameters
    ----------
    latent
        Residents by district and hukou, (16, 2).
    seeds
        One seed a draw; the run of a seed publishes the same.

    Returns
    -------
    float array (draws, 16, 2)
    """
    size = point_parameters().value("official_error_sd") if sd is None else sd
    quarter = parse_quarter(f"{year}Q4", allow_base=True)
    shared = point_parameters().value("official_error_shared")
    factors = np.array([official_factors(seed, quarter + 1, size, shared)[quarter] for seed in seeds])
    return np.asarray(latent * factors)


def census_draws(latent: np.ndarray, seed: int, n: int) -> np.ndarray:
    """Draw what a census would have counted in each place, (places, n), from the people there are, (places,).

    The errors of places are independent; the same seed draws the same errors, whatever is forecast.
    """
    normal = KeyedRandom(seed).generator(Stream.OFFICIAL_ERROR, 1).standard_normal((n, len(latent)))
    return np.asarray(latent[:, None] * np.exp(CENSUS_SD * normal.T))


def cell_shares(area: str, hukou: int | None = None) -> np.ndarray:
    """Return each cell's share of an area's residents in 2010, (16, 2); of one hukou group only if asked.

    ``hukou`` is 0 for local and 1 for non-local residents.
    """
    shares = _shares(area).copy()
    if hukou is not None:
        shares[:, 1 - hukou] = 0.0
    return shares / shares.sum()


def correlation_within(groups: np.ndarray, shared: float) -> np.ndarray:
    """Return a correlation that is `shared` within a group and nothing between groups, (n, n)."""
    correlation = np.where(groups[:, None] == groups, shared, 0.0)
    np.fill_diagonal(correlation, 1.0)
    return correlation


@cache
def _correlation() -> np.ndarray:
    """Return the correlation of the errors of the cells of district and hukou, (32, 32)."""
    shared = point_parameters().value("official_error_shared")
    return np.kron(correlation_within(survey_regions(), shared), np.eye(2))


@cache
def _shares(area: str) -> np.ndarray:
    """Return each cell's share of an area's residents in 2010, (16, 2), local then non-local."""
    from sim.data.tables import DISTRICTS, load_table

    zones = load_zones()
    table = load_table("census_districts")
    rows = table[(table.indicator == "non_local_population") & (table.year == BASE_YEAR)]
    non_local = rows.set_index("area_id").value.reindex(list(DISTRICTS)).to_numpy(float)
    people = np.asarray(zones.districts.population_2010, float)
    cells = np.stack([people - non_local, non_local], axis=1)
    weight = zones.areas()[WITHIN.get(area, area)]
    member = np.array([weight[zones.district == index].max() for index in range(len(DISTRICTS))]) > 0
    cells[~member] = 0.0
    return cells / cells.sum()
