"""Keep the runs of one batch in a folder, and open such a folder.

::

    STORE/batch.json                        what was asked, versions, checksums of code, data, policy
    STORE/runs/<scenario>/<replication>/    manifest.json scenario.json
                                            indicators.parquet flows.parquet ledger.parquet
                                            fund.parquet flows_by_year.parquet
                                            ledger_by_year.parquet follow_up.parquet
                                            compared.arrows (what comparisons read of the four before)
    STORE/set_aside/                        runs whose files were found damaged
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError
from sim.scenarios.provenance import digests, project_version
from sim.scenarios.run_folder import FORMAT, READABLE, RunSpec

if TYPE_CHECKING:
    from sim.scenarios.results import Results

BATCH = "batch.json"

_SETTINGS = ("sample", "seed", "until", "parameters", "parameters_digest")
_MADE_WITH = ("code", "data", "policy", "parameters")


@dataclass(frozen=True)
class Batch:
    """Name what a store holds: settings shared by its runs, scenarios by name, and how many replications.

    Attributes
    ----------
    scenarios
        Digest of each scenario's content by its name, in the order asked.
    settings
        Sample, seed, until, parameters and parameters_digest.
    made_with
        Checksums of code, data, policy and parameters.
    """

    scenarios: Mapping[str, str]
    replications: int
    settings: Mapping[str, Any]
    made_with: Mapping[str, str]

    @classmethod
    def of(cls, runs: list[RunSpec]) -> Batch:
        """Return the batch that a list of runs makes up."""
        first = runs[0]
        return cls(
            scenarios={run.name: run.digest for run in runs},
            replications=max(run.replication for run in runs),
            settings={name: getattr(first, name) for name in _SETTINGS},
            made_with=digests(),
        )

    def joined(self, other: Batch) -> Batch:
        """Return this batch with the scenarios and replications of another one added."""
        return Batch(
            scenarios={**self.scenarios, **other.scenarios},
            replications=max(self.replications, other.replications),
            settings=self.settings,
            made_with=self.made_with,
        )

    def difference(self, other: Batch) -> str | None:
        """Return how this batch differs from the one asked for, or None where their runs fit together."""
        for name in _SETTINGS:
            if self.settings[name] != other.settings[name]:
                if name == "parameters_digest":
                    return "its parameters have other values"
                return f"its {name} {_verb(name)} {self.settings[name]}, not {other.settings[name]}"
        for name in _MADE_WITH:
            if self.made_with.get(name) != other.made_with.get(name):
                return f"it was made with other {name}"
        for name, digest in other.scenarios.items():
            if self.scenarios.get(name, digest) != digest:
                return f"its scenario '{name}' has other content"
        return None

    def as_json(self) -> dict[str, Any]:
        """Return what batch.json holds."""
        return {
            "format": FORMAT,
            "shujie": project_version(),
            "asked": {"scenarios": dict(self.scenarios), "replications": self.replications, **self.settings},
            "made_with": dict(self.made_with),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Batch:
        """Return the batch of a batch.json; KeyError or TypeError where it is not one."""
        asked = content["asked"]
        return cls(
            scenarios=dict(asked["scenarios"]),
            replications=int(asked["replications"]),
            settings={name: asked[name] for name in _SETTINGS},
            made_with=dict(content["made_with"]),
        )


def prepare_store(path: str | Path, batch: Batch) -> Path:
    """Make a store for a batch or take up the one that is there, and return its absolute path.

    Raises
    ------
    InputError
        When the path is a file, cannot be written, is a folder of something else, or holds another batch.
        Nothing is written then.
    """
    store = Path(path).expanduser().absolute()
    _refuse_file(store)
    if (store / BATCH).exists():
        held = read_batch(store)
        difference = held.difference(batch)
        if difference is not None:
            raise InputError(
                "the store holds another batch",
                where=str(store),
                why=difference,
                mend="give another folder with --store, or remove this one",
            )
        batch = held.joined(batch)
    elif store.is_dir() and any(store.iterdir()):
        raise InputError(
            "the folder is not a store",
            where=str(store),
            why=f"it holds other files and no {BATCH}",
            mend="give an empty or new folder with --store",
        )
    _write_batch(store, batch)
    return store


def read_batch(path: str | Path) -> Batch:
    """Return the batch a store holds.

    Raises
    ------
    InputError
        When there is no store at the path or its batch.json cannot be read.
    """
    store = Path(path).expanduser().absolute()
    mend = "give the folder that 'shujie run ... --store' wrote"
    _refuse_file(store)
    if not store.exists():
        raise InputError("there is no such store", where=str(store), mend=mend)
    if not (store / BATCH).is_file():
        raise InputError("the folder is not a store", where=str(store), why=f"it holds no {BATCH}", mend=mend)
    try:
        content = json.loads((store / BATCH).read_text(encoding="utf-8"))
        made = content["format"]
        batch = Batch.from_json(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{BATCH} cannot be read",
            where=str(store / BATCH),
            why=f"{type(error).__name__}: {error}",
            mend=mend,
        ) from None
    if made not in READABLE:
        raise InputError(
            f"the store has format {made}",
            where=str(store / BATCH),
            why=f"this version reads formats {' and '.join(map(str, READABLE))}",
            mend="run the batch again into another folder",
        )
    return batch


def load_results(path: str | Path) -> Results:
    """Open a store for reading.

    Raises
    ------
    InputError
        When there is no store at the path, or it holds no finished run.
    """
    from sim.scenarios.results import Results

    return Results(Path(path).expanduser().absolute(), read_batch(path))


def _refuse_file(store: Path) -> None:
    try:
        is_file = store.exists() and not store.is_dir()
    except OSError as error:
        raise _unwritable(store, error) from None
    if is_file:
        raise InputError(
            "the store path is a file", where=str(store), mend="give a folder with --store, new or a store"
        )


def _write_batch(store: Path, batch: Batch) -> None:
    """Write batch.json at once or not at all; folders made on the way are removed when that fails."""
    made: list[Path] = []
    try:
        missing = [folder for folder in (store, *store.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            made.append(folder)
        text = json.dumps(batch.as_json(), ensure_ascii=False, indent=1) + "\n"
        handle, name = tempfile.mkstemp(prefix=".batch-", dir=store)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(store / BATCH)
        (store / "runs").mkdir(exist_ok=True)
    except OSError as error:
        for folder in reversed(made):
            if not any(folder.iterdir()):
                folder.rmdir()
        raise _unwritable(store, error) from None


def _unwritable(store: Path, error: OSError) -> InputError:
    return InputError(
        "the store cannot be written",
        where=str(store),
        why=error.strerror or str(error),
        mend="give a folder with --store that you may write to",
    )


def _verb(noun: str) -> str:
    return "are" if noun.endswith("s") else "is"
