"""Have the runs of the backtest: read those of a store, and run what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calibration.backtest import CENSUS, SCENARIO
from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.parameters.for_run import default_option
from sim.scenarios import batch as batches
from sim.scenarios.provenance import changed_since
from sim.scenarios.store import BATCH, Batch, load_results, read_batch

if TYPE_CHECKING:
    from sim.scenarios.progress import Progress
    from sim.scenarios.results import Results

DEFAULTS: Mapping[str, Any] = {"sample": 0.01, "replications": 20, "seed": 1}


def prepare(
    store: str | Path,
    asked: Mapping[str, Any],
    *,
    jobs: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Results:
    """Return the results of a store that holds the executed years up to the census, run if need be.

    Parameters
    ----------
    store
        Folder of a batch, or a new one.
    asked
        What the user set of sample, replications, parameters and seed; the rest is the store's own, or the
        default of a new store. A batch of other code or data is read as it is and never added to.

    Raises
    ------
    InputError
        When the store holds another batch than asked for, or lacks the scenario or the quarter.
    BatchError
        When runs failed.
    """
    path = Path(store).expanduser().absolute()
    if (path / BATCH).exists():
        batch = read_batch(path)
        _check(path, batch, asked)
        wanted = int(asked.get("replications", batch.replications))
        if changed_since(batch.made_with) or not _lacks(path, wanted):
            return load_results(path)
        settings = {name: batch.settings[name] for name in ("sample", "seed", "until", "parameters")}
        settings |= {"replications": wanted}
        if "parameters" in asked:
            settings["parameters"] = asked["parameters"]  # the batch keeps a file's name without its folder
    else:
        settings = {"parameters": default_parameters(), **DEFAULTS, **asked, "until": CENSUS}
    batches.run_batch(SCENARIO, store=path, jobs=jobs, progress=progress, **settings)
    return load_results(path)


def default_parameters() -> str:
    """Return ``fitted`` where a fit of this data and code is shipped, else ``point``."""
    return default_option()[0]


def _check(path: Path, batch: Batch, asked: Mapping[str, Any]) -> None:
    if SCENARIO not in batch.scenarios:
        raise InputError(
            f"the store does not hold '{SCENARIO}'",
            where=str(path),
            why="the backtest holds what was executed in 2017-2020 against the census",
            mend="give a new folder, or leave it out",
        )
    if parse_quarter(batch.settings["until"]) < parse_quarter(CENSUS):
        raise InputError(
            f"the runs of the store end at {batch.settings['until']}",
            where=str(path),
            why=f"the census is of {CENSUS}",
            mend="give a new folder, or leave it out",
        )
    for name in ("sample", "seed", "parameters"):
        held, given = batch.settings[name], asked.get(name)
        if given is not None and given != held and not str(held).endswith(f" {Path(str(given)).name}"):
            raise InputError(
                f"the store holds runs with {name} {held}, not {given}",
                where=str(path),
                mend=f"leave --{name} out, or give a new folder",
            )


def _lacks(path: Path, wanted: int) -> bool:
    try:
        held = load_results(path)
    except InputError:
        return True
    return SCENARIO not in held.scenarios or len(held.replications(SCENARIO)) < wanted
