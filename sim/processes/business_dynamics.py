"""Let businesses lose premises, close, move and open; jobs follow, and so does the demand for work."""

from __future__ import annotations

import numpy as np

from sim.calendar import quarter_of_year
from sim.city.state import City
from sim.codes import N_ZONES, OUTLET_SECTORS, Premises, Sector
from sim.kernels import business as kernel
from sim.kernels.blocks import run_blocks
from sim.rng import Stream

N_SECTORS = len(Sector)
LOCAL_SERVICES = (*OUTLET_SECTORS, Sector.EDUCATION, Sector.HEALTH)
GROWTH_BOUND = 0.04  # a sector's surviving businesses take on or shed at most this share of jobs a quarter


def prepare(city: City) -> None:
    """Learn entrants' sizes and informal shares from the base-year city; call once."""
    firms = city.businesses
    n = firms.n_rows
    ordinary = (firms.n_jobs[:n] > 0) & (firms.market_id[:n] < 0)
    sizes = np.ones((N_SECTORS, 101))
    ceiling = city.parameter("entrant_jobs_ceiling")
    for sector in Sector:
        values = firms.n_jobs[:n][ordinary & (firms.sector[:n] == sector)]
        if len(values):
            sizes[sector] = np.minimum(np.percentile(values, np.arange(101)), ceiling)
    city.scratch["entrant_sizes"] = sizes
    informal = np.isin(firms.premises[:n], (Premises.WALL_OPENING, Premises.ILLEGAL))
    shape = (N_ZONES, N_SECTORS)
    cell = firms.zone[:n][ordinary].astype(np.int64) * N_SECTORS + firms.sector[:n][ordinary]
    total = np.bincount(cell, minlength=N_ZONES * N_SECTORS)
    part = np.bincount(cell, weights=informal[ordinary], minlength=N_ZONES * N_SECTORS)
    city.scratch["informal_share"] = (part / np.maximum(total, 1)).reshape(shape)
    city.scratch["jobs_scale"] = np.ones(N_SECTORS)
    city.scratch["jobs_left_city"] = np.zeros(N_SECTORS)
    kernel.draw_exits(firms.arrays(), firms.n_rows, _exit_prob(city), city.random.seed)
    tally(city)
    city.scratch["jobs_base"] = _jobs_by_sector(city)


def _exit_prob(city: City) -> np.ndarray:
    """Return the quarterly chance to close of small, medium and large businesses, (3,)."""
    return np.array(
        [city.parameter(f"business_exit_rate_{size}") / 4.0 for size in ("small", "medium", "large")]
    )


def tally(city: City) -> None:
    """Count businesses by zone, and their jobs and premises, from the businesses themselves.

    The kernels keep these counts up to date; counting afresh each year keeps rounding errors from adding up.
    """
    outlet = np.zeros(N_SECTORS, dtype=np.int8)
    outlet[list(OUTLET_SECTORS)] = 1
    city.scratch["business_counts"] = (np.zeros(N_ZONES), np.zeros(N_ZONES), np.zeros(N_ZONES), outlet)
    city.jobs.stock = np.zeros((N_ZONES, N_SECTORS))
    city.land.premises_used = np.zeros_like(city.land.premises_used)
    kernel.tally(
        city.businesses.arrays(),
        city.businesses.n_rows,
        city.scratch["jobs_scale"],
        *city.scratch["business_counts"],
        city.jobs.stock,
        city.land.premises_used,
    )


def counts(city: City) -> dict[str, np.ndarray]:
    """Return businesses, unlicensed ones and outlets by zone, f8 (343,) each."""
    names = ("businesses", "businesses_unlicensed", "commercial_outlets")
    return {name: values.copy() for name, values in zip(names, city.scratch["business_counts"], strict=False)}


def _jobs_by_sector(city: City) -> np.ndarray:
    total = city.jobs.stock.sum(axis=0)
    np.add.at(total, city.jobs.organisation_sector, city.jobs.organisation_stock)
    return total


def attraction(city: City) -> np.ndarray:
    """Return the weight of each zone for a business of each sector, (20, 343).

    Jobs of the sector draw more of them (agglomeration); shops and services of daily life also follow
    residents.
    """
    jobs = city.jobs.stock.T + 1e-9
    weight = jobs / jobs.sum(axis=1, keepdims=True)
    people = city.scratch["residents_by_zone"]
    follow = city.parameter("services_follow_residents")
    local = list(LOCAL_SERVICES)
    weight[local] = (1.0 - follow) * weight[local] + follow * people / people.sum()
    return weight


def run(city: City) -> None:
    """Carry out a quarter of business life."""
    firms = city.businesses
    event = np.zeros(firms.n_rows, dtype=np.uint8)
    stall_loss = city.scratch.get("stall_loss_prob", np.zeros(max(len(city.jobs.organisation_stock), 1)))
    loss = city.land.premises_removed / np.maximum(city.land.premises_before, 1e-9)
    run_blocks(
        kernel.decide,
        firms.n_rows,
        city.threads,
        firms.arrays(),
        np.minimum(loss, 1.0),
        stall_loss,
        city.random.seed,
        city.quarter,
        event,
    )
    rows = np.flatnonzero(event)
    exits = np.bincount(firms.sector[rows[event[rows] == kernel.EXIT]], minlength=N_SECTORS)
    near = attraction(city)
    place = np.cumsum(near, axis=1)
    before = city.jobs.organisation_stock.copy()
    kernel.apply(
        rows,
        event,
        firms.arrays(),
        city.jobs.stock,
        city.jobs.organisation_stock,
        city.jobs.lost_to_orders,
        city.scratch["jobs_left_city"],
        city.scratch["jobs_scale"],
        city.land.premises,
        city.land.premises_used,
        place,
        near,
        city.zones.district,
        _shares(city, "premises_loss", ("near", "anywhere", "informal")),
        _shares(city, "stall_loss", ("follow", "elsewhere", "informal")),
        city.random.seed,
        city.quarter,
        _exit_prob(city),
        *city.scratch["business_counts"],
    )
    city.scratch["organisation_jobs_ordered"] = before - city.jobs.organisation_stock
    _open(city, exits, place)
    _grow(city)
    if quarter_of_year(city.quarter) == 4:
        tally(city)


def _shares(city: City, name: str, kinds: tuple[str, ...]) -> np.ndarray:
    """Return the shares of outcomes, the rest closing."""
    shares = np.array([city.parameter(f"{name}_{kind}") for kind in kinds])
    shares = shares / max(shares.sum(), 1.0)
    return np.append(shares, 1.0 - shares.sum())


def _target(city: City) -> np.ndarray:
    """Return the jobs by sector the economy asks for: the sector's path less what left the city by order."""
    index = city.paths.vector("jobs_index", city.quarter)
    return np.maximum(city.scratch["jobs_base"] * index - city.scratch["jobs_left_city"], 0.0)


def _open(city: City, exits: np.ndarray, place: np.ndarray) -> None:
    """Open businesses for those that closed of themselves, more where a sector asks for work, else fewer.

    Who lost premises or a stall to an order is not replaced: those outcomes are the owners' own (see `run`).
    """
    firms = city.businesses
    asked = _target(city) / np.maximum(_jobs_by_sector(city), 1.0)
    wanted = exits * city.parameter("entries_per_exit") * np.clip(asked, 0.5, 1.5)
    u = city.random.uniforms(Stream.BUSINESS_ENTRY, np.arange(N_SECTORS, dtype=np.uint64), city.quarter)
    n_by_sector = np.floor(wanted + u).astype(np.int64)
    sector_of = np.repeat(np.arange(N_SECTORS), n_by_sector)
    first = firms.reserve(len(sector_of))
    kernel.open_businesses(
        first,
        sector_of,
        place,
        city.scratch["entrant_sizes"],
        city.scratch["informal_share"],
        firms.arrays(),
        city.jobs.stock,
        city.scratch["jobs_scale"],
        city.land.premises,
        city.land.premises_used,
        _exit_prob(city),
        city.random.seed,
        city.quarter,
        *city.scratch["business_counts"],
    )


def _grow(city: City) -> None:
    """Let surviving businesses of a sector grow or shrink together towards what the economy asks for."""
    current = city.jobs.stock.sum(axis=0)
    organised = _jobs_by_sector(city) - current
    wanted = np.maximum(_target(city) - organised, 0.0)
    factor = np.clip(wanted / np.maximum(current, 1.0), 1.0 - GROWTH_BOUND, 1.0 + GROWTH_BOUND)
    city.scratch["jobs_scale"] = city.scratch["jobs_scale"] * factor
    city.jobs.stock *= factor[None, :]
