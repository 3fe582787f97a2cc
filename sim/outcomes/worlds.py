"""Sort the runs of a store into options, which the city can choose, and states of the world, which it cannot.

A state of the world is one set of values of the uncertain parameters (Lempert, Popper and Bankes 2003). With
``--parameters prior`` (or ``fitted``) each replication draws its own, the same for every scenario; in a
design table the rows set them, and rows that differ in nothing else are one option.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from sim.outcomes.paid import Paid

_CHOICE = ("measures", "levers", "shocks", "paths")
_KEYS = ["option", "state"]


class Sampled(Paid, Protocol):
    """Hold a store whose runs tell their parameters, as `sim.scenarios.results.Results` does."""

    def manifest(self, scenario: str, replication: int) -> dict[str, Any]:
        """Return what a run was made of: ``parameters`` and the resolved ``scenario``."""
        ...


@dataclass(frozen=True)
class Worlds:
    """Hold the options and states of a store.

    Attributes
    ----------
    runs
        Columns option and state; the index is scenario and replication. Only states in which every option has
        a run.
    parameters
        The values of the parameters that differ between states, a row a state.
    """

    runs: pd.DataFrame
    parameters: pd.DataFrame

    @property
    def options(self) -> list[str]:
        """Return the options in the order of the scenarios."""
        return list(dict.fromkeys(self.runs["option"]))

    @property
    def states(self) -> list[str]:
        """Return the states."""
        return list(self.parameters.index)

    def by_state(self, values: pd.DataFrame | pd.Series) -> pd.DataFrame:
        """Return the mean of values by run over the runs of each option in each state."""
        joined = self.runs.join(pd.DataFrame(values), how="inner")
        return joined.groupby(_KEYS, sort=False).mean()


def worlds(results: Sampled, scenario: Sequence[str] | None = None) -> Worlds:
    """Return the options and states of a store.

    Parameters
    ----------
    results
        The results of a store.
    scenario
        Scenarios that are looked at; all when left out.

    Returns
    -------
    States are those in which every option has a run. Where parameters do not vary there is one state.
    """
    names = list(scenario or results.scenarios)
    said = {name: _said(results, name) for name in names}
    option = _options(said)
    drawn = any(_draws(results, name) for name in names)
    rows, values = [], {}
    for name in names:
        alone = list(option.values()).count(option[name]) == 1
        # What a lone scenario sets is part of what it is.
        unknowns = "" if alone else _digest(said[name].get("uncertainties"))
        for number in results.replications(name):
            state = f"{unknowns}{number}" if drawn else unknowns
            rows.append((name, number, option[name], state))
            if state not in values:
                values[state] = results.manifest(name, number)["parameters"]
    runs = pd.DataFrame(rows, columns=["scenario", "replication", *_KEYS])
    everywhere = runs.groupby("state", sort=False)["option"].nunique() == runs["option"].nunique()
    kept = [state for state, all_there in everywhere.items() if all_there]
    runs = runs[runs["state"].isin(kept)].set_index(["scenario", "replication"])
    parameters = pd.DataFrame.from_dict(
        {state: values[state] for state in map(str, kept)}, orient="index", dtype=float
    )
    return Worlds(runs, parameters.loc[:, parameters.nunique() > 1])


def _said(results: Sampled, name: str) -> dict[str, Any]:
    said: dict[str, Any] = results.manifest(name, results.replications(name)[0])["scenario"]
    return said


def _draws(results: Sampled, name: str) -> bool:
    """Tell whether the replications of a scenario differ in their parameters."""
    numbers = results.replications(name)[:2]
    first, *others = (results.manifest(name, number)["parameters"] for number in numbers)
    return any(other != first for other in others)


def _options(said: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the option of each scenario: itself, or with others the choice that they share."""
    groups: dict[str, list[str]] = {}
    for name, content in said.items():
        # A scenario that sets no parameter is an option by itself, though another may do the same.
        key = _digest([content[part] for part in _CHOICE]) if content.get("uncertainties") else name
        groups.setdefault(key, []).append(name)
    starts = [_shared_start(members) if len(members) > 1 else members[0] for members in groups.values()]
    named: dict[str, str] = {}
    for start, members in zip(starts, groups.values(), strict=True):
        levers = said[members[0]].get("levers") if starts.count(start) > 1 else None
        label = f"{start} ({', '.join(f'{name} {value:g}' for name, value in levers)})" if levers else start
        named |= dict.fromkeys(members, label if label and label not in named.values() else members[0])
    return named


def _shared_start(names: Sequence[str]) -> str:
    """Return what several names begin with, without the number that tells the rows of a table apart."""
    first, last = min(names), max(names)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return re.sub(r"[-_ .]\d*$", "", first[:same])


def _digest(content: Any) -> str:
    """Return a short name of a content; the same for the same content, empty for none."""
    if not content:
        return ""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12] + "/"
