"""Give measures their verbs: the only ways in which they change the city, each writing the ledger.

``work`` and ``report_task`` (`sim.interventions.work`) ask the districts how much they do and report it;
``set_capacity`` takes places, premises or floor area away (or adds them); ``direct`` orders an organisation,
which decides how to obey in its own step; ``scale_rate`` slows or quickens a named rate for a quarter,
``control`` does so by standing enforcement, ``set_value`` sets a named rule for a quarter, ``transfer`` pays.
What then happens to people and businesses is decided by the processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.ledger import Ledger
from sim.city.trade import Fate, Selection
from sim.codes import N_ZONES, MoveCause, OrganisationKind
from sim.interventions.business_orders import Ordered, Trades, give_order
from sim.interventions.pipeline import Pipelines
from sim.interventions.split import TINY
from sim.interventions.stocks import TARGETS, floor_area_of, stock_of, take
from sim.interventions.work import Work, Worker
from sim.policy.resolve import Measure
from sim.processes import vacating

if TYPE_CHECKING:
    from sim.accounts.campaign import Campaign
    from sim.city.state import City
    from sim.parameters.store import ParameterSet

__all__ = ["Order", "Verbs", "Work"]

CAUSES = {cause.name.lower(): cause for cause in MoveCause}
"""Why a household moves when a measure of a kind took its home: the cause that is named as the kind."""

ALL_ZONES = np.arange(N_ZONES)


@dataclass(frozen=True)
class Order:
    """Hold one order to an organisation, which it reads in its next step.

    Attributes
    ----------
    order
        ``close`` (details: share of its stalls, zone or outside as a hint where its merchants are sent),
        ``upgrade`` (share, kept_share), ``move`` (share, zone or outside; a hospital: beds_removed,
        beds_opened, jobs_removed, jobs_opened, staff_share, staff_late), ``open_site`` (zone, beds_opened,
        jobs_opened), ``move_staff`` (zone, jobs), ``reduce_beds`` (beds_removed, jobs_removed),
        ``move_students`` (students, jobs, zone or outside).
        Amounts are at full scale. `zone` is an index, -1 where the destination lies outside.
    """

    measure: str
    kind: str
    order: str
    quarter_index: int
    details: dict[str, Any] = field(default_factory=dict)


class Verbs(Worker):
    """Change one run's city on behalf of measures.

    Parameters
    ----------
    city
        The run's city. Of it, the verbs use dwellings, land, organisations (each with a list `orders`) and
        random.
    ledger
        Where every use is entered.
    parameters
        The values of sim/parameters/measures in this run.
    campaign
        What the districts can do and pay. Without it all that is ordered is attempted and truly reported.

    Notes
    -----
    Proxies for splitting amounts over zones are taken from the city as it stands when the verbs
    are made, before the first quarter, so that the split of a measure does not depend on what else a scenario
    does.
    """

    def __init__(
        self, city: City, ledger: Ledger, parameters: ParameterSet, campaign: Campaign | None = None
    ) -> None:
        super().__init__(city, ledger, parameters, campaign)
        self.treated: dict[int, str] = {}
        self.memory: dict[tuple[str, str, int], float] = {}
        self.closed_share: dict[int, float] = {}
        self.queues: dict[tuple[int, ...], list[int]] = {}
        self.held: dict[str, float] = {}
        self._named: dict[tuple[int, str], int] = {}
        self._n_named = 0
        self.trades = Trades(city)
        self.pipelines = Pipelines()

    def begin_quarter(self, quarter_index: int) -> None:
        """Open a quarter: rates are back at 1 and rules at their defaults, until measures set them again.

        Processes read them by ``city.rate(name)`` and ``city.rule(name, default)``.
        """
        self.quarter_index = quarter_index
        self.city.scratch["rates"] = {}
        self.city.scratch["rules"] = {}
        self.city.scratch["business_orders"] = []
        self.held = {}
        self.trades.begin_quarter()

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
        for_good: bool = False,
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
        for_good
            Whether other things are built where dwellings stood, so that none grows back.

        Raises
        ------
        ValueError
            When the target or its unit is not known, or something else than dwellings goes for good.
        """
        if for_good and target != "dwellings":
            raise ValueError(f"{target} cannot be taken for good: only dwellings grow back otherwise")
        if target not in TARGETS or TARGETS[target][1] != unit:
            raise ValueError(f"{target} in {unit} is not something a measure can set")
        zones = np.atleast_1d(np.asarray(zone_index))
        wanted = np.asarray(change, dtype=np.float64)
        if wanted.shape != zones.shape:
            wanted = np.broadcast_to(wanted, zones.shape)
        why = CAUSES.get(measure.kind) if cause is None else cause
        taken = take(self.city, target, zones, class_or_type, np.maximum(-wanted, 0.0), why)
        added = np.maximum(wanted, 0.0)
        stock_of(self.city, target)[zones, class_or_type] += added
        name = TARGETS[target][0](class_or_type).name.lower()
        change_made, persons = added - taken, taken * persons_per_unit
        if for_good:
            self.city.dwellings.build_over(zones, class_or_type, taken)
        elif self.campaign is not None and target in ("dwellings", "premises", "lodging"):
            self.campaign.cleared.add(measure, (target, unit, class_or_type), zones, taken, persons)
        self.ledger.append(
            self.quarter_index,
            measure,
            "set_capacity",
            zones,
            f"{target}.{name}",
            unit,
            wanted,
            change_made,
            persons,
            basis=basis,
            floor_area_m2=floor_area_of(self.city, target, zones, class_or_type, change_made),
            jobs=-persons if target == "premises" else 0.0,
        )
        return change_made

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
            jobs=_jobs_ordered(organisation, order, details),
        )
        return given

    def direct_businesses(
        self,
        measure: Measure,
        selection: Selection,
        zones: np.ndarray,
        number: np.ndarray,
        fate: Fate,
        *,
        basis: str = "",
    ) -> Ordered:
        """Order businesses of some zones to close, move or take out a licence; see `give_order`.

        What becomes of each is decided by `sim.processes.business_dynamics`, by the shares of the fate.
        """
        return give_order(self, measure, selection, zones, number, fate, basis)

    def scale_rate(
        self,
        measure: Measure,
        rate_name: str,
        factor: float,
        zones: Sequence[int] | np.ndarray,
        coverage: np.ndarray | float = 1.0,
    ) -> None:
        """Multiply a named rate by a factor in some zones for this quarter.

        Parameters
        ----------
        coverage
            How far it reaches in each zone, 0 to 1: the factor is 1 - (1 - factor) x coverage.
        """
        where = np.asarray(zones, dtype=np.int64)
        rates = self.city.scratch.setdefault("rates", {}).setdefault(rate_name, np.ones(N_ZONES))
        reached = 1.0 - (1.0 - factor) * np.broadcast_to(coverage, where.shape)
        rates[where] *= reached
        # One line for the city: what is ordered, and the mean over the zones of what is reached.
        self.ledger.append(
            self.quarter_index, measure, "scale_rate", -1, rate_name, "ratio", factor, float(reached.mean())
        )

    def control(self, measure: Measure, rates: Sequence[str], factor: float) -> None:
        """Slow what grows back, everywhere, by standing enforcement, while the measure keeps it up.

        It takes enforcers each quarter for all that is kept clear; a district that lacks them covers a part.
        Measures that watch over the same thing do it with the same patrols: the strictest holds, and they do
        not add to each other.
        """
        if not measure.first <= self.quarter_index <= measure.control_until:
            return
        coverage: Sequence[np.ndarray | float] = [1.0] * len(rates)
        if self.campaign is not None:
            coverage = self.campaign.coverage(rates)
        for rate, reached in zip(rates, coverage, strict=True):
            before = self.held.get(rate, 1.0)
            if factor < before:
                # What is left to the stricter over what was left to the one before, each where it reaches.
                ratio = factor / before
                was = 1.0 - (1.0 - before) * np.asarray(reached, dtype=np.float64)
                self.scale_rate(measure, rate, ratio, ALL_ZONES, reached * before / np.maximum(was, TINY))
                self.held[rate] = factor

    def transfer(
        self,
        measure: Measure,
        payer: str,
        payee: str,
        amount_cny: np.ndarray | float,
        purpose: str,
        zones: np.ndarray | int | None = None,
    ) -> None:
        """Pay people or firms: compensation, a subsidy, a reward; the work itself is paid for elsewhere.

        Parameters
        ----------
        payer, payee
            Names of `sim.accounts.fund.ACCOUNTS`; an account of the districts pays in each district for its
            own zones, and gets what it lacks from where its money comes from.
        amount_cny
            An amount, or one for each of the zones.
        purpose
            A few words for the books.
        zones
            Zone indices the money is paid for; without them it is spread over the city by people.
        """
        total = float(np.sum(amount_cny))
        if total <= 0.0:
            return
        self.ledger.append(
            self.quarter_index,
            measure,
            "transfer",
            -1,
            f"{payer}>{payee}",
            "CNY",
            total,
            total,
            name=purpose,
            cost_cny=total,
        )
        if self.campaign is not None:
            by_zone: np.ndarray | float = total
            if zones is not None:
                by_zone = np.bincount(
                    np.atleast_1d(zones),
                    np.broadcast_to(amount_cny, np.shape(np.atleast_1d(zones))),
                    N_ZONES,
                )
            self.campaign.transfer(measure, payer, payee, by_zone, purpose)

    def set_value(
        self,
        measure: Measure,
        rule: str,
        value: np.ndarray | float,
        zones: Sequence[int] | np.ndarray,
        unit: str,
        *,
        add: bool = False,
    ) -> None:
        """Let a named rule have a value in some zones for this quarter.

        Later measures write over earlier ones, or add to them (`add`): amounts by zone, such as persons.
        """
        where = np.asarray(zones, dtype=np.int64)
        rules = self.city.scratch.setdefault("rules", {}).setdefault(rule, np.full(N_ZONES, np.nan))
        rules[where] = np.nan_to_num(rules[where]) + value if add else value
        place = where if np.ndim(value) else -1
        self.ledger.append(self.quarter_index, measure, "set_value", place, rule, unit, value, value)

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

    def organisation_named(self, name_zh: str, kind: OrganisationKind) -> int:
        """Return the index of an organisation by its Chinese name, or -1; the first of several."""
        organisations = self.city.organisations
        if self._n_named != len(organisations):
            self._named = {}
            for index, organisation in enumerate(organisations):
                self._named.setdefault((int(organisation.kind), organisation.name_zh), index)
            self._n_named = len(organisations)
        return self._named.get((int(kind), name_zh), -1)


def _jobs_ordered(organisation: Any, order: str, details: dict[str, float | str]) -> float:
    """Return the jobs that an order takes (negative) from an organisation or brings."""
    if order in ("close", "upgrade", "move") and "jobs_removed" not in details:
        lost = float(details.get("share", 0.0)) * (1.0 - float(details.get("kept_share", 0.0)))
        return -float(organisation.n_jobs) * lost
    return float(details.get("jobs_opened", 0.0)) - float(details.get("jobs_removed", 0.0))
