"""Open businesses where the rules of entry allow it."""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.city.trade import SIZES
from sim.codes import N_ZONES, Sector
from sim.kernels import business as kernel
from sim.kernels.blocks import run_blocks
from sim.processes import firm_relocation

N_SECTORS = len(Sector)
ENTRANTS_A_BLOCK = 1 << 13


def exit_prob(city: City) -> np.ndarray:
    """Return the quarterly chance to close of small, medium and large businesses, (3,)."""
    return np.array(
        [city.parameter(f"business_exit_rate_{size}") / 4.0 for size in ("small", "medium", "large")]
    )


def allowed_entrants(city: City) -> np.ndarray:
    """Return the share of entrants that rules let in by sector and zone, (20, 343); 1 without rules."""
    out = np.ones((N_SECTORS, N_ZONES))
    for name in city.scratch.get("rules", {}):
        if name.startswith("entry."):
            out[Sector[name.removeprefix("entry.").upper()]] = city.rule(name, 1.0)
    return out


def enter(
    city: City,
    sector_of: np.ndarray,
    zone_of: np.ndarray,
    kind_of: np.ndarray,
    place: np.ndarray,
    near: np.ndarray | None,
) -> np.ndarray:
    """Open a business a row, where the rules of entry allow it; return its row."""
    firms = city.businesses
    allowed = allowed_entrants(city) if near is not None else np.ones((N_SECTORS, N_ZONES))
    ruled = near is not None and bool((allowed < 1.0).any())
    refused = np.zeros(N_ZONES)
    n = len(sector_of)
    first = firms.reserve(n)
    keys, draws, logs = np.empty(n, dtype=np.uint64), np.empty((4, n)), np.empty((2, n))
    cause = kernel.ENTRY_CAUSE if near is not None else kernel.REOPENED_CAUSE
    whose = (sector_of, cause, city.random.seed, city.quarter)
    run_blocks(kernel.draw_entrants, n, city.threads, *whose, keys, draws, logs, rows=ENTRANTS_A_BLOCK)
    stay_open, stay_there = np.empty(len(SIZES)), np.empty(N_SECTORS)
    kernel.logs_of_staying(exit_prob(city), stay_open)
    kernel.logs_of_staying(firm_relocation.thinking_prob(city), stay_there)
    kernel.open_businesses(
        first,
        sector_of,
        zone_of,
        kind_of,
        place,
        allowed,
        np.cumsum(near * allowed, axis=1) if ruled and near is not None else place,
        city.parameter("entry_elsewhere_share") if ruled else 0.0,
        refused,
        city.scratch["entrant_sizes"],
        city.scratch["informal_share"],
        firms.arrays(),
        city.jobs.stock,
        city.scratch["jobs_scale"],
        city.land.premises,
        city.land.premises_used,
        keys,
        draws,
        logs,
        stay_open,
        stay_there,
        city.random.seed,
        city.quarter,
        city.scratch["business_books"],
    )
    if near is not None:
        city.scratch["entries_refused"] = refused
    return np.arange(first, first + len(sector_of))
