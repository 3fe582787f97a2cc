"""Say which unknowns a result hangs on, and which of them would be worth measuring.

First-order and total effects are Sobol's indices (`calibration.sobol`), reckoned on a Gaussian process that
stands in for the runs of a store. They are shares of what that process explains of runs that had no part in
it, not even in the choice of its parameters. The value of information is read from one parameter at a time
(`calibration.curves`), beside what the best of so many parameters would seem to be worth by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from calibration.curves import Curve, curve, worth_by_chance
from calibration.emulator import Emulator, fit_emulator
from calibration.sobol import indices
from sim.errors import InputError
from sim.parameters.for_run import is_drawn, point_parameters

if TYPE_CHECKING:
    from sim.scenarios.results import Results

LEAST_RUNS = 30
MOST_IN_EMULATOR = 12
_PARTS = 10
"""Parts in which runs are left out to see what an emulator explains."""
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
        Share of the result's variance that the emulator predicts of runs left out; the rest is chance and
        many small effects.
    in_emulator
        Parameters whose Sobol indices are given.
    by_chance
        Value of information that the best parameter may have by chance; None where there is no threshold.
    """

    rows: list[dict[str, Any]]
    probability: float | None
    explained: float
    in_emulator: list[str]
    by_chance: float | None


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
    if not np.ptp(question.values) > 0:
        raise InputError("the result is the same in every run", mend="ask about another one")
    shares = {name: (rankdata(column) - 0.5) / len(column) for name, column in moving.items()}
    curves = {name: curve(share, question.values) for name, share in shares.items()}
    inside = _telling(curves)
    explained = _explained(shares, question.values, seed)
    emulator = _emulator(shares, inside, question.values, np.arange(len(question.values)), seed)
    sobol = indices(lambda at: emulator.outputs(at)[0], inside, seed)
    rows = [
        _row(name, found, sobol.get(name), explained, question.threshold) for name, found in curves.items()
    ]
    rows.sort(
        key=lambda row: (-(row["value_of_information"] or 0.0), -row["explained_alone"], row["parameter"])
    )
    probability = chance = None
    if question.threshold is not None:
        probability = float((question.values <= question.threshold).mean())
        chance = worth_by_chance(shares, question.values, question.threshold, seed)
    return Answer(rows, probability, explained, inside, chance)


def _telling(curves: Mapping[str, Curve]) -> list[str]:
    """Return the parameters that alone tell most of the result, the first of them if none tells anything."""
    ranked = sorted(curves, key=lambda name: (-curves[name].explained, name))
    return [name for name in ranked[:MOST_IN_EMULATOR] if curves[name].explained > 0] or ranked[:1]


def _emulator(
    shares: Mapping[str, np.ndarray], inside: list[str], values: np.ndarray, runs: np.ndarray, seed: int
) -> Emulator:
    """Return an emulator of the result over some parameters, fitted to some of the runs."""
    points = np.stack([shares[name][runs] for name in inside], axis=1)
    sd = np.array([values[runs].std(ddof=1)])
    return fit_emulator(points, values[runs][:, None], sd, np.zeros((0, 1)), seed)


def _explained(shares: Mapping[str, np.ndarray], values: np.ndarray, seed: int) -> float:
    """Return the share of the variance that an emulator predicts of runs that it has not seen, not below 0.

    Each part of the runs is left out in turn, and the emulator's parameters are chosen anew from the others:
    the best of hundreds, chosen from the very runs that are predicted, would seem to explain chance.
    """
    part = np.random.default_rng(seed).permutation(len(values)) % _PARTS
    missed, unknown = np.empty(len(values)), np.empty(len(values))
    for number in range(_PARTS):
        seen, kept = np.flatnonzero(part != number), np.flatnonzero(part == number)
        missed[kept] = unknown[kept] = values[kept] - values[seen].mean()
        if not np.ptp(values[seen]) > 0:  # all alike but for those left out
            continue
        inside = _telling({name: curve(share[seen], values[seen]) for name, share in shares.items()})
        emulator = _emulator(shares, inside, values, seen, seed)
        mean, _ = emulator.outputs(np.stack([shares[name][kept] for name in inside], axis=1))
        missed[kept] = values[kept] - mean[:, 0]
    return float(max(0.0, 1.0 - (missed**2).sum() / (unknown**2).sum()))


def parameters_of(results: Results, question: Question) -> dict[str, np.ndarray]:
    """Return the value of each parameter in each run of a question."""
    held = [results.manifest(question.scenario, number)["parameters"] for number in question.numbers]
    return {name: np.array([values[name] for values in held], float) for name in held[0]}


def is_doubtful(probability: float | None) -> bool:
    """Tell whether it is open that the target is reached, so that there is doubt to take away."""
    return probability is not None and _DOUBTFUL[0] < probability < _DOUBTFUL[1]


def _row(
    name: str, found: Curve, sobol: dict[str, float] | None, explained: float, threshold: float | None
) -> dict[str, Any]:
    """Return what is known of one parameter; indices are shares of the result's whole variance."""
    entry = point_parameters().entries.get(name)
    row: dict[str, Any] = {
        "parameter": name,
        "basis": entry.basis if entry else "",
        "meaning": entry.meaning if entry else "",
        "unit": entry.unit if entry else "",
        "explained_alone": found.explained,
    }
    for key, said in (("S1", "first_order"), ("ST", "total")):
        value, half = (None, None) if sobol is None else (sobol[key], sobol[f"{key}_conf"])
        row[said] = None if value is None else explained * max(value, 0.0)
        row[f"{said}_low"] = None if value is None or half is None else explained * max(value - half, 0.0)
        row[f"{said}_high"] = None if value is None or half is None else explained * (value + half)
    row |= {"value_of_information": None, "probability_at_low": None, "probability_at_high": None}
    if threshold is not None:
        given = found.probability(threshold)
        row["value_of_information"] = found.worth(threshold)
        row["probability_at_low"] = float(given[found.share <= _TAIL].mean())
        row["probability_at_high"] = float(given[found.share >= 1 - _TAIL].mean())
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
