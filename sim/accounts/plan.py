"""Know what a scenario's measures order by district, quarter and year, what that takes and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from sim.accounts.fund import DISTRICT_ACCOUNTS, account_of
from sim.calendar import year_of
from sim.codes import N_DISTRICTS
from sim.policy.catalogue import load_kinds
from sim.policy.resolve import Measure

QUARTERS = 4
TINY = 1e-9
DUST = 1e-3
"""Share of what falls due in a mean zone and quarter below which what is left over waits for more."""
ORDER_OF_TASKS = (
    ("demolish",),
    ("street_order", "seal_openings"),
    ("village",),
    ("estates",),
    ("key_area",),
    ("manufacturing",),
    ("market",),
    ("campus", "hospital"),
    ("basement", "group_rental"),
    ("shantytown", "courtyard"),
)
"""Kinds in the order of the ten tasks of 京政发〔2017〕8号, section 2; the other kinds come after them."""
PAID_APART = {
    ("courtyard", "vacate"): ("courtyard_compensation_cny_m2", "courtyard_m2_per_home"),
}
"""What a kind pays to people for a unit of its work, a product of its parameters: it is not booked with the
work, but the district must have the money before it makes the offer."""

_Where = tuple[int, tuple[int, ...]]


class Plan:
    """Hold the orders of a scenario's measures as arrays.

    Parameters
    ----------
    measures
        The scenario's measures; a row stands for each.
    values
        Parameters by name: ``<kind>_<action>_effort`` and ``<kind>_<action>_unit_cost``.
    district, people
        District of each zone, and each zone's share of the residents, (343,).

    Attributes
    ----------
    effort, cost, price
        Person-quarters and CNY for a unit of each measure, and CNY with what is paid to people, (n,).
    account, rank
        Row of `DISTRICT_ACCOUNTS` that pays, and place in `ORDER_OF_TASKS`, (n,).
    dust
        Amount in a zone that is too small to go back for, (n,).

    Notes
    -----
    The split over districts of an amount for a wider area is known once the measure has asked for its zones
    (`learn`); until then it follows what the last measure of the same task followed, or else people.
    """

    def __init__(
        self,
        measures: Sequence[Measure],
        values: Mapping[str, float],
        district: np.ndarray,
        people: np.ndarray,
    ) -> None:
        self.measures = list(measures)
        self._values = values
        self._learnt: dict[tuple[str, tuple[int, ...]], tuple[np.ndarray, np.ndarray]] = {}
        self.row_of = {measure.id: row for row, measure in enumerate(self.measures)}
        self._district, self._people = district, people
        first_action = {name: next(iter(kind.actions)) for name, kind in load_kinds().items()}
        self.task = [(item.kind, item.action or first_action[item.kind]) for item in self.measures]
        self.effort = np.array([values.get(f"{kind}_{action}_effort", 0.0) for kind, action in self.task])
        self.cost = np.array([values.get(f"{kind}_{action}_unit_cost", 0.0) for kind, action in self.task])
        self.price = self.cost + np.array([_paid_apart(task, values) for task in self.task])
        accounts = [account_of(kind, action) for kind, action in self.task]
        self.account = np.array([DISTRICT_ACCOUNTS.index(name) for name in accounts], dtype=np.int64)
        ranks = {kind: rank for rank, group in enumerate(ORDER_OF_TASKS) for kind in group}
        self.rank = np.array([float(ranks.get(kind, len(ORDER_OF_TASKS))) for kind, _ in self.task])
        self.dust = DUST * np.array(
            [max((p.amount / len(p.zones) for p in item.portions), default=0.0) for item in self.measures]
        )
        self.last = np.array([item.last for item in self.measures], dtype=np.int64)
        self._last_control = max((item.control_until for item in self.measures), default=-1)
        self._read_orders()

    def _read_orders(self) -> None:
        self._place: dict[_Where, int] = {}
        shares: list[np.ndarray] = []
        known: list[bool] = []
        quarters: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
        self._years_of_task: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row, measure in enumerate(self.measures):
            for portion in measure.portions:
                where = (row, portion.zones)
                if where not in self._place:
                    self._place[where] = len(shares)
                    share = self._follow(np.array(portion.zones), self._people)
                    shares.append(share)
                    known.append(bool((share > 0).sum() == 1))
                entry = (row, self._place[where], portion.amount)
                quarters[portion.quarter_index].append(entry)
                self._years_of_task[self.task[row]].add(year_of(portion.quarter_index))
            for order in measure.orders:
                self._years_of_task[self.task[row]].add(year_of(order.quarter_index))
        self._shares = np.array(shares).reshape(-1, N_DISTRICTS)
        self._known = np.array(known, dtype=np.bool_)
        self._quarters = {quarter: _columns(rows) for quarter, rows in quarters.items()}
        self._followed: set[tuple[str, str]] = set()
        self._active: dict[int, np.ndarray] = {}

    def _follow(self, zones: np.ndarray, proxy: np.ndarray) -> np.ndarray:
        """Return the district shares of an amount for some zones that follows a proxy, (16,)."""
        weights = proxy[zones]
        if weights.sum() <= TINY:
            weights = self._people[zones] + TINY
        share: np.ndarray = np.bincount(self._district[zones], weights / weights.sum(), N_DISTRICTS)
        return share

    def learn(self, row: int, zones: tuple[int, ...], weights: np.ndarray, proxy: np.ndarray) -> None:
        """Remember how an amount for some zones is split; let others of the same task follow its proxy."""
        self._learnt.setdefault((self.measures[row].id, zones), (weights, proxy))
        task = self.task[row]
        if task not in self._followed:
            self._followed.add(task)
            for (other, where), place in self._place.items():
                if self.task[other] == task and not self._known[place]:
                    self._shares[place] = self._follow(np.array(where), proxy)
        found = self._place.get((row, zones))
        if found is not None:
            self._shares[found] = np.bincount(self._district[np.array(zones)], weights, N_DISTRICTS)
            self._known[found] = True

    def taken_up(self, measures: Sequence[Measure]) -> Plan:
        """Return the plan of other measures that knows what this one has learnt."""
        plan = Plan(measures, self._values, self._district, self._people)
        for (name, zones), (weights, proxy) in self._learnt.items():
            plan.learn(plan.row_of[name], zones, weights, proxy)
        return plan

    def due(self, quarter: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what falls due by measure and district, (n, 16), and whether its split is known, (n,)."""
        amounts = np.zeros((len(self.measures), N_DISTRICTS))
        sure = np.ones(len(self.measures), dtype=np.bool_)
        if quarter in self._quarters:
            rows, places, amount = self._quarters[quarter]
            np.add.at(amounts, rows, amount[:, None] * self._shares[places])
            sure[rows[~self._known[places]]] = False
        return amounts, sure

    def due_ahead(self, quarter: int) -> np.ndarray:
        """Return what falls due from a quarter to the end of its year by measure and district, (n, 16)."""
        amounts = np.zeros((len(self.measures), N_DISTRICTS))
        for later in range(quarter, quarter + -quarter % QUARTERS + 1):
            if later in self._quarters:
                rows, places, amount = self._quarters[later]
                np.add.at(amounts, rows, amount[:, None] * self._shares[places])
        return amounts

    def active(self, quarter: int) -> np.ndarray:
        """Tell of each measure whether work on it may go on, (n,).

        In its own quarters, and in a year in which another measure orders the same task: what is left over
        goes into that year's plan. Where a scenario orders the task no more, it is left undone.
        """
        active: np.ndarray = (quarter <= self.last) | self.ordered_in(year_of(quarter))
        return active

    def ordered_in(self, year: int) -> np.ndarray:
        """Tell of each measure whether any orders its task in a year, (n,)."""
        if year not in self._active:
            self._active[year] = np.array(
                [year in self._years_of_task[task] for task in self.task], dtype=np.bool_
            )
        return self._active[year]

    def controls(self, quarter: int) -> bool:
        """Tell whether any measure keeps cleared places clear in a quarter."""
        return quarter <= self._last_control and any(
            item.first <= quarter <= item.control_until for item in self.measures
        )


def _paid_apart(task: tuple[str, str], values: Mapping[str, float]) -> float:
    names = PAID_APART.get(task, ())
    return float(np.prod([values[name] for name in names])) if names else 0.0


def _columns(rows: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, place, amount = zip(*rows, strict=True)
    return np.array(row), np.array(place), np.array(amount)
