"""Run the districts' side of a campaign: what is left to do, what is attempted, reported, verified and paid.

A quarter opens with what falls due in each district beside what is left from before. The districts
(`sim.agents.district`) share their enforcers and money out among their tasks; the measures then ask, zone by
zone, how much of their work is attempted. At the end of the quarter (`sim.accounts.closing`) the city
inspects, work is written off, bills are paid, and once a year the guidance fund is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts import settlement
from sim.accounts.closing import CAMPAIGN, QUARTERS, close_quarter
from sim.accounts.effort import TINY, allowed_share, district_weights, exact_sum, false_shares, share_out
from sim.accounts.fund import DISTRICT_ACCOUNTS, Fund
from sim.accounts.ledger import Ledger
from sim.accounts.levers import Levers
from sim.accounts.plan import Plan
from sim.accounts.regrowth import Cleared
from sim.calendar import year_of
from sim.codes import N_DISTRICTS, N_ZONES, DwellingClass, MoveCause, Premises
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PREMISES_RATE, STREET_RATE = "premises.", "street_trade"


class Campaign:
    """Hold the state of one run's campaign.

    Parameters
    ----------
    city
        Dwellings, land, zones, random and parameters are read.
    measures
        The scenario's measures.
    people, informal
        Residents and informal floor area by zone in the base year, (343,), which enforcers follow.
    official_people
        Official population by district at the end of a quarter, (16,); without it no reward is paid.

    Attributes
    ----------
    outstanding, replanned
        What each measure still has to do, and what each quarter of this year adds to it of what the last year
        left undone, in its base unit, f8 (measures, 343).
    enforcement, spending_cny
        Person-quarters of enforcers at work and money spent this quarter, f8 (343,).
    advanced, planned, verified
        The year's advance of the guidance fund, and the year's work weighed by its cost, f8 (16,).
    spent_cny
        What each account has paid for work and to people this year, f8 (accounts, 16).
    """

    def __init__(
        self,
        city: City,
        measures: Sequence[Measure],
        ledger: Ledger,
        fund: Fund,
        people: np.ndarray,
        informal: np.ndarray,
        levers: Levers | None = None,
        official_people: Callable[[int], np.ndarray] | None = None,
    ) -> None:
        self.city, self.ledger, self.fund = city, ledger, fund
        self.levers = levers or Levers()
        self.official_people = official_people
        self.district = np.asarray(city.zones.district, dtype=np.int64)
        self._in_district = np.zeros((N_ZONES, N_DISTRICTS))
        self._in_district[np.arange(N_ZONES), self.district] = 1.0
        self.people = people / max(float(people.sum()), TINY)
        self.plan = Plan(measures, city.parameters.values(), self.district, self.people)
        self.weights = district_weights(
            self.by_district(people),
            self.by_district(informal),
            city.parameter("enforcement_follows_informal"),
        )
        self.cleared = Cleared(self.district)
        self.outstanding = np.zeros((len(self.plan.measures), N_ZONES))
        self.replanned = np.zeros((len(self.plan.measures), N_ZONES))
        self._begun: dict[int, np.ndarray] = {}
        self.wide_places: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.advanced, self.planned, self.verified = (np.zeros(N_DISTRICTS) for _ in range(3))
        self.completed = np.ones(N_DISTRICTS)
        self.spent_cny = np.zeros((len(DISTRICT_ACCOUNTS), N_DISTRICTS))
        self._to_keep = np.zeros(N_DISTRICTS)
        self._fund_of_year = 0.0
        self.open_quarter(0)

    def by_district(self, by_zone: np.ndarray) -> np.ndarray:
        """Return sums over the zones of each district, (16,)."""
        sums: np.ndarray = by_zone @ self._in_district
        return sums

    @property
    def levers_now(self) -> Levers:
        """Return the levers that hold this quarter: before the scenarios part, what was."""
        if self.quarter >= self.levers.first:
            return self.levers
        return Levers(fund_billion_cny=self.city.parameter("fund_billion_cny"))

    @property
    def inspection_share(self) -> float:
        """Return the share of the reports that the city looks at."""
        return self.city.parameter("inspection_share")

    def take_up(self, measures: Sequence[Measure], levers: Levers) -> None:
        """Go on with other measures and levers; what is left to do of a measure stays with it.

        Raises
        ------
        KeyError
            When a measure that has work under way is not among them.
        """
        old, self.plan, self.levers = self.plan, self.plan.taken_up(measures), levers
        rows = np.array([self.plan.row_of.get(measure.id, -1) for measure in old.measures], dtype=np.int64)
        kept = rows >= 0
        for name in ("outstanding", "replanned"):
            before = getattr(self, name)
            if before[~kept].any():
                raise KeyError(f"work is under way that the other measures do not know: {name}")
            after = np.zeros((len(self.plan.measures), N_ZONES))
            after[rows[kept]] = before[kept]
            setattr(self, name, after)
        self._begun = {int(rows[row]): under_way for row, under_way in self._begun.items()}

    # ---- the quarter opens -----------------------------------------------------------------------------

    def open_quarter(self, quarter: int) -> None:
        """Add up what falls due and is left in each district, and what there is to do it with."""
        self.quarter = quarter
        self._begin_counting()
        if quarter % QUARTERS == 1:
            self._open_year()
        if self.replanned.any():
            self.outstanding += self.replanned
        self._fill_accounts()
        due, self._known = self.plan.due(quarter)
        self.active = self.plan.active(quarter)
        if self.outstanding.any():
            left = self.by_district(self.outstanding) * self.active[:, None]
        else:
            left = np.zeros_like(due)
        total = due + left
        self.behind = np.divide(left, total, out=np.zeros_like(total), where=total > TINY)
        self._expect_false_reports()
        self._set_limits(total)

    def _begin_counting(self) -> None:
        scratch = self.city.scratch
        self.enforcement, self.spending_cny = np.zeros(N_ZONES), np.zeros(N_ZONES)
        self.worked: set[int] = set()
        self._coverage: dict[str, np.ndarray] = {}
        scratch["hit_home"] = np.zeros((len(MoveCause), N_DISTRICTS, 2))
        scratch["hit_work"] = np.zeros((N_DISTRICTS, 2))

    def _open_year(self) -> None:
        """Reward who met the last year's population target, and set up the year's guidance fund."""
        city, quarter, year = self.city, self.quarter, year_of(self.quarter)
        if self.official_people is not None and (self.advanced > 0).any():
            before, after = (self.official_people(settlement.year_end(year - back)) for back in (2, 1))
            reward = city.parameter("fund_target_reward_cny")
            settlement.pay_target_reward(self.fund, quarter, year - 1, before, after, reward)
        self.advanced, self.planned, self.verified = (np.zeros(N_DISTRICTS) for _ in range(3))
        self.spent_cny = np.zeros((len(DISTRICT_ACCOUNTS), N_DISTRICTS))
        self._fund_of_year = 0.0
        if (self._work_ahead() * (self.plan.account == CAMPAIGN)[:, None]).any():
            total = self.levers_now.fund_billion_cny * 1e9
            self._fund_of_year = settlement.yearly_fund(total, year, self.levers_now.fund_a_year)
            lacking = max(self._fund_of_year - self.fund.held_by_city("guidance_fund"), 0.0)
            self.fund.pay(quarter, "city_treasury", "guidance_fund", lacking, "guidance fund of the year")

    def _work_ahead(self) -> np.ndarray:
        """Return what the rest of the year still asks for by measure and district, (n, 16)."""
        ahead = self.plan.due_ahead(self.quarter)
        ordered = self.plan.ordered_in(year_of(self.quarter))
        if ordered.any() and (self.outstanding.any() or self.replanned.any()):
            # This quarter's part of what was planned anew is among what is outstanding.
            quarters_after = -self.quarter % QUARTERS
            left = self.outstanding + quarters_after * self.replanned
            ahead = ahead + self.by_district(left) * ordered[:, None]
        return ahead

    def _fill_accounts(self) -> None:
        """Advance what the rest of the year asks for, as far as its split over districts is known by now.

        Most is advanced in the first quarter; later ones set right what the plan could not know then.
        """
        cost = np.zeros((len(DISTRICT_ACCOUNTS), N_DISTRICTS))
        np.add.at(cost, self.plan.account, self._work_ahead() * self.plan.price[:, None])
        if not cost.any():
            return
        share = self.city.parameter("fund_other_accounts_share")
        needs = {}
        for row in np.flatnonzero(cost.any(axis=1)):
            name = DISTRICT_ACCOUNTS[row]
            held, spent = self.fund.held(name), self.spent_cny[row]
            part = 1.0 if row == CAMPAIGN else share
            needs[name] = part * (spent + cost[row]) - spent - held
        match = self.city.parameter("fund_match")
        self.advanced += settlement.advance(self.fund, self.quarter, needs, self._fund_of_year, match)

    def _expect_false_reports(self) -> None:
        city = self.city
        rewarded = np.isfinite(settlement.target_factor(year_of(self.quarter))) & (self.advanced > 0)
        self.false_share = false_shares(
            city.random,
            self.quarter,
            city.parameter("report_false_share"),
            np.where(rewarded, city.parameter("report_reward_push"), 1.0),
            self.inspection_share,
            city.parameter("inspection_detection"),
            city.parameter("report_deterrence"),
        )

    def _set_limits(self, total: np.ndarray) -> None:
        """Grant all that is asked for; where there is less, the district decides (see `shortages`)."""
        city, plan = self.city, self.plan
        persons = city.parameter("enforcement_persons") * city.parameter("enforcement_campaign_share")
        self.capacity = self.weights * persons * self.levers_now.enforcement
        keeps = plan.controls(self.quarter)
        self.reserved = np.minimum(self._to_keep, self.capacity) if keeps else np.zeros(N_DISTRICTS)
        self._to_keep = np.zeros(N_DISTRICTS)
        self._effort_asked = total * plan.effort[:, None]
        self._money_asked = total * (plan.price * self._known)[:, None]
        self._effort_granted = self._effort_asked.copy()
        self._money_granted = self._money_asked.copy()
        self._effort_free = self.capacity - self.reserved - self._effort_asked.sum(axis=0)
        self._money_free = np.stack([self.fund.held(name) for name in DISTRICT_ACCOUNTS])
        np.subtract.at(self._money_free, plan.account, self._money_asked)

    # ---- the districts decide --------------------------------------------------------------------------

    def shortages(self, district: int) -> tuple[bool, np.ndarray]:
        """Return whether a district lacks enforcers for its tasks, and the accounts that lack money."""
        lacking = np.flatnonzero(self._money_free[:, district] < -TINY)
        return bool(self._effort_free[district] < -TINY), lacking

    def grant_effort(self, district: int, order: np.ndarray) -> None:
        """Share a district's enforcers out among its tasks, first in order first."""
        asked = self._effort_asked[:, district]
        limit = max(float(self._effort_free[district]) + exact_sum(asked), 0.0)
        granted = share_out(limit, asked, order)
        self._effort_granted[:, district] = granted
        self._effort_free[district] = limit - exact_sum(granted)

    def grant_money(self, district: int, account: int, order: np.ndarray) -> None:
        """Share one of a district's accounts out among the tasks it pays for, first in order first."""
        mine = order[self.plan.account[order] == account]
        asked = self._money_asked[mine, district]
        limit = max(float(self._money_free[account, district]) + exact_sum(asked), 0.0)
        granted = share_out(limit, asked, np.arange(len(mine)))
        self._money_granted[mine, district] = granted
        self._money_free[account, district] = limit - exact_sum(granted)

    # ---- measures ask ----------------------------------------------------------------------------------

    def learn(self, measure: Measure, zones: tuple[int, ...], weights: np.ndarray, proxy: np.ndarray) -> None:
        """Remember how an amount for some zones is split, so that the next plan knows it beforehand."""
        self.plan.learn(self.plan.row_of[measure.id], zones, weights, proxy)

    def attempt(
        self, measure: Measure, zones: np.ndarray, due: np.ndarray, room: np.ndarray | None
    ) -> np.ndarray:
        """Return what is truly done this quarter of a measure in some zones, (n,).

        Parameters
        ----------
        due
            What falls due there now and can be done at all, (n,).
        room
            What there is in each zone at most, (n,); None where nothing limits it.
        """
        row = self.plan.row_of[measure.id]
        self.worked.add(row)
        left = self.outstanding[row]
        left[zones] += due
        doable = left[zones] if room is None else np.minimum(left[zones], np.maximum(room, 0.0))
        where = self.district[zones]
        share = self._take(row, np.bincount(where, doable, N_DISTRICTS))[where]
        attempted: np.ndarray = doable * share
        self.enforcement[zones] += attempted * self.plan.effort[row]
        done: np.ndarray = attempted * (1.0 - self.false_share[where])
        return done

    def _take(self, row: int, asked: np.ndarray) -> np.ndarray:
        """Return the share of what is asked that enforcers and money allow by district; both are used up.

        In the first quarter of a task whose split over districts the year's plan could not know, money does
        not bind.
        """
        work, bill = asked * self.plan.effort[row], asked * self.plan.price[row]
        effort_granted, money_granted = self._effort_granted[row], self._money_granted[row]
        free, purse = self._effort_free, self._money_free[self.plan.account[row]]
        share = allowed_share(effort_granted + np.maximum(free, 0.0), work)
        if self._known[row]:
            share = np.minimum(share, allowed_share(money_granted + np.maximum(purse, 0.0), bill))
        # What was granted and is not used is there for the tasks that come after.
        free += effort_granted - work * share
        purse += money_granted - bill * share
        effort_granted[:], money_granted[:] = 0.0, 0.0
        return share

    def left_over(self, measure: Measure, but: Sequence[np.ndarray]) -> np.ndarray:
        """Return the zones, beside some, where a measure has work left from before and may go on with it."""
        row = self.plan.row_of[measure.id]
        if not self.active[row]:
            return np.zeros(0, dtype=np.int64)
        waiting = self.outstanding[row] > max(self.plan.dust[row], TINY)
        for zones in but:
            waiting[zones] = False
        return np.flatnonzero(waiting)

    def report(
        self,
        measure: Measure,
        zones: np.ndarray | int,
        executed: np.ndarray | float,
        begun: np.ndarray | float = 0.0,
    ) -> np.ndarray | float:
        """Return what districts report for what was truly done, and take it off what is left to do.

        Parameters
        ----------
        begun
            Work that has been begun and will be reported in a later quarter: it is not attempted again.
        """
        row = self.plan.row_of[measure.id]
        if not (row in self.worked or row in self._begun) or (isinstance(zones, int) and zones < 0):
            return executed
        done = np.atleast_1d(np.asarray(executed, dtype=np.float64))
        where = np.atleast_1d(np.asarray(zones, dtype=np.int64))
        reported: np.ndarray = done / (1.0 - self.false_share[self.district[where]])
        taken_off = reported + begun
        if np.any(begun) or row in self._begun:
            under_way = self._begun.setdefault(row, np.zeros(N_ZONES))
            finished = np.minimum(under_way[where], reported)
            under_way[where] += begun - finished
            taken_off = taken_off - finished
        np.subtract.at(self.outstanding[row], where, taken_off)
        np.maximum(self.outstanding[row], 0.0, out=self.outstanding[row])
        return float(reported[0]) if isinstance(zones, int) else reported

    def coverage(self, rates: Sequence[str]) -> list[np.ndarray]:
        """Return how far standing enforcement reaches for some rates, (343,) each, and use up what it takes.

        What is kept clear is the cleared stock that a rate lets grow back. A rate that two measures control
        takes enforcers once.
        """
        asked = [(rate, self._effort_to_keep(rate)) for rate in rates if rate not in self._coverage]
        if asked:
            need = self.by_district(sum((effort for _, effort in asked), np.zeros(N_ZONES)))
            share = allowed_share(self.reserved + np.maximum(self._effort_free, 0.0), need)
            self._to_keep += need
            from_reserve = np.minimum(self.reserved, need * share)
            self.reserved -= from_reserve
            self._effort_free -= need * share - from_reserve
            for rate, effort in asked:
                self._coverage[rate] = share[self.district]
                self.enforcement += effort * self._coverage[rate]
        return [self._coverage[rate] for rate in rates]

    def _effort_to_keep(self, rate: str) -> np.ndarray:
        """Return the person-quarters it takes to keep clear what a rate would let grow back, (343,)."""
        city, name = self.city, rate.removeprefix("regrowth.")
        if name == STREET_RATE:
            return city.land.street_cleared * city.parameter("control_premises_effort")
        if name.startswith(PREMISES_RATE):
            kind = Premises[name.removeprefix(PREMISES_RATE).upper()]
            return city.land.premises_cleared[:, kind] * city.parameter("control_premises_effort")
        if name.upper() in DwellingClass.__members__:
            kept = city.dwellings.cleared[:, DwellingClass[name.upper()]]
            return kept * city.parameter("control_place_effort")
        return np.zeros(N_ZONES)

    def transfer(
        self, measure: Measure, payer: str, payee: str, by_zone: np.ndarray | float, purpose: str
    ) -> None:
        """Pay people or firms at once; what an account lacks is added by where its money comes from."""
        zones = by_zone if isinstance(by_zone, np.ndarray) else by_zone * self.people
        amounts = self.by_district(zones)
        if payer in DISTRICT_ACCOUNTS:
            self.fund.top_up(self.quarter, payer, amounts, measure.id)
            self.spent_cny[DISTRICT_ACCOUNTS.index(payer)] += amounts
        self.fund.pay(self.quarter, payer, payee, amounts, purpose, measure.id)
        self.spending_cny += zones

    # ---- the quarter closes ----------------------------------------------------------------------------

    def close_quarter(self) -> None:
        """Inspect, write off, pay, and settle the year in its last quarter; see `sim.accounts.closing`."""
        close_quarter(self)
