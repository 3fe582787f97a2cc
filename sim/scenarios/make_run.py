"""Make one run of a batch and write it, from the start or from a past that several scenarios share."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from sim.errors import InputError, RunError, ShujieError
from sim.memory import collector_at_rest, keep_freed_memory
from sim.parameters.for_run import POINT, parameters_for_run
from sim.scenarios.run_folder import RunOutput, RunSpec, write_run
from sim.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from sim.parameters.store import ParameterSet

MODEL = "sim.model:CityModel"

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says when a disk, a share of one, or a file may hold no more."""


@dataclass(frozen=True)
class Job:
    """Hold what a worker needs for one run, or for a past that several runs share.

    Attributes
    ----------
    store
        Where the run is written.
    key
        Content key the run must have.
    values
        Values of a user's parameter file, or of the run's row of a file of draws.
    rest
        Where all other values come from: ``prior`` or ``point``.
    model
        ``module:class``.
    scenario
        The scenario itself where it is neither in the library nor in a file.
    start
        Folder of the snapshot it goes on from; empty for the base city.
    keep, until
        Folder in which a shared past is kept, and its last quarter; empty for a run.
    """

    store: str
    spec: RunSpec
    key: str
    values: Mapping[str, float]
    threads: int | None
    model: str
    scenario: Scenario | None = None
    start: str = ""
    keep: str = ""
    until: str = ""
    rest: str = POINT


@collector_at_rest()
def make(job: Job) -> str | None:
    """Make one run and write it, or a shared past and keep it; return why it failed, or None.

    A run leaves no garbage but the model it closes, which is looked for when it has ended. A failure is
    returned, not raised: an error that cannot cross to another process would look like a dead
    worker.
    """
    keep_freed_memory()
    try:
        if job.keep:
            _keep_past(job)
        else:
            write_run(Path(job.store), job.spec, _simulate(job))
    except ShujieError as error:
        return str(error)
    except OSError as error:
        if error.errno not in _FULL:
            return f"{type(error).__name__}: {error}"
        said = os.strerror(error.errno or 0)
        return f"the disk is full ({said}): make room and run the batch again, it goes on where it was"
    except Exception as error:  # noqa: BLE001 - whatever a run dies of must not stop the others
        return f"{type(error).__name__}: {error}"
    return None


@lru_cache(maxsize=4)
def resolved(scenario: Scenario) -> str:
    """Return a scenario as JSON: its content, measures and their quantities included.

    A worker makes many runs of a few scenarios.
    """
    return json.dumps(scenario, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _keep_past(job: Job) -> None:
    model = _model(job, _scenario(job))
    try:
        model.run(until=job.until)
        model.save(job.keep)
    finally:
        model.close()


def _simulate(job: Job) -> RunOutput:
    scenario = _scenario(job)
    model = _model(job, scenario)
    try:
        model.run(until=job.spec.until)
        return output_of(model, scenario, _parameters(job, scenario))
    finally:
        model.close()


def output_of(model: Any, scenario: Scenario, parameters: ParameterSet) -> RunOutput:
    """Return what a finished run hands over."""
    return RunOutput(
        indicators=model.indicators(),
        flows=model.flows(),
        ledger=model.ledger(effects_by="district", coded=True),
        fund=model.fund(),
        checksum=model.checksum(),
        scenario=resolved(scenario),
        parameters=parameters.values(),
        follow_up=model.follow_up(),
    )


def start(job: Job, scenario: Scenario, parameters: ParameterSet) -> Any:
    """Return the job's model at the base city."""
    return _kind(job)(
        scenario=scenario,
        sample=job.spec.sample,
        rng=job.spec.rng,
        parameters=parameters,
        threads=job.threads,
        paths=scenario.paths,
    )


def _scenario(job: Job) -> Scenario:
    scenario = job.scenario or Scenario.load(job.spec.scenario)
    if scenario.digest != job.spec.digest:
        raise RunError(f"the scenario {job.spec.scenario} was edited while the batch ran")
    if job.spec.key() != job.key:
        raise RunError("code or data were edited while the batch ran; run it again into another store")
    return scenario


def _parameters(job: Job, scenario: Scenario) -> ParameterSet:
    values = {**job.values, **dict(scenario.uncertainties)}
    return parameters_for_run(job.rest, job.spec.rng, values)


def _model(job: Job, scenario: Scenario) -> Any:
    """Return the model at its start, or where the shared past ends; a past that is lost is run again."""
    past = _past(job)
    if past is not None:
        try:
            return past.take_up(scenario, threads=job.threads)
        except InputError:
            past.close()
    return start(job, scenario, _parameters(job, scenario))


def _past(job: Job) -> Any:
    """Return the model where the job's shared past ends, or None where there is none or it is lost."""
    if not job.start:
        return None
    try:
        return _kind(job).load(job.start)
    except InputError:
        return None


def _kind(job: Job) -> Any:
    module, _, name = job.model.partition(":")
    return getattr(import_module(module), name)


def _plain(value: Any) -> Any:
    """Return what stands for a value in JSON; its parts are asked for in their turn, so none is copied."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, BaseModel):
        return value.model_dump()
    return value.item() if hasattr(value, "item") else str(value)
