"""Trace who paid: a district's accounts mix money of several givers, and each payment takes its part of all.

What an account holds is taken as one pot: a payment out of it comes from each giver in proportion to what the
giver has in it that year (proportional tracing; the accounts themselves do not mark money). What is clawed
back leaves the part of the fund it goes back to.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.accounts.fund import DISTRICT_ACCOUNTS, PAYEES

PAYER_OF = {
    "city_treasury": "city",
    "guidance_fund": "guidance_fund",
    "reward_fund": "reward_fund",
    "district_budget": "district",
    "lenders": "lenders",
}
PAYERS = tuple(PAYER_OF.values())
"""Who gives: the city's budget, its guidance fund and its reward fund, the districts' budgets, the lenders of
shantytown renewal."""
_CELL = ["scenario", "replication", "account", "district"]
_INDEX = {name: place for place, name in enumerate(PAYER_OF)}


def with_payers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the payments to payees, each split by who paid.

    Parameters
    ----------
    frame
        All payments of whole runs from their first year on: scenario, replication, year, credit, debit,
        district, amount_cny and further columns, which are kept.

    Returns
    -------
    The columns of the frame and ``payer``; the amounts of a payment add up to it.
    """
    paid = frame[frame["debit"].isin(PAYEES)]
    direct = paid[paid["credit"].isin(PAYER_OF)]
    pooled = paid[paid["credit"].isin(DISTRICT_ACCOUNTS)].rename(columns={"credit": "account"})
    split = [direct.assign(payer=direct["credit"].map(PAYER_OF))]
    if len(pooled):
        shares = _shares(frame)
        mixed = pooled.merge(shares, on=[*_CELL, "year"], how="left").rename(columns={"account": "credit"})
        split += [
            mixed.assign(payer=payer, amount_cny=mixed["amount_cny"] * mixed[name])
            for name, payer in PAYER_OF.items()
        ]
    whole = pd.concat(split, ignore_index=True)
    return whole.loc[whole["amount_cny"] != 0.0, [*frame.columns, "payer"]].reset_index(drop=True)


def _shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each giver's share of what an account paid out in a year: `_CELL`, year, a column each."""
    into = frame[frame["debit"].isin(DISTRICT_ACCOUNTS) & frame["credit"].isin(PAYER_OF)]
    back = frame[frame["credit"].isin(DISTRICT_ACCOUNTS) & frame["debit"].isin(PAYER_OF)]
    out = frame[frame["credit"].isin(DISTRICT_ACCOUNTS) & frame["debit"].isin(PAYEES)]
    moved = pd.concat(
        [
            into.assign(account=into["debit"], column=into["credit"].map(_INDEX)),
            back.assign(
                account=back["credit"], column=back["debit"].map(_INDEX), amount_cny=-back["amount_cny"]
            ),
            out.assign(account=out["credit"], column=len(_INDEX)),
        ],
        ignore_index=True,
    )
    cells = moved[_CELL].astype(object).drop_duplicates(ignore_index=True)
    cell = (
        moved[_CELL]
        .astype(object)
        .merge(cells.reset_index(names="cell"), on=_CELL, how="left")["cell"]
        .to_numpy()
    )
    years = np.unique(moved["year"].to_numpy())
    flow = np.zeros((len(years), len(cells), len(_INDEX) + 1))
    place = (np.searchsorted(years, moved["year"]), cell, moved["column"].to_numpy(int))
    np.add.at(flow, place, moved["amount_cny"].to_numpy(float))
    pot = np.zeros((len(cells), len(_INDEX)))
    parts = []
    for number, year in enumerate(years.tolist()):
        pot = np.maximum(pot + flow[number, :, :-1], 0.0)
        total = pot.sum(axis=1, keepdims=True)
        share = np.divide(pot, total, out=np.zeros_like(pot), where=total > 0)
        parts.append(cells.assign(year=year, **{name: share[:, i] for name, i in _INDEX.items()}))
        pot = np.maximum(pot - share * flow[number, :, -1:], 0.0)
    return pd.concat(parts, ignore_index=True)
