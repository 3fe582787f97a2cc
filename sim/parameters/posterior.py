"""Hold draws of parameters that belong together, such as a fit's, with what they were made from.

A file of draws is written by `calibration` and read here. Replication k takes one row; what is neither in
the row nor held is drawn from its prior.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from sim.data.yaml_file import Keys, PlacedValueError, read_model, read_source
from sim.errors import InputError, join_errors
from sim.parameters.model_code import model_code
from sim.parameters.store import ParameterSet
from sim.scenarios.provenance import digests

FORMAT = 1
ENTRY_POINTS = "shujie.posteriors"
"""Group of entry points, each a function that returns the path of a shipped fit or None."""

REPLICATIONS_A_SEED = 1_000_000
"""As in `sim.scenarios.run_folder`: a run's seed is the batch's times this, plus the replication."""

_FILES = "code_files"

_LEAST_DIGITS = 1e-9
"""Share of a bound by which a value may pass it: a file of draws has ten digits of each value."""


class Posterior(BaseModel):
    """Hold rows of parameter values and what they were made from.

    Attributes
    ----------
    kind
        ``posterior`` of a fit, or ``design`` of runs that a fit makes.
    made_with
        Digests of code (`model_code`), data, policy, parameters and of the fit's design; of a design only
        what a posterior needs later.
    held
        Values of parameters that stay as they are in every row.
    rest
        ``prior``: all others are drawn from their priors by the run's seed; ``point``: they keep their value.
    bounds
        Bounds of the priors that the fit was given by its user; all others are the packaged ones.
    names, draws
        Parameters of a row, and the rows.
    parameters, targets, diagnostics
        What the fit says about itself; nothing here reads it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    kind: Literal["posterior", "design"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    made_with: dict[str, str]
    held: dict[str, float] = Field(default_factory=dict)
    rest: Literal["prior", "point"] = "prior"
    bounds: dict[str, tuple[FiniteFloat, FiniteFloat]] = Field(default_factory=dict)
    names: list[str] = Field(min_length=1)
    draws: list[list[float]] = Field(min_length=1)
    parameters: list[dict[str, Any]] = Field(default_factory=list)
    targets: list[dict[str, Any]] = Field(default_factory=list)
    diagnostics: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rows_fit(self) -> Posterior:
        wrong = next((n for n, row in enumerate(self.draws, 1) if len(row) != len(self.names)), None)
        if wrong is not None:
            raise ValueError(
                f"draw {wrong} has not one value for each of {len(self.names)} names; "
                "mend: give each draw its values in the order of 'names'"
            )
        if len(set(self.names)) < len(self.names) or set(self.names) & set(self.held):
            raise ValueError("a parameter is named twice; mend: keep it in 'names' or in 'held', once")
        endless = [
            (keys, f"{name} is {value} {place}, no finite number; mend: give a finite number")
            for keys, name, value, place in self._placed()
            if not math.isfinite(value)
        ]
        if endless:
            raise PlacedValueError(endless)
        return self

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that decides a run's values."""
        said = [self.names, self.draws, sorted(self.held.items()), self.rest]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def row_of(self, rng: int) -> int:
        """Return the row of a run: the replications of a seed visit every row before one comes again."""
        seed, replication = divmod(rng, REPLICATIONS_A_SEED)
        return int(_order(seed, len(self.draws))[(replication - 1) % len(self.draws)])

    def values(self, rng: int) -> dict[str, float]:
        """Return the values of a run that are not drawn from their priors."""
        return {**self.held, **dict(zip(self.names, self.draws[self.row_of(rng)], strict=True))}

    def refuse_wrong_values(self, known: ParameterSet, where: str) -> None:
        """Refuse a parameter that the model does not have, or a value that its prior does not hold.

        Parameters
        ----------
        known
            The model's parameters.
        where
            The file that the draws were read from.

        Raises
        ------
        InputError
            With the line of each such parameter; of a value with its draw and the bounds.
        """
        problems = [*self._unknown(known), *self._outside(known)]
        if problems:
            source = read_source(Path(where))
            raise join_errors(
                [
                    InputError(error.what, where=source.where(keys), why=error.why, mend=error.mend)
                    for keys, error in problems
                ]
            )

    def _unknown(self, known: ParameterSet) -> Iterator[tuple[Keys, InputError]]:
        """Yield the parameters that the model does not have, with their keys."""
        named: list[tuple[Keys, str]] = [(("held", name), name) for name in self.held]
        named += [(("names", k), name) for k, name in enumerate(self.names)]
        for keys, name in named:
            try:
                known.value(name)
            except InputError as error:
                yield keys, error

    def _outside(self, known: ParameterSet) -> Iterator[tuple[Keys, InputError]]:
        """Yield the first value of each parameter that lies outside its prior, with its keys."""
        told: set[str] = set()
        for keys, name, value, place in self._placed():
            if name in told or name not in known.entries:
                continue
            prior = known.entries[name].prior
            low, high = self.bounds.get(name, (prior.low, prior.high))
            if low is None or high is None or _between(value, low, high):
                continue
            told.add(name)
            yield (
                keys,
                InputError(
                    f"{name} is {value:.10g} {place}",
                    why=f"its prior goes from {low:.10g} to {high:.10g}",
                    mend=f"correct it; or, if the fit had a prior of its own, write its bounds as "
                    f"'{name}: [low, high]' under 'bounds'",
                ),
            )

    def _placed(self) -> Iterator[tuple[Keys, str, float, str]]:
        """Yield every value: its keys in the file, its parameter, itself, its place in words."""
        for name, value in self.held.items():
            yield ("held", name), name, value, "among what is held"
        for row, values in enumerate(self.draws):
            for column, (name, value) in enumerate(zip(self.names, values, strict=True)):
                yield ("draws", row, column), name, value, f"in draw {row + 1}"


def read_posterior(path: str | Path) -> Posterior:
    """Return a file of draws.

    Raises
    ------
    InputError
        When it cannot be read or is no such file; the line is named.
    """
    return read_model(Path(path), Posterior)


def made_now() -> dict[str, str]:
    """Return the digests that a posterior made now carries."""
    now = digests()
    return {
        "code": model_code(),
        _FILES: now["code"],
        **{name: now[name] for name in ("data", "policy", "parameters")},
    }


def stale(posterior: Posterior) -> list[tuple[str, str, str]]:
    """Return what a posterior was made with that is not so now: what, then, now.

    The digest of the code files is only a short cut: where it is the same, the model's code is too.
    """
    then, now = posterior.made_with, digests()
    found = [
        (name, then.get(name, "none"), now[name])
        for name in ("data", "policy", "parameters")
        if then.get(name) != now[name]
    ]
    if then.get(_FILES) != now["code"] and then.get("code") != model_code():
        found.insert(0, ("code", then.get("code", "none"), model_code()))
    return found


def refuse_stale(posterior: Posterior, where: str) -> None:
    """Refuse a posterior of other data or code.

    Raises
    ------
    InputError
        With both digests of each.
    """
    other = stale(posterior)
    if other:
        told = "; ".join(f"{name} {then[:12]} then, {now[:12]} now" for name, then, now in other)
        raise InputError(
            f"the posterior was fitted to other {' and '.join(name for name, _, _ in other)}",
            where=where,
            why=told,
            mend="'shujie calibrate --confirm FILE' takes it over where runs are the same to the bit; "
            "else fit again with 'shujie calibrate', or give --parameters point",
        )


@cache
def shipped_path() -> Path | None:
    """Return the file of the fit that is shipped, or None where none is."""
    from sim.entry_points import declared

    for point in declared(ENTRY_POINTS):
        path = point.load()()
        if path is not None:
            return Path(path)
    return None


@cache
def shipped() -> Posterior | None:
    """Return the fit that is shipped, or None where none is."""
    path = shipped_path()
    return None if path is None else read_posterior(path)


def _between(value: float, low: float, high: float) -> bool:
    """Tell whether a value lies between two bounds, but for the digits that a file leaves out."""
    return low - _LEAST_DIGITS * abs(low) <= value <= high + _LEAST_DIGITS * abs(high)


@cache
def _order(seed: int, n: int) -> np.ndarray:
    """Return the order in which the replications of a seed take the rows."""
    return np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32, n]).permutation(n)
