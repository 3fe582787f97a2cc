"""Keep homes idle: bought and lived in by nobody, nor offered, until their owners use, let or sell them.

A flat that is handed over stands empty first: it is to be fitted out, was bought ahead of need or as an
investment. Who moves to another home of their own often keeps the old one, for its school place, its hukou or
its price, and so do heirs and couples who had a home each. All are taken up little by little, half of them
within a half-life: their owners do not live by rent. So a city that builds much at its edge goes on filling
that edge for years after the building, and its middle empties slowly where people have moved on and kept what
they had. Only where hardly a flat is left to rent, less than half of what is normal, are more of them let.

How many there were in 2010 follows from the ages of the homes of each district: of the homes of one year of
construction the share that was idle at first has shrunk by the half-life since. Homes kept by who moved on,
inherited or married were as many as the run's own rates keep up.

Evidence, none of it by district: 27 % of the flats in some fifty compounds built in 2004 to 2006 were unlit
(Beijing Union University, in china.org.cn/business/2010-09/07/content_20880482.htm); 10 % of
homes in Beijing and Shanghai (CLSA, told by China Daily 2014-05-16); 28.9 % of all homes in Beijing (the
police in 2012, conference-board.org/blog post 1916), which an agency disputed: 300,000 to 400,000 homes, some
5 % (district.ce.cn 2012-06-07); 882 million m2 of homes in 2017 for 690 million m2 lived in
(housing_rents_renewal: stock; floor area a person of 2015 and 2016).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.city.state import City
from sim.codes import N_DISTRICTS, DwellingClass
from sim.data.tables import DISTRICTS, load_columns

FLATS = (DwellingClass.OWNER_COMMODITY, DwellingClass.WORK_UNIT)
"""What owners hold: they sell it, let it or keep it idle."""
FIRST, LAST = 1998, 2010
"""Years of construction of the commodity homes of 2010: flats were sold on a market from 1998 on."""
FEWEST = 100.0
"""Listings below which a district's ages are those of all districts together."""
OWNERS_BY_AGE = 0.7
"""Moves of the owners of 2010 over the rate at 30 to 44, by the ages of their heads and the factors of
`relocation.move_probabilities` (0.71 in the base-year city)."""
EMPTIED = 0.0025
"""Owned homes a year that deaths and marriages empty (8,800 of 3.5 million in the model's 2011 and 2012)."""
PLENTY = 0.5
"""Scarcity of flats to rent up to which no more idle homes are let than come back anyway. Assumed, as is how
many are let beyond it (`idle_homes_letting`), whose range stands for both."""
WITHIN = {"beijing_eda": "daxing"}


def prepare(city: City) -> None:
    """Set the homes that were idle in 2010, by places alone, so that no sample changes them; call once."""
    dwellings = city.dwellings
    half_life = city.parameter("idle_homes_half_life_years")
    moves = city.parameter("move_rate_owner") * OWNERS_BY_AGE
    kept = city.parameter("left_homes_idle_share") * (moves + EMPTIED) * half_life / np.log(2.0)
    dwellings.idle[:, FLATS] = kept * dwellings.stock[:, FLATS]
    left = 0.5 ** ((LAST - np.arange(FIRST, LAST + 1)) / half_life)
    share = city.parameter("new_homes_idle_share") * (construction_years() @ left)
    used = dwellings.stock[:, DwellingClass.OWNER_COMMODITY]
    dwellings.idle[:, DwellingClass.OWNER_COMMODITY] += used * (share / (1.0 - share))[city.zones.district]


@cache
def construction_years() -> np.ndarray:
    """Return the years of construction of each district's commodity homes of 2010, rows sum to 1, (16, 13).

    From homes listed about 2018, as shares inside a district. Districts with few listings take the mean year.
    """
    table = load_columns("homes_by_construction_year")
    counts = np.zeros((N_DISTRICTS, LAST - FIRST + 1))
    for area, year, listed in zip(table["area_id"], table["year"], table["value"], strict=True):
        if FIRST <= year <= LAST:
            counts[DISTRICTS.index(WITHIN.get(area, area)), year - FIRST] += listed
    counts[counts.sum(axis=1) < FEWEST] = counts.sum(axis=0)
    shares: np.ndarray = counts / counts.sum(axis=1, keepdims=True)
    shares.setflags(write=False)
    return shares


def hand_over(city: City, homes: np.ndarray) -> np.ndarray:
    """Let a share of the new commodity homes (343,) stand idle and return those that are used at once."""
    idle = city.parameter("new_homes_idle_share") * homes
    city.dwellings.idle[:, DwellingClass.OWNER_COMMODITY] += idle
    return homes - idle


def take_up(city: City, scarcity: np.ndarray) -> None:
    """Bring a quarter's share of the idle homes back: to be owned and lived in, some of them to let.

    Homes come back at a constant hazard. Where less than half of the normal share of flats is left to rent,
    more are let, at up to `idle_homes_letting` times that hazard.

    Parameters
    ----------
    scarcity
        How far below normal the vacancy of rented flats is by zone, from 0 to 1 where none is left (343,).
    """
    dwellings = city.dwellings
    hazard = 0.25 * np.log(2.0) / city.parameter("idle_homes_half_life_years")
    more = (
        city.parameter("idle_homes_letting") * np.maximum((scarcity - PLENTY) / (1.0 - PLENTY), 0.0)[:, None]
    )
    back = -np.expm1(-hazard * (1.0 + more)) * dwellings.idle
    dwellings.idle -= back
    to_let = (city.parameter("new_homes_let_share") + more) / (1.0 + more)
    dwellings.stock += (1.0 - to_let) * back
    for owned in FLATS:
        dwellings.let(owned, (to_let * back)[:, owned], city.parameter("tenants_per_let_flat"))


def keep(city: City, left: np.ndarray) -> None:
    """Let a share of the homes that were left be kept idle, as far as they are free.

    Those who moved on of themselves keep them; where the last who lived there died or married away, the
    family does.

    Parameters
    ----------
    left
        Homes left, simulated, by zone and class (343, 13).
    """
    dwellings = city.dwellings
    wanted = city.parameter("left_homes_idle_share") * left[:, FLATS] / city.sample
    free = np.maximum(dwellings.stock - dwellings.occupied_full(), 0.0)[:, FLATS]
    kept = np.minimum(wanted, np.minimum(free, dwellings.vacancy()[:, FLATS] / city.sample))
    dwellings.stock[:, FLATS] -= kept
    dwellings.idle[:, FLATS] += kept
