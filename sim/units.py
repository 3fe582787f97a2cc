"""Know the units of the packaged tables and convert between them.

A unit is written as a multiplier, a counted thing and, for a rate, what it is per: ``10k persons``,
``yuan/m2``, ``100 million yuan/year``, ``persons per family household``, ``per 1000 women``. Words in
brackets at the end, such as ``(more than)``, and what a share is of, such as ``percent of residents``, are
kept apart as a qualifier.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from sim.errors import InputError

MULTIPLIERS = {
    "10k": 1e4,
    "1000": 1e3,
    "100 million": 1e8,
    "100m": 1e8,
    "million": 1e6,
    "1e4": 1e4,
    "1e8": 1e8,
}
"""Factors that may stand before a counted thing: 10k and 1e4 are 万, 100 million and 1e8 are 亿."""

_SCALED = {
    "m2": (1.0, "m2"),
    "ha": (1e4, "m2"),
    "km2": (1e6, "m2"),
    "mu": (10_000 / 15, "m2"),
    "km": (1.0, "km"),
    "m3": (1.0, "m3"),
    "kWh": (1.0, "kWh"),
    "minutes": (1.0, "minutes"),
    "hours": (60.0, "minutes"),
    "years": (1.0, "years"),
    "days": (1.0, "days"),
    "yuan": (1.0, "CNY"),
    "CNY": (1.0, "CNY"),
    "share": (1.0, "share"),
    "percent": (0.01, "share"),
    "%": (0.01, "share"),
    "per_mille": (0.001, "share"),
    "ratio": (1.0, "ratio"),
    "index": (1.0, "index"),
    "flag": (1.0, "flag"),
}
"""Physical units, money and shares: factor to the base unit, and the base unit."""

_COUNTED = (
    "applications areas arrivals beds bodies bottles building buildings businesses calls campuses "
    "canteens cases centres children clusters communities complaints compounds departments districts "
    "dwellings employers entities estates facilities farms firms flats guests homes hospitals hotels "
    "households institutions jobs lanes lines markets merchants openings organisations outlets parks "
    "person-days person-quarters persons places points premises projects reaches relics roads rooms "
    "rounds schools sectors shops sites spots stalls stations stores streets students tasks towns townships "
    "units universities vehicles villages visits warnings workers yards"
).split()
"""Things that are counted one by one; each is its own base unit."""

_PHRASES = (
    "homes listed",
    "homes sold",
    "municipal universities",
    "registered tenures",
    "households in sample",
    "persons in sample",
    "sample households",
    "males per 100 females",
    "children per woman",
    "previous year = 100",
    "vendors",
    "per person-year",
    "street units",
    "rank",
    "year",
)
"""Units that are read whole."""

_PER = (
    "day week month season quarter year household home person person-year woman m2 km2 room room-day shop "
    "lane tenant renter m3 kWh t bottle"
).split()
"""What a rate may be per, in the singular."""

_PLURAL = {"persons": "person", "households": "household", "tenants": "tenant", "residents": "person"}
_QUALIFIER = re.compile(r"\s*\(([^()]*)\)\s*$")
_RELATIVE = re.compile(r"(percent|share|%|per_mille),?\s+((?:of\s|vs\s|on\s|[A-Z]).+)")
_PER_THOUSAND = re.compile(r"(?:([a-z]+) )?per 1000(?: ([a-z ]+))?")
_SPLIT = re.compile(r"\s*/\s*|\s+per\s+|\s+a\s+")


@dataclass(frozen=True)
class Unit:
    """Hold one unit: its text, the factor to its base unit, the base unit, and words that qualify it."""

    text: str
    factor: float
    base: str
    qualifier: str = ""


def known_units() -> tuple[str, ...]:
    """Return every counted thing and physical unit that a unit may be made of."""
    return tuple(sorted([*_SCALED, *_COUNTED, *_PHRASES]))


@cache
def parse_unit(text: str, *, where: str = "") -> Unit:
    """Return what a unit means.

    Parameters
    ----------
    text
        The unit as a table gives it, such as ``10k persons/km2``.
    where
        File and row, shown when the unit is not known.

    Raises
    ------
    InputError
        When a part of the unit is not known.
    """
    body, qualifier = _cut_qualifier(text.strip())
    whole = _counted(body) or _thousandth(body)
    if whole is not None:
        return Unit(text, *whole, qualifier)
    relative = _RELATIVE.fullmatch(body)
    if relative is not None:
        return Unit(
            text, *_SCALED[relative.group(1)], "; ".join(filter(None, [relative.group(2), qualifier]))
        )
    numerator, *denominators = _SPLIT.split(body)
    counted = _counted(numerator)
    pers = [_per(part) for part in denominators]
    if counted is None or not all(pers):
        raise _unknown(text, where)
    factor, base = counted
    return Unit(text, factor, "/".join([base, *[per for per in pers if per]]), qualifier)


def to_base(value: float, unit: str, *, where: str = "") -> float:
    """Return a number in its base unit: ``to_base(117.2, "10k persons")`` is 1,172,000."""
    return value * parse_unit(unit, where=where).factor


def convert(value: float, unit: str, to: str, *, where: str = "") -> float:
    """Return a number in another unit of the same kind.

    Raises
    ------
    InputError
        When one of the units is not known or they measure different things.
    """
    source, target = parse_unit(unit, where=where), parse_unit(to, where=where)
    if source.base != target.base:
        raise InputError(
            f"'{unit}' cannot be turned into '{to}'",
            where=where,
            why=f"one measures {source.base}, the other {target.base}",
            mend="give both in units of the same kind",
        )
    return value * (source.factor / target.factor)


def _cut_qualifier(text: str) -> tuple[str, str]:
    match = _QUALIFIER.search(text)
    return (text[: match.start()].strip(), match.group(1)) if match else (text, "")


def _counted(text: str) -> tuple[float, str] | None:
    """Return factor and base of ``[multiplier] thing``, or None."""
    for name, factor in MULTIPLIERS.items():
        if text.startswith(name + " "):
            inner = _thing(text[len(name) + 1 :].strip())
            return None if inner is None else (factor * inner[0], inner[1])
    return _thing(text)


def _thing(text: str) -> tuple[float, str] | None:
    if text in _SCALED:
        return _SCALED[text]
    return (1.0, text) if text in _COUNTED or text in _PHRASES else None


def _thousandth(text: str) -> tuple[float, str] | None:
    """Return factor and base of a rate per 1,000, such as ``per 1000 women`` or ``beds per 1000``."""
    match = _PER_THOUSAND.fullmatch(text)
    if match is None:
        return None
    thing, of = match.group(1) or "", match.group(2) or ""
    if thing and thing not in _COUNTED:
        return None
    return 1e-3, f"{thing} per {of}".strip() if of else f"{thing} per head".strip()


def _per(text: str) -> str | None:
    """Return what a rate is per, in the singular; ``family household`` is a household."""
    word = text.strip().removeprefix("family ")
    word = _PLURAL.get(word, word)
    return word if word in _PER else None


def _unknown(text: str, where: str) -> InputError:
    near = get_close_matches(text, known_units(), n=3, cutoff=0.6)
    return InputError(
        f"the unit '{text}' is not known",
        where=where,
        why="a number without a unit is no fact",
        mend=f"write it as {' or '.join(near)}"
        if near
        else "write it from what sim.units.known_units() lists",
    )
