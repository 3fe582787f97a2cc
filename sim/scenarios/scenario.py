"""Resolve a scenario: which measures hold when, what the city decides and what it does not know.

A scenario file is a short difference over another (`extends`). Resolved, it is frozen and has a digest of its
content; nothing changes it afterwards. Levers are what the city decides (how much of a measure);
uncertainties are what it does not know (values of parameters).
"""

from __future__ import annotations

import hashlib
import json
from array import array
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.parameters.for_run import point_parameters
from sim.policy.catalogue import load_documents, load_kinds, load_measures
from sim.policy.reader import Source, join_errors, read_valid
from sim.policy.resolve import Measure
from sim.scenarios.scenario_file import PATHS, SHOCKS, Include, ScenarioFile
from sim.scenarios.selection import choose_measures

__all__ = ["LIBRARY", "PATHS", "SHOCKS", "SUFFIXES", "Scenario", "library_names"]

LIBRARY = Path(__file__).resolve().parent / "library"
SUFFIXES = (".yaml", ".yml")


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
        What the city decides: factors on amounts, as (``kind:demolish`` or ``measure:demolish-2017``,
        factor), which are applied already, and those of `rebound_control` (applied already), `enforcement`,
        `fund_billion_cny` and `fund_yearly` that are set; see `lever`.
    uncertainties
        Values of parameters that this scenario sets, as (name, value).
    shocks
        Dated shocks that happen, as (name, whether).
    paths
        Variant of the exogenous paths: low, mid or high.
    raking
        Whether the city is raked to the census of 2020 once 2020Q4 is recorded.
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
    raking: bool = True

    def __hash__(self) -> int:
        """Return the hash of the digest, not of thousands of portions anew."""
        return hash(self.digest)

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

    def lever(self, name: str, default: float) -> float:
        """Return a lever's value, or the default where the scenario does not set it.

        Levers are ``enforcement`` (factor on the districts' capacity), ``fund_billion_cny``, ``fund_yearly``
        (1 when that sum is for each year), ``rebound_control`` (0 when standing enforcement is taken away).
        """
        return dict(self.levers).get(name, default)

    def with_raking(self, raking: bool) -> Scenario:
        """Return the scenario with the raking to the census of 2020 on or off."""
        other = replace(self, raking=raking)
        return replace(other, digest=_content_digest(other))

    def with_measures(self, name: str, measures: tuple[Measure, ...]) -> Scenario:
        """Return a scenario of another name with other measures and everything else the same."""
        ordered = tuple(sorted(measures, key=lambda measure: measure.id))
        other = replace(self, name=name, measures=ordered)
        return replace(other, digest=_content_digest(other))


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
    settings: tuple[tuple[str, float], ...] = ()
    uncertainties: tuple[tuple[str, float], ...] = ()
    shocks: tuple[tuple[str, bool], ...] = tuple((name, True) for name in SHOCKS)
    paths: str = "mid"
    raking: bool = True


def _resolve(path: Path) -> Scenario:
    source, file = read_valid(path, ScenarioFile)
    if path.parent == LIBRARY and file.name != path.stem:
        raise InputError(
            f"the scenario '{file.name}' is not named as its file",
            where=source.where(("name",)),
            mend=f"name it '{path.stem}'",
        )
    parts = _parts(file, source, (path.resolve(),))
    measures = choose_measures(
        parts.includes,
        dict(parts.scale_kinds),
        dict(parts.scale_measures),
        rebound_control=bool(dict(parts.settings).get("rebound_control", 1.0)),
        where=str(path),
    )
    levers = [(f"kind:{name}", factor) for name, factor in parts.scale_kinds]
    levers += [(f"measure:{name}", factor) for name, factor in parts.scale_measures]
    levers += parts.settings
    resolved = Scenario(
        name=file.name,
        title_en=file.title_en,
        title_zh=file.title_zh,
        description=" ".join(file.description.split()),
        measures=measures,
        levers=tuple(levers),
        uncertainties=parts.uncertainties,
        shocks=parts.shocks,
        paths=parts.paths,
        digest="",
        raking=parts.raking,
    )
    return replace(resolved, digest=_content_digest(resolved))


def _content_digest(scenario: Scenario) -> str:
    """Return the hash of what decides a scenario's runs, its name included."""
    content: dict[str, Any] = {
        "name": scenario.name,
        "measures": [_plain(measure) for measure in scenario.measures],
        "settings": [(name, value) for name, value in scenario.levers if ":" not in name],
        "uncertainties": scenario.uncertainties,
        "shocks": scenario.shocks,
        "paths": scenario.paths,
    }
    if not scenario.raking:  # written only where it is off: digests of older stores stay what they are
        content["raking"] = False
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(measure: Measure) -> dict[str, Any]:
    """Return what a measure says in plain values; zones by their digest, as cities of zones are long."""
    said = {
        name: value
        for name, value in vars(measure).items()
        if name not in ("portions", "orders", "rows", "parameters") and not name.startswith("_")
    }
    said["parameters"] = [(name, spread.value) for name, spread in measure.parameters]
    said["portions"] = [
        (item.quarter_index, item.area, item.amount, item.basis, zones_digest(item.zones))
        for item in measure.portions
    ]
    said["orders"] = [asdict(order) for order in measure.orders]
    said["rows"] = [asdict(row) for row in measure.rows]
    return said


@cache
def zones_digest(zones: tuple[int, ...]) -> str:
    """Return a digest of zone indices, which name a place wherever it is written out."""
    return hashlib.sha256(array("H", zones).tobytes()).hexdigest()


def _parts(file: ScenarioFile, source: Source, seen: tuple[Path, ...]) -> _Parts:
    base = _base(file, source, seen)
    _check_names(file, source)
    return _Parts(
        includes=(*base.includes, *file.includes),
        scale_kinds=_merged(base.scale_kinds, file.levers.scale_kinds),
        scale_measures=_merged(base.scale_measures, file.levers.scale_measures),
        settings=_merged(base.settings, file.levers.settings()),
        uncertainties=_merged(base.uncertainties, file.uncertainties),
        shocks=_merged(base.shocks, dict(file.shocks)),
        paths=file.paths or base.paths,
        raking=base.raking if file.census_raking is None else file.census_raking,
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
    base_source, base_file = read_valid(path, ScenarioFile)
    return _parts(base_file, base_source, (*seen, path.resolve()))


def _merged(base: tuple[tuple[str, Any], ...], own: dict[Any, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted({**dict(base), **own}.items()))


def _check_names(file: ScenarioFile, source: Source) -> None:
    """Refuse a measure, a kind or a parameter that does not exist, wherever it is named."""
    errors: list[InputError] = []
    for name, value in file.uncertainties.items():
        try:
            point_parameters().with_values({name: value}, where=source.where(("uncertainties", name)))
        except InputError as error:
            errors.append(error)
    named: list[tuple[str, str, tuple[str | int, ...]]] = []
    for index, include in enumerate(file.includes):
        for key, what in (
            ("measures", "measure"),
            ("without", "measure"),
            ("kinds", "kind"),
            ("documents", "document"),
        ):
            named += [(name, what, ("includes", index, key)) for name in getattr(include, key)]
    named += [(name, "kind", ("levers", "scale_kinds", name)) for name in file.levers.scale_kinds]
    named += [(name, "measure", ("levers", "scale_measures", name)) for name in file.levers.scale_measures]
    known_names: dict[str, dict[str, Any]] = {
        "measure": load_measures(),
        "kind": load_kinds(),
        "document": load_documents(),
    }
    for name, what, keys in named:
        known = known_names[what]
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
            errors.append(
                InputError(
                    f"unknown {what} '{name}'",
                    where=source.where(keys),
                    why=f"the catalogue has no such {what}",
                    mend="nearest: " + ", ".join(near),
                )
            )
    if errors:
        raise join_errors(errors)
