"""Measure speed and memory and print them beside their aims; beside plain Mesa objects as a ratio in one run.

    python benchmarks/run.py [--full] [--sample 1] [--part NAME] [--json]

``--full`` runs ten years of the whole city instead of a few quarters, and compiles everything anew once.
``--sample 0.05`` takes a smaller city, for trying this out: aims that are meant for the whole city are then
not judged. Each part runs in a process of its own, so its peak memory is its own. Nothing here is a test: a
busy machine makes every number worse, so it should run alone; the load at the start is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from parts import ONLY_IN_FULL, PARTS, Row

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUSY = 0.5
"""Load over the last minute above which others' work would be measured too."""


def in_own_process(part: str, sample: float, full: bool, **environment: str) -> list[Row]:
    """Run one part in a new process and return what it measured."""
    command = [sys.executable, str(HERE / "run.py"), "--inside", part, "--sample", str(sample)]
    done = subprocess.run(
        [*command, "--full"] if full else command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
    )
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def prepare(sample: float) -> None:
    """Build the cities and compile the kernels that are measured warm, before any clock runs."""
    code = (
        "from sim import CityModel; from sim.synthesis.base import open_base; "
        f"open_base({sample!r}); CityModel('executed-2017-2020', sample=0.01).run('2020Q4')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def conditions(sample: float, full: bool) -> dict[str, Any]:
    """Return what the numbers depend on."""
    from importlib.metadata import version

    return {
        "sample": sample,
        "full": full,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in ("mesa", "numba", "numpy")},
    }


def shown(row: Row) -> str:
    """Return a row as a line of the table."""
    value = f"{row.value:,.0f}" if row.value >= 1000 else f"{row.value:,.2f}"
    aim = "" if row.aim is None else f"{'at least' if row.at_least else 'at most'} {row.aim:g}"
    verdict = {None: "", True: "met", False: "NOT met"}[row.met]
    return f"{row.name:<52} {value:>12} {row.unit:<20} {aim:<14} {verdict}".rstrip()


def note(text: str) -> None:
    """Say what goes on, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def measure(parts: list[str], sample: float, full: bool, *, quiet: bool) -> list[dict[str, Any]]:
    """Measure the parts in turn, printing each when it is there."""
    rows = []
    for part in parts:
        note(f"measuring {part} ...")
        for row in in_own_process(part, sample, full):
            rows.append({"part": part, **row.as_dict()})
            if not quiet:
                print(shown(row), flush=True)
    return rows


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description="Measure speed and memory beside their aims.")
    parser.add_argument("--full", action="store_true", help="ten years of the whole city; compile anew once")
    parser.add_argument("--part", choices=PARTS, help="one part only")
    parser.add_argument("--sample", type=float, default=1.0, help="share of households in the large runs")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--inside", choices=PARTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps([row.__dict__ for row in PARTS[given.inside](given.sample, given.full)]))
        return
    meta = conditions(given.sample, given.full)
    if meta["load"] > BUSY:
        note(f"The machine is busy (load {meta['load']:.1f}): these numbers will be worse than they are.")
    if given.part != "start":
        note("building the city and compiling where that is not done yet ...")
        prepare(given.sample)
    parts = [given.part] if given.part else [name for name in PARTS if given.full or name not in ONLY_IN_FULL]
    rows = measure(parts, given.sample, given.full, quiet=given.json)
    if given.json:
        print(json.dumps({"meta": meta, "rows": rows}, indent=1))
    else:
        print(", ".join(f"{name} {value}" for name, value in meta.items()))


if __name__ == "__main__":
    main()
