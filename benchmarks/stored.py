"""Write a store of many invented runs: tables of two real runs, scattered anew for each run. Never a result.

Row counts and types are those of real runs of 1 % to 2020Q4, so what reads the store has as much to read.
Zones are left out of the indicators: no comparison reads them, and they stand in row groups of their own. The
two large tables that are kept by year too are links to those of the real run: reading them takes its time,
but all their rows bear the name of that run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BASE, MEASURES = "no-measures", "executed-2017-2020"
LINKED = ("flows", "ledger")
SCATTER, EFFECT = 0.01, 0.002
"""Spread of a run's level, and of what a scenario changes in it: pairing has something to cut."""


def make_template(folder: Path, sample: float, until: str) -> Path:
    """Run both scenarios once and return the store they are in."""
    from sim import run_batch

    run_batch([BASE, MEASURES], sample=sample, replications=1, until=until, store=folder, jobs=1, threads=1)
    return folder


def write_store(path: Path, template: Path, n_scenarios: int, replications: int, jobs: int) -> Path:
    """Write a store of so many scenarios, the first without measures, each with so many runs."""
    from sim.scenarios.store import Batch, prepare_store

    names = [BASE, *(f"option-{number:02d}" for number in range(1, n_scenarios))]
    settings = json.loads((template / "batch.json").read_text(encoding="utf-8"))["asked"]
    specs = [_spec(name, number, settings) for name in names for number in range(1, replications + 1)]
    store = prepare_store(path, Batch.of(specs))
    parts = [(store, template, [spec for spec in specs if spec.name == name]) for name in names]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write_runs, parts))
    return store


def _spec(name: str, number: int, settings: Mapping[str, Any]) -> Any:
    from sim.scenarios.run_folder import RunSpec

    kept = {key: settings[key] for key in ("sample", "seed", "until", "parameters", "parameters_digest")}
    digest = hashlib.sha256(name.encode()).hexdigest()
    return RunSpec(scenario=name, name=name, digest=digest, replication=number, **kept)


def _write_runs(part: tuple[Path, Path, list[Any]]) -> None:
    """Write the runs of one scenario."""
    pa.set_cpu_count(1)
    store, template, specs = part
    source = template / "runs" / (BASE if specs[0].name == BASE else MEASURES) / "1"
    files = [path for path in sorted(source.glob("*.parquet")) if path.stem not in LINKED]
    tables = {path.stem: pq.read_table(path) for path in files}
    larger = pa.compute.not_equal(tables["indicators"]["level"].cast(pa.string()), "zone")
    tables["indicators"] = tables["indicators"].filter(larger)
    for spec in specs:
        _write_run(store, source, spec, tables)


def _write_run(store: Path, source: Path, spec: Any, tables: Mapping[str, pa.Table]) -> None:
    from sim.scenarios.extract import EXTRACT, TOGETHER, extracted, write_extract
    from sim.scenarios.file_digest import ALGORITHM, file_digest
    from sim.scenarios.run_folder import MANIFEST, SCENARIO, read_manifest, run_path

    folder = run_path(store, spec.name, spec.replication)
    folder.mkdir(parents=True)
    rng = np.random.default_rng([spec.rng, 1])
    effect = np.random.default_rng([int(spec.digest[:8], 16), spec.replication])
    named = {name: _named(table, spec, rng, effect) for name, table in tables.items()}
    for name, table in named.items():
        _write_table(folder / f"{name}.parquet", table)
    for name in (SCENARIO, *(f"{table}.parquet" for table in LINKED)):
        os.link(source / name, folder / name)
    digests = {path.name: file_digest(path) for path in folder.iterdir()}
    parts = {name: extracted(name, table) for name, table in named.items() if name in TOGETHER}
    write_extract(folder / EXTRACT, parts, digests)
    digests[EXTRACT] = file_digest(folder / EXTRACT)
    manifest = read_manifest(source)
    for name, facts in manifest["files"].items():
        facts |= {"bytes": (folder / name).stat().st_size, ALGORITHM: digests[name]}
    manifest |= {"key": spec.key(), "run": asdict(spec) | {"rng": spec.rng}}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _named(table: pa.Table, spec: Any, rng: np.random.Generator, effect: np.random.Generator) -> pa.Table:
    """Return a table with its run's name on every row and its numbers scattered."""
    zeros = pa.repeat(pa.scalar(0, pa.int8()), len(table))
    table = table.set_column(0, "scenario", pa.DictionaryArray.from_arrays(zeros, pa.array([spec.name])))
    table = table.set_column(1, "replication", pa.repeat(pa.scalar(spec.replication, pa.int32()), len(table)))
    if "value" in table.column_names:
        place = table.schema.get_field_index("value")
        factor = np.exp(rng.normal(0, SCATTER) + effect.normal(0, EFFECT))
        table = table.set_column(place, "value", pa.array(table["value"].to_numpy() * factor))
    return table


def _write_table(path: Path, table: pa.Table) -> None:
    """Write a table as a run's are written."""
    kinds = dict(_by_kind(table))
    floats = [name for name, floating in kinds.items() if floating]
    others = [name for name, floating in kinds.items() if not floating]
    pq.write_table(
        table, path, compression="snappy", use_dictionary=others,
        use_byte_stream_split=floats, store_schema=False, row_group_size=131_072,
    )  # fmt: skip


def _by_kind(table: pa.Table) -> Iterator[tuple[str, bool]]:
    return ((field.name, pa.types.is_floating(field.type)) for field in table.schema)
