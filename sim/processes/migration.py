"""Let people come from outside: as many as work, wages, rents and free homes invite, by sector of work."""

from __future__ import annotations

import numpy as np
from scipy.special import pdtr, pdtrik

from sim.city.state import City
from sim.city.wages import wage_levels
from sim.codes import Activity, DwellingClass, HouseholdKind, Hukou, Sector
from sim.kernels import arrivals as kernel
from sim.kernels.labour import draw_wages
from sim.rng import Stream

N_SECTORS = len(Sector)
RECENT = 12  # quarters before the census within which a donor household came
RENTED = (
    DwellingClass.PUBLIC_RENTAL,
    DwellingClass.MARKET_RENTAL,
    DwellingClass.VILLAGE_RENTAL,
    DwellingClass.ILLEGAL,
    DwellingClass.GROUP_RENTAL,
    DwellingClass.BASEMENT,
    DwellingClass.WORKER_DORM,
)


def prepare(city: City) -> None:
    """Keep the newest non-local households of the base year as donors, by sector of the head; call once."""
    people, homes = city.residents, city.households
    head = homes.first_member[: homes.n_rows]
    alive = homes.alive()
    rows = np.flatnonzero(alive)
    head = head[rows]
    newcomer = (people.hukou[head] == Hukou.NON_LOCAL) & (people.arrival_quarter[head] >= -RECENT)
    at_work = people.activity[head] == Activity.EMPLOYED
    donors = rows[newcomer & at_work & (people.activity[head] != Activity.STUDENT)]
    start = np.zeros(len(donors) + 1, dtype=np.int64)
    arrays = (donors, people.arrays(), homes.arrays(), start)
    members = np.empty((kernel.copy_donors(*arrays, np.empty((0, 6), dtype=np.int16)), 6), dtype=np.int16)
    kernel.copy_donors(*arrays, members)
    sector = people.sector[homes.first_member[donors]].astype(np.int64)
    order = np.argsort(sector, kind="stable")
    alone = (np.diff(start) == 1) & (homes.kind[donors] == HouseholdKind.FAMILY)
    weight = np.where(alone, city.parameter("arrival_alone_weight"), 1.0)
    city.scratch["donor_members"] = members
    city.scratch["donor_kind"] = homes.kind[donors].copy()
    city.scratch["donor_member_start"] = start
    city.scratch["donor_start"] = np.searchsorted(sector[order], np.arange(N_SECTORS + 1))
    city.scratch["donor_list"] = order
    city.scratch["donor_weight"] = np.cumsum(weight[order])
    earned, who = np.zeros_like(wage_levels(city)), homes.first_member[donors]
    np.add.at(earned, (people.education[who], people.hukou[who]), people.wage_cny_month[who].astype(float))
    city.scratch["newcomers_wages"] = earned / earned.sum()
    working = (people.activity[: people.n_rows] == Activity.EMPLOYED) & (
        people.household_id[: people.n_rows] >= 0
    )
    by_sector = np.bincount(people.sector[: people.n_rows][working], minlength=N_SECTORS)
    outsiders = working & (people.hukou[: people.n_rows] == Hukou.NON_LOCAL)
    theirs = np.bincount(people.sector[: people.n_rows][outsiders], minlength=N_SECTORS)
    city.scratch["non_local_share"] = theirs / np.maximum(by_sector, 1)
    city.scratch["non_local_jobs"] = theirs.sum() / city.sample
    city.scratch["invitation_base"] = _conditions(city)


def _conditions(city: City) -> dict[str, float]:
    """Return what newcomers look at: free rented homes as a share of the stock, rents against their wages."""
    dwellings = city.dwellings
    rented = list(RENTED)
    stock = dwellings.stock[:, rented].sum()
    free = dwellings.vacancy()[:, rented].sum() / city.sample
    rent = (dwellings.rent_cny_m2_month[:, rented] * dwellings.stock[:, rented]).sum() / stock
    wages = (city.scratch["newcomers_wages"] * wage_levels(city)).sum()
    return {"vacancy": free / stock, "rent": rent / wages}


def expected_households(city: City) -> np.ndarray:
    """Return the expected arriving households by sector of the head, simulated, (20,).

    A base rate on the jobs that non-local residents held in 2010, by outside labour supply and the epidemic,
    times powers of the free jobs a seeker, of rents against wages and of free rented homes, each against its
    base (gravity with push and pull; assumed form); by sector as free jobs and the non-local part of the
    sector's workers.
    """
    base = city.scratch["invitation_base"]
    now = _conditions(city)
    appeal = city.scratch["non_local_share"] * city.scratch["open_jobs"]
    tightness = city.scratch["open_jobs"].sum() / max(city.scratch["n_seekers"], 1)
    pull = np.clip(tightness / city.parameter("job_tightness_normal"), 0.02, 20.0) ** city.parameter(
        "arrival_job_elasticity"
    )
    rent = np.clip(now["rent"] / base["rent"], 0.2, 5.0) ** -city.parameter("arrival_rent_elasticity")
    homes = np.clip(now["vacancy"] / base["vacancy"], 0.02, 3.0) ** city.parameter("arrival_home_elasticity")
    supply = city.path("outside_labour_supply_index") * city.paths.factor("arrivals", city.quarter)
    level = city.parameter("arrival_rate") / 4.0 * city.scratch["non_local_jobs"] * city.sample
    return np.asarray(level * supply * pull * rent * homes * appeal / max(appeal.sum(), 1e-9))


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the smallest count whose Poisson probability reaches u: a larger mean never gives fewer."""
    above = np.ceil(pdtrik(u, mean))
    below = np.maximum(above - 1.0, 0.0)
    return np.asarray(np.where(pdtr(below, mean) >= u, below, above))


def run(city: City) -> None:
    """Let this quarter's newcomers arrive; they share until they find a home in the relocation stage."""
    expected = expected_households(city)
    u = city.random.uniforms(Stream.ARRIVAL_COUNT, np.arange(N_SECTORS, dtype=np.uint64), city.quarter)
    has_donors = np.diff(city.scratch["donor_start"]) > 0
    number = np.where(has_donors, poisson_quantile(u, np.maximum(expected, 1e-9)), 0).astype(np.int64)
    sector = np.repeat(np.arange(N_SECTORS), number)
    if not len(sector):
        return
    sequence = np.concatenate([np.arange(n) for n in number])
    donor = np.empty(len(sector), dtype=np.int64)
    key = np.empty(len(sector), dtype=np.uint64)
    kernel.choose_donors(
        sector,
        sequence,
        city.scratch["donor_start"],
        city.scratch["donor_list"],
        city.scratch["donor_weight"],
        city.random.seed,
        city.quarter,
        donor,
        key,
    )
    start = city.scratch["donor_member_start"]
    n_members = int((start[donor + 1] - start[donor]).sum())
    first_home = city.households.reserve(len(sector))
    first = city.residents.reserve(n_members)
    free = city.jobs.vacancy()
    weight = np.cumsum(free.T.astype(float), axis=1)
    gateway = np.cumsum(city.scratch["non_local_by_zone"] + 1e-9)
    last = kernel.bring(
        sector,
        donor,
        key,
        start,
        city.scratch["donor_members"],
        city.scratch["donor_kind"],
        first_home,
        first,
        city.residents.arrays(),
        city.households.arrays(),
        gateway,
        weight,
        free,
        city.jobs.filled,
        city.random.seed,
        city.quarter,
        city.counters["in_migrants"],
    )
    draw_wages(
        first,
        last,
        city.residents.arrays(),
        city.scratch["wage_log_mean"],
        city.scratch["wage_log_spread"],
        city.random.seed,
    )
