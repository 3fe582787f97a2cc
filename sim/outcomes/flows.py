"""Say who moved or left and why, from the flows of the runs.

A row of flows counts households that moved in one quarter for one cause between two places, with sums over them
before and after the move. The counts are of the sample until `scale_flows` multiplies them up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

OUTSIDE = ("hebei_tianjin", "xiongan", "rest_of_china")
"""Destinations beyond the city line."""

KEYS = ("quarter", "cause", "forced", "origin", "destination", "hukou", "income_group", "tenure")

COUNTS = (
    "households", "persons", "children", "age_15_64", "age_65_plus", "rent_before", "rent_after", "income_before",
    "income_after", "commute_before", "commute_after", "workers",
)  # fmt: skip
"""Columns that are sums over simulated households or people."""


def scale_flows(flows: pd.DataFrame, sample: float) -> pd.DataFrame:
    """Return flows whose counts stand for the whole city."""
    counts = [name for name in COUNTS if name in flows]
    scaled = flows.copy()
    scaled[counts] = scaled[counts].astype(float) / sample
    return scaled


def area_of(place: pd.Series, groups: dict[str, str]) -> pd.Series:
    """Return the area group of each place; destinations outside keep their name."""
    return place.astype(object).map(lambda name: groups.get(name, name))


def area_groups() -> dict[str, str]:
    """Return the area group of each district."""
    from sim.city.zones import AREA_GROUPS, load_zones

    districts = load_zones().districts
    return {name: AREA_GROUPS[int(i)] for name, i in zip(districts.ids, districts.area_group, strict=True)}


def origin_destination(flows: pd.DataFrame, *, forced: bool | None = None) -> pd.DataFrame:
    """Return persons and households who moved between area groups, the mean of the replications.

    Parameters
    ----------
    flows
        Scaled flows of one or more scenarios with columns scenario and replication.
    forced
        Only moves that were forced, or that were not; None for all.

    Returns
    -------
    Columns scenario, origin, destination (area groups and outside destinations), households, persons, children.
    """
    groups = area_groups()
    chosen = flows if forced is None else flows[flows["forced"] == forced]
    placed = chosen.assign(
        origin=area_of(chosen["origin"], groups), destination=area_of(chosen["destination"], groups)
    )
    return mean_over_replications(
        placed, ["scenario", "origin", "destination"], ["households", "persons", "children"], flows
    )


def mean_over_replications(
    flows: pd.DataFrame, by: Sequence[str], counts: Sequence[str], every: pd.DataFrame
) -> pd.DataFrame:
    """Return sums by some columns, averaged over all replications, those without such a flow counting as zero."""
    n = every.groupby("scenario", observed=True)["replication"].nunique()
    total = flows.groupby(list(by), observed=True, as_index=False)[list(counts)].sum()
    total[list(counts)] = total[list(counts)].div(total["scenario"].map(n).astype(float), axis=0)
    return total


def leaves_city(flows: pd.DataFrame) -> pd.Series:
    """Return which rows end beyond the city line."""
    return flows["destination"].isin(OUTSIDE)


def ratio(above: pd.Series, below: pd.Series) -> pd.Series:
    """Return above over below, unknown where below is not positive."""
    return above.astype(float).where(below > 0) / below.astype(float).where(below > 0, np.nan)
