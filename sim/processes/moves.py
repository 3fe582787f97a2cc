"""Carry moves out and write them down: into a home, in with others, or over the city line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.agents.households import HIT_BEFORE
from sim.agents.residents import NO_QUARTER
from sim.city.state import City
from sim.city.wages import pensions, wage_levels
from sim.codes import FORCED_CAUSES, N_ZONES, MoveCause
from sim.kernels import choice as kernel
from sim.kernels.blocks import run_blocks, run_together
from sim.processes import residential_choice as taste

# columns of what `describe` says of a household
INCOME, WORKERS, CHILDREN, ADULTS, OLD, HUKOU, COMMUTE, WORK, AGE, EDUCATION, PERSONS, ARRIVED = range(12)
N_TRAITS = 12
TO_HEBEI_TIANJIN, TO_REST_OF_CHINA = -2, -4
DISPLACED_CAUSES = [int(cause) for cause in (*FORCED_CAUSES, MoveCause.JOB_LOSS_ORDER)]


@dataclass
class Movers:
    """Hold the households that move or try to this quarter, one row each, with what they were before."""

    rows: np.ndarray
    cause: np.ndarray
    forced: np.ndarray
    leaving: np.ndarray
    origin: np.ndarray
    was: np.ndarray
    tenure: np.ndarray
    rent_before: np.ndarray
    looking: np.ndarray

    def part(self, mask: np.ndarray, threads: int = 1) -> Movers:
        """Return the movers a mask selects, or rows in the order they are given; columns side by side."""
        rows = np.flatnonzero(mask) if mask.dtype == np.bool_ else mask
        whole = {name: getattr(self, name) for name in self.__dataclass_fields__}
        some = {name: np.empty((*of.shape[1:], len(rows)), dtype=of.dtype).T for name, of in whole.items()}
        columns = [(whole[name], some[name]) for name in whole if name != "was"]
        columns += zip(self.was.T, some["was"].T, strict=True)
        run_together(threads, *((_take, (of, rows, out)) for of, out in columns))
        return Movers(**some)


def _take(values: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
    """Copy some values; only this mode fills `out` without a copy between."""
    np.take(values, rows, out=out, mode="clip")


def describe(city: City, rows: np.ndarray) -> np.ndarray:
    """Return what households are, f8 (n, 12), each column in one piece (see the kernel for the columns)."""
    out = np.empty((N_TRAITS, len(rows)))
    run_blocks(
        kernel.describe,
        len(rows),
        city.threads,
        rows,
        city.residents.arrays(),
        city.households.arrays(),
        wage_levels(city),
        pensions(city),
        city.minutes,
        city.quarter,
        out,
    )
    return out.T


def settle(city: City, movers: Movers, zone: np.ndarray, kind: np.ndarray) -> None:
    """Move the housed in and write their moves; newcomers of this quarter arrive where they find a home."""
    dwellings = city.dwellings
    fresh = (movers.cause == MoveCause.ARRIVAL) & (city.households.moved_quarter[movers.rows] == city.quarter)
    kernel.move_in(
        movers.rows,
        zone,
        kind,
        taste.TENURE_OF_CLASS,
        city.households.arrays(),
        dwellings.occupied,
        dwellings.rent_cny_m2_month,
        dwellings.floor_area_m2,
        taste.PAYS_RENT,
        city.quarter,
    )
    first_time = count_displaced(city, movers)
    persons = movers.was[:, PERSONS]
    np.add.at(city.counters["moved_in"], zone[~fresh], persons[~fresh])
    np.add.at(city.counters["moved_out"], movers.origin[~fresh], persons[~fresh])
    np.add.at(city.counters["in_migrants"], zone[fresh], persons[fresh])
    np.subtract.at(city.counters["in_migrants"], movers.origin[fresh], persons[fresh])
    rents = city.households.rent_cny_month[movers.rows].astype(float)
    write(city, movers, zone, rents, _commutes(city, movers.rows), first_time)


def _commutes(city: City, rows: np.ndarray) -> np.ndarray:
    """Return the summed commutes of households as they live now, minutes, f8 (n,)."""
    out = np.empty(len(rows))
    columns = (city.residents.arrays(), city.households.arrays())
    run_blocks(kernel.commutes, len(rows), city.threads, rows, *columns, city.minutes, out)
    return out


def leave(city: City, movers: Movers, keeps_job: np.ndarray) -> None:
    """Take households over the city line and write their moves."""
    if not len(movers.rows):
        return
    counts = np.zeros((N_ZONES, 3))
    kernel.leave_city(
        movers.rows,
        keeps_job,
        city.residents.arrays(),
        city.households.arrays(),
        city.dwellings.occupied,
        city.jobs.filled,
        city.jobs.organisation_filled,
        city.jobs.outside,
        counts,
    )
    city.counters["out_migrants"] += counts[:, 0]
    by_order = np.isin(movers.cause, DISPLACED_CAUSES)
    np.add.at(
        city.counters["left_city"],
        movers.origin,
        np.where(by_order & ~keeps_job, movers.was[:, PERSONS], 0.0),
    )
    first_time = count_displaced(city, movers)
    to = np.where(keeps_job, TO_HEBEI_TIANJIN, TO_REST_OF_CHINA)
    unknown = np.full(len(movers.rows), np.nan)
    write(city, movers, to, unknown, unknown, first_time)


def double_up(city: City, movers: Movers) -> None:
    """Write the moves of those an order put out and who found no home yet: they share in their zone."""
    if len(movers.rows):
        first_time = count_displaced(city, movers)
        unknown = np.full(len(movers.rows), np.nan)
        write(city, movers, movers.origin, unknown, unknown, first_time)


def count_displaced(city: City, movers: Movers) -> np.ndarray:
    """Count persons displaced from home and by work at the zone they leave; say whom no order had hit before.

    Each move counts once. Who moves after a job was lost to an order was counted as hit when it was lost.
    """
    persons = movers.was[:, PERSONS]
    np.add.at(city.counters["displaced_home"], movers.origin, np.where(movers.forced, persons, 0.0))
    by_work = (movers.cause == MoveCause.JOB_LOSS_ORDER) & ~movers.forced
    np.add.at(city.counters["displaced_work"], movers.origin, np.where(by_work, persons, 0.0))
    marks = city.households.order_loss_quarter
    again = movers.forced & (marks[movers.rows] != NO_QUARTER)
    if movers.forced.any() and "hit_home" in city.scratch:
        out = movers.forced
        where = (movers.cause[out], city.zones.district[movers.origin[out]], again[out].astype(np.int64))
        np.add.at(city.scratch["hit_home"], where, persons[out])
    marks[movers.rows[movers.forced | by_work]] = HIT_BEFORE
    first_time: np.ndarray = ~again
    return first_time


def write(
    city: City,
    movers: Movers,
    to: np.ndarray,
    rent_after: np.ndarray,
    commute_after: np.ndarray,
    first_time: np.ndarray,
) -> None:
    """Add the moves to the quarter's list; each forced household is `forced` once, when it lost its home."""
    city.moves.append(
        {
            "row": movers.rows,
            "cause": movers.cause,
            "forced": movers.forced,
            "origin": np.where(movers.cause == MoveCause.ARRIVAL, TO_REST_OF_CHINA, movers.origin),
            "destination": to,
            "was": movers.was,
            "tenure": movers.tenure,
            "rent_before": movers.rent_before,
            "rent_after": rent_after,
            "commute_after": commute_after,
            "first_time": first_time,
        }
    )
