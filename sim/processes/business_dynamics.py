"""Let businesses lose premises, obey orders, close, move and open; jobs and demand for work follow."""

from __future__ import annotations

import numpy as np

from sim.calendar import quarter_of_year
from sim.city.completions import completion_share
from sim.city.state import City
from sim.city.trade import LICENCES, N_CELLS, SHAPE, SIZES, BusinessOrder, no_businesses
from sim.codes import N_DISTRICTS, N_ZONES, OUTLET_SECTORS, Premises, Sector
from sim.kernels import business as kernel
from sim.kernels.blocks import run_blocks, run_together
from sim.kernels.business_events import N_CODES, concern, decide
from sim.kernels.events import rows_of
from sim.processes import custom, firm_relocation
from sim.processes.business_entry import enter, exit_prob
from sim.processes.staff import follow
from sim.rng import Stream

N_SECTORS = len(Sector)
LOCAL_SERVICES = (*OUTLET_SECTORS, Sector.EDUCATION, Sector.HEALTH)
ANYTHING = 0xFFFF
"""Every bit of an event."""
INFORMAL_PREMISES = (Premises.WALL_OPENING, Premises.ILLEGAL)
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
    city.scratch["jobs_scale"] = np.ones(N_SECTORS)
    city.scratch["jobs_left_city"] = np.zeros(N_SECTORS)
    city.scratch["stall_branch"] = {}
    kernel.draw_exits(
        firms.arrays(), n, exit_prob(city), firm_relocation.thinking_prob(city), city.random.seed
    )
    tally(city)
    by_cell = city.scratch["business_books"][0].reshape(N_ZONES, *SHAPE)
    everywhere = np.delete(by_cell, int(Premises.STALL), axis=2)
    informal = by_cell[:, :, list(INFORMAL_PREMISES)]
    city.scratch["informal_share"] = informal.sum(axis=(2, 3, 4)) / np.maximum(
        everywhere.sum(axis=(2, 3, 4)), 1.0
    )
    city.scratch["sectors_of_premises"] = np.cumsum(by_cell.sum(axis=(0, 3, 4)).T, axis=1)
    city.scratch["jobs_base"] = _jobs_by_sector(city)
    custom.prepare(city)


def tally(city: City) -> None:
    """Count businesses and their jobs by zone and cell, and premises in use, from the businesses themselves.

    The kernels keep these counts up to date; counting afresh each year keeps rounding errors from adding up.
    """
    books = city.scratch["business_books"] = no_businesses()
    city.jobs.stock = np.zeros((N_ZONES, N_SECTORS))
    firms, n = city.businesses.arrays(), city.businesses.n_rows
    run_together(
        city.threads,
        (kernel.tally, (firms, n, books[0])),
        (kernel.tally_jobs, (firms, n, city.scratch["jobs_scale"], books[1], city.jobs.stock)),
    )
    city.land.premises_used = np.ascontiguousarray(books[0].reshape(N_ZONES, *SHAPE).sum(axis=(1, 3, 4)))


def counts(city: City) -> dict[str, np.ndarray]:
    """Return businesses, unlicensed ones and outlets by zone, f8 (343,) each."""
    cells = city.scratch["business_books"][0].reshape(N_ZONES, N_SECTORS, -1, len(LICENCES), len(SIZES))
    return {
        "businesses": cells.sum(axis=(1, 2, 3, 4)),
        "businesses_unlicensed": cells[:, :, :, 0].sum(axis=(1, 2, 3)),
        "commercial_outlets": cells[:, list(OUTLET_SECTORS)].sum(axis=(1, 2, 3, 4)),
    }


def _jobs_by_sector(city: City) -> np.ndarray:
    total = city.jobs.stock.sum(axis=0)
    np.add.at(total, city.jobs.organisation_sector, city.jobs.organisation_stock)
    return total


def attraction(city: City) -> np.ndarray:
    """Return the weight of each zone for a business of each sector, (20, 343).

    Jobs of the sector draw more of them (agglomeration); shops and services of daily life also follow
    residents, and the building trade the homes that are being built.
    """
    jobs = city.jobs.stock.T + 1e-9
    weight = jobs / jobs.sum(axis=1, keepdims=True)
    people = city.scratch["residents_by_zone"]
    follow_share = city.parameter("services_follow_residents")
    local = list(LOCAL_SERVICES)
    weight[local] = (1.0 - follow_share) * weight[local] + follow_share * people / people.sum()
    sites = completion_share(city)[city.zones.district]
    sites = sites * city.scratch["land_release"]
    if sites.any():
        follow_share = city.parameter("builders_follow_homes")
        builders = weight[Sector.CONSTRUCTION]
        weight[Sector.CONSTRUCTION] = (1.0 - follow_share) * builders + follow_share * sites / sites.sum()
    return weight


def run(city: City) -> None:
    """Carry out a quarter of business life."""
    custom.run(city)
    trade = custom.factor(city)
    orders: list[BusinessOrder] = city.scratch.get("business_orders", [])
    event, rows = _decide(city, orders, trade)
    near = attraction(city)
    if trade is not None:
        near[list(OUTLET_SECTORS)] *= trade
    place = np.cumsum(near, axis=1)
    moving = event[rows] == kernel.RELOCATE
    exits = _apply(city, rows[~moving], event, orders, place, near)
    firm_relocation.run(city, rows[moving], near)
    _open(city, exits, place, near)
    _reopen(city, place)
    _open_outlets(city, place)
    _grow(city)
    if quarter_of_year(city.quarter) == 4:
        tally(city)


def _decide(
    city: City, orders: list[BusinessOrder], trade: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return what happens to each business, u2 (rows,), and the rows to which anything does, ascending.

    Exactly as many obey an order as it names.
    """
    firms = city.businesses
    event = np.zeros(firms.n_rows, dtype=np.uint16)
    stall_loss = city.scratch.get("stall_loss_prob", np.zeros(max(len(city.jobs.organisation_stock), 1)))
    loss = city.land.premises_removed / np.maximum(city.land.premises_before, 1e-9)
    bits, cells, bound, keys = _order_tables(city, orders)
    loss = np.minimum(loss, 1.0)
    extra_exit = custom.extra_exit(city, trade, float(exit_prob(city)[0]))
    concerned = np.empty((N_ZONES, N_CODES), dtype=np.uint8)
    if not concern(loss, stall_loss, extra_exit, bits, cells, concerned):
        concerned = concerned[:0]
    run_blocks(
        decide,
        firms.n_rows,
        city.threads,
        firms.arrays(),
        concerned,
        loss,
        stall_loss,
        extra_exit,
        bits,
        cells,
        bound,
        keys,
        city.random.seed,
        city.quarter,
        event,
    )
    rows = rows_of(event, ANYTHING)
    if orders:
        marked = rows[event[rows] > kernel.PLAIN]
        n = len(marked)
        who, draws = np.empty(n, dtype=np.uint64), np.empty((2, n))
        group, u = np.empty(n, dtype=np.int64), np.empty(n)
        kernel.order_rank(
            marked, event, firms.arrays(), keys, city.random.seed, city.quarter, who, draws, group, u
        )
        # ranks lie within a group, so that the sum of both sorts by group and then by rank
        line = np.argsort(group + u)
        ordered = group[line]
        number = np.concatenate([order.number for order in orders])
        there = np.bincount(group, minlength=len(number))
        rank = np.arange(n) - (np.cumsum(there) - there)[ordered]
        spared = rank >= number[ordered]
        event[marked[line[spared]]] &= kernel.PLAIN
        rows = rows[event[rows] != 0]
    return event, rows


def _order_tables(
    city: City, orders: list[BusinessOrder]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the orders as bits by zone (343,) and by cell (601,), their bounds (n, 343) and their keys (n,).

    The bound lets a few more through than are ordered, almost surely enough; ranks settle who it is.
    """
    bits, cells = np.zeros(N_ZONES, dtype=np.int64), np.zeros(N_CELLS + 1, dtype=np.int64)
    bound = np.zeros((max(len(orders), 1), N_ZONES))
    keys = np.array([order.key for order in orders] or [0], dtype=np.uint64)
    for k, order in enumerate(orders):
        there = np.maximum(city.scratch["business_books"][0] @ order.selection.cells, 1.0)
        share = order.number / there
        bound[k] = np.where(order.number > 0, share + 4.0 * np.sqrt(share / there) + 8.0 / there, 0.0)
        bits |= np.where(order.number > 0, 1 << k, 0)
        cells[:N_CELLS] |= np.where(order.selection.cells > 0, 1 << k, 0)
    return bits, cells, bound, keys


def _apply(
    city: City,
    rows: np.ndarray,
    event: np.ndarray,
    orders: list[BusinessOrder],
    place: np.ndarray,
    near: np.ndarray,
) -> np.ndarray:
    """Carry out what was decided and return how many closed of themselves by sector, i8 (20,)."""
    jobs = city.jobs
    before = jobs.organisation_stock.copy()
    branch_of: dict[int, int] = city.scratch["stall_branch"]
    branch = np.full(len(before), -1, dtype=np.int64)
    branch[list(branch_of)] = list(branch_of.values())
    followed = np.zeros(len(before))
    exits = np.zeros(N_SECTORS, dtype=np.int64)
    kernel.apply(
        rows,
        event,
        city.businesses.arrays(),
        jobs.stock,
        jobs.organisation_stock,
        jobs.organisation_zone,
        jobs.lost_to_orders,
        city.scratch["jobs_left_city"],
        city.scratch["jobs_scale"],
        city.land.premises,
        city.land.premises_used,
        place,
        near,
        city.zones.district.astype(np.int64),
        np.searchsorted(city.zones.district, np.arange(N_DISTRICTS + 1)),
        _shares(city, "premises_loss", ("near", "anywhere", "informal")),
        _shares(city, "stall_loss", ("follow", "elsewhere", "informal")),
        _shares(city, "market_move", ("follow", "elsewhere", "informal")),
        np.array([order.fate.shares for order in orders] or [(0.0, 0.0, 0.0, 0.0)]),
        branch,
        followed,
        city.random.seed,
        city.quarter,
        exit_prob(city),
        exits,
        city.scratch["business_books"],
    )
    for market in np.flatnonzero(followed):
        _open_branch(city, int(market), int(branch[market]), rows, float(followed[market] / before[market]))
    city.scratch["stall_branch"] = {}
    # added to what institutions gave up by order before
    lost = np.maximum(before - jobs.organisation_stock, 0.0)
    city.scratch["organisation_jobs_ordered"] = city.scratch["organisation_jobs_ordered"] + lost
    return exits


def _open_branch(city: City, market: int, branch: int, rows: np.ndarray, share: float) -> None:
    """Open stalls at a market's other site for the merchants who followed, with their staff."""
    follow(city, market, branch, share)
    stalls = int((city.businesses.market_id[rows] == branch).sum())
    city.organisations[branch].take_in(stalls, stalls * city.organisations[market].area_per_stall_m2)


def _shares(city: City, name: str, kinds: tuple[str, ...]) -> np.ndarray:
    """Return the shares of outcomes, the rest closing."""
    shares = np.array([city.parameter(f"{name}_{kind}") for kind in kinds])
    shares = shares / max(shares.sum(), 1.0)
    return np.append(shares, 1.0 - shares.sum())


def _target(city: City) -> np.ndarray:
    """Return the jobs by sector the economy asks for: the sector's path less what left the city by order."""
    index = city.paths.vector("jobs_index", city.quarter)
    return np.maximum(city.scratch["jobs_base"] * index - city.scratch["jobs_left_city"], 0.0)


def _open(city: City, exits: np.ndarray, place: np.ndarray, near: np.ndarray) -> None:
    """Open businesses for those that closed of themselves, more where a sector asks for work, else fewer.

    Who lost premises or a stall to an order is not replaced: those outcomes are the owners' own (see `run`).
    """
    asked = _target(city) / np.maximum(_jobs_by_sector(city), 1.0)
    wanted = exits * city.parameter("entries_per_exit") * np.clip(asked, 0.5, 1.5)
    u = city.random.uniforms(Stream.BUSINESS_ENTRY, np.arange(N_SECTORS, dtype=np.uint64), city.quarter)
    n_by_sector = np.floor(wanted + u).astype(np.int64)
    sector_of = np.repeat(np.arange(N_SECTORS), n_by_sector)
    nowhere = np.full(len(sector_of), -1, dtype=np.int64)
    enter(city, sector_of, nowhere, nowhere, place, near)


def _reopen(city: City, place: np.ndarray) -> None:
    """Let businesses back into street trade and premises that grew back last quarter; their jobs are back.

    Premises that grew back are taken by the trades that held such premises in the base year, street trade by
    shops and services without a licence.
    """
    back = city.land.take_regrown()
    if back is None:
        return
    city.scratch["businesses_reopened"] = np.zeros(N_ZONES)
    cells = np.arange(back.size, dtype=np.uint64)
    u = city.random.uniforms(Stream.BUSINESS_ENTRY, cells, city.quarter, 2).reshape(back.shape)
    number = np.floor(back * city.parameter("rebound_reopened_share") + u * (back > 0)).astype(np.int64)
    zone_of, column = (np.repeat(there, number[number > 0]) for there in np.nonzero(number > 0))
    if not len(zone_of):
        return
    street = column == len(Premises)
    kind_of = np.where(street, int(Premises.ILLEGAL), column)
    running = city.scratch["sectors_of_premises"].copy()
    outlets = np.zeros(N_SECTORS)
    outlets[list(OUTLET_SECTORS)] = np.diff(running[Premises.ILLEGAL], prepend=0.0)[list(OUTLET_SECTORS)]
    running = np.vstack([running, np.cumsum(outlets)])
    draw = city.random.uniforms(
        Stream.BUSINESS_ENTRY, np.arange(len(zone_of), dtype=np.uint64), city.quarter, 3
    )
    target = draw * running[column, -1]
    sector_of = np.minimum((running[column] <= target[:, None]).sum(axis=1), N_SECTORS - 1)
    rows = enter(city, sector_of, zone_of, kind_of, place, None)
    firms = city.businesses
    jobs = np.bincount(sector_of, weights=firms.n_jobs[rows], minlength=N_SECTORS)
    left = city.scratch["jobs_left_city"]
    left -= np.minimum(jobs * city.scratch["jobs_scale"], left)
    opened = firms.n_jobs[rows] > 0
    np.add.at(city.scratch["businesses_reopened"], zone_of[opened], 1.0)


def _open_outlets(city: City, place: np.ndarray) -> None:
    """Open the convenience outlets that measures built this quarter (rule ``outlets_opened``, by zone).

    Half are shops, half services of daily life, in formal premises.
    """
    if "outlets_opened" not in city.scratch.get("rules", {}):
        return
    wanted = city.rule("outlets_opened", 0.0)
    zones = np.arange(N_ZONES, dtype=np.uint64)
    u = city.random.uniforms(Stream.BUSINESS_ENTRY, zones, city.quarter, 4)
    zone_of = np.repeat(np.arange(N_ZONES), np.floor(wanted + u * (wanted > 0)).astype(np.int64))
    if len(zone_of):
        number = np.arange(len(zone_of), dtype=np.uint64)
        shop = city.random.uniforms(Stream.BUSINESS_ENTRY, number, city.quarter, 5) < 0.5
        sector_of = np.where(shop, int(Sector.WHOLESALE_RETAIL), int(Sector.RESIDENT_SERVICES))
        enter(city, sector_of, zone_of, np.full(len(zone_of), int(Premises.FORMAL)), place, None)


def _grow(city: City) -> None:
    """Let surviving businesses of a sector grow or shrink together towards what the economy asks for."""
    current = city.jobs.stock.sum(axis=0)
    organised = _jobs_by_sector(city) - current
    wanted = np.maximum(_target(city) - organised, 0.0)
    factor = np.clip(wanted / np.maximum(current, 1.0), 1.0 - GROWTH_BOUND, 1.0 + GROWTH_BOUND)
    city.scratch["jobs_scale"] = city.scratch["jobs_scale"] * factor
    city.jobs.stock *= factor[None, :]
