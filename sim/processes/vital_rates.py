"""Turn life tables, fertility and assumed family events into quarterly probabilities by age."""

from __future__ import annotations

from collections import namedtuple
from functools import cache

import numpy as np

from sim.city.state import City
from sim.codes import Hukou, Marital, Sex
from sim.data.tables import load_columns
from sim.kernels.blocks import n_blocks, run_blocks
from sim.kernels.vital import MAX_AGE, count_waiting

AGES = np.arange(MAX_AGE + 1)
TERM = 3  # quarter of the year in which schools and campuses take and release people
MOST_STEPS, NEAR_ENOUGH = 50, 1e-12  # of the secant; it takes about six
MALE_SHARE_OF_BIRTHS = 0.52  # 108 boys to 100 girls: sex ratio at age 0 in census_age_sex.csv (2010) is 109
# how much likelier the better schooled are to gain hukou, by Education; assumed: recruitment and talent
# schemes ask for degrees, family reunion does not
HUKOU_APPEAL = np.array([0.0, 0.05, 0.1, 0.3, 1.0, 2.0])

Rates = namedtuple(
    "Rates",
    "death birth union leave_home retire separation gain_hukou hukou_wait school_term start_work start_study"
    " graduate graduate_keeps_hukou",
)


def quarterly(yearly: np.ndarray | float) -> np.ndarray | float:
    """Turn a yearly rate into a probability a quarter."""
    return 1.0 - np.exp(-np.asarray(yearly) / 4.0)


@cache
def _death_rates() -> tuple[np.ndarray, np.ndarray]:
    """Return log central death rates of 2010 and 2017 by sex and single year, each (2, 111).

    Source: mortality_fertility.csv, modelled Beijing rates from WPP 2019 China and the life expectancy of
    each year.
    """
    table = load_columns("mortality_fertility")
    chosen = (table["area_id"] == "beijing") & (table["indicator"] == "modelled_death_rate_mx")
    out = []
    for year in (2010, 2017):
        rates = np.zeros((2, MAX_AGE + 1))
        for sex, name in ((Sex.MALE, "male"), (Sex.FEMALE, "female")):
            rows = np.flatnonzero(chosen & (table["year"] == str(year)) & (table["sex"] == name))
            ages = np.array([int(group.rstrip("+")) for group in table["age_group"][rows]])
            middle = np.where(ages >= 5, ages + 2.5, np.where(ages == 1, 3.0, 0.0))
            order = np.argsort(middle)
            rates[sex] = np.interp(AGES, middle[order], np.log(table["value"][rows][order]))
        out.append(rates)
    return out[0], out[1]


def life_expectancy(log_rates: np.ndarray) -> float:
    """Return life expectancy at birth, both sexes, from log death rates (2, 111)."""
    survivors = np.exp(-np.cumsum(np.exp(log_rates), axis=1))
    alive = np.concatenate([np.ones((2, 1)), survivors], axis=1)
    years = 0.5 * (alive[:, :-1] + alive[:, 1:])
    return float(years.sum(axis=1).mean())


@cache
def _mortality(expectancy: float) -> np.ndarray:
    """Return quarterly death probabilities (2, 111) on the line through 2010 and 2017 by life expectancy.

    Life expectancy is nearly straight along that line, so that a few steps of the secant find where it is the
    one asked for; scipy's root finders take longer to import than all of a run's deaths.
    """
    first, second = _death_rates()
    step = second - first
    before, t = 0.0, 1.0
    gap_before = life_expectancy(first) - expectancy
    for _ in range(MOST_STEPS):
        gap = life_expectancy(first + t * step) - expectancy
        if gap == gap_before or abs(t - before) < NEAR_ENOUGH:
            break
        before, gap_before, t = t, gap, t - gap * (t - before) / (gap - gap_before)
    return np.asarray(quarterly(np.exp(first + t * step)))


@cache
def _fertility_shape() -> np.ndarray:
    """Return the modelled fertility of Beijing in 2010, births a woman a year by year of age (111,)."""
    table = load_columns("mortality_fertility")
    chosen = (table["area_id"] == "beijing") & (table["indicator"] == "modelled_age_specific_fertility_rate")
    ages = np.array([int(group[:2]) for group in table["age_group"][chosen]])
    values = table["value"][chosen] / 1000.0
    out = np.interp(AGES, ages + 2.5, values, left=0.0, right=0.0)
    out[(AGES < 15) | (AGES > 49)] = 0.0
    return out


def _women(city: City, *, married: bool = False, hukou: int | None = None) -> np.ndarray:
    """Return women of the base-year city by age (111,), summed over five years."""
    people = city.residents
    n = people.n_rows
    chosen = people.alive() & (people.sex[:n] == Sex.FEMALE)
    if married:
        chosen &= people.marital[:n] == Marital.MARRIED
    if hukou is not None:
        chosen &= people.hukou[:n] == hukou
    age = np.clip((0 - people.birth_quarter[:n][chosen].astype(int)) // 4, 0, MAX_AGE)
    return np.convolve(np.bincount(age, minlength=MAX_AGE + 1), np.ones(5), "same")


def _hump(peak: float, low: float, high: float) -> np.ndarray:
    """Return a curve by age that rises from `low` to 1 at `peak` and falls slowly to `high`."""
    rise = np.clip((AGES - low) / (peak - low), 0.0, 1.0)
    fall = np.exp(-np.maximum(AGES - peak, 0.0) / (high - peak))
    return rise * fall


def _retirement(city: City) -> np.ndarray:
    """Return quarterly probabilities to retire (2, 111): women from 50 and 55, men from 60, all by 70."""
    out = np.zeros((2, MAX_AGE + 1))
    early = float(quarterly(city.parameter("retire_rate_early")))
    late = float(quarterly(city.parameter("retire_rate_late")))
    out[Sex.FEMALE, 50:55] = early
    out[Sex.FEMALE, 55:] = late
    out[Sex.MALE, 55:60] = early / 2
    out[Sex.MALE, 60:] = late
    out[:, 75:] = 1.0
    return out


def base_rates(city: City) -> dict[str, np.ndarray]:
    """Prepare what does not change with the quarter; call once on the base-year city."""
    marriage = np.zeros((2, MAX_AGE + 1))
    marriage[Sex.FEMALE] = _hump(city.parameter("union_peak_age_women"), 20.0, 36.0)
    marriage[Sex.MALE] = _hump(city.parameter("union_peak_age_women") + 2.0, 22.0, 38.0)
    leave = np.zeros(MAX_AGE + 1)
    leave[20:45] = float(quarterly(city.parameter("leave_home_rate")))
    graduate = np.zeros(MAX_AGE + 1)
    # assumed beside graduate_prob: short courses end early, and few stay past 26
    graduate[20:22] = 0.15
    graduate[22:26] = city.parameter("graduate_prob")
    graduate[26:] = 0.7
    study = np.zeros((2, MAX_AGE + 1))
    study[Hukou.LOCAL, 18:21] = city.parameter("study_prob_local")
    study[Hukou.NON_LOCAL, 18:21] = city.parameter("study_prob_non_local")
    work = np.zeros(MAX_AGE + 1)
    work[16:18] = city.parameter("start_work_prob_16")
    work[18] = 0.5
    work[19:] = 1.0
    return {
        "union": np.asarray(quarterly(city.parameter("union_rate") * marriage)),
        "leave_home": leave,
        "retire": _retirement(city),
        "start_work": np.clip(work, 0.0, 1.0),
        "start_study": study,
        "graduate": graduate,
        "birth_yearly": births_of_married(city),
    }


def births_of_women(city: City, births: np.ndarray) -> np.ndarray:
    """Return the births of a woman by age (111,), given those of a married one by hukou and age (2, 111)."""
    married = np.stack([_women(city, married=True, hukou=hukou) for hukou in Hukou])
    return np.asarray((births * married).sum(axis=0) / np.maximum(_women(city), 1.0))


def births_of_married(city: City) -> np.ndarray:
    """Return births a year of a married woman of 2010 by her hukou and age, (2, 111).

    Both together give the modelled fertility of the city; a woman without Beijing hukou has
    `fertility_non_local` times the children in Beijing of one who has it: many go home to give birth and
    leave the child there.
    """
    married = np.stack([_women(city, married=True, hukou=hukou) for hukou in Hukou])
    women = _women(city)
    share = married.sum(axis=0) / np.maximum(women, 1.0)
    births = np.where(share > 0.02, _fertility_shape() / np.maximum(share, 0.02), 0.0)
    less = np.array([1.0, city.parameter("fertility_non_local")])
    level = (married.sum(axis=0) * births).sum() / max(((less @ married) * births).sum(), 1e-9)
    return np.asarray(np.minimum(level * less[:, None] * births, 0.6))


def rates_of(city: City, base: dict[str, np.ndarray], school_term: bool) -> Rates:
    """Return this quarter's probabilities."""
    fertility = (
        city.path("fertility_index")
        * city.parameter("fertility_level")
        * city.paths.factor("births", city.quarter)
    )
    gain = HUKOU_APPEAL * city.scratch.get("hukou_gain_level", 0.0)
    return Rates(
        death=np.minimum(
            _mortality(round(city.path("life_expectancy"), 3))
            * city.parameter("mortality_level")
            * city.paths.factor("deaths", city.quarter),
            1.0,
        ),
        birth=np.asarray(quarterly(base["birth_yearly"] * fertility)),
        union=base["union"],
        leave_home=base["leave_home"],
        retire=base["retire"],
        separation=float(quarterly(city.parameter("separation_rate"))),
        gain_hukou=np.minimum(gain, 0.25),
        hukou_wait=int(city.parameter("hukou_wait_quarters")),
        school_term=1 if school_term else 0,
        start_work=base["start_work"],
        start_study=base["start_study"],
        graduate=base["graduate"],
        graduate_keeps_hukou=city.parameter("graduate_keeps_hukou"),
    )


def hukou_gain_level(city: City) -> float:
    """Return the level at which the quarter's gains of hukou meet the quota in expectation.

    Gains are a quota of the city (`hukou_gain_quota`, persons a year) taken up by who waits, the better
    schooled first.
    """
    people = city.residents
    waiting = np.zeros((n_blocks(people.n_rows), len(HUKOU_APPEAL)))
    wait = int(city.parameter("hukou_wait_quarters"))
    run_blocks(count_waiting, people.n_rows, city.threads, people.arrays(), city.quarter, wait, waiting)
    appeal = float(waiting.sum(axis=0) @ HUKOU_APPEAL)
    return city.path("hukou_gain_quota") / 4.0 * city.sample / max(appeal, 1.0)
