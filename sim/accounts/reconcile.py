"""Check that people, households, dwellings and jobs add up by zone, or stop the run and say where."""

from __future__ import annotations

import numpy as np

from sim.city.count import count
from sim.city.state import City
from sim.codes import DwellingClass, Sector
from sim.errors import ReconcileError

STAGE = "reconcile"


def run(city: City) -> None:
    """Compare the books with a count from scratch, which is left in ``city.scratch["counted"]``.

    Raises
    ------
    ReconcileError
        When residents by zone, members of households, occupied places or workers by workplace disagree.
    """
    counted = count(city)
    city.scratch["counted"] = counted
    _members(city, counted.members)
    _residents(city, counted.people[:, 0])
    kinds, sectors = [kind.name for kind in DwellingClass], [sector.name for sector in Sector]
    _table(city, "occupied dwellings", city.dwellings.occupied, counted.occupied, kinds)
    _table(city, "workers", city.jobs.filled, counted.filled, sectors)
    wrong = np.flatnonzero(counted.organisation_filled != city.jobs.organisation_filled)
    if len(wrong):
        first = int(wrong[0])
        _stop(
            city,
            city.organisations[first].name,
            int(city.jobs.organisation_filled[first] - counted.organisation_filled[first]),
            "staff",
        )


def _stop(city: City, place: str, amount: float, what: str) -> None:
    raise ReconcileError(
        STAGE, place, amount, f"{what} in the books less {what} counted, quarter {city.quarter}"
    )


def _members(city: City, members: np.ndarray) -> None:
    book = city.households.n_persons[: city.households.n_rows]
    wrong = np.flatnonzero(book != members)
    if len(wrong):
        zones = city.households.zone[wrong]
        here = wrong[zones == zones[0]]
        place = city.zones.ids[int(zones[0])]
        _stop(city, place, float((book - members)[here].sum()), "household members")


def _residents(city: City, residents: np.ndarray) -> None:
    """Compare people now with people before, plus who came to the zone and less who left it."""
    before = city.scratch.get("residents_before")
    if before is None:
        return
    c = city.counters
    book = (
        before
        + c["births"]
        - c["deaths"]
        + c["in_migrants"]
        - c["out_migrants"]
        + c["moved_in"]
        - c["moved_out"]
    )
    wrong = np.flatnonzero(np.abs(book - residents) > 0.5)
    if len(wrong):
        first = int(wrong[0])
        _stop(city, city.zones.ids[first], float(book[first] - residents[first]), "residents")


def _table(city: City, what: str, book: np.ndarray, counted: np.ndarray, names: list[str]) -> None:
    wrong = np.argwhere(book != counted)
    if len(wrong):
        zone, column = (int(v) for v in wrong[0])
        _stop(
            city,
            f"{city.zones.ids[zone]} {names[column].lower()}",
            float(book[zone, column] - counted[zone, column]),
            what,
        )
