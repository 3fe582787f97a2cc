"""Be the command `shujie backtest`: make the runs that are missing, then hold them against the census."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli_output import JsonFlag, say, write_json, write_table

if TYPE_CHECKING:
    from calibration.backtest import Backtest
    from sim.scenarios.results import Results

DEFAULT_STORE = Path("runs/backtest")
REPLICATIONS = 20
SAMPLE = 0.01


def backtest(
    store: Annotated[
        Path, typer.Argument(help="Folder of the runs; what it lacks is run into it.")
    ] = DEFAULT_STORE,
    sample: Annotated[
        float | None, typer.Option(help=f"Share of households simulated; {SAMPLE:g} in a new store.")
    ] = None,
    replications: Annotated[
        int | None, typer.Option(help=f"Runs; those the store was asked for, {REPLICATIONS} in a new one.")
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(help="point, prior, fitted or a file; in a new store fitted where a fit is shipped."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs at a time; all cores when not given.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of a new store; 1 when not given.")] = None,
    json: JsonFlag = False,
) -> None:
    """Predict the 2020 census from what was known in 2016, beside naive forecasts, and score both."""
    from calibration.backtest import backtest as score
    from calibration.backtest_runs import prepare
    from sim.cli_run import PROGRESS, ProgressForm, check_numbers, check_store

    check_numbers(
        sample=1.0 if sample is None else sample,
        replications=1 if replications is None else replications,
        jobs=jobs,
        threads=None,
        seed=seed or 0,
    )
    check_store(store)
    asked = {
        name: value
        for name, value in {
            "sample": sample,
            "replications": replications,
            "parameters": parameters,
            "seed": seed,
        }.items()
        if value is not None
    }
    with PROGRESS[ProgressForm.BAR]() as tell:
        results = prepare(store, asked, jobs=jobs or os.cpu_count() or 1, progress=tell)
    found = score(results)
    meta = _meta(results, found)
    if json:
        write_json(found.rows.to_dict("records"), meta)
        return
    _show(found, meta)


def _meta(results: Results, found: Backtest) -> dict[str, Any]:
    from calibration.backtest import CENSUS, FITTED_UNTIL, SCENARIO, hindcast_sizes, likelihood_2016
    from sim.scenarios.provenance import changed_since

    likelihood, sizes = likelihood_2016(results), hindcast_sizes(results)
    return {
        **results.meta,
        "scenario": SCENARIO,
        "known_until": FITTED_UNTIL,
        "compared_with": f"census, {CENSUS}",
        "units": {"crps": "persons", "coverage_90": "share", "width_percent": "percent of the census"},
        "interval": "quantiles 5 % and 95 % over replications, the model's and the census's own errors",
        "own_error_2016": None if sizes is None else sizes.tolist(),
        "other_than_now": changed_since(results.meta["made_with"]),
        "log_likelihood_2016": {"mean": float(likelihood.mean()), "best": float(likelihood.max())},
        "places": found.places.to_dict("records"),
        "people": results.people(SCENARIO),
    }


def _show(found: Backtest, meta: dict[str, Any]) -> None:
    columns = [str(name) for name in found.rows.columns]
    write_table(
        columns, [_cells(row) for row in found.rows.itertuples(index=False)], right=range(2, len(columns))
    )
    shown = ["area", "census", "model", "low", "high", "error_percent", "error_2016_percent"]
    write_table(
        shown,
        [_cells(row) for row in found.places[shown].itertuples(index=False)],
        title="2020 census, persons",
        right=range(1, len(shown)),
    )
    people = meta["people"]
    for name in ("forced_to_move", "children"):
        value = people.get(name)
        if isinstance(value, dict):
            say(f"{name.replace('_', ' ')}: {value['estimate']:,.0f} persons")
    if meta["own_error_2016"] is None:
        say("the intervals are too narrow: no hindcast belongs to these parameters, only the fitted years do")
    if meta["other_than_now"]:
        say(f"the runs were made with other {' and '.join(meta['other_than_now'])} than this version has")
    if meta["parameters"] == "point":
        say("one set of parameters: the intervals hold chance and assumed errors, not their range")


def _cells(row: Any) -> list[str]:
    return [value if isinstance(value, str) else _number(value) for value in row]


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:d}" if isinstance(value, int) else f"{value:.2f}"
