"""Measure one thing at a time; every function runs in a process of its own and returns rows of the table."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

DECADE = 40
SHORT = 6
PLAIN_SAMPLE = 0.01
SMALL_SAMPLE = 0.01
MINUTES_WEIGHT, DISTANCE_WEIGHT = -0.05, -0.08
SCENARIO = "executed-2017-2020"


@dataclass(frozen=True)
class Row:
    """Hold one number of the table; `aim` is the most it should be, or the least where `at_least`."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Say whether the aim is met; None without one."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    def as_dict(self) -> dict[str, Any]:
        """Return the row with its verdict, as JSON shows it."""
        return {**asdict(self), "met": self.met}


def peak_gb() -> float:
    """Return the peak memory of this process in gigabytes (Linux counts it in units of 1024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def aim_at_full(aim: float, sample: float) -> float | None:
    """Return an aim that is meant for the whole city; a smaller one is not judged by it."""
    return aim if sample == 1.0 else None


def start(_sample: float, _full: bool) -> list[Row]:
    """Time what a user waits for before anything is computed: the best of three."""
    rows = []
    for name, command in (
        ("import sim", [sys.executable, "-c", "import sim"]),
        ("shujie --help", [sys.executable, "-m", "sim.cli", "--help"]),
    ):
        took = []
        for _ in range(3):
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            took.append(time.perf_counter() - begin)
        rows.append(Row(name, min(took), "s", aim=1.0))
    return rows


def small(_sample: float, _full: bool) -> list[Row]:
    """Time one 1 % run to 2020Q4 on all processors, what it compiles and opens being cached."""
    return _small_run(os.cpu_count() or 1, "")


def small_one_thread(_sample: float, _full: bool) -> list[Row]:
    """Time the same on one thread, as each run of a batch has it."""
    return [row for row in _small_run(1, ", one thread") if row.unit == "s"][-1:]


def _small_run(threads: int, note: str) -> list[Row]:
    begin = time.perf_counter()
    from sim import CityModel

    # the public name is loaded when it is first used; this is the whole cost of importing
    model_class = CityModel
    imported = time.perf_counter()
    model = model_class(SCENARIO, sample=SMALL_SAMPLE, rng=1, threads=threads)
    opened = time.perf_counter()
    model.run(until="2020Q4")
    done = time.perf_counter()
    return [
        Row(f"1 % run{note}: import", imported - begin, "s"),
        Row(f"1 % run{note}: open", opened - imported, "s"),
        Row(f"1 % run{note}: 2011Q1 to 2020Q4", done - opened, "s"),
        Row(f"1 % run{note}: peak memory", peak_gb(), "GB"),
        Row(f"1 % run{note}: in all", done - begin, "s", aim=5.0 if threads > 1 else None),
    ]


def compiling(sample: float, full: bool) -> list[Row]:
    """Time the same run with nothing compiled before, less the warm run: what compiling costs once."""
    from run import in_own_process

    warm = in_own_process("small", sample, full)[-1].value
    with tempfile.TemporaryDirectory() as folder:
        cold = in_own_process("small", sample, full, NUMBA_CACHE_DIR=folder)[-1].value
    return [Row("compiling at the very first run", cold - warm, "s", aim=90.0)]


def whole_city(sample: float, full: bool) -> list[Row]:
    """Time quarters of the whole city on all processors: a few, or ten years with their measures."""
    from sim import CityModel

    begin = time.perf_counter()
    model = CityModel(SCENARIO, sample=sample, rng=1)
    opened = time.perf_counter() - begin
    quarters = []
    processors = time.process_time()
    for _ in range(DECADE if full else SHORT):
        begin = time.perf_counter()
        model.step()
        quarters.append(time.perf_counter() - begin)
    busy = (time.process_time() - processors) / sum(quarters)
    what = f"city at {sample:g}"
    rows = [
        Row(f"{what}: open", opened, "s"),
        Row(
            f"{what}: a quarter, mean of {len(quarters)}",
            float(np.mean(quarters)),
            "s",
            aim_at_full(2.5, sample),
        ),
        Row(f"{what}: longest quarter", max(quarters), "s"),
        Row(f"{what}: processors kept busy", busy, f"of {os.cpu_count()}"),
        Row(f"{what}: peak memory to {model.quarter}", peak_gb(), "GB", aim_at_full(3.0, sample)),
    ]
    if full:
        rows.insert(1, Row(f"{what}: 2011Q1 to 2020Q4", sum(quarters), "s", aim_at_full(120.0, sample)))
    return rows


def beside_mesa(sample: float, _full: bool) -> list[Row]:
    """Compare births, deaths and relocation alone with the same in plain Mesa objects, one after the other.

    The columns do more than the objects: schooling, unions and separations, thirteen classes of dwelling,
    orders, departures and several rounds of choice are in their time and not in that of the objects.
    """
    from plain_mesa import speed

    objects, n_objects = _objects()
    plain = speed(*objects)
    ours, n_people = _columns(sample)
    unit = "resident-quarters/s"
    return [
        Row(f"plain Mesa objects, {n_objects:,} people", plain, unit),
        Row(f"columns, {n_people:,} people", ours, unit),
        Row("columns over objects", ours / plain, "times", aim_at_full(15.0, sample), at_least=True),
    ]


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
        "birth": vital_rates.births_of_women(city, rates.birth),
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


PARTS: dict[str, Callable[[float, bool], list[Row]]] = {
    "start": start,
    "small": small,
    "small_one_thread": small_one_thread,
    "beside_mesa": beside_mesa,
    "whole_city": whole_city,
    "compiling": compiling,
}
ONLY_IN_FULL = ("compiling",)
