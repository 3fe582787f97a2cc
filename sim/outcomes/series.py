"""Arrange tidy indicator rows as one array a scenario, indicator and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.calendar import parse_quarter


@dataclass(frozen=True)
class Series:
    """Hold an indicator of one place over replications and quarters.

    Attributes
    ----------
    values
        Array (n_replications, n_quarters); column q is quarter index q.
    replications
        Number of each row's replication, ascending.
    """

    values: np.ndarray
    replications: tuple[int, ...]

    def at(self, quarter: int) -> np.ndarray:
        """Return one quarter's value of each replication; quarters beyond the run are unknown."""
        if 0 <= quarter < self.values.shape[1]:
            column: np.ndarray = self.values[:, quarter]
            return column
        return np.full(len(self.values), np.nan)

    def paired(self, other: Series) -> tuple[Series, Series]:
        """Return both with the replications that both have, in the same order."""
        common = sorted(set(self.replications) & set(other.replications))
        return self._only(common), other._only(common)

    def _only(self, replications: list[int]) -> Series:
        place = {number: row for row, number in enumerate(self.replications)}
        rows = [place[number] for number in replications]
        return Series(self.values[rows], tuple(replications))


class SeriesBook:
    """Look series up by scenario, indicator and area.

    Parameters
    ----------
    frame
        Tidy rows with columns scenario, replication, quarter, area, indicator, value. A place that stands at
        two levels (Tongzhou) has the same values at both.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        keys = ["scenario", "indicator", "area", "replication", "quarter"]
        wide = (
            frame.drop_duplicates(keys)
            .astype(dict.fromkeys(("scenario", "indicator", "area", "quarter"), "object"))
            .pivot(index=keys[:4], columns="quarter", values="value")
        )
        index = [parse_quarter(str(name), allow_base=True) for name in wide.columns]
        values = np.full((len(wide), max(index, default=-1) + 1), np.nan)
        values[:, index] = wide.to_numpy(float)
        self._series = dict(self._split(wide, values))

    @staticmethod
    def _split(wide: pd.DataFrame, values: np.ndarray) -> Iterator[tuple[tuple[str, str, str], Series]]:
        keys = wide.index.to_frame(index=False)
        rows = keys.assign(row=np.arange(len(keys))).groupby(["scenario", "indicator", "area"], sort=False)
        for (scenario, indicator, area), part in rows:
            ordered = part.sort_values("replication")
            numbers = tuple(int(number) for number in ordered["replication"])
            yield (
                (str(scenario), str(indicator), str(area)),
                Series(values[ordered["row"].to_numpy()], numbers),
            )

    def get(self, scenario: str, indicator: str, area: str) -> Series | None:
        """Return a series, or None where the store has none."""
        return self._series.get((scenario, indicator, area))
