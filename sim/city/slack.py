"""Turn stocks of the real city into places of the sample, without a shock in the first quarter.

A sample draws more of the households of one cell than its share and fewer of another's. Were the places of
each cell its share of the stock, some cells would start over-full and others empty, and people would move for
no reason but the draw. The slack is the difference at the start; it shrinks with the stock it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Slack:
    """Hold places beyond the share of the stock, and the base-year stock they belong to (same shape)."""

    places: np.ndarray = field(default_factory=lambda: np.zeros(1))
    stock: np.ndarray = field(default_factory=lambda: np.ones(1))


def slack_of(stock: np.ndarray, filled: np.ndarray, sample: float, group: np.ndarray) -> Slack:
    """Return the slack that gives each cell the share of free places of its group, f8 like `stock`.

    Parameters
    ----------
    stock, filled
        Places in the real city and simulated occupants by cell.
    group
        Group of each cell, whole numbers from 0: cells of a group share one base-year vacancy.
    """
    if sample == 1.0:
        return Slack()
    total = np.bincount(group.ravel(), weights=stock.ravel())
    used = np.bincount(group.ravel(), weights=filled.ravel()) / sample
    share = np.clip(used / np.maximum(total, 1e-9), 0.0, 1.0)[group]
    return Slack(filled - stock * sample * share, stock.copy())


def rebased(slack: Slack, before: np.ndarray, after: np.ndarray) -> Slack:
    """Return the slack of a stock that was changed by fiat: as many places beyond its share as before."""
    if slack.places.size == 1:
        return slack
    left = np.minimum(before / np.maximum(slack.stock, 1e-9), 1.0)
    return Slack(slack.places * left, after.copy())


def places_of(stock: np.ndarray, sample: float, rounding: np.ndarray, slack: Slack) -> np.ndarray:
    """Return the simulated places of each cell: floor(stock x sample + slack + rounding), i8, from 0."""
    left = np.minimum(stock / np.maximum(slack.stock, 1e-9), 1.0)
    return np.maximum(np.floor(stock * sample + slack.places * left + rounding), 0.0).astype(np.int64)
