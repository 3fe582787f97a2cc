"""A full disk, a clock set back and hundreds of runs lose nothing, mix nothing up and fill no memory."""

import gc
import os
import resource
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sim.scenarios.batch import run_batch
from sim.scenarios.progress import BatchError, BatchReport, Progress
from sim.scenarios.run_folder import MANIFEST, TEMPORARY, flaw_of, read_manifest
from sim.scenarios.store import load_results

ROOT = Path(__file__).resolve().parents[2]
MODEL = "tests.fixtures.fake_model:FakeModel"
SCENARIOS = ["no-measures", "executed-2017-2020"]
REPLICATIONS = 3
FAR_AHEAD = 4_000_000_000.0
"""A moment in the year 2096."""


def batch(store: Path, **more: object) -> BatchReport:
    options = {"sample": 0.01, "seed": 1, "model": MODEL, "jobs": 1, "until": "2011Q1"}
    return run_batch(SCENARIOS, store=store, **(options | {"replications": REPLICATIONS} | more))


def tables(store: Path) -> dict[str, str]:
    """Return the checksum of every table of the finished runs by its path."""
    return {
        f"{path.parent.relative_to(store)}/{name}": facts["xxh3_128"]
        for path in sorted(store.glob(f"runs/*/*/{MANIFEST}"))
        for name, facts in read_manifest(path.parent)["files"].items()
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("calm") / "store"
    batch(store)
    return store


@pytest.fixture
def small_disk(tmp_path: Path, calm: Path):
    """Give a disk with room for three and a half of the six runs."""
    size = sum(path.stat().st_size for path in calm.rglob("*") if path.is_file())
    folder = tmp_path / "disk"
    folder.mkdir()
    options = f"size={int(size * 3.5 / 6)}"
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a disk of a chosen size can be mounted by root only")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_costs_nothing_finished_and_is_taken_up(small_disk: Path, calm: Path, jobs: int) -> None:
    store = small_disk / "store"
    with pytest.raises(BatchError, match=r"the disk is full \(No space left on device\)") as error:
        batch(store, jobs=jobs)
    assert error.value.exit_code == 1
    finished = error.value.report.made
    assert 0 < len(finished) < 2 * REPLICATIONS
    assert all(flaw_of(store / "runs" / run) is None for run in finished)
    assert list(store.glob(f"runs/*/{TEMPORARY}*")) == []
    read = load_results(store).meta["replications"]
    assert sum(read.values()) == len(finished)
    subprocess.run(["mount", "-o", "remount,size=256m", small_disk], check=True)
    report = batch(store, jobs=jobs)
    assert sorted(report.found) == sorted(finished)
    assert tables(store) == tables(calm)


def test_a_file_that_may_not_grow_ends_the_run_and_says_so(tmp_path: Path, calm: Path) -> None:
    """The limit on the size of a file stands in for a full disk where none can be mounted."""
    store = tmp_path / "store"
    script = textwrap.dedent(
        f"""
        import resource, signal, sys
        sys.path.insert(0, {str(ROOT)!r})
        from sim.scenarios import batch
        from sim.cli import main
        from functools import partial

        batch.run_batch = partial(batch.run_batch, model={MODEL!r})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        sys.exit(main(["run", *{SCENARIOS!r}, "--store", {str(store)!r}, "--until", "2011Q1", "--jobs", "1",
                       "--replications", "{REPLICATIONS}", "--parameters", "point"]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1, done.stderr
    assert "6 of 6 runs failed" in done.stderr
    assert "the disk is full (File too large): make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(store.glob("runs/*/*")) == []
    assert batch(store).made
    assert tables(store) == tables(calm)


def test_a_store_whose_times_lie_ahead_is_taken_up(tmp_path: Path, calm: Path) -> None:
    store = tmp_path / "store"
    batch(store, replications=1)
    for path in [store, *store.rglob("*")]:
        os.utime(path, (FAR_AHEAD, FAR_AHEAD))
    report = batch(store)
    assert len(report.found) == len(SCENARIOS)
    assert report.replaced == []
    assert tables(store) == tables(calm)


def test_a_clock_that_is_set_back_between_the_runs_changes_nothing(
    tmp_path: Path, calm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the day goes back by a year with every run; what measures time does not read it."""
    hours = iter(range(10_000))
    monkeypatch.setattr(time, "time", lambda: 1.5e9 - 3.2e7 * next(hours))
    told: list[Progress] = []
    store = tmp_path / "store"
    batch(store, progress=told.append)
    seconds = [event.seconds for event in told]
    assert seconds == sorted(seconds)
    assert all(event.seconds_left is None or event.seconds_left >= 0 for event in told)
    assert tables(store) == tables(calm)


def test_fifty_runs_in_one_process_fill_no_memory(tmp_path: Path) -> None:
    batch(tmp_path / "warm", replications=2)
    before = memory_mb()
    batch(tmp_path / "store", replications=25)
    assert memory_mb() - before < 60  # one run's tables are 90 MB


def memory_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6
