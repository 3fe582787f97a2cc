"""Know what of the city a measure may take from or add to, in which unit, and how it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.codes import DwellingClass, FloorUse, Hub, Improvement, LandUse, Lodging, MoveCause, Premises

if TYPE_CHECKING:
    from sim.city.state import City

TARGETS = {
    "dwellings": (DwellingClass, "places"),
    "premises": (Premises, "premises"),
    "floor_area": (FloorUse, "m2"),
    "land": (LandUse, "m2"),
    "improvements": (Improvement, "units"),
    "made_safe": (DwellingClass, "places"),
    "given_up": (DwellingClass, "places"),
    "lodging": (Lodging, "beds"),
    "hubs": (Hub, "visits/day"),
}
"""What ``set_capacity`` may change: the codes of its classes and its unit."""
HOMES = ("dwellings", "given_up")

_STOCKS: dict[str, Callable[[Any], np.ndarray]] = {
    "dwellings": lambda city: city.dwellings.stock,
    "premises": lambda city: city.land.premises,
    "floor_area": lambda city: city.land.floor_area_m2,
    "land": lambda city: city.land.use_m2,
    "improvements": lambda city: city.land.improvements,
    "made_safe": lambda city: city.dwellings.made_safe,
    "given_up": lambda city: city.dwellings.stock,
    "lodging": lambda city: city.visitors.beds,
    "hubs": lambda city: city.visitors.hub_visitors,
}
_TAKERS: dict[str, Callable[[Any, np.ndarray, int, np.ndarray], np.ndarray]] = {
    "premises": lambda city, *what: city.land.take_premises(*what),
    "floor_area": lambda city, *what: city.land.take_floor_area(*what),
    "land": lambda city, *what: city.land.take_land(*what),
    "given_up": lambda city, *what: city.dwellings.withdraw(*what),
    "lodging": lambda city, *what: city.visitors.take_beds(*what),
    "hubs": lambda city, *what: city.visitors.take_hub_visitors(*what),
}


def stock_of(city: City, target: str) -> np.ndarray:
    """Return the stock behind a target, (343, classes)."""
    return _STOCKS[target](city)


def take(
    city: City, target: str, zones: np.ndarray, code: int, amount: np.ndarray, cause: MoveCause | None
) -> np.ndarray:
    """Take amounts of one class out of different zones, and return what there was.

    Raises
    ------
    ValueError
        When dwellings are taken and nothing says why their people move.
    """
    if target == "dwellings":
        if cause is None and amount.any():
            raise ValueError("a measure that takes dwellings must have a cause of moving")
        return amount if cause is None else city.dwellings.take(zones, code, amount, cause)
    if target in _TAKERS:
        return _TAKERS[target](city, zones, code, amount)
    stock = stock_of(city, target)
    taken = np.minimum(amount, stock[zones, code])
    stock[zones, code] -= taken
    return taken


def floor_area_of(
    city: City, target: str, zones: np.ndarray, code: int, change: np.ndarray
) -> np.ndarray | float:
    """Return the above-ground floor area that a change of capacity is worth, m2."""
    if target == "floor_area":
        return change
    if target in HOMES and code != DwellingClass.BASEMENT:
        area: np.ndarray = change * city.dwellings.floor_area_m2[zones, code]
        return area
    return 0.0
