"""Follow wages over the years: people who came to work without much schooling, and everybody else.

A person's wage is kept at the level of 2010. What it has grown to since is a path: of those without a Beijing
hukou and without college the wages of the nation's migrant workers, of all others those of the city's staff.
The two part and meet again: migrant workers' wages had risen by 54 % in 2013, those of staff by 38, and from
2016 to 2020 they rose by a quarter, the others by a third. Rents of a class of dwelling follow the wages of
those who lived in such dwellings in 2010. Incomes are made comparable over time by the path of staff.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import Activity, DwellingClass, Education, Hukou

N_SCHOOLING, N_HUKOU = len(Education), len(Hukou)
LITTLE_SCHOOLING = slice(Education.NONE, Education.JUNIOR_COLLEGE)
LIVED_ON = "wages_by_class"


def wage_levels(city: City, quarter: int | None = None) -> np.ndarray:
    """Return nominal wages over those of 2010 by schooling and hukou, f8 (6, 2), now or in a quarter."""
    quarter = city.quarter if quarter is None else quarter
    levels = np.full((N_SCHOOLING, N_HUKOU), city.paths.value("wage_index", quarter))
    levels[LITTLE_SCHOOLING, Hukou.NON_LOCAL] = city.paths.value("migrant_wage_index", quarter)
    return levels


def pensions(city: City, quarter: int | None = None) -> np.ndarray:
    """Return pensions by hukou, CNY a month, f8 (2,), now or in a quarter; they grow as wages of staff."""
    quarter = city.quarter if quarter is None else quarter
    of_2010 = np.array([city.parameter("pension_local"), city.parameter("pension_outsider")])
    return np.asarray(of_2010 * city.paths.value("wage_index", quarter))


def prepare(city: City) -> None:
    """Learn from the base-year city whose wages pay for each class of dwelling; call once."""
    people, homes = city.residents, city.households
    n = people.n_rows
    home = people.household_id[:n]
    works = np.flatnonzero((home >= 0) & (people.activity[:n] == Activity.EMPLOYED))
    kind = homes.dwelling_class[home[works]].astype(np.int64)
    works, kind = works[kind >= 0], kind[kind >= 0]
    wages = np.zeros((len(DwellingClass), N_SCHOOLING, N_HUKOU))
    who = (kind, people.education[works].astype(np.int64), people.hukou[works].astype(np.int64))
    np.add.at(wages, who, people.wage_cny_month[works].astype(float))
    # a class that the sample left empty goes by everybody's wages
    city.scratch[LIVED_ON] = wages + 1e-9 * wages.sum(axis=0)


def growth_by_class(city: City) -> np.ndarray:
    """Return the quarter's growth of the wages that pay for each class of dwelling, as a log, f8 (13,)."""
    earned = city.scratch[LIVED_ON]
    now, before = (
        (earned * wage_levels(city, quarter)).sum(axis=(1, 2))
        for quarter in (city.quarter, max(city.quarter - 1, 0))
    )
    return np.asarray(np.log(now / before))
