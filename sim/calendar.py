"""Count quarters from the census of 2010.

A quarter is an integer: 0 is 2010Q4, the state of the census of 1 November 2010; 1 is 2011Q1, the first
quarter that is run; 160 is 2050Q4. Fourth quarters compare with year-end figures.
"""

from __future__ import annotations

import re

from sim.errors import InputError

BASE = "2010Q4"
FIRST = 1
LAST = 160

_BASE_YEAR = 2010
_QUARTERS_A_YEAR = 4
_BASE_QUARTER_OF_YEAR = 4
_PATTERN = re.compile(r"([0-9]{4})[Qq]([1-4])")


def parse_quarter(text: str, *, allow_base: bool = False) -> int:
    """Return the index of a quarter written as ``2016Q4``.

    Parameters
    ----------
    text
        A year and a quarter; a small ``q`` and blanks around it are accepted.
    allow_base
        Whether 2010Q4 itself, the state before the first step, is accepted.

    Raises
    ------
    InputError
        When the text is not a quarter, lies before the first one or after 2050Q4.
    """
    match = _PATTERN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            f"'{text}' is not a quarter",
            why="a quarter is a year and Q1 to Q4",
            mend="write it as 2016Q4",
        )
    index = _index(int(match.group(1)), int(match.group(2)))
    earliest = 0 if allow_base else FIRST
    if index < earliest:
        raise InputError(
            f"the quarter {text.strip()} is before {format_quarter(earliest)}",
            why=f"the model starts from the census state of {BASE}",
            mend=f"give a quarter from {format_quarter(earliest)} to {format_quarter(LAST)}",
        )
    if index > LAST:
        raise InputError(
            f"the quarter {text.strip()} is after {format_quarter(LAST)}",
            why=f"the exogenous paths end in {format_quarter(LAST)}",
            mend=f"give a quarter from {format_quarter(earliest)} to {format_quarter(LAST)}",
        )
    return index


def format_quarter(q: int) -> str:
    """Return an index as ``2016Q4``; indices below 0 are quarters before the census."""
    return f"{year_of(q)}Q{quarter_of_year(q)}"


def year_of(q: int) -> int:
    """Return the calendar year of a quarter index."""
    return _BASE_YEAR + (int(q) + _BASE_QUARTER_OF_YEAR - 1) // _QUARTERS_A_YEAR


def quarter_of_year(q: int) -> int:
    """Return the place of a quarter in its year, 1 to 4."""
    return (int(q) + _BASE_QUARTER_OF_YEAR - 1) % _QUARTERS_A_YEAR + 1


def _index(year: int, quarter: int) -> int:
    return (year - _BASE_YEAR) * _QUARTERS_A_YEAR + quarter - _BASE_QUARTER_OF_YEAR
