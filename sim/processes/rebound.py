"""Let informal homes and premises grow where they pay, and grow back where they were cleared."""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import DwellingClass, Premises
from sim.processes.housing_market import vacancy_rates

GROWING = (DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL, DwellingClass.GROUP_RENTAL)
REGROWING = (*GROWING, DwellingClass.BASEMENT)


def run(city: City) -> None:
    """Grow informal homes where they are scarce, and let a part of what was cleared come back.

    Regrowth is a hazard, ln 2 over the half-life without control (1 to 5 years, assumed), on the cleared
    places; it works where informal homes are scarce and is slowed by standing enforcement: factors by zone in
    ``city.scratch["rates"]``, named ``regrowth.`` and the class of dwelling or ``premises.`` and its kind.
    """
    dwellings = city.dwellings
    rate = vacancy_rates(city)
    normal = city.parameter("vacancy_normal_informal")
    scarcity = np.clip((normal - rate) / normal, 0.0, 1.0)[city.zones.district]
    hazard = 1.0 - np.exp(-np.log(2.0) / (4.0 * city.parameter("rebound_half_life_years")))
    for kind in GROWING:
        new = city.parameter("informal_growth_rate") / 4.0 * scarcity[:, kind] * dwellings.stock[:, kind]
        new = new * _free_hand(city, kind.name.lower())
        dwellings.stock[:, kind] += new
    for kind in REGROWING:
        back = hazard * scarcity[:, kind] * dwellings.cleared[:, kind] * _free_hand(city, kind.name.lower())
        dwellings.cleared[:, kind] -= back
        dwellings.stock[:, kind] += back
        dwellings.rebounded[:, kind] += back
    for premises in (Premises.WALL_OPENING, Premises.ILLEGAL):
        back = hazard * city.land.premises_cleared[:, premises] * city.parameter("rebound_premises_share")
        back = back * _free_hand(city, f"premises.{premises.name.lower()}")
        city.land.premises_cleared[:, premises] -= back
        city.land.premises[:, premises] += back
    city.counters["rebounded"] += dwellings.rebounded.sum(axis=1)


def _free_hand(city: City, name: str) -> np.ndarray:
    """Return the factor that enforcement leaves of a class's regrowth, by zone; 1 where nobody enforces."""
    return city.rate(f"regrowth.{name}")
