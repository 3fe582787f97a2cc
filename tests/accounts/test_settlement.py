"""Check advances, clawback and rewards by hand."""

import numpy as np
import pytest

from sim.accounts import settlement
from sim.accounts.fund import Fund
from sim.policy.places import places

N = 16


def two(first: float, second: float) -> np.ndarray:
    """Return values for two districts, nothing in the others."""
    return np.array([first, second, *[0.0] * (N - 2)])


def test_the_fund_is_for_each_year_or_for_a_round_in_all():
    assert settlement.yearly_fund(10e9, 2016, a_year=True) == 0.0
    assert settlement.yearly_fund(10e9, 2017, a_year=True) == 10e9
    assert settlement.yearly_fund(10e9, 2018, a_year=False) == 2.5e9  # four years, 2017 to 2020
    assert settlement.yearly_fund(10e9, 2024, a_year=False) == 2e9  # five years, 2021 to 2025


def test_advances_follow_the_plan_and_never_pass_the_fund():
    # Districts add 1 to each CNY: of plans of 300 and 100 the city's part is 150 and 50; it has half of that.
    assert settlement.advances(two(300, 100), 100.0, 1.0)[:2].tolist() == [75.0, 25.0]
    assert settlement.advances(two(300, 100), 1000.0, 1.0)[:2].tolist() == [150.0, 50.0]
    assert not settlement.advances(np.zeros(N), 100.0, 1.0).any()


def test_a_fund_emptied_to_a_rounding_error_below_zero_advances_nothing():
    assert not settlement.advances(two(300, 100), -2e-6, 1.0).any()


def test_the_year_is_settled_by_what_was_missed():
    # 75 and 25 advanced; the first district did 60 of 100, the second 120 of 100: 30 is taken from the first,
    # and only the second did better than the city as a whole (0.6 x 0.75 + 1 x 0.25 = 0.7).
    fund = Fund()
    fund.pay(25, "city_treasury", "guidance_fund", 100.0, "guidance fund of the year")
    fund.pay(25, "guidance_fund", "campaign", two(75, 25), "advance by plan")
    completed = settlement.settle(fund, 28, two(75, 25), two(100, 100), two(60, 120))
    assert completed[:3].tolist() == [0.6, 1.0, 1.0]
    assert fund.held("campaign")[:3] == pytest.approx([45.0, 55.0, 0.0])
    assert fund.held_by_city("guidance_fund") == pytest.approx(0.0)
    fund.check(28)


def test_what_a_district_has_spent_it_pays_back_from_its_own_budget():
    fund = Fund()
    fund.pay(25, "city_treasury", "guidance_fund", 75.0, "guidance fund of the year")
    fund.pay(25, "guidance_fund", "campaign", two(75, 0), "advance by plan")
    fund.pay(26, "campaign", "contractors", two(75, 0), "work: demolish")
    settlement.settle(fund, 28, two(75, 0), two(100, 0), two(20, 0))
    assert fund.held("district_budget")[0] == pytest.approx(-60.0)
    fund.check(28)


def test_where_all_did_alike_nobody_is_rewarded():
    assert not settlement.rewards_of_best(10.0, two(50, 50), np.full(N, 0.8)).any()
    shares = settlement.rewards_of_best(10.0, two(50, 50), np.array([0.6, 1.0, *[1.0] * 14]))
    assert shares[:2] == pytest.approx([0.0, 10.0])


def test_other_accounts_are_filled_by_their_own_sources():
    fund = Fund()
    fund.pay(25, "city_treasury", "guidance_fund", 1000.0, "guidance fund of the year")
    needs = {"campaign": two(200, 0), "shantytown": two(400, -5)}
    given = settlement.advance(fund, 25, needs, 1000.0, 1.0)
    assert given[0] == 100.0
    assert fund.held("campaign")[0] == 200.0
    assert fund.held("shantytown")[0] == 400.0
    assert fund.held_by_city("lenders") == -400.0


def test_before_the_fund_districts_pay_alone():
    fund = Fund()
    assert not settlement.advance(fund, 20, {"campaign": two(200, 0)}, 0.0, 1.0).any()
    assert fund.held("campaign")[0] == 200.0
    assert fund.held("district_budget")[0] == -200.0


def test_a_population_target_is_a_ratio_between_years():
    chaoyang = places().district_ids.index("chaoyang")
    # Chaoyang's report for 2017: 374.1 after 385.6 (10k persons); from 2018 on 15 % below 2014 by 2020.
    assert settlement.target_factor(2017)[chaoyang] == pytest.approx(374.1 / 385.6)
    assert settlement.target_factor(2018)[chaoyang] == pytest.approx((333.4 / 392.2) ** (1 / 6))
    assert np.isnan(settlement.target_factor(2017)[places().district_ids.index("yanqing")])


def test_only_who_met_the_target_on_the_official_measure_is_rewarded():
    fund = Fund()
    before = np.full(N, 1000.0)
    after = np.full(N, 1000.0)
    chaoyang, haidian = (places().district_ids.index(name) for name in ("chaoyang", "haidian"))
    after[chaoyang] = 960.0  # asked: 970
    after[haidian] = 990.0  # asked: 973
    met = settlement.pay_target_reward(fund, 29, 2017, before, after, 5e7)
    assert met[chaoyang]
    assert not met[haidian]
    assert fund.held("reward")[chaoyang] == 5e7
    assert fund.held("reward").sum() == 5e7 * met.sum()
    fund.check(29)
