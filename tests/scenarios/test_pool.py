"""A pool goes on when its workers are killed, and knows which task killed them."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sim.scenarios.pool import TRIES, WorkerPool
from tests.fixtures.tasks import SECONDS_TO_TIDY_UP, visit

ROOT = Path(__file__).resolve().parents[2]


def outcomes(folder: Path, *tasks: str, jobs: int = 2) -> dict[str, object]:
    pool = WorkerPool(visit, jobs, 1)
    return {outcome.task[1]: outcome for outcome in pool.run([(str(folder), task) for task in tasks])}


def visits(folder: Path, task: str) -> int:
    return len(list(folder.glob(f"{task}-*")))


def test_every_task_ends_once_with_its_result(tmp_path: Path) -> None:
    names = [f"ok:{i}" for i in range(5)]
    found = outcomes(tmp_path, *names)
    assert {name: found[name].result for name in names} == {name: name for name in names}
    assert all(visits(tmp_path, name) == 1 for name in names)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"1"}  # threads are set before the task runs


def test_a_worker_that_is_done_does_not_tidy_up(tmp_path: Path) -> None:
    begin = time.monotonic()
    found = outcomes(tmp_path, "hold:1", jobs=1)
    assert found["hold:1"].result == "hold:1"
    assert time.monotonic() - begin < SECONDS_TO_TIDY_UP


def test_an_error_is_an_outcome_and_stops_nothing(tmp_path: Path) -> None:
    found = outcomes(tmp_path, "ok:1", "raise:1", "ok:2")
    assert found["raise:1"].failure == "ValueError: raise:1"
    assert found["raise:1"].killed is False
    assert found["ok:1"].failure is None
    assert found["ok:2"].failure is None


def test_a_worker_killed_once_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    found = outcomes(tmp_path, "ok:1", "kill-once:1", "ok:2", "ok:3")
    assert {name: outcome.failure for name, outcome in found.items()} == dict.fromkeys(found)
    assert len(found) == 4
    assert visits(tmp_path, "kill-once:1") == 2


def test_a_task_that_always_kills_is_given_up_alone(tmp_path: Path) -> None:
    names = ["slow:1", "kill:1", "slow:2", "slow:3"]
    found = outcomes(tmp_path, *names)
    assert set(found) == set(names)
    assert found["kill:1"].killed
    assert f"killed {TRIES} times" in found["kill:1"].failure
    assert visits(tmp_path, "kill:1") == TRIES
    for name in names:
        if name != "kill:1":
            assert found[name].result == name


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from sim.scenarios.pool import WorkerPool
        from tests.fixtures.tasks import SECONDS_TO_TIDY_UP, visit

        if __name__ == "__main__":
            pool = WorkerPool(visit, 1, 1)
            for outcome in pool.run([({str(tmp_path)!r}, "ok:1"), ({str(tmp_path)!r}, "ok:2")]):
                print("ready", flush=True)
                time.sleep(60)
        """
    )
    path = tmp_path / "parent.py"
    path.write_text(script, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == "ready"
    children = children_of(parent.pid)
    assert children
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(alive(pid) for pid in children):
        time.sleep(0.05)
    left = [pid for pid in children if alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def children_of(pid: int) -> list[int]:
    task = Path(f"/proc/{pid}/task")
    if not task.exists():
        pytest.skip("no /proc here")
    return [int(child) for thread in task.iterdir() for child in (thread / "children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
