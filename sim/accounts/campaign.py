"""Run the districts' side of a campaign: what is left to do, what is attempted, reported, verified and paid.

A quarter opens with what falls due in each district beside what is left from before. The districts
(`sim.agents.district`) share their enforcers and money out among their tasks; the measures then ask, zone by
zone, how much of their work is attempted. At the end of the quarter the city inspects, work is written off,
bills are paid, and once a year the guidance fund is settled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts import settlement
from sim.accounts.effort import TINY, district_weights, false_shares, found_false, share_out
from sim.accounts.fund import DISTRICT_ACCOUNTS, Fund, account_of
from sim.accounts.ledger import LAPSED, REPLANNED, TASK, Block, Ledger
from sim.accounts.regrowth import Cleared
from sim.calendar import year_of
from sim.codes import N_DISTRICTS, N_ZONES, DwellingClass, MoveCause, Premises
from sim.policy.catalogue import load_kinds
from sim.policy.places import places
from sim.policy.resolve import Measure, Portion

if TYPE_CHECKING:
    from sim.city.state import City

QUARTERS = 4
ORDER_OF_TASKS = (
    ("demolish",),
    ("street_order", "seal_openings"),
    ("village",),
    ("estates",),
    ("key_area",),
    ("manufacturing",),
    ("market",),
    ("campus", "hospital"),
    ("basement", "group_rental"),
    ("shantytown", "courtyard"),
)
"""Kinds in the order of the ten tasks of 京政发〔2017〕8号, section 2; the other kinds come after them."""
PAYEE_OF_KIND = {
    "hospital": "institutions",
    "campus": "institutions",
    "administration": "institutions",
    "transport_hub": "institutions",
    "market": "firms",
    "manufacturing": "firms",
}
"""Who is paid for the work itself; contractors where a kind is not here."""


@dataclass(frozen=True)
class Levers:
    """Hold what the city decides about the campaign as a whole.

    Attributes
    ----------
    enforcement
        Factor on the districts' enforcers.
    fund_billion_cny, fund_a_year
        The guidance fund, and whether that sum is for each year or for a round of the campaign in all.
    inspection_share
        Share of the reports that the city looks at; the parameter of that name where it is None.
    """

    enforcement: float = 1.0
    fund_billion_cny: float | None = None
    fund_a_year: bool = True
    inspection_share: float | None = None


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
    outstanding
        What each measure still has to do, in its base unit, f8 (measures, 343).
    enforcement, spending_cny
        Person-quarters of enforcers at work and money spent this quarter, f8 (343,).
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
        self.measures = list(measures)
        self.levers = levers or Levers()
        self.official_people = official_people
        self.district = np.asarray(city.zones.district, dtype=np.int64)
        self._in_district = np.zeros((N_ZONES, N_DISTRICTS))
        self._in_district[np.arange(N_ZONES), self.district] = 1.0
        self._people = people / max(float(people.sum()), TINY)
        self.weights = district_weights(
            self._sum(people), self._sum(informal), city.parameter("enforcement_follows_informal")
        )
        self.cleared = Cleared(self.district)
        self._index = {measure.id: row for row, measure in enumerate(self.measures)}
        self._read_terms()
        n = len(self.measures)
        self.outstanding = np.zeros((n, N_ZONES))
        self._replanned = np.zeros((n, N_ZONES))
        self._shares: dict[tuple[int, tuple[int, ...]], np.ndarray] = {}
        self._proxies: dict[tuple[str, str], np.ndarray] = {}
        self._spread_out: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._advanced, self._planned, self._verified = (np.zeros(N_DISTRICTS) for _ in range(3))
        self._controlled = np.zeros(N_DISTRICTS)
        self.quarter = 0
        self._clear_quarter()

    def _read_terms(self) -> None:
        """Look up what each measure's work takes, costs, is paid from and ranks."""
        values = self.city.parameters.values()
        kinds = load_kinds()
        self.task = [
            (measure.kind, measure.action or next(iter(kinds[measure.kind].actions)))
            for measure in self.measures
        ]
        self.effort = np.array([values.get(f"{kind}_{action}_effort", 0.0) for kind, action in self.task])
        self.cost = np.array([values.get(f"{kind}_{action}_unit_cost", 0.0) for kind, action in self.task])
        accounts = [account_of(kind, action) for kind, action in self.task]
        self.account = np.array([DISTRICT_ACCOUNTS.index(name) for name in accounts], dtype=np.int64)
        ranks = {kind: rank for rank, group in enumerate(ORDER_OF_TASKS) for kind in group}
        self.rank = np.array([float(ranks.get(kind, len(ORDER_OF_TASKS))) for kind, _ in self.task])
        self._due: dict[int, list[tuple[int, Portion]]] = defaultdict(list)
        self._due_in_year: dict[int, dict[tuple[int, tuple[int, ...]], float]] = defaultdict(dict)
        self._years: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row, measure in enumerate(self.measures):
            for portion in measure.portions:
                year = year_of(portion.quarter_index)
                self._due[portion.quarter_index].append((row, portion))
                sums, key = self._due_in_year[year], (row, portion.zones)
                sums[key] = sums.get(key, 0.0) + portion.amount
                self._years[self.task[row]].add(year)

    # ---- the quarter opens -----------------------------------------------------------------------------

    def open_quarter(self, quarter: int) -> None:
        """Add up what falls due and is left in each district, and what there is to do it with."""
        self.quarter = quarter
        self._clear_quarter()
        if quarter % QUARTERS == 1:
            self._open_year()
        if self._replanned.any():
            self.outstanding += self._replanned
        self.active = np.array([self._is_active(row) for row in range(len(self.measures))], dtype=np.bool_)
        due = np.zeros((len(self.measures), N_DISTRICTS))
        for row, portion in self._due.get(quarter, []):
            share, known = self._share_of(row, portion.zones)
            due[row] += portion.amount * share
            self._known[row] &= known
        left = (self.outstanding @ self._in_district) * self.active[:, None]
        total = due + left
        self.behind = np.divide(left, total, out=np.zeros_like(total), where=total > TINY)
        self._set_limits(total)

    def _clear_quarter(self) -> None:
        n = len(self.measures)
        city = self.city
        self.enforcement, self.spending_cny = np.zeros(N_ZONES), np.zeros(N_ZONES)
        self._known = np.ones(n, dtype=np.bool_)
        self._worked: set[int] = set()
        self._coverage: dict[str, np.ndarray] = {}
        self._now_controlled = np.zeros(N_DISTRICTS)
        city.scratch["hit_home"] = np.zeros((len(MoveCause), N_DISTRICTS, 2))
        city.scratch["hit_work"] = np.zeros((N_DISTRICTS, 2))

    def _set_limits(self, total: np.ndarray) -> None:
        """Set capacity and grants: all that is asked for where there is enough, else what districts decide."""
        city = self.city
        inspected = self.inspection_share
        detection = city.parameter("inspection_detection")
        rewarded = np.isfinite(settlement.target_factor(year_of(self.quarter))) & (self._advanced > 0)
        push = np.where(rewarded, city.parameter("report_reward_push"), 1.0)
        self.false_share = false_shares(
            city.random,
            self.quarter,
            city.parameter("report_false_share"),
            push,
            inspected,
            detection,
            city.parameter("report_deterrence"),
        )
        self.capacity = (
            self.weights
            * city.parameter("enforcement_persons")
            * city.parameter("enforcement_campaign_share")
            * self.levers.enforcement
        )
        keeps = any(item.first <= self.quarter <= item.control_until for item in self.measures)
        self.reserved = np.minimum(self._controlled, self.capacity) if keeps else np.zeros(N_DISTRICTS)
        self.effort_asked = total * self.effort[:, None]
        self.money_asked = total * self.cost[:, None] * self._known[:, None]
        self.effort_granted = self.effort_asked.copy()
        self.money_granted = self.money_asked.copy()
        self.effort_free = self.capacity - self.reserved - self.effort_asked.sum(axis=0)
        held = np.stack([self.fund.held(name) for name in DISTRICT_ACCOUNTS])
        asked = np.zeros_like(held)
        np.add.at(asked, self.account, self.money_asked)
        self.money_free = held - asked

    def shortages(self, district: int) -> tuple[bool, np.ndarray]:
        """Return whether a district lacks enforcers for its tasks, and the accounts that lack money."""
        return bool(self.effort_free[district] < 0.0), np.flatnonzero(self.money_free[:, district] < 0.0)

    def grant_effort(self, district: int, order: np.ndarray) -> None:
        """Share a district's enforcers out among its tasks, first in order first."""
        asked = self.effort_asked[:, district]
        limit = max(float(self.effort_free[district] + asked.sum()), 0.0)
        self.effort_granted[:, district] = share_out(limit, asked, order)
        self.effort_free[district] = limit - self.effort_granted[:, district].sum()

    def grant_money(self, district: int, account: int, order: np.ndarray) -> None:
        """Share one of a district's accounts out among the tasks it pays for, first in order first."""
        mine = order[self.account[order] == account]
        asked = self.money_asked[mine, district]
        limit = max(float(self.money_free[account, district] + asked.sum()), 0.0)
        granted = share_out(limit, asked, np.arange(len(mine)))
        self.money_granted[mine, district] = granted
        self.money_free[account, district] = limit - granted.sum()

    @property
    def inspection_share(self) -> float:
        """Return the share of the reports that the city looks at."""
        lever = self.levers.inspection_share
        return self.city.parameter("inspection_share") if lever is None else lever

    def _is_active(self, row: int) -> bool:
        """Tell whether work on a measure may go on: in its own years, or in another that has the same task."""
        if self.quarter <= self.measures[row].last:
            return True
        return year_of(self.quarter) in self._years[self.task[row]]

    def _share_of(self, row: int, zones: tuple[int, ...]) -> tuple[np.ndarray, bool]:
        """Return the district shares of an amount due in some zones, and whether they are known for sure."""
        share = self._shares.get((row, zones))
        if share is not None:
            return share, True
        where = np.array(zones)
        if (self.district[where] == self.district[where[0]]).all():
            share = self._shares[row, zones] = self._in_district[where[0]].copy()
            return share, True
        follows = self._proxies.get(self.task[row], self._people)[where]
        if follows.sum() <= 0:
            follows = self._people[where] + TINY
        return np.bincount(self.district[where], follows / follows.sum(), N_DISTRICTS), False

    def _open_year(self) -> None:
        """Fill the accounts for the year's plan, and reward who met the last year's target."""
        city, year = self.city, year_of(self.quarter)
        if self.official_people is not None and (self._advanced > 0).any():
            before, after = (self.official_people(settlement.year_end(year - back)) for back in (2, 1))
            reward = city.parameter("fund_target_reward_cny")
            settlement.pay_target_reward(self.fund, self.quarter, year - 1, before, after, reward)
        self._advanced, self._planned, self._verified = (np.zeros(N_DISTRICTS) for _ in range(3))
        needs = self._plan_costs(year)
        total = self.levers.fund_billion_cny
        sum_cny = (city.parameter("fund_billion_cny") if total is None else total) * 1e9
        yearly = settlement.yearly_fund(sum_cny, year, self.levers.fund_a_year)
        campaign = needs.get("campaign")
        if campaign is None or not campaign.any():
            yearly = 0.0
        lacking = max(yearly - self.fund.held_by_city("guidance_fund"), 0.0)
        self.fund.pay(self.quarter, "city_treasury", "guidance_fund", lacking, "guidance fund of the year")
        self._advanced = settlement.advance(
            self.fund,
            self.quarter,
            needs,
            yearly,
            city.parameter("fund_match"),
            city.parameter("fund_other_accounts_share"),
        )

    def _plan_costs(self, year: int) -> dict[str, np.ndarray]:
        """Return what the year's plan costs beyond what the accounts hold, by account and district."""
        cost = np.zeros((len(DISTRICT_ACCOUNTS), N_DISTRICTS))
        for (row, zones), amount in self._due_in_year.get(year, {}).items():
            if self.cost[row] > 0:
                cost[self.account[row]] += amount * self.cost[row] * self._share_of(row, zones)[0]
        left = (self.outstanding + QUARTERS * self._replanned) @ self._in_district
        active = np.array([year in self._years[task] for task in self.task], dtype=np.bool_)
        np.add.at(cost, self.account, left * (self.cost * active)[:, None])
        return {
            name: cost[row] - self.fund.held(name)
            for row, name in enumerate(DISTRICT_ACCOUNTS)
            if cost[row].any()
        }

    # ---- measures ask ----------------------------------------------------------------------------------

    def learn(self, measure: Measure, zones: tuple[int, ...], weights: np.ndarray, proxy: np.ndarray) -> None:
        """Remember how an amount for some zones is split, so that the next plan knows it beforehand."""
        row = self._index[measure.id]
        if (row, zones) not in self._shares:
            where = self.district[np.array(zones)]
            self._shares[row, zones] = np.bincount(where, weights, N_DISTRICTS)
        self._proxies.setdefault(self.task[row], proxy)

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
        row = self._index[measure.id]
        self._worked.add(row)
        left = self.outstanding[row]
        left[zones] += due
        doable = left[zones] if room is None else np.minimum(left[zones], np.maximum(room, 0.0))
        where = self.district[zones]
        share = self._take(row, np.bincount(where, doable, N_DISTRICTS))[where]
        attempted: np.ndarray = doable * share
        self.enforcement[zones] += attempted * self.effort[row]
        return attempted * (1.0 - self.false_share[where])

    def _take(self, row: int, asked: np.ndarray) -> np.ndarray:
        """Return the share of what is asked that enforcers and money allow by district; both are used up."""
        work, bill = asked * self.effort[row], asked * self.cost[row]
        effort_granted, money_granted = self.effort_granted[row], self.money_granted[row]
        free, purse = self.effort_free, self.money_free[self.account[row]]
        share = _allowed(effort_granted + np.maximum(free, 0.0), work)
        if self._known[row]:
            share = np.minimum(share, _allowed(money_granted + np.maximum(purse, 0.0), bill))
        # What was granted and is not used is there for the tasks that come after.
        free += effort_granted - work * share
        purse += money_granted - bill * share
        effort_granted[:], money_granted[:] = 0.0, 0.0
        return share

    def left_over(self, measure: Measure, but: Sequence[np.ndarray]) -> np.ndarray:
        """Return the zones, beside some, where a measure has work left from before and may go on with it."""
        row = self._index[measure.id]
        if not self.active[row]:
            return np.zeros(0, dtype=np.int64)
        waiting = self.outstanding[row] > TINY
        for zones in but:
            waiting[zones] = False
        return np.flatnonzero(waiting)

    def report(self, measure: Measure, zones: np.ndarray | int, executed: np.ndarray | float) -> np.ndarray:
        """Return what districts report for what was truly done, and take it off what is left to do."""
        row = self._index[measure.id]
        done = np.atleast_1d(np.asarray(executed, dtype=np.float64))
        where = np.atleast_1d(np.asarray(zones, dtype=np.int64))
        if row not in self._worked or (where < 0).any():
            return done
        reported: np.ndarray = done / (1.0 - self.false_share[self.district[where]])
        np.subtract.at(self.outstanding[row], where, reported)
        np.maximum(self.outstanding[row], 0.0, out=self.outstanding[row])
        return reported

    def coverage(self, rates: Sequence[str]) -> list[np.ndarray]:
        """Return how far standing enforcement reaches for some rates, (343,) each, and use up what it takes.

        What is kept clear is the cleared stock that a rate lets grow back. A rate that two measures control
        takes enforcers once.
        """
        asked = [(rate, self._effort_to_keep(rate)) for rate in rates if rate not in self._coverage]
        need = self._sum(sum((effort for _, effort in asked), np.zeros(N_ZONES)))
        limit = np.maximum(self.reserved + np.maximum(self.effort_free, 0.0), 0.0)
        share = _allowed(limit, need)
        self._now_controlled += need
        from_reserve = np.minimum(self.reserved, need * share)
        self.reserved -= from_reserve
        self.effort_free -= need * share - from_reserve
        for rate, effort in asked:
            self._coverage[rate] = share[self.district]
            self.enforcement += effort * self._coverage[rate]
        return [self._coverage[rate] for rate in rates]

    def _effort_to_keep(self, rate: str) -> np.ndarray:
        city = self.city
        name = rate.removeprefix("regrowth.").upper()
        if name.startswith("PREMISES.") and name.removeprefix("PREMISES.") in Premises.__members__:
            cleared = city.land.premises_cleared[:, Premises[name.removeprefix("PREMISES.")]]
            return cleared * city.parameter("control_premises_effort")
        if name in DwellingClass.__members__:
            return city.dwellings.cleared[:, DwellingClass[name]] * city.parameter("control_place_effort")
        return np.zeros(N_ZONES)

    def transfer(
        self, measure: Measure, payer: str, payee: str, by_zone: np.ndarray | float, purpose: str
    ) -> None:
        """Pay people or firms at once; what the account lacks is added by where its money comes from."""
        if isinstance(by_zone, np.ndarray):
            zones = by_zone
        else:
            zones = by_zone * self._people
        amounts = self._sum(zones)
        if payer in DISTRICT_ACCOUNTS:
            self.fund.top_up(self.quarter, payer, amounts, measure.id)
        self.fund.pay(self.quarter, payer, payee, amounts, purpose, measure.id)
        self.spending_cny += zones

    # ---- the quarter closes ----------------------------------------------------------------------------

    def close_quarter(self) -> None:
        """Inspect what was reported, write it off, pay for it, and settle the year in its last quarter."""
        blocks = [block for block in self.ledger.of_quarter(self.quarter) if block.verb == TASK]
        for block in reversed(blocks):
            self._verify(block)
        self._mark_double()
        self._enter_rebound()
        if self.quarter % QUARTERS == 0:
            self._close_year()
        self._controlled = self._now_controlled
        self.city.scratch["spending_cny"] = self.spending_cny
        self.city.scratch["enforcement"] = self.enforcement
        self.fund.check(self.quarter)

    def _verify(self, block: Block) -> None:
        row = self._index[block.measure.id]
        reported, executed = block.column("reported"), block.column("executed")
        found = found_false(
            reported, executed, self.inspection_share, self.city.parameter("inspection_detection")
        )
        verified = reported - found
        block.column("verified")[:] = verified
        if row in self._worked and (block.zones >= 0).all():
            np.add.at(self.outstanding[row], block.zones, found)
        cost = self.cost[row]
        if cost <= 0.0:
            return
        block.column("cost_cny")[:] = executed * cost
        planned = block.column("planned")
        spent, due, done = (
            self._by_district(block, values * cost) for values in (executed, planned, verified)
        )
        account = DISTRICT_ACCOUNTS[self.account[row]]
        self.fund.top_up(self.quarter, account, spent, block.measure.id)
        payee = PAYEE_OF_KIND.get(block.measure.kind, "contractors")
        self.fund.pay(self.quarter, account, payee, spent, f"work: {block.measure.kind}", block.measure.id)
        if account == "campaign":
            self._planned += due
            self._verified += done

    def _by_district(self, block: Block, values: np.ndarray) -> np.ndarray:
        """Return amounts by district; what was done for a wider place is spread by its people."""
        if block.zones[0] >= 0:
            amounts: np.ndarray = np.bincount(self.district[block.zones], values, N_DISTRICTS)
            return amounts
        zones, shares = self._people_of(block.name)
        return np.bincount(self.district[zones], shares * float(values.sum()), N_DISTRICTS)

    def _people_of(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the zones of a place, of the city where it is none, and each zone's share of its people."""
        if name not in self._spread_out:
            area = places().areas.get(name, frozenset(range(N_ZONES)))
            zones = np.array(sorted(area))
            people = self._people[zones] + TINY
            self._spread_out[name] = zones, people / people.sum()
        return self._spread_out[name]

    def _mark_double(self) -> None:
        """Tell in the quarter's entries how many of the people had been hit by an order before."""
        home, work = (_again(self.city.scratch[name]) for name in ("hit_home", "hit_work"))
        causes = {cause.name.lower(): int(cause) for cause in MoveCause}
        for block in self.ledger.of_quarter(self.quarter):
            gross = block.column("gross_persons")
            if block.measure.kind not in causes or not gross.any():
                continue
            share = home[causes[block.measure.kind]]
            if not share.any():
                share = work
            if share.any():
                where = np.where(block.zones >= 0, self.district[block.zones], 0)
                known = np.where(block.zones >= 0, share[where], share.mean())
                block.column("double_counted")[:] = gross * known

    def _enter_rebound(self) -> None:
        city = self.city
        for code in DwellingClass:
            thing = ("dwellings", "places", int(code))
            back = city.dwellings.rebounded[:, code]
            self.cleared.come_back(thing, f"dwellings.{code.name.lower()}", back, self.ledger, self.quarter)
        for kind in Premises:
            thing = ("premises", "premises", int(kind))
            back = city.land.premises_regrown[:, kind]
            self.cleared.come_back(thing, f"premises.{kind.name.lower()}", back, self.ledger, self.quarter)

    def _close_year(self) -> None:
        """Settle the guidance fund, and let what the year left undone carry over, be re-planned or lapse."""
        if (self._advanced > 0).any():
            self.completed = settlement.settle(
                self.fund, self.quarter, self._advanced, self._planned, self._verified
            )
        self._replanned[:] = 0.0
        for row in np.flatnonzero((self.outstanding > TINY).any(axis=1)):
            measure = self.measures[row]
            if measure.unfinished == "carry_over":
                continue
            verb = LAPSED if measure.unfinished == "lapse" else REPLANNED
            by_district = self._sum(self.outstanding[row])
            self.ledger.append(
                self.quarter,
                measure,
                verb,
                N_ZONES + np.arange(N_DISTRICTS),
                measure.kind,
                measure.unit,
                0.0,
                by_district,
            )
            if verb == REPLANNED:
                self._replanned[row] = self.outstanding[row] / QUARTERS
            self.outstanding[row] = 0.0

    def _sum(self, by_zone: np.ndarray) -> np.ndarray:
        sums: np.ndarray = by_zone @ self._in_district
        return sums


def _allowed(limit: np.ndarray, need: np.ndarray) -> np.ndarray:
    """Return the share of a need that a limit allows, (16,)."""
    share = np.divide(limit, need, out=np.ones_like(need), where=need > TINY)
    return np.clip(share, 0.0, 1.0)


def _again(hit: np.ndarray) -> np.ndarray:
    """Return the share of those hit who had been hit before; the last axis of `hit` is first and again."""
    total = hit.sum(axis=-1)
    share: np.ndarray = np.divide(hit[..., 1], total, out=np.zeros_like(total), where=total > 0)
    return share
