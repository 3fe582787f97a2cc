"""Judge options over many states of the world: regret, the share in which limits hold, and what decides.

Nothing here ranks options by population alone: every row carries how many persons are forced to move, and the
share in which all limits hold has limits on people among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.outcomes.by_run import LOWER, by_run, outcome
from sim.outcomes.discovery import DECISIVE_COLUMNS, boxes
from sim.outcomes.limits import PEOPLE, Limit, default_limits, kept, read_limit, target_limits
from sim.outcomes.paid import forced_by_run
from sim.outcomes.spread import INTERVAL, spread
from sim.outcomes.worlds import Sampled, Worlds, worlds

__all__ = ["DECISIVE_COLUMNS", "decisive", "limits_of", "regret", "satisficing"]

OUTCOMES = (
    "residents:core",
    "residents:city_six",
    "building_density:core",
    "commercial_density:core",
    "rent_burden:beijing",
    "commute_minutes:beijing",
    "income:beijing",
    "forced_to_move",
    "children_forced_to_move",
    "spending",
)
"""What regret is told of when nothing is named."""
ALL = "all"
REGRET_COLUMNS = (
    "scenario",
    "outcome",
    "better",
    "unit",
    "estimate",
    "low",
    "high",
    "maximum",
    "share_best",
    "forced_to_move",
    "children",
    "n_states",
)
SATISFICING_COLUMNS = (
    "scenario",
    "limit",
    "kind",
    "operator",
    "value",
    "unit",
    "basis",
    "source",
    "estimate",
    "low",
    "high",
    "at_strict",
    "at_lenient",
    "forced_to_move",
    "children",
    "n_states",
)


def regret(results: Sampled, outcomes: Sequence[str] = OUTCOMES) -> pd.DataFrame:
    """Return how far each option falls short of the best one in the same state of the world (Savage 1951).

    Parameters
    ----------
    results
        The results of a store made with ``--parameters prior`` or from a design table.
    outcomes
        Names of outcomes; see `sim.outcomes.by_run.outcome`.

    Returns
    -------
    Rows with `REGRET_COLUMNS`: by option (in ``scenario``) and outcome the mean regret over states, its 90 %
    range, its maximum, and the share of states in which the option is the best (ties count for each). Regret
    is in the outcome's unit and never below zero. Empty where the store has one option or one state.

    Raises
    ------
    InputError
        When an outcome is not known or no way of it is better.
    """
    asked = [outcome(name) for name in outcomes]
    for item in asked:
        if not item.better:
            raise InputError(
                f"no regret of '{item.name}'",
                why="neither less nor more of it is better",
                mend=f"use others, such as {', '.join(OUTCOMES[:3])}",
            )
    found = worlds(results)
    if len(found.options) < 2 or len(found.states) < 2:
        return pd.DataFrame(columns=list(REGRET_COLUMNS))
    names = _scenarios(found)
    values = found.by_state(by_run(results, names, asked))
    beside = _beside(results, found)
    rows: list[dict[str, Any]] = []
    for item in asked:
        table = values[item.name].unstack("state").reindex(index=found.options)
        best = table.min() if item.better == LOWER else table.max()
        short = (table - best).abs()
        for option in found.options:
            missed = short.loc[option].to_numpy(float)
            estimate, low, high = spread(missed)
            if estimate is None:
                continue
            rows.append(
                {"scenario": option, "outcome": item.name, "better": item.better, "unit": item.unit}
                | {"estimate": estimate, "low": low, "high": high, "maximum": float(missed.max())}
                | {"share_best": float(np.mean(missed == 0.0)), "n_states": len(missed)}
                | beside[option]
            )
    return pd.DataFrame(rows, columns=list(REGRET_COLUMNS))


def limits_of(
    results: Sampled, targets: Sequence[str] | None = None, limits: Sequence[str] = ()
) -> list[Limit]:
    """Return the limits that options are judged by: targets and, always, limits on people.

    Parameters
    ----------
    results
        The results of a store.
    targets
        Ids of targets; see `sim.outcomes.limits.target_limits` for what holds when left out.
    limits
        Texts such as ``forced_to_move<=100000``. Where none of them is on people, the limits of limits.yaml
        are added.
    """
    given = [read_limit(text) for text in limits]
    on_people = [] if any(item.kind == PEOPLE for item in given) else default_limits()
    return [*target_limits(results, targets), *given, *on_people]


def satisficing(results: Sampled, limits: Sequence[Limit] | None = None) -> pd.DataFrame:
    """Return the share of states of the world in which each limit holds, and in which all hold together.

    Parameters
    ----------
    results
        The results of a store made with ``--parameters prior`` or from a design table.
    limits
        See `limits_of`.

    Returns
    -------
    Rows with `SATISFICING_COLUMNS`: by option (in ``scenario``) and limit, the last being ``all``. ``low``
    and ``high`` are the 90 % interval of the share (Wilson 1927); ``at_strict`` and ``at_lenient`` are the
    shares at the ends of the range of what is assumed. Empty where no state has a run of every option.
    """
    asked = limits_of(results) if limits is None else list(limits)
    found = worlds(results)
    if not found.states:
        return pd.DataFrame(columns=list(SATISFICING_COLUMNS))
    holds = kept(results, found, asked)
    beside = _beside(results, found)
    rows = []
    for option in found.options:
        mine = {name: [part.loc[option].to_numpy(bool) for part in parts] for name, parts in holds.items()}
        for item in asked:
            said = {
                name: getattr(item, name) for name in ("kind", "operator", "value", "unit", "basis", "source")
            }
            rows.append(
                {"scenario": option, "limit": item.name} | said | _shares(mine[item.name]) | beside[option]
            )
        together = [np.logical_and.reduce(part) for part in zip(*mine.values(), strict=True)]
        rows.append({"scenario": option, "limit": ALL, "kind": ALL} | _shares(together) | beside[option])
    return pd.DataFrame(rows, columns=list(SATISFICING_COLUMNS))


def decisive(results: Sampled, limits: Sequence[Limit] | None = None) -> pd.DataFrame:
    """Return which uncertain parameters decide whether an option keeps to its limits.

    Returns
    -------
    By option (in ``scenario``) and ``limit`` the boxes of parameters in which the option fails, with coverage
    and density; see `sim.outcomes.discovery.boxes` for the other columns and the method. ``limit`` is ``all``
    and each single one that holds in some states and fails in others.
    """
    asked = limits_of(results) if limits is None else list(limits)
    found = worlds(results)
    columns = ["scenario", "limit", *DECISIVE_COLUMNS, "forced_to_move", "children"]
    if not found.states:
        return pd.DataFrame(columns=columns)
    tables = {
        name: parts[0].unstack("state").loc[found.options, found.states]
        for name, parts in kept(results, found, asked).items()
    }
    beside = _beside(results, found)
    rows: list[dict[str, Any]] = []
    for option in found.options:
        each = {name: table.loc[option].to_numpy(bool) for name, table in tables.items()}
        undecided = {name: holds for name, holds in each.items() if holds.any() and not holds.all()}
        for name, holds in ({ALL: np.logical_and.reduce(list(each.values()))} | undecided).items():
            told = {"scenario": option, "limit": name} | beside[option]
            rows += [told | row for row in boxes(found.parameters, ~holds)]
    return pd.DataFrame(rows, columns=columns)


def _scenarios(found: Worlds) -> list[str]:
    return list(dict.fromkeys(found.runs.index.get_level_values("scenario")))


def _beside(results: Sampled, found: Worlds) -> dict[str, dict[str, float]]:
    """Return who is forced to move by each option, the mean over states."""
    by_option = found.by_state(forced_by_run(results, _scenarios(found))).groupby("option").mean()
    return {
        option: {
            "forced_to_move": float(by_option["persons"][option]),
            "children": float(by_option["children"][option]),
        }
        for option in found.options
    }


def _shares(parts: Sequence[np.ndarray]) -> dict[str, float | int]:
    """Return the share of states in which a limit holds, its interval, and the shares at both ends."""
    from scipy.stats import binomtest

    hits, strict, lenient = parts
    interval = binomtest(int(hits.sum()), len(hits)).proportion_ci(INTERVAL, method="wilson")
    return {
        "estimate": float(hits.mean()),
        "low": float(interval.low),
        "high": float(interval.high),
        "at_strict": float(strict.mean()),
        "at_lenient": float(lenient.mean()),
        "n_states": len(hits),
    }
