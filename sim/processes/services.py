"""Take in students in the autumn term and carry out the moves of campuses."""

from __future__ import annotations

import numpy as np

from sim.calendar import quarter_of_year
from sim.city.state import City
from sim.codes import N_ZONES, DwellingClass, MoveCause, OrganisationKind
from sim.kernels import campus as kernel
from sim.kernels.choice import leave_city
from sim.processes import boarders
from sim.processes.moves import COMMUTE, PERSONS, TO_HEBEI_TIANJIN, describe
from sim.processes.vital_rates import TERM
from sim.rng import Stream

ROOM_SIZE = 6  # students a room; the base-year rooms hold one to eight


def run(city: City) -> None:
    """Fill the free places of the campuses in the third quarter of the year."""
    if quarter_of_year(city.quarter) != TERM:
        return
    free = _free_places(city)
    total = int(free.sum())
    if total == 0:
        return
    pupils = _pupils(city, total)
    campus_of = np.repeat(np.arange(len(free)), free)
    order = np.argsort(_keyed(city, campus_of), kind="stable")
    pupil_of = np.full(total, -1, dtype=np.int64)
    pupil_of[order[: len(pupils)]] = pupils
    boards = boarders.take_leave(city, pupil_of)
    rooms, start = _rooms(city, len(free))
    first_room = city.households.reserve(total)
    first = city.residents.reserve(total - len(pupils))
    zone_of = np.array([organisation.zone for organisation in city.organisations], dtype=np.int64)
    last_room, last = kernel.enrol(
        campus_of,
        pupil_of,
        boards,
        rooms,
        start,
        start.copy(),
        zone_of,
        ROOM_SIZE,
        first_room,
        first,
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.parameter("student_hukou_share"),
        city.random.seed,
        city.quarter,
        city.counters["in_migrants"],
        city.counters["moved_in"],
        city.counters["moved_out"],
    )
    city.households.trim(last_room)
    city.residents.trim(last)
    _house_students(city)


def students(city: City) -> np.ndarray:
    """Return simulated students by organisation."""
    out = np.zeros(len(city.organisations), dtype=np.int64)
    kernel.count_students(city.residents.arrays(), city.residents.n_rows, out)
    return out


def _free_places(city: City) -> np.ndarray:
    """Return free simulated places by campus: base-year students by the city's enrolment, less its own."""
    growth = city.path("student_enrolment") / city.paths.value("student_enrolment", 0)
    capacity = np.array(
        [o.students if o.kind == OrganisationKind.CAMPUS and o.zone >= 0 else 0.0 for o in city.organisations]
    )
    u = city.random.uniforms(Stream.ROUNDING, np.arange(len(capacity), dtype=np.uint64), 0, 7)
    wanted = np.floor(capacity * growth * city.sample + u).astype(np.int64)
    return np.maximum(wanted - students(city), 0)


def _pupils(city: City, total: int) -> np.ndarray:
    """Return the Beijing pupils who go to a campus, at most a share of the places, in keyed order."""
    rows = city.scratch.get("new_students", np.zeros(0, dtype=np.int64))
    people = city.residents
    rows = rows[(people.household_id[rows] >= 0) & (people.activity[rows] == 1)]
    u = city.random.uniforms(Stream.CAMPUS, people.draw_key[rows], city.quarter, 2)
    limit = int(total * city.parameter("student_places_for_locals"))
    return rows[np.argsort(u, kind="stable")[:limit]]


def _keyed(city: City, campus_of: np.ndarray) -> np.ndarray:
    keys = campus_of.astype(np.uint64) * np.uint64(1 << 32) + np.arange(len(campus_of), dtype=np.uint64)
    return city.random.uniforms(Stream.CAMPUS, keys, city.quarter, 1)


def _rooms(city: City, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rooms of all campuses sorted by campus, and where each campus's begin (n + 1,)."""
    homes = city.households
    rows = np.flatnonzero(
        (homes.organisation_id[: homes.n_rows] >= 0)
        & (homes.dwelling_class[: homes.n_rows] == DwellingClass.CAMPUS_DORM)
        & (homes.n_persons[: homes.n_rows] > 0)
    )
    owner = homes.organisation_id[rows]
    order = np.argsort(owner, kind="stable")
    return rows[order], np.searchsorted(owner[order], np.arange(n + 1))


def _house_students(city: City) -> None:
    """Let campuses keep as many rooms as are lived in: they build dormitories as they grow."""
    dwellings = city.dwellings
    lived_in = dwellings.occupied_full()[:, DwellingClass.CAMPUS_DORM]
    dwellings.stock[:, DwellingClass.CAMPUS_DORM] = np.maximum(
        dwellings.stock[:, DwellingClass.CAMPUS_DORM], lived_in
    )


def _movers_of(city: City, campus: int, share: float) -> np.ndarray:
    """Return a keyed share of a campus's rooms, listed once a quarter before any of them moves."""
    if city.scratch.get("rooms_listed") != city.quarter:
        city.scratch["rooms"] = _rooms(city, len(city.organisations))
        city.scratch["rooms_listed"] = city.quarter
    rooms, start = city.scratch["rooms"]
    own = rooms[start[campus] : start[campus + 1]]
    own = own[city.households.organisation_id[own] == campus]
    u = city.random.uniforms(Stream.CAMPUS, city.households.draw_key[own], city.quarter, 3)
    rounding = city.random.uniform(Stream.ROUNDING, campus, quarter=city.quarter, alternative=8)
    number = int(np.floor(len(own) * min(share, 1.0) + rounding))
    return own[np.argsort(u, kind="stable")[:number]]


def _release_rooms(city: City, zone: np.ndarray) -> None:
    """Take the rooms that were left out of the stock; they are not let to others."""
    stock = city.dwellings.stock[:, DwellingClass.CAMPUS_DORM]
    np.subtract.at(stock, zone, 1.0 / city.sample)
    np.maximum(stock, 0.0, out=stock)


def _write(city: City, rooms: np.ndarray, was: np.ndarray, origin: np.ndarray, to: int) -> None:
    nothing = np.zeros(len(rooms))
    city.moves.append(
        {
            "row": rooms,
            "cause": np.full(len(rooms), int(MoveCause.CAMPUS)),
            "forced": np.zeros(len(rooms), dtype=np.bool_),
            "origin": origin,
            "destination": np.full(len(rooms), to),
            "was": was,
            "tenure": city.households.tenure[rooms].astype(np.int64),
            "rent_before": nothing,
            "rent_after": nothing,
            "commute_after": was[:, COMMUTE],
            "first_time": np.ones(len(rooms), dtype=np.bool_),
        }
    )


def move_students(city: City, origin: int, branch: int, share: float) -> None:
    """Move a share of a campus's rooms, students and all, to a branch."""
    rooms = _movers_of(city, origin, share)
    was = describe(city, rooms)
    here = city.households.zone[rooms].astype(np.int64)
    there = int(city.organisations[branch].zone)
    _release_rooms(city, here)
    city.dwellings.stock[there, DwellingClass.CAMPUS_DORM] += len(rooms) / city.sample
    kernel.move_rooms(
        rooms,
        branch,
        there,
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.quarter,
    )
    np.add.at(city.counters["moved_out"], here, was[:, PERSONS])
    city.counters["moved_in"][there] += was[:, PERSONS].sum()
    _write(city, rooms, was, here, there)


def send_students_away(city: City, campus: int, share: float) -> None:
    """Move a share of a campus's rooms over the city line."""
    rooms = _movers_of(city, campus, share)
    was = describe(city, rooms)
    here = city.households.zone[rooms].astype(np.int64)
    _release_rooms(city, here)
    counts = np.zeros((N_ZONES, 3))
    leave_city(
        rooms,
        np.zeros(len(rooms), dtype=np.bool_),
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.jobs.outside,
        counts,
    )
    city.counters["out_migrants"] += counts[:, 0]
    _write(city, rooms, was, here, TO_HEBEI_TIANJIN)
