"""Measure batches and stores beside their aims: time, workers, overhead, shared pasts, memory, comparing.

    python benchmarks/scale.py [--full] [--part NAME] [--json]

Without ``--full`` every part is made smaller, to try it out; aims that are meant for the full size are then
not judged. Each part runs in a process of its own. A busy machine makes every number worse.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parts import Row
from run import BUSY, ROOT, conditions, note, prepare, shown

BASE, MEASURES = "no-measures", "executed-2017-2020"
BRANCHING = (
    "no-measures",
    "executed-2017-2020",
    "plan-2017",
    "demolition-only",
    "markets-only",
    "public-services-only",
    "housing-only",
    "street-campaign",
    "pull-only",
    "supply-and-legalise",
)
"""Ten scenarios that are the same up to the end of 2016."""
UNTIL = "2020Q4"
SAMPLE = 0.01
WORKERS = 2


def two_hundred(_sample: float, full: bool) -> list[Row]:
    """Time two scenarios with a hundred runs each on two workers, pasts shared, as `shujie run` does."""
    replications = 100 if full else 2
    with _folder() as folder:
        took = _batch(folder / "store", [BASE, MEASURES], replications, jobs=WORKERS)
        size = _bytes(folder / "store") / (2 * replications) / 1e6
    name = f"{2 * replications} runs at {SAMPLE:.0%} to {UNTIL}, {WORKERS} workers"
    return [
        Row(name, took / 60, "minutes", 8.0 if full else None),
        Row(f"{name}: a run", took / (2 * replications), "s"),
        Row("stored on disk a run", size, "MB"),
    ]


def two_workers(_sample: float, full: bool) -> list[Row]:
    """Compare two workers with one on the same runs, each started anew."""
    replications = 10 if full else 2
    took = {}
    for jobs in (1, WORKERS):
        with _folder() as folder:
            took[jobs] = _in_new_process(folder / "store", replications, jobs)
    aim = 1.8 if full else None
    return [
        Row(f"{2 * replications} runs, one worker", took[1], "s"),
        Row(f"{2 * replications} runs, {WORKERS} workers", took[WORKERS], "s"),
        Row("one worker over two", took[1] / took[WORKERS], "times", aim, at_least=True),
    ]


def overhead(_sample: float, full: bool) -> list[Row]:
    """Time what a batch adds to its models: planning, tables, writing, checksums, taking stock.

    Processor time, of one process with one thread, what it does once included.
    """
    from sim.scenarios import make_run

    inside = [0.0]
    begin_model, run_model = make_run.start, _model_class().run

    def start(*given: Any) -> Any:
        begin = time.process_time()
        model = begin_model(*given)
        inside[0] += time.process_time() - begin
        return model

    def run(model: Any, *given: Any, **named: Any) -> Any:
        begin = time.process_time()
        done = run_model(model, *given, **named)
        inside[0] += time.process_time() - begin
        return done

    with _folder() as folder:
        _batch(folder / "warm", [MEASURES], 1, jobs=1, until="2011Q2")
        make_run.start, _model_class().run = start, run  # type: ignore[method-assign]
        begin = time.process_time()
        _batch(folder / "store", [BASE, MEASURES], 10 if full else 1, jobs=1, share_pasts=False)
        rest = time.process_time() - begin - inside[0]
    return [
        Row("runs in one process: in the models", inside[0], "s"),
        Row("runs in one process: batch and store", rest, "s"),
        Row("batch and store over the models", 100 * rest / inside[0], "%", 5.0),
    ]


def shared_pasts(_sample: float, full: bool) -> list[Row]:
    """Time ten scenarios that differ from 2017 on beside ten whole runs."""
    sample = SAMPLE if full else 0.002
    took = {}
    with _folder() as folder:
        _batch(folder / "warm", [MEASURES], 1, jobs=1, until="2011Q2", sample=sample)
        for share in (True, False):
            store = folder / f"shared-{share}"
            took[share] = _batch(store, BRANCHING, 1, jobs=1, share_pasts=share, sample=sample)
    return [
        Row(f"ten scenarios at {sample:g}, each from the start", took[False], "s"),
        Row(f"ten scenarios at {sample:g}, past shared", took[True], "s"),
        Row("past shared over each from the start", took[True] / took[False], "times", 0.55),
    ]


def memory(_sample: float, full: bool) -> list[Row]:
    """Measure how the memory of one process grows over hundreds of small runs."""
    from sim import CityModel

    n, first, seen = (500 if full else 50), 20, []
    for number in range(1, n + 1):
        model = CityModel(MEASURES, sample=0.0005, rng=number, threads=1)
        model.run(until="2011Q1")
        model.indicators(), model.flows(), model.ledger(), model.fund()
        model.close()
        del model
        gc.collect()
        seen.append(_memory_mb())
    return [
        Row(f"memory after {first} runs in one process", seen[first - 1], "MB"),
        Row(f"memory after {n} runs in one process", seen[-1], "MB"),
        Row("growth a run between them", 1e3 * (seen[-1] - seen[first - 1]) / (n - first), "kB"),
        Row("memory at the end over that", seen[-1] / seen[first - 1], "times", 1.1 if full else None),
    ]


def stored(_sample: float, full: bool) -> list[Row]:
    """Time the commands that read a store, on 20 scenarios of 100 invented runs each."""
    from stored import make_template, write_store

    scenarios, replications = (20, 100) if full else (3, 10)
    rows = []
    with _folder() as folder:
        template = make_template(folder / "template", SAMPLE, UNTIL)
        begin = time.perf_counter()
        store = write_store(folder / "store", template, scenarios, replications, WORKERS)
        n = scenarios * replications
        rows.append(Row(f"{n} invented runs written", time.perf_counter() - begin, "s"))
        compared = ["compare", str(store), "--base", BASE]
        commands = {
            "compare, differences alone (--csv)": [*compared, "--csv"],
            "compare": [*compared, "--json"],
            "targets": ["targets", str(store), "--json"],
            "densities": ["densities", str(store), "--json"],
        }
        for name, command in commands.items():
            took, processor, peak = _command(command)
            judged = full and name.startswith("compare")
            rows.append(Row(f"{name} on {n} runs", took, "s", 10.0 if judged else None))
            rows.append(Row(f"{name}: processor time", processor, "s"))
            rows.append(Row(f"{name}: peak memory", peak, "GB", 1.0 if judged else None))
    return rows


PARTS = {
    "two_hundred": two_hundred,
    "two_workers": two_workers,
    "overhead": overhead,
    "shared_pasts": shared_pasts,
    "memory": memory,
    "stored": stored,
}


class _folder:  # noqa: N801 - reads as a function
    """Give a folder beside the checkout's stores and remove it afterwards."""

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(prefix="shujie-scale-"))
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _batch(
    store: Path,
    scenarios: Sequence[str],
    replications: int,
    *,
    jobs: int,
    until: str = UNTIL,
    sample: float = SAMPLE,
    share_pasts: bool = True,
) -> float:
    """Make a batch and return the seconds it took."""
    from sim import run_batch

    begin = time.perf_counter()
    run_batch(
        list(scenarios), sample=sample, replications=replications, until=until, store=store, jobs=jobs,
        threads=1, share_pasts=share_pasts, parameters="point",
    )  # fmt: skip
    return time.perf_counter() - begin


def _in_new_process(store: Path, replications: int, jobs: int) -> float:
    words = ["run", BASE, MEASURES, "--sample", str(SAMPLE), "--until", UNTIL, "--store", str(store)]
    words += ["--replications", str(replications), "--jobs", str(jobs), "--threads", "1"]
    return _command([*words, "--parameters", "point", "--progress", "none"])[0]


def _command(words: Sequence[str]) -> tuple[float, float, float]:
    """Run a command in a process of its own; return its seconds, its processor seconds and its peak in GB."""
    code = "import sys; from sim.cli import main; sys.exit(main(sys.argv[1:]))"
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"shujie {' '.join(words)} ended with {process.returncode}")
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9


def _model_class() -> Any:
    from sim.model import CityModel

    return CityModel


def _memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measured(part: str, full: bool) -> list[Row]:
    """Run one part in a new process and return what it measured."""
    command = [sys.executable, __file__, "--inside", part, *(["--full"] if full else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description="Measure batches and stores beside their aims.")
    parser.add_argument("--full", action="store_true", help="the sizes that the aims are meant for")
    parser.add_argument("--part", choices=PARTS, help="one part only")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--inside", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps([row.__dict__ for row in PARTS[given.inside](SAMPLE, given.full)]))
        return
    meta = conditions(SAMPLE, given.full)
    if meta["load"] > BUSY:
        note(f"The machine is busy (load {meta['load']:.1f}): these numbers will be worse than they are.")
    prepare(SAMPLE)
    rows = []
    for part in [given.part] if given.part else PARTS:
        note(f"measuring {part} ...")
        for row in measured(part, given.full):
            rows.append({"part": part, **row.as_dict()})
            if not given.json:
                print(shown(row), flush=True)
    print(json.dumps({"meta": meta, "rows": rows}, indent=1) if given.json else meta)


if __name__ == "__main__":
    main()
