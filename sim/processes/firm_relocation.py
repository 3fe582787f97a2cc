"""Let firms relocate of their own accord: from dear places to cheaper ones, and some out of Beijing.

A firm thinks of moving at a constant hazard by sector and goes the more readily the dearer its zone; no
rents of business premises are published by zone, so the rent of formal homes stands for the price of the
place (land rent follows one gradient: Alonso 1964). Where it goes, it follows jobs of its sector and
customers, and cheapness. Its staff are not carried along: posts are lost here and offered there.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import N_DISTRICTS, DwellingClass, Sector
from sim.kernels import firm_relocation as kernel

HEAVY = (Sector.MANUFACTURING, Sector.TRANSPORT)
"""Sectors that need space and go over the city line for it."""


def thinking_prob(city: City) -> np.ndarray:
    """Return the quarterly chance to think of moving by sector, (20,).

    Twice the rate of moving: at the city's mean rent half of those who think of it go.
    """
    rate = np.full(len(Sector), city.parameter("firm_move_rate"))
    rate[list(HEAVY)] = city.parameter("firm_move_rate_heavy")
    return 2.0 * rate / 4.0


def dearness(city: City) -> np.ndarray:
    """Return each zone's rent over the mean of where ordinary jobs are, (343,)."""
    rent = city.dwellings.rent_cny_m2_month[:, DwellingClass.MARKET_RENTAL]
    jobs = city.jobs.stock.sum(axis=1)
    mean = float((rent * jobs).sum()) / max(float(jobs.sum()), 1.0)
    return np.asarray(rent / max(mean, 1e-9))


def run(city: City, rows: np.ndarray, near: np.ndarray) -> None:
    """Move the firms in `rows`, which thought of it; `near` (20, 343) is the pull of zones without rent.

    Jobs that leave are asked for again: a sector's path of jobs holds them, unlike what orders took away.
    """
    moved, left = np.zeros(city.zones.district.size), np.zeros(city.zones.district.size)
    city.scratch["firms_relocated"], city.scratch["firms_left"] = moved, left
    if not len(rows):
        return
    dear = dearness(city)
    leave = np.full(len(Sector), city.parameter("firm_leave_share"))
    leave[list(HEAVY)] = city.parameter("firm_leave_share_heavy")
    pull = np.cumsum(near * np.exp(-city.parameter("firm_rent_weight") * (dear - 1.0)), axis=1)
    kernel.relocate(
        rows,
        city.businesses.arrays(),
        thinking_prob(city),
        np.clip(0.5 * dear, 0.0, 1.0),
        leave,
        city.parameter("firm_move_near_share"),
        city.zones.district.astype(np.int64),
        np.searchsorted(city.zones.district, np.arange(N_DISTRICTS + 1)),
        pull,
        city.jobs.stock,
        city.scratch["jobs_scale"],
        city.land.premises_used,
        city.scratch["business_books"],
        city.random.seed,
        city.quarter,
        moved,
        left,
    )
