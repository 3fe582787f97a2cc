"""Say what the moves did to people: how many were forced, who left, who was hit worst.

These figures stand beside every table of targets and densities: a target is not reached by people who vanish.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd

from sim.calendar import parse_quarter
from sim.outcomes.flows import (
    BY_ORDER,
    COUNTS,
    Flowing,
    chosen_moves,
    displaced_settled,
    forced_moves,
    leaves_city,
    settled_moves,
)
from sim.outcomes.followed import Following, by_group, follow_up, worst_hit
from sim.outcomes.indicators import Indicated
from sim.outcomes.spread import mean, spread
from sim.outcomes.sums import Summed, Sums, quotient

__all__ = ["by_group", "displaced_groups", "follow_up", "people_summary", "worst_hit"]

CAMPAIGN_START = "2017Q1"
"""Scenarios share what was executed before; from here on they differ."""

FIRST_QUARTER = "2011Q1"
NO_MEASURES = "no-measures"
CITY = "beijing"

BY_JOB_LOSS = "job_loss_order"
"""Cause of moves that follow the loss of a job or stall to an order."""

SMALLEST_GROUP = 0.01
"""A group with a smaller share of those forced to move is not named: its figures are noise. Assumed."""

_KEYS = ("cause", "forced", "settled", "leaves_city", "stays_in_city", "hukou", "income_group")
_GROUP = ("hukou", "income_group")


class Peopled(Flowing, Following, Indicated, Summed, Protocol):
    """Hold flows, follow-ups and indicators of a store, as `sim.scenarios.results.Results` does."""


def people_summary(store: Peopled, scenario: str, *, since: str | None = None) -> dict[str, Any]:
    """Return what happened to people in one scenario.

    Parameters
    ----------
    store
        The results.
    scenario
        A scenario of the store.
    since
        First quarter that counts; 2017Q1, where the scenarios begin to differ, when left out, or 2011Q1 for
        runs that end before.

    Returns
    -------
    ``period`` and figures, each ``{estimate, low, high, unit}`` over replications and, where the store has
    ``no-measures``, the mean paired difference ``against_no_measures``:

    * ``forced_to_move``, ``children`` among them, ``elderly`` among them: persons, each move counted;
    * ``leavers_local``, ``leavers_non_local``: all who left Beijing, by hukou; ``forced_leavers_*`` among
    them;
    * ``rent_burden``, ``income``, ``commute``: change of those forced to move inside Beijing, with ``before``
      and ``after``, and of those who moved by choice (``*_others``), in the quarter of the move; but
      ``income`` four to seven quarters later, at the wages of before and against households alike whom no
      order displaced, where households were followed: in the quarter of the move the job is still held;
    * ``followed``: the rows of `follow_up`, empty where none were followed;
    * ``rent_burden_city``, ``income_city``: the whole city in the last quarter;
    * ``worst_hit``, ``most_leaving``: the group by hukou and income, what was compared, by how much.
    """
    start = since or (CAMPAIGN_START if store.until >= CAMPAIGN_START else FIRST_QUARTER)
    flows = store.sums("flows", COUNTS, _KEYS, scenario, since=start)
    figures = {name: (unit, values) for name, unit, values in _counts(flows)}
    base: dict[str, pd.Series] = {}
    if scenario != NO_MEASURES and NO_MEASURES in store.scenarios:
        without = store.sums("flows", COUNTS, _KEYS, NO_MEASURES, since=start)
        base = {name: values for name, _, values in _counts(without)}
    summary: dict[str, Any] = {"scenario": scenario, "period": f"{start}-{store.until}"}
    summary |= {name: _figure(unit, values, base.get(name)) for name, (unit, values) in figures.items()}
    summary |= _changes(flows) | _followed(store, scenario, start) | _city(store, scenario)
    groups = displaced_groups(store, scenario, since=start)
    return summary | {"worst_hit": _worst_hit(groups), "most_leaving": _most_leaving(groups)}


def displaced_groups(store: Peopled, scenario: str, *, since: str | None = None) -> pd.DataFrame:
    """Return what happened to each group of those forced to move, pooled over replications.

    Returns
    -------
    Rows by hukou and income_group: persons, children (a replication), share (of all forced), left_share (who
    left Beijing), and for those who stayed left_after_rent_before and _after (income after rent, CNY a month
    and household), left_after_rent_change_percent, rent_burden_before and _after, commute_minutes_before and
    _after.
    """
    flows = store.sums("flows", COUNTS, _KEYS, scenario, since=since).pooled()
    forced = flows[forced_moves(flows)]
    n = max(len(store.replications(scenario)), 1)
    total = forced.groupby(list(_GROUP), observed=True)[list(COUNTS)].sum()
    put_out = flows[flows["cause"].isin(BY_ORDER) & leaves_city(flows)]
    left = put_out.groupby(list(_GROUP), observed=True)["persons"].sum()
    stayed = flows[displaced_settled(flows)].groupby(list(_GROUP), observed=True)[list(COUNTS)].sum()
    stayed = stayed.reindex(total.index)
    groups = pd.DataFrame({"persons": total["persons"] / n, "children": total["children"] / n})
    groups["share"] = total["persons"] / total["persons"].sum()
    groups["left_share"] = left.reindex(total.index, fill_value=0.0) / total["persons"]
    for when in ("before", "after"):
        rest = stayed[f"income_{when}"] - stayed[f"rent_{when}"]
        groups[f"left_after_rent_{when}"] = rest / stayed["households"]
        groups[f"rent_burden_{when}"] = stayed[f"rent_{when}"] / stayed[f"income_{when}"]
        groups[f"commute_minutes_{when}"] = stayed[f"commute_{when}"] / stayed["workers"]
    groups["left_after_rent_change_percent"] = 100 * (
        groups["left_after_rent_after"] / groups["left_after_rent_before"] - 1
    )
    return groups.replace([np.inf, -np.inf], np.nan).reset_index()


def _counts(flows: Sums) -> list[tuple[str, str, pd.Series]]:
    """Return name, unit and value by replication of each count of people."""
    who = flows.keys
    forced, leaves = forced_moves(who), leaves_city(who)
    local, by_order = who["hukou"] == "local", who["cause"].isin(BY_ORDER)
    chosen = [
        ("forced_to_move", "persons", forced),
        ("children", "children", forced),
        ("elderly", "age_65_plus", forced),
        ("no_home_at_once", "persons", forced & ~settled_moves(who) & ~leaves),
        ("moved_after_job_loss", "persons", who["cause"] == BY_JOB_LOSS),
        ("forced_leavers_local", "persons", by_order & leaves & local),
        ("forced_leavers_non_local", "persons", by_order & leaves & ~local),
        ("leavers_local", "persons", leaves & local),
        ("leavers_non_local", "persons", leaves & ~local),
    ]
    numbers = list(flows.replications)
    return [
        (name, "persons", pd.Series(flows.by_run(column, rows), index=numbers))
        for name, column, rows in chosen
    ]


def _figure(unit: str, values: pd.Series, base: pd.Series | None = None) -> dict[str, Any]:
    figure: dict[str, Any] = {**spread(values.to_numpy())._asdict(), "unit": unit}
    common = [] if base is None else sorted(set(values.index) & set(base.index))
    if base is not None and common:
        figure["against_no_measures"] = float((values[common] - base[common]).mean())
    return figure


def _changes(flows: Sums) -> dict[str, Any]:
    """Return rent burden, income and commute before and after, of the displaced and of others."""
    result = {}
    for suffix, rows in (("", displaced_settled(flows.keys)), ("_others", chosen_moves(flows.keys))):
        sums = {name: flows.by_run(name, rows) for name in COUNTS}
        for name, above, below, unit in (
            ("rent_burden", "rent", "income_{}", "share"),
            ("income", "income", "households", "CNY/month"),
            ("commute", "commute", "workers", "minutes"),
        ):
            before = quotient(sums[f"{above}_before"], sums[below.format("before")])
            after = quotient(sums[f"{above}_after"], sums[below.format("after")])
            result[name + suffix] = {
                "before": mean(before),
                "after": mean(after),
                **_figure(unit, pd.Series(after - before)),
            }
    return result


def _followed(store: Peopled, scenario: str, since: str) -> dict[str, Any]:
    """Return the follow-ups, and from them the income of the displaced."""
    rows = follow_up(store, scenario, since=since).replace({np.nan: None}).to_dict("records")
    result: dict[str, Any] = {"followed": rows}
    for row in rows:
        if (row["group"], row["measure"]) == ("displaced", "income"):
            result["income"] = {
                "before": row["before"],
                "after": row["before"] + row["against_others"],
                "estimate": row["against_others"],
                "low": row["against_low"],
                "high": row["against_high"],
                "unit": row["unit"],
            }
    return result


def _city(store: Peopled, scenario: str) -> dict[str, Any]:
    """Return rent burden and wage of the whole city in the last quarter, beside those without measures."""
    book, last = store.book(), parse_quarter(store.until, allow_base=True)
    result = {}
    for name, unit in (("rent_burden", "share"), ("income", "CNY/month")):
        series = {key: book.get(key, name, CITY) for key in (scenario, NO_MEASURES)}
        values = {key: found.by_replication(last) for key, found in series.items() if found is not None}
        base = values.get(NO_MEASURES) if scenario != NO_MEASURES else None
        result[f"{name}_city"] = _figure(unit, values[scenario], base)
    return result


def _worst_hit(groups: pd.DataFrame) -> dict[str, Any] | None:
    """Return the group whose income after rent fell most."""
    known = groups[(groups["share"] >= SMALLEST_GROUP) & groups["left_after_rent_change_percent"].notna()]
    if known.empty:
        return None
    worst = known.iloc[int(known["left_after_rent_change_percent"].to_numpy().argmin())]
    return _named(
        worst, "change of income after rent, percent", float(worst["left_after_rent_change_percent"])
    )


def _most_leaving(groups: pd.DataFrame) -> dict[str, Any] | None:
    """Return the group of which the largest share left Beijing."""
    known = groups[groups["share"] >= SMALLEST_GROUP]
    if known.empty:
        return None
    worst = known.iloc[int(known["left_share"].to_numpy().argmax())]
    return _named(worst, "share of those forced to move who left Beijing", float(worst["left_share"]))


def _named(row: pd.Series, by: str, value: float) -> dict[str, Any]:
    return {
        "hukou": str(row["hukou"]),
        "income_group": str(row["income_group"]),
        "persons": float(row["persons"]),
        "by": by,
        "value": value,
    }
