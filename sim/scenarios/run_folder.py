"""Write one run to its folder at once or not at all, and tell whether a folder is sound.

A run is one scenario and one replication of a batch. Its folder appears under its name only when everything
in it is written: it is made under another name and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.memory import keep_freed_memory_of_arrow
from sim.outcomes.by_year import YEARLY, by_year, file_of
from sim.scenarios.extract import EXTRACT, TOGETHER, extracted, write_extract
from sim.scenarios.file_digest import ALGORITHM, file_digest, has_digest, listed_digest
from sim.scenarios.provenance import digests, versions
from sim.scenarios.run_tables import IndicatorWriter, write_table

FORMAT = 3
READABLE = (2, FORMAT)
"""Formats of a store that this version reads; runs are added to one of its own only."""
MANIFEST = "manifest.json"
SCENARIO = "scenario.json"
TABLES = ("indicators", "flows", "ledger", "fund")
ADDED = ("follow_up",)
"""Tables that came later: stores without them are sound too."""
SET_ASIDE = "set_aside"
TEMPORARY = ".writing-"

_INDICATORS = IndicatorWriter()
"""Encodes what is alike in the runs that this process writes once."""

REPLICATIONS_A_SEED = 1_000_000


@dataclass(frozen=True)
class RunSpec:
    """Name everything that decides the result of one run, apart from code and data.

    Attributes
    ----------
    scenario
        A library name or the path of a file, as the model takes it.
    name, digest
        The scenario's own name and the hash of its content.
    sample, seed, replication, until
        Sampling rate; the batch's seed; number from 1; last quarter.
    parameters, parameters_digest
        ``point``, ``prior`` or a file; the hash of the values this run uses.
    """

    scenario: str
    name: str
    digest: str
    sample: float
    seed: int
    replication: int
    until: str
    parameters: str
    parameters_digest: str

    @property
    def rng(self) -> int:
        """Return the seed of the run: the same for every scenario of a replication."""
        return run_seed(self.seed, self.replication)

    @property
    def label(self) -> str:
        """Return the run's place in the store."""
        return f"{self.name}/{self.replication}"

    def key(self) -> str:
        """Return the content key: runs with the same key have the same result."""
        content = {name: value for name, value in asdict(self).items() if name != "scenario"}
        content |= {"format": FORMAT, "made_with": digests()}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class RunOutput:
    """Hold what a finished run hands over: its tables, its final state's checksum and what it was made from.

    ``indicators`` has the columns of `sim.outcomes.indicators.COLUMNS`; ``flows`` holds counts of the sample.
    ``scenario`` is the scenario, resolved, as JSON.
    """

    indicators: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame
    fund: pd.DataFrame
    checksum: str
    scenario: str
    parameters: Mapping[str, float]
    follow_up: pd.DataFrame = field(default_factory=pd.DataFrame)


def run_seed(seed: int, replication: int) -> int:
    """Return the seed of a replication; no two replications of any two seeds share one."""
    return seed * REPLICATIONS_A_SEED + replication


def run_path(store: Path, name: str, replication: int) -> Path:
    """Return the folder of a run."""
    return store / "runs" / name / str(replication)


def write_run(store: Path, spec: RunSpec, output: RunOutput) -> Path:
    """Write a run under another name, then rename it, and return its folder.

    Where a sound folder of the same run is already there, it stays and the new one is dropped.
    """
    keep_freed_memory_of_arrow()
    final = run_path(store, spec.name, spec.replication)
    final.parent.mkdir(parents=True, exist_ok=True)
    working = final.parent / f"{TEMPORARY}{spec.replication}-{os.getpid()}-{time.monotonic_ns()}"
    working.mkdir()
    tables = {name: getattr(output, name) for name in TABLES}
    tables |= {name: getattr(output, name) for name in ADDED if len(getattr(output, name).columns)}
    tables |= {file_of(name): by_year(name, tables[name]) for name in YEARLY}
    try:
        parts = {}
        _INDICATORS.write(working / "indicators.parquet", output.indicators, spec.name, spec.replication)
        for name, frame in tables.items():
            if name == "indicators":
                continue
            table = write_table(working / f"{name}.parquet", frame, spec.name, spec.replication)
            if name in TOGETHER:
                parts[name] = extracted(name, table)
        (working / SCENARIO).write_text(output.scenario, encoding="utf-8")
        files = _facts(working, tables)
        write_extract(working / EXTRACT, parts, {name: facts[ALGORITHM] for name, facts in files.items()})
        files[EXTRACT] = _fact(working / EXTRACT)
        text = json.dumps(_manifest(spec, output, files), ensure_ascii=False, indent=1)
        (working / MANIFEST).write_text(text, encoding="utf-8")
        _put_in_place(working, final, spec)
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise
    return final


def flaw_of(folder: Path, key: str | None = None, *, thorough: bool = True) -> str | None:
    """Return what is wrong with a run's folder, or None when it is sound.

    Parameters
    ----------
    folder
        The folder of a run.
    key
        The content key the run must have; None accepts any.
    thorough
        Whether files are compared by checksum, not by size alone.
    """
    return looked_at(folder, key, thorough=thorough)[0]


def looked_at(
    folder: Path, key: str | None = None, *, thorough: bool = True
) -> tuple[str | None, dict[str, str]]:
    """Return what is wrong with a run's folder, as `flaw_of`, and the digests of its files as listed.

    None is returned where a file was written to after the list of them: what it says may be of another one.
    """
    unread: dict[str, str] = {}
    try:
        manifest, last = read_manifest(folder), _changed(folder, MANIFEST)[1]
        files, untouched = manifest["files"], True
        if key is not None and manifest["key"] != key:
            return f"{MANIFEST} belongs to another run", unread
        for name, facts in files.items():
            try:
                size, when = _changed(folder, name)
            except FileNotFoundError:
                return f"{name} is missing", unread
            if size != facts["bytes"]:
                return f"{name} has {size} bytes, not {facts['bytes']}", unread
            if thorough and not has_digest(folder / name, listed_digest(facts)):
                return f"{name} has another checksum than when it was written", unread
            untouched &= when <= last
        lacking = [
            name for name in (SCENARIO, *(f"{table}.parquet" for table in TABLES)) if name not in files
        ]
        listed = {name: listed_digest(facts) for name, facts in files.items()} if untouched else unread
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} is missing or cannot be read", unread
    return (f"{', '.join(lacking)} not listed in {MANIFEST}" if lacking else None), listed


def _changed(folder: Path, name: str) -> tuple[int, int]:
    """Return the size of a file and when it was last written to, in nanoseconds."""
    found = os.stat(f"{folder}/{name}")  # noqa: PTH116 - of every file of every run
    return found.st_size, found.st_mtime_ns


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run."""
    return _read_json(folder / MANIFEST)


def read_scenario(folder: Path) -> dict[str, Any]:
    """Return the scenario of a run, resolved; it is apart from the manifest, which is read for every run."""
    return _read_json(folder / SCENARIO)


def _read_json(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def set_aside(store: Path, folder: Path) -> Path:
    """Move a run's folder out of the way, keeping it for inspection, and return where it went."""
    there = store / SET_ASIDE  # outside runs/, so that whoever reads all of runs/ reads sound files only
    there.mkdir(parents=True, exist_ok=True)
    for number in range(1, 10_000):
        target = there / f"{folder.parent.name}-{folder.name}-{number}"
        if not target.exists():
            folder.rename(target)
            return target
    raise OSError(f"{there} is full")


def clear_unfinished(store: Path) -> int:
    """Remove what processes that are gone left half-written, and return how many folders that were."""
    removed = 0
    for path in (store / "runs").glob(f"*/{TEMPORARY}*"):
        owner = path.name.split("-")[2]
        if not (owner.isdigit() and Path("/proc", owner).exists()):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _put_in_place(working: Path, final: Path, spec: RunSpec) -> None:
    try:
        working.rename(final)
    except OSError:
        if flaw_of(final, spec.key()) is not None:
            raise
        shutil.rmtree(working)  # another process finished the same run first: the results are the same


def _facts(folder: Path, tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """Return size, checksum and rows of the files of a run's tables, and of its scenario."""
    files = {
        f"{name}.parquet": _fact(folder / f"{name}.parquet") | {"rows": len(tables[name])} for name in tables
    }
    return files | {SCENARIO: _fact(folder / SCENARIO)}


def _fact(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, ALGORITHM: file_digest(path)}


def _manifest(spec: RunSpec, output: RunOutput, files: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "key": spec.key(),
        "run": asdict(spec) | {"rng": spec.rng},
        "parameters": dict(output.parameters),
        "versions": versions(),
        "made_with": digests(),
        "state_checksum": output.checksum,
        "files": files,
    }
