"""Let people age, die, be born, marry, part, leave home, finish school, retire and gain hukou."""

from __future__ import annotations

import numpy as np

from sim.calendar import quarter_of_year
from sim.city.state import City
from sim.codes import N_DISTRICTS, Sex
from sim.kernels import demography as kernel
from sim.kernels import vital
from sim.kernels.blocks import run_blocks
from sim.kernels.events import rows_of
from sim.processes import boarders, idle_homes, vital_rates

LIFE_COURSE = vital.LEAVE_HOME | vital.GAIN_HUKOU | vital.GRADUATE | vital.RETIRE | vital.START_WORK


def run(city: City) -> None:
    """Carry out the demographic events of the quarter.

    Who starts to study is left in ``city.scratch["new_students"]`` for the campuses.
    """
    people = city.residents
    if "vital_base" not in city.scratch:
        city.scratch["vital_base"] = vital_rates.base_rates(city)
    school_term = quarter_of_year(city.quarter) == vital_rates.TERM
    city.scratch["hukou_gain_level"] = vital_rates.hukou_gain_level(city)
    rates = vital_rates.rates_of(city, city.scratch["vital_base"], school_term)
    event = np.zeros(people.n_rows, dtype=np.uint16)
    run_blocks(
        vital.decide,
        people.n_rows,
        city.threads,
        people.arrays(),
        rates,
        city.random.seed,
        city.quarter,
        event,
    )
    asked = (vital.DEATH, vital.BIRTH, LIFE_COURSE, vital.UNION, vital.SEPARATE, vital.START_STUDY)
    dead, mothers, changed, suitors, parting, students = rows_of(event, *asked, threads=city.threads)
    lived_in = city.dwellings.occupied.copy()
    _deaths(city, dead)
    _births(city, mothers)
    _life_course(city, changed, event, rates)
    _unions(city, suitors)
    _separations(city, parting)
    idle_homes.keep(city, lived_in - city.dwellings.occupied)
    city.scratch["new_students"] = students


def _deaths(city: City, rows: np.ndarray) -> None:
    kernel.apply_deaths(
        rows,
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.counters["deaths"],
    )


def _births(city: City, mothers: np.ndarray) -> None:
    mothers = mothers[city.residents.household_id[mothers] >= 0]
    first = city.residents.reserve(len(mothers))
    kernel.apply_births(
        mothers,
        first,
        city.residents.arrays(),
        city.households.arrays(),
        city.random.seed,
        city.quarter,
        vital_rates.MALE_SHARE_OF_BIRTHS,
        city.counters["births"],
    )


def _life_course(city: City, rows: np.ndarray, event: np.ndarray, rates: vital_rates.Rates) -> None:
    first = city.households.reserve(len(rows))
    graduates = rows[(event[rows] & vital.GRADUATE) > 0]
    family = np.full(len(rows), boarders.NOWHERE, dtype=np.int64)
    family[(event[rows] & vital.GRADUATE) > 0] = boarders.families(city, graduates)
    boarders.forget(city, graduates)
    after = kernel.apply_life_course(
        rows,
        event,
        family,
        city.residents.arrays(),
        city.households.arrays(),
        first,
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.dwellings.occupied,
        city.quarter,
        city.counters["hukou_gained"],
        city.counters["hukou_lost"],
        city.counters["moved_in"],
        city.counters["moved_out"],
        rates,
        city.random.seed,
    )
    city.households.trim(after)


def _features(city: City, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    group = np.empty(len(rows), dtype=np.int64)
    rank, u = np.empty(len(rows)), np.empty(len(rows))
    kernel.pair_features(
        rows,
        city.residents.arrays(),
        city.households.arrays(),
        city.zones.district,
        city.random.seed,
        city.quarter,
        group,
        rank,
        u,
    )
    return group, rank, u


def pair(
    group_men: np.ndarray,
    rank_men: np.ndarray,
    u_men: np.ndarray,
    group_women: np.ndarray,
    rank_women: np.ndarray,
    u_women: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Pair men and women of a group alike in rank; return the positions of both, equally long.

    Where one sex is more numerous, the keyed uniform says who finds a partner this quarter. Men's ranks stand
    two years (eight quarters) above women's, so the younger bride is the rule and not the law.
    """
    men, women = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for group in range(2 * N_DISTRICTS):
        his = np.flatnonzero(group_men == group)
        hers = np.flatnonzero(group_women == group)
        n = min(len(his), len(hers))
        his = his[np.argsort(u_men[his], kind="stable")[:n]]
        hers = hers[np.argsort(u_women[hers], kind="stable")[:n]]
        men.append(his[np.argsort(rank_men[his], kind="stable")])
        women.append(hers[np.argsort(rank_women[hers], kind="stable")])
    return np.concatenate(men), np.concatenate(women)


def _unions(city: City, rows: np.ndarray) -> None:
    people = city.residents
    rows = rows[people.household_id[rows] >= 0]
    men = rows[people.sex[rows] == Sex.MALE]
    women = rows[people.sex[rows] == Sex.FEMALE]
    his, hers = pair(*_features(city, men), *_features(city, women))
    first = city.households.reserve(len(his))
    after = kernel.apply_unions(
        men[his],
        women[hers],
        people.arrays(),
        city.households.arrays(),
        first,
        city.dwellings.occupied,
        city.quarter,
        city.counters["moved_in"],
        city.counters["moved_out"],
    )
    city.households.trim(after)


def _separations(city: City, rows: np.ndarray) -> None:
    rows = rows[city.residents.household_id[rows] >= 0]
    first = city.households.reserve(len(rows))
    after = kernel.apply_separations(
        rows,
        city.residents.arrays(),
        city.households.arrays(),
        first,
        city.dwellings.occupied,
        city.quarter,
    )
    city.households.trim(after)
