"""Run scenarios from the command line, with progress, and end with targets beside the displaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli_output import JsonFlag, say, write_json
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenarios.progress import Progress
    from sim.scenarios.scenario import Scenario

DEFAULT_STORE = Path("runs/latest")


class ExecutorKind(StrEnum):
    """Name where runs can be made."""

    PROCESS = "process"
    DASK = "dask"


class ProgressForm(StrEnum):
    """Name the forms in which progress is told."""

    BAR = "bar"
    JSON = "json"
    NONE = "none"


def run(
    scenario: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO...", help="Library names or scenario files.")
    ] = None,
    design: Annotated[
        Path | None,
        typer.Option(help="A CSV table with a scenario a row: levers and uncertainties in columns."),
    ] = None,
    sample: Annotated[
        float, typer.Option(help="Share of households simulated, above 0 and at most 1.")
    ] = 0.01,
    replications: Annotated[int, typer.Option(help="Runs of each scenario.")] = 20,
    until: Annotated[str, typer.Option(help="Last quarter, such as 2020Q4.")] = "2020Q4",
    store: Annotated[
        Path, typer.Option(help="Folder of the results; what it holds is not run again.")
    ] = DEFAULT_STORE,
    jobs: Annotated[int | None, typer.Option(help="Runs at a time; all cores when not given.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads of each run.")] = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            help="point, prior, fitted, or a file of values or draws; fitted where one is shipped, else point"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed that all random numbers come from.")] = 1,
    raking: Annotated[
        bool, typer.Option(help="Rake the city to the 2020 census once 2020Q4 is recorded.")
    ] = True,
    executor: Annotated[
        ExecutorKind, typer.Option(help="process (of this machine) or dask (with --scheduler).")
    ] = ExecutorKind.PROCESS,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of the Dask scheduler, such as tcp://host:8786.")
    ] = None,
    progress: Annotated[
        ProgressForm, typer.Option(help="bar, json (one event a line on standard error), or none.")
    ] = ProgressForm.BAR,
    json: JsonFlag = False,
) -> None:
    """Run scenarios; end with the targets and, beside them, who was displaced."""
    check_numbers(sample=sample, replications=replications, jobs=jobs, threads=threads, seed=seed)
    check_until(until)
    check_store(store)
    asked = [*(scenario or []), *_of_design(design, store)]
    check_scenarios(asked)
    check_executor(executor, scheduler)
    from sim.scenarios.batch import run_batch

    chosen = parameters or _default_parameters()
    _tell_unusual(chosen)
    with PROGRESS[progress]() as tell:
        run_batch(
            asked if raking else _not_raked(asked),
            sample=sample,
            replications=replications,
            until=until,
            store=store,
            jobs=jobs or os.cpu_count() or 1,
            seed=seed,
            parameters=chosen,
            threads=threads,
            progress=tell,
            executor=scheduler,
        )
    from sim.cli_results import show_targets

    show_targets(store, as_json=json)
    say(f"results are in {store}; 'shujie report {store} --html report.html' writes the page")


def _default_parameters() -> str:
    """Return the option that holds when none is given, and tell where a shipped fit had to be passed over."""
    from sim.parameters.for_run import default_option

    option, notice = default_option()
    if notice:
        say(notice)
    return option


def _tell_unusual(option: str) -> None:
    """Tell which values of a user's file lie outside their priors: they may, but not unseen."""
    from sim.parameters.for_run import FITTED, choose, point_parameters

    given = {} if option == FITTED else choose(option).fixed
    for name, value in given.items():
        prior = point_parameters().entries[name].prior
        if not prior.holds(value):
            say(f"{name} is {value:g}, its prior goes from {prior.low:g} to {prior.high:g}: taken as given")


def _not_raked(asked: list[str]) -> list[Scenario]:
    """Return the scenarios with the raking to the census of 2020 off."""
    from sim.scenarios.scenario import Scenario

    return [Scenario.load(name).with_raking(False) for name in asked]


def check_numbers(
    *, sample: float, replications: int, jobs: int | None, threads: int | None, seed: int
) -> None:
    """Refuse numbers that no run can have, before anything is loaded."""
    check_sample(sample)
    for name, value in (("replications", replications), ("jobs", jobs), ("threads", threads)):
        if value is not None and value < 1:
            raise InputError(
                f"{name} cannot be {value}",
                where=f"--{name}",
                why="it is at least 1",
                mend=f"give --{name} 1 or more",
            )
    if seed < 0:
        raise InputError(
            f"the seed cannot be {seed}", where="--seed", why="it is at least 0", mend="give --seed 1"
        )


def check_executor(executor: ExecutorKind, scheduler: str | None) -> None:
    """Refuse Dask without an address and an address without Dask."""
    if (executor is ExecutorKind.DASK) != (scheduler is not None):
        raise InputError(
            "Dask needs the address of its scheduler" if scheduler is None else "a scheduler is for Dask",
            where="--executor and --scheduler",
            mend="give --executor dask --scheduler tcp://host:8786, or neither",
        )


def _of_design(table: Path | None, store: Path) -> list[str]:
    """Write the scenarios of a design table beside the store and return their files."""
    if table is None:
        return []
    from sim.scenarios.design import scenarios_of_design

    return [str(path) for path in scenarios_of_design(table, store.with_name(f"{store.name}-design"))]


def check_sample(sample: float) -> None:
    """Refuse a sample outside (0, 1]."""
    if not 0 < sample <= 1:
        raise InputError(
            f"the sample cannot be {sample:g}",
            where="--sample",
            why="it is the share of households simulated: above 0 and at most 1",
            mend="give 0.01 for one household in a hundred, 1 for all",
        )


def check_until(until: str) -> None:
    """Refuse a last quarter that is not one or lies outside the model's years."""
    from sim.calendar import parse_quarter

    try:
        parse_quarter(until)
    except InputError as error:
        raise InputError(error.what, where="--until", why=error.why, mend=error.mend) from None


def check_store(store: Path) -> None:
    """Refuse a store that is a file or cannot be written; nothing is made yet."""
    existing = next((path for path in (store, *store.absolute().parents) if path.exists()), Path("/"))
    if not existing.is_dir():
        raise InputError(
            "the store path is a file", where=f"--store {store}", mend="give a folder, new or a store"
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(
            "the store cannot be written",
            where=f"--store {store}",
            why=f"{existing} does not allow it",
            mend="give a folder that you may write to",
        )


def check_scenarios(names: list[str]) -> None:
    """Refuse a scenario that is unknown, not valid or given twice, and a request without any."""
    if not names:
        raise InputError(
            "no scenario is given", where="SCENARIO...", mend="give at least one, such as no-measures"
        )
    from sim.scenarios.scenario import Scenario

    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"scenario '{name}' is given twice", where="SCENARIO...", mend="give it once")
        seen.add(name)
        Scenario.load(name)


def rerun(
    store: Annotated[Path, typer.Argument(help="Folder of the results.")],
    run: Annotated[str, typer.Argument(metavar="RUN", help="scenario/replication, such as no-measures/3.")],
    threads: Annotated[int | None, typer.Option(help="Threads of the run.")] = None,
    json: JsonFlag = False,
) -> None:
    """Make a stored run again from its manifest; end with 0 when every bit is the same, with 1 when not."""
    check_numbers(sample=1.0, replications=1, jobs=None, threads=threads, seed=0)
    from sim.scenarios.rerun import refuse_difference
    from sim.scenarios.rerun import rerun as run_again

    result = run_again(store, run, threads=threads)
    if json:
        rows = [{"run": result.run, "same": not result.different, "different": list(result.different)}]
        write_json(rows, {"store": str(store), "other_versions": list(result.other_versions)})
    refuse_difference(result)
    say(f"{run}: the same bits")


@contextmanager
def progress_events() -> Iterator[Callable[[Progress], None]]:
    """Write one JSON object a line to standard error: runs done, rate, time left, failures."""
    import json as writer
    from dataclasses import asdict

    yield lambda state: say(writer.dumps(asdict(state), ensure_ascii=False))


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Show runs done, rate and time left on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("runs", total=None, pace="")

        def report(state: Progress) -> None:
            bar.update(task, completed=state.done + state.failed, total=state.total, pace=pace(state))
            if state.message:
                bar.console.print(state.message, markup=False, highlight=False, soft_wrap=True)

        yield report


@contextmanager
def no_progress() -> Iterator[Callable[[Progress], None]]:
    """Tell nothing but notices, such as a damaged run that is run again."""
    yield lambda state: say(state.message) if state.message else None


PROGRESS = {
    ProgressForm.BAR: progress_bar,
    ProgressForm.JSON: progress_events,
    ProgressForm.NONE: no_progress,
}


def pace(state: Progress) -> str:
    """Write the rate of the runs and the time left."""
    if state.runs_a_minute is None or state.seconds_left is None:
        return ""
    minutes, seconds = divmod(round(state.seconds_left), 60)
    return f"{state.runs_a_minute:.1f} a minute, {minutes}:{seconds:02d} left"
