"""Pack the columns: drop the rows of who died, left or closed, and keep every link right."""

from __future__ import annotations

import numpy as np

from sim.agents.columns import Columns
from sim.city.state import City
from sim.kernels import links as kernel
from sim.kernels.blocks import in_blocks, run_together

EMPTY_SHARE = 0.07  # pack once this share of the rows is empty


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
        _keep_claims(city, new_home)
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


def _keep_claims(city: City, new_home: np.ndarray) -> None:
    """Let those who wait for a promised home keep their claim in the new row; the gone have none."""
    claims = city.scratch.get("claims")
    if claims is not None:
        claims.row = new_home[claims.row].astype(np.int64)
        city.scratch["claims"] = claims.part(claims.row >= 0)
