"""Lay indicators out as tidy rows: the keys of a row are alike in every run, its value is the run's own.

Rows are in the order of levels, indicators, places and quarters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.calendar import format_quarter
from sim.outcomes.registry import INDICATORS

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("city", "area", "district", "zone")
"""Levels in the order of their rows."""


class Block(NamedTuple):
    """Name the rows of a level: its name, its places, and its indicators in the order of the registry."""

    level: str
    areas: tuple[str, ...]
    indicators: tuple[str, ...]


class _Key(NamedTuple):
    """Hold a key column: codes (n_rows,), and what they stand for."""

    codes: np.ndarray
    kind: Any


def tidy(blocks: Sequence[Block], values: Iterable[np.ndarray], n_quarters: int) -> pd.DataFrame:
    """Return the rows of some blocks.

    Parameters
    ----------
    blocks
        The levels that are tabulated.
    values
        Of each indicator of each block an array (n_quarters, n_areas).
    n_quarters
        How many quarters there are, the base quarter among them.

    Returns
    -------
    Columns quarter, level, area, indicator, value, unit; all but value are categorical.
    """
    import pandas as pd

    column = np.empty(n_quarters * sum(len(block.areas) * len(block.indicators) for block in blocks))
    begin = 0
    for value in values:
        column[begin : begin + value.size].reshape(value.shape[::-1])[:] = value.T
        begin += value.size
    columns: dict[str, pd.Categorical[str] | np.ndarray] = {
        # The codes are copied: who is given a table may write to it.
        name: pd.Categorical.from_codes(key.codes.copy(), dtype=key.kind, validate=False)
        for name, key in _keys(tuple(blocks), n_quarters).items()
    }
    unit = columns.pop("unit")
    return pd.DataFrame({**columns, "value": column, "unit": unit}, copy=False)


def _kind(names: Sequence[str], *, ordered: bool = False) -> Any:
    import pandas as pd

    return pd.CategoricalDtype(pd.Index(list(names)), ordered=ordered)


@lru_cache(maxsize=2)
def _keys(blocks: tuple[Block, ...], n_quarters: int) -> dict[str, _Key]:
    """Return the key columns of some blocks, for reading only."""
    order = {name: code for code, name in enumerate(INDICATORS)}
    areas = tuple(dict.fromkeys(area for block in blocks for area in block.areas))
    place = {area: code for code, area in enumerate(areas)}
    units = tuple(dict.fromkeys(indicator.unit for indicator in INDICATORS.values()))
    unit_of = np.array([units.index(indicator.unit) for indicator in INDICATORS.values()], np.int8)
    rows = [n_quarters * len(block.areas) * len(block.indicators) for block in blocks]
    indicator = np.concatenate(
        [
            np.repeat([order[name] for name in block.indicators], n_quarters * len(block.areas))
            for block in blocks
        ]
    ).astype(np.int16)
    area = np.concatenate(
        [
            np.tile(np.repeat([place[name] for name in block.areas], n_quarters), len(block.indicators))
            for block in blocks
        ]
    ).astype(np.int16)
    quarter = np.tile(np.arange(n_quarters, dtype=np.int16), sum(rows) // n_quarters)
    level = np.repeat(np.array([LEVELS.index(block.level) for block in blocks], np.int8), rows)
    quarters = tuple(format_quarter(index) for index in range(n_quarters))
    return {
        "quarter": _Key(quarter, _kind(quarters, ordered=True)),
        "level": _Key(level, _kind(LEVELS)),
        "area": _Key(area, _kind(areas)),
        "indicator": _Key(indicator, _kind(tuple(INDICATORS))),
        "unit": _Key(unit_of[indicator], _kind(units)),
    }
