"""Say what an option must keep to: published targets, and limits on what people bear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.errors import InputError
from sim.outcomes import targets
from sim.outcomes.by_run import Outcome, by_run, outcome
from sim.outcomes.worlds import Sampled, Worlds
from sim.parameters.store import read_parameters

if TYPE_CHECKING:
    from sim.policy.schema import Target

FILE = Path(__file__).resolve().parent / "limits.yaml"
TARGET, PEOPLE, OTHER = "target", "people", "other"
GIVEN = "given"
LATENT = "latent"
_FORM = re.compile(r"^\s*([^<>=\s]+)\s*(<=|>=)\s*([-+0-9.eE]+)\s*$")
_WIDE = ("beijing", "city_six", "core")


@dataclass(frozen=True)
class Limit:
    """Hold one condition.

    Attributes
    ----------
    name
        A target's id or an outcome's name.
    kind
        ``target``, ``people`` or ``other``.
    operator, value, unit
        What must hold.
    low, high
        Ends of the range where the value is assumed; else both are the value.
    basis, source
        How the value is known.
    judged
        The target or the outcome that is judged.
    """

    name: str
    kind: str
    operator: str
    value: float
    unit: str
    low: float
    high: float
    basis: str
    source: str
    judged: Target | Outcome

    def holds(self, values: pd.Series, value: float) -> pd.Series:
        """Return where values keep to the limit, with another value of it if need be."""
        if not isinstance(self.judged, Outcome):
            return pd.Series(targets.reached(values.to_numpy(float), self.judged), index=values.index)
        return values >= value if self.operator == ">=" else values <= value

    @property
    def strict(self) -> float:
        """Return the end of the range that fewer keep to."""
        return self.high if self.operator == ">=" else self.low

    @property
    def lenient(self) -> float:
        """Return the end of the range that more keep to."""
        return self.low if self.operator == ">=" else self.high


def default_limits() -> list[Limit]:
    """Return the limits on people that hold when none are given (sim/outcomes/limits.yaml)."""
    entries = read_parameters(FILE).entries
    return [
        Limit(
            name=name,
            kind=PEOPLE,
            operator="<=",
            value=entry.value,
            unit=entry.unit,
            low=entry.value if entry.prior.low is None else entry.prior.low,
            high=entry.value if entry.prior.high is None else entry.prior.high,
            basis=entry.basis,
            source=entry.source,
            judged=outcome(name),
        )
        for name, entry in entries.items()
    ]


def read_limit(text: str) -> Limit:
    """Return the limit that a text asks for, such as ``forced_to_move<=100000``.

    Raises
    ------
    InputError
        When the text has another form or names no outcome.
    """
    found = _FORM.match(text)
    try:
        name, operator, number = found.groups() if found else ("", "", "")
        value = float(number)
    except ValueError:
        raise InputError(
            f"'{text}' is not a limit",
            why="a limit is an outcome, <= or >=, and a number",
            mend="give it as forced_to_move<=100000 or rent_burden:beijing<=0.25, in quotes",
        ) from None
    judged = outcome(name)
    kind = PEOPLE if judged.on_people else OTHER
    return Limit(name, kind, operator, value, judged.unit, value, value, GIVEN, "given", judged)


def target_limits(results: Sampled, ids: Sequence[str] | None = None) -> list[Limit]:
    """Return targets as limits.

    Parameters
    ----------
    results
        The results of a store.
    ids
        Ids of targets. When left out, those of the city, the city six and the core for the last year that the
        runs reach and the model judges; of several for the same place and indicator the first listed, as the
        list begins with the plan in force.

    Raises
    ------
    InputError
        When there is no such target, or the runs do not judge it.
    """
    from sim.policy.catalogue import load_targets

    known = {item.id: item for item in load_targets()}
    judged = {
        item.id: item
        for _, item, basis, _, _ in targets.values_of(
            results.book(), until=results.until, scenarios=results.scenarios[:1]
        )
        if basis == LATENT
    }
    for name in ids or ():
        if name not in judged:
            there = "the runs do not judge it" if name in known else "no target has this id"
            raise InputError(
                f"the target '{name}' cannot be a limit", why=there, mend=f"there are {', '.join(judged)}"
            )
    chosen = [judged[name] for name in ids] if ids is not None else _latest(list(judged.values()))
    return [
        Limit(
            name=item.id,
            kind=TARGET,
            operator=item.operator,
            value=item.value,
            unit=item.unit,
            low=item.value,
            high=item.value,
            basis="stated",
            source=" ".join(part for part in (item.document, item.clause) if part),
            judged=item,
        )
        for item in chosen
    ]


def kept(
    results: Sampled, sorted_runs: Worlds, limits: Sequence[Limit]
) -> dict[str, tuple[pd.Series, pd.Series, pd.Series]]:
    """Return where each limit holds, by option and state: at its value, its strict and its lenient end."""
    names = list(dict.fromkeys(sorted_runs.runs.index.get_level_values("scenario")))
    outcomes = [item.judged for item in limits if isinstance(item.judged, Outcome)]
    runs = by_run(results, names, outcomes)
    values = {name: runs[name] for name in runs.columns}
    values |= _target_values(results, names, {item.name for item in limits if item.kind == TARGET})
    found = {}
    for item in limits:
        means = sorted_runs.by_state(values[item.name].rename("value"))["value"]
        strict, lenient = item.holds(means, item.strict), item.holds(means, item.lenient)
        found[item.name] = (item.holds(means, item.value), strict, lenient)
    return found


def _target_values(results: Sampled, names: Sequence[str], ids: set[str]) -> dict[str, pd.Series]:
    """Return what each target comes to in each run, on the latent measure."""
    if not ids:
        return {}
    parts: dict[str, list[pd.Series]] = {}
    for name in names:
        for _, item, basis, values, numbers in targets.values_of(
            results.book(), until=results.until, scenarios=[name]
        ):
            if basis == LATENT and item.id in ids:
                index = pd.MultiIndex.from_product([[name], numbers], names=["scenario", "replication"])
                parts.setdefault(item.id, []).append(pd.Series(values, index=index))
    return {name: pd.concat(found) for name, found in parts.items()}


def _latest(judged: Sequence[Target]) -> list[Target]:
    wide = [item for item in judged if item.area in _WIDE]
    last = max((item.year for item in wide), default=0)
    first: dict[tuple[str, str], Target] = {}
    for item in wide:
        if item.year == last:
            first.setdefault((item.area, item.indicator), item)
    return list(first.values())
