"""Describe a scenario line by line: every quantity and order, its clause, and on whose word it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.calendar import format_quarter

if TYPE_CHECKING:
    from sim.policy.resolve import Measure
    from sim.scenarios.scenario import Scenario


def describe(scenario: Scenario) -> list[dict[str, Any]]:
    """Return one row a quantity or order: what, when, where, how much, by which clause, how known.

    An amount is in the base unit of its measure (m2, CNY, persons), levers applied. A row for an area
    includes the rows for its parts; `when` is a year or a quarter.
    """
    return [row for measure in scenario.measures for row in describe_measure(measure)]


def facts_of(measure: Measure) -> dict[str, Any]:
    """Return what holds for a measure as a whole: what, on whose word, when, how much in all."""
    return {
        "measure": measure.id,
        "kind": measure.kind,
        "action": measure.action,
        "series": measure.series,
        "title_en": measure.title_en,
        "title_zh": measure.title_zh,
        "document": measure.document,
        "office": measure.office,
        "unfinished": measure.unfinished,
        "first": format_quarter(measure.first),
        "last": format_quarter(measure.last),
        "total": measure.total(),
        "unit": measure.unit,
    }


def describe_measure(measure: Measure) -> list[dict[str, Any]]:
    """Return the rows of one measure."""
    common = facts_of(measure)
    rows: list[dict[str, Any]] = [
        {
            **common,
            "clause": row.clause,
            "when": str(row.year) if row.quarter_index is None else format_quarter(row.quarter_index),
            "place": row.area,
            "amount": row.amount,
            "low": row.low,
            "high": row.high,
            "basis": row.basis,
            "source": row.source,
        }
        for row in measure.rows
    ]
    rows += [
        {
            **common,
            "clause": measure.clause,
            "when": format_quarter(order.quarter_index),
            "place": order.organisation,
            "amount": order.counts,
            "low": order.counts,
            "high": order.counts,
            "basis": order.basis,
            "source": order.order,
        }
        for order in measure.orders
    ]
    return rows
