"""Pack the columns: drop the rows of who died, left or closed, and keep every link right."""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.kernels.links import remap

EMPTY_SHARE = 0.07  # pack once this share of the rows is empty


def pack(city: City) -> None:
    """Pack residents, households and businesses where enough rows are empty; results do not depend on it."""
    people, homes = city.residents, city.households
    alive = int(np.count_nonzero(people.household_id[: people.n_rows] >= 0))
    alive_homes = int(np.count_nonzero(homes.n_persons[: homes.n_rows] > 0))
    if alive < (1 - EMPTY_SHARE) * people.n_rows or alive_homes < (1 - EMPTY_SHARE) * homes.n_rows:
        kept = np.flatnonzero(people.household_id[: people.n_rows] >= 0)
        kept_homes = np.flatnonzero(homes.n_persons[: homes.n_rows] > 0)
        new_resident = _new_rows(kept, people.n_rows)
        new_home = _new_rows(kept_homes, homes.n_rows)
        people.keep(kept)
        homes.keep(kept_homes)
        remap(people.arrays(), homes.arrays(), len(kept), new_resident, len(kept_homes), new_home)
        _keep_claims(city, new_home)
    firms = city.businesses
    if np.count_nonzero(firms.n_jobs[: firms.n_rows] > 0) < (1 - 2 * EMPTY_SHARE) * firms.n_rows:
        firms.keep(np.flatnonzero(firms.n_jobs[: firms.n_rows] > 0))


def _new_rows(kept: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the new row of each old one, -1 where it goes."""
    out = np.full(n_rows, -1, dtype=np.int32)
    out[kept] = np.arange(len(kept), dtype=np.int32)
    return out


def _keep_claims(city: City, new_home: np.ndarray) -> None:
    """Let those who wait for a promised home keep their claim in the new row; the gone have none."""
    claims = city.scratch.get("claims")
    if claims is not None:
        claims.row = new_home[claims.row].astype(np.int64)
        city.scratch["claims"] = claims.part(claims.row >= 0)
