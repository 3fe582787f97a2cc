"""Take a posterior over to other code or data where the model's runs are the same to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from calibration.draws_file import write_draws
from calibration.fit_model import FitModel
from calibration.fit_plan import Design, make_plan
from calibration.fit_runs import SCENARIO
from calibration.fit_targets import FitTargets
from sim.errors import InputError, RunError
from sim.parameters.for_run import point_parameters
from sim.parameters.posterior import Posterior, made_now, read_posterior


def confirm(path: Path) -> Posterior:
    """Make the runs again that a posterior keeps as its fingerprints, and write it with today's digests.

    Raises
    ------
    InputError
        When the file is no posterior of a fit, or names a parameter that the model does not have.
    RunError
        When a run gives anything else: the posterior belongs to another model.
    """
    posterior = read_posterior(path)
    prints = posterior.diagnostics.get("fingerprints", [])
    if posterior.kind != "posterior" or not prints:
        raise InputError("the file is no posterior of a fit", where=str(path), mend="give what it wrote")
    posterior.refuse_wrong_values(point_parameters(), str(path))
    plan = make_plan(Design(**posterior.diagnostics["design"]))
    if plan.digest != posterior.made_with.get("design"):
        raise RunError(
            f"{path}: it was fitted to other published values, errors or priors "
            f"({posterior.made_with.get('design', 'none')[:12]} then, {plan.digest[:12]} now): "
            "fit again with 'shujie calibrate'"
        )
    design, targets = plan.design, plan.targets
    for number, kept in enumerate(prints, start=1):
        if not np.array_equal(_outputs(posterior, kept, design, targets), np.array(kept["outputs"])):
            raise RunError(
                f"{path}: run {number} of {len(prints)} came out different: "
                "this code or data make another model; fit again with 'shujie calibrate'"
            )
    taken_over = posterior.model_copy(update={"made_with": {**made_now(), "design": plan.digest}})
    write_draws(path, taken_over)
    return taken_over


def _outputs(posterior: Posterior, kept: dict[str, Any], design: Design, targets: FitTargets) -> np.ndarray:
    values = {**posterior.held, **dict(zip(posterior.names, kept["values"], strict=True))}
    parameters = point_parameters().draw(kept["seed"]).with_values(values)
    model = FitModel(SCENARIO, sample=design.sample, rng=kept["seed"], parameters=parameters)
    try:
        model.run(until=design.until)
        return targets.of_frame(model.indicators().assign(replication=1))[1][0]
    finally:
        model.close()
