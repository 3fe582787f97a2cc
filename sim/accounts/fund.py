"""Keep the money of the campaign by double entry: every payment leaves one account and enters another.

The guidance fund (京政发〔2017〕8号 3.1) and the accounts of the districts are kept by district and apart
by what they are for. The city's treasury, the districts' own budgets and the lenders of shantytown renewal
are where money comes from, and stand below zero by what they gave; no other public account may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import format_quarter
from sim.codes import N_DISTRICTS
from sim.data import words
from sim.errors import ReconcileError
from sim.policy.places import places

if TYPE_CHECKING:
    import pandas as pd

SOURCES = ("city_treasury", "district_budget", "lenders")
"""Where public money comes from."""
CITY_ACCOUNTS = ("guidance_fund", "reward_fund")
DISTRICT_ACCOUNTS = (
    "campaign",
    "estates",
    "shantytown",
    "courtyard",
    "hospital",
    "campus",
    "heating",
    "relocated_offices",
    "reward",
)
"""What each district keeps apart: the campaign's platform account, which the guidance fund pays into, others
for what is not paid from it, and the reward for population targets (Huairou plan 4.3)."""
PAYEES = ("contractors", "households", "firms", "villages", "institutions")
"""Who is paid in the end."""
ACCOUNTS = (*SOURCES, *CITY_ACCOUNTS, *DISTRICT_ACCOUNTS, *PAYEES)
KEPT_BY_CITY = ("city_treasury", "lenders", *CITY_ACCOUNTS)
CITY = N_DISTRICTS
"""Column of the city among the districts."""
COLUMNS = ("quarter", "debit", "credit", "amount_cny", "purpose", "measure", "district")
_SAID = ("debit", "credit", "purpose", "measure")
STAGE = "accounts"
SMALLEST = 0.01
"""CNY below which nothing is paid: a fen."""
_INDEX = {name: place for place, name in enumerate(ACCOUNTS)}
_OVERDRAFT = 1.0  # CNY; what rounding may leave below zero

_KIND_ACCOUNTS = {
    "shantytown": "shantytown",
    "courtyard": "courtyard",
    "hospital": "hospital",
    "campus": "campus",
    "administration": "relocated_offices",
    "transport_hub": "relocated_offices",
    "estates": "estates",
}
_ACTION_ACCOUNTS = {("village", "clean_heating"): "heating"}
_SOURCE_OF = {
    "campaign": "district_budget",
    "estates": "district_budget",
    "shantytown": "lenders",
    "courtyard": "district_budget",
    "hospital": "city_treasury",
    "campus": "city_treasury",
    "heating": "city_treasury",
    "relocated_offices": "city_treasury",
    "reward": "reward_fund",
    "guidance_fund": "city_treasury",
    "reward_fund": "city_treasury",
}


def account_of(kind: str, action: str) -> str:
    """Return which of the districts' accounts pays for a kind's work."""
    return _ACTION_ACCOUNTS.get((kind, action), _KIND_ACCOUNTS.get(kind, "campaign"))


def source_of(account: str) -> str:
    """Return where the money of an account comes from that the guidance fund does not give."""
    return _SOURCE_OF[account]


@dataclass(frozen=True)
class Payment:
    """Hold payments of one quarter that differ in district and amount only."""

    quarter_index: int
    debit: str
    credit: str
    amount_cny: np.ndarray
    purpose: str
    measure: str


class Fund:
    """Keep balances by account and district, and every payment.

    Attributes
    ----------
    balance_cny
        What each account holds, f8 (accounts, 17): a column for each district, the last for the city.
    """

    def __init__(self) -> None:
        self.balance_cny = np.zeros((len(ACCOUNTS), N_DISTRICTS + 1))
        self.payments: list[Payment] = []
        self._checked = np.zeros((len(ACCOUNTS), N_DISTRICTS + 1))
        self._n_checked = 0

    def held(self, account: str) -> np.ndarray:
        """Return what an account holds in each district, f8 (16,)."""
        held: np.ndarray = self.balance_cny[_INDEX[account], :N_DISTRICTS]
        return held

    def held_by_city(self, account: str) -> float:
        """Return what an account of the city holds."""
        return float(self.balance_cny[_INDEX[account], CITY])

    def pay(
        self,
        quarter_index: int,
        credit: str,
        debit: str,
        amount_cny: np.ndarray | float,
        purpose: str,
        measure: str = "",
    ) -> None:
        """Pay from one account to another, in one district or several.

        Parameters
        ----------
        credit, debit
            The account that gives and the account that gets.
        amount_cny
            A number for the city or an amount for each district, (16,); not negative.

        Raises
        ------
        ValueError
            When there is no such account or an amount is negative.
        """
        for name in (credit, debit):
            if name not in _INDEX:
                raise ValueError(f"there is no account '{name}'; there are {', '.join(ACCOUNTS)}")
        amounts = np.zeros(N_DISTRICTS + 1)
        if isinstance(amount_cny, np.ndarray):
            amounts[: len(amount_cny)] = amount_cny
        else:
            amounts[CITY] = amount_cny
        if (amounts < 0.0).any():
            raise ValueError(f"a payment from {credit} to {debit} is negative")
        amounts[amounts < SMALLEST] = 0.0
        if amounts.any():
            post(self.balance_cny, credit, -amounts)
            post(self.balance_cny, debit, amounts)
            self.payments.append(Payment(quarter_index, debit, credit, amounts, purpose, measure))

    def top_up(self, quarter_index: int, account: str, owed_cny: np.ndarray, measure: str = "") -> None:
        """Let its source give a district's account what it lacks to pay what is owed, (16,)."""
        lack = np.maximum(owed_cny - self.held(account), 0.0)
        if lack.any():
            self.pay(quarter_index, source_of(account), account, lack, "what the account lacked", measure)

    def check(self, quarter_index: int) -> None:
        """Check that the books balance.

        Raises
        ------
        ReconcileError
            When the payments do not add up to the balances, the balances do not add up to nothing, or an
            account that may not is overdrawn.
        """
        for payment in self.payments[self._n_checked :]:
            post(self._checked, payment.credit, -payment.amount_cny)
            post(self._checked, payment.debit, payment.amount_cny)
        self._n_checked = len(self.payments)
        quarter = format_quarter(quarter_index)
        allowed = _OVERDRAFT + 1e-9 * float(np.abs(self.balance_cny).sum())
        wrong = np.argwhere(np.abs(self._checked - self.balance_cny) > allowed)
        if len(wrong):
            row, column = (int(value) for value in wrong[0])
            gap = float(self.balance_cny[row, column] - self._checked[row, column])
            detail = f"CNY in account {ACCOUNTS[row]} less its payments, quarter {quarter}"
            raise ReconcileError(STAGE, _place(column), gap, detail)
        total = float(self.balance_cny.sum())
        if abs(total) > allowed:
            raise ReconcileError(STAGE, "beijing", total, f"CNY in all accounts together, quarter {quarter}")
        for name in (*CITY_ACCOUNTS, *DISTRICT_ACCOUNTS):
            low = int(self.balance_cny[_INDEX[name]].argmin())
            amount = float(self.balance_cny[_INDEX[name], low])
            if amount < -allowed:
                detail = f"CNY in account {name}, which may not be overdrawn, quarter {quarter}"
                raise ReconcileError(STAGE, _place(low), amount, detail)

    def to_frame(self) -> pd.DataFrame:
        """Return every payment: quarter, debit, credit, amount_cny, purpose, measure, district."""
        import pandas as pd

        if not self.payments:
            return pd.DataFrame(
                {name: pd.Series(dtype="float64" if name == "amount_cny" else "object") for name in COLUMNS}
            )
        amounts = np.stack([payment.amount_cny for payment in self.payments])
        which, where = np.nonzero(amounts)
        said = {name: [getattr(item, name) for item in self.payments] for name in _SAID}
        said["quarter"] = [format_quarter(item.quarter_index) for item in self.payments]
        columns = {name: words.repeated(words.coded(values), which) for name, values in said.items()}
        columns["district"] = words.in_words([*places().district_ids, "beijing"], where)
        given: dict[str, Any] = {name: words.text(column) for name, column in columns.items()}
        given["amount_cny"] = amounts[which, where]
        return pd.DataFrame({name: given[name] for name in COLUMNS}, copy=False)


def post(balance_cny: np.ndarray, account: str, amounts: np.ndarray) -> None:
    """Add amounts to an account; one that the city keeps has all of them in the city's column."""
    row = balance_cny[_INDEX[account]]
    if account in KEPT_BY_CITY:
        row[CITY] += amounts.sum()
    else:
        row += amounts


def _place(column: int) -> str:
    return "beijing" if column == CITY else places().district_ids[column]
