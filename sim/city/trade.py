"""Say which businesses an order means and what becomes of them, and how businesses are counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.codes import N_ZONES, Premises, Sector

N_SECTORS = len(Sector)
N_PREMISES = len(Premises)
LICENCES = (0, 1)
SIZES = (0, 1, 2)
"""Below 5 jobs, below 50, and more: the classes by which businesses close of themselves."""
SMALL, MEDIUM, LARGE = SIZES
SHAPE = (N_SECTORS, N_PREMISES, len(LICENCES), len(SIZES))
N_CELLS = int(np.prod(SHAPE))
OUTSIDE_MARKETS = tuple(kind for kind in Premises if kind != Premises.STALL)


def no_businesses() -> np.ndarray:
    """Return an empty count of businesses and their own jobs by zone and cell, f8 (2, 343, 600)."""
    return np.zeros((2, N_ZONES, N_CELLS))


@dataclass(frozen=True)
class Selection:
    """Select businesses by sector, premises, licence and size; stalls of markets are never meant.

    Attributes
    ----------
    name
        A word for the ledger.
    """

    name: str
    sectors: tuple[int, ...] = tuple(Sector)
    premises: tuple[int, ...] = OUTSIDE_MARKETS
    licences: tuple[int, ...] = LICENCES
    sizes: tuple[int, ...] = SIZES

    @cached_property
    def cells(self) -> np.ndarray:
        """Return 1 for each cell that is meant and 0 for the others, f8 (600,)."""
        mask = np.zeros(SHAPE)
        mask[np.ix_(self.sectors, self.premises, self.licences, self.sizes)] = 1.0
        return mask.ravel()

    def count(self, businesses: np.ndarray) -> np.ndarray:
        """Return how many there are by zone and their own jobs, f8 (2, 343)."""
        return np.asarray(businesses @ self.cells)


@dataclass(frozen=True)
class Fate:
    """Hold the shares of what becomes of businesses under an order; the rest is gone from Beijing's economy.

    They take formal premises in the district, formal premises anywhere in Beijing, go on in informal
    premises elsewhere, or stay where they are with a licence. Jobs of the rest are not asked for again.

    Attributes
    ----------
    outside
        Share that goes on in the ring around Beijing; it is among those gone.
    returns
        Whether what is gone may come back as street trade.
    """

    near: float = 0.0
    anywhere: float = 0.0
    informal: float = 0.0
    licensed: float = 0.0
    outside: float = 0.0
    returns: bool = False

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Return the four shares, scaled down where they add up to more than 1."""
        total = max(self.near + self.anywhere + self.informal + self.licensed, 1.0)
        return (self.near / total, self.anywhere / total, self.informal / total, self.licensed / total)

    @property
    def gone(self) -> float:
        """Return the share that closes or leaves Beijing."""
        return 1.0 - sum(self.shares)


@dataclass(frozen=True)
class BusinessOrder:
    """Hold an order to so many businesses of each zone; which ones is a keyed rank.

    Attributes
    ----------
    key
        Key of the measure, below 2^32, so that leaving another measure out changes no draw.
    number
        Businesses by zone, i8 (343,).
    """

    key: int
    selection: Selection
    number: np.ndarray
    fate: Fate
