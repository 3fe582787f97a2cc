"""Run scenarios x replications into a store, taking up what is there and surviving what fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calendar import format_quarter, parse_quarter
from sim.errors import InputError, RunError, ShujieError
from sim.parameters.for_run import POINT, PRIOR, parameters_for_run, values_of_option
from sim.scenarios.pool import WorkerPool
from sim.scenarios.progress import BatchError, BatchReport, Progress, Watch
from sim.scenarios.run_folder import (
    REPLICATIONS_A_SEED,
    RunOutput,
    RunSpec,
    clear_unfinished,
    flaw_of,
    run_path,
    set_aside,
    write_run,
)
from sim.scenarios.store import Batch, prepare_store

if TYPE_CHECKING:
    from sim.scenarios.scenario import Scenario

MODEL = "sim.model:CityModel"


@dataclass(frozen=True)
class _Job:
    """Hold what a worker needs for one run; ``values`` are those of a user's parameter file."""

    store: str
    spec: RunSpec
    key: str
    values: Mapping[str, float]
    threads: int | None
    model: str


def run_batch(
    scenarios: str | Path | Sequence[str | Path],
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
    model: str = MODEL,
) -> BatchReport:
    """Run every scenario with every replication, except what the store already holds.

    Parameters
    ----------
    scenarios
        Library names or YAML files.
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
        ``point``, ``prior`` (each replication draws its own) or a YAML file of values.
    threads
        Threads of each run; 1 in worker processes, all in this one, when left out.
    progress
        Called at the start and after every run.
    model
        ``module:class`` of the model; another one is of use to tests only.

    Raises
    ------
    InputError
        When a request is wrong; nothing is written then.
    BatchError
        When runs failed, after all others were made.
    """
    jobs = jobs if jobs is not None else os.cpu_count() or 1
    _check_count("jobs", jobs)
    if threads is not None:
        _check_count("threads", threads)
    values = values_of_option(parameters)
    specs = plan(scenarios, sample, replications, until, seed, parameters, values)
    folder = prepare_store(store, Batch.of(specs))
    report = BatchReport(folder)
    watch = Watch(report, len(specs), progress)
    clear_unfinished(folder)
    todo = [
        _Job(str(folder), spec, spec.key(), values, threads, model)
        for spec in specs
        if not _is_done(folder, spec, watch)
    ]
    watch.begin()
    for job, failure in _outcomes(todo, min(jobs, len(todo))):
        watch.ended(job.spec, failure)
    if report.failed:
        raise BatchError(report)
    return report


def plan(
    scenarios: str | Path | Sequence[str | Path],
    sample: float,
    replications: int,
    until: str,
    seed: int,
    parameters: str,
    values: Mapping[str, float],
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
    option = parameters if parameters in (POINT, PRIOR) else f"file {Path(parameters).name}"
    # A draw needs no digest of its own: it follows from the priors and the run's seed, which the key holds.
    point = parameters_for_run(POINT, 0, values)
    for _, scenario in loaded:
        point.with_values(dict(scenario.uncertainties), where=f"scenario {scenario.name}, uncertainties")
    return [
        RunSpec(
            scenario=text,
            name=scenario.name,
            digest=scenario.digest,
            sample=float(sample),
            seed=seed,
            replication=number,
            until=until,
            parameters=option,
            parameters_digest=point.digest,
        )
        for number in range(1, replications + 1)
        for text, scenario in loaded
    ]


def make_run(job: _Job) -> str | None:
    """Make one run and write it; return why it failed, or None.

    A failure is returned, not raised: an error that cannot cross to another process would look like a dead
    worker.
    """
    try:
        write_run(Path(job.store), job.spec, _simulate(job))
    except ShujieError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever a run dies of must not stop the others
        return f"{type(error).__name__}: {error}"
    return None


def _simulate(job: _Job) -> RunOutput:
    from sim.scenarios.scenario import Scenario

    spec = job.spec
    scenario = Scenario.load(spec.scenario)
    if scenario.digest != spec.digest:
        raise RunError(f"the scenario {spec.scenario} was edited while the batch ran")
    if spec.key() != job.key:
        raise RunError("code or data were edited while the batch ran; run it again into another store")
    parameters = parameters_for_run(spec.parameters, spec.rng, {**job.values, **dict(scenario.uncertainties)})
    module, _, name = job.model.partition(":")
    model = getattr(import_module(module), name)(
        scenario=scenario,
        sample=spec.sample,
        rng=spec.rng,
        parameters=parameters,
        threads=job.threads,
        paths=scenario.paths,
    )
    try:
        model.run(until=spec.until)
        return RunOutput(
            indicators=model.indicators(),
            flows=model.flows(),
            ledger=model.ledger(),
            fund=model.fund(),
            checksum=model.checksum(),
            scenario=resolved(scenario),
            parameters=parameters.values(),
        )
    finally:
        model.close()


def resolved(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values: its content, measures and their quantities included."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(scenario), default=_plain, ensure_ascii=False))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.item() if hasattr(value, "item") else str(value)


def _outcomes(jobs: list[_Job], processes: int) -> Iterator[tuple[_Job, str | None]]:
    """Yield each run and why it failed, as it ends."""
    if processes <= 1:
        for job in jobs:
            yield job, make_run(job)
        return
    single = [replace(job, threads=job.threads or 1) for job in jobs]
    for outcome in WorkerPool(make_run, processes, single[0].threads or 1).run(single):
        yield outcome.task, outcome.failure or outcome.result


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


def _loaded(scenarios: str | Path | Sequence[str | Path]) -> list[tuple[str, Scenario]]:
    """Return text and content of each scenario, each once."""
    from sim.scenarios.scenario import Scenario

    given = [scenarios] if isinstance(scenarios, str | Path) else list(scenarios)
    if not given:
        raise InputError("no scenario is given", mend="give at least one, such as no-measures")
    loaded: dict[str, tuple[str, Scenario]] = {}
    for text in dict.fromkeys(str(item) for item in given):
        scenario = Scenario.load(text)
        other = loaded.setdefault(scenario.name, (text, scenario))
        if other[1].digest != scenario.digest:
            raise InputError(
                f"two scenarios are called '{scenario.name}'",
                where=f"{other[0]} and {text}",
                why="a store keeps runs by the scenario's name",
                mend="give one of them another name",
            )
    return list(loaded.values())


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
