"""Say what the guidance fund was given, advanced, took back, gave as rewards and held, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sim.accounts.fund import SMALLEST
from sim.outcomes.paid import Paid, chosen, spread_by
from sim.outcomes.sums import Sums

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
    place = ("district",) if by_district else ()
    parts = [  # one scenario at a time: hundreds of runs each stay small
        spread_by(name, [*place, "year", "item"], _moved(results, name, place))
        for name in chosen(results, scenario)
    ]
    return pd.concat(parts, ignore_index=True)


def _moved(
    results: Paid, name: str, place: tuple[str, ...]
) -> list[tuple[tuple[object, ...], np.ndarray]]:  # fmt: skip
    """Return what was paid by item, and held by account, in each year and run of a scenario."""
    fund = results.sums("fund", ("amount_cny",), ("year", "credit", "debit", "purpose", *place), name)
    found = {**_items(fund, place), **_balances(fund, place)}
    kept = {key: values for key, values in found.items() if key[0] != "beijing"} if place else found
    return sorted(kept.items(), key=lambda row: row[0])


def _items(fund: Sums, place: tuple[str, ...]) -> dict[tuple[object, ...], np.ndarray]:
    moved = {}
    for item, (credit, debit, purpose) in ITEMS.items():
        rows = (fund.keys["credit"] == credit) & (fund.keys["debit"] == debit)
        if purpose:
            rows &= fund.keys["purpose"] == purpose
        for key, values in fund.only(rows).grouped("amount_cny", [*place, "year"]):
            moved[(*key, item)] = values
    return moved


def _balances(fund: Sums, place: tuple[str, ...]) -> dict[tuple[object, ...], np.ndarray]:
    """Return what accounts hold at the end of each year: what went in less what went out until then."""
    moved: dict[tuple[object, ...], np.ndarray] = {}
    for item, account in BALANCES.items():
        if place and item == "fund_balance":
            continue  # the city's: a district holds none of it
        into, out = (np.asarray(fund.keys[side] == account, float) for side in ("debit", "credit"))
        sign = into - out
        touched = fund.only(sign != 0.0)
        change = replace(touched, values={"cny": touched.values["amount_cny"] * sign[sign != 0.0]})
        known = dict(change.grouped("cny", [*place, "year"]))
        first = min((int(str(key[-1])) for key in known), default=0)
        years = range(first, int(fund.keys["year"].max()) + 1 if known else first)
        for where in dict.fromkeys(key[:-1] for key in known):
            held = np.zeros(len(fund.replications))
            for year in years:
                held = held + known.get((*where, year), 0.0)
                moved[(*where, year, item)] = np.where(np.abs(held) >= SMALLEST, held, 0.0)  # less: rounding
    return moved
