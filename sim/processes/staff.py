"""Find who works for an organisation, and let them follow their jobs to another site of it."""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.kernels.blocks import run_blocks
from sim.kernels.events import rows_of
from sim.kernels.labour import STAFF, mark_staff
from sim.rng import Stream


def staff_of(city: City, organisation: int) -> np.ndarray:
    """Return the rows of those who work for an organisation.

    Everybody's employer is listed once a quarter: a look through all residents for each order would cost more
    than the quarter itself. Who has gone since is left out.
    """
    people = city.residents
    if city.scratch.get("staff_listed") != city.quarter:
        n = people.n_rows
        event = np.empty(n, dtype=np.uint16)
        run_blocks(mark_staff, n, city.threads, people.employer_id, people.activity, event)
        rows = rows_of(event, STAFF, threads=city.threads)
        order = np.argsort(people.employer_id[rows], kind="stable")
        city.scratch["staff"] = rows[order]
        city.scratch["staff_employer"] = people.employer_id[rows[order]]
        city.scratch["staff_listed"] = city.quarter
    first, last = np.searchsorted(city.scratch["staff_employer"], (organisation, organisation + 1))
    rows = city.scratch["staff"][first:last]
    # rows of people who died or left stay until the next packing, with their last employer
    return rows[(people.household_id[rows] >= 0) & (people.employer_id[rows] == organisation)]


def follow(city: City, origin: int, branch: int, share: float) -> None:
    """Let a share of an organisation's staff go on at its branch; they keep job and home."""
    people, jobs = city.residents, city.jobs
    staff = staff_of(city, origin)
    # one draw a branch: of two orders in a quarter the second does not ask the same people again
    u = city.random.uniforms(Stream.INSTITUTION, people.draw_key[staff], city.quarter, branch)
    chosen = staff[u < share]
    people.employer_id[chosen] = branch
    people.work_zone[chosen] = jobs.organisation_zone[branch]
    jobs.organisation_filled[origin] -= len(chosen)
    jobs.organisation_filled[branch] += len(chosen)
