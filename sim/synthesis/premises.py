"""Make the establishments of the base year; sizes add up to the jobs of zone and sector."""

from dataclasses import dataclass

import numba as nb
import numpy as np
import pandas as pd

from sim.codes import N_ZONES, Authority, OrganisationKind, Premises, Sector
from sim.kernels.philox import fill_keys
from sim.parameters.store import ParameterSet
from sim.synthesis.rounding import generator

S = Sector
MEAN_SIZE = np.array([12.0, 60, 22, 45, 32, 9.0, 16, 5.0, 6.0, 38, 20, 11, 13, 22, 3.6, 34, 26, 9.5, 60, 12])
"""Mean jobs an establishment, by sector: sets about a million establishments (480,000 legal entities and
590,000
self-employed households in 2010, between the counts of 2008 and 2013). Assumed, 0.7-1.4 times."""
SIZE_SPREAD = np.array(
    [0.9, 1.3, 1.4, 1.4, 1.3, 1.2, 1.5, 1.0, 1.0, 1.4, 1.3, 1.3, 1.4, 1.2, 0.8, 1.2, 1.3, 1.1, 1.1, 1.0]
)
"""Deviation of the logarithm of size. Assumed."""
STREET = (S.WHOLESALE_RETAIL, S.HOTEL_CATERING, S.RESIDENT_SERVICES)
CENTRAL_SHARE = np.array(
    [0.12, 0.25, 0.10, 0.08, 0.06, 0.24, 0.02, 0.03, 0.02, 0.03, 0.03, 0.05, 0.02, 0.02, 0.02, 0.02]
)
"""Share of public and business-service establishments under central command, by district. Assumed: 113 of 585
(10k)
persons above scale worked in central units in 2017."""
WALL_OPENING_WEIGHT = np.array(
    [1.4, 1.5, 1.2, 1.1, 1.0, 1.2, 0.4, 0.35, 0.5, 0.4, 0.7, 0.6, 0.25, 0.25, 0.25, 0.25]
)
"""Relative chance of a street shop to be a wall opening, by district. Assumed; city total found (2014)."""


@dataclass
class Businesses:
    """Hold establishments as columns, sorted by zone."""

    draw_key: np.ndarray
    zone: np.ndarray
    sector: np.ndarray
    n_jobs: np.ndarray
    premises: np.ndarray
    licensed: np.ndarray
    market_id: np.ndarray
    authority: np.ndarray


@nb.njit(cache=True, nogil=True)
def _scale_cells(start, jobs, sizes):
    """Scale sizes in each cell to its jobs, none below one (in place): what is above one carries the rest."""
    for c in range(jobs.size):
        a, b = start[c], start[c + 1]
        n = b - a
        if n == 0:
            continue
        above = 0.0
        for i in range(a, b):
            sizes[i] = max(sizes[i] - 1.0, 1e-3)
            above += sizes[i]
        factor = max(jobs[c] - n, 0.0) / above
        for i in range(a, b):
            sizes[i] = 1.0 + sizes[i] * factor


def build_businesses(
    jobs: np.ndarray,
    organisations: pd.DataFrame,
    district: np.ndarray,
    rural: np.ndarray,
    parameters: ParameterSet,
) -> Businesses:
    """Return all establishments: ordinary ones, and the stalls of every market.

    Parameters
    ----------
    jobs : (343, 20)
        Jobs of ordinary establishments (organisations apart).
    district, rural : (343,)
        District index and share of village people of each zone.
    """
    random = generator(41)
    cells = jobs.ravel()
    number = np.where(cells >= 0.5, np.maximum(1, np.rint(cells / np.tile(MEAN_SIZE, N_ZONES))), 0).astype(
        np.int64
    )
    number = np.minimum(number, np.maximum(np.floor(cells), (cells >= 0.5)).astype(np.int64))
    cell = np.repeat(np.arange(cells.size), number)
    zone, sector = (cell // len(Sector)).astype(np.int16), (cell % len(Sector)).astype(np.int8)
    sizes = random.lognormal(0.0, SIZE_SPREAD[sector])
    _scale_cells(np.concatenate([[0], np.cumsum(number)]), cells, sizes)
    premises = _premises(zone, sector, sizes, district, rural, parameters, random)
    public = np.isin(
        sector, (S.PUBLIC_ADMIN, S.SCIENTIFIC, S.EDUCATION, S.CULTURE, S.BUSINESS_SERVICES, S.FINANCE)
    )
    central = public & (random.random(len(zone)) < CENTRAL_SHARE[district[zone]])
    stalls = _stalls(organisations, random)
    columns = {
        "zone": np.concatenate([zone, stalls["zone"]]),
        "sector": np.concatenate([sector, np.full(len(stalls["zone"]), int(S.WHOLESALE_RETAIL), np.int8)]),
        "n_jobs": np.concatenate([sizes, stalls["n_jobs"]]).astype(np.float32),
        "premises": np.concatenate([premises, np.full(len(stalls["zone"]), int(Premises.STALL), np.int8)]),
        "market_id": np.concatenate([np.full(len(zone), -1, np.int16), stalls["market_id"]]),
        "authority": np.concatenate([
            np.where(central, int(Authority.CENTRAL), int(Authority.CITY)).astype(np.int8),
            np.zeros(len(stalls["zone"]), np.int8),
        ]),
    }  # fmt: skip
    order = np.argsort(columns["zone"], kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    chance = np.array([parameters.value(f"unlicensed_{k.name.lower()}") for k in Premises])[
        columns["premises"]
    ]
    licensed = (random.random(len(order)) >= chance).astype(np.int8)
    keys = np.empty(len(order), dtype=np.uint64)
    fill_keys(np.full(len(order), 2010, np.uint64), 3, np.arange(len(order)), keys)
    return Businesses(draw_key=keys, licensed=licensed, **columns)


def _premises(
    zone: np.ndarray,
    sector: np.ndarray,
    sizes: np.ndarray,
    district: np.ndarray,
    rural: np.ndarray,
    parameters: ParameterSet,
    random: np.random.Generator,
) -> np.ndarray:
    """Give each establishment its kind of premises, in wanted numbers by a weighted race."""
    premises = np.full(len(zone), int(Premises.FORMAL), dtype=np.int8)
    street = np.isin(sector, STREET) & (sizes < 12)
    race = random.exponential(size=len(zone))
    weight = np.where(street, WALL_OPENING_WEIGHT[district[zone]] * (1.0 - 0.8 * rural[zone]), 0.0)
    _draw(premises, race, weight, parameters.value("wall_openings"), Premises.WALL_OPENING)
    shed = np.isin(
        sector,
        (
            S.MANUFACTURING,
            S.TRANSPORT,
            S.WHOLESALE_RETAIL,
            S.RESIDENT_SERVICES,
            S.HOTEL_CATERING,
            S.CONSTRUCTION,
        ),
    )
    fringe = np.select([district < 2, district < 6], [0.25, 1.0], 0.8)[zone]
    weight = np.where(shed & (sizes < 40) & (premises == 0), (0.15 + rural[zone]) * fringe, 0.0)
    _draw(premises, race, weight, parameters.value("illegal_premises"), Premises.ILLEGAL)
    weight = np.where(
        (sizes < 20) & (premises == 0), WALL_OPENING_WEIGHT[district[zone]] * (1.0 - rural[zone]), 0.0
    )
    _draw(premises, race, weight, parameters.value("basement_premises"), Premises.BASEMENT)
    return premises


def _draw(premises: np.ndarray, race: np.ndarray, weight: np.ndarray, number: float, kind: Premises) -> None:
    possible = np.flatnonzero(weight > 0)
    number = min(round(float(number)), len(possible))
    if number > 0:
        time = race[possible] / weight[possible]
        premises[possible[np.argpartition(time, number - 1)[:number]]] = int(kind)


def _stalls(organisations: pd.DataFrame, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return one business a stall; the stalls of a market add up to its jobs."""
    markets = np.flatnonzero(organisations["kind"].to_numpy() == OrganisationKind.MARKET)
    jobs = organisations["n_jobs"].to_numpy()[markets]
    number = np.minimum(organisations["stalls"].to_numpy()[markets], np.floor(jobs)).astype(np.int64)
    owner = np.repeat(np.arange(len(markets)), number)
    sizes = random.lognormal(0.0, 0.6, len(owner))
    _scale_cells(np.concatenate([[0], np.cumsum(number)]), jobs, sizes)
    return {
        "zone": organisations["zone"].to_numpy()[markets][owner].astype(np.int16),
        "n_jobs": sizes,
        "market_id": markets[owner].astype(np.int16),
    }


def premises_by_zone(businesses: Businesses) -> np.ndarray:
    """Return the number of premises in use by zone and kind, f8 (343, 5)."""
    cell = businesses.zone.astype(np.int64) * len(Premises) + businesses.premises
    return np.bincount(cell, minlength=N_ZONES * len(Premises)).reshape(N_ZONES, -1).astype(float)
