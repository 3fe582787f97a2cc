"""Give measures their verbs: the only ways in which they change the city, each writing the ledger.

``set_capacity`` takes places, premises or floor area away (or adds them); ``direct`` orders an organisation,
which decides how to obey in its own step; ``scale_rate`` slows or quickens a named rate for a quarter and
``set_value`` sets a named rule for a quarter. What
then happens to people and businesses is decided by the processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.ledger import TASK, Ledger
from sim.codes import (
    N_ZONES,
    DwellingClass,
    FloorUse,
    Improvement,
    LandUse,
    MoveCause,
    OrganisationKind,
    Premises,
)
from sim.interventions.pipeline import Pipelines
from sim.interventions.proxies import proxies_of
from sim.interventions.split import dirichlet_weights, fill, text_key
from sim.policy.resolve import Measure, Portion
from sim.processes import vacating

if TYPE_CHECKING:
    from sim.city.state import City
    from sim.parameters.store import ParameterSet

CAUSES = {cause.name.lower(): cause for cause in MoveCause}
"""Why a household moves when a measure of a kind took its home: the cause that is named as the kind."""

TARGETS = {
    "dwellings": (DwellingClass, "places"),
    "premises": (Premises, "premises"),
    "floor_area": (FloorUse, "m2"),
    "land": (LandUse, "m2"),
    "improvements": (Improvement, "units"),
    "made_safe": (DwellingClass, "places"),
    "given_up": (DwellingClass, "places"),
}
"""What ``set_capacity`` may change: the codes of its classes and its unit."""


@dataclass(frozen=True)
class Order:
    """Hold one order to an organisation, which it reads in its next step.

    Attributes
    ----------
    order
        ``close`` (details: share of its stalls, zone or outside as a hint where its merchants are sent),
        ``upgrade`` (share, kept_share), ``move`` (share, zone or outside; a hospital: beds_removed,
        beds_opened, jobs_removed, jobs_opened, staff_share), ``open_site`` (zone, beds_opened, jobs_opened),
        ``reduce_beds`` (beds_removed, jobs_removed), ``move_students`` (students, jobs, zone or outside).
        Amounts are at full scale. `zone` is an index, -1 where the destination lies outside.
    """

    measure: str
    kind: str
    order: str
    quarter_index: int
    details: dict[str, Any] = field(default_factory=dict)


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
        What is attempted there now: work carried over included, what capacity or money do not allow left out.
    basis
        How the amount is known.
    """

    area: str
    zones: np.ndarray
    planned: np.ndarray
    amount: np.ndarray
    basis: str


class Verbs:
    """Change one run's city on behalf of measures.

    Parameters
    ----------
    city
        The run's city. Of it, the verbs use dwellings, land, organisations (each with a list `orders`) and
        random.
    ledger
        Where every use is entered.
    parameters
        The values of sim/parameters/measures.yaml in this run.

    Notes ----- Proxies for splitting amounts over zones are taken from the city as it stands when the verbs
    are made, before the first quarter, so that the split of a measure does not depend on what else a scenario
    does.
    """

    def __init__(self, city: City, ledger: Ledger, parameters: ParameterSet) -> None:
        self.city = city
        self.ledger = ledger
        self.parameters = parameters
        self.quarter_index = 0
        self.treated: dict[int, str] = {}
        self.memory: dict[tuple[str, str, int], float] = {}
        self.closed_share: dict[int, float] = {}
        self.pipelines = Pipelines()
        self._weights: dict[tuple[str, str], np.ndarray] = {}
        self.proxies = proxies_of(city)

    def begin_quarter(self, quarter_index: int) -> None:
        """Open a quarter: rates are back at 1 and rules at their defaults, until measures set them again.

        Processes read them by ``city.rate(name)`` and ``city.rule(name, default)``.
        """
        self.quarter_index = quarter_index
        self.city.scratch["rates"] = {}
        self.city.scratch["rules"] = {}

    def parameter(self, name: str, measure: Measure) -> float:
        """Return a number of the measure's kind: the measure's own where it has one, else this run's."""
        for own, spread in measure.parameters:
            if own == name:
                return spread.value
        return self.parameters.value(name)

    def weights(self, measure: Measure, portion: Portion, proxy: str, spread: float) -> np.ndarray:
        """Return the shares of a portion's zones, fixed for the whole run."""
        key = (measure.id, portion.area)
        if key not in self._weights:
            zones = np.array(portion.zones)
            self._weights[key] = dirichlet_weights(
                self.city.random, text_key(measure.id), zones, self.proxies[proxy][zones], spread
            )
        return self._weights[key]

    def work(
        self, measure: Measure, proxy: str, spread: float, available: np.ndarray | None = None
    ) -> list[Work]:
        """Return what the districts set out to do of a measure this quarter, split over zones.

        Parameters
        ----------
        proxy
            Name of the proxy of `sim.interventions.proxies` that the split follows.
        spread
            Dirichlet weight of an average zone, see `dirichlet_weights`.
        available
            What each zone still has of what the measure is after, in its base unit, (343,): zones that have
            run out leave their share to the others. Without it nothing limits a zone.
        """
        found = []
        for portion in measure.due(self.quarter_index):
            zones = np.array(portion.zones)
            weights = self.weights(measure, portion, proxy, spread)
            planned = portion.amount * weights
            if available is not None:
                _, planned = fill(portion.amount, weights, available[zones])
            found.append(Work(portion.area, zones, planned, planned, portion.basis))
        return found

    def set_capacity(
        self,
        measure: Measure,
        target: str,
        zone_index: np.ndarray | int,
        class_or_type: int,
        change: np.ndarray | float,
        unit: str,
        *,
        persons_per_unit: np.ndarray | float = 0.0,
        basis: str = "",
        cause: MoveCause | None = None,
    ) -> np.ndarray:
        """Change what one or several different zones hold, and return the change that could be made.

        Parameters
        ----------
        target
            A key of `TARGETS`: ``dwellings``, ``premises``, ``floor_area``, ``land`` (what clearing freed),
            ``improvements``, ``made_safe`` (places of dwellings) or ``given_up`` (places that nobody is put
            out of).
        class_or_type
            Code of the dwelling class, the kind of premises or the use of floor area.
        change
            Change in `unit` at full scale, negative to take away; never more is taken than there is.
        persons_per_unit
            People affected by each unit taken, for the ledger.
        cause
            Why those who lose the dwelling move; by default the cause that is named as the measure's kind.

        Raises
        ------
        ValueError
            When the target or its unit is not known.
        """
        if target not in TARGETS or TARGETS[target][1] != unit:
            raise ValueError(f"{target} in {unit} is not something a measure can set")
        zones = np.atleast_1d(np.asarray(zone_index))
        wanted = np.broadcast_to(np.asarray(change, dtype=np.float64), zones.shape)
        why = CAUSES.get(measure.kind) if cause is None else cause
        taken = self._take(target, zones, class_or_type, np.maximum(-wanted, 0.0), why)
        added = np.maximum(wanted, 0.0)
        self._stock(target)[zones, class_or_type] += added
        name = TARGETS[target][0](class_or_type).name.lower()
        self.ledger.append(
            self.quarter_index,
            measure,
            "set_capacity",
            zones,
            f"{target}.{name}",
            unit,
            wanted,
            added - taken,
            taken * persons_per_unit,
            basis=basis,
        )
        return added - taken

    def direct(
        self,
        measure: Measure,
        organisation_index: int,
        order: str,
        *,
        unit: str,
        planned: float,
        executed: float,
        gross_persons: float = 0.0,
        basis: str = "",
        **details: float | str,
    ) -> Order:
        """Order an organisation and return the order; it obeys in its own step."""
        organisation = self.city.organisations[organisation_index]
        given = Order(measure.id, measure.kind, order, self.quarter_index, dict(details))
        organisation.orders.append(given)
        self.ledger.append(
            self.quarter_index,
            measure,
            "direct",
            int(organisation.zone),
            f"organisation.{order}",
            unit,
            planned,
            executed,
            gross_persons,
            name=organisation.name_zh,
            basis=basis,
        )
        return given

    def scale_rate(
        self, measure: Measure, rate_name: str, factor: float, zones: Sequence[int] | np.ndarray
    ) -> None:
        """Multiply a named rate by a factor in some zones for this quarter."""
        where = np.asarray(zones, dtype=np.int64)
        rates = self.city.scratch.setdefault("rates", {}).setdefault(rate_name, np.ones(N_ZONES))
        rates[where] *= factor
        # One line for the city: the factor is the same in all of its zones.
        self.ledger.append(self.quarter_index, measure, "scale_rate", -1, rate_name, "ratio", factor, factor)

    def control(self, measure: Measure, rates: Sequence[str], factor: float) -> None:
        """Slow what grows back, everywhere, by standing enforcement, while the measure keeps it up."""
        if measure.first <= self.quarter_index <= measure.control_until:
            for rate in rates:
                self.scale_rate(measure, rate, factor, np.arange(N_ZONES))

    def set_value(
        self, measure: Measure, rule: str, value: float, zones: Sequence[int] | np.ndarray, unit: str
    ) -> None:
        """Let a named rule have a value in some zones for this quarter; later measures write over earlier."""
        where = np.asarray(zones, dtype=np.int64)
        rules = self.city.scratch.setdefault("rules", {})
        rules.setdefault(rule, np.full(N_ZONES, np.nan))[where] = value
        self.ledger.append(self.quarter_index, measure, "set_value", -1, rule, unit, value, value)

    def offer(
        self, measure: Measure, quota: np.ndarray, offer: vacating.Offer, basis: str = ""
    ) -> tuple[np.ndarray, np.ndarray]:
        """Offer tenants of courtyard homes to give them back; return homes given back, f8 (343,) each.

        The first are of tenants who lived there and leave, the second of holders who live elsewhere.
        """
        present, absent = vacating.sign(self.city, quota, offer)
        zones = np.flatnonzero(quota > 0)
        home = int(vacating.HOME)
        for given in (present, absent):
            self.set_capacity(measure, "given_up", zones, home, -given[zones], "places", basis=basis)
        return present, absent

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
    ) -> None:
        """Enter the measure's own quantity, planned and executed, in the unit of its kind."""
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
        )

    def organisation_named(self, name_zh: str, kind: OrganisationKind) -> int:
        """Return the index of an organisation by its Chinese name, or -1."""
        for index, organisation in enumerate(self.city.organisations):
            if organisation.kind == kind and organisation.name_zh == name_zh:
                return index
        return -1

    def _stock(self, target: str) -> np.ndarray:
        land, dwellings = self.city.land, self.city.dwellings
        stocks: dict[str, np.ndarray] = {
            "dwellings": dwellings.stock,
            "premises": land.premises,
            "floor_area": land.floor_area_m2,
            "land": land.use_m2,
            "improvements": land.improvements,
            "made_safe": dwellings.made_safe,
            "given_up": dwellings.stock,
        }
        return stocks[target]

    def _take(
        self, target: str, zones: np.ndarray, code: int, amount: np.ndarray, cause: MoveCause | None
    ) -> np.ndarray:
        if target == "dwellings":
            if cause is None and amount.any():
                raise ValueError("a measure that takes dwellings must have a cause of moving")
            return amount if cause is None else self.city.dwellings.take(zones, code, amount, cause)
        if target == "premises":
            return self.city.land.take_premises(zones, code, amount)
        if target == "floor_area":
            return self.city.land.take_floor_area(zones, code, amount)
        if target == "land":
            return self.city.land.take_land(zones, code, amount)
        if target == "given_up":
            return self.city.dwellings.withdraw(zones, code, amount)
        stock = self._stock(target)
        taken = np.minimum(amount, stock[zones, code])
        stock[zones, code] -= taken
        return taken
