"""A batch resumes, survives its workers, names what fails and repairs what is damaged."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.scenarios.batch import run_batch
from sim.scenarios.progress import BatchError, BatchReport, Progress
from sim.scenarios.run_folder import MANIFEST, flaw_of, read_manifest
from sim.scenarios.store import load_results
from tests.fixtures.fake_model import FAULTS, NOTES

ROOT = Path(__file__).resolve().parents[2]
MODEL = "tests.fixtures.fake_model:FakeModel"
SCENARIOS = ["no-measures", "executed-2017-2020"]
RUNS = [f"{name}/{number}" for number in (1, 2) for name in SCENARIOS]


@pytest.fixture(autouse=True)
def notes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    monkeypatch.setenv(NOTES, str(folder))
    return folder


def batch(
    store: Path, *, jobs: int = 1, until: str = "2011Q4", replications: int = 2, **more: object
) -> BatchReport:
    options = {"sample": 0.01, "seed": 1, "model": MODEL, **more}
    scenarios = options.pop("scenarios", SCENARIOS)
    return run_batch(scenarios, store=store, jobs=jobs, until=until, replications=replications, **options)


def attempts(notes: Path, run: str) -> int:
    return len(list(notes.glob(f"{run.replace('/', '-')}-*")))


def tables(store: Path) -> dict[str, str]:
    """Return the checksum of every table of a store by its path."""
    found = {}
    for path in sorted(store.glob(f"runs/*/*/{MANIFEST}")):
        for name, facts in read_manifest(path.parent)["files"].items():
            found[f"{path.parent.relative_to(store)}/{name}"] = facts["xxh3_128"]
    return found


def test_a_batch_makes_every_run_and_resumes_without_making_one_again(tmp_path: Path, notes: Path) -> None:
    first = batch(tmp_path / "store")
    assert sorted(first.made) == sorted(RUNS)
    again = batch(tmp_path / "store")
    assert again.made == []
    assert sorted(again.found) == sorted(RUNS)
    assert all(attempts(notes, run) == 1 for run in RUNS)


def test_more_replications_and_scenarios_join_the_same_batch(tmp_path: Path) -> None:
    batch(tmp_path / "store", scenarios="no-measures", replications=1)
    more = batch(tmp_path / "store")
    assert more.found == ["no-measures/1"]
    assert load_results(tmp_path / "store").meta["replications"] == {
        "no-measures": 2,
        "executed-2017-2020": 2,
    }


def test_scenarios_of_a_replication_share_their_seed(tmp_path: Path) -> None:
    batch(tmp_path / "store")
    results = load_results(tmp_path / "store")
    seeds = {run: results.manifest(*_split(run))["run"]["rng"] for run in RUNS}
    assert seeds["no-measures/1"] == seeds["executed-2017-2020/1"] != seeds["no-measures/2"]


def test_two_processes_write_the_same_bytes_as_one(tmp_path: Path) -> None:
    batch(tmp_path / "one")
    batch(tmp_path / "two", jobs=2)
    assert tables(tmp_path / "one") == tables(tmp_path / "two")
    assert len(tables(tmp_path / "one")) == 32


def test_a_worker_killed_once_costs_nothing_finished(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULTS, json.dumps({"no-measures/2": {"do": "kill", "times": 1}}))
    report = batch(tmp_path / "store", jobs=2)
    assert sorted(report.made) == sorted(RUNS)
    assert attempts(notes, "no-measures/2") == 2
    monkeypatch.delenv(FAULTS)
    batch(tmp_path / "calm")
    assert tables(tmp_path / "store") == tables(tmp_path / "calm")


def test_a_run_that_always_kills_is_given_up_and_named(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAULTS, json.dumps({"no-measures/1": {"do": "kill", "times": 99}}))
    with pytest.raises(BatchError, match=r"no-measures/1: its worker process was killed 3 times") as error:
        batch(tmp_path / "store", jobs=2)
    assert sorted(error.value.report.made) == sorted(run for run in RUNS if run != "no-measures/1")
    assert attempts(notes, "no-measures/1") == 3
    assert load_results(tmp_path / "store").meta["missing"] == {"no-measures": [1]}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_fails_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setenv(FAULTS, json.dumps({"no-measures/1": {"do": "raise", "times": 1}}))
    with pytest.raises(BatchError, match=r"no-measures/1: after stage 'relocation', in dongcheng: off by -3"):
        batch(tmp_path / "store", jobs=jobs)
    assert list((tmp_path / "store").glob("runs/*/.*")) == []
    assert batch(tmp_path / "store").made == ["no-measures/1"]


@pytest.mark.parametrize("file", ["indicators.parquet", "compared.arrows"])
@pytest.mark.parametrize("damage", ["truncated", "edited", "missing", "manifest"])
def test_a_damaged_run_is_named_set_aside_and_made_again(tmp_path: Path, damage: str, file: str) -> None:
    store = tmp_path / "store"
    batch(store)
    sound = tables(store)
    folder = store / "runs/no-measures/2"
    path = folder / ("manifest.json" if damage == "manifest" else file)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "edited":
        path.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    else:
        path.write_bytes(content[: len(content) // 2])
    told: list[Progress] = []
    report = batch(store, progress=told.append)
    assert [run for run, _ in report.replaced] == ["no-measures/2"]
    assert path.name in report.replaced[0][1]
    assert any("no-measures/2 is damaged" in event.message for event in told)
    assert report.made == ["no-measures/2"]
    assert tables(store) == sound
    assert load_results(store).meta["set_aside"] == ["no-measures-2-1"]


def test_a_truncated_table_is_left_out_of_results(tmp_path: Path) -> None:
    store = tmp_path / "store"
    batch(store)
    path = store / "runs/no-measures/2/flows.parquet"
    path.write_bytes(path.read_bytes()[:100])
    results = load_results(store)
    assert results.replications("no-measures") == [1]
    assert results.meta["unsound"] == [f"runs/no-measures/2: flows.parquet has 100 bytes, not {_bytes(path)}"]


def _bytes(path: Path) -> int:
    return int(read_manifest(path.parent)["files"][path.name]["bytes"])


def test_progress_counts_runs_and_gives_rate_and_time_left(tmp_path: Path) -> None:
    told: list[Progress] = []
    batch(tmp_path / "store", progress=told.append)
    assert [event.done for event in told] == [0, 1, 2, 3, 4]
    assert all(event.total == 4 for event in told)
    assert told[0].runs_a_minute is None
    assert told[1].runs_a_minute is not None
    assert told[1].runs_a_minute > 0
    assert told[-1].seconds_left == 0


def test_the_manifest_holds_what_the_run_needs_to_be_made_again(tmp_path: Path) -> None:
    batch(tmp_path / "store", parameters="prior")
    manifest = load_results(tmp_path / "store").manifest("no-measures", 2)
    assert manifest["run"]["sample"] == 0.01
    assert manifest["run"]["until"] == "2011Q4"
    assert manifest["run"]["parameters"] == "prior"
    assert manifest["scenario"]
    assert set(manifest["made_with"]) == {"code", "data", "policy", "parameters"}
    assert {"python", "numpy", "mesa"} <= set(manifest["versions"])
    assert manifest["state_checksum"]
    first = load_results(tmp_path / "store").manifest("no-measures", 1)["parameters"]
    assert first.keys() == manifest["parameters"].keys()
    assert first != manifest["parameters"]  # each replication has its own draw
    other = load_results(tmp_path / "store").manifest("executed-2017-2020", 2)["parameters"]
    assert other == manifest["parameters"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("sample", 0, "sample"),
        ("sample", 1.5, "sample"),
        ("sample", float("nan"), "sample"),
        ("replications", 0, "replications"),
        ("replications", True, "replications"),
        ("until", "2010Q3", "before 2011Q1"),
        ("until", "2010Q4", "before 2011Q1"),
        ("until", "soon", "not a quarter"),
        ("jobs", 0, "jobs"),
        ("threads", 0, "threads"),
        ("seed", -1, "seed"),
        ("parameters", "fitted", "fitted"),
        ("parameters", "nowhere.yaml", "nowhere.yaml"),
        ("scenarios", "executed", "executed"),
        ("scenarios", [], "no scenario"),
    ],
)
def test_a_wrong_request_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, value: object, message: str
) -> None:
    monkeypatch.setattr("sim.parameters.posterior.shipped", lambda: None)
    with pytest.raises(InputError) as error:
        batch(tmp_path / "store", **{option: value})
    assert message in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("sample", 0.02, "sample is 0.01, not 0.02"),
        ("seed", 2, "seed is 1, not 2"),
        ("until", "2012Q4", "until is 2011Q4, not 2012Q4"),
        ("parameters", "prior", "parameters are point, not prior"),
    ],
)
def test_another_batch_is_refused_and_nothing_is_written(
    tmp_path: Path, option: str, value: object, message: str
) -> None:
    store = tmp_path / "store"
    batch(store, replications=1)
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    with pytest.raises(InputError, match="another batch") as error:
        batch(store, replications=1, **{option: value})
    assert message in str(error.value)
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before


def test_a_batch_of_other_code_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    batch(store, replications=1)
    content = json.loads((store / "batch.json").read_text(encoding="utf-8"))
    content["made_with"]["code"] = "0" * 64
    (store / "batch.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="another batch") as error:
        batch(store, replications=1)
    assert "other code" in str(error.value)


def test_a_batch_killed_in_the_middle_is_taken_up(tmp_path: Path, notes: Path) -> None:
    store = tmp_path / "store"
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(ROOT)!r})
            from sim.scenarios.batch import run_batch

            if __name__ == "__main__":
                run_batch({SCENARIOS!r}, sample=0.01, replications=2, until="2011Q4", jobs=2,
                          store={str(store)!r}, seed=1, model={MODEL!r})
            """
        ),
        encoding="utf-8",
    )
    faults = json.dumps({"executed-2017-2020/2": {"do": "wait", "times": 1}})
    parent = subprocess.Popen([sys.executable, str(script)], env={**os.environ, FAULTS: faults})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and attempts(notes, "executed-2017-2020/2") < 1:
        assert parent.poll() is None
        time.sleep(0.05)
    time.sleep(0.2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    finished = [run for run in RUNS if flaw_of(store / "runs" / run) is None]
    assert "executed-2017-2020/2" not in finished
    report = batch(store)
    assert sorted(report.found) == sorted(finished)
    assert sorted(report.found + report.made) == sorted(RUNS)


def test_ctrl_c_leaves_finished_runs_and_ends_at_once(tmp_path: Path) -> None:
    store = tmp_path / "store"

    def stop(event: Progress) -> None:
        if event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch(store, jobs=2, progress=stop)
    assert len(batch(store).found) >= 2


def test_what_a_dead_process_left_half_written_is_removed(tmp_path: Path) -> None:
    store = tmp_path / "store"
    batch(store, replications=1)
    left = store / "runs/no-measures/.writing-7-999999999-1"
    left.mkdir()
    (left / "indicators.parquet").write_bytes(b"half")
    batch(store, replications=1)
    assert not left.exists()


def test_results_of_a_batch_are_the_tables_of_its_runs(tmp_path: Path) -> None:
    batch(tmp_path / "store")
    rows = load_results(tmp_path / "store").indicators(indicator="residents", level="city", quarter="2011Q4")
    assert list(rows[["scenario", "replication"]].itertuples(index=False, name=None)) == [
        (name, number) for name in SCENARIOS for number in (1, 2)
    ]
    assert rows["value"].between(1.9e7, 2.1e7).all()
    assert isinstance(rows, pd.DataFrame)


def _split(run: str) -> tuple[str, int]:
    name, _, number = run.partition("/")
    return name, int(number)
