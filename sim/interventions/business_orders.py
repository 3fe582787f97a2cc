"""Order businesses about: so many of a selection in each zone, which ones being drawn by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import BusinessOrder, Fate, Selection
from sim.codes import N_ZONES
from sim.interventions.split import text_key
from sim.rng import Stream

if TYPE_CHECKING:
    from sim.interventions.base import Verbs
    from sim.policy.resolve import Measure

CELLS_A_SECTOR = 30
KEY_BITS = 0xFFFFFFFF


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


def there_are(verbs: Verbs, selection: Selection) -> np.ndarray:
    """Return how many businesses of a selection each zone has that no order of this quarter takes, (343,)."""
    number = selection.count(verbs.city.scratch["business_books"])[0]
    for order in verbs.city.scratch["business_orders"]:
        common = float(order.selection.cells @ selection.cells)
        if common > 0:
            number = number - order.number * min(common / float(order.selection.cells.sum()), 1.0)
    return np.asarray(np.maximum(number, 0.0))


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
    available = there_are(verbs, selection)[zones]
    whole, verbs.memory[carry] = _whole(np.minimum(amount, available), start, np.argsort(draw))
    whole = np.minimum(whole, np.floor(available + 1e-9))
    books = city.scratch["business_books"]
    scale = np.repeat(city.scratch["jobs_scale"], CELLS_A_SECTOR)
    moved = whole * (1.0 - fate.shares[3]) / np.maximum(selection.count(books)[0][zones], 1.0)
    jobs, own = books[1] @ (selection.cells * scale), books[1] @ selection.cells
    done = Ordered(whole, moved * jobs[zones], moved * own[zones], whole * fate.gone)
    if whole.any():
        by_zone = np.zeros(N_ZONES, dtype=np.int64)
        by_zone[zones] = whole.astype(np.int64)
        city.scratch["business_orders"].append(
            BusinessOrder(_order_key(verbs, key), selection, by_zone, fate)
        )
    if fate.returns:
        city.land.street_cleared[zones] += done.gone
    what, quarter = f"businesses.{selection.name}", verbs.quarter_index
    verbs.ledger.append(
        quarter, measure, "direct", zones, what, "businesses", amount, whole, done.jobs, basis=basis
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


def _order_key(verbs: Verbs, key: int) -> int:
    """Return the draw's alternative: another for each order of a measure in a quarter, never 0."""
    given = sum(
        1 for order in verbs.city.scratch["business_orders"] if order.key >> 4 == (key >> 4) & 0xFFFFFFF
    )
    return (((key >> 4) & 0xFFFFFFF) << 4) | (1 + given % 15)


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
