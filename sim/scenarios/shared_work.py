"""Order the runs of a batch so that what scenarios share is computed once, kept as long as it is needed."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.calendar import parse_quarter, quarter_of_year, year_of
from sim.scenarios.make_run import Job
from sim.scenarios.run_folder import TEMPORARY
from sim.scenarios.shared_past import Branch, branches

if TYPE_CHECKING:
    from sim.scenarios.scenario import Scenario

PASTS = "pasts"
"""Folder of the store in which shared pasts stand while a batch runs."""


def with_shared_pasts(jobs: Sequence[Job], scenario_of: Callable[[Job], Scenario]) -> list[Job]:
    """Return the jobs with those of shared pasts put before the runs that go on from them.

    Parameters
    ----------
    jobs
        The runs to make; those of a replication next to each other.
    scenario_of
        Gives the scenario of a run.
    """
    ordered: list[Job] = []
    for group in _by_replication(jobs):
        until = parse_quarter(group[0].spec.until)
        last_year = year_of(until) - (0 if quarter_of_year(until) == 4 else 1)
        for part in branches([scenario_of(job) for job in group], last_year):
            ordered += _jobs_of(part, group, "")
    return ordered


class Pasts:
    """Keep account of the shared pasts of a batch: which have ended, and when one is needed no more."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._ended: set[str] = set()
        self._users = Counter(job.start for job in jobs if job.start)

    def ready(self, job: Job) -> bool:
        """Tell whether a job may begin: its past has ended, well or badly."""
        return not job.start or job.start in self._ended

    def ended(self, job: Job) -> None:
        """Note that a job has ended; remove the past it went on from when it was the last to need it."""
        if job.keep:
            self._ended.add(job.keep)
        if job.start:
            self._users[job.start] -= 1
            if self._users[job.start] == 0:
                shutil.rmtree(job.start, ignore_errors=True)


def clear_pasts(store: Path) -> None:
    """Remove the shared pasts that processes which are gone have left."""
    for path in (store / PASTS).glob(f"{TEMPORARY}*"):
        owner = path.name.removeprefix(TEMPORARY).partition("-")[0]
        if not (owner.isdigit() and Path("/proc", owner).exists()) or owner == str(os.getpid()):
            shutil.rmtree(path, ignore_errors=True)


def _by_replication(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    groups: dict[int, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.spec.replication, []).append(job)
    yield from groups.values()


def _jobs_of(part: Branch | int, group: Sequence[Job], start: str) -> list[Job]:
    if isinstance(part, int):
        return [replace(group[part], start=start)]
    first = group[part.members[0]]
    keep = ""
    jobs: list[Job] = []
    if part.until > _year_of_past(start):
        name = f"{TEMPORARY}{os.getpid()}-{first.spec.name}-{first.spec.replication}-{part.until}"
        keep = str(Path(first.store) / PASTS / name)
        jobs.append(replace(first, start=start, keep=keep, until=f"{part.until}Q4"))
    for inner in part.parts:
        jobs += _jobs_of(inner, group, keep or start)
    return jobs


def _year_of_past(start: str) -> int:
    return int(start.rpartition("-")[2]) if start else 2010
