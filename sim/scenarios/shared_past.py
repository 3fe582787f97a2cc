"""Find how long scenarios are one and the same, so that a batch computes what they share once.

What decides a run up to the end of a year are the amounts and orders that are due by then, the years of
control, and whatever has no date: parameters, levers, shocks, paths. Years, not quarters: a district plans
and is paid by the year, so an amount due in autumn may be felt in spring.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sim.calendar import parse_quarter, year_of
from sim.policy.resolve import Measure
from sim.scenarios.scenario import Scenario, zones_digest
from sim.scenarios.selection import LEVERS_FROM

FIRST_YEAR = year_of(1)
_DATED = ("portions", "orders", "rows", "first", "last", "control_until")
_DATED_OR_WORDS = ("measures", "levers", "name", "title_en", "title_zh", "description", "digest")


@dataclass(frozen=True)
class Branch:
    """Hold a stretch of years that several scenarios share.

    Attributes
    ----------
    members
        Places of the scenarios in the list that was asked about, ascending; the first one stands for all.
    until
        Last year they share.
    parts
        What comes after: a branch that some of them share further, or a single scenario's place.
    """

    members: tuple[int, ...]
    until: int
    parts: tuple[Branch | int, ...]


def shared_digests(scenario: Scenario, last_year: int) -> list[str]:
    """Return, for each year from 2011 on, a digest of all that decides the run up to the end of that year."""
    total = hashlib.sha256(_dateless(scenario).encode())
    digests = []
    for year in range(FIRST_YEAR, last_year + 1):
        total.update(_levers(scenario, year).encode())
        for measure in scenario.measures:
            total.update(_said(measure, year).encode())
        digests.append(total.hexdigest())
    return digests


def same_past(one: Scenario, other: Scenario, year: int) -> bool:
    """Tell whether two scenarios are the same up to the end of a year."""
    if year < FIRST_YEAR:
        return _dateless(one) == _dateless(other)
    return shared_digests(one, year)[-1] == shared_digests(other, year)[-1]


def branches(scenarios: Sequence[Scenario], last_year: int) -> tuple[Branch | int, ...]:
    """Return how the pasts of scenarios join: branches of two and more, and places of those that share none.

    Parameters
    ----------
    scenarios
        Scenarios of one batch.
    last_year
        Last year that is run whole; scenarios that are the same to its end still branch before it.
    """
    digests = [shared_digests(scenario, last_year - 1) for scenario in scenarios]
    return _split(tuple(range(len(scenarios))), digests, 0)


def _split(members: tuple[int, ...], digests: list[list[str]], depth: int) -> tuple[Branch | int, ...]:
    """Group members by what they share one year further than `depth` years."""
    groups: dict[str, list[int]] = {}
    for member in members:
        further = digests[member][depth] if depth < len(digests[member]) else f"alone {member}"
        groups.setdefault(further, []).append(member)
    return tuple(
        group[0] if len(group) == 1 else _branch(tuple(group), digests, depth) for group in groups.values()
    )


def _branch(members: tuple[int, ...], digests: list[list[str]], depth: int) -> Branch:
    last = len(digests[members[0]])
    while depth < last and len({digests[member][depth] for member in members}) == 1:
        depth += 1
    return Branch(members, FIRST_YEAR + depth - 1, _split(members, digests, depth))


def _dateless(scenario: Scenario) -> str:
    """Return what holds in every year."""
    return repr(
        [(f.name, getattr(scenario, f.name)) for f in fields(scenario) if f.name not in _DATED_OR_WORDS]
    )


def _levers(scenario: Scenario, year: int) -> str:
    """Return the levers that hold in a year; those that scale amounts are in the amounts already."""
    if parse_quarter(f"{year}Q4") < LEVERS_FROM:
        return ""
    return repr([(name, value) for name, value in scenario.levers if ":" not in name])


def _said(measure: Measure, year: int) -> str:
    """Return what a measure says about a year: what is due, whether it keeps control, and on what terms.

    Markets have notice of what is to come, for as long as a run says: all that a market measure that has
    begun will do belongs to the year too.
    """
    first, last = parse_quarter(f"{year}Q1"), parse_quarter(f"{year}Q4")
    quarters = range(first, last + 1)
    begun = measure.kind == "market" and measure.first <= last
    known = range(first, max(last, measure.last) + 1) if begun else quarters
    due = [portion for quarter in known for portion in measure.due(quarter)]
    orders = [order for quarter in known for order in measure.orders_due(quarter)]
    controls = [quarter for quarter in quarters if measure.first <= quarter <= measure.control_until]
    if not (due or orders or controls):
        return ""
    terms = [
        (field.name, getattr(measure, field.name))
        for field in fields(measure)
        if field.name not in _DATED and not field.name.startswith("title")
    ]
    # What is too small to go back for is reckoned from the largest amount, whatever its year.
    terms.append(("largest", max((p.amount / len(p.zones) for p in measure.portions), default=0.0)))
    amounts = [(p.quarter_index, p.area, zones_digest(p.zones), p.amount, p.basis) for p in due]
    return repr((year, terms, measure.first, measure.last, amounts, orders, controls))
