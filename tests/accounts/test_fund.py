"""Check that money is neither made nor lost, and that a wrong book is named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.fund import ACCOUNTS, COLUMNS, KEPT_BY_CITY, Fund, account_of, post, source_of
from sim.errors import ReconcileError

SOURCES = ["city_treasury", "district_budget", "lenders"]
AMOUNTS = st.one_of(
    st.floats(0, 1e11),
    st.lists(st.floats(0, 1e10), min_size=16, max_size=16).map(np.array),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), AMOUNTS), max_size=30))
def test_any_payments_leave_the_sum_of_all_accounts_at_nothing(payments):
    fund = Fund()
    for credit, debit, amount in payments:
        fund.pay(25, credit, debit, amount, "a payment")
    scale = max(float(np.abs(fund.balance_cny).sum()), 1.0)
    assert abs(fund.balance_cny.sum()) <= 1e-9 * scale
    again = np.zeros_like(fund.balance_cny)
    for item in fund.payments:
        post(again, item.credit, -item.amount_cny)
        post(again, item.debit, item.amount_cny)
    np.testing.assert_allclose(again, fund.balance_cny, atol=1e-9 * scale)
    frame = fund.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["amount_cny"].sum() == pytest.approx(sum(item.amount_cny.sum() for item in fund.payments))


def test_a_payment_has_two_sides_in_the_same_district():
    fund = Fund()
    amounts = np.zeros(16)
    amounts[3] = 70.0
    fund.pay(25, "district_budget", "campaign", amounts, "plan of the year")
    fund.pay(25, "campaign", "contractors", amounts / 2, "work: demolish", "demolish-2017")
    assert fund.held("campaign")[3] == 35.0
    assert fund.held("district_budget")[3] == -70.0
    assert fund.to_frame()[["debit", "credit", "amount_cny", "district"]].values.tolist() == [
        ["campaign", "district_budget", 70.0, "fengtai"],
        ["contractors", "campaign", 35.0, "fengtai"],
    ]
    fund.check(25)


def test_the_citys_own_accounts_are_kept_in_one_column():
    fund = Fund()
    fund.pay(25, "city_treasury", "hospital", np.full(16, 2.0), "plan of the year")
    assert fund.held_by_city("city_treasury") == -32.0
    assert "city_treasury" in KEPT_BY_CITY
    fund.check(25)


def test_an_unknown_account_and_a_negative_amount_are_refused():
    fund = Fund()
    with pytest.raises(ValueError, match="no account 'treasure'"):
        fund.pay(25, "treasure", "campaign", 1.0, "a gift")
    with pytest.raises(ValueError, match="negative"):
        fund.pay(25, "city_treasury", "guidance_fund", -1.0, "a debt")


def test_less_than_a_fen_is_not_paid():
    fund = Fund()
    fund.pay(25, "district_budget", "campaign", np.full(16, 0.004), "dust")
    assert not fund.payments
    assert not fund.balance_cny.any()


def test_a_book_that_was_tampered_with_stops_the_run_and_names_the_place():
    fund = Fund()
    fund.pay(25, "district_budget", "campaign", np.full(16, 1e6), "plan of the year")
    fund.check(25)
    fund.balance_cny[ACCOUNTS.index("campaign"), 5] += 1000.0
    with pytest.raises(ReconcileError, match="campaign") as error:
        fund.check(26)
    assert (error.value.place, error.value.amount) == ("haidian", 1000.0)


def test_an_account_that_may_not_be_overdrawn_stops_the_run():
    fund = Fund()
    fund.pay(25, "shantytown", "contractors", np.full(16, 5e6), "work: shantytown")
    with pytest.raises(ReconcileError, match="may not be overdrawn"):
        fund.check(25)


def test_a_topped_up_account_has_just_what_is_owed():
    fund = Fund()
    fund.pay(25, "district_budget", "campaign", np.full(16, 10.0), "plan of the year")
    fund.top_up(25, "campaign", np.full(16, 25.0))
    assert fund.held("campaign").tolist() == [25.0] * 16
    fund.top_up(25, "campaign", np.full(16, 5.0))
    assert fund.held("campaign").tolist() == [25.0] * 16


@pytest.mark.parametrize(
    ("kind", "action", "account"),
    [
        ("demolish", "demolish", "campaign"),
        ("shantytown", "rehouse", "shantytown"),
        ("village", "clean_heating", "heating"),
        ("village", "remediate", "campaign"),
    ],
)
def test_what_the_guidance_fund_does_not_pay_for_is_kept_apart(kind, action, account):
    assert account_of(kind, action) == account
    assert source_of(account) in SOURCES
