"""Hold the whole state of one simulated city, which the processes of a quarter change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.businesses import Businesses
from sim.agents.households import Households
from sim.agents.residents import Residents
from sim.city.dwellings import Dwellings
from sim.city.jobs import Jobs
from sim.city.land import Land
from sim.city.visitors import Visitors
from sim.city.zones import Zones
from sim.codes import N_ZONES
from sim.rng import KeyedRandom

if TYPE_CHECKING:
    from sim.data.paths import Paths
    from sim.parameters.store import ParameterSet

FLOWS = (
    "births",
    "deaths",
    "in_migrants",
    "out_migrants",
    "moved_in",
    "moved_out",
    "displaced_home",
    "displaced_work",
    "left_city",
    "hukou_gained",
    "hukou_lost",
    "rebounded",
)


def no_flows() -> dict[str, np.ndarray]:
    """Return the quarter's counters at zero, f8 (343,) each."""
    return {name: np.zeros(N_ZONES) for name in FLOWS}


@dataclass
class City:
    """Hold people, businesses, places and the quarter's counters.

    `counters` are the quarter's flows by zone in simulated persons (f8, 343); `moves` collects arrays of the
    households that moved this quarter; `scratch` keeps what a process carries from one quarter to the next.
    """

    zones: Zones
    residents: Residents
    households: Households
    businesses: Businesses
    dwellings: Dwellings
    land: Land
    jobs: Jobs
    parameters: ParameterSet
    paths: Paths
    random: KeyedRandom
    sample: float
    threads: int
    visitors: Visitors = field(init=False)
    quarter: int = 0
    minutes: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    distance_km: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    organisations: list[Any] = field(default_factory=list)
    counters: dict[str, np.ndarray] = field(default_factory=no_flows)
    moves: list[dict[str, np.ndarray]] = field(default_factory=list)
    scratch: dict[str, Any] = field(default_factory=dict)

    @property
    def rng(self) -> KeyedRandom:
        """Return the run's keyed randomness, under the name the measures use."""
        return self.random

    def indices_of(self, kind: int) -> list[int]:
        """Return the indices of the organisations of a kind, ascending; listed anew when one was added."""
        count = len(self.organisations)
        if self.scratch.get("kinds_listed") != count:
            by_kind: dict[int, list[int]] = {}
            for index, organisation in enumerate(self.organisations):
                by_kind.setdefault(int(organisation.kind), []).append(index)
            self.scratch["indices_by_kind"], self.scratch["kinds_listed"] = by_kind, count
        indices: list[int] = self.scratch["indices_by_kind"].get(int(kind), [])
        return indices

    def begin_quarter(self, quarter: int) -> None:
        """Open a quarter: counters at zero, last quarter's orders forgotten."""
        self.quarter = quarter
        self.counters = no_flows()
        self.moves = []
        self.dwellings.begin_quarter()
        self.land.begin_quarter()
        self.jobs.begin_quarter()

    def parameter(self, name: str) -> float:
        """Return a behavioural parameter's value in this run."""
        return self.parameters.value(name)

    def path(self, name: str) -> float:
        """Return an exogenous path's value this quarter."""
        return self.paths.value(name, self.quarter)

    def rule(self, name: str, default: float) -> np.ndarray:
        """Return the value measures gave a named rule this quarter, f8 (343,); the default where none did."""
        given = self.scratch.get("rules", {}).get(name)
        return np.full(N_ZONES, default) if given is None else np.where(np.isnan(given), default, given)

    def rate(self, name: str) -> np.ndarray:
        """Return the factors measures put on a named rate this quarter, f8 (343,); 1 where none did."""
        rates = self.scratch.get("rates", {})
        return np.asarray(rates.get(name, np.ones(N_ZONES)))
