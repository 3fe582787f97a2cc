"""Take names as they are asked for: one, several, or all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from sim.errors import InputError
from sim.outcomes.registry import INDICATORS
from sim.outcomes.tidy import LEVELS

Chosen = str | Sequence[str] | None
"""One name, several, or None for all."""


def filters_of(indicator: Chosen, level: Chosen, area: Chosen, quarter: Chosen) -> dict[str, list[str]]:
    """Return the names that each column of the indicators may have; none allow all.

    Raises
    ------
    InputError
        When an indicator, level or quarter is not known.
    """
    return {
        "indicator": known(indicator, INDICATORS, "indicator"),
        "level": known(level, LEVELS, "level"),
        "area": names_of(area),
        "quarter": quarters_of(quarter),
    }


def names_of(chosen: Chosen) -> list[str]:
    """Return the names asked for; none where all are."""
    if chosen is None:
        return []
    return [chosen] if isinstance(chosen, str) else list(chosen)


def quarters_of(chosen: Chosen) -> list[str]:
    """Return the quarters asked for as they are written in tables; InputError where one is none."""
    from sim.calendar import format_quarter, parse_quarter

    return [format_quarter(parse_quarter(text, allow_base=True)) for text in names_of(chosen)]


def known(chosen: Chosen, among: Iterable[str], noun: str, where: str = "") -> list[str]:
    """Return the names asked for; InputError with the nearest ones where one is not among the known."""
    names, there = names_of(chosen), list(among)
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=3) or there[:3]
            raise InputError(f"unknown {noun} '{name}'", where=where, mend=f"nearest: {', '.join(near)}")
    return names
