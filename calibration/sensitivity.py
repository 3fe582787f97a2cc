"""Say which unknowns a result hangs on, and which of them would be worth measuring.

First-order and total effects are Sobol's indices (`calibration.sobol`), reckoned on a Gaussian process that
stands in for the runs of a store. The value of information is the
share of the doubt whether a target is reached that would be gone if one parameter were known: the variance of
the probability given it, over p (1 - p). It is read from regressions of the result on one parameter at a time
(Strong, Oakley and Brennan 2014, doi 10.1177/0272989X13505910), shrunk by what they predict of runs left out,
so that chance is not taken for information.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr
from scipy.stats import rankdata

from calibration.emulator import fit_emulator
from calibration.sobol import indices
from sim.errors import InputError
from sim.parameters.for_run import is_drawn, point_parameters

if TYPE_CHECKING:
    from sim.scenarios.results import Results

LEAST_RUNS = 30
MOST_IN_EMULATOR = 12
_TAIL = 0.1
_DOUBTFUL = (0.005, 0.995)


@dataclass(frozen=True)
class Question:
    """Hold what is asked of a store: a result of each run, and the value that a target sets.

    Attributes
    ----------
    values
        Result of each run, (n,).
    numbers
        Replications of the runs, in the same order.
    threshold
        Value of the target in the unit of ``values``; None where no target is asked about.
    """

    scenario: str
    label: str
    unit: str
    values: np.ndarray
    numbers: tuple[int, ...]
    threshold: float | None


@dataclass(frozen=True)
class Answer:
    """Hold how a result hangs on parameters.

    Attributes
    ----------
    rows
        One a parameter, the most worth measuring first.
    probability
        That the result is at most the threshold; None where there is none.
    explained
        Share of the result's variance that the emulator explains; the rest is chance and many small effects.
    in_emulator
        Parameters whose Sobol indices are given.
    """

    rows: list[dict[str, Any]]
    probability: float | None
    explained: float
    in_emulator: list[str]


def ask(
    results: Results,
    *,
    scenario: str | None = None,
    indicator: str = "residents",
    area: str = "core",
    quarter: str | None = None,
    target: str | None = None,
) -> Question:
    """Return the question that a user's words put to a store.

    Without a target the population of the core is asked about: its own target where the runs reach its year,
    else the sum of its districts' targets.

    Raises
    ------
    InputError
        When the runs have no parameters of their own or are too few, or a name is not known.
    """
    chosen = scenario or _default_scenario(results)
    numbers = tuple(results.replications(chosen))
    if not is_drawn(str(results.meta["parameters"])):
        raise InputError(
            "the runs of the store all have the same parameters",
            where=str(results.path),
            why=f"they were made with parameters {results.meta['parameters']}",
            mend="run with --parameters prior (or fitted) and some 100 replications",
        )
    if len(numbers) < LEAST_RUNS:
        raise InputError(
            f"{len(numbers)} runs cannot tell parameters apart",
            where=str(results.path),
            mend=f"run at least {LEAST_RUNS} replications, better 100",
        )
    if target is not None:
        return _of_target(results, chosen, target)
    frame = results.indicators(
        chosen, indicator=indicator, area=area, quarter=quarter or results.until
    ).sort_values("replication")
    if frame.empty:
        raise InputError(
            f"the store has no {indicator} of {area} in {quarter or results.until}",
            where=str(results.path),
            mend="give a quarter that the runs reach",
        )
    threshold = _core_threshold(int((quarter or results.until)[:4])) if (indicator, area) == _CORE else None
    return Question(
        chosen,
        f"{indicator} {area} {quarter or results.until}",
        str(frame.unit.iloc[0]),
        frame.value.to_numpy(float),
        tuple(int(number) for number in frame.replication),
        threshold,
    )


def answer(question: Question, parameters: Mapping[str, np.ndarray], seed: int = 1) -> Answer:
    """Return how a result hangs on each parameter.

    Parameters
    ----------
    question
        Result of each run.
    parameters
        Value of each parameter in each run, (n,) each; those that never differ are left out.
    seed
        Of the emulator's search and of Sobol's points.
    """
    moving = {name: column for name, column in parameters.items() if np.ptp(column) > 0}
    if not moving:
        raise InputError("no parameter differs between the runs", mend="run with --parameters prior")
    shares = {name: (rankdata(column) - 0.5) / len(column) for name, column in moving.items()}
    lines = {name: _line(share, question.values) for name, share in shares.items()}
    ranked = sorted(lines, key=lambda name: (-lines[name].explained, name))
    inside = [name for name in ranked[:MOST_IN_EMULATOR] if lines[name].explained > 0] or ranked[:1]
    points = np.stack([shares[name] for name in inside], axis=1)
    sd = np.array([question.values.std(ddof=1)])
    if sd[0] == 0:
        raise InputError("the result is the same in every run", mend="ask about another one")
    emulator = fit_emulator(points, question.values[:, None], sd, np.zeros((0, 1)), seed)
    explained = float(max(0.0, 1.0 - emulator.noise[0, 0] / sd[0] ** 2))
    sobol = indices(lambda at: emulator.outputs(at)[0], inside, seed)
    rows = [_row(name, lines[name], sobol.get(name), explained, question.threshold) for name in ranked]
    rows.sort(
        key=lambda row: (-(row["value_of_information"] or 0.0), -row["explained_alone"], row["parameter"])
    )
    probability = None
    if question.threshold is not None:
        probability = float((question.values <= question.threshold).mean())
    return Answer(rows, probability, explained, inside)


def parameters_of(results: Results, question: Question) -> dict[str, np.ndarray]:
    """Return the value of each parameter in each run of a question."""
    held = [results.manifest(question.scenario, number)["parameters"] for number in question.numbers]
    return {name: np.array([values[name] for values in held], float) for name in held[0]}


def is_doubtful(probability: float | None) -> bool:
    """Tell whether it is open that the target is reached, so that there is doubt to take away."""
    return probability is not None and _DOUBTFUL[0] < probability < _DOUBTFUL[1]


@dataclass(frozen=True)
class _Line:
    """Hold the regression of a result on one parameter: its means, what is left, and what it predicts."""

    share: np.ndarray
    means: np.ndarray
    left_sd: float
    explained: float

    def probability(self, threshold: float) -> np.ndarray:
        """Return the probability of at most the threshold given the parameter of each run, (n,)."""
        return np.asarray(ndtr((threshold - self.means) / self.left_sd))


def _line(share: np.ndarray, values: np.ndarray) -> _Line:
    """Fit a parabola over the shares and shrink it by what it predicts of runs that it was not fitted to."""
    design = np.stack([np.ones(len(share)), share - 0.5, (share - 0.5) ** 2], axis=1)
    hat = design @ np.linalg.pinv(design)
    fitted = hat @ values
    total = float(((values - values.mean()) ** 2).sum())
    own = ((fitted - values.mean()) ** 2).sum() / total if total else 0.0
    missed = (values - fitted) / (1 - np.diag(hat))
    mean_missed = (values - values.mean()) * len(values) / (len(values) - 1)
    explained = max(0.0, 1.0 - float((missed**2).sum() / (mean_missed**2).sum())) if total else 0.0
    kept = (explained / own) ** 0.5 if own > 0 else 0.0
    means = values.mean() + min(kept, 1.0) * (fitted - values.mean())
    left = max(float(values.var()) - float(means.var()), 1e-12 * max(float(values.var()), 1e-300)) ** 0.5
    return _Line(share, means, left, explained)


def _row(
    name: str, line: _Line, sobol: dict[str, float] | None, explained: float, threshold: float | None
) -> dict[str, Any]:
    """Return what is known of one parameter; indices are shares of the result's whole variance."""
    entry = point_parameters().entries.get(name)
    row: dict[str, Any] = {
        "parameter": name,
        "basis": entry.basis if entry else "",
        "meaning": entry.meaning if entry else "",
        "unit": entry.unit if entry else "",
        "explained_alone": line.explained,
    }
    for key, said in (("S1", "first_order"), ("ST", "total")):
        value, half = (None, None) if sobol is None else (sobol[key], sobol[f"{key}_conf"])
        row[said] = None if value is None else explained * max(value, 0.0)
        row[f"{said}_low"] = None if value is None or half is None else explained * max(value - half, 0.0)
        row[f"{said}_high"] = None if value is None or half is None else explained * (value + half)
    row |= {"value_of_information": None, "probability_at_low": None, "probability_at_high": None}
    if threshold is not None:
        given = line.probability(threshold)
        mean = float(given.mean())
        doubt = mean * (1 - mean)
        row["value_of_information"] = float(given.var() / doubt) if doubt > 0 else 0.0
        row["probability_at_low"] = float(given[line.share <= _TAIL].mean())
        row["probability_at_high"] = float(given[line.share >= 1 - _TAIL].mean())
    return row


_CORE = ("residents", "core")


def _default_scenario(results: Results) -> str:
    preferred = "executed-2017-2020"
    return preferred if preferred in results.scenarios else results.scenarios[0]


def _core_threshold(year: int) -> float | None:
    """Return the target for the residents of the core in a year, in persons, or None where none is set."""
    from sim.policy.catalogue import load_targets
    from sim.units import to_base

    def at(area: str) -> float | None:
        found = [
            to_base(target.value, target.unit)
            for target in load_targets()
            if (target.area, target.indicator, target.year) == (area, "resident_population", year)
        ]
        return found[0] if found else None

    own = at("core")
    parts = [at("dongcheng"), at("xicheng")]
    if own is not None:
        return own
    return None if None in parts else float(sum(part for part in parts if part is not None))


def _of_target(results: Results, scenario: str, target: str) -> Question:
    from sim.outcomes.targets import values_of
    from sim.policy.catalogue import load_targets

    known = {item.id: item for item in load_targets()}
    if target not in known:
        from difflib import get_close_matches

        near = get_close_matches(target, known, n=3) or sorted(known)[:3]
        raise InputError(f"unknown target '{target}'", where="--target", mend=f"nearest: {', '.join(near)}")
    if known[target].operator == "range":
        raise InputError(
            f"the target '{target}' is a range", where="--target", mend="give one that sets a single value"
        )
    for _, item, basis, values, numbers in values_of(
        results.book(), until=results.until, scenarios=[scenario], targets=[known[target]]
    ):
        if basis == "latent":
            return Question(scenario, target, item.unit, values, tuple(numbers), float(item.value))
    raise InputError(
        f"the target '{target}' is not judged in these runs",
        where="--target",
        why=f"they end in {results.until}, or the model does not carry what it is about",
        mend="'shujie targets STORE' says which are judged",
    )
