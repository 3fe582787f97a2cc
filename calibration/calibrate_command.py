"""Be the command `shujie calibrate`: fit to what was known at the end of 2016 and write the posterior."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write_json, write_table

if TYPE_CHECKING:
    from calibration.fit_plan import Design
    from sim.parameters.posterior import Posterior

DEFAULT_STORE = Path("runs/fit")
NAME = "beijing-2016"


def calibrate(
    store: Annotated[
        Path, typer.Option(help="Folder of the fit; what it holds is not run again.")
    ] = DEFAULT_STORE,
    short: Annotated[
        bool, typer.Option("--short", help="A tiny fit through every part, good for a test only.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the fit in the folder; refused where there is none.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="File of the posterior; in the folder when not given.")
    ] = None,
    sample: Annotated[float | None, typer.Option(help="Share of households simulated.")] = None,
    until: Annotated[str | None, typer.Option(help="Last quarter of the runs, 2016Q4 at the latest.")] = None,
    trajectories: Annotated[int | None, typer.Option(help="Morris's trajectories of the screening.")] = None,
    replicates: Annotated[int | None, typer.Option(help="Replications that tell the noise of a run.")] = None,
    wave_runs: Annotated[int | None, typer.Option(help="Runs of each wave.")] = None,
    waves: Annotated[int | None, typer.Option(help="Waves of history matching.")] = None,
    confirmed: Annotated[int | None, typer.Option(help="Draws of the posterior that are run.")] = None,
    rounds: Annotated[int | None, typer.Option(help="How often draws of the posterior are run.")] = None,
    truths: Annotated[int | None, typer.Option(help="Runs whose parameters are looked for again.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed that all random numbers come from.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs at a time; all cores when not given.")] = None,
    observed: Annotated[
        Path | None, typer.Option(help="A CSV table of published values instead of the packaged ones.")
    ] = None,
    priors: Annotated[
        Path | None, typer.Option(help="A YAML file of priors, in the form of behaviour.yaml.")
    ] = None,
    confirm: Annotated[
        Path | None,
        typer.Option(help="Take this posterior over to today's code where its runs are the same to the bit."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Fit the parameters to what was known at the end of 2016; say which of them the data know."""
    if confirm is not None:
        _confirm(confirm, as_json=json)
        return
    from calibration.fit import calibrate as fit
    from calibration.fit_plan import FULL, SHORT, held_design, make_plan, with_numbers
    from calibration.fit_report import write_posterior
    from sim.cli_run import PROGRESS, ProgressForm, check_numbers, check_store

    check_numbers(sample=sample or 1.0, replications=1, jobs=jobs, threads=None, seed=seed or 0)
    check_store(store)
    given = {
        "sample": sample,
        "until": until,
        "trajectories": trajectories,
        "replicates": replicates,
        "wave_runs": wave_runs,
        "waves": waves,
        "confirmed": confirmed,
        "rounds": rounds,
        "truths": truths,
        "seed": seed,
    }
    begun = held_design(store) if resume and not short else None
    plan = make_plan(
        with_numbers(begun or (SHORT if short else FULL), **given),
        observed_file=None if observed is None else str(observed),
        priors_file=None if priors is None else str(priors),
    )
    with PROGRESS[ProgressForm.NONE]() as tell:
        # A short fit is over before further processes have started.
        at_a_time = jobs or (1 if short else os.cpu_count() or 1)
        fitted = fit(store, plan, jobs=at_a_time, resume=resume, tell=tell, say=say)
    file = out or store / f"{NAME}.yaml"
    posterior = write_posterior(fitted, file, NAME)
    _show(posterior, file, plan.design, as_json=json)


def _confirm(path: Path, *, as_json: bool) -> None:
    from calibration.confirm import confirm

    posterior = confirm(path)
    if as_json:
        write_json([], {"posterior": str(path), "made_with": posterior.made_with})
    say(f"{path}: the same runs to the bit; it holds with this code and data now")


def _show(posterior: Posterior, file: Path, design: Design, *, as_json: bool) -> None:
    if as_json:
        meta = {
            "posterior": str(file),
            "name": posterior.name,
            "made_with": posterior.made_with,
            "held": posterior.held,
            "targets": posterior.targets,
            **posterior.diagnostics,
        }
        write_json(posterior.parameters, meta)
        return
    columns = ["parameter", "estimate", "low", "high", "prior_low", "prior_high"]
    columns += ["contraction", "total", "recovered", "unit"]
    rows = [[_cell(row, name) for name in columns] for row in posterior.parameters]
    write_table(columns, rows, title="Parameters: median and 90 % interval", right=range(1, 9))
    columns = ["indicator", "area", "year", "published", "estimate", "low", "high", "gap_percent"]
    rows = [[_cell(row, name) for name in columns] for row in posterior.targets]
    write_table(columns, rows, title="Published values and the fitted model", right=range(2, 8))
    found = posterior.diagnostics
    say(f"draws that were run: {found['confirmed_draws']}, worth {found['effective_draws']:g}")
    say(f"90 % intervals of the emulators held {found['emulator_covered_90']:.0%} of what was run then")
    say(f"not identified: {', '.join(found['not_identified']) or 'none'}")
    for pair in found["known_only_together"]:
        together = f"{pair['one']} and {pair['other']}"
        say(f"known only together: {together} (correlation {pair['correlation']:+.2f})")
    if design.sample < 0.01 or design.until != "2016Q4":
        say("a fit of this size is for trying out; do not decide anything by it")
    say(f"the posterior is in {file}; 'shujie run ... --parameters {file}' uses it")


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return str(row["status"]) if name == "estimate" else ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or name == "year":
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
