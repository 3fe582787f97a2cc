"""Name the fit that is shipped: `--parameters fitted` finds it through an entry point."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.parameters.posterior import Posterior
    from sim.scenarios.results import Results

FOLDER = Path(__file__).resolve().parent / "fitted"
NAME = "beijing-2016"
"""The fit to what was known at the end of 2016."""


def path() -> Path | None:
    """Return the file of the shipped fit, or None where none is shipped."""
    file = FOLDER / f"{NAME}.yaml"
    return file if file.is_file() else None


def fit_of(results: Results) -> Posterior | None:
    """Return the shipped fit where the runs of a store are drawn from it, value for value, else None."""
    from sim.parameters.for_run import FITTED, Choice
    from sim.parameters.posterior import read_posterior

    file = path()
    if file is None or results.meta["parameters"] != FITTED:
        return None
    posterior = read_posterior(file)
    same = Choice(FITTED, posterior=posterior).digest == results.batch.settings["parameters_digest"]
    return posterior if same else None
