"""Hold what the city decides about its campaign as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Levers:
    """Hold what the city decides about the campaign as a whole.

    Attributes
    ----------
    enforcement
        Factor on the districts' enforcers.
    fund_billion_cny, fund_a_year
        The guidance fund, and whether that sum is for each year or for a round of the campaign in all.
    first
        Quarter from which they hold.
    """

    enforcement: float = 1.0
    fund_billion_cny: float = 10.0
    fund_a_year: bool = True
    first: int = 0
