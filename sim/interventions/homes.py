"""Take homes, spread what is taken over classes of dwelling, and free land: what several kinds share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse, LandUse, MoveCause, Premises
from sim.interventions.base import Verbs
from sim.interventions.split import TINY
from sim.kernels.blocks import n_blocks, run_blocks
from sim.kernels.tally import count_by_class
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City


def fill_classes(amount: np.ndarray, shares: np.ndarray, stock: np.ndarray) -> np.ndarray:
    """Spread each zone's amount over classes, and what a class does not hold over the zone's others.

    Parameters
    ----------
    amount
        What is taken in each zone, (n,).
    shares
        Weight of each class, (k,) or (n, k).
    stock
        The most each class can give, (n, k).

    Returns
    -------
    numpy.ndarray
        What each class gives, f8 (n, k), never above `stock`.
    """
    given = np.zeros(stock.shape)
    shares = np.broadcast_to(shares, stock.shape)
    for _ in range(stock.shape[1]):
        room = stock - given
        pull = np.where(room > TINY, shares, 0.0)
        total = pull.sum(axis=1, keepdims=True)
        left = np.maximum(amount - given.sum(axis=1), 0.0)[:, None]
        given += np.minimum(left * pull / np.maximum(total, TINY), room)
    return given


def occupied_share(city: City, zones: np.ndarray, code: int) -> np.ndarray:
    """Return the share of a class's places that somebody lives in, f8 (n,)."""
    stock = city.dwellings.stock[zones, code]
    share = city.dwellings.occupied[zones, code] / city.sample / np.maximum(stock, TINY)
    return np.asarray(np.minimum(np.maximum(share, 0.0), 1.0))


def household_size(city: City, code: int, otherwise: float) -> float:
    """Return the mean size of the households in a class of dwelling now, or a value where there is none."""
    held = city.scratch.get("household_size")
    if held is None or held[0] != city.quarter:
        homes = city.households
        counts = np.zeros((n_blocks(homes.n_rows), len(DwellingClass), 2), dtype=np.int64)
        run_blocks(count_by_class, homes.n_rows, city.threads, homes.n_persons, homes.dwelling_class, counts)
        number, total = counts.sum(axis=0).T
        held = (city.quarter, np.where(number > 0, total / np.maximum(number, 1), np.nan))
        city.scratch["household_size"] = held
    size = float(held[1][code])
    return otherwise if np.isnan(size) else size


def take_places(
    measure: Measure,
    zones: np.ndarray,
    code: int,
    places: np.ndarray,
    persons_per_place: float,
    city: City,
    verbs: Verbs,
    basis: str,
    cause: MoveCause | None = None,
    *,
    for_good: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Take places of a class of dwelling; return the places and the persons who lived in them, (n,) each.

    A place that is lived in holds as many people as its class does now, `persons_per_place` where
    there are no households to count. What is taken `for_good` does not grow back.
    """
    per_place = household_size(city, code, persons_per_place) * occupied_share(city, zones, code)
    taken = -verbs.set_capacity(
        measure,
        "dwellings",
        zones,
        code,
        -places,
        "places",
        persons_per_unit=per_place,
        basis=basis,
        cause=cause,
        for_good=for_good,
    )
    return taken, taken * per_place


def take_classes(
    measure: Measure,
    zones: np.ndarray,
    codes: tuple[DwellingClass, ...],
    places: np.ndarray,
    persons_per_place: float,
    city: City,
    verbs: Verbs,
    basis: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take places (n, k) of several classes; return places, floor area in m2 and persons, (n,) each."""
    number, floor, persons = np.zeros(len(zones)), np.zeros(len(zones)), np.zeros(len(zones))
    for column, code in enumerate(codes):
        taken, people = take_places(
            measure, zones, code, places[:, column], persons_per_place, city, verbs, basis
        )
        number += taken
        floor += taken * city.dwellings.floor_area_m2[zones, code]
        persons += people
    return number, floor, persons


def take_workshops(
    measure: Measure, zones: np.ndarray, area_m2: np.ndarray, city: City, verbs: Verbs, basis: str
) -> np.ndarray:
    """Take illegal non-residential floor area and the same share of its premises; return the floor area."""
    use, kind = FloorUse.ILLEGAL_NONRESIDENTIAL, Premises.ILLEGAL
    stock = city.land.floor_area_m2[zones, use].copy()
    taken = -verbs.set_capacity(measure, "floor_area", zones, use, -area_m2, "m2", basis=basis)
    share = taken / np.maximum(stock, TINY)
    verbs.set_capacity(
        measure, "premises", zones, kind, -share * city.land.premises[zones, kind], "premises", basis=basis
    )
    return taken


def free_land(
    measure: Measure, zones: np.ndarray, floor_area_m2: np.ndarray, verbs: Verbs, basis: str
) -> None:
    """Enter the land that demolished floor area stood on as freed."""
    land = floor_area_m2 / verbs.parameter("demolish_floor_per_land", measure)
    verbs.set_capacity(measure, "land", zones, LandUse.FREED, land, "m2", basis=basis)


def make_safe(
    measure: Measure,
    zones: np.ndarray,
    code: int,
    places: np.ndarray,
    share_lost: float,
    city: City,
    verbs: Verbs,
    basis: str,
) -> np.ndarray:
    """Make places safe; of them a share goes, as far as places stand empty. Return the places treated, (n,).

    Empty places are reckoned after last quarter's moves, and of them only what the sample shows as free goes,
    so that nobody has to leave.
    """
    stock = city.dwellings.stock[zones, code]
    treated = np.minimum(places, np.maximum(stock - city.dwellings.made_safe[zones, code], 0.0))
    free = np.minimum(
        city.dwellings.vacancy()[zones, code] / city.sample, stock * (1.0 - occupied_share(city, zones, code))
    )
    lost = np.minimum(treated * share_lost, free)
    gone = -verbs.set_capacity(measure, "given_up", zones, code, -lost, "places", basis=basis)
    verbs.set_capacity(measure, "made_safe", zones, code, treated - gone, "places", basis=basis)
    return treated
