"""Hold jobs by workplace: by zone and sector in ordinary businesses, and in each organisation."""

from dataclasses import dataclass, field

import numpy as np

from sim.city.slack import Slack, places_of
from sim.codes import N_ZONES, Sector

N_SECTORS = len(Sector)
SHAPE = (N_ZONES, N_SECTORS)


@dataclass
class Jobs:
    """Hold jobs (real city, f8) and workers (simulated, i8).

    `stock` is jobs of ordinary businesses by zone and sector; `organisation_stock` jobs of each organisation,
    which sits in one zone and sector. `filled` counts simulated residents at work, `outside` simulated
    workers who live beyond the city line. `lost_to_orders` is the part of this quarter's fall in `stock` that
    orders caused.
    """

    stock: np.ndarray
    organisation_stock: np.ndarray
    organisation_zone: np.ndarray
    organisation_sector: np.ndarray
    sample: float
    rounding: np.ndarray
    organisation_rounding: np.ndarray
    slack: Slack = field(default_factory=Slack)
    organisation_slack: Slack = field(default_factory=Slack)
    filled: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    organisation_filled: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    outside: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    lost_to_orders: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE))
    stock_before: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE))

    def begin_quarter(self) -> None:
        """Forget last quarter's orders and remember the jobs there were."""
        self.lost_to_orders = np.zeros(SHAPE)
        self.stock_before = self.stock.copy()

    def add_organisation(self, zone: int, sector: int) -> None:
        """Make room in the books for an organisation that has no jobs yet."""
        self.organisation_stock = np.append(self.organisation_stock, 0.0)
        self.organisation_zone = np.append(self.organisation_zone, zone)
        self.organisation_sector = np.append(self.organisation_sector, sector)
        self.organisation_rounding = np.append(self.organisation_rounding, 0.5)
        self.organisation_filled = np.append(self.organisation_filled, 0)
        slack = self.organisation_slack
        if slack.places.size > 1:
            slack.places = np.append(slack.places, 0.0)
            slack.stock = np.append(slack.stock, 1.0)

    def share_lost_to_orders(self) -> np.ndarray:
        """Return the part of this quarter's fall in each cell that orders caused, f8 (343, 20), 0 to 1."""
        fall = np.maximum(self.stock_before - self.stock, self.lost_to_orders)
        return self.lost_to_orders / np.maximum(fall, 1e-9)

    def places(self) -> np.ndarray:
        """Return simulated jobs of ordinary businesses by zone and sector, i8."""
        return places_of(self.stock, self.sample, self.rounding, self.slack)

    def organisation_places(self) -> np.ndarray:
        """Return simulated jobs of each organisation, i8."""
        return places_of(
            self.organisation_stock, self.sample, self.organisation_rounding, self.organisation_slack
        )

    def vacancy(self) -> np.ndarray:
        """Return free simulated jobs of ordinary businesses by zone and sector, i8, never negative."""
        return np.maximum(self.places() - self.filled - self.outside, 0)

    def organisation_vacancy(self) -> np.ndarray:
        """Return free simulated jobs of each organisation, i8, never negative."""
        return np.maximum(self.organisation_places() - self.organisation_filled, 0)

    def all_vacancy(self) -> np.ndarray:
        """Return free simulated jobs by zone and sector, organisations included, i8 (343, 20)."""
        vacancy = self.vacancy()
        np.add.at(vacancy, (self.organisation_zone, self.organisation_sector), self.organisation_vacancy())
        return vacancy

    def total_by_zone(self) -> np.ndarray:
        """Return all jobs by zone in the real city, f8 (343,)."""
        total = self.stock.sum(axis=1)
        np.add.at(total, self.organisation_zone, self.organisation_stock)
        return total
