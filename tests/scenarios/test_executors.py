"""Runs are made on other executors with the same result, and a lost worker loses nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenarios.batch import run_batch
from tests.fixtures.fake_model import FAULTS, NOTES

FAKE = "tests.fixtures.fake_model:FakeModel"
ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("no-measures", "executed-2017-2020")


def checksums(store: Path) -> dict[str, str]:
    return {
        str(path.parent.relative_to(store)): json.loads(path.read_text())["state_checksum"]
        for path in store.glob("runs/*/*/manifest.json")
    }


def batch(store: Path, executor: object = None, replications: int = 3) -> dict[str, str]:
    run_batch(
        SCENARIOS,
        replications=replications,
        until="2011Q1",
        store=store,
        jobs=1,
        model=FAKE,
        executor=executor,
    )
    return checksums(store)


def test_any_executor_gives_the_same_runs(tmp_path: Path) -> None:
    here = batch(tmp_path / "here")
    with ThreadPoolExecutor(2) as threads:
        assert batch(tmp_path / "there", threads) == here
    assert len(here) == 6


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch):
    """Start a Dask scheduler and two workers as processes of their own; give address and workers."""
    notes = tmp_path / "notes"
    notes.mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        NOTES: str(notes),
        FAULTS: json.dumps({"no-measures/2": {"do": "kill", "times": 1}}),
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3",
    }
    where = tmp_path / "scheduler.json"
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    common = ["--scheduler-file", str(where), "--no-dashboard"]
    # each in a session of its own, so that what it starts can be ended with it
    begin = partial(subprocess.Popen, env=environment, cwd=tmp_path, start_new_session=True)
    processes = [begin([*start, "--port", "0", *common])]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--nanny"]
    processes += [begin([*worker, *common]) for _ in range(2)]
    for _ in range(300):
        if where.exists() and where.read_text().strip():
            break
        time.sleep(0.1)
    yield json.loads(where.read_text())["address"]
    for process in reversed(processes):
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # a nanny may wait for a scheduler that has gone
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_dask_cluster_makes_the_runs_and_survives_a_killed_worker(tmp_path: Path, cluster: str) -> None:
    pytest.importorskip("distributed")
    assert batch(tmp_path / "there", cluster) == batch(tmp_path / "here")
    attempts = list((tmp_path / "notes").glob("no-measures-2-*"))
    assert len(attempts) == 2  # the one that was killed, and the one that went through


def test_nothing_at_the_address_is_said_plainly(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.scenarios.executors.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        batch(tmp_path / "store", "tcp://127.0.0.1:9")
