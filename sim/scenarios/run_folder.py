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

from sim.accounts.entries import NUMBERS as LEDGER_NUMBERS
from sim.outcomes.by_year import YEARLY, by_year, file_of
from sim.outcomes.flows import COUNTS
from sim.scenarios.provenance import digests, file_digest, versions

FORMAT = 2
MANIFEST = "manifest.json"
SCENARIO = "scenario.json"
TABLES = ("indicators", "flows", "ledger", "fund")
ADDED = ("follow_up",)
"""Tables that came later: stores without them are sound too."""
SET_ASIDE = "set_aside"
TEMPORARY = ".writing-"

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
    """

    indicators: pd.DataFrame
    flows: pd.DataFrame
    ledger: pd.DataFrame
    fund: pd.DataFrame
    checksum: str
    scenario: Mapping[str, Any]
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
    final = run_path(store, spec.name, spec.replication)
    final.parent.mkdir(parents=True, exist_ok=True)
    working = final.parent / f"{TEMPORARY}{spec.replication}-{os.getpid()}-{time.monotonic_ns()}"
    working.mkdir()
    tables = {name: getattr(output, name) for name in TABLES}
    tables |= {name: getattr(output, name) for name in ADDED if len(getattr(output, name).columns)}
    tables |= {file_of(name): by_year(name, tables[name]) for name in YEARLY}
    try:
        for name, frame in tables.items():
            _write_table(working / f"{name}.parquet", frame, spec)
        text = json.dumps(dict(output.scenario), ensure_ascii=False, separators=(",", ":"))
        (working / SCENARIO).write_text(text, encoding="utf-8")
        manifest = _manifest(working, spec, output, tables)
        (working / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
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
    try:
        manifest = read_manifest(folder)
        files = manifest["files"]
        if key is not None and manifest["key"] != key:
            return f"{MANIFEST} belongs to another run"
        for name, facts in files.items():
            try:
                size = os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - of every file of every run
            except FileNotFoundError:
                return f"{name} is missing"
            if size != facts["bytes"]:
                return f"{name} has {size} bytes, not {facts['bytes']}"
            if thorough and file_digest(folder / name) != facts["sha256"]:
                return f"{name} has another checksum than when it was written"
        lacking = [
            name for name in (SCENARIO, *(f"{table}.parquet" for table in TABLES)) if name not in files
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} is missing or cannot be read"
    return f"{', '.join(lacking)} not listed in {MANIFEST}" if lacking else None


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


def _manifest(
    folder: Path, spec: RunSpec, output: RunOutput, tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    rows = {f"{name}.parquet": len(frame) for name, frame in tables.items()}
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": file_digest(folder / name)}
        for name in (*rows, SCENARIO)
    }
    for name, n in rows.items():
        files[name]["rows"] = n
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


def _write_table(path: Path, frame: pd.DataFrame, spec: RunSpec) -> None:
    """Write a table with its run's name on every row; floats byte-split, the rest as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = _typed(pa.table({name: _in_arrow(frame[name]) for name in frame}))
    zeros = pa.repeat(pa.scalar(0, pa.int8()), len(frame))
    name = pa.DictionaryArray.from_arrays(zeros, pa.array([spec.name]))
    number = pa.DictionaryArray.from_arrays(
        zeros, pa.array([spec.replication], pa.int32())
    ).dictionary_decode()
    table = table.add_column(0, "scenario", name).add_column(1, "replication", number)
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    with pq.ParquetWriter(
        path, table.schema, compression="zstd", compression_level=1, use_dictionary=others,
        use_byte_stream_split=floats, store_schema=False,
        write_statistics=_bounded(frame),
    ) as writer:  # fmt: skip
        for part in _row_groups(frame, table):
            writer.write_table(part, row_group_size=_GROUP)


def _in_arrow(values: pd.Series[Any]) -> Any:
    """Return a column as Arrow has it; a category's codes are taken as they are, in one pass less."""
    import pyarrow as pa

    if not isinstance(values.dtype, pd.CategoricalDtype):
        return pa.array(values, from_pandas=True)
    words: pd.Categorical[Any] = values.array
    absent = words.codes < 0
    codes = pa.array(words.codes, mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words.categories, from_pandas=True))


def _typed(table: Any) -> Any:
    """Give the columns of an empty table the types they have with rows, so that runs are read together."""
    import pyarrow as pa

    kinds = [(pa.float64(), _NUMBERS), (pa.bool_(), _FLAGS)]
    for place, column in enumerate(table.schema):
        if pa.types.is_null(column.type):
            kind = next((kind for kind, names in kinds if column.name in names), pa.string())
            table = table.set_column(place, column.name, table.column(place).cast(kind))
    return table


_NUMBERS = {*COUNTS, *LEDGER_NUMBERS, "net_persons", "amount_cny", "value"}
_FLAGS = {"forced", "settled", "first_time"}
_BOUNDED = (("level", "indicator"), ("quarter",), ("year",))
_GROUP = 131_072  # rows; small enough that a query for one indicator by zone skips most of a file


def _bounded(frame: pd.DataFrame) -> list[str]:
    """Return the columns whose bounds each row group tells, so that a query skips groups: those in order.

    Bounds of all columns take as long to find as all the rest of writing a table.
    """
    return list(next((names for names in _BOUNDED if names[0] in frame), ()))


def _row_groups(frame: pd.DataFrame, table: Any) -> list[Any]:
    """Keep zones in row groups of their own, so that queries for larger places never read them."""
    if "level" not in frame or not len(frame):
        return [table]
    larger = int((frame["level"] != "zone").sum())
    zones_last = bool((frame["level"].iloc[larger:] == "zone").all())
    return (
        [part for part in (table.slice(0, larger), table.slice(larger)) if len(part)]
        if zones_last
        else [table]
    )
