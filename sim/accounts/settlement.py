"""Advance the guidance fund by plan, settle it at the year's end, and pay the reward for population targets.

京政发〔2017〕8号 3.1: the city sets up a guidance fund of 10 billion CNY, districts match it, both go to the
districts' platform accounts; what was advanced for tasks that were not completed is taken back and rewards
the districts that did well. The Huairou plan of 2017 (4.3) names a second fund, the reward for meeting the
targets of population control.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from sim.accounts.fund import Fund, source_of
from sim.calendar import parse_quarter
from sim.codes import N_DISTRICTS
from sim.policy.catalogue import load_targets
from sim.policy.places import places

TINY = 1e-9
FIRST_YEAR = 2017
ROUNDS = ((2017, 2020), (2021, 2025))
"""Years of the two rounds of the campaign; the second document names no sum, the first one's is assumed."""
TEN_THOUSAND = 1e4


def yearly_fund(total_cny: float, year: int, a_year: bool) -> float:
    """Return what the guidance fund holds for a year: all of it, or an even part of its round."""
    if year < FIRST_YEAR:
        return 0.0
    if a_year:
        return total_cny
    first, last = next((item for item in ROUNDS if year <= item[1]), ROUNDS[-1])
    return total_cny / (last - first + 1)


def advances(cost_cny: np.ndarray, fund_cny: float, match: float) -> np.ndarray:
    """Return what the fund advances to each district: by plan, with a part left to the districts.

    Parameters
    ----------
    cost_cny
        What each district's plan of the year costs beyond what its account holds, (16,).
    fund_cny
        What the fund has for the year.
    match
        What a district adds to each CNY of the city's.
    """
    wanted = np.maximum(cost_cny, 0.0) / (1.0 + match)
    total = float(wanted.sum())
    # What is left of an account that was paid out whole can be a rounding error below zero.
    share = min(1.0, max(fund_cny, 0.0) / max(total, TINY))
    return wanted * share if total > TINY else np.zeros(len(wanted))


def completed_shares(planned: np.ndarray, verified: np.ndarray) -> np.ndarray:
    """Return the share of its plan that each district has verified; 1 where nothing was planned."""
    return np.where(planned > TINY, np.minimum(verified / np.maximum(planned, TINY), 1.0), 1.0)


def rewards_of_best(pool_cny: float, advanced: np.ndarray, completed: np.ndarray) -> np.ndarray:
    """Share out what was taken back among the districts that completed more than the city did as a whole.

    In proportion to their advance times how far they were ahead (how the city weighs them is not published:
    assumed). Where all are alike nobody gets it.
    """
    total = float(advanced.sum())
    if total <= TINY:
        return np.zeros(len(advanced))
    ahead = np.maximum(completed - float((completed * advanced).sum()) / total, 0.0) * advanced
    weight = float(ahead.sum())
    return pool_cny * ahead / weight if weight > TINY * total else np.zeros(len(advanced))


def advance(
    fund: Fund, quarter: int, needs_cny: Mapping[str, np.ndarray], fund_cny: float, match: float
) -> np.ndarray:
    """Fill the districts' accounts for what their plan still lacks, and return the guidance fund's part.

    Parameters
    ----------
    needs_cny
        What the plan costs beyond what is held, by account and district, (16,) each.
    fund_cny
        The guidance fund of the year; without one, districts pay for their campaign alone, as before 2017.
    """
    given = np.zeros(N_DISTRICTS)
    for account, need in needs_cny.items():
        lack = np.maximum(need, 0.0)
        if not lack.any():
            continue
        if account != "campaign":
            fund.pay(quarter, source_of(account), account, lack, "plan of the year")
        elif fund_cny > 0.0:
            given = advances(lack, fund.held_by_city("guidance_fund"), match)
            fund.pay(quarter, "guidance_fund", account, given, "advance by plan")
            fund.pay(quarter, "district_budget", account, given * match, "matched by the district")
        else:
            fund.pay(quarter, "district_budget", account, lack, "plan of the year")
    return given


def settle(
    fund: Fund, quarter: int, advanced: np.ndarray, planned: np.ndarray, verified: np.ndarray
) -> np.ndarray:
    """Take advances back in proportion to what was missed, reward the best, and return the completed shares.

    Parameters
    ----------
    advanced
        What the guidance fund advanced to each district in the year, (16,).
    planned, verified
        The year's work of each district, weighed by its cost, (16,).
    """
    completed = completed_shares(planned, verified)
    missed = advanced * (1.0 - completed)
    fund.top_up(quarter, "campaign", missed)
    fund.pay(quarter, "campaign", "guidance_fund", missed, "clawed back for tasks missed")
    reward = rewards_of_best(float(missed.sum()), advanced, completed)
    fund.pay(quarter, "guidance_fund", "campaign", reward, "reward for tasks done well")
    return completed


def target_factor(year: int) -> np.ndarray:
    """Return the change of population over a year that each district's target asks for, (16,); nan for none.

    The targets of districts (sim/policy/targets) hold a base year and its published value; the way between
    base and target is taken as even, so that a year's target is a ratio and no level is needed.
    """
    return _factors().get(year, np.full(N_DISTRICTS, np.nan))


@cache
def _factors() -> dict[int, np.ndarray]:
    found: dict[int, np.ndarray] = {}
    rows = [
        target
        for target in load_targets()
        if target.indicator == "resident_population"
        and target.area in places().district_ids
        and target.baseline_year is not None
        and target.baseline_value
    ]
    # The nearest target of a district counts.
    for target in sorted(rows, key=lambda item: -item.year):
        first = int(target.baseline_year or 0)
        yearly = (target.value / float(target.baseline_value or 1.0)) ** (1.0 / (target.year - first))
        for year in range(first + 1, target.year + 1):
            factors = found.setdefault(year, np.full(N_DISTRICTS, np.nan))
            factors[places().district_ids.index(target.area)] = yearly
    return found


def pay_target_reward(
    fund: Fund, quarter: int, year: int, before: np.ndarray, after: np.ndarray, reward_cny: float
) -> np.ndarray:
    """Pay the districts whose official population met the year's target; return who did, (16,) of bool.

    Parameters
    ----------
    before, after
        Official population of each district at the end of the year before and of the year, (16,).
    reward_cny
        Reward of a district.
    """
    factor = target_factor(year)
    met: np.ndarray = np.isfinite(factor) & (after <= before * np.nan_to_num(factor))
    amounts = np.where(met, reward_cny, 0.0)
    fund.pay(quarter, "city_treasury", "reward_fund", float(amounts.sum()), "reward for population targets")
    fund.pay(quarter, "reward_fund", "reward", amounts, f"population target of {year} met")
    return met


def year_end(year: int) -> int:
    """Return the last quarter of a year."""
    return parse_quarter(f"{year}Q4", allow_base=True)
