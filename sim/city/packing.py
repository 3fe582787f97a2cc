"""Pack the columns: drop the rows of who died, left or closed, and keep every link right."""

from __future__ import annotations

import numpy as np

from sim.agents.columns import Columns
from sim.city.state import City
from sim.kernels import links as kernel
from sim.kernels.blocks import in_blocks, run_together

EMPTY_SHARE = 0.07  # pack once this share of the rows is empty
BY_ROW = ("claims", "boarders")
"""Lists that name households by row: who waits for a promised home, families of who boards on a campus."""


def pack(city: City) -> None:
    """Pack residents, households and businesses where enough rows are empty; results do not depend on it."""
    people, homes, firms = city.residents, city.households, city.businesses
    if _wants_packing(people, EMPTY_SHARE) or _wants_packing(homes, EMPTY_SHARE):
        new_resident = _drop_empty(people, people.household_id, 0, city.threads)
        new_home = _drop_empty(homes, homes.n_persons, 1, city.threads)
        run_together(
            city.threads,
            *in_blocks(kernel.remap_residents, people.n_rows, people.arrays(), new_resident, new_home),
            *in_blocks(kernel.remap_households, homes.n_rows, homes.arrays(), new_resident),
        )
        for name in BY_ROW:
            _keep_rows(city, name, new_home)
        for panel in city.scratch.get("panels", ()):
            panel.repack(new_home)
    if _wants_packing(firms, 2 * EMPTY_SHARE):
        firms.keep(np.flatnonzero(firms.alive()), city.threads)


def _wants_packing(columns: Columns, share: float) -> bool:
    """Say whether at least a share of the rows is empty."""
    return int(np.count_nonzero(columns.alive())) < (1 - share) * columns.n_rows


def _drop_empty(columns: Columns, marker: np.ndarray, least: int, threads: int) -> np.ndarray:
    """Keep the rows whose marker is at least `least`; return each row's new number, -1 where it goes."""
    new = np.empty(columns.n_rows, dtype=np.int32)
    kept = np.empty(columns.n_rows, dtype=np.int32)
    kept = kept[: kernel.list_kept(marker[: columns.n_rows], least, kept, new)]
    columns.keep(kept, threads)
    return new


def _keep_rows(city: City, name: str, new_home: np.ndarray) -> None:
    """Rewrite the households that a list names to their new rows; the gone drop out."""
    held = city.scratch.get(name)
    if held is not None:
        held.row = new_home[held.row].astype(np.int64)
        city.scratch[name] = held.part(held.row >= 0)
