"""Tell when two measures cannot both hold.

In the catalogue, measures of one series are compared: what was executed was executed once, and one document
orders an amount once. Plans of different documents may name the same thing (a district's plan carries out the
city's), a plan and its execution do, and options are tried one by one: these are compared in a scenario only,
where each would be carried out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from sim.policy.resolve import Measure, NamedOrder

COUNTED_TOGETHER = {"market": ("treat", "close", "upgrade")}
"""Actions that count the same organisations: markets treated are markets closed or upgraded."""


def in_catalogue(measures: Iterable[Measure]) -> list[tuple[Measure, Measure, str]]:
    """Return the pairs of measures that contradict each other as written, with the reason."""
    groups: dict[tuple[str, ...], list[Measure]] = defaultdict(list)
    for measure in measures:
        if measure.series != "option":
            issuer = measure.document if measure.series == "plan" else ""
            groups[measure.series, measure.kind, issuer].append(measure)
    return _pairs(groups.values())


def in_scenario(measures: Iterable[Measure]) -> list[tuple[Measure, Measure, str]]:
    """Return the pairs of measures that cannot both be carried out in one scenario, with the reason.

    An option comes on top of what a plan orders or a record reports, so it is compared with other options.
    """
    groups: dict[tuple[str, ...], list[Measure]] = defaultdict(list)
    for measure in measures:
        groups[measure.kind, "option" if measure.series == "option" else ""].append(measure)
    return _pairs(groups.values())


def contradiction(first: Measure, second: Measure) -> str:
    """Return why two measures cannot both hold, or an empty text.

    Two measures of a kind contradict when both set an amount of the same thing for the same place and
    quarter, or give one organisation different orders in one quarter, or order it about after it was closed
    whole.
    """
    if first.kind != second.kind:
        return ""
    if _same_count(first, second) and first.first <= second.last and second.first <= first.last:
        for portion in first.portions:
            for other in second.due(portion.quarter_index):
                if not set(portion.zones).isdisjoint(other.zones):
                    return f"both set an amount for {portion.area} and {other.area} in the same quarter"
    for order in first.orders:
        for other_order in second.orders:
            if order.organisation == other_order.organisation:
                problem = _conflict(order, other_order) or _conflict(other_order, order)
                if problem:
                    return f"{order.organisation}: {problem}"
    return ""


def _same_count(first: Measure, second: Measure) -> bool:
    if first.action == second.action:
        return True
    together = COUNTED_TOGETHER.get(first.kind, ())
    return first.series != second.series and first.action in together and second.action in together


def _conflict(order: NamedOrder, other: NamedOrder) -> str:
    if (
        other.quarter_index == order.quarter_index
        and other.order != order.order
        and "open_site" not in (order.order, other.order)
    ):
        return f"'{order.order}' and '{other.order}' in one quarter"
    if order.order == "close" and order.share >= 1.0 and other.quarter_index >= order.quarter_index:
        return f"'{other.order}' after it was closed"
    return ""


def _pairs(groups: Iterable[Sequence[Measure]]) -> list[tuple[Measure, Measure, str]]:
    found = []
    for group in groups:
        for first, second in combinations(group, 2):
            problem = contradiction(first, second)
            if problem:
                found.append((first, second, problem))
    return found
