"""Resolve a scenario: which measures hold when, what the city decides and what it does not know.

A scenario file is a short difference over another (`extends`). Resolved, it is frozen and has a digest of its
content; nothing changes it afterwards. Levers are what the city decides (how much of a measure);
uncertainties are what it does not know (values of parameters).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.calendar import format_quarter, parse_quarter
from sim.errors import InputError
from sim.parameters.for_run import point_parameters
from sim.policy.catalogue import load_kinds, load_measures
from sim.policy.reader import Source, read_source, validate
from sim.policy.resolve import NEVER, Measure
from sim.policy.schema import Identifier, Quarter, Strict, Text

LIBRARY = Path(__file__).resolve().parent / "library"
PATHS = ("low", "mid", "high")
SHOCKS = ("epidemic",)
SUFFIXES = (".yaml", ".yml")
Factor = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Include(Strict):
    """Take measures by id or by kind, or all where neither is given, from one quarter to another."""

    measures: list[Text] = Field(default_factory=list)
    kinds: list[Text] = Field(default_factory=list)
    first: Quarter | None = None
    last: Quarter | None = None

    @model_validator(mode="after")
    def _dates_run_forward(self) -> Include:
        if self.first and self.last and parse_quarter(self.last) < parse_quarter(self.first):
            raise ValueError(f"it ends ({self.last}) before it begins ({self.first})")
        return self


class Levers(Strict):
    """Hold what the city decides: factors on the amounts of measures, by kind or by measure."""

    scale_kinds: dict[str, Factor] = Field(default_factory=dict)
    scale_measures: dict[str, Factor] = Field(default_factory=dict)


class ScenarioFile(Strict):
    """Hold one scenario as its YAML file gives it."""

    name: Identifier
    title_en: Text
    title_zh: Text
    description: Text
    extends: Text | None = None
    includes: list[Include] = Field(default_factory=list)
    levers: Levers = Field(default_factory=Levers)
    uncertainties: dict[str, float] = Field(default_factory=dict)
    shocks: dict[Literal["epidemic"], bool] = Field(default_factory=dict)
    paths: Literal["low", "mid", "high"] | None = None


@dataclass(frozen=True)
class Scenario:
    """Hold one scenario resolved.

    Attributes
    ----------
    name, title_en, title_zh, description
        What it is called and what it asks.
    measures
        The measures that hold, with the portions and orders of their quarters only, in the order of their
        ids.
    levers
        Factors on amounts, as (``kind:demolish`` or ``measure:demolish-2017``, factor); they are applied
        already.
    uncertainties
        Values of parameters that this scenario sets, as (name, value).
    shocks
        Dated shocks that happen, as (name, whether).
    paths
        Variant of the exogenous paths: low, mid or high.
    digest
        SHA-256 of the content; the same content has the same digest, whatever file it came from.
    """

    name: str
    title_en: str
    title_zh: str
    description: str
    measures: tuple[Measure, ...]
    levers: tuple[tuple[str, float], ...]
    uncertainties: tuple[tuple[str, float], ...]
    shocks: tuple[tuple[str, bool], ...]
    paths: str
    digest: str

    @classmethod
    def load(cls, name_or_path: str | Path | Scenario) -> Scenario:
        """Return a scenario of the library by name, or that of a YAML file.

        Raises
        ------
        InputError
            When no scenario has that name (the nearest are given), or the file is wrong (with its line).
        """
        if isinstance(name_or_path, Scenario):
            return name_or_path
        text = str(name_or_path)
        if text in library_names():
            return _from_library(text)
        if text.endswith(SUFFIXES) or "/" in text or Path(text).is_file():
            return _resolve(Path(text))
        near = get_close_matches(text, library_names(), n=3, cutoff=0.4) or list(library_names())
        raise InputError(
            f"unknown scenario '{text}'",
            why="the library has no scenario of that name, and it is not a YAML file",
            mend="nearest: " + ", ".join(near),
        )

    def shock(self, name: str) -> bool:
        """Tell whether a dated shock happens."""
        return dict(self.shocks)[name]


def library_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the project, in alphabetical order."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.yaml")))


@cache
def _from_library(name: str) -> Scenario:
    return _resolve(LIBRARY / f"{name}.yaml")


@dataclass(frozen=True)
class _Parts:
    """Collect what a chain of files says, the base first."""

    includes: tuple[Include, ...] = ()
    scale_kinds: tuple[tuple[str, float], ...] = ()
    scale_measures: tuple[tuple[str, float], ...] = ()
    uncertainties: tuple[tuple[str, float], ...] = ()
    shocks: tuple[tuple[str, bool], ...] = tuple((name, True) for name in SHOCKS)
    paths: str = "mid"


def _resolve(path: Path) -> Scenario:
    source = read_source(path)
    file = validate(source, ScenarioFile)
    if path.parent == LIBRARY and file.name != path.stem:
        raise InputError(
            f"the scenario '{file.name}' is not named as its file",
            where=source.where(("name",)),
            mend=f"name it '{path.stem}'",
        )
    parts = _parts(file, source, (path.resolve(),))
    measures = _measures(parts)
    content = {
        "name": file.name,
        "measures": [asdict(measure) | {"parameters": _plain(measure)} for measure in measures],
        "uncertainties": parts.uncertainties,
        "shocks": parts.shocks,
        "paths": parts.paths,
    }
    levers = [(f"kind:{name}", factor) for name, factor in parts.scale_kinds]
    levers += [(f"measure:{name}", factor) for name, factor in parts.scale_measures]
    return Scenario(
        name=file.name,
        title_en=file.title_en,
        title_zh=file.title_zh,
        description=" ".join(file.description.split()),
        measures=measures,
        levers=tuple(levers),
        uncertainties=parts.uncertainties,
        shocks=parts.shocks,
        paths=parts.paths,
        digest=hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
    )


def _plain(measure: Measure) -> list[tuple[str, float]]:
    return [(name, spread.value) for name, spread in measure.parameters]


def _parts(file: ScenarioFile, source: Source, seen: tuple[Path, ...]) -> _Parts:
    base = _base(file, source, seen)
    _check_names(file, source)
    return _Parts(
        includes=(*base.includes, *file.includes),
        scale_kinds=_merged(base.scale_kinds, file.levers.scale_kinds),
        scale_measures=_merged(base.scale_measures, file.levers.scale_measures),
        uncertainties=_merged(base.uncertainties, file.uncertainties),
        shocks=_merged(base.shocks, dict(file.shocks)),
        paths=file.paths or base.paths,
    )


def _base(file: ScenarioFile, source: Source, seen: tuple[Path, ...]) -> _Parts:
    if file.extends is None:
        return _Parts()
    path = LIBRARY / f"{file.extends}.yaml"
    if file.extends not in library_names():
        near = get_close_matches(file.extends, library_names(), n=3, cutoff=0.4) or list(library_names())
        raise InputError(
            f"unknown scenario '{file.extends}'",
            where=source.where(("extends",)),
            why="a scenario extends one of the library",
            mend="nearest: " + ", ".join(near),
        )
    if path.resolve() in seen:
        raise InputError(
            f"the scenario '{file.name}' extends itself",
            where=source.where(("extends",)),
            mend="extend another one",
        )
    base_source = read_source(path)
    return _parts(validate(base_source, ScenarioFile), base_source, (*seen, path.resolve()))


def _merged(base: tuple[tuple[str, Any], ...], own: dict[Any, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted({**dict(base), **own}.items()))


def _check_names(file: ScenarioFile, source: Source) -> None:
    """Refuse a measure, a kind or a parameter that does not exist, wherever it is named."""
    for name, value in file.uncertainties.items():
        point_parameters().with_values({name: value}, where=source.where(("uncertainties", name)))
    named: list[tuple[str, str, tuple[str | int, ...]]] = []
    for index, include in enumerate(file.includes):
        named += [(name, "measure", ("includes", index, "measures")) for name in include.measures]
        named += [(name, "kind", ("includes", index, "kinds")) for name in include.kinds]
    named += [(name, "kind", ("levers", "scale_kinds", name)) for name in file.levers.scale_kinds]
    named += [(name, "measure", ("levers", "scale_measures", name)) for name in file.levers.scale_measures]
    for name, what, keys in named:
        known = sorted(load_measures() if what == "measure" else load_kinds())
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4) or known
            raise InputError(
                f"unknown {what} '{name}'",
                where=source.where(keys),
                why=f"the catalogue has no such {what}",
                mend="nearest: " + ", ".join(near),
            )


def _measures(parts: _Parts) -> tuple[Measure, ...]:
    chosen = []
    for measure in load_measures().values():
        quarters = _quarters(measure, parts.includes)
        factor = dict(parts.scale_kinds).get(measure.kind, 1.0)
        factor *= dict(parts.scale_measures).get(measure.id, 1.0)
        restricted = _restrict(measure, quarters, factor)
        if restricted.portions or restricted.orders:
            chosen.append(restricted)
    return tuple(sorted(chosen, key=lambda measure: measure.id))


def _quarters(measure: Measure, includes: tuple[Include, ...]) -> set[int]:
    """Return the quarters in which a measure holds: those of every include that names it or its kind."""
    last = max(measure.last, measure.control_until)
    held: set[int] = set()
    for include in includes:
        by_name = measure.id in include.measures or measure.kind in include.kinds
        if by_name or not (include.measures or include.kinds):
            begin = parse_quarter(include.first) if include.first else measure.first
            end = parse_quarter(include.last) if include.last else last
            held.update(range(max(begin, measure.first), min(end, last) + 1))
    return held


def _restrict(measure: Measure, quarters: set[int], factor: float) -> Measure:
    """Return the measure with what is due in some quarters only, amounts times a factor.

    Orders to markets by name are whole: a factor changes amounts, students and beds, not which market is
    named.
    """
    kept = [quarter for quarter in quarters if quarter <= measure.control_until]
    return replace(
        measure,
        portions=tuple(
            replace(portion, amount=portion.amount * factor)
            for portion in measure.portions
            if portion.quarter_index in quarters and factor > 0
        ),
        orders=tuple(
            replace(
                order,
                students=order.students * factor,
                beds_removed=order.beds_removed * factor,
                beds_opened=order.beds_opened * factor,
                counts=order.counts * factor if order.students or order.beds_removed else order.counts,
            )
            for order in measure.orders
            if order.quarter_index in quarters and factor > 0
        ),
        control_until=max(kept, default=NEVER) if factor > 0 else NEVER,
    )


def describe(scenario: Scenario) -> list[dict[str, str | float]]:
    """Return one row an amount or order: what, when, where, how much and on whose word."""
    rows: list[dict[str, str | float]] = []
    for measure in scenario.measures:
        common = {
            "measure": measure.id,
            "kind": measure.kind,
            "title_en": measure.title_en,
            "title_zh": measure.title_zh,
            "document": measure.document,
            "clause": measure.clause,
            "unit": measure.unit,
        }
        rows += [
            {
                **common,
                "quarter": format_quarter(portion.quarter_index),
                "place": portion.area,
                "amount": portion.amount,
                "basis": portion.basis,
            }
            for portion in measure.portions
        ]
        rows += [
            {
                **common,
                "quarter": format_quarter(order.quarter_index),
                "place": order.organisation,
                "amount": order.counts,
                "basis": order.basis,
            }
            for order in measure.orders
        ]
    return rows
