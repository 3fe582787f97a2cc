"""Say how concentrated jobs must lie for the homes of an industry's workers to lie as they were counted.

Where people worked by industry is in no table of 2010; where those who work in an industry live is. With jobs
placed by `sim.synthesis.workplaces.job_mass` homes are drawn around them, as far away as people commute, and
compared with the census district by district. Too little concentration and the homes drawn differ too little
between districts. ``python -m calibration.job_concentration`` prints the table that `job_concentration` of
base_year.yaml rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import N_DISTRICTS, N_ZONES, CommuteGroup, Sector
from sim.parameters.commutes import commute_group_of_class, travel_decay_rates
from sim.synthesis.workplaces import gravity, job_mass

if TYPE_CHECKING:
    import pandas as pd

    from sim.city.state import City
    from sim.parameters.store import ParameterSet

SAMPLE = 0.1
TRIED = (0.0, 1.0, 2.0, 2.75, 3.5)
SMALL = (Sector.MINING, Sector.UTILITIES, Sector.ENVIRONMENT, Sector.INTERNATIONAL)
"""Industries with fewer than 150,000 people at work."""
AT_HOME = (Sector.AGRICULTURE, Sector.RESIDENT_SERVICES)
"""Industries whose people work where they live, or about there."""
COMPARED = [sector for sector in Sector if sector not in (*SMALL, *AT_HOME)]


def spread_of_homes(
    workers: np.ndarray,
    organisations: pd.DataFrame,
    minutes: np.ndarray,
    district: np.ndarray,
    parameters: ParameterSet,
) -> np.ndarray:
    """Return, by industry compared, how much homes drawn around the jobs differ between districts, f8 (14,).

    The slope of the logarithm of the location quotient drawn on that counted, districts weighted by people at
    work: one where they differ as much as was counted.

    Parameters
    ----------
    workers : (20, 4, 343)
        People at work by sector, commuting group and zone of home.
    organisations
        Their zone, sector and n_jobs.
    minutes : (343, 343)
        Travel times.
    district : (343,)
    """
    mass, _ = job_mass(workers.sum(axis=1).T, organisations, parameters)
    trips = gravity(workers.sum(axis=0), mass.sum(axis=1), minutes, travel_decay_rates()).sum(axis=0)
    home_of_job = trips / np.maximum(trips.sum(axis=0), 1e-9)
    counted = _location_quotients(workers.sum(axis=1).T, district)
    drawn = _location_quotients(home_of_job @ mass, district)
    weight = np.bincount(district, workers.sum(axis=(0, 1)), N_DISTRICTS)
    return np.array([_slope(counted[:, s], drawn[:, s], weight) for s in COMPARED])


def _location_quotients(zones: np.ndarray, district: np.ndarray) -> np.ndarray:
    """Return the logarithms of districts' shares of each sector over their shares of all, (16, 20)."""
    there = np.zeros((N_DISTRICTS, zones.shape[1]))
    np.add.at(there, district, zones)
    of_all = there.sum(axis=1, keepdims=True) / there.sum()
    return np.asarray(np.log(np.maximum(there / np.maximum(there.sum(axis=0), 1e-9) / of_all, 1e-3)))


def _slope(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    x, y = x - np.average(x, weights=weight), y - np.average(y, weights=weight)
    return float(np.average(x * y, weights=weight) / np.average(x * x, weights=weight))


def workers_of(city: City) -> np.ndarray:
    """Return people at work by sector, commuting group and zone of home, scaled to all, f8 (20, 4, 343)."""
    people, homes = city.residents, city.households
    n = people.n_rows
    sector = people.sector[:n].astype(np.int64)
    at_work = (people.household_id[:n] >= 0) & (sector >= 0) & (people.work_zone[:n] >= 0)
    household = people.household_id[:n][at_work]
    group = commute_group_of_class()[homes.dwelling_class[household]].astype(np.int64)
    cell = (sector[at_work] * len(CommuteGroup) + group) * N_ZONES + homes.zone[household]
    shape = (len(Sector), len(CommuteGroup), N_ZONES)
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape) / city.sample


def _main() -> None:
    import pandas as pd
    from rich.console import Console

    from sim import CityModel
    from sim.city.network import travel_minutes
    from sim.parameters.store import load_parameters

    city = CityModel("no-measures", sample=SAMPLE, rng=1).city
    jobs = city.jobs
    organisations = pd.DataFrame(
        {
            "zone": jobs.organisation_zone,
            "sector": jobs.organisation_sector,
            "n_jobs": jobs.organisation_stock,
        }
    )
    minutes = np.asarray(travel_minutes(2010), dtype=np.float64)
    base = load_parameters("base_year")
    columns = {}
    for power in TRIED:
        tried = base.with_values({"job_concentration": power})
        slopes = spread_of_homes(workers_of(city), organisations, minutes, city.zones.district, tried)
        columns[f"{power:g}"] = slopes
    table = pd.DataFrame(columns, index=[sector.name.lower() for sector in COMPARED])
    off = ((table - 1.0) ** 2).mean() ** 0.5
    table.loc["mean"] = table.mean()
    table.loc["off one"] = off
    Console().print(table.round(2).to_string())


if __name__ == "__main__":
    _main()
