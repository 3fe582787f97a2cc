"""Run scenarios x replications into a store, taking up what is there and surviving what fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from sim.calendar import format_quarter, parse_quarter
from sim.errors import InputError
from sim.parameters.for_run import POINT, Choice, choose, point_parameters
from sim.scenarios.executors import dask_executor, run_on
from sim.scenarios.make_run import MODEL, Job, make
from sim.scenarios.pool import WorkerPool
from sim.scenarios.progress import BatchError, BatchReport, Progress, Watch
from sim.scenarios.run_folder import (
    REPLICATIONS_A_SEED,
    RunSpec,
    clear_unfinished,
    flaw_of,
    run_path,
    set_aside,
)
from sim.scenarios.scenario import Scenario
from sim.scenarios.shared_work import Pasts, clear_pasts, with_shared_pasts
from sim.scenarios.store import Batch, prepare_store
from sim.scenarios.store_lock import only_writer

Scenarios = str | Path | Scenario | Sequence[str | Path | Scenario]


def run_batch(
    scenarios: Scenarios,
    *,
    sample: float = 0.01,
    replications: int = 20,
    until: str = "2020Q4",
    store: str | Path = "runs/latest",
    jobs: int | None = None,
    seed: int = 1,
    parameters: str = POINT,
    threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    share_pasts: bool = True,
    executor: Executor | str | None = None,
    model: str = MODEL,
) -> BatchReport:
    """Run every scenario with every replication, except what the store already holds.

    Parameters
    ----------
    scenarios
        Library names, YAML files or scenarios.
    sample
        Share of households simulated, in (0, 1].
    replications
        Runs of each scenario; replication k of every scenario has the same random numbers and parameters.
    until
        Last quarter.
    store
        Folder of the results.
    jobs
        Runs at a time; all cores when left out. With 1 the runs are made in this process.
    seed
        What all random numbers come from.
    parameters
        ``point``, ``prior`` (each replication draws its own), ``fitted`` (each takes a draw of the shipped
        fit), or a YAML file of values or of draws.
    threads
        Threads of each run; 1 in worker processes, all in this one, when left out.
    progress
        Called at the start and after every run.
    share_pasts
        Whether what scenarios have in common is computed once a replication; results are the same.
    executor
        Where the runs are made instead of processes of this machine: any executor of `concurrent.futures`, or
        the address of a Dask scheduler. Its workers must see the store and the base city under the same
        paths.
    model
        ``module:class`` of the model; another one is of use to tests only.

    Raises
    ------
    InputError
        When a request is wrong, or another process is writing the store; nothing is written then.
    BatchError
        When runs failed, after all others were made.
    """
    jobs = jobs if jobs is not None else os.cpu_count() or 1
    _check_count("jobs", jobs)
    if threads is not None:
        _check_count("threads", threads)
    choice = choose(parameters)
    specs = plan(scenarios, sample, replications, until, seed, choice)
    made = {item.name: item for item in _as_list(scenarios) if not isinstance(item, str | Path)}
    folder = prepare_store(store, Batch.of(specs))
    report = BatchReport(folder)
    watch = Watch(report, len(specs), progress)
    with only_writer(folder):
        clear_unfinished(folder)
        clear_pasts(folder)
        todo = [
            Job(
                str(folder),
                spec,
                spec.key(),
                choice.values(spec.rng),
                threads,
                model,
                made.get(spec.scenario),
                rest=choice.rest,
            )
            for spec in specs
            if not _is_done(folder, spec, watch)
        ]
        watch.begin()
        if share_pasts and model == MODEL:
            loaded = dict(_loaded(scenarios))
            todo = with_shared_pasts(todo, lambda job: loaded[job.spec.scenario])
        for job, failure in _outcomes(todo, min(jobs, len(todo)), executor):
            if not job.keep:
                watch.ended(job.spec, failure)
            elif failure is not None:
                watch.past_lost(job.spec, failure)
    if report.failed:
        raise BatchError(report)
    return report


def plan(
    scenarios: Scenarios,
    sample: float,
    replications: int,
    until: str,
    seed: int,
    choice: Choice,
) -> list[RunSpec]:
    """Return the runs of a batch, the scenarios of a replication next to each other.

    Raises
    ------
    InputError
        When a scenario, a number or the quarter is not right.
    """
    _check_sample(sample)
    _check_count("replications", replications, below=REPLICATIONS_A_SEED)
    _check_count("seed", seed, least=0, below=2**32)
    until = format_quarter(parse_quarter(until))
    loaded = _loaded(scenarios)
    digest = choice.digest
    for _, scenario in loaded:
        where = f"scenario {scenario.name}, uncertainties"
        point_parameters().with_values(dict(scenario.uncertainties), where=where)
    return [
        RunSpec(
            scenario=text,
            name=scenario.name,
            digest=scenario.digest,
            sample=float(sample),
            seed=seed,
            replication=number,
            until=until,
            parameters=choice.option,
            parameters_digest=digest,
        )
        for number in range(1, replications + 1)
        for text, scenario in loaded
    ]


def _outcomes(
    jobs: list[Job], processes: int, executor: Executor | str | None
) -> Iterator[tuple[Job, str | None]]:
    """Yield each job and why it failed, as it ends."""
    pasts = Pasts(jobs)
    if executor is not None:
        single = [replace(job, threads=job.threads or 1) for job in jobs]
        with _given(executor, processes) as (there, workers):
            for job, failure in run_on(there, single, workers, pasts.ready):
                pasts.ended(job)
                yield job, failure
        return
    if processes <= 1:
        for job in jobs:
            failure = make(job)
            pasts.ended(job)
            yield job, failure
        return
    single = [replace(job, threads=job.threads or 1) for job in jobs]
    for outcome in WorkerPool(make, processes, single[0].threads or 1).run(single, pasts.ready):
        pasts.ended(outcome.task)
        yield outcome.task, outcome.failure or outcome.result


def _given(executor: Executor | str, workers: int) -> AbstractContextManager[tuple[Executor, int]]:
    if isinstance(executor, str):
        return dask_executor(executor)
    return nullcontext((executor, max(workers, 1)))


def _is_done(store: Path, spec: RunSpec, watch: Watch) -> bool:
    """Return whether the store holds a sound run; a damaged one is named and set aside."""
    folder = run_path(store, spec.name, spec.replication)
    if not folder.exists():
        return False
    flaw = flaw_of(folder, spec.key())
    if flaw is None:
        watch.found(spec)
        return True
    watch.damaged(spec, flaw, set_aside(store, folder))
    return False


def _loaded(scenarios: Scenarios) -> list[tuple[str, Scenario]]:
    """Return text and content of each scenario, each once."""
    given = _as_list(scenarios)
    if not given:
        raise InputError("no scenario is given", mend="give at least one, such as no-measures")
    loaded: dict[str, tuple[str, Scenario]] = {}
    for item in given:
        scenario = Scenario.load(item)
        text = scenario.name if isinstance(item, Scenario) else str(item)
        other = loaded.setdefault(scenario.name, (text, scenario))
        if other[1].digest != scenario.digest:
            raise InputError(
                f"two scenarios are called '{scenario.name}'",
                where=f"{other[0]} and {text}",
                why="a store keeps runs by the scenario's name",
                mend="give one of them another name",
            )
    return list(loaded.values())


def _as_list(scenarios: Scenarios) -> list[str | Path | Scenario]:
    return [scenarios] if isinstance(scenarios, str | Path | Scenario) else list(scenarios)


def _check_sample(sample: float) -> None:
    if isinstance(sample, bool) or not isinstance(sample, int | float) or not 0 < sample <= 1:
        raise InputError(
            f"the sample cannot be {sample}",
            where="--sample",
            why="it is the share of households simulated, above 0 and at most 1",
            mend="give --sample 0.01 for one household in a hundred",
        )


def _check_count(name: str, value: int, *, least: int = 1, below: int | None = None) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < least or (below is not None and value >= below):
        bound = "" if below is None else f" and below {below}"
        raise InputError(
            f"{name} cannot be {value}",
            where=f"--{name}",
            why=f"it is a whole number from {least}{bound}",
            mend=f"give --{name} {max(least, 1)}",
        )
