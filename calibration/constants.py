"""Say what the constants of the area groups contribute to a forecast: make its runs again without them.

A constant of place that is fitted to the past can absorb an answer that behaviour does not give. So the same
draws of all other parameters, with the same chance, are run with every constant at zero; what differs is what
the constants contribute.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.backtest import CENSUS, SCENARIO
from calibration.draws_file import write_draws
from calibration.priors import AREA_CONSTANT, candidates
from calibration.shipped import fit_of
from sim.errors import InputError
from sim.parameters.posterior import Posterior
from sim.scenarios import batch as batches
from sim.scenarios.store import load_results

if TYPE_CHECKING:
    from sim.scenarios.results import Results

_FILE = "without-constants.yaml"


def without_constants(posterior: Posterior) -> Posterior:
    """Return draws in which every constant of an area group is held at zero, all else as it was."""
    names = [name for name in candidates().names if name.startswith(AREA_CONSTANT)]
    kept = [k for k, name in enumerate(posterior.names) if name not in names]
    return posterior.model_copy(
        update={
            "names": [posterior.names[k] for k in kept],
            "draws": np.array(posterior.draws)[:, kept].tolist(),
            "held": {**posterior.held, **dict.fromkeys(names, 0.0)},
        }
    )


def prepare(results: Results, folder: Path, jobs: int) -> Results:
    """Return the executed years of a store without constants, run into the folder as far as it lacks them.

    Where no constant is free and all are held at zero, nothing is run: the store's runs are without them.

    Raises
    ------
    InputError
        When the store's parameters are not those of the shipped fit.
    """
    fit = fit_of(results)
    if fit is None:
        raise InputError(
            "what the constants contribute is known of the shipped fit alone",
            where=str(results.path),
            why=f"its parameters are '{results.meta['parameters']}'",
            mend=f"run {SCENARIO} with --parameters fitted",
        )
    bare = without_constants(fit)
    if (bare.names, bare.held) == (fit.names, fit.held):
        return results
    draws = folder / _FILE
    write_draws(draws, bare)
    batches.run_batch(
        SCENARIO,
        sample=results.meta["sample"],
        replications=results.meta["replications"][SCENARIO],
        until=CENSUS,
        store=folder / "runs",
        jobs=jobs,
        seed=results.meta["seed"],
        parameters=str(draws),
    )
    return load_results(folder / "runs")
