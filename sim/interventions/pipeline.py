"""Keep what a measure set going and falls due in later quarters: homes to be left, homes to be built."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from sim.codes import N_ZONES


class Pipeline:
    """Hold amounts by zone that fall due in later quarters."""

    def __init__(self) -> None:
        self._due: dict[int, np.ndarray] = {}

    def add(self, quarter_index: int, zones: np.ndarray, amount: np.ndarray) -> None:
        """Let an amount fall due in different zones in a quarter."""
        self._due.setdefault(quarter_index, np.zeros(N_ZONES))[zones] += amount

    def take(self, quarter_index: int) -> np.ndarray | None:
        """Return what falls due in a quarter, f8 (343,), and forget it; None where nothing does."""
        return self._due.pop(quarter_index, None)

    def outstanding(self) -> np.ndarray:
        """Return what has not fallen due yet, f8 (343,)."""
        return np.sum(list(self._due.values()), axis=0) if self._due else np.zeros(N_ZONES)


class Pipelines:
    """Hold a run's pipelines by measure and what flows in them."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], Pipeline] = defaultdict(Pipeline)

    def of(self, measure_id: str, what: str) -> Pipeline:
        """Return a measure's pipeline of something."""
        return self._by_name[measure_id, what]
