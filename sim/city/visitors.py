"""Hold what brings visitors: scenic spots, lodging beds, transport hubs, and how many came this quarter.

A visit is a person seen somewhere on a day: a guest who walks to a spot counts where the bed is and where the
spot is. All amounts are of the real city and never sampled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.calendar import parse_quarter
from sim.city.zones import load_zones
from sim.codes import N_ZONES, Hub, Lodging
from sim.data.paths import Paths
from sim.data.tables import load_columns
from sim.units import to_base

DAYS_A_YEAR = 365.0
PARTS = ("scenic", "lodging", "hospital", "market", "hub")
"""What visitors come for; their sum is all visitors."""


@dataclass(frozen=True)
class Spots:
    """Hold the scenic spots as arrays of one entry a spot.

    Attributes
    ----------
    name_zh
        Names in the order of the table.
    zone
        Zone index of each.
    gated
        Whether there is a gate at which visitors can be counted and stopped.
    visits
        Visits a day of 2010, mean of the year.
    outside_share
        Share of visitors who do not live in Beijing.
    standing_cap
        Visits a day the spot itself allows, infinite where it does not count.
    cap_since
        Quarter index from which the standing cap holds.
    """

    name_zh: tuple[str, ...]
    zone: np.ndarray
    gated: np.ndarray
    visits: np.ndarray
    outside_share: np.ndarray
    standing_cap: np.ndarray
    cap_since: np.ndarray

    def rule(self, spot: int) -> str:
        """Return the name of the rule that holds a spot's daily cap."""
        return f"daily_cap.{self.name_zh[spot]}"


@dataclass(frozen=True)
class Hubs:
    """Hold the named transport hubs: zone of 2010, kind, visitors a day and staff."""

    name_zh: tuple[str, ...]
    zone: np.ndarray
    kind: np.ndarray
    visitors: np.ndarray
    staff: np.ndarray


@dataclass
class Visitors:
    """Hold the state of visiting in one city.

    Attributes
    ----------
    beds
        Lodging beds by zone and kind of lodging, f8 (343, 2).
    beds_removed
        Beds orders took and that have not come back, f8 (343, 2); `beds_rebounded` those that came back this
        quarter.
    hub_visitors
        Visitors a day that the hubs bring, by zone and kind of hub, f8 (343, 3).
    per_day
        Visitors a day of this quarter by what they come for, f8 (343,) each; see `PARTS`.
    outside_per_day
        Those by day who do not live in Beijing, f8 (343,); guests of lodging come on top.
    nights_per_day
        Nights spent in lodging a day, f8 (343,).
    nights_usual
        The same, smoothed over a year, f8 (343,): what lodging reckons with.
    guests_per_bed
        Nights a day for each bed, f8 (343,), before this quarter's orders.
    hub_visitors_before
        Visitors a day that hubs brought a quarter ago, f8 (343,).
    hospital_visits
        Visits to hospitals in the quarter, f8 (343,); `visits_of_hospital` by organisation index.
    spot_visits
        Visits a day of each spot this quarter; `spot_days_at_cap` the days on which its gate closed.
    moved_custom
        Customers a day that orders brought (positive) or took (negative) and that shops have not got used
        to yet, by what moved, f8 (343,) each.
    """

    spots: Spots
    hubs: Hubs
    beds: np.ndarray
    hub_visitors: np.ndarray
    beds_removed: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, len(Lodging))))
    beds_rebounded: np.ndarray = field(default_factory=lambda: np.zeros((N_ZONES, len(Lodging))))
    per_day: dict[str, np.ndarray] = field(
        default_factory=lambda: {part: np.zeros(N_ZONES) for part in PARTS}
    )
    outside_per_day: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    nights_per_day: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    nights_usual: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    guests_per_bed: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    hub_visitors_before: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    hospital_visits: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    visits_of_hospital: np.ndarray = field(default_factory=lambda: np.zeros(0))
    spot_visits: np.ndarray = field(default_factory=lambda: np.zeros(0))
    spot_days_at_cap: np.ndarray = field(default_factory=lambda: np.zeros(0))
    moved_custom: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def total_per_day(self) -> np.ndarray:
        """Return all visitors a day by zone, f8 (343,)."""
        return np.sum([self.per_day[part] for part in PARTS], axis=0)

    def take_beds(self, zone: np.ndarray, kind: int, number: np.ndarray) -> np.ndarray:
        """Take lodging beds by order and return how many there were; their guests are missed by the shops."""
        taken = np.minimum(np.maximum(number, 0.0), self.beds[zone, kind])
        self.move_custom("lodging", zone, -taken * self.guests_per_bed[zone])
        self.beds[zone, kind] -= taken
        self.beds_removed[zone, kind] += taken
        return taken

    def take_hub_visitors(self, zone: np.ndarray, kind: int, number: np.ndarray) -> np.ndarray:
        """Take the visitors a day that hubs bring to zones and return how many there were."""
        taken = np.minimum(np.maximum(number, 0.0), self.hub_visitors[zone, kind])
        self.hub_visitors[zone, kind] -= taken
        return taken

    def move_custom(self, what: str, zone: int | np.ndarray, customers_a_day: float | np.ndarray) -> None:
        """Note that an order brought customers to a zone, or took them when negative."""
        if what not in self.moved_custom:
            self.moved_custom[what] = np.zeros(N_ZONES)
        np.add.at(self.moved_custom[what], zone, customers_a_day)


def open_visitors(beds: np.ndarray, paths: Paths) -> Visitors:
    """Return the visitors' side of a city.

    Parameters
    ----------
    beds
        Lodging beds of the base year by zone and kind of lodging, f8 (343, 2).
    paths
        The run's paths: a spot's visits of a later year are brought back to 2010 by their demand.
    """
    hubs = load_hubs()
    hub_visitors = np.zeros((N_ZONES, len(Hub)))
    np.add.at(hub_visitors, (hubs.zone, hubs.kind), hubs.visitors)
    visitors = Visitors(load_spots(paths), hubs, np.array(beds, dtype=float), hub_visitors)
    visitors.hub_visitors_before = hub_visitors.sum(axis=1)
    return visitors


def load_spots(paths: Paths) -> Spots:
    """Return the scenic spots of the table, their visits brought back to 2010 by the path of demand."""
    table = load_columns("scenic_spots")
    quarters = [parse_quarter(f"{year}Q4", allow_base=True) for year in table["year"]]
    demand = [paths.value("visitor_demand", quarter) for quarter in quarters]
    a_day = [to_base(v, u) / DAYS_A_YEAR for v, u in zip(table["visits"], table["unit"], strict=True)]
    return Spots(
        name_zh=tuple(table["name_zh"]),
        zone=zone_indices(table["zone_id"]),
        gated=table["gated"] > 0,
        visits=np.array(a_day) / np.array(demand),
        outside_share=table["outside_share"],
        standing_cap=np.where(np.isnan(table["daily_cap"]), np.inf, table["daily_cap"]),
        cap_since=np.array([_quarter_of(str(text)) for text in table["cap_since"]]),
    )


def load_hubs() -> Hubs:
    """Return the transport hubs of the table."""
    table = load_columns("transport_hubs")
    return Hubs(
        name_zh=tuple(table["name_zh"]),
        zone=zone_indices(table["zone_id"]),
        kind=np.array([Hub[str(kind).upper()] for kind in table["kind"]], dtype=np.int64),
        visitors=table["visitors"].astype(float),
        staff=table["staff"].astype(float),
    )


def zone_indices(ids: Iterable[str]) -> np.ndarray:
    """Return the indices of zones given by id."""
    zones = load_zones()
    return np.array([zones.index(name) for name in ids], dtype=np.int64)


def _quarter_of(month: str) -> int:
    """Return the first whole quarter from a month written as 2015-06; the base where none is given."""
    if not month:
        return 0
    year, number = (int(part) for part in month.split("-"))
    quarter = (number - 1) // 3 + 1
    index = parse_quarter(f"{year}Q{quarter}")
    return index if (number - 1) % 3 == 0 else index + 1
