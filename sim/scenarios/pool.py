"""Run tasks in worker processes that may be killed at any moment, without losing what is finished.

`concurrent.futures` gives up a whole pool when one worker dies. Here the pool is made again. The tasks that
were running are tried one at a time, so that the one that kills its worker is known for certain; after three
tries it is given up and the rest go on.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for_end
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

TRIES = 3
"""How often a task may kill its worker before it is given up."""

_THREAD_SETTINGS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """Hold what became of a task: its result, or why there is none."""

    task: Task
    result: Result | None
    failure: str | None
    killed: bool = False


class WorkerPool(Generic[Task, Result]):
    """Run a function on tasks in spawned processes.

    Parameters
    ----------
    function
        A function of a module, called with one task.
    jobs
        Number of processes.
    threads
        Threads each process may compute with.

    Notes
    -----
    Processes are spawned, never forked: a fork after OpenMP kernels dies. A worker ends by itself when its
    parent is gone.
    """

    def __init__(self, function: Callable[[Task], Result], jobs: int, threads: int) -> None:
        self._function = function
        self._jobs = jobs
        self._threads = threads

    def run(
        self, tasks: Iterable[Task], ready: Callable[[Task], bool] = lambda _: True
    ) -> Iterator[Outcome[Task, Result]]:
        """Yield the outcome of each task as it ends, in no fixed order.

        Parameters
        ----------
        tasks
            What is to be done, the first first.
        ready
            Tells whether a task may begin; asked again after every outcome. A task that waits for another one
            must come after it.
        """
        waiting = deque(tasks)
        while waiting:
            suspects: list[Task] = []
            yield from self._run_together(waiting, suspects, ready)
            for task in suspects:
                yield self._run_alone(task)

    def _run_together(
        self, waiting: deque[Task], suspects: list[Task], ready: Callable[[Task], bool]
    ) -> Iterator[Outcome[Task, Result]]:
        """Run until nothing waits or a worker died; what was running then is put among the suspects."""
        executor = self._executor(self._jobs)
        running: dict[Future[Result], Task] = {}
        broken = False
        try:
            while (waiting or running) and not suspects and not broken:
                # No more tasks than processes are handed over: a task in a queue would be suspected for
                # nothing.
                while len(running) < self._jobs:
                    task = next((task for task in waiting if ready(task)), None)
                    if task is None:
                        break
                    waiting.remove(task)
                    try:
                        running[executor.submit(self._function, task)] = task
                    except BrokenProcessPool:
                        waiting.appendleft(task)
                        broken = True
                        break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task = running.pop(future)
                    if _worker_died(future):
                        suspects.append(task)
                    else:
                        yield _outcome(task, future)
            # A broken pool ends every future: what was still running is suspected too.
            wait(running)
            for future, task in running.items():
                if _worker_died(future):
                    suspects.append(task)
                else:
                    yield _outcome(task, future)
            running.clear()
        finally:
            _shut_down(executor, at_once=bool(running))

    def _run_alone(self, task: Task) -> Outcome[Task, Result]:
        for _ in range(TRIES - 1):
            executor = self._executor(1)
            future: Future[Result] | None = None
            try:
                future = executor.submit(self._function, task)
                wait([future])
                if not _worker_died(future):
                    return _outcome(task, future)
            finally:
                _shut_down(executor, at_once=future is None or not future.done())
        return Outcome(task, None, f"its worker process was killed {TRIES} times", killed=True)

    def _executor(self, jobs: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            jobs, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(self._threads,)
        )


def _start_worker(threads: int) -> None:
    """Set threads before anything heavy is imported, leave Ctrl-C to the parent, and end with the parent."""
    for name in _THREAD_SETTINGS:
        os.environ[name] = str(threads)
    numba = sys.modules.get("numba")
    if numba is not None:  # the main script had imported it already
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    atexit.register(_end_at_once)


def _end_at_once() -> None:
    """End without tidying up: taking compiled code and tables apart takes half a second, for nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
        os._exit(1)


def _worker_died(future: Future[Result]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _outcome(task: Task, future: Future[Result]) -> Outcome[Task, Result]:
    error = future.exception()
    if error is not None:
        return Outcome(task, None, f"{type(error).__name__}: {error}")
    return Outcome(task, future.result(), None)


def _shut_down(executor: ProcessPoolExecutor, *, at_once: bool) -> None:
    """End the workers; at once where the parent was interrupted and running tasks are not wanted."""
    if at_once:
        processes = getattr(executor, "_processes", None) or {}
        for process in list(processes.values()):
            process.kill()
    executor.shutdown(wait=True, cancel_futures=True)
