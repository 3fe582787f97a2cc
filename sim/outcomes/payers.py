"""Trace who paid: a district's accounts mix money of several givers, and each payment takes its part of all.

What an account holds is taken as one pot: a payment out of it comes from each giver in proportion to what the
giver has in it that year (proportional tracing; the accounts themselves do not mark money). What is clawed
back leaves the part of the fund it goes back to.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.accounts.fund import DISTRICT_ACCOUNTS, PAYEES
from sim.outcomes.sums import Sums

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
KEYS = ("year", "credit", "debit", "district")
"""What payments must be told apart by to be traced."""
_INDEX = {name: place for place, name in enumerate(PAYER_OF)}
_AMOUNT = "amount_cny"


def with_payers(fund: Sums) -> Sums:
    """Return the payments to payees, each split by who paid.

    Parameters
    ----------
    fund
        ``amount_cny`` of all payments of whole runs from their first year on, by `KEYS` at least.

    Returns
    -------
    The payments by the same keys and ``payer``; the amounts of a payment add up to it.
    """
    keys, amounts = fund.keys, np.nan_to_num(fund.values[_AMOUNT])
    paid = keys["debit"].isin(PAYEES)
    direct = np.flatnonzero(paid & keys["credit"].isin(PAYER_OF))
    pooled = np.flatnonzero(paid & keys["credit"].isin(DISTRICT_ACCOUNTS))
    parts = [keys.iloc[direct].assign(payer=keys["credit"].iloc[direct].map(PAYER_OF))]
    split = [amounts[:, direct]]
    if len(pooled):
        shares = _shares(keys, amounts, pooled)
        for name, payer in PAYER_OF.items():
            parts.append(keys.iloc[pooled].assign(payer=payer))
            split.append(amounts[:, pooled] * shares[:, :, _INDEX[name]])
    whole = Sums(pd.concat(parts, ignore_index=True), {_AMOUNT: np.hstack(split)}, fund.replications)
    return whole.only((whole.values[_AMOUNT] != 0.0).any(axis=0))


def _shares(keys: pd.DataFrame, amounts: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return each giver's share of what an account paid out in a year, (n_runs, n_asked, n_givers).

    Parameters
    ----------
    keys, amounts
        All payments: `KEYS`, and CNY (n_runs, n_payments).
    asked
        Payments out of district accounts: their places among all.
    """
    into = keys["debit"].isin(DISTRICT_ACCOUNTS) & keys["credit"].isin(PAYER_OF)
    back = keys["credit"].isin(DISTRICT_ACCOUNTS) & keys["debit"].isin(PAYER_OF)
    out = keys["credit"].isin(DISTRICT_ACCOUNTS) & keys["debit"].isin(PAYEES)
    account = keys["debit"].where(into, keys["credit"])
    cell = pd.MultiIndex.from_arrays([account, keys["district"]]).factorize()[0]
    giver = keys["credit"].where(into, keys["debit"]).map(_INDEX)
    n_runs, n_cells = len(amounts), int(cell.max(initial=-1)) + 1
    pot = np.zeros((n_runs, n_cells, len(_INDEX)))
    shares = np.zeros((n_runs, len(keys), len(_INDEX)))
    for year in sorted(set(keys["year"])):
        now = (keys["year"] == year).to_numpy()
        given = np.zeros_like(pot)
        for rows, sign in ((into, 1.0), (back, -1.0)):
            for place in np.flatnonzero(now & rows):
                given[:, cell[place], int(giver.iloc[place])] += sign * amounts[:, place]
        pot = np.maximum(pot + given, 0.0)
        total = pot.sum(axis=2, keepdims=True)
        share = np.divide(pot, total, out=np.zeros_like(pot), where=total > 0)
        paid = np.zeros((n_runs, n_cells, 1))
        for place in np.flatnonzero(now & out):
            paid[:, cell[place], 0] += amounts[:, place]
            shares[:, place] = share[:, cell[place]]
        pot = np.maximum(pot - share * paid, 0.0)
    return shares[:, asked]
