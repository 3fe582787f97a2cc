"""Move households: who must, who wants to, who looks for a first home; where to, or out of the city."""

from __future__ import annotations

import numpy as np

from sim.agents.residents import NO_QUARTER
from sim.city.state import City
from sim.city.wages import wage_levels
from sim.codes import N_ZONES, CommuteGroup, HouseholdKind, Hukou, MoveCause, Tenure
from sim.kernels import choice as kernel
from sim.kernels import race
from sim.kernels.blocks import in_blocks, run_blocks, run_together
from sim.kernels.events import rows_of
from sim.processes import dormitories, idle_homes, resettlement, school_places, vacating
from sim.processes import residential_choice as taste
from sim.processes.labour import lowest_ranks, travel_decay
from sim.processes.moves import (
    ARRIVED,
    HUKOU,
    INCOME,
    PERSONS,
    WORK,
    WORKERS,
    Movers,
    describe,
    double_up,
    leave,
    settle,
)
from sim.rng import Stream

ROUNDS = 2
WITHIN = 4  # quarters after losing a job to an order in which a move counts as displaced by work
NOWHERE = -1
CHOICE_ROWS = 1 << 14  # households a block of the choice, so that no thread waits long for another
N_CLASSES = taste.N_CLASSES


def move_probabilities(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Return the quarterly wish to move by tenure and class (4, 13); its factor by the head's age (111,)."""
    wish = np.zeros((4, N_CLASSES))
    wish[Tenure.OWNER] = city.parameter("move_rate_owner") / 4.0
    wish[Tenure.SELF_BUILT] = city.parameter("move_rate_owner") / 8.0
    wish[Tenure.RENTER] = city.parameter("move_rate_formal_renter") / 4.0
    wish[Tenure.OTHER] = city.parameter("move_rate_public_tenant") / 4.0
    wish[Tenure.RENTER, [2, 3]] = city.parameter("move_rate_public_tenant") / 4.0
    wish[Tenure.RENTER, [5, 7, 8, 9, 12]] = city.parameter("move_rate_informal_renter") / 4.0
    wish[:, 10] = city.parameter("move_rate_informal_renter") / 8.0
    wish[:, 11] = 0.0
    age = np.arange(111)
    # assumed: a humped curve by age (Li S-M on Beijing 1980-2001); no rates by age are published
    factor = np.where(age < 30, 1.3, np.where(age < 45, 1.0, np.where(age < 60, 0.6, 0.35)))
    return wish, factor


def prepare(city: City) -> None:
    """Remember how well each segment was housed in the base year and set what stood idle; call once."""
    idle_homes.prepare(city)
    dormitories.prepare(city)
    dwellings = city.dwellings
    dwellings.unfilled = np.maximum(dwellings.stock - dwellings.occupied_full(), 0.0)
    city.scratch["inclusive_base"] = _inclusive(city)


def _left_by_owners(city: City, settled: Movers) -> np.ndarray:
    """Return homes that owners are about to leave for another, simulated, by zone and class, (343, 13)."""
    own = (settled.cause == MoveCause.VOLUNTARY) & (settled.tenure == Tenure.OWNER)
    left = np.zeros((N_ZONES, N_CLASSES), dtype=np.int64)
    np.add.at(left, (settled.origin[own], city.households.dwelling_class[settled.rows[own]]), 1)
    return left


def income_terciles(city: City) -> np.ndarray:
    """Return the two incomes, at wages of 2010, that part the base year's households into thirds, f8 (2,)."""
    homes = city.households
    rows = np.flatnonzero(homes.n_persons[: homes.n_rows] > 0)
    rows = rows[:: max(len(rows) // 50_000, 1)]
    was = describe(city, rows)
    return np.asarray(np.quantile(was[:, INCOME] / city.path("wage_index"), (1 / 3, 2 / 3)))


def run(city: City) -> None:
    """Carry out the relocation of a quarter and leave the moves in ``city.moves``."""
    dormitories.fill_rooms(city)
    event = _mark(city)
    forced_rows, forced_cause = _forced(city, rows_of(event, kernel.FORCED_CANDIDATE, threads=city.threads))
    movers = _gather(city, event, forced_rows, forced_cause)
    kernel.put_out(
        movers.rows[movers.forced],
        movers.cause[movers.forced],
        city.households.arrays(),
        city.dwellings.occupied,
    )
    exits, keeps_job = _exits(city, movers, _segments(city, movers))
    leave(city, movers.part(exits, city.threads), keeps_job[exits])
    stayers = movers.part(~exits, city.threads)
    resettlement.claim(city, stayers)
    dormitories.follow_jobs(city)
    # a claim changes what its household can afford
    zone, kind, housed = _choose(city, stayers, _segments(city, stayers))
    settled = stayers.part(housed, city.threads)
    left = _left_by_owners(city, settled)
    settle(city, settled, zone[housed], kind[housed])
    idle_homes.keep(city, left)
    double_up(city, stayers.part(stayers.forced & ~housed, city.threads))


def _mark(city: City) -> np.ndarray:
    wish, factor = move_probabilities(city)
    ordered = np.zeros((N_ZONES, N_CLASSES), dtype=np.int8)
    for removed in city.dwellings.removed.values():
        ordered |= (removed > 0).astype(np.int8)
    event = np.zeros(city.households.n_rows, dtype=np.uint16)
    run_blocks(
        kernel.mark_movers,
        city.households.n_rows,
        city.threads,
        city.residents.arrays(),
        city.households.arrays(),
        wish,
        factor,
        ordered,
        leave_hazards(city),
        wage_levels(city),
        city.random.seed,
        city.quarter,
        event,
    )
    school_places.mark(city, event)
    return event


def leave_hazards(city: City) -> np.ndarray:
    """Return what `mark_movers` needs to say who leaves Beijing of itself, (6,)."""
    shock = city.paths.factor("departures", city.quarter)
    return np.array(
        [
            city.parameter("leave_rate_outsider") / 4.0 * shock,
            city.parameter("leave_rate_local") / 4.0 * shock,
            city.parameter("leave_factor_new"),
            city.parameter("leave_factor_settled"),
            city.parameter("leave_factor_jobless"),
            city.parameter("leave_rent_weight"),
        ]
    )


def _forced(city: City, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the households whose dwelling an order took, and which order.

    Of the occupied places of a cell the share goes that the order took of its stock, empty places and filled
    alike; never fewer than leaves the rest room, but for the one household that rounding makes too many. Who
    it is, is a keyed rank: a larger order reaches the same people first.
    """
    dwellings = city.dwellings
    if not dwellings.removed or not len(rows):
        return rows[:0], np.zeros(0, dtype=np.int64)
    cell = np.empty(len(rows), dtype=np.int64)
    u = np.empty(len(rows))
    homes = city.households.arrays()
    run_blocks(
        kernel.forced_rank, len(rows), city.threads, rows, homes, city.random.seed, city.quarter, cell, u
    )
    total = sum(dwellings.removed.values())
    if MoveCause.COURTYARD_CONTRACT_ENDED in dwellings.removed:
        mine = _not_tenants(city, rows, cell)
        rows, cell, u = rows[mine], cell[mine], u[mine]
    share = np.minimum(total / np.maximum(dwellings.stock_before, 1e-9), 1.0)
    # Both numbers are rounded and may differ by one; were the larger taken, a sample would put too many out.
    stay = np.floor(dwellings.occupied * (1.0 - share) + dwellings.rounding).astype(np.int64)
    wanted = dwellings.occupied - stay
    over = np.where(total > 0, dwellings.occupied - dwellings.places() - 1, 0)
    wanted = np.minimum(np.maximum(wanted, over), dwellings.occupied)
    chosen = lowest_ranks(cell, u, wanted.ravel())
    causes = list(dwellings.removed)
    shares = np.cumsum([dwellings.removed[cause].ravel()[cell[chosen]] for cause in causes], axis=0)
    keys = city.households.draw_key[rows[chosen]]
    draw = city.random.uniforms(Stream.FORCED, keys, city.quarter, 1) * shares[-1]
    which = (draw[None, :] >= shares).sum(axis=0)
    return rows[chosen], np.array([int(cause) for cause in causes], dtype=np.int64)[which]


def _not_tenants(city: City, rows: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return who may be put out where contracts ended: there only those to whom a tenant let the home on."""
    removed = city.dwellings.removed
    ended = removed[MoveCause.COURTYARD_CONTRACT_ENDED]
    only = (ended > 0) & (sum(removed.values()) <= ended * (1.0 + 1e-9))
    reached = only.ravel()[cell]
    reached[reached] = ~vacating.let_on(city, rows[reached])
    return np.asarray(~reached)


def _gather(city: City, event: np.ndarray, forced_rows: np.ndarray, forced_cause: np.ndarray) -> Movers:
    homes = city.households
    event[forced_rows] = 0
    leaving = rows_of(event, kernel.LEAVES, threads=city.threads)
    event[leaving] = 0
    wish, looking = rows_of(event, kernel.MOVES, kernel.LOOKS, threads=city.threads)
    rows = np.concatenate([forced_rows, leaving, wish, looking])
    recent = city.quarter - homes.order_loss_quarter[rows].astype(np.int64) <= WITHIN
    own = np.repeat([int(MoveCause.DEPARTURE), int(MoveCause.VOLUNTARY)], [len(leaving), len(wish)])
    families = city.scratch["refused_families"]
    if len(families):
        refused = np.isin(rows[len(forced_rows) : len(forced_rows) + len(own)], families)
        own = np.where(refused, int(MoveCause.SCHOOL_ADMISSION), own)
    own = np.where(recent[len(forced_rows) : len(forced_rows) + len(own)], int(MoveCause.JOB_LOSS_ORDER), own)
    cause = np.concatenate([forced_cause, own, np.maximum(homes.sharing_cause[looking].astype(np.int64), 0)])
    number = np.arange(len(rows))
    was = describe(city, rows)
    return Movers(
        rows=rows,
        cause=cause,
        forced=number < len(forced_rows),
        leaving=(number >= len(forced_rows)) & (number < len(forced_rows) + len(leaving)),
        origin=homes.zone[rows].astype(np.int64),
        was=was,
        tenure=homes.tenure[rows].astype(np.int64),
        rent_before=homes.rent_cny_month[rows].astype(float),
        looking=number >= len(rows) - len(looking),
    )


def _segments(city: City, movers: Movers) -> np.ndarray:
    local = movers.was[:, HUKOU] == Hukou.LOCAL
    extra, took_money, waits = resettlement.means(city, movers)
    owned = (movers.tenure == Tenure.OWNER) | (movers.tenure == Tenure.SELF_BUILT)
    owner = owned & ~movers.looking & ~waits
    single = movers.was[:, PERSONS] < 2
    kind = np.where(
        local,
        np.where(
            owner | took_money,
            taste.LOCAL_OWNER,
            np.where(single, taste.LOCAL_SINGLE, taste.LOCAL_RENTER),
        ),
        np.where(single, taste.OUTSIDE_SINGLE, taste.OUTSIDE_FAMILY),
    )
    kind = np.where(city.households.kind[movers.rows] == HouseholdKind.COLLECTIVE, taste.CREW, kind)
    income = (movers.was[:, INCOME] + extra) / city.path("wage_index")
    return taste.segment_of(kind, income, movers.was[:, PERSONS])


def _exits(city: City, movers: Movers, segment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say who leaves Beijing, and who of them keeps the job.

    Those who leave of themselves were drawn by hazard. Who lost the home to an order, or has looked for one
    in vain for a quarter, leaves by a logit: a constant by hukou plus the fall of the logsum of homes since
    the base year. Of graduates who came to study a share goes at once.
    """
    loss = city.scratch["inclusive_base"] - _inclusive(city)
    local = movers.was[:, HUKOU] == Hukou.LOCAL
    constant = np.where(local, city.parameter("exit_local"), city.parameter("exit_outsider"))
    in_vain = movers.looking & (city.households.moved_quarter[movers.rows] < city.quarter)
    constant = constant - np.where(in_vain, city.parameter("exit_looking_discount"), 0.0)
    chance = 1.0 / (
        1.0 + np.exp(-(constant + city.parameter("exit_logsum") * np.clip(loss[segment], -5.0, 5.0)))
    )
    chance = np.where(movers.forced | in_vain, chance, 0.0)
    came_to_study = (movers.cause == MoveCause.GRADUATION) & (movers.was[:, ARRIVED] > NO_QUARTER)
    chance = np.where(came_to_study & ~in_vain, city.parameter("graduate_leaves"), chance)
    chance = np.where(movers.leaving, 1.0, chance)
    keys = city.households.draw_key[movers.rows]
    exits = city.random.uniforms(Stream.EXIT, keys, city.quarter) < chance
    employed = movers.was[:, WORKERS] > 0
    keeps = employed & (
        city.random.uniforms(Stream.EXIT, keys, city.quarter, 1) < city.parameter("exit_keeps_job")
    )
    return exits, keeps


def _inclusive(city: City) -> np.ndarray:
    """Return the logsum of homes by segment now, per simulated person of the sample."""
    city.scratch["values"] = taste.values(city)
    _, inclusive = _attraction(city, _size_terms(city, city.dwellings.vacancy()))
    return np.log(np.maximum(inclusive / city.sample, 1e-12))


def _size_terms(city: City, vacancy: np.ndarray) -> np.ndarray:
    """Return what a class of dwelling weighs in a zone by its free places, f8 (343, 13)."""
    size = np.empty(vacancy.shape)
    kernel.size_terms(vacancy, city.parameter("taste_size"), size)
    return size


def _attraction(city: City, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of each zone for each segment, f8 (60, 343), and its sum over zones."""
    weight, inclusive = np.empty((taste.N_SEGMENTS, N_ZONES)), np.empty(taste.N_SEGMENTS)
    kernel.attraction(size, city.scratch["values"], taste.zone_values(city), weight, inclusive)
    return weight, inclusive


def _seekers(city: City, movers: Movers, segment: np.ndarray) -> race.Seekers:
    """Return what the choice asks of each mover; crews and outsiders of low income mind travel more."""
    steep = (movers.was[:, INCOME] < taste.INCOME_EDGES[1] * city.path("wage_index")) & (
        movers.was[:, HUKOU] == 1
    )
    crew = segment // (taste.N_SEGMENTS // taste.N_TYPES) == taste.CREW
    return race.Seekers(
        key=city.households.draw_key[movers.rows],
        segment=segment,
        work=movers.was[:, WORK].astype(np.int64),
        previous=np.where(movers.cause == MoveCause.ARRIVAL, N_ZONES, movers.origin),
        steep=np.select([crew, steep], [CommuteGroup.DORMITORY, CommuteGroup.INFORMAL], CommuteGroup.FORMAL),
    )


def _choose(city: City, movers: Movers, segment: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return zone, class and whether each mover was housed, after a few rounds of choice and rationing."""
    n = len(movers.rows)
    active = np.ones(n, dtype=np.bool_)
    zone = np.full(n, NOWHERE, dtype=np.int64)
    kind = np.full(n, NOWHERE, dtype=np.int64)
    seekers = _seekers(city, movers, segment)
    order = np.empty(n, dtype=np.int64)
    # who queues where is known apart from what they choose, so it is put in order beside the first round
    beside = [(city.random.fill_order, (Stream.PLACE_QUEUE, seekers.key, city.quarter, order))]
    decay = travel_decay(city)
    weights = race.Weights(
        attraction=np.ones((taste.N_SEGMENTS, N_ZONES)),  # until the first round knows what is free
        near=taste.closeness(city),
        reach=city.scratch["decay_to_work"],
        access=taste.work_access(city, decay),
    )
    places = race.race_size(N_ZONES)
    inverse = race.Weights(*(race.spread_out(values, places) for values in weights))
    vacancy = city.dwellings.vacancy()
    for _ in range(ROUNDS):
        size = _size_terms(city, vacancy)
        weights = weights._replace(attraction=_attraction(city, size)[0])
        inverse = inverse._replace(attraction=race.spread_out(weights.attraction, places))
        choices = in_blocks(
            kernel.choose,
            n,
            seekers,
            active,
            weights,
            inverse,
            city.scratch["values"],
            size,
            city.random.seed,
            city.quarter,
            zone,
            kind,
            rows=CHOICE_ROWS,
        )
        run_together(city.threads, *beside, *choices)
        beside = []
        if kernel.ration(order, active, zone, kind, vacancy) == 0:
            break
    city.dwellings.unfilled = vacancy / city.sample
    return zone, kind, ~active
