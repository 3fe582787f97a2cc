"""Make a fit's runs in the batches' own way: a store for each stage, taken up where it was left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration import fit_model
from calibration.draws_file import write_draws
from calibration.fit_plan import Plan
from calibration.priors import FreeSpace
from sim.errors import InputError, RunError
from sim.parameters.posterior import Posterior, read_posterior
from sim.scenarios import batch as batches
from sim.scenarios.progress import BatchError, Progress
from sim.scenarios.run_folder import run_seed
from sim.scenarios.store import load_results

SCENARIO = "no-measures"
"""All scenarios are the same up to 2016Q4."""

MOST_FAILED = 0.05
"""Share of a stage's runs that may fail, at parameters that no city lives with, before the fit gives up."""

_EDGE = 0.02
"""The outermost part of each prior is not run: the ends of an unbounded shape are no fair test."""


@dataclass(frozen=True)
class Runs:
    """Hold what the runs of one stage gave.

    Attributes
    ----------
    cube
        Points of the unit cube, (n, d).
    outputs
        Log model over published, (n, n_targets); NaN where a run failed.
    seeds
        Seed of each run, (n,).
    """

    cube: np.ndarray
    outputs: np.ndarray
    seeds: np.ndarray

    @property
    def sound(self) -> np.ndarray:
        """Return which runs came to their end, (n,)."""
        return np.asarray(np.isfinite(self.outputs).all(axis=1))


@dataclass(frozen=True)
class Runner:
    """Run points of the unit cube, stage by stage.

    Attributes
    ----------
    folder
        Folder of the fit; each stage has a file of its points and a store.
    jobs, tell
        Runs at a time; called as they end.
    """

    folder: Path
    plan: Plan
    jobs: int
    tell: Callable[[Progress], None] | None = None

    def run(
        self,
        stage: str,
        number: int,
        space: FreeSpace,
        cube: np.ndarray,
        *,
        held: dict[str, float] | None = None,
        rest: str = "prior",
    ) -> Runs:
        """Run every point of a stage that is not in its store yet.

        Parameters
        ----------
        stage, number
            Name, and number that its seeds come from.
        space, cube
            Parameters and the points, (n, d).
        held
            Values that stay as they are.
        rest
            Where all other parameters come from: ``prior`` or ``point``.

        Raises
        ------
        RunError
            When too many runs fail.
        """
        design = self.plan.design
        cube = np.clip(cube, _EDGE, 1 - _EDGE)
        file = self.folder / f"{stage}.yaml"
        if not file.is_file():
            write_draws(file, self._draws(stage, space, cube, held or {}, rest))
        rows = read_posterior(file)
        if rows.names != space.names:
            raise InputError(
                f"the fit's stage '{stage}' moves other parameters",
                where=str(file),
                why=f"{', '.join(rows.names)} there, {', '.join(space.names)} now: the choice has changed",
                mend="give another folder",
            )
        seed = 1000 * design.seed + number
        failed: dict[str, str] = {}
        try:
            batches.run_batch(
                SCENARIO,
                sample=design.sample,
                replications=len(rows.draws),
                until=design.until,
                store=self.folder / stage,
                jobs=self.jobs,
                seed=seed,
                parameters=str(file),
                threads=1,
                progress=self.tell,
                share_pasts=False,
                model=fit_model.NAME,
            )
        except BatchError as error:
            failed = error.report.failed
            if len(failed) > MOST_FAILED * len(rows.draws):
                raise
        return self._outputs(stage, rows, cube, seed)

    def _draws(
        self, stage: str, space: FreeSpace, cube: np.ndarray, held: dict[str, float], rest: str
    ) -> Posterior:
        return Posterior.model_validate(
            {
                "format": 1,
                "kind": "design",
                "name": stage,
                "made_with": {**self.plan.made_with, "design": self.plan.digest},
                "held": held,
                "rest": rest,
                "bounds": self.plan.bounds,
                "names": space.names,
                "draws": space.values(cube).tolist(),
            }
        )

    def _outputs(self, stage: str, rows: Posterior, cube: np.ndarray, seed: int) -> Runs:
        """Return the outputs in the order of the points."""
        results = load_results(self.folder / stage)
        numbers, found = self.plan.targets.of_runs(results, SCENARIO)
        if not len(numbers):
            raise RunError(f"no run of the stage '{stage}' came to its end")
        outputs = np.full((len(cube), found.shape[1]), np.nan)
        places = [rows.row_of(run_seed(seed, number)) for number in numbers]
        outputs[places] = found
        seeds = np.zeros(len(cube), dtype=np.int64)
        for number in range(1, len(cube) + 1):
            seeds[rows.row_of(run_seed(seed, number))] = run_seed(seed, number)
        return Runs(cube, outputs, seeds)
