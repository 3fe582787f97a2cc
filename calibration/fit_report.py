"""Say what a fit found: each parameter or that it is not identified, each target, and how far to trust it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from calibration.draws_file import write_draws
from calibration.fit import Fitted
from calibration.sobol import Indices, of_all_outputs
from sim.parameters.posterior import Posterior

LEAST_CONTRACTION = 0.3
"""A parameter counts as identified where the data took away so much of its prior's variance; assumed."""

_TRADED = 0.6
"""Correlation in the posterior from which two parameters are named as known only together; assumed."""

_FINGERPRINTS = 3
_QUANTILES = (0.05, 0.5, 0.95)
_LEAST_TRUTHS = 5


def posterior_of(fitted: Fitted, name: str) -> Posterior:
    """Return the file of draws of a fit, with what is to be known about it."""
    plan = fitted.plan
    values = fitted.free.values(fitted.points)
    return Posterior.model_validate(
        {
            "format": 1,
            "kind": "posterior",
            "name": name,
            "made_with": {**plan.made_with, "design": plan.digest},
            "held": fitted.held,
            "rest": "prior",
            "bounds": plan.bounds,
            "names": fitted.free.names,
            "draws": values.tolist(),
            "parameters": parameter_rows(fitted),
            "targets": target_rows(fitted),
            "diagnostics": diagnostics(fitted),
        }
    )


def parameter_rows(fitted: Fitted) -> list[dict[str, Any]]:
    """Return a row for each free parameter; where it is not identified, words stand instead of numbers."""
    values = fitted.free.values(fitted.points)
    contraction, identified = fitted.contraction, _identified(fitted)
    effects = {item.name: item.effect for item in fitted.screened}
    covered = fitted.recovery.covered
    sobol = of_all_outputs(fitted.emulator, fitted.free.names, fitted.plan.design.seed)
    rows = []
    for k, (name, entry) in enumerate(fitted.free.entries):
        known = bool(identified[k])
        low, middle, high = (float(q) for q in np.quantile(values[:, k], _QUANTILES))
        row = {
            "parameter": name,
            "unit": entry.unit,
            "status": "identified" if known else "not identified",
            "estimate": middle if known else None,
            "low": low if known else None,
            "high": high if known else None,
            "prior_low": entry.prior.low,
            "prior_high": entry.prior.high,
            "contraction": round(float(contraction[k]), 3),
            "effect": round(effects[name], 3),
            "first_order": _index(sobol, name, "S1"),
            "total": _index(sobol, name, "ST"),
            "recovered": round(float(covered[k]), 3) if len(fitted.recovery.ranks) >= _LEAST_TRUTHS else None,
        }
        rows.append(row)
    return rows


def _identified(fitted: Fitted) -> np.ndarray:
    """Return of which free parameters the data took away enough of the prior's variance, (d,)."""
    return np.asarray(fitted.contraction >= LEAST_CONTRACTION)


def _index(sobol: Indices, name: str, key: str) -> float | None:
    return round(max(sobol[name][key], 0.0), 3) if name in sobol else None


def target_rows(fitted: Fitted) -> list[dict[str, Any]]:
    """Return a row for each published value with what a run of each draw gives, emulated, in its unit."""
    targets = fitted.plan.targets
    mean, variance = fitted.emulator.outputs(fitted.points)
    chance = np.random.default_rng(fitted.plan.design.seed).standard_normal(mean.shape)
    outputs = mean + chance * np.sqrt(variance + np.diag(fitted.emulator.noise))
    low, middle, high = np.quantile(outputs, _QUANTILES, axis=0)
    sd = np.sqrt(np.diag(targets.covariance()))
    rows = []
    for k, row in enumerate(targets.as_rows()):
        published = row["published"]
        said = {name: row[name] for name in ("indicator", "area", "year", "unit", "published")}
        rows.append(
            {
                **said,
                "estimate": float(published * np.exp(middle[k])),
                "low": float(published * np.exp(low[k])),
                "high": float(published * np.exp(high[k])),
                "gap_percent": round(float(100 * np.expm1(middle[k])), 2),
                "gap_in_errors": round(float(middle[k] / sd[k]), 2),
                "replicate_sd_percent": round(float(100 * fitted.replicate_sd[k]), 2),
            }
        )
    return rows


def diagnostics(fitted: Fitted) -> dict[str, Any]:
    """Return how the fit came about and how far it can be trusted."""
    confirmed, recovery = fitted.confirmed, fitted.recovery
    return {
        "design": asdict(fitted.plan.design),
        "waves": [
            {"runs": wave.n_runs, "not_ruled_out": round(wave.not_ruled_out, 5)} for wave in fitted.waves
        ],
        "confirmed_draws": int(confirmed.sound.sum()),
        "effective_draws": round(fitted.effective, 1),
        "emulator_covered_90": round(fitted.covered, 3),
        "emulator_components": len(fitted.emulator.processes),
        "recovery": {
            "truths": len(recovery.ranks),
            "covered_90": _mean(recovery.covered),
            "contraction": _mean(recovery.contraction),
            "ranks": {
                name: np.sort(recovery.ranks[:, k]).round(3).tolist()
                for k, name in enumerate(fitted.free.names)
            },
        },
        "hindcast": fitted.hindcast.as_json() if fitted.hindcast else None,
        "not_identified": [
            name for name, known in zip(fitted.free.names, _identified(fitted), strict=True) if not known
        ],
        "known_only_together": _traded(fitted),
        "screening": [
            {"parameter": item.name, "effect": round(item.effect, 3), "most_on": item.target}
            for item in fitted.screened
        ],
        "fingerprints": _fingerprints(fitted),
    }


def write_posterior(fitted: Fitted, path: Path, name: str) -> Posterior:
    """Write the file of draws of a fit and return it."""
    posterior = posterior_of(fitted, name)
    write_draws(path, posterior)
    return posterior


def _traded(fitted: Fitted) -> list[dict[str, Any]]:
    """Return pairs of parameters that the data know only together."""
    cube = fitted.points
    names = fitted.free.names
    if len(names) < 2:
        return []
    with np.errstate(invalid="ignore"):
        correlation = np.nan_to_num(np.corrcoef(cube.T))
    return [
        {"one": names[i], "other": names[j], "correlation": round(float(correlation[i, j]), 2)}
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if abs(correlation[i, j]) >= _TRADED
    ]


def _fingerprints(fitted: Fitted) -> list[dict[str, Any]]:
    """Return some runs and what came out, by which other code is known to give the same to the bit."""
    values = fitted.free.values(fitted.confirmed.cube)
    rows = np.flatnonzero(fitted.confirmed.sound)[:_FINGERPRINTS]
    return [
        {
            "seed": int(fitted.confirmed.seeds[row]),
            "values": [float(f"{value:.10g}") for value in values[row]],
            "outputs": [float(value) for value in fitted.confirmed.outputs[row]],
        }
        for row in rows
    ]


def _mean(values: np.ndarray) -> float | None:
    return round(float(values.mean()), 3) if values.size and np.isfinite(values).all() else None
