"""Run the jobs of a batch on a given executor: that of a Dask cluster, or any of `concurrent.futures`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from typing import Any

from sim.errors import InputError
from sim.scenarios.make_run import Job, make
from sim.scenarios.pool import TRIES

CONNECT_SECONDS = 20
_AHEAD = 2  # jobs handed over for each worker, so that none waits for the next


def run_on(
    executor: Executor, jobs: Sequence[Job], workers: int, ready: Callable[[Job], bool]
) -> Iterator[tuple[Job, str | None]]:
    """Yield each job and why it failed, as it ends.

    A job whose worker is lost is handed over again, three times in all: an executor cannot tell which of the
    jobs on a lost worker was to blame, and a finished run is never made twice.

    Parameters
    ----------
    workers
        How many jobs the executor works on at a time.
    ready
        Tells whether a job may begin.
    """
    waiting, tries = deque(jobs), [0] * len(jobs)
    running: dict[Future[str | None], Job] = {}
    number = {id(job): place for place, job in enumerate(jobs)}
    while waiting or running:
        while len(running) < _AHEAD * workers:
            job = next((job for job in waiting if ready(job)), None)
            if job is None:
                break
            waiting.remove(job)
            running[executor.submit(make, job)] = job
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job = running.pop(future)
            failure, lost = _outcome(future)
            tries[number[id(job)]] += 1
            if lost and tries[number[id(job)]] < TRIES:
                waiting.appendleft(job)
            else:
                yield job, failure


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """Connect to a Dask scheduler; give its executor and how many threads its workers have.

    Raises
    ------
    InputError
        When Dask is not installed or nothing answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "Dask is not installed", where="--executor dask", mend="pip install 'shujie[dask]'"
        ) from None
    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS)  # type: ignore[no-untyped-call] # distributed has no types
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {address}",
            where="--scheduler",
            why=str(error) or type(error).__name__,
            mend="give the address that 'dask scheduler' prints, such as tcp://host:8786",
        ) from None
    try:
        # Runs have a place on disk: the same call twice is not the same to be left out.
        yield client.get_executor(pure=False), max(sum(client.nthreads().values()), 1)
    finally:
        client.close()


def _outcome(future: Future[str | None]) -> tuple[str | None, bool]:
    """Return why a job failed and whether its worker was lost; a job returns its own failures."""
    try:
        return future.result(), False
    except CancelledError:
        return "its worker was lost", True
    except Exception as error:  # noqa: BLE001 - executors tell of lost workers by errors of their own
        return f"its worker was lost ({type(error).__name__}: {error})", True
