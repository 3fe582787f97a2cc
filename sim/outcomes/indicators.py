"""Declare every indicator, and tabulate a record by zone, district, area and city.

A record holds numerators by zone and quarter. Here, and only here, counts of simulated people and households
are scaled up by the sample, sums are taken over places, and ratios are formed as sums of numerators over sums
of denominators at each level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from sim.errors import RunError
from sim.outcomes.registry import DERIVED, INDICATORS, KEYS, Indicator
from sim.outcomes.tidy import Block, tidy

if TYPE_CHECKING:
    import pandas as pd

    from sim.city.zones import Zones
    from sim.outcomes.series import Book

HUKOU_CELL_MINIMUM = 200.0
"""A cell of hukou by zone below this many persons is not shown."""

COLUMNS = ("quarter", "level", "area", "indicator", "value", "unit")

_OFFICIAL = {
    "residents_official": (("residents_local", 0), ("residents_non_local", 1)),
    "residents_non_local_official": (("residents_non_local", 1),),
}
_HUKOU_CELLS = ("residents_local", "residents_non_local")


class Indicated(Protocol):
    """Hold the indicators of a store, as `sim.scenarios.results.Results` does."""

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios."""
        ...

    @property
    def until(self) -> str:
        """Return the last quarter of the runs."""
        ...

    def indicators(
        self,
        scenario: str | Sequence[str] | None = None,
        *,
        indicator: str | Sequence[str] | None = None,
        level: str | Sequence[str] | None = None,
        area: str | Sequence[str] | None = None,
        quarter: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return tidy indicator rows."""
        ...

    def book(self) -> Book:
        """Return what targets, densities and money are read from, to be looked up as series."""
        ...


class Recorded(Protocol):
    """Hold numerators by key: arrays (n_quarters, n_zones), row 0 the base quarter."""

    @property
    def values(self) -> Mapping[str, np.ndarray]:
        """Return the numerators."""
        ...


@dataclass(frozen=True)
class _Level:
    """Name the places of one level and how zones add up to them; weights None means the zones themselves."""

    name: str
    areas: tuple[str, ...]
    weights: np.ndarray | None
    land_km2: np.ndarray


def tabulate(
    record: Recorded, zones: Zones, sample: float, official: np.ndarray | None = None
) -> pd.DataFrame:
    """Return every indicator of a record as tidy rows, scaled to the whole city.

    Parameters
    ----------
    record
        ``values`` maps each key of `KEYS` to an array (n_quarters, n_zones).
    zones
        The zones in the order of the record's columns.
    sample
        The sampling rate; counts of simulated people and households are divided by it.
    official
        Array (n_quarters, 16, 2) of `sim.outcomes.official.official_factors`; without it the official measure
        is left out.

    Returns
    -------
    Columns quarter, level, area, indicator, value, unit; all but value are categorical. A ratio without a
    denominator, a flow in the base quarter and a suppressed cell are null.

    Raises
    ------
    RunError
        When the record lacks a key.
    """
    scaled = scale(record.values, sample)
    n_quarters = len(next(iter(scaled.values())))
    stacked = np.stack(list(scaled.values()))
    blocks: list[Block] = []
    values: list[np.ndarray] = []
    for level in _levels(zones):
        sums = _sums(scaled, stacked, level)
        table = {
            name: _value(indicator, sums) for name, indicator in INDICATORS.items() if not indicator.official
        }
        if level.weights is None:
            _suppress(table)
        elif official is not None:
            table.update(_official(scaled, level.weights, zones, official))
        names = tuple(name for name in INDICATORS if name in table)
        blocks.append(Block(level.name, level.areas, names))
        values += [table[name] for name in names]
    return tidy(blocks, values, n_quarters)


def scale(values: Mapping[str, np.ndarray], sample: float) -> dict[str, np.ndarray]:
    """Scale the simulated counts of a record to the whole city and add the keys derived from others."""
    missing = sorted(set(KEYS) - set(values) - set(DERIVED))
    if missing:
        raise RunError(f"the record lacks {', '.join(missing)}")
    scaled = {
        name: np.asarray(values[name], float) * (1.0 / sample if key.simulated else 1.0)
        for name, key in KEYS.items()
        if name not in DERIVED
    }
    for name, (plus, minus) in DERIVED.items():
        scaled[name] = scaled[plus] - scaled[minus]
    return scaled


def _levels(zones: Zones) -> list[_Level]:
    areas = zones.areas()
    districts = zones.districts.ids
    city = ("beijing",)
    # Tongzhou is an area group and a district alike.
    groups = [name for name in areas if name == "tongzhou" or name not in {*districts, *city}]
    named = []
    for name, members in (("city", city), ("area", groups), ("district", districts)):
        weights = np.stack([areas[member] for member in members], axis=1)
        land = np.array([zones.land_km2(member) for member in members])
        named.append(_Level(name, tuple(members), weights, land))
    return [*named, _Level("zone", tuple(zones.ids), None, np.asarray(zones.area_km2, float))]


def _sums(scaled: Mapping[str, np.ndarray], stacked: np.ndarray, level: _Level) -> dict[str, np.ndarray]:
    """Return each key by quarter and place of the level, all keys at once; land is the level's own."""
    by_place = stacked if level.weights is None else stacked @ level.weights
    sums = dict(zip(scaled, by_place, strict=True))
    shape = next(iter(sums.values())).shape
    sums["land_area_km2"] = np.broadcast_to(level.land_km2, shape)
    return sums


def _value(indicator: Indicator, sums: Mapping[str, np.ndarray]) -> np.ndarray:
    value = sums[indicator.numerator] * indicator.factor
    if indicator.denominator is not None:
        below = sums[indicator.denominator]
        value = np.divide(value, below, out=np.full(value.shape, np.nan), where=below > 0)
    if indicator.kind == "flow":
        value[0] = np.nan  # the base quarter is a state: nothing has flowed yet
    return value


def _suppress(table: dict[str, np.ndarray]) -> None:
    """Blank both hukou cells of a zone when either is small: the other and the total would give it away."""
    small = np.any([table[name] < HUKOU_CELL_MINIMUM for name in _HUKOU_CELLS], axis=0)
    for name, indicator in INDICATORS.items():
        if indicator.by_hukou and name in table:
            table[name] = np.where(small, np.nan, table[name])


def _official(
    scaled: Mapping[str, np.ndarray], weights: np.ndarray, zones: Zones, factors: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the official measures: each zone's people carry the error of their district."""
    by_zone = factors[:, np.asarray(zones.district, int), :]
    return {
        name: sum((scaled[key] * by_zone[:, :, hukou] for key, hukou in parts), np.zeros(by_zone.shape[:2]))
        @ weights
        for name, parts in _OFFICIAL.items()
    }
