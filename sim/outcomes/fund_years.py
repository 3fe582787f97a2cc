"""Say what the guidance fund was given, advanced, took back, gave as rewards and held, year by year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from sim.accounts.fund import SMALLEST
from sim.outcomes.paid import CNY, Paid, chosen, spread_by

ITEMS = {
    "granted": ("city_treasury", "guidance_fund", "guidance fund of the year"),
    "advanced": ("guidance_fund", "campaign", "advance by plan"),
    "matched": ("district_budget", "campaign", "matched by the district"),
    "clawed_back": ("campaign", "guidance_fund", "clawed back for tasks missed"),
    "rewarded": ("guidance_fund", "campaign", "reward for tasks done well"),
    "target_reward": ("reward_fund", "reward", ""),
}
"""Items of the guidance fund and the reward fund: who gives, who gets, for what (any purpose when empty)."""
BALANCES = {"fund_balance": "guidance_fund", "platform_balance": "campaign"}
"""What the fund and the districts' platform accounts hold at the end of a year."""
_KEYS = ("scenario", "replication")


def fund_balance(
    results: Paid, scenario: str | Sequence[str] | None = None, *, by_district: bool = False
) -> pd.DataFrame:
    """Return what the guidance fund was given, advanced, took back and held, by year.

    Parameters
    ----------
    results
        The results of a store.
    scenario
        One or several scenarios; all when left out.
    by_district
        Whether the districts are told apart; what only the city holds is then left out.

    Returns
    -------
    Columns scenario, (district,) year, item, unit (CNY), estimate, low, high, n_replications: the items of
    `ITEMS`, paid in the year, and of `BALANCES`, held at its end.
    """
    names = chosen(results, scenario)
    keys = (["district"] if by_district else []) + ["year", "item"]
    parts = [  # one scenario at a time: hundreds of runs each stay small
        spread_by(_moved(results, name, by_district=by_district), name, keys, results.replications(name))
        for name in names
    ]
    columns = ["scenario", *keys, "unit", "estimate", "low", "high", "n_replications"]
    return pd.concat(parts, ignore_index=True).assign(unit=CNY)[columns]


def _moved(results: Paid, name: str, *, by_district: bool) -> pd.DataFrame:
    """Return what was paid by item and held by account in each year of a scenario."""
    place = ["district"] if by_district else []
    frame = results.totals("fund", ["amount_cny"], ["year", "credit", "debit", "purpose", *place], name)
    frame = frame.astype({"year": int})
    moved = pd.concat([*_items(frame), *_balances(frame, place)], ignore_index=True)
    return moved[moved["district"] != "beijing"] if by_district else moved


def _items(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for item, (credit, debit, purpose) in ITEMS.items():
        rows = (frame["credit"] == credit) & (frame["debit"] == debit)
        if purpose:
            rows &= frame["purpose"] == purpose
        yield frame[rows].assign(item=item)


def _balances(frame: pd.DataFrame, place: list[str]) -> Iterator[pd.DataFrame]:
    """Yield what accounts hold at the end of each year: what went in less what went out until then."""
    last = frame["year"].max() if len(frame) else 0
    for item, account in BALANCES.items():
        if place and item == "fund_balance":
            continue  # the city's: a district holds none of it
        sign = (frame["debit"] == account).astype(float) - (frame["credit"] == account)
        change = frame.assign(amount_cny=sign * frame["amount_cny"])[sign != 0]
        wide = change.pivot_table(
            index=[*_KEYS, *place], columns="year", values="amount_cny", aggfunc="sum", observed=True
        )
        if wide.empty:
            continue
        held = wide.reindex(columns=range(int(min(wide.columns)), int(last) + 1)).fillna(0.0).cumsum(axis=1)
        held = held.where(held.abs() >= SMALLEST, 0.0)  # what rounding leaves
        long = held.reset_index().melt([*_KEYS, *place], var_name="year", value_name="amount_cny")
        yield long.assign(item=item)
