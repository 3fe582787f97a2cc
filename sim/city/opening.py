"""Turn the base-year city into the state a run changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.agents.businesses import Businesses
from sim.agents.columns import Columns
from sim.agents.households import Households
from sim.agents.residents import Residents
from sim.city.count import count
from sim.city.dwellings import Dwellings
from sim.city.jobs import Jobs
from sim.city.land import Land
from sim.city.network import distance_km, state_of_quarter, travel_minutes
from sim.city.slack import slack_of
from sim.city.state import City
from sim.city.zones import load_zones
from sim.codes import N_ZONES, SECTOR_OF_ORGANISATION, DwellingClass, OrganisationKind, Sector
from sim.kernels.links import link_sorted
from sim.rng import KeyedRandom, Stream


def fill(columns: Columns, values: Mapping[str, np.ndarray]) -> None:
    """Copy the base-year columns into a fresh set; columns the base year does not have stay empty."""
    for column in columns.columns:
        if column.name in values:
            getattr(columns, column.name)[: columns.n_rows] = values[column.name]


def open_city(base: Any, parameters: Any, paths: Any, seed: int, threads: int) -> City:
    """Return the city of 2010Q4, ready for its first quarter."""
    residents = Residents(len(base.residents["draw_key"]))
    households = Households(len(base.households["draw_key"]))
    businesses = Businesses(len(base.businesses["draw_key"]))
    fill(residents, base.residents)
    fill(households, base.households)
    fill(businesses, base.businesses)
    link_sorted(residents.arrays(), households.arrays(), residents.n_rows)
    random = KeyedRandom(seed)
    city = City(
        zones=load_zones(),
        residents=residents,
        households=households,
        businesses=businesses,
        dwellings=_dwellings(base, random),
        land=Land(
            floor_area_m2=np.array(base.land["floor_area_m2"], dtype=float),
            premises=np.array(base.land["premises"], dtype=float),
        ),
        jobs=_jobs(base, random),
        parameters=parameters,
        paths=paths,
        random=random,
        sample=base.sample,
        threads=threads,
        distance_km=distance_km(),
    )
    # Registered here and living elsewhere: clearing their room frees floor area and moves nobody.
    city.scratch["absent_hukou"] = np.array(base.absent_hukou, dtype=float)
    set_travel_times(city)
    _count(city)
    return city


def set_travel_times(city: City) -> None:
    """Use the travel times of the rail network that is open in this quarter."""
    state = state_of_quarter(city.quarter)
    if city.scratch.get("network_state") != state:
        city.minutes = travel_minutes(state)
        city.scratch["network_state"] = state


def _rounding(random: KeyedRandom, shape: tuple[int, ...], what: int) -> np.ndarray:
    """Draw the run's rounding of each cell; see `Dwellings`."""
    cells = np.arange(int(np.prod(shape)), dtype=np.uint64)
    return random.uniforms(Stream.ROUNDING, cells, 0, what).reshape(shape)


def _dwellings(base: Any, random: KeyedRandom) -> Dwellings:
    shape = (N_ZONES, len(DwellingClass))
    return Dwellings(
        stock=np.array(base.dwellings["stock"], dtype=float),
        floor_area_m2=np.array(base.dwellings["floor_area_m2"], dtype=float),
        rent_cny_m2_month=np.array(base.dwellings["rent_cny_m2_month"], dtype=float),
        sample=base.sample,
        rounding=_rounding(random, shape, 1),
    )


def _jobs(base: Any, random: KeyedRandom) -> Jobs:
    facts = base.facts
    shape = (N_ZONES, len(Sector))
    return Jobs(
        stock=np.zeros(shape),
        organisation_stock=np.array([fact["n_jobs"] for fact in facts], dtype=float),
        organisation_zone=np.array([fact["zone"] for fact in facts], dtype=np.int64),
        organisation_sector=np.array(
            [int(SECTOR_OF_ORGANISATION[OrganisationKind(fact["kind"])]) for fact in facts], dtype=np.int64
        ),
        sample=base.sample,
        rounding=_rounding(random, shape, 2),
        organisation_rounding=_rounding(random, (len(facts),), 3),
        organisation_filled=np.zeros(len(facts), dtype=np.int64),
    )


def _count(city: City) -> None:
    """Count who fills dwellings and jobs at the start."""
    counted = count(city)
    city.households.n_persons[: city.households.n_rows] = counted.members
    city.dwellings.occupied = counted.occupied
    city.jobs.filled = counted.filled
    city.jobs.organisation_filled = counted.organisation_filled


def set_slack(city: City) -> None:
    """Give every cell its base-year share of free places whatever the sample drew; jobs are counted first."""
    dwellings, jobs = city.dwellings, city.jobs
    kind = np.arange(len(DwellingClass))[None, :] + len(DwellingClass) * city.zones.district[:, None].astype(
        np.int64
    )
    dwellings.slack = slack_of(dwellings.stock, dwellings.occupied, city.sample, kind)
    sector = np.broadcast_to(np.arange(len(Sector)), jobs.stock.shape)
    jobs.slack = slack_of(jobs.stock, jobs.filled, city.sample, sector)
    jobs.organisation_slack = slack_of(
        jobs.organisation_stock, jobs.organisation_filled, city.sample, jobs.organisation_sector
    )
