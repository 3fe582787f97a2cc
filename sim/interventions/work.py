"""Let measures ask the districts how much of their work they do, zone by zone, and report what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts.entries import TASK, UNAVAILABLE
from sim.accounts.ledger import Ledger
from sim.interventions.proxies import proxies_of
from sim.interventions.split import dirichlet_weights, fill, text_key
from sim.policy.resolve import Measure, Portion

if TYPE_CHECKING:
    from sim.accounts.campaign import Campaign
    from sim.city.state import City
    from sim.parameters.store import ParameterSet

SHORTAGE = 1e-9
"""Share of an amount below which a shortage is rounding."""


@dataclass(frozen=True)
class Work:
    """Hold what the districts set out to do of one portion of a measure in a quarter.

    Attributes
    ----------
    area
        Id of the portion's area.
    zones
        Zone indices, (n,).
    planned
        What fell due in each zone this quarter, in the base unit of the measure, (n,).
    amount
        What is truly done there now, if the city gives it: work carried over included, without what enforcers
        or money do not allow and what will be reported and is not done.
    basis
        How the amount is known.
    """

    area: str
    zones: np.ndarray
    planned: np.ndarray
    amount: np.ndarray
    basis: str


class Worker:
    """Split what falls due over zones, have the districts attempt it, and report what they did.

    Parameters
    ----------
    city, ledger, parameters, campaign
        As `sim.interventions.base.Verbs` has them.
    """

    def __init__(
        self, city: City, ledger: Ledger, parameters: ParameterSet, campaign: Campaign | None = None
    ) -> None:
        self.city = city
        self.ledger = ledger
        self.parameters = parameters
        self.campaign = campaign
        self.quarter_index = 0
        self._weights: dict[tuple[str, tuple[int, ...]], tuple[np.ndarray, np.ndarray]] = {}
        self.proxies = proxies_of(city)

    def parameter(self, name: str, measure: Measure) -> float:
        """Return a number of the measure's kind: the measure's own where it has one, else this run's."""
        for own, spread in measure.parameters:
            if own == name:
                return spread.value
        return self.parameters.value(name)

    def weights(self, measure: Measure, portion: Portion, proxy: str, spread: float) -> np.ndarray:
        """Return the shares of a portion's zones, fixed for the whole run."""
        return self._split(measure, portion, proxy, spread)[1]

    def _split(
        self, measure: Measure, portion: Portion, proxy: str, spread: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a portion's zones and their shares, fixed for the whole run."""
        key = (measure.id, portion.zones)
        if key not in self._weights:
            zones = np.array(portion.zones)
            weights = dirichlet_weights(
                self.city.random, text_key(measure.id), zones, self.proxies[proxy][zones], spread
            )
            self._weights[key] = zones, weights
            if self.campaign is not None:
                self.campaign.learn(measure, portion.zones, weights, self.proxies[proxy])
        return self._weights[key]

    def has_work(self, measure: Measure) -> bool:
        """Tell whether anything of a measure falls due this quarter or is left from before."""
        if measure.due(self.quarter_index):
            return True
        return self.campaign is not None and len(self.campaign.left_over(measure, [])) > 0

    def work(
        self, measure: Measure, proxy: str, spread: float, available: np.ndarray | None = None
    ) -> list[Work]:
        """Return what the districts do of a measure this quarter, split over zones.

        What falls due is filled by what is available. To it comes what was left from before, also where
        nothing falls due now. Of both, the districts attempt what their enforcers and money allow
        (`sim.accounts.campaign`), and a part of what they will report is not done.

        Parameters
        ----------
        proxy
            Name of the proxy of `sim.interventions.proxies` that the split follows.
        spread
            Dirichlet weight of an average zone, see `dirichlet_weights`.
        available
            What each zone still has of what the measure is after, in its base unit, (343,): zones that have
            run out leave their share to the others, and what none of them has is entered as not available.
            Without it nothing limits a zone.
        """
        found = []
        for portion in measure.due(self.quarter_index):
            zones, weights = self._split(measure, portion, proxy, spread)
            given = planned = portion.amount * weights
            if available is not None:
                given, planned = fill(portion.amount, weights, available[zones])
                self._note_shortage(measure, portion, planned, given)
            done = self._attempt(measure, zones, given, available)
            found.append(Work(portion.area, zones, planned, done, portion.basis))
        if self.campaign is not None:
            zones = self.campaign.left_over(measure, [work.zones for work in found])
            if len(zones):
                nothing = np.zeros(len(zones))
                done = self._attempt(measure, zones, nothing, available)
                found.append(Work("", zones, nothing, done, measure.basis))
        return found

    def _attempt(
        self, measure: Measure, zones: np.ndarray, due: np.ndarray, available: np.ndarray | None
    ) -> np.ndarray:
        if self.campaign is None:
            return due
        return self.campaign.attempt(measure, zones, due, None if available is None else available[zones])

    def _note_shortage(
        self, measure: Measure, portion: Portion, planned: np.ndarray, given: np.ndarray
    ) -> None:
        shortage = float(planned.sum() - given.sum())
        if shortage > SHORTAGE * portion.amount:
            self.ledger.append(
                self.quarter_index,
                measure,
                UNAVAILABLE,
                -1,
                measure.kind,
                measure.unit,
                shortage,
                0.0,
                name=portion.area,
                basis=portion.basis,
            )

    def report_task(
        self,
        measure: Measure,
        zones: np.ndarray | int,
        planned: np.ndarray | float,
        executed: np.ndarray | float,
        gross_persons: np.ndarray | float = 0.0,
        *,
        basis: str = "",
        name: str = "",
        begun: np.ndarray | float = 0.0,
    ) -> None:
        """Enter the measure's own quantity, planned and truly executed, in the unit of its kind.

        What the district reports is more where a part of its work is not done or does not hold. What is
        `begun` now and executed in a later quarter is not attempted again.
        """
        reported = executed
        if self.campaign is not None:
            reported = self.campaign.report(measure, zones, executed, begun)
        self.ledger.append(
            self.quarter_index,
            measure,
            TASK,
            zones,
            measure.kind,
            measure.unit,
            planned,
            executed,
            gross_persons,
            basis=basis,
            name=name,
            reported=reported,
        )
