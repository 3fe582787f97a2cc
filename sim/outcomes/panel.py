"""Hold indicators of the runs of a scenario as one array: a row a run, a column a cell.

A cell is an indicator of a place in a quarter. The runs of a store have the same cells, so that these are
looked up once and not in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.calendar import parse_quarter
from sim.outcomes.series import Series

KEYS = ("quarter", "level", "area", "indicator", "unit")
"""What a cell is known by."""


@dataclass(frozen=True)
class Cells:
    """Name the cells of a panel.

    Attributes
    ----------
    codes
        Of each of `KEYS` int array (n_cells,) of places in its names.
    names
        Of each of `KEYS` the names.
    """

    codes: Mapping[str, np.ndarray]
    names: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self.codes["quarter"])

    def where(self, **chosen: Sequence[str]) -> np.ndarray:
        """Return the places of the cells that have these names, int array; no names allow all."""
        held = np.ones(len(self), bool)
        for key, names in chosen.items():
            if names:
                held &= np.array([name in names for name in self.names[key]], bool)[self.codes[key]]
        return np.flatnonzero(held)

    def take(self, places: np.ndarray) -> Cells:
        """Return some of the cells."""
        return Cells({key: codes[places] for key, codes in self.codes.items()}, self.names)

    def rows(self, keys: Sequence[str] = KEYS) -> list[tuple[str, ...]]:
        """Return the names of each cell."""
        named = [np.array(self.names[key], object)[self.codes[key]].tolist() for key in keys]
        return list(zip(*named, strict=True))

    def find(self, other: Cells) -> np.ndarray:
        """Return the place in these cells of each cell of others, -1 where there is none."""
        if other is self:
            return np.arange(len(self))
        known = {row: place for place, row in enumerate(self.rows())}
        return np.array([known.get(row, -1) for row in other.rows()], np.int64)

    @cached_property
    def series(self) -> Mapping[tuple[str, str], np.ndarray]:
        """Return the place of each quarter's cell by indicator and area, -1 where there is none.

        A place that stands at two levels (Tongzhou) has the same values at both: the first counts.
        """
        quarters = np.array([parse_quarter(name, allow_base=True) for name in self.names["quarter"]], int)
        column = quarters[self.codes["quarter"]]
        n_areas, n_quarters = len(self.names["area"]), int(column.max(initial=-1)) + 1
        row = self.codes["indicator"].astype(np.int64) * n_areas + self.codes["area"]
        places = np.full((len(self.names["indicator"]) * n_areas, n_quarters), -1)
        places[row[::-1], column[::-1]] = np.arange(len(self))[::-1]
        known = np.flatnonzero((places >= 0).any(axis=1))
        names = [divmod(int(row), n_areas) for row in known]
        keys = [(self.names["indicator"][one], self.names["area"][other]) for one, other in names]
        return dict(zip(keys, places[known], strict=True))


@dataclass(frozen=True)
class Panel:
    """Hold the values of cells over the runs of a scenario.

    Attributes
    ----------
    cells
        The cells.
    values
        float array (n_runs, n_cells); NaN where a run does not know a cell.
    replications
        Number of each run, ascending.
    """

    cells: Cells
    values: np.ndarray
    replications: tuple[int, ...]

    def only(self, **chosen: Sequence[str]) -> Panel:
        """Return the cells that have these names; no names allow all."""
        places = self.cells.where(**chosen)
        return Panel(self.cells.take(places), self.values[:, places], self.replications)

    def series(self, indicator: str, area: str) -> Series | None:
        """Return an indicator of a place over the quarters, or None where there is none."""
        places = self.cells.series.get((indicator, area))
        if places is None:
            return None
        values = self.values[:, places]
        values[:, places < 0] = np.nan
        return Series(values, self.replications)


class PanelBook:
    """Look series up by scenario, indicator and area, as `sim.outcomes.series.SeriesBook` does.

    Parameters
    ----------
    panel
        Returns the panel of a scenario, None where there is none.
    """

    def __init__(self, panel: Callable[[str], Panel | None]) -> None:
        self._panel = panel

    def get(self, scenario: str, indicator: str, area: str) -> Series | None:
        """Return a series, or None where the store has none."""
        panel = self._panel(scenario)
        return None if panel is None else panel.series(indicator, area)


def aligned(runs: Sequence[tuple[Cells, np.ndarray]]) -> tuple[Cells, np.ndarray]:
    """Return the cells that some run has, and the values of every run, float (n_runs, n_cells)."""
    distinct = list({id(cells): cells for cells, _ in runs}.values())
    whole = _union(distinct)
    place = {id(cells): whole.find(cells) for cells in distinct}
    if len(distinct) == 1:
        return whole, np.stack([values for _, values in runs])
    filled = np.full((len(runs), len(whole)), np.nan)
    for row, (cells, values) in enumerate(runs):
        filled[row, place[id(cells)]] = values
    return whole, filled


def _union(parts: Sequence[Cells]) -> Cells:
    if len(parts) == 1:
        return parts[0]
    rows = list(dict.fromkeys(row for part in parts for row in part.rows()))
    columns: dict[str, Any] = dict(zip(KEYS, zip(*rows, strict=True), strict=True))
    names = {key: tuple(dict.fromkeys(said)) for key, said in columns.items()}
    places = {key: {name: code for code, name in enumerate(known)} for key, known in names.items()}
    codes = {key: np.array([places[key][name] for name in columns[key]], np.int32) for key in KEYS}
    return Cells(codes, names)
