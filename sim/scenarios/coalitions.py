"""Run the scenarios that attribution asks about: some kinds of measure hold, the others are as in the base.

Coalitions share the past of their scenarios, which is computed once a replication, and are kept in a store
beside the batch: asking again, for another indicator or place, costs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from sim.errors import InputError
from sim.outcomes.attribution import (
    Coalition,
    Contribution,
    group,
    leave_one_out,
    leave_one_out_coalitions,
    shapley,
    shapley_coalitions,
)
from sim.parameters.for_run import POINT, is_drawn
from sim.policy.resolve import Measure
from sim.scenarios.batch import run_batch
from sim.scenarios.progress import Progress
from sim.scenarios.provenance import changed_since
from sim.scenarios.results import NO_MEASURES, Results
from sim.scenarios.scenario import Scenario
from sim.scenarios.store import load_results, read_batch

FOLDER = "attribution"
NOISE_FOLDER = "attribution-point"
"""Where the same runs are kept with all parameters at their own values: what is left there is noise."""
LEAVE_ONE_OUT, SHAPLEY = "leave-one-out", "shapley"

GROUPS: dict[str, tuple[str, ...]] = {
    "illegal_construction": ("demolish", "reuse_land"),
    "informal_homes": ("basement", "group_rental", "village"),
    "renewal": ("shantytown", "courtyard", "floor_area", "estates"),
    "streets": ("street_order", "seal_openings", "key_area", "soe_property"),
    "industry_and_markets": ("manufacturing", "market", "entry_rules"),
    "public_services": ("campus", "hospital", "administration", "transport_hub"),
    "people_and_visitors": ("visitors", "school_admission", "labour_rules", "local_order"),
}
"""Players where more than seven kinds differ between a scenario and its base."""


@dataclass(frozen=True)
class Plan:
    """Hold what an attribution will run.

    Attributes
    ----------
    indicator, area, quarter
        What is asked about.
    players
        Kinds by player.
    coalitions
        Scenario of each coalition.
    runs
        Runs that the store of coalitions does not hold yet.
    """

    scenario: str
    base: str
    method: str
    indicator: str
    area: str
    quarter: str
    players: Mapping[str, tuple[str, ...]]
    coalitions: Mapping[Coalition, Scenario]
    runs: int


@dataclass(frozen=True)
class Attribution:
    """Hold the contributions to one indicator in one place and quarter, and their exact sum."""

    plan: Plan
    contributions: tuple[Contribution, ...]
    noise: tuple[Contribution, ...]
    total: float
    unit: str
    n_replications: int

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a player: measure, kinds, contribution, low, high, standard_error, assumed_share."""
        rows = []
        without_draws = {item.player: item.values for item in self.noise}
        for item in self.contributions:
            found = item.spread
            rows.append(
                {
                    "measure": item.player,
                    "kinds": list(self.plan.players.get(item.player, ())),
                    "contribution": found.estimate,
                    "low": found.low,
                    "high": found.high,
                    "assumed_share": assumed_share(item.values, without_draws.get(item.player)),
                    "standard_error": item.standard_error,
                    "unit": self.unit,
                }
            )
        return rows


def make_plan(
    store: str | Path,
    scenario: str,
    *,
    indicator: str,
    area: str,
    quarter: str | None = None,
    method: str = LEAVE_ONE_OUT,
    base: str = NO_MEASURES,
) -> Plan:
    """Return which coalitions an attribution asks about and how many runs that takes.

    Raises
    ------
    InputError
        When the store does not hold the scenario, was made with other code or data, the indicator or the area
        is not known, or the scenario does not differ from the base.
    """
    results = load_results(store)
    other = changed_since(results.batch.made_with)
    if other:
        raise InputError(
            f"the store was made with other {' and '.join(other)}",
            where=str(store),
            why="its runs and those of the coalitions would not be of one model",
            mend="run the batch again into a new store",
        )
    if scenario not in results.scenarios:
        raise InputError(
            f"the store holds no scenario '{scenario}'",
            where=str(store),
            mend="give one of " + ", ".join(name for name in results.scenarios if name != base),
        )
    numbers, quarter = results.replications(scenario), quarter or results.until
    results.indicators(scenario, indicator=indicator, area=area, quarter=quarter, replication=numbers[0])
    whole, without = _stored(results, scenario), Scenario.load(base)
    kinds = _kinds_that_differ(whole, without)
    if not kinds:
        raise InputError(
            f"'{scenario}' orders nothing that '{base}' does not", mend="give a scenario with measures"
        )
    players, coalitions = _asked(whole, without, kinds, method)
    wanted = len(coalitions) * len(numbers)
    folders = [FOLDER, NOISE_FOLDER] if is_drawn(results.batch.settings["parameters"]) else [FOLDER]
    missing = sum(wanted - _held(Path(store) / folder, coalitions) for folder in folders)
    return Plan(scenario, base, method, indicator, area, quarter, players, coalitions, missing)


def attribute(
    store: str | Path,
    plan: Plan,
    *,
    jobs: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Attribution:
    """Run the coalitions that are missing and share out the effect on an indicator.

    Raises
    ------
    BatchError
        When a run failed.
    """
    results = load_results(store)
    held = results.batch.settings
    numbers = results.replications(plan.scenario)
    share = shapley if plan.method == SHAPLEY else leave_one_out
    parts: dict[str, tuple[Contribution, ...]] = {NOISE_FOLDER: ()}
    options = {FOLDER: held["parameters"]} | ({NOISE_FOLDER: POINT} if is_drawn(held["parameters"]) else {})
    for folder, parameters in options.items():
        run_batch(
            list(plan.coalitions.values()),
            sample=held["sample"],
            replications=max(numbers),
            until=held["until"],
            store=Path(store) / folder,
            jobs=jobs,
            seed=held["seed"],
            parameters=parameters,
            progress=progress,
        )
        worth, unit = _worth(Path(store) / folder, plan, numbers)
        parts[folder] = tuple(share(list(plan.players), worth))
    total = float(np.sum([item.values.mean() for item in parts[FOLDER]]))
    return Attribution(plan, parts[FOLDER], parts[NOISE_FOLDER], total, unit, len(numbers))


def stored(
    results: Results,
    scenario: str,
    questions: Sequence[tuple[str, str]],
    *,
    method: str = LEAVE_ONE_OUT,
    base: str = NO_MEASURES,
) -> list[Attribution]:
    """Return attributions in the last quarter from coalitions that are in the store already, running nothing.

    Parameters
    ----------
    questions
        Indicators and areas.

    Returns
    -------
    One a question; none where a coalition was never run, or was run with other code, data or settings.
    """
    folder = results.path / FOLDER
    if scenario == base or not (folder / "batch.json").exists():
        return []
    whole, without = _stored(results, scenario), Scenario.load(base)
    kinds = _kinds_that_differ(whole, without)
    if not kinds:
        return []
    players, coalitions = _asked(whole, without, kinds, method)
    numbers = _common(folder, results, coalitions)
    if not numbers:
        return []
    noise_folder = results.path / NOISE_FOLDER
    has_noise = _common(noise_folder, results, coalitions) == numbers
    share = shapley if method == SHAPLEY else leave_one_out
    found = []
    for indicator, area in questions:
        plan = Plan(scenario, base, method, indicator, area, results.until, players, coalitions, 0)
        worth, unit = _worth(folder, plan, numbers)
        parts = tuple(share(list(players), worth))
        noise = tuple(share(list(players), _worth(noise_folder, plan, numbers)[0])) if has_noise else ()
        total = float(np.sum([item.values.mean() for item in parts]))
        found.append(Attribution(plan, parts, noise, total, unit, len(numbers)))
    return found


def _common(folder: Path, results: Results, coalitions: Mapping[Coalition, Scenario]) -> list[int]:
    """Return the replications that every coalition has, in a store made as the results were."""
    if not (folder / "batch.json").exists():
        return []
    batch, own = read_batch(folder), results.batch
    settings = ("sample", "seed", "until")
    if batch.made_with != own.made_with or any(batch.settings[k] != own.settings[k] for k in settings):
        return []
    if any(batch.scenarios.get(s.name) != s.digest for s in coalitions.values()):
        return []
    held = load_results(folder)
    if any(s.name not in held.scenarios for s in coalitions.values()):
        return []
    return sorted(set.intersection(*(set(held.replications(s.name)) for s in coalitions.values())))


def assumed_share(values: np.ndarray, noise: np.ndarray | None) -> float | None:
    """Return the share of a contribution's variance that the draws of parameters cause.

    Parameters
    ----------
    values
        Contribution in each replication, each with parameters of its own.
    noise
        The same with all parameters at their own values, so that only chance differs; None where parameters
        were not drawn. Chance is taken to vary as much at the drawn values as there.
    """
    if noise is None or len(values) < 2 or values.var() == 0:
        return None
    return float(np.clip(1.0 - noise.var(ddof=1) / values.var(ddof=1), 0.0, 1.0))


def _stored(results: Results, scenario: str) -> Scenario:
    number = results.replications(scenario)[0]
    return TypeAdapter(Scenario).validate_python(results.manifest(scenario, number)["scenario"])


def _kinds_that_differ(whole: Scenario, without: Scenario) -> list[str]:
    def by_kind(scenario: Scenario) -> dict[str, list[Measure]]:
        kinds: dict[str, list[Measure]] = {}
        for measure in scenario.measures:
            kinds.setdefault(measure.kind, []).append(measure)
        return kinds

    own, others = by_kind(whole), by_kind(without)
    return [kind for kind in sorted({*own, *others}) if own.get(kind) != others.get(kind)]


def _asked(
    whole: Scenario, without: Scenario, kinds: Sequence[str], method: str
) -> tuple[dict[str, tuple[str, ...]], dict[Coalition, Scenario]]:
    """Return the players of an attribution, and the coalitions that its method asks about."""
    players = group(kinds, GROUPS)
    ask = shapley_coalitions if method == SHAPLEY else leave_one_out_coalitions
    return players, {part: _coalition(whole, without, part, players) for part in ask(list(players))}


def _coalition(
    whole: Scenario, without: Scenario, part: Coalition, players: Mapping[str, tuple[str, ...]]
) -> Scenario:
    """Return the scenario in which some players' kinds are as in the whole, all others as in the base."""
    kinds = {kind for player in part for kind in players[player]}
    taken = [measure for measure in whole.measures if measure.kind in kinds]
    left = [measure for measure in without.measures if measure.kind not in kinds]
    # A name of its own for every set of players, whatever their order, short enough for a folder.
    code = hashlib.sha256(" ".join([without.digest, *sorted(kinds)]).encode()).hexdigest()[:10]
    return whole.with_measures(f"{whole.name}--{len(part)}-{code}", (*taken, *left))


def _held(folder: Path, coalitions: Mapping[Coalition, Scenario]) -> int:
    if not (folder / "batch.json").exists():
        return 0
    batch = read_batch(folder)
    names = [s.name for s in coalitions.values() if batch.scenarios.get(s.name) == s.digest]
    return sum(len(list((folder / "runs" / name).glob("[0-9]*/manifest.json"))) for name in names)


def _worth(folder: Path, plan: Plan, numbers: Sequence[int]) -> tuple[dict[Coalition, np.ndarray], str]:
    results = load_results(folder)
    names = {scenario.name: part for part, scenario in plan.coalitions.items()}
    frame = results.indicators(list(names), indicator=plan.indicator, area=plan.area, quarter=plan.quarter)
    table = frame.pivot(index="scenario", columns="replication", values="value")
    worth = {part: table.loc[name, list(numbers)].to_numpy(dtype=float) for name, part in names.items()}
    return worth, str(frame["unit"].iloc[0])
