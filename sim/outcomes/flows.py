"""Say who moved or left and why, from the flows of the runs.

A row of flows counts households that moved in one quarter for one cause between two places, with sums over
them before and after the move. The counts are of the sample until `scale_flows`, the one place that
multiplies them up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
import pandas as pd

from sim.codes import FORCED_CAUSES, OUTSIDE

BY_ORDER = tuple(cause.name.lower() for cause in FORCED_CAUSES)
"""Causes that take a home."""

BY_CHOICE = "voluntary"
"""Cause of the moves that those forced to move are compared with."""

COUNTS = (
    "households",
    "persons",
    "children",
    "age_15_64",
    "age_65_plus",
    "rent_before",
    "rent_after",
    "income_before",
    "income_after",
    "commute_before",
    "commute_after",
    "workers",
)
"""Columns that are sums over simulated households or people."""

PEOPLE = ("households", "persons", "children", "age_15_64", "age_65_plus")


class Flowing(Protocol):
    """Hold the flows of a store, as `sim.scenarios.results.Results` does."""

    def flows(
        self,
        scenario: str | Sequence[str] | None = None,
        *,
        by: Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> pd.DataFrame:
        """Return scaled flows, summed by columns within each scenario and replication."""
        ...

    def replications(self, scenario: str) -> list[int]:
        """Return the numbers of the finished replications of a scenario."""
        ...

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios that have flows."""
        ...


def scale_flows(flows: pd.DataFrame, sample: float) -> pd.DataFrame:
    """Return flows whose counts stand for the whole city."""
    counts = [name for name in COUNTS if name in flows]
    scaled = flows.copy()
    scaled[counts] = scaled[counts].astype(float) / sample
    return scaled


@cache
def area_groups() -> dict[str, str]:
    """Return the area group of each district."""
    from sim.city.zones import AREA_GROUPS, load_zones

    districts = load_zones().districts
    return {name: AREA_GROUPS[int(i)] for name, i in zip(districts.ids, districts.area_group, strict=True)}


def leaves_city(flows: pd.DataFrame) -> pd.Series:
    """Return which rows end beyond the city line."""
    if "leaves_city" in flows:
        return flows["leaves_city"].astype(bool)
    return flows["destination"].isin(OUTSIDE)


def stays_in_city(flows: pd.DataFrame) -> pd.Series:
    """Return which rows begin and end in Beijing."""
    if "stays_in_city" in flows:
        return flows["stays_in_city"].astype(bool)
    districts = list(area_groups())
    return flows["origin"].isin(districts) & flows["destination"].isin(districts)


def forced_moves(flows: pd.DataFrame) -> pd.Series:
    """Return which rows lost their home to an order: each household once, when the home went."""
    return flows["forced"].astype(bool)


def displaced_ends(flows: pd.DataFrame) -> pd.Series:
    """Return which rows are households displaced by an order that reached a new home or left Beijing.

    One that finds no home at once shares with others near by; it is forced once, when it loses its home, and
    ends in a later quarter, or not at all while it still shares.
    """
    return flows["cause"].isin(BY_ORDER) & (settled_moves(flows) | leaves_city(flows))


def settled_moves(flows: pd.DataFrame) -> pd.Series:
    """Return which rows found a home in Beijing, so that rent and commute are known afterwards."""
    return flows["settled"].astype(bool)


def displaced_settled(flows: pd.DataFrame) -> pd.Series:
    """Return which rows are households displaced by an order that found a home in Beijing."""
    return flows["cause"].isin(BY_ORDER) & settled_moves(flows) & stays_in_city(flows)


def chosen_moves(flows: pd.DataFrame) -> pd.Series:
    """Return which rows are moves of a whole household by choice inside Beijing.

    Arrivals, and households that form or part, have no home of their own before to compare with.
    """
    return (flows["cause"] == BY_CHOICE) & settled_moves(flows) & stays_in_city(flows)


def movers(
    store: Flowing, by: Sequence[str], *, since: str | None = None, forced: bool | None = None
) -> pd.DataFrame:
    """Return movers by cause, group or place, the mean of the replications.

    Parameters
    ----------
    by
        Columns of flows: cause, forced, origin, destination, hukou, income_group, tenure, quarter.
    since
        First quarter that counts.
    forced
        Only moves that were forced, or that were not; None for all.

    Returns
    -------
    Columns scenario, those of ``by``, households, persons, children, age_15_64, age_65_plus.
    """
    rows = _chosen(store.flows(by=list(dict.fromkeys([*by, "forced"])), since=since), forced)
    return _mean(store, rows, by)


def origin_destination(store: Flowing, *, since: str | None = None, displaced: bool = False) -> pd.DataFrame:
    """Return movers between area groups and outside destinations, the mean of the replications.

    Parameters
    ----------
    since
        First quarter that counts.
    displaced
        Only households displaced by an order, where they ended.

    Returns
    -------
    Columns scenario, origin, destination, households, persons, children, age_15_64, age_65_plus.
    """
    rows = store.flows(by=["cause", "settled", "origin", "destination"], since=since)
    chosen = rows[displaced_ends(rows) if displaced else settled_moves(rows) | leaves_city(rows)].copy()
    groups = area_groups()
    for side in ("origin", "destination"):
        chosen[side] = chosen[side].map(lambda place: groups.get(place, place))
    return _mean(store, chosen, ["origin", "destination"])


def before_and_after(store: Flowing, by: Sequence[str] = (), *, since: str | None = None) -> pd.DataFrame:
    """Return rent burden, income and commute before and after the move, for who found a home in Beijing.

    Of those who leave or share with others nothing is known afterwards, so they are left out on both sides.
    Commute is a mean over workers, income a mean over households, rent burden rent over income, owners
    counting with no rent.

    Returns
    -------
    Columns scenario, those of ``by``, displaced (by an order, or else by choice), households,
    rent_burden_before and _after, income_before and _after (CNY a month), commute_minutes_before and _after;
    pooled over replications.
    """
    keys = ["cause", "forced", "settled", "origin", "destination", *by]
    rows = store.flows(by=list(dict.fromkeys(keys)), since=since)
    displaced = displaced_settled(rows)
    compared = rows[displaced | chosen_moves(rows)].assign(displaced=displaced)
    total = compared.groupby(["scenario", *by, "displaced"], observed=True, as_index=False)[
        list(COUNTS)
    ].sum()
    result = total[["scenario", *by, "displaced"]].assign(
        households=total["households"] / _numbers(store, total)
    )
    for when in ("before", "after"):
        result[f"rent_burden_{when}"] = ratio(total[f"rent_{when}"], total[f"income_{when}"])
        result[f"income_{when}"] = ratio(total[f"income_{when}"], total["households"])
        result[f"commute_minutes_{when}"] = ratio(total[f"commute_{when}"], total["workers"])
    return result


def ratio(above: pd.Series, below: pd.Series) -> pd.Series:
    """Return above over below, unknown where below is not positive."""
    return above.astype(float) / below.astype(float).where(below > 0, np.nan)


def _chosen(rows: pd.DataFrame, forced: bool | None) -> pd.DataFrame:
    return rows if forced is None else rows[forced_moves(rows) == forced].copy()


def _mean(store: Flowing, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return sums by columns over all replications of each scenario, divided by how many there are."""
    total = rows.groupby(["scenario", *by], observed=True, as_index=False)[list(PEOPLE)].sum()
    total[list(PEOPLE)] = total[list(PEOPLE)].div(_numbers(store, total), axis=0)
    return total


def _numbers(store: Flowing, rows: pd.DataFrame) -> pd.Series:
    """Return how many replications the scenario of each row has."""
    counts = {name: len(store.replications(name)) for name in store.scenarios}
    return rows["scenario"].map(counts).astype(float)
