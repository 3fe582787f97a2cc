"""Write numbers with their unit, in English or Chinese.

English counts people in thousands and millions, Chinese in 万 (10,000); the minus sign is a true minus, so
that columns of numbers line up, and a number that is not known is written as a dash, never as zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
ARROW = "\N{RIGHTWARDS ARROW}"
THIN = "\N{NO-BREAK SPACE}"

_DIGITS = f"0123456789.,+{MINUS}"
_WAN = 1e4
_MILLION = 1e6

_FUNDS = {
    "en": ((1e9, "billion"), (1e6, "million"), (1.0, "")),
    "zh": ((1e8, "亿元"), (1e4, "万元"), (1.0, "元")),
}

_UNIT_WORDS = {
    "en": {
        "persons/km2": "persons/km²",
        "visits/day/km2": "visits/day/km²",
        "visits/quarter": "visits a quarter",
        "visits/day": "visits a day",
        "m2/km2": "m²/km²",
        "outlets/km2": "outlets/km²",
        "shops/km2": "shops/km²",
        "jobs/km2": "jobs/km²",
        "km2": "km²",
        "m2": "m²",
        "jobs": "jobs",
        "outlets": "outlets",
        "beds": "beds",
        "beds/km2": "beds/km²",
        "m2/person": "m²/person",
        "CNY/month": "CNY a month",
        "CNY/m2/month": "CNY/m² a month",
        "minutes": "minutes",
        "ratio": "",
    },
    "zh": {
        "persons/km2": "人/平方公里",
        "visits/day/km2": "人次/日·平方公里",
        "visits/quarter": "人次/季度",
        "visits/day": "人次/日",
        "m2/km2": "平方米/平方公里",
        "outlets/km2": "个网点/平方公里",
        "shops/km2": "个网点/平方公里",
        "jobs/km2": "个岗位/平方公里",
        "km2": "平方公里",
        "m2": "平方米",
        "jobs": "个岗位",
        "outlets": "个网点",
        "beds": "张床位",
        "beds/km2": "张床位/平方公里",
        "m2/person": "平方米/人",
        "CNY/month": "元/月",
        "CNY/m2/month": "元/平方米·月",
        "minutes": "分钟",
        "ratio": "",
    },
}

_THINGS: dict[str, dict[str, str]] = {
    "en": {},
    "zh": {
        "areas": "处",
        "beds": "张床位",
        "businesses": "户",
        "canteens": "处",
        "cases": "起",
        "centres": "个",
        "clusters": "处",
        "communities": "个社区",
        "departments": "个部门",
        "districts": "个区",
        "dwellings": "套",
        "employers": "家",
        "estates": "个小区",
        "farms": "处",
        "firms": "家企业",
        "households": "户",
        "institutions": "所",
        "lanes": "条",
        "markets": "个",
        "parks": "个",
        "places": "处",
        "points": "处",
        "projects": "个项目",
        "roads": "条",
        "rounds": "轮",
        "sectors": "个行业",
        "sites": "处",
        "stations": "座",
        "streets": "条",
        "students": "名学生",
        "tasks": "项",
        "townships": "个乡镇",
        "villages": "个村",
    },
}
"""What tasks count, where the word of the catalogue is not the page's."""


def known(value: Any) -> bool:
    """Say whether a value is a number that can be shown."""
    return value is not None and not isinstance(value, str) and not math.isnan(float(value))


def round_to(value: float, digits: int) -> float:
    """Round to a number of significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def grouped(value: float, decimals: int = 0) -> str:
    """Write a number with separators of thousands and a true minus sign."""
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def _split(text: str) -> tuple[str, str]:
    """Return the number and the rest of a written amount."""
    end = next((i for i, sign in enumerate(text) if sign not in _DIGITS), len(text))
    return text[:end], text[end:]


def shared_unit(texts: Sequence[str]) -> tuple[str, list[str]]:
    """Return the unit that all written amounts share, and the amounts without it; no unit where they differ.

    What is not known, and a bare zero, go with any unit.
    """
    units = {_split(text)[1].strip(THIN) for text in texts if text not in (DASH, "0", "")}
    if len(units) != 1:
        return "", list(texts)
    unit = units.pop()
    return unit, [text.removesuffix(unit).rstrip(THIN) if unit else text for text in texts]


@dataclass(frozen=True)
class Numbers:
    """Write the numbers of one language (``en`` or ``zh``)."""

    lang: str

    @property
    def chinese(self) -> bool:
        """Say whether this is the Chinese way."""
        return self.lang == "zh"

    def persons(self, value: Any, *, signed: bool = False) -> str:
        """Write a number of people; three to four significant digits, because more would be false."""
        return self._count(value, "人" if self.chinese else "", signed=signed)

    def people(self, value: Any) -> str:
        """Write a number of people with the word itself."""
        text = self.persons(value)
        return text if self.chinese or text == DASH else f"{text} people"

    def percent(self, value: Any, decimals: int = 1, *, signed: bool = False) -> str:
        """Write a percentage given in percent."""
        if not known(value):
            return DASH
        return f"{self._sign(value, decimals) if signed else ''}{grouped(float(value), decimals)}{THIN}%"

    def share(self, value: Any, decimals: int = 0) -> str:
        """Write a share between 0 and 1 as a percentage."""
        return self.percent(float(value) * 100, decimals) if known(value) else DASH

    def plain(self, value: Any, digits: int = 4) -> str:
        """Write a bare number with so many significant digits."""
        if not known(value):
            return DASH
        rounded = round_to(float(value), digits)
        if not rounded:
            return "0"
        size = math.floor(math.log10(abs(rounded)))
        return grouped(rounded, max(0, min(digits - 1 - size, 3)))

    def money(self, value: Any) -> str:
        """Write an amount of yuan."""
        if not known(value):
            return DASH
        amount = grouped(round_to(float(value), 3))
        return f"{amount}{THIN}元" if self.chinese else f"CNY{THIN}{amount}"

    def funds(self, value: Any, *, signed: bool = False) -> str:
        """Write a large amount of yuan: in millions or billions, or in 万 or 亿 (100 million)."""
        if not known(value):
            return DASH
        number = float(value)
        sign = self._sign(number) if signed else ""
        steps = _FUNDS[self.lang]
        size, word = next(((s, w) for s, w in steps if abs(number) >= 0.9995 * s), steps[-1])
        if size == 1:
            return sign + self.money(number)
        amount = self.plain(number / size, 4)
        return f"{sign}{amount}{THIN}{word}" if self.chinese else f"{sign}CNY{THIN}{amount}{THIN}{word}"

    def funds_bounds(self, low: Any, high: Any) -> str:
        """Write an interval of large amounts, the unit once; nothing where both ends are written alike."""
        if not (known(low) and known(high)):
            return ""
        first, last = self.funds(low), self.funds(high)
        if first == last:
            return ""
        head, tail = f"CNY{THIN}", last.removeprefix(f"CNY{THIN}").lstrip(_DIGITS)
        if first.endswith(tail):
            first = first.removesuffix(tail)
        return f"{first} {DASH} {last.removeprefix(head)}"

    def amount(self, value: Any, unit: str) -> str:
        """Write a number of things that are counted, or of what is measured in the units of the tables."""
        if unit in ("m2", "persons", "jobs", "outlets"):
            return self.with_unit(value, unit)
        if not known(value):
            return DASH
        return f"{grouped(round_to(float(value), 4))}{THIN}{_THINGS[self.lang].get(unit, unit)}"

    def money_change(self, before: Any, after: Any) -> str:
        """Write two amounts of yuan with an arrow between them, the unit once."""
        if not (known(before) and known(after)):
            return DASH
        first, last = self.money(before), self.money(after)
        if self.chinese:
            return f"{first.removesuffix('元').rstrip(THIN)} {ARROW} {last}"
        return f"{first} {ARROW} {last.removeprefix('CNY').lstrip(THIN)}"

    def with_unit(self, value: Any, unit: str, *, signed: bool = False) -> str:
        """Write a number in the unit it is kept in (the units of the tables and indicators)."""
        if not known(value):
            return DASH
        number = float(value)
        if unit in ("persons", "10k persons"):
            return self.persons(number * (_WAN if unit.startswith("10k") else 1), signed=signed)
        if unit.startswith(("percent", "%")):
            return self.percent(number, signed=signed)
        factor, rest = (_WAN, unit[4:]) if unit.startswith("10k ") else (1.0, unit)
        word = _UNIT_WORDS[self.lang].get(rest, rest)
        if rest in ("m2", "jobs", "outlets"):
            return self._count(number * factor, word, signed=signed)
        text = (self._sign(number) if signed else "") + self.plain(number * factor)
        return f"{text}{THIN}{word}".rstrip(THIN)

    def interval(self, low: Any, high: Any, unit: str, *, signed: bool = False) -> str:
        """Write an interval, its unit once where both ends are in the same."""
        if not (known(low) and known(high)):
            return ""
        start, end = self.with_unit(low, unit, signed=signed), self.with_unit(high, unit, signed=signed)
        (first, first_unit), (_, last_unit) = _split(start), _split(end)
        return f"{first if first_unit == last_unit else start} {DASH} {end}"

    def bounds(self, low: Any, high: Any, unit: str, *, signed: bool = False) -> str:
        """Write an interval; nothing where both ends are written alike, because nothing varies."""
        ends = [self.with_unit(value, unit, signed=signed) for value in (low, high)]
        return "" if ends[0] == ends[1] else self.interval(low, high, unit, signed=signed)

    def _count(self, value: Any, word: str, *, signed: bool = False) -> str:
        if not known(value):
            return DASH
        number = float(value)
        sign = self._sign(number) if signed else ""
        if self.chinese:
            return sign + self._in_wan(number, word)
        tail = f"{THIN}{word}" if word else ""
        if abs(number) >= 0.9995 * _MILLION:
            millions = round_to(number / _MILLION, 4)
            decimals = max(0, 3 - math.floor(math.log10(abs(millions))))
            return f"{sign}{grouped(millions, decimals)}{THIN}million{tail}"
        return f"{sign}{grouped(round_to(number, 3))}{tail}"

    def _in_wan(self, number: float, word: str) -> str:
        if abs(number) < 0.9995 * _WAN:
            return f"{grouped(round_to(number, 3))}{THIN}{word}"
        wan = number / _WAN
        return f"{grouped(wan, 1 if abs(wan) < 9999.5 else 0)}{THIN}万{word}"

    @staticmethod
    def _sign(value: float, decimals: int = 3) -> str:
        return "+" if round(float(value), decimals) > 0 else ""
