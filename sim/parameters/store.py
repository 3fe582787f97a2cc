"""Load the parameters, give their values, draw from their priors, take a user's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from sim.data.yaml_file import read_model, read_source
from sim.errors import InputError, join_errors
from sim.parameters.priors import Prior

FOLDER = Path(__file__).resolve().parent


class Parameter(BaseModel):
    """Hold one parameter: its value, unit, basis, prior, source and meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(allow_inf_nan=False)
    unit: str = Field(min_length=1)
    basis: Literal["stated", "derived", "assumed", "calibrated"]
    prior: Prior
    source: str = Field(min_length=1)
    meaning: str = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> Parameter:
        if self.basis == "assumed" and self.prior.low is None:
            raise ValueError("what is assumed needs a range; mend: give its prior low and high")
        if not self.prior.holds(self.value):
            raise ValueError(
                f"value {self.value:g} lies outside its prior, {self.prior.low:g} to {self.prior.high:g}; "
                "mend: correct the value, or widen the prior"
            )
        return self


class ParameterFile(RootModel[dict[str, Parameter]]):
    """Hold the entries of one file of parameters by name."""


class ParameterSet:
    """Hold named parameters and the value that each has in this run.

    Parameters
    ----------
    entries
        The parameters with prior and source.
    values
        Values that differ from those of the entries.
    """

    def __init__(self, entries: Mapping[str, Parameter], values: Mapping[str, float] | None = None) -> None:
        self.entries: Mapping[str, Parameter] = MappingProxyType(dict(entries))
        changed = values or {}
        self._values = {name: changed.get(name, entry.value) for name, entry in entries.items()}

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle keeps: a read-only view cannot be pickled, its content can."""
        return {"entries": dict(self.entries), "values": self._values}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what a pickle kept."""
        self.entries = MappingProxyType(state["entries"])
        self._values = state["values"]

    def value(self, name: str) -> float:
        """Return the value of one parameter.

        Raises
        ------
        InputError
            When there is no such parameter; near names are given.
        """
        try:
            return self._values[name]
        except KeyError:
            raise self._unknown(name) from None

    def values(self) -> dict[str, float]:
        """Return all values by name."""
        return dict(self._values)

    def draw(self, key: int) -> ParameterSet:
        """Return a set drawn from the priors.

        Parameters
        ----------
        key
            Number of the draw, from 0. A parameter's draw depends on this and its own name only, so that a
            new parameter changes no other.

        Raises
        ------
        InputError
            When the key is negative.
        """
        if key < 0:
            raise InputError("the number of a draw cannot be below zero", where=f"key {key}")
        drawn = {
            name: entry.prior.draw(self._values[name], key, name) for name, entry in self.entries.items()
        }
        return ParameterSet(self.entries, drawn)

    def with_values(self, values: Mapping[str, float], *, where: str = "") -> ParameterSet:
        """Return a set in which some values are replaced; they may leave their prior.

        Raises
        ------
        InputError
            When a name is not known or a value is not a finite number.
        """
        for name, value in values.items():
            if name not in self.entries:
                raise self._unknown(name, where)
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
                what = f"'{name}' must be a finite number, not {value!r}"
                raise InputError(what, where=where, mend="give a number")
        return ParameterSet(self.entries, {**self._values, **{name: float(v) for name, v in values.items()}})

    def with_file(self, path: str | Path) -> ParameterSet:
        """Return a set with the values of a user's YAML file, ``name: value`` on each line.

        Raises
        ------
        InputError
            When the file cannot be read, is not such a file, or names a parameter that is not known.
        """
        return with_overrides(path, [self])[0]

    def assumed(self) -> list[str]:
        """Return the names of the parameters that are assumptions, in alphabetical order."""
        return sorted(name for name, entry in self.entries.items() if entry.basis == "assumed")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the names and values."""
        text = json.dumps({name: repr(value) for name, value in sorted(self._values.items())})
        return hashlib.sha256(text.encode()).hexdigest()

    def _unknown(self, name: str, where: str = "") -> InputError:
        return _unknown_name(name, self.entries, where)


def load_parameters(name: str) -> ParameterSet:
    """Return the parameters of a packaged file, or of all files of a folder, at their own values.

    Parameters
    ----------
    name
        ``behaviour``, ``base_year`` or ``network``, or the folder ``measures`` with a file for each kind.

    Raises
    ------
    InputError
        When the file is missing, is not valid, or holds an entry that is not right; file and line are named.
    """
    path = FOLDER / name
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [FOLDER / f"{name}.yaml"]
    return ParameterSet({key: entry for file in files for key, entry in _packaged(file).items()})


def read_parameters(path: str | Path) -> ParameterSet:
    """Return the parameters of any file in the format of behaviour.yaml."""
    return ParameterSet(read_model(Path(path), ParameterFile).root)


def refuse_unknown_entries(path: str | Path, known: ParameterSet) -> None:
    """Refuse a file in the format of behaviour.yaml that has an entry for no known parameter.

    Raises
    ------
    InputError
        When a name is not known; every one is told with its line. Or when the file is no YAML.
    """
    source = read_source(Path(path))
    names = source.content if isinstance(source.content, dict) else {}
    errors = [
        _unknown_name(name, known.entries, source.where((name,)))
        for name in names
        if name not in known.entries
    ]
    if errors:
        raise join_errors(errors)


def with_overrides(path: str | Path, sets: Sequence[ParameterSet]) -> list[ParameterSet]:
    """Return several sets with the values of one user's file, each value in the set that knows its name.

    Parameters
    ----------
    path
        A YAML file of ``name: value``.
    sets
        The sets whose names are allowed.

    Raises
    ------
    InputError
        When the file is no mapping of names to numbers or a name is in none of the sets; the line is named.
    """
    source = read_source(Path(path))
    content = source.content
    if not isinstance(content, dict) or not content:
        raise InputError(
            "a parameter file holds 'name: value' on each line", where=str(path), mend="give at least one"
        )
    known = {name for group in sets for name in group.entries}
    changed = list(sets)
    errors = []
    for name, value in content.items():
        where = source.where((name,))
        try:
            if name not in known:
                raise _unknown_name(name, known, where)
            changed = [
                group.with_values({name: value}, where=where) if name in group.entries else group
                for group in changed
            ]
        except InputError as error:
            errors.append(error)
    if errors:
        raise join_errors(errors)
    return changed


@cache
def _packaged(path: Path) -> Mapping[str, Parameter]:
    return read_model(path, ParameterFile).root


def _unknown_name(name: str, known: Collection[str], where: str) -> InputError:
    near = get_close_matches(name, known, n=3)
    mend = f"use {' or '.join(near)}" if near else "see sim/parameters/behaviour.yaml for the names"
    return InputError(f"there is no parameter '{name}'", where=where, mend=mend)
