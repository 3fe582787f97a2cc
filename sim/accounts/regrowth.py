"""Remember what each measure cleared, so that what grows back is put down to it."""

from __future__ import annotations

import numpy as np

from sim.accounts.entries import REBOUND
from sim.accounts.ledger import Ledger
from sim.codes import N_DISTRICTS, N_ZONES
from sim.policy.resolve import Measure

TINY = 1e-6


class Cleared:
    """Hold what measures cleared and has not come back, by what it is, measure and zone."""

    def __init__(self, district: np.ndarray) -> None:
        self._in_district = np.zeros((N_ZONES, N_DISTRICTS))
        self._in_district[np.arange(N_ZONES), district] = 1.0
        self._held: dict[tuple[str, str, int], dict[str, np.ndarray]] = {}
        self._persons: dict[tuple[str, str, int, str], list[float]] = {}
        self._measures: dict[str, Measure] = {}

    def add(
        self,
        measure: Measure,
        thing: tuple[str, str, int],
        zones: np.ndarray,
        taken: np.ndarray,
        persons: np.ndarray | float,
    ) -> None:
        """Note what a measure took.

        Parameters
        ----------
        thing
            Target of `set_capacity`, its unit, and the code of class or kind.
        persons
            People in what was taken, for each entry.
        """
        by_measure = self._held.setdefault(thing, {})
        np.add.at(by_measure.setdefault(measure.id, np.zeros(N_ZONES)), zones, taken)
        sums = self._persons.setdefault((*thing, measure.id), [0.0, 0.0])
        sums[0] += float(taken.sum())
        sums[1] += float(np.sum(persons))
        self._measures[measure.id] = measure

    def come_back(
        self, thing: tuple[str, str, int], name: str, back: np.ndarray, ledger: Ledger, quarter_index: int
    ) -> None:
        """Enter what came back in a quarter, each measure's part of what it had cleared in the zone.

        Parameters
        ----------
        name
            Name of the thing in the ledger.
        back
            What came back by zone, (343,).
        """
        by_measure = self._held.get(thing)
        if not by_measure or not back.any():
            return
        names = list(by_measure)
        held = np.stack([by_measure[key] for key in names])
        total = held.sum(axis=0)
        gone = held * np.minimum(back / np.maximum(total, TINY), 1.0)
        by_district = gone @ self._in_district
        for row, key in enumerate(names):
            by_measure[key] = held[row] - gone[row]
            taken, persons = self._persons[*thing, key]
            some = np.flatnonzero(by_district[row] > TINY)
            if len(some):
                amount = by_district[row, some]
                ledger.append(
                    quarter_index,
                    self._measures[key],
                    REBOUND,
                    N_ZONES + some,
                    name,
                    thing[1],
                    0.0,
                    amount,
                    rebounded=amount * persons / max(taken, TINY),
                )
