"""Hold the stock of dwellings by zone and class, who fills it, and what an order took from it."""

from dataclasses import dataclass, field

import numpy as np

from sim.city.slack import Slack, places_of
from sim.codes import N_ZONES, DwellingClass, MoveCause

N_CLASSES = len(DwellingClass)
SHAPE = (N_ZONES, N_CLASSES)


def _zeros() -> np.ndarray:
    return np.zeros(SHAPE)


@dataclass
class Dwellings:
    """Hold dwellings by zone and class, shape (343, 13).

    `stock` counts household places in the real city (f8). `occupied` counts simulated households (i8). A
    simulated cell has ``places()`` = floor(stock x sample + slack + rounding) with a rounding drawn once a
    run, so that the expectation of a change holds at any sample and a larger stock never has fewer places.
    `made_safe` counts the places of informal classes that were made safe and may stay. `withheld_m2` (343,)
    is the floor area above ground of homes that stand and are not offered, since the raking of 2020Q4. `idle`
    counts homes that are owned, lived in by nobody and not offered; they are no part of the stock. `kept_m2`
    (343,) is the floor area by which flats that owners let are larger than the places they made. `unfilled`
    counts the places on offer that nobody took when homes were last chosen. The slack (`Slack`) keeps the
    base-year vacancy of a cell where the sample drew more or fewer of its households than its share.
    """

    stock: np.ndarray
    floor_area_m2: np.ndarray
    rent_cny_m2_month: np.ndarray
    sample: float
    rounding: np.ndarray
    slack: Slack = field(default_factory=Slack)
    occupied: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    cleared: np.ndarray = field(default_factory=_zeros)
    rebounded: np.ndarray = field(default_factory=_zeros)
    removed: dict[MoveCause, np.ndarray] = field(default_factory=dict)
    stock_before: np.ndarray = field(default_factory=_zeros)
    made_safe: np.ndarray = field(default_factory=_zeros)
    withheld_m2: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    kept_m2: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    idle: np.ndarray = field(default_factory=_zeros)
    unfilled: np.ndarray = field(default_factory=_zeros)

    def begin_quarter(self) -> None:
        """Forget last quarter's orders and remember the stock they will be measured against."""
        self.removed = {}
        self.stock_before = self.stock.copy()
        self.rebounded = _zeros()

    def places(self) -> np.ndarray:
        """Return how many simulated households each cell can hold, i8 (343, 13)."""
        return places_of(self.stock, self.sample, self.rounding, self.slack)

    def vacancy(self) -> np.ndarray:
        """Return free simulated places by cell, i8, never negative."""
        return np.maximum(self.places() - self.occupied, 0)

    def occupied_full(self) -> np.ndarray:
        """Return households by cell scaled to the real city, f8."""
        return self.occupied / self.sample

    def take(
        self, zone: np.ndarray | int, dwelling_class: int, units: np.ndarray | float, cause: MoveCause
    ) -> np.ndarray:
        """Take `units` out of the stock of one zone, or of different ones; return what could be taken."""
        taken = np.minimum(np.maximum(units, 0.0), self.stock[zone, dwelling_class])
        self.stock[zone, dwelling_class] -= taken
        self.cleared[zone, dwelling_class] += taken
        self.removed.setdefault(cause, _zeros())[zone, dwelling_class] += taken
        return taken

    def build_over(self, zone: np.ndarray, dwelling_class: int, units: np.ndarray) -> None:
        """Forget units that were cleared: other things are built where they stood, and none grows back."""
        left = self.cleared[zone, dwelling_class] - units
        self.cleared[zone, dwelling_class] = np.maximum(left, 0.0)

    def withdraw(self, zone: np.ndarray | int, dwelling_class: int, units: np.ndarray | float) -> np.ndarray:
        """Take units that their holders gave back out of the stock and return how many; nobody is put out."""
        gone = np.minimum(np.maximum(units, 0.0), self.stock[zone, dwelling_class])
        self.stock[zone, dwelling_class] -= gone
        # What is left is what an order of the same quarter is measured against.
        self.stock_before[zone, dwelling_class] -= np.minimum(gone, self.stock_before[zone, dwelling_class])
        return gone

    def safe_share(self) -> np.ndarray:
        """Return the share of each cell's places that was made safe, f8 (343, 13)."""
        return np.minimum(self.made_safe / np.maximum(self.stock, 1e-9), 1.0)

    def add(self, zone: int, dwelling_class: int, units: float) -> None:
        """Add units to the stock."""
        self.stock[zone, dwelling_class] += units

    def let(self, owned: int, flats: np.ndarray, tenants: float) -> None:
        """Offer flats of an owners' class to some tenant households each; the floor area stays what it was.

        Parameters
        ----------
        owned
            Class that the flats were built or owned in; the caller has taken them out of what it holds.
        flats
            Flats by zone, f8 (343,); below zero for let flats that are given back to be sold.
        tenants
            Tenant households of a let flat (`tenants_per_let_flat`).
        """
        area, let_area = self.floor_area_m2[:, owned], self.floor_area_m2[:, DwellingClass.MARKET_RENTAL]
        self.stock[:, DwellingClass.MARKET_RENTAL] += tenants * flats
        self.kept_m2 += flats * (area - tenants * let_area)

    def residential_floor_area(self) -> np.ndarray:
        """Return above-ground residential floor area by zone in m2, f8 (343,); basements do not count."""
        area = (self.stock + self.idle) * self.floor_area_m2
        area[:, DwellingClass.BASEMENT] = 0.0
        total: np.ndarray = area.sum(axis=1) + self.withheld_m2 + self.kept_m2
        return total
