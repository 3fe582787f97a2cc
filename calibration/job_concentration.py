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

from sim.city.network import travel_minutes
from sim.city.zones import load_zones
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


def spread_of_homes(workers: np.ndarray, organisations: pd.DataFrame, parameters: ParameterSet) -> np.ndarray:
    """Return, by industry compared, how much homes drawn around the jobs differ between districts, f8 (14,).

    The slope of the logarithm of the location quotient drawn on that counted, districts weighted by people at
    work: one where they differ as much as was counted.

    Parameters
    ----------
    workers : (20, 4, 343)
        People at work by sector, commuting group and zone of home.
    organisations
        Their zone, sector and n_jobs.
    """
    minutes = np.asarray(travel_minutes(2010), dtype=np.float64)
    mass, _ = job_mass(workers.sum(axis=1).T, organisations, parameters)
    trips = gravity(workers.sum(axis=0), mass.sum(axis=1), minutes, travel_decay_rates()).sum(axis=0)
    home_of_job = trips / np.maximum(trips.sum(axis=0), 1e-9)
    counted = _location_quotients(workers.sum(axis=1).T)
    drawn = _location_quotients(home_of_job @ mass)
    weight = np.bincount(load_zones().district, workers.sum(axis=(0, 1)), N_DISTRICTS)
    return np.array([_slope(counted[:, s], drawn[:, s], weight) for s in COMPARED])


def _location_quotients(zones: np.ndarray) -> np.ndarray:
    """Return the logarithms of districts' shares of each sector over their shares of all, (16, 20)."""
    there = np.zeros((N_DISTRICTS, zones.shape[1]))
    np.add.at(there, load_zones().district, zones)
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


def organisations_of(city: City) -> pd.DataFrame:
    """Return the zone, sector and jobs of each organisation."""
    import pandas as pd

    jobs = city.jobs
    return pd.DataFrame(
        {
            "zone": jobs.organisation_zone,
            "sector": jobs.organisation_sector,
            "n_jobs": jobs.organisation_stock,
        }
    )


def _main() -> None:
    import pandas as pd
    from rich.console import Console

    from sim import CityModel
    from sim.parameters.store import load_parameters

    city = CityModel("no-measures", sample=SAMPLE, rng=1).city
    workers, organisations, base = workers_of(city), organisations_of(city), load_parameters("base_year")
    columns = {
        f"{power:g}": spread_of_homes(workers, organisations, base.with_values({"job_concentration": power}))
        for power in TRIED
    }
    table = pd.DataFrame(columns, index=[sector.name.lower() for sector in COMPARED])
    ends = pd.DataFrame({"mean": table.mean(), "off one": ((table - 1.0) ** 2).mean() ** 0.5}).T
    Console().print(pd.concat([table, ends]).round(2).to_string())


if __name__ == "__main__":
    _main()
