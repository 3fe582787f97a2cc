"""Order businesses about: so many of a selection in each zone, which ones being drawn by key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import BusinessOrder, Fate, Selection
from sim.codes import N_ZONES
from sim.errors import InputError
from sim.interventions.split import text_key
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.city.state import City
    from sim.interventions.base import Verbs
    from sim.policy.resolve import Measure

CELLS_A_SECTOR = 30
KEY_BITS = 0xFFFFFFFF
MOST_ORDERS = 60
"""Orders are bits of a whole number in `sim.kernels.business_events`."""


@dataclass(frozen=True)
class Ordered:
    """Hold what an order means in each of its zones.

    Attributes
    ----------
    number
        Businesses ordered about, whole numbers as f8 (n,).
    jobs
        Jobs in those whose business does not stay where it is, at the mean of the selection, (n,).
    own_jobs
        The same at the size the businesses began with, which their sector's growth does not change, (n,).
    gone
        Businesses expected to close or leave Beijing, (n,).
    """

    number: np.ndarray
    jobs: np.ndarray
    own_jobs: np.ndarray
    gone: np.ndarray


class Trades:
    """Count the businesses of selections for the measures of one quarter: they do not change meanwhile."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.begin_quarter()

    def begin_quarter(self) -> None:
        """Forget last quarter's counts and orders."""
        self._counted: dict[str, np.ndarray] = {}
        self._ordered: dict[str, tuple[Selection, np.ndarray]] = {}

    def count(self, selection: Selection) -> np.ndarray:
        """Return businesses, their own jobs and their jobs at today's size by zone, f8 (3, 343)."""
        if selection.name not in self._counted:
            books = self.city.scratch["business_books"]
            scale = np.repeat(self.city.scratch["jobs_scale"], CELLS_A_SECTOR)
            number, own = books @ selection.cells
            self._counted[selection.name] = np.array([number, own, books[1] @ (selection.cells * scale)])
        return self._counted[selection.name]

    def left(self, selection: Selection) -> np.ndarray:
        """Return how many businesses of a selection no order of this quarter takes, by zone, (343,)."""
        number = self.count(selection)[0].copy()
        for other, taken in self._ordered.values():
            common = float(other.cells @ selection.cells)
            if common > 0:
                number -= taken * (common / float(other.cells.sum()))
        return np.asarray(np.maximum(number, 0.0))

    def note(self, selection: Selection, by_zone: np.ndarray) -> None:
        """Remember how many an order takes."""
        _, before = self._ordered.get(selection.name, (selection, np.zeros(N_ZONES)))
        self._ordered[selection.name] = (selection, before + by_zone)


def there_are(verbs: Verbs, selection: Selection) -> np.ndarray:
    """Return how many businesses of a selection no order of this quarter takes, by zone, (343,)."""
    return verbs.trades.left(selection)


def give_order(
    verbs: Verbs,
    measure: Measure,
    selection: Selection,
    zones: np.ndarray,
    amount: np.ndarray,
    fate: Fate,
    basis: str = "",
) -> Ordered:
    """Leave an order with business dynamics, enter it in the ledger and return what it means.

    Amounts are rounded to whole businesses so that they add up over zones and quarters; never more is ordered
    than there is.

    Raises
    ------
    InputError
        When more measures order businesses about in one quarter than can be told apart.
    """
    city = verbs.city
    key = text_key(measure.id)
    draw = city.random.uniforms(
        Stream.MEASURE_SPLIT, zones.astype(np.uint64), verbs.quarter_index, key & KEY_BITS
    )
    carry = (measure.id, selection.name, -1)
    start = verbs.memory.get(carry)
    if start is None:
        start = city.random.uniform(Stream.MEASURE_SPLIT, key, alternative=2)
    available = verbs.trades.left(selection)[zones]
    whole, verbs.memory[carry] = _whole(np.minimum(amount, available), start, np.argsort(draw))
    whole = np.minimum(whole, np.floor(available + 1e-9))
    number, own, jobs = verbs.trades.count(selection)[:, zones]
    moved = whole * (1.0 - fate.shares[3]) / np.maximum(number, 1.0)
    done = Ordered(whole, moved * jobs, moved * own, whole * fate.gone)
    if whole.any():
        by_zone = np.zeros(N_ZONES, dtype=np.int64)
        by_zone[zones] = whole.astype(np.int64)
        verbs.trades.note(selection, by_zone)
        _leave(
            city.scratch["business_orders"], BusinessOrder(_order_key(key), selection, by_zone, fate), measure
        )
    if fate.returns:
        city.land.street_cleared[zones] += done.gone
    what, quarter = f"businesses.{selection.name}", verbs.quarter_index
    verbs.ledger.append(
        quarter,
        measure,
        "direct",
        zones,
        what,
        "businesses",
        amount,
        whole,
        done.jobs,
        basis=basis,
        jobs=-done.jobs,
    )
    if fate.outside > 0.0:
        out = whole * fate.outside
        verbs.ledger.append(
            quarter,
            measure,
            "direct",
            zones,
            f"{what}.hebei_tianjin",
            "businesses",
            out,
            out,
            basis="assumed",
        )
    return done


def _leave(orders: list[BusinessOrder], given: BusinessOrder, measure: Measure) -> None:
    """Add an order to those of the quarter; parts of one measure's order become one."""
    for place, order in enumerate(orders):
        if (order.key, order.selection, order.fate) == (given.key, given.selection, given.fate):
            orders[place] = replace(order, number=order.number + given.number)
            return
    if len(orders) >= MOST_ORDERS:
        raise InputError(
            f"more than {MOST_ORDERS} orders to businesses fall into one quarter",
            where=measure.id,
            mend="put measures of the same kind and area together",
        )
    orders.append(given)


def _order_key(key: int) -> int:
    """Return the alternative of an order's draws: below 2^32, and never 0."""
    return (key & KEY_BITS) | 1


def _whole(amount: np.ndarray, start: float, order: np.ndarray) -> tuple[np.ndarray, float]:
    """Round amounts to whole numbers that add up to their sum, and return what is carried on.

    Parameters
    ----------
    amount
        Amounts, not negative, (n,).
    start
        What earlier roundings carried over, 0 to 1.
    order
        Positions in a random order: which of many small amounts becomes one.
    """
    running = start + np.cumsum(amount[order]) + 1e-9
    whole = np.zeros(len(amount))
    whole[order] = np.diff(np.floor(running), prepend=np.floor(start + 1e-9))
    last = float(running[-1]) - 1e-9 if len(running) else start
    return whole, float(np.clip(last - np.floor(last + 1e-9), 0.0, 1.0))
