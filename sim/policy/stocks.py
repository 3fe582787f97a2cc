"""Know how much there was of what a measure takes away, where that is published.

Where it is not published the run knows only its own city: what is asked there beyond what stands is not
available, and the ledger says so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.calendar import parse_quarter
from sim.policy.places import places
from sim.policy.reader import read_valid
from sim.policy.resolve import Measure
from sim.policy.schema import Amount, Basis, Place, Quarter, Strict, Text, Unit
from sim.units import parse_unit

STOCKS = Path(__file__).resolve().parent / "stocks.yaml"
_ROUNDING = 1e-9


class Stock(Strict):
    """Hold how much there was in an area at the beginning of a quarter."""

    kind: Text
    action: str = ""
    area: Place
    at: Quarter
    value: Amount
    unit: Unit
    basis: Basis
    source: Text


class StockFile(Strict):
    """Hold every published stock."""

    stocks: list[Stock]


@cache
def load_stocks() -> tuple[Stock, ...]:
    """Return the published stocks."""
    return tuple(read_valid(STOCKS, StockFile)[1].stocks)


def beyond_stock(measure: Measure) -> str:
    """Return why a measure asks for more than there was, or an empty text.

    A measure's amounts inside the stock's area, from the stock's quarter on, are added up and held against
    it.
    """
    for stock in load_stocks():
        if measure.kind != stock.kind or (stock.action and measure.action != stock.action):
            continue
        unit = parse_unit(stock.unit)
        if unit.base != measure.unit:
            continue
        zones, begin = places().zones_of(stock.area), parse_quarter(stock.at)
        asked = sum(
            portion.amount
            for portion in measure.portions
            if portion.quarter_index >= begin and zones.issuperset(portion.zones)
        )
        there = stock.value * unit.factor
        if asked > there * (1.0 + _ROUNDING):
            return (
                f"it asks for {asked:,.0f} {measure.unit} in {stock.area} from {stock.at} on, and there were "
                f"{there:,.0f} ({stock.source})"
            )
    return ""
