"""Make a stored run again from what its folder holds, and tell whether the bits are the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.errors import InputError, RunError
from sim.parameters.for_run import point_parameters
from sim.scenarios.file_digest import listed_digest
from sim.scenarios.make_run import MODEL, Job, output_of, start
from sim.scenarios.provenance import changed_since, versions
from sim.scenarios.run_folder import RunSpec, read_manifest, read_scenario, run_path, write_run
from sim.scenarios.scenario import Scenario
from sim.scenarios.store import read_batch


@dataclass(frozen=True)
class Rerun:
    """Say what came of making a run again.

    Attributes
    ----------
    run
        ``scenario/replication``.
    different
        What is not the same: ``state`` or names of files; empty where all bits are.
    other_versions
        Libraries with other versions than when it was made, as ``name: then, now``.
    """

    run: str
    different: tuple[str, ...]
    other_versions: tuple[str, ...]


def rerun(store: str | Path, run: str, *, threads: int | None = None, model: str = MODEL) -> Rerun:
    """Make a run of a store again, compare it with what is stored, and leave the store as it is.

    Parameters
    ----------
    store
        Folder of a batch.
    run
        ``scenario/replication``, such as ``no-measures/3``.

    Raises
    ------
    InputError
        When there is no such run, its folder cannot be read, or code or data are not those that made it.
    """
    folder = _folder(Path(store), run)
    manifest, scenario = _contents(folder, run)
    _refuse_other_code(manifest, run)
    names = {field.name for field in fields(RunSpec)}
    spec = RunSpec(**{name: value for name, value in manifest["run"].items() if name in names})
    job = Job("", spec, manifest["key"], manifest["parameters"], threads, model)
    parameters = point_parameters().with_values(manifest["parameters"])
    made = start(job, scenario, parameters)
    try:
        made.run(until=spec.until)
        output = output_of(made, scenario, parameters)
    finally:
        made.close()
    with tempfile.TemporaryDirectory(prefix="shujie-rerun-") as place:
        again = read_manifest(write_run(Path(place), spec, output))
    different = ["state"] if again["state_checksum"] != manifest["state_checksum"] else []
    different += [
        name
        for name, facts in manifest["files"].items()
        if listed_digest(again["files"][name]) != listed_digest(facts)
    ]
    return Rerun(run, tuple(different), _other_versions(manifest["versions"]))


def _folder(store: Path, run: str) -> Path:
    read_batch(store)
    name, _, number = run.rpartition("/")
    folder = run_path(store.expanduser().absolute(), name, int(number)) if number.isdigit() else None
    if not name or folder is None or not folder.is_dir():
        raise InputError(
            f"the store has no run '{run}'",
            where=str(store),
            why="a run is named as scenario/replication",
            mend="give one of " + ", ".join(_some_runs(store)),
        )
    return folder


def _some_runs(store: Path) -> list[str]:
    found = sorted(f"{path.parent.name}/{path.name}" for path in (store / "runs").glob("*/[0-9]*"))
    return found[:5] or ["(none is finished)"]


def _contents(folder: Path, run: str) -> tuple[dict[str, Any], Scenario]:
    try:
        return read_manifest(folder), TypeAdapter(Scenario).validate_python(read_scenario(folder))
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(
            f"the run '{run}' cannot be read",
            where=str(folder),
            why=str(error).partition("\n")[0],
            mend="run its batch again: a damaged run is set aside and made anew",
        ) from None


def _refuse_other_code(manifest: dict[str, Any], run: str) -> None:
    other = changed_since(manifest["made_with"])
    if other:
        raise InputError(
            f"the run '{run}' was made with other {' and '.join(other)}",
            why=f"it was made by shujie {manifest['versions'].get('shujie', 'unknown')}",
            mend="install the version that made it, or run the batch into a new store",
        )


def _other_versions(then: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name}: {then[name]}, {now}" for name, now in versions().items() if then.get(name, now) != now
    )


def refuse_difference(result: Rerun) -> None:
    """Raise where a run that was made again has other bits.

    Raises
    ------
    RunError
        When anything is different; the libraries that changed since are named.
    """
    if result.different:
        why = "; libraries with other versions: " + ", ".join(result.other_versions)
        raise RunError(
            f"{result.run} came out different: {', '.join(result.different)}"
            + (why if result.other_versions else "")
        )
