"""Count people, households and workers from scratch: once a quarter, for the check and for the record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.city.dwellings import SHAPE as DWELLING_SHAPE
from sim.city.jobs import SHAPE as JOB_SHAPE
from sim.city.state import City
from sim.city.wages import wage_levels
from sim.codes import N_ZONES
from sim.kernels import tally as kernel
from sim.kernels.blocks import in_blocks, n_blocks, run_together


@dataclass(frozen=True)
class Count:
    """Hold what was counted.

    Attributes
    ----------
    people
        Residents by zone (343, 13), f8: the columns of `sim.kernels.tally`, commutes and wages as sums.
    members
        Members of each household, i2.
    occupied
        Places filled by zone and class of dwelling, i8 (343, 13).
    filled, organisation_filled
        Workers of ordinary businesses by zone and sector, i8 (343, 20), and of each organisation.
    """

    people: np.ndarray
    members: np.ndarray
    occupied: np.ndarray
    filled: np.ndarray
    organisation_filled: np.ndarray


def count(city: City) -> Count:
    """Count everybody; sums over blocks of rows, so that they do not depend on threads."""
    p, h = city.residents.arrays(), city.households.arrays()
    n, n_homes = city.residents.n_rows, city.households.n_rows
    wages = wage_levels(city)
    n_cells = JOB_SHAPE[0] * JOB_SHAPE[1]
    people = np.zeros((n_blocks(n), N_ZONES, kernel.PEOPLE))
    workers = np.zeros((n_blocks(n), n_cells + len(city.jobs.organisation_filled)), dtype=np.int32)
    members = np.zeros(n_homes, dtype=np.int16)
    occupied = np.zeros((n_blocks(n_homes), *DWELLING_SHAPE), dtype=np.int32)
    run_together(
        city.threads,
        (kernel.count_members, (city.residents.household_id, n, members)),
        *in_blocks(kernel.tally_people, n, p, h, wages, city.minutes, city.quarter, n_cells, people, workers),
        *in_blocks(kernel.count_occupied, n_homes, h, occupied),
    )
    at_work = workers.sum(axis=0, dtype=np.int64)
    return Count(
        people=people.sum(axis=0),
        members=members,
        occupied=occupied.sum(axis=0, dtype=np.int64),
        filled=at_work[:n_cells].reshape(JOB_SHAPE),
        organisation_filled=at_work[n_cells:],
    )
