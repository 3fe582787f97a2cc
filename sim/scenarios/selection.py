"""Choose the measures of a scenario, cut them to its quarters and apply its levers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.calendar import parse_quarter, year_of
from sim.errors import InputError
from sim.policy.catalogue import load_measures
from sim.policy.contradictions import in_scenario
from sim.policy.reader import join_errors
from sim.policy.resolve import NEVER, Measure, NamedOrder, Portion, Row
from sim.scenarios.scenario_file import Include

LEVERS_FROM = parse_quarter("2017Q1")
"""Levers hold from here on: every scenario shares what was done before."""


def choose_measures(
    includes: tuple[Include, ...],
    scale_kinds: Mapping[str, float],
    scale_measures: Mapping[str, float],
    *,
    rebound_control: bool,
    where: str,
) -> tuple[Measure, ...]:
    """Return the measures that hold, with what is due in their quarters only, in the order of their ids.

    Raises
    ------
    InputError
        When two of them cannot both hold, such as a plan and its execution for the same place and quarter.
    """
    chosen = []
    for measure in load_measures().values():
        factor = scale_kinds.get(measure.kind, 1.0) * scale_measures.get(measure.id, 1.0)
        cut = _restrict(measure, _quarters(measure, includes), factor)
        if not rebound_control and cut.control_until >= LEVERS_FROM:
            cut = replace(cut, control_until=LEVERS_FROM - 1 if cut.first < LEVERS_FROM else NEVER)
        if cut.portions or cut.orders:
            chosen.append(cut)
    problems = [
        InputError(
            f"'{first.id}' ({first.series}) and '{second.id}' ({second.series}) cannot both hold",
            where=where,
            why=problem,
            mend="take one of them, or set them apart by date",
        )
        for first, second, problem in in_scenario(chosen)
    ]
    if problems:
        raise join_errors(problems)
    return tuple(sorted(chosen, key=lambda measure: measure.id))


def takes(include: Include, measure: Measure) -> bool:
    """Tell whether an include takes a measure."""
    if measure.id in include.without:
        return False
    if measure.id in include.measures:
        return True
    if include.measures and not (include.kinds or include.documents):
        return False
    return (
        measure.series in include.series
        and (not include.kinds or measure.kind in include.kinds)
        and (not include.documents or measure.document in include.documents)
    )


def _quarters(measure: Measure, includes: tuple[Include, ...]) -> set[int]:
    """Return the quarters in which a measure holds: those of every include that takes it."""
    last = max(measure.last, measure.control_until)
    held: set[int] = set()
    for include in includes:
        if takes(include, measure):
            begin = parse_quarter(include.first) if include.first else measure.first
            end = parse_quarter(include.last) if include.last else last
            held.update(range(max(begin, measure.first), min(end, last) + 1))
    return held


def _restrict(measure: Measure, quarters: set[int], factor: float) -> Measure:
    """Return the measure with what is due in some quarters only, amounts from 2017 on times a factor.

    Orders to markets by name are whole: a factor changes amounts, students and beds, not which market is
    named.
    """
    if factor == 0:
        quarters = {quarter for quarter in quarters if quarter < LEVERS_FROM}
    kept = [quarter for quarter in quarters if quarter <= measure.control_until]
    return replace(
        measure,
        portions=tuple(
            _scaled_portion(portion, factor)
            for portion in measure.portions
            if portion.quarter_index in quarters
        ),
        orders=tuple(
            _scaled_order(order, factor) for order in measure.orders if order.quarter_index in quarters
        ),
        rows=tuple(_scaled_row(row, factor) for row in measure.rows if _holds(row, quarters)),
        control_until=max(kept, default=NEVER),
    )


def _scaled_portion(portion: Portion, factor: float) -> Portion:
    if factor == 1 or portion.quarter_index < LEVERS_FROM:
        return portion
    return replace(portion, amount=portion.amount * factor)


def _scaled_order(order: NamedOrder, factor: float) -> NamedOrder:
    if factor == 1 or order.quarter_index < LEVERS_FROM:
        return order
    return replace(
        order,
        students=order.students * factor,
        beds_removed=order.beds_removed * factor,
        beds_opened=order.beds_opened * factor,
        counts=order.counts * factor if order.students or order.beds_removed else order.counts,
    )


def _scaled_row(row: Row, factor: float) -> Row:
    quarter = parse_quarter(f"{row.year}Q4") if row.quarter_index is None else row.quarter_index
    if factor == 1 or quarter < LEVERS_FROM:
        return row
    # The range goes with the amount: a run that draws its level takes it from there.
    return replace(row, amount=row.amount * factor, low=row.low * factor, high=row.high * factor)


def _holds(row: Row, quarters: set[int]) -> bool:
    if row.quarter_index is not None:
        return row.quarter_index in quarters
    return any(year_of(quarter) == row.year for quarter in quarters)
