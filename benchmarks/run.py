"""Measure speed and memory and print them; beside plain Mesa objects as a ratio taken in the same run.

``python benchmarks/run.py`` measures everything, ``--sample 0.1`` does so with a smaller city, and
``--part reduced`` measures one part. Each part runs in a process of its own, so its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
DECADE = 40
PLAIN_SAMPLE = 0.01
MINUTES_WEIGHT, DISTANCE_WEIGHT = -0.05, -0.08


def peak_gb() -> float:
    """Return the peak memory of this process in gigabytes (Linux counts it in kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def start(_sample: float) -> dict[str, Any]:
    """Time what a user waits for before anything is computed."""
    took = {}
    for name, command in (
        ("import sim", [sys.executable, "-c", "import sim"]),
        ("shujie --help", [str(Path(sys.executable).with_name("shujie")), "--help"]),
    ):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took[f"{name}, s"] = time.perf_counter() - begin
    return took


def small(_sample: float) -> dict[str, Any]:
    """Time one 1 % run to 2020Q4 on one thread, the base-year city being in the cache."""
    begin = time.perf_counter()
    from sim import CityModel

    model = CityModel("executed-2017-2020", sample=0.01, rng=1, threads=1)
    opened = time.perf_counter()
    model.run(until="2020Q4")
    return {
        "1 % run: import and open, s": opened - begin,
        "1 % run: to 2020Q4, s": time.perf_counter() - opened,
        "1 % run: peak memory, GB": peak_gb(),
    }


def cold(sample: float) -> dict[str, Any]:
    """Time the same run with nothing compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        took = own_process("small", sample, NUMBA_CACHE_DIR=folder)
    return {"1 % run: to 2020Q4 with all kernels compiled anew, s": took["1 % run: to 2020Q4, s"]}


def full(sample: float) -> dict[str, Any]:
    """Time ten years of the whole city on all processors."""
    from sim import CityModel

    begin = time.perf_counter()
    model = CityModel("executed-2017-2020", sample=sample, rng=1)
    opened = time.perf_counter() - begin
    quarters = []
    for _ in range(DECADE):
        begin = time.perf_counter()
        model.step()
        quarters.append(time.perf_counter() - begin)
    return {
        f"sample {sample:g}: open, s": opened,
        f"sample {sample:g}: a quarter, median, s": float(np.median(quarters)),
        f"sample {sample:g}: a quarter, longest, s": max(quarters),
        f"sample {sample:g}: 2011Q1 to 2020Q4, s": sum(quarters),
        f"sample {sample:g}: peak memory, GB": peak_gb(),
    }


def reduced(sample: float) -> dict[str, Any]:
    """Compare demography and relocation alone with the same in plain objects.

    Ours does more than the objects: unions, separations, schooling, dwelling classes, queues, departures.
    """
    from plain_mesa import speed

    objects, n_objects = _objects()
    plain = speed(*objects)
    ours, n_people = _columns(sample)
    return {
        f"plain Mesa objects ({n_objects:,} people), resident-quarters a second": plain,
        f"columns ({n_people:,} people), resident-quarters a second": ours,
        "columns over objects": ours / plain,
    }


def _reduced_quarter(model: Any) -> float:
    """Run demography and relocation once and return the seconds; the books are closed outside the clock."""
    from sim.city.packing import pack
    from sim.processes import demography, relocation

    city = model.city
    pack(city)
    city.begin_quarter(city.quarter + 1)
    begin = time.perf_counter()
    demography.run(city)
    relocation.run(city)
    return time.perf_counter() - begin


def _columns(sample: float, n_quarters: int = 4) -> tuple[float, int]:
    from sim import CityModel

    model = CityModel("no-measures", sample=sample, rng=1)
    n_people = len(model.residents)
    model.step()
    _reduced_quarter(model)
    took = sum(_reduced_quarter(model) for _ in range(n_quarters))
    return n_people * n_quarters / took, n_people


def _objects() -> tuple[tuple[dict[str, np.ndarray], float], int]:
    """Return the first state of the objects: the 1 % city with its own rates, and how many people that is."""
    from sim import CityModel
    from sim.processes import vital_rates

    model = CityModel("no-measures", sample=PLAIN_SAMPLE, rng=1)
    model.step()
    city = model.city
    people, homes = model.residents, model.households
    rates = vital_rates.rates_of(city, city.scratch["vital_base"], school_term=False)
    rows = people.select().rows
    home_rows, home = np.unique(people.household_id[rows], return_inverse=True)
    work_zone = np.zeros(len(home_rows), dtype=np.int64)
    np.maximum.at(work_zone, home, people.work_zone[rows])
    zones = homes.zone[home_rows].astype(np.int64)
    moved = len(homes.select(lambda h: h.moved_quarter[: h.n_rows] == city.quarter))
    first = {
        "death": rates.death,
        "birth": rates.birth * vital_rates.married_share(city),
        "decay": MINUTES_WEIGHT * np.asarray(city.minutes, dtype=float),
        "closeness": DISTANCE_WEIGHT * np.asarray(city.distance_km, dtype=float),
        "vacant": city.dwellings.vacancy().sum(axis=1),
        "zone": zones,
        "work_zone": np.where(work_zone < len(city.minutes), work_zone, zones),
        "birth_quarter": people.birth_quarter[rows],
        "sex": people.sex[rows],
        "home": home,
    }
    model.close()
    return (first, moved / len(home_rows)), len(rows)


PARTS: dict[str, Callable[[float], dict[str, Any]]] = {
    "start": start,
    "small": small,
    "cold": cold,
    "reduced": reduced,
    "full": full,
}


def own_process(part: str, sample: float, **environment: str) -> dict[str, Any]:
    """Run one part in a new process and return what it measured."""
    command = [sys.executable, str(Path(__file__)), "--part", part, "--sample", str(sample), "--json"]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=HERE.parent,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure the parts that were asked for and print a line for each number."""
    parser = argparse.ArgumentParser(description="Measure speed and memory.")
    parser.add_argument("--part", choices=PARTS, help="one part only")
    parser.add_argument("--sample", type=float, default=1.0, help="share of households in the large runs")
    parser.add_argument("--json", action="store_true", help="one JSON line")
    given = parser.parse_args()
    if given.json:
        print(json.dumps(PARTS[given.part](given.sample)))
        return
    for part in [given.part] if given.part else PARTS:
        for name, value in own_process(part, given.sample).items():
            print(f"{name:<75} {value:>14,.2f}", flush=True)


if __name__ == "__main__":
    main()
