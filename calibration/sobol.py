"""Reckon Sobol's indices on an emulator: what part of an output's variance hangs on each parameter.

Saltelli et al. (2010), doi 10.1016/j.cpc.2009.09.018, by SALib. For all outputs of a fit together the indices
of their principal components are weighed by the components' variances (Lamboni, Monod and Makowski 2011,
Reliability Engineering and System Safety 96(4)).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calibration.emulator import Emulator

BASE = 512
"""Points of the plan for each parameter and two; a power of two."""

Indices = dict[str, dict[str, float]]
"""By parameter: S1 (alone) and ST (with all it acts together with), each with the half width of 90 %."""


def indices(outputs: Callable[[np.ndarray], np.ndarray], names: list[str], seed: int) -> Indices:
    """Return the indices of outputs over the unit cube, weighed by their variances.

    Parameters
    ----------
    outputs
        Gives the outputs, (n, k), at points (n, d). They count as uncorrelated.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    if len(names) < 2:
        return {name: {"S1": 1.0, "S1_conf": 0.0, "ST": 1.0, "ST_conf": 0.0} for name in names}
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    points = np.asarray(sampling.sample(problem, BASE, calc_second_order=False, seed=seed))
    found = outputs(points)
    weight = found.var(axis=0)
    if not weight.any():
        return {}
    weight = weight / weight.sum()
    parts = [
        analysis.analyze(problem, found[:, k], calc_second_order=False, conf_level=0.9, seed=seed)
        for k in np.flatnonzero(weight)
    ]
    kept = weight[weight > 0]
    return {
        name: {
            key: float(sum(w * part[key][k] for w, part in zip(kept, parts, strict=True)))
            for key in ("S1", "S1_conf", "ST", "ST_conf")
        }
        for k, name in enumerate(names)
    }


def of_all_outputs(emulator: Emulator, names: list[str], seed: int) -> Indices:
    """Return the indices of all outputs of an emulator together, each in units of its error."""
    return indices(lambda points: emulator.predict(points)[0], names, seed)
