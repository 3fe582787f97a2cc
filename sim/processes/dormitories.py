"""Keep the workers' dormitories: their rooms are filled up, and their number follows the jobs around.

People come to a dormitory and leave it one by one. Without room-mates anew a room of five would soon hold two
and be full all the same, and the works would house half of the people that they have beds for.

Beds belong to works, shops, kitchens and building sites, and open and close with them; of the workers of
each sector employers house fewer every year. Nobody is put out for that: a room that is to close closes when
it falls empty.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.city.zones import AREA_GROUPS
from sim.codes import N_DISTRICTS, N_ZONES, Activity, DwellingClass, HouseholdKind, Sector
from sim.kernels import dormitory as kernel

DORMITORY = DwellingClass.WORKER_DORM
_KEY_BITS = 48


def fill_rooms(city: City) -> None:
    """Put room-mates together until no two rooms of a zone fit into one.

    The largest rooms are filled first; among rooms alike the draw key decides, so that the order of rows does
    not matter. Couples and families keep their room.
    """
    homes = city.households
    n, most = homes.n_rows, round(city.parameter("dormitory_room_most"))
    persons = homes.n_persons[:n]
    shared = (homes.kind[:n] == HouseholdKind.COLLECTIVE) | (persons == 1)
    rows = np.flatnonzero((homes.dwelling_class[:n] == DORMITORY) & (persons > 0) & (persons < most) & shared)
    zone = homes.zone[rows].astype(np.int64)
    place = zone * (most + 1) + (most - persons[rows].astype(np.int64))
    order = np.argsort(
        (place.astype(np.uint64) << np.uint64(_KEY_BITS))
        | (homes.draw_key[rows] >> np.uint64(64 - _KEY_BITS)),
        kind="stable",
    )
    kernel.fill_rooms(
        rows[order],
        zone[order],
        most,
        city.residents.arrays(),
        homes.arrays(),
        city.dwellings.occupied,
        int(DORMITORY),
    )


def prepare(city: City) -> None:
    """Learn whose workers live in dormitories, by area group and sector; call once.

    Who lives there without work weighs as a sector of its own, whose jobs do not change.
    """
    people, homes = city.residents, city.households
    n = people.n_rows
    rows = np.flatnonzero(people.household_id[:n] >= 0)
    home = people.household_id[rows]
    rows, home = (of[homes.dwelling_class[home] == DORMITORY] for of in (rows, home))
    sector = np.where(
        people.activity[rows] == Activity.EMPLOYED, people.sector[rows].astype(np.int64), len(Sector)
    )
    workers = np.zeros((len(AREA_GROUPS), len(Sector) + 1))
    np.add.at(workers, (city.zones.area_group[homes.zone[home]], sector), 1.0)
    city.scratch["dormitory_workers"] = workers[city.zones.districts.area_group]
    city.scratch["dormitory_closing"] = np.zeros(N_ZONES)
    note_jobs(city)


def note_jobs(city: City) -> None:
    """Take the jobs there are for those that the rooms answer to: rooms follow what changes from here on."""
    city.scratch["dormitory_jobs"] = _jobs_by_district(city)


def follow_jobs(city: City) -> None:
    """Open rooms where jobs grow whose workers live in dormitories; where they go, close what falls empty.

    A district's rooms change as the jobs of each sector there do, weighted with the workers it houses, and as
    the share of workers whom employers house (path ``employer_housing_index``) to the power of
    ``employer_housing_trend``. The jobs in manufacturing that orders took do not count: works that an order
    closes give their rooms up by the order itself (beds of workshops that were pulled down stay, which is a
    gap).
    """
    before, now = city.scratch["dormitory_jobs"], _jobs_by_district(city)
    ordered = np.zeros(N_DISTRICTS)
    np.add.at(ordered, city.zones.district, city.jobs.lost_to_orders[:, Sector.MANUFACTURING])
    now_but_orders = now.copy()
    now_but_orders[:, Sector.MANUFACTURING] += ordered
    workers = city.scratch["dormitory_workers"]
    housed = workers.copy()
    housed[:, :-1] *= now_but_orders / np.maximum(before, 1.0) * _change_in_share_housed(city)
    growth = housed.sum(axis=1) / np.maximum(workers.sum(axis=1), 1e-9) - 1.0
    city.scratch["dormitory_workers"], city.scratch["dormitory_jobs"] = housed, now
    stock = city.dwellings.stock[:, DORMITORY]
    # what an order or the raking took of a zone's rooms need not close once more
    due = np.minimum(city.scratch["dormitory_closing"], stock)
    pending = growth[city.zones.district] * (stock - due) - due
    stock += np.maximum(pending, 0.0)
    closing = np.maximum(-pending, 0.0)
    free = city.dwellings.vacancy()[:, DORMITORY] / city.sample
    closed = np.minimum(closing, np.minimum(free, stock))
    stock -= closed
    city.scratch["dormitory_closing"] = closing - closed


def _change_in_share_housed(city: City) -> float:
    """Return the share of workers whom their employers house this quarter, relative to the last."""
    share = city.paths.series("employer_housing_index")
    change = share[city.quarter] / share[max(city.quarter - 1, 0)]
    return float(change ** city.parameter("employer_housing_trend"))


def _jobs_by_district(city: City) -> np.ndarray:
    """Return jobs by district and sector, those of organisations included, f8 (16, 20)."""
    jobs = np.zeros((N_DISTRICTS, len(Sector)))
    np.add.at(jobs, city.zones.district, city.jobs.stock)
    of_district = city.zones.district[city.jobs.organisation_zone]
    np.add.at(jobs, (of_district, city.jobs.organisation_sector), city.jobs.organisation_stock)
    return jobs
