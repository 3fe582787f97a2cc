"""Let people lose and leave jobs, and look for new ones by gravity in travel time."""

from __future__ import annotations

import numpy as np

from sim.agents.residents import NO_QUARTER
from sim.city.state import City
from sim.codes import N_ZONES, Hukou, Sector
from sim.kernels import labour as kernel
from sim.kernels.blocks import BLOCK_ROWS, in_blocks, run_blocks, run_together
from sim.kernels.events import rows_of
from sim.parameters.commutes import commute_group_of_class, travel_decay_rates
from sim.rng import Stream

N_SECTORS = len(Sector)
N_CELLS = N_ZONES * N_SECTORS
KIND_OF_HOME = commute_group_of_class()
SEARCH_BLOCKS = 4  # blocks of a large search: each makes the tables of workplaces that its seekers need
OPEN_TO_ALL = 0.01
"""Part of a sector's jobs that no schooling or hukou decides; assumed, so that none is shut to anybody."""
ROUNDS = 2  # attempts a seeker makes in one quarter


def prepare(city: City) -> None:
    """Learn wages, and who works in each sector, from the base-year city; call once."""
    people = city.residents
    n = people.n_rows
    works = (people.household_id[:n] >= 0) & (people.sector[:n] >= 0) & (people.wage_cny_month[:n] > 0)
    sector = people.sector[:n][works].astype(np.int64)
    education = people.education[:n][works].astype(np.int64)
    hukou = people.hukou[:n][works].astype(np.int64)
    log_wage = np.log(people.wage_cny_month[:n][works].astype(float))
    shape = (N_SECTORS, 6, 2)
    cell = (sector * 6 + education) * 2 + hukou
    count = np.bincount(cell, minlength=240).astype(float)
    total = np.bincount(cell, weights=log_wage, minlength=240)
    squares = np.bincount(cell, weights=log_wage**2, minlength=240)
    by_sector = np.bincount(sector, weights=log_wage, minlength=N_SECTORS) / np.maximum(
        np.bincount(sector, minlength=N_SECTORS), 1
    )
    # a cell with few workers leans on its sector's mean, as with twenty more workers of that wage
    mean = (total + 20.0 * np.repeat(by_sector, 12)) / (count + 20.0)
    spread = np.sqrt(
        max((squares.sum() - (total**2 / np.maximum(count, 1.0)).sum()) / max(count.sum(), 1.0), 0.0)
    )
    city.scratch["wage_log_mean"] = mean.reshape(shape)
    city.scratch["wage_log_spread"] = float(spread)
    city.scratch["sector_affinity"] = _affinity(education, hukou, sector)
    index_organisations(city)


def _affinity(education: np.ndarray, hukou: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Return what part of each sector's base-year workers had a level of schooling and a hukou, (6, 2, 20).

    Who looks for work in another industry finds it where people like him worked: offices and schools had few
    without the city's hukou, family farms fewer still. Beside it `OPEN_TO_ALL` is shared by all alike.
    """
    workers = np.zeros((6, 2, N_SECTORS))
    np.add.at(workers, (education, hukou, sector), 1.0)
    of_sector = workers.sum(axis=(0, 1))
    return np.asarray((workers + OPEN_TO_ALL * of_sector / 12.0) / np.maximum(of_sector, 1.0))


def index_organisations(city: City) -> None:
    """List organisations by the zone and sector of their jobs, as the search for work needs them."""
    jobs = city.jobs
    cell_of = jobs.organisation_zone.astype(np.int64) * N_SECTORS + jobs.organisation_sector
    order = np.argsort(cell_of, kind="stable")
    city.scratch["organisation_start"] = np.searchsorted(cell_of[order], np.arange(N_CELLS + 1))
    city.scratch["organisation_list"] = order


def travel_decay(city: City) -> np.ndarray:
    """Return exp(-beta x minutes) by commuting group of the home, f4 (4, 343, 343)."""
    key = ("decay", id(city.minutes))
    if city.scratch.get("decay_key") != key:
        beta = travel_decay_rates(city.parameters)
        city.scratch["decay"] = np.exp(-beta[:, None, None] * city.minutes[None].astype(float)).astype(
            np.float32, order="C"
        )
        city.scratch["decay_to_work"] = np.ascontiguousarray(city.scratch["decay"].transpose(0, 2, 1))
        city.scratch["decay_key"] = key
    return city.scratch["decay"]


def run(city: City) -> None:
    """Carry out a quarter of the labour market."""
    if len(city.scratch["organisation_list"]) != len(city.jobs.organisation_zone):
        index_organisations(city)
    excess, organisation_excess = _excess(city)
    event = np.zeros(city.residents.n_rows, dtype=np.uint16)
    run_blocks(
        kernel.mark,
        city.residents.n_rows,
        city.threads,
        city.residents.arrays(),
        np.concatenate(
            [
                _threshold(excess, city.jobs.filled).ravel(),
                _threshold(organisation_excess, city.jobs.organisation_filled),
            ]
        ),
        N_CELLS,
        _chances(city),
        city.random.seed,
        city.quarter,
        event,
    )
    at_risk, quitters = rows_of(event, kernel.AT_RISK, kernel.QUIT, threads=city.threads)
    event[_dismiss_over_full(city, at_risk, excess, organisation_excess)] = kernel.SEEK
    quitters = quitters[city.residents.activity[quitters] == 3]
    _dismiss(city, quitters, np.zeros(len(quitters), dtype=np.bool_))
    event[quitters] = kernel.SEEK
    _outsiders_quit(city)
    search(city, rows_of(event, kernel.SEEK, threads=city.threads))


def _chances(city: City) -> np.ndarray:
    """Return the quarterly chances to quit, to give up the search and to take it up again, (3,)."""
    turnover = city.paths.factor("job_turnover", city.quarter)
    rates = [
        city.parameter(f"{name}_rate") for name in ("job_separation", "give_up_search", "return_to_search")
    ]
    return np.array([rates[0] * turnover, rates[1], rates[2]]) / 4.0


def _outsiders_quit(city: City) -> None:
    """Let who commutes in from beyond the city line quit at the rate of others; nobody replaces them."""
    jobs = city.jobs
    cells = np.arange(jobs.outside.size, dtype=np.uint64)
    u = city.random.uniforms(Stream.JOB_LOSS, cells, city.quarter, 2).reshape(jobs.outside.shape)
    jobs.outside -= np.minimum(np.floor(jobs.outside * _chances(city)[0] + u).astype(np.int64), jobs.outside)


def _excess(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Return workers beyond the jobs of cells (343, 20) and of organisations; outsiders lose their share."""
    jobs = city.jobs
    over = np.maximum(jobs.filled + jobs.outside - jobs.places(), 0)
    share = jobs.outside / np.maximum(jobs.filled + jobs.outside, 1)
    from_outside = np.minimum(np.round(over * share).astype(np.int64), jobs.outside)
    jobs.outside -= from_outside
    resident = np.minimum(over - from_outside, jobs.filled)
    return resident, np.maximum(jobs.organisation_filled - jobs.organisation_places(), 0)


def _threshold(excess: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Return a bound on the keyed uniform that holds at least `excess` of `filled` workers almost surely."""
    share = excess / np.maximum(filled, 1)
    bound = share + 6.0 * np.sqrt(share / np.maximum(filled, 1)) + 12.0 / np.maximum(filled, 1)
    return np.where(excess > 0, np.minimum(bound, 1.1), 0.0)


def lowest_ranks(cell: np.ndarray, u: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the positions with the `wanted[c]` lowest `u` in each cell c, sorted by cell and rank.

    `u` is uniform, so a bound tells who can be among the lowest, and only they are put in order; a cell whose
    bound turns out to hold too few is put in order whole.
    """
    among = np.bincount(cell, minlength=len(wanted))
    bound = _threshold(np.minimum(wanted, among), among)
    near = u < bound[cell]
    too_few = np.bincount(cell[near], minlength=len(wanted)) < np.minimum(wanted, among)
    if too_few.any():
        near |= too_few[cell]
    rows = np.flatnonzero(near)
    rows = rows[np.lexsort((u[rows], cell[rows]))]
    ordered = cell[rows]
    first = np.searchsorted(ordered, ordered, side="left")
    return rows[np.arange(len(rows)) - first < wanted[ordered]]


def _dismiss_over_full(
    city: City, rows: np.ndarray, excess: np.ndarray, organisation_excess: np.ndarray
) -> np.ndarray:
    """Dismiss the lowest ranks of over-full workplaces; return who lost the job."""
    cell = np.empty(len(rows), dtype=np.int64)
    u = np.empty(len(rows))
    kernel.workplace_rank(rows, city.residents.arrays(), city.random.seed, city.quarter, N_CELLS, cell, u)
    wanted = np.concatenate([excess.ravel(), organisation_excess])
    chosen = lowest_ranks(cell, u, wanted)
    ordered = _dismissed_by_order(city, excess, organisation_excess)
    chosen_cell = cell[chosen]
    rank = np.arange(len(chosen)) - np.searchsorted(chosen_cell, chosen_cell, side="left")
    _dismiss(city, rows[chosen], rank < ordered[chosen_cell])
    return rows[chosen]


def _dismissed_by_order(city: City, excess: np.ndarray, organisation_excess: np.ndarray) -> np.ndarray:
    """Return how many of those dismissed lost the job to an order, by cell and then organisation, i8.

    In a cell it is their share of the fall in jobs, rounded by key so that it holds at any sample; the jobs
    of an organisation fall by order only.
    """
    expected = excess * city.jobs.share_lost_to_orders()
    cells = np.arange(N_CELLS, dtype=np.uint64)
    u = city.random.uniforms(Stream.JOB_LOSS, cells, city.quarter, 3)
    in_cells = np.floor(expected.ravel() + u).astype(np.int64)
    ordered = city.scratch.get("organisation_jobs_ordered", np.zeros(len(organisation_excess)))
    return np.concatenate([in_cells, np.where(ordered > 0, organisation_excess, 0)])


def _dismiss(city: City, rows: np.ndarray, by_order: np.ndarray) -> None:
    if by_order.any() and "hit_work" in city.scratch:
        homes = city.residents.household_id[rows[by_order]]
        before = city.households.order_loss_quarter[homes] != NO_QUARTER
        district = city.zones.district[city.households.zone[homes]]
        np.add.at(city.scratch["hit_work"], (district, before.astype(np.int64)), 1.0)
    kernel.dismiss(
        rows,
        by_order,
        city.residents.arrays(),
        city.households.arrays(),
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.quarter,
        city.scratch.setdefault("job_loss_by_order", np.zeros(N_ZONES)),
    )


def search_prob(city: City, seekers: np.ndarray) -> np.ndarray | float:
    """Return the chance that each search leads to an offer; higher where local seekers are placed by order.

    The rule `job_search.placed` holds persons by zone: so many more local seekers have an offer.
    """
    prob = city.parameter("job_search_prob")
    placed = city.scratch.get("rules", {}).get("job_search.placed")
    if placed is None:
        return prob
    people = city.residents
    local = people.hukou[seekers] == Hukou.LOCAL
    zone = city.households.zone[people.household_id[seekers]]
    seeking = np.bincount(zone[local], minlength=N_ZONES)
    extra = np.nan_to_num(placed) * city.sample / np.maximum(seeking, 1)
    return np.asarray(np.minimum(prob + np.where(local, extra[zone], 0.0), 1.0))


def _describe_seekers(city: City, seekers: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return key, last sector, education, hukou, zone and kind of home of each seeker."""
    n = len(seekers)
    out = tuple(np.empty(n, kind) for kind in ("u8", "i1", "i1", "i1", "i2", "i8"))
    columns = (city.residents.arrays(), city.households.arrays())
    run_blocks(kernel.describe_seekers, n, city.threads, seekers, *columns, KIND_OF_HOME, *out)
    return out


def search(city: City, seekers: np.ndarray) -> None:
    """Match the rows in `seekers` with free jobs, in keyed queue order, in a few attempts.

    Not everybody's search leads to an offer within a quarter; what stays free draws people from outside.
    """
    people, jobs = city.residents, city.jobs
    city.scratch["open_jobs"] = jobs.all_vacancy().sum(axis=0).astype(float)
    city.scratch["n_seekers"] = len(seekers)
    effort = city.random.uniforms(Stream.JOB_QUEUE, people.draw_key[seekers], city.quarter, 1)
    seekers = seekers[effort < search_prob(city, seekers)]
    organisation_vacancy = jobs.organisation_vacancy()
    general_vacancy = jobs.vacancy()
    for attempt in range(ROUNDS):
        vacancy = general_vacancy.copy()
        np.add.at(vacancy, (jobs.organisation_zone, jobs.organisation_sector), organisation_vacancy)
        n = len(seekers)
        key, *traits = _describe_seekers(city, seekers)
        sector, work = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        u_employer = np.empty(n)
        employer = np.empty(n, dtype=np.int64)
        order = np.empty(n, dtype=np.int64)
        draws = in_blocks(
            kernel.draw_jobs,
            n,
            key,
            *traits,
            city.scratch["sector_affinity"],
            travel_decay(city),
            vacancy,
            city.parameter("keep_sector_prob"),
            city.random.seed,
            city.quarter,
            attempt,
            sector,
            work,
            u_employer,
            rows=max(BLOCK_ROWS, -(-n // SEARCH_BLOCKS)),
        )
        queue = (city.random.fill_order, (Stream.JOB_QUEUE, key, city.quarter, order))
        run_together(city.threads, queue, *draws)
        kernel.ration_jobs(
            order,
            sector,
            work,
            u_employer,
            vacancy,
            general_vacancy,
            organisation_vacancy,
            city.scratch["organisation_start"],
            city.scratch["organisation_list"],
            employer,
        )
        run_blocks(
            kernel.start_jobs,
            n,
            city.threads,
            seekers,
            sector,
            work,
            employer,
            people.arrays(),
            city.scratch["wage_log_mean"],
            city.scratch["wage_log_spread"],
            city.random.seed,
        )
        kernel.book_jobs(sector, work, employer, jobs.filled, jobs.organisation_filled)
        seekers = seekers[employer == kernel.NO_OFFER]
