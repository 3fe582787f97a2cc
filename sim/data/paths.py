"""Give what drives the years from outside the model: exogenous paths and dated shocks, by quarter.

Every path is a file of ``sim/data/paths/`` with low, mid and high; every span of years says on what it rests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sim.calendar import BASE, FIRST, LAST, format_quarter, parse_quarter, quarter_of_year, year_of
from sim.codes import Sector
from sim.data.tables import DISTRICTS
from sim.data.yaml_file import read_model
from sim.errors import InputError

FOLDER = Path(__file__).resolve().parent / "paths"
SHOCKS = "shocks"
N_QUARTERS = LAST + 1
VARIANTS = ("low", "mid", "high")
FloatArray = NDArray[np.float64]


def _ordered(band: tuple[float, float, float]) -> tuple[float, float, float]:
    if not band[0] <= band[1] <= band[2]:
        raise ValueError(f"low, mid and high must rise: {band[0]:g}, {band[1]:g}, {band[2]:g}")
    return band


Band = Annotated[tuple[float, float, float], AfterValidator(_ordered)]
"""Low, mid and high."""


class Span(BaseModel):
    """Say on what the values of some years rest.

    ``tag`` is ``fit`` where the value was derived from a series the model is fitted to, else ``input``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str
    until: str
    basis: Literal["stated", "derived", "assumed"]
    tag: Literal["fit", "input"]
    source: str = Field(min_length=1)
    note: str = ""

    @property
    def quarters(self) -> range:
        """Return the quarters of the span."""
        return range(parse_quarter(self.since, allow_base=True), parse_quarter(self.until) + 1)


class PathFile(BaseModel):
    """Hold one exogenous path as its file gives it.

    ``rule`` says what a knot means: ``yearly`` is the level in every quarter of that year, ``yearly_flow`` a
    year's total that ``quarter_shares`` split, ``quarterly`` the level in that quarter. Between knots the
    line is straight, outside them the nearest knot holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    by: Literal["city", "district", "sector"] = "city"
    rule: Literal["yearly", "yearly_flow", "quarterly"]
    quarter_shares: tuple[float, float, float, float] = (0.25, 0.25, 0.25, 0.25)
    sums_to_one: bool = False
    spans: list[Span]
    knots: dict[str | int, Band | dict[str, Band]]

    @model_validator(mode="after")
    def _sound(self) -> PathFile:
        covered = sorted(quarter for span in self.spans for quarter in span.quarters)
        if covered != list(range(N_QUARTERS)):
            raise ValueError(f"the spans must cover every quarter from {BASE} to {format_quarter(LAST)} once")
        if abs(sum(self.quarter_shares) - 1) > 1e-9:
            raise ValueError("quarter_shares must add up to 1")
        members = _members(self.by)
        for when, knot in self.knots.items():
            self._when(when)
            if members != (list(knot) if isinstance(knot, dict) else []):
                raise ValueError(f"knot {when} must give {', '.join(members) or 'one band'} in that order")
        return self

    def _when(self, key: str | int) -> float:
        """Return the place of a knot on the axis of its rule: a year or a quarter."""
        if self.rule == "quarterly":
            return float(parse_quarter(str(key), allow_base=True))
        return float(int(key))

    def table(self, variant: str) -> FloatArray:
        """Return the values, shape (quarters 0 to 160, members); one member when the path is of the city."""
        column = VARIANTS.index("mid" if self.sums_to_one else variant)
        times = np.array([self._when(key) for key in self.knots])
        bands = [list(knot.values()) if isinstance(knot, dict) else [knot] for knot in self.knots.values()]
        values = np.array([[band[column] for band in row] for row in bands])
        quarters = range(N_QUARTERS)
        axis = np.array([q if self.rule == "quarterly" else year_of(q) for q in quarters], dtype=float)
        out = np.column_stack([np.interp(axis, times, values[:, i]) for i in range(values.shape[1])])
        if self.rule == "yearly_flow":
            out *= np.array([self.quarter_shares[quarter_of_year(q) - 1] for q in quarters])[:, None]
        if self.sums_to_one:
            out /= out.sum(axis=1, keepdims=True)
        return out


class Shock(BaseModel):
    """Hold a dated shock: factors on named rates, by quarter; 1 outside the quarters that are given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    basis: Literal["stated", "derived", "assumed"]
    tag: Literal["fit", "input"]
    source: str = Field(min_length=1)
    note: str = ""
    factors: dict[str, dict[str, Band]]

    def factor(self, rate: str, variant: str) -> FloatArray:
        """Return the factor on a rate by quarter, shape (161,)."""
        out = np.ones(N_QUARTERS)
        for quarter, band in self.factors.get(rate, {}).items():
            out[parse_quarter(quarter)] = band[VARIANTS.index(variant)]
        return out


class ShockFile(BaseModel):
    """Hold the dated shocks by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shocks: dict[str, Shock]


class Paths:
    """Answer what holds from outside in a quarter, for one variant and the shocks that are on.

    Parameters
    ----------
    files
        The paths by name.
    shocks
        The shocks that are on, by name.
    variant
        ``low``, ``mid`` or ``high``.
    """

    def __init__(self, files: dict[str, PathFile], shocks: dict[str, Shock], variant: str) -> None:
        self.variant = variant
        self.files = files
        self.shocks = shocks
        self._tables = {name: file.table(variant) for name, file in files.items()}
        rates = {rate for shock in shocks.values() for rate in shock.factors}
        self._factors = {
            rate: np.prod([shock.factor(rate, variant) for shock in shocks.values()], axis=0)
            for rate in rates
        }
        for array in [*self._tables.values(), *self._factors.values()]:
            array.setflags(write=False)

    def value(self, name: str, quarter: int) -> float:
        """Return a city-wide path in a quarter (0 is 2010Q4)."""
        return float(self.series(name)[_checked(quarter)])

    def series(self, name: str) -> FloatArray:
        """Return a city-wide path by quarter, shape (161,), read-only."""
        if self._file(name).by != "city":
            raise InputError(f"'{name}' is given by {self.files[name].by}", mend="read it with vector")
        return self._tables[name][:, 0]

    def vector(self, name: str, quarter: int) -> FloatArray:
        """Return a path by district (16, in the order of districts.csv) or sector (20), read-only."""
        if self._file(name).by == "city":
            raise InputError(f"'{name}' is given for the whole city", mend="read it with value")
        return self._tables[name][_checked(quarter)]

    def factor(self, rate: str, quarter: int) -> float:
        """Return the factor of all shocks that are on upon a rate; 1 where none touches it."""
        factors = self._factors.get(rate)
        return 1.0 if factors is None else float(factors[_checked(quarter)])

    @property
    def digest(self) -> str:
        """Return the SHA-256 of every value of this variant with its shocks."""
        digest = hashlib.sha256()
        for name, array in [*sorted(self._tables.items()), *sorted(self._factors.items())]:
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _file(self, name: str) -> PathFile:
        if name not in self.files:
            raise _unknown("path", name, self.files)
        return self.files[name]


def load_paths(variant: str = "mid", *, without: Collection[str] = ()) -> Paths:
    """Return the exogenous paths.

    Parameters
    ----------
    variant
        ``low``, ``mid`` or ``high``, for all paths and shocks together; shares that add up to one keep
        their mid.
    without
        Names of shocks to switch off, such as ``epidemic``.

    Raises
    ------
    InputError
        When the variant or a shock is not known, or a file is not right; file and line are named.
    """
    if variant not in VARIANTS:
        raise _unknown("variant of the paths", variant, VARIANTS)
    shocks = shock_files()
    for name in without:
        if name not in shocks:
            raise _unknown("shock", name, shocks)
    kept = {name: shock for name, shock in shocks.items() if name not in without}
    return Paths(path_files(), kept, variant)


@cache
def path_files() -> dict[str, PathFile]:
    """Return every packaged path by name, without their shocks."""
    files = sorted(path for path in FOLDER.glob("*.yaml") if path.stem != SHOCKS)
    return {path.stem: read_model(path, PathFile) for path in files}


@cache
def shock_files() -> dict[str, Shock]:
    """Return every packaged shock by name."""
    return read_model(FOLDER / f"{SHOCKS}.yaml", ShockFile).shocks


def _members(by: str) -> list[str]:
    return {"district": list(DISTRICTS), "sector": [sector.name.lower() for sector in Sector]}.get(by, [])


def _checked(quarter: int) -> int:
    if not FIRST - 1 <= quarter <= LAST:
        raise InputError(f"no path holds quarter index {quarter}", why=f"they run from 0 to {LAST}")
    return quarter


def _unknown(what: str, name: str, known: Collection[str]) -> InputError:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3) or sorted(known)
    return InputError(f"there is no {what} '{name}'", mend=f"use {' or '.join(near)}")
