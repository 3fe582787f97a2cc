"""Close a quarter of the campaign: inspect and write off, pay, enter what came back, settle the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.accounts import settlement
from sim.accounts.effort import found_false
from sim.accounts.entries import LAPSED, REPLANNED, TASK, Entries
from sim.accounts.fund import DISTRICT_ACCOUNTS
from sim.codes import N_DISTRICTS, N_ZONES, DwellingClass, Lodging, MoveCause, Premises
from sim.policy.places import places

if TYPE_CHECKING:
    from sim.accounts.campaign import Campaign

QUARTERS = 4
TINY = 1e-9
CAMPAIGN = DISTRICT_ACCOUNTS.index("campaign")
CAUSES = {cause.name.lower(): int(cause) for cause in MoveCause}
PAYEE_OF_KIND = {
    "hospital": "institutions",
    "campus": "institutions",
    "administration": "institutions",
    "transport_hub": "institutions",
    "market": "firms",
    "manufacturing": "firms",
}
"""Who is paid for the work itself; contractors where a kind is not here."""


KEEP_THE_JOB = ("campus", "hospital", "administration", "transport_hub")
"""Kinds whose people go with their organisation."""


def close_quarter(campaign: Campaign) -> None:
    """Inspect what was reported, write it off, pay for it, and settle the year in its last quarter."""
    entries = campaign.ledger.close(campaign.quarter)
    if entries is not None:
        _verify(campaign, entries)
        _mark_double(campaign, entries)
    _enter_rebound(campaign)
    if campaign.quarter % QUARTERS == 0:
        _close_year(campaign)
    campaign.fund.check(campaign.quarter)
    campaign.city.scratch["spending_cny"] = campaign.spending_cny
    campaign.city.scratch["enforcement"] = campaign.enforcement


def _verify(campaign: Campaign, entries: Entries) -> None:
    """Write off what passes the inspection, give back to the district what does not, and pay what is done.

    All tasks of the quarter are taken together.
    """
    plan, heads = campaign.plan, entries.heads
    task = np.flatnonzero(entries.of([verb == TASK for verb in heads.verb]))
    if not len(task):
        return
    block = entries.block[task]
    row = np.array([plan.row_of.get(measure.id, -1) for measure in heads.measure])[block]
    zones = entries.zones[task]
    planned, reported, executed = entries.numbers[:3, task]
    detection = campaign.city.parameter("inspection_detection")
    found = found_false(reported, executed, campaign.inspection_share, detection)
    verified, paid = reported - found, executed * plan.cost[row]
    entries.column("verified")[task], entries.column("cost_cny")[task] = verified, paid
    back = (found > 0) & (zones >= 0)
    np.add.at(campaign.outstanding, (row[back], zones[back]), found[back])
    wide = zones < 0
    if wide.any():
        spread = [_spread(campaign, heads.name[place]) for place in block[wide]]
        row, zones, planned, paid, verified = _widen(wide, spread, row, zones, (planned, paid, verified))
    campaign.spending_cny += np.bincount(zones, paid, N_ZONES)
    cell, size = row * N_DISTRICTS + campaign.district[zones], len(plan.measures) * N_DISTRICTS
    _pay(campaign, np.bincount(cell, paid, size).reshape(-1, N_DISTRICTS))
    # Work that the campaign's account does not pay for is not settled by the guidance fund.
    weight = plan.cost[row] * (plan.account[row] == CAMPAIGN)
    campaign.planned += np.bincount(campaign.district[zones], planned * weight, N_DISTRICTS)
    campaign.verified += np.bincount(campaign.district[zones], verified * weight, N_DISTRICTS)


def _widen(
    wide: np.ndarray,
    spread: list[tuple[np.ndarray, np.ndarray]],
    row: np.ndarray,
    zones: np.ndarray,
    values: tuple[np.ndarray, ...],
) -> tuple[np.ndarray, ...]:
    """Spread the entries for wider places over their zones by people; the others stay as they are."""
    more = [len(share) for _, share in spread]
    shares = np.concatenate([share for _, share in spread])
    parts = [np.concatenate([value[~wide], np.repeat(value[wide], more) * shares]) for value in values]
    rows = np.concatenate([row[~wide], np.repeat(row[wide], more)])
    return rows, np.concatenate([zones[~wide], *(where for where, _ in spread)]), *parts


def _spread(campaign: Campaign, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the zones of a place, of the city where it is none, and each zone's share of its people."""
    if name not in campaign.wide_places:
        zones = np.array(sorted(places().areas.get(name, range(N_ZONES))))
        people = campaign.people[zones] + TINY
        campaign.wide_places[name] = zones, people / people.sum()
    return campaign.wide_places[name]


def _pay(campaign: Campaign, bills: np.ndarray) -> None:
    """Pay each measure's work, (n, 16), from the account that it belongs to."""
    fund, quarter, plan = campaign.fund, campaign.quarter, campaign.plan
    rows = np.flatnonzero(bills.any(axis=1))
    for account in np.unique(plan.account[rows]):
        mine = rows[plan.account[rows] == account]
        name = DISTRICT_ACCOUNTS[account]
        total = bills[mine].sum(axis=0)
        campaign.spent_cny[account] += total
        fund.top_up(quarter, name, total)
        for row in mine:
            measure = plan.measures[row]
            payee = PAYEE_OF_KIND.get(measure.kind, "contractors")
            fund.pay(quarter, name, payee, bills[row], f"work: {measure.kind}", measure.id)


def _mark_double(campaign: Campaign, entries: Entries) -> None:
    """Tell in the quarter's entries how many of the people an order had hit before.

    Of those an order put out of their homes the share is known by cause and district, of those who lost a job
    by district (`sim.processes.moves`, `sim.processes.labour`). Who goes with an organisation keeps the job
    and is counted once.
    """
    home = _again(campaign.city.scratch["hit_home"])
    work = _again(campaign.city.scratch["hit_work"])
    if not home.any() and not work.any():
        return
    # The last row is for kinds that put nobody out of a home; the last column for wider places.
    share = np.vstack([np.where(np.any(home, axis=1, keepdims=True), home, work), work])
    share = np.hstack([share, share.mean(axis=1, keepdims=True)])
    gross = entries.column("gross_persons")
    if not gross.any():
        return
    kinds = [measure.kind for measure in entries.heads.measure]
    cause = np.repeat([CAUSES.get(kind, len(CAUSES)) for kind in kinds], entries.lengths)
    with_job = entries.of([kind in KEEP_THE_JOB for kind in kinds])
    district = np.where(entries.zones >= 0, campaign.district[entries.zones], N_DISTRICTS)
    entries.column("double_counted")[:] = ~with_job * gross * share[cause, district]


def _again(hit: np.ndarray) -> np.ndarray:
    """Return the share of those hit who had been hit before; the last axis of `hit` is first and again."""
    total = hit.sum(axis=-1)
    share: np.ndarray = np.divide(hit[..., 1], total, out=np.zeros_like(total), where=total > 0)
    return share


def _enter_rebound(campaign: Campaign) -> None:
    """Enter what grew back this quarter of what measures had cleared."""
    back = campaign.city.dwellings.rebounded
    for code in np.flatnonzero(back.any(axis=0)).tolist():
        name = f"dwellings.{DwellingClass(code).name.lower()}"
        thing = ("dwellings", "places", code)
        campaign.cleared.come_back(thing, name, back[:, code], campaign.ledger, campaign.quarter)
    back = campaign.city.land.premises_regrown
    for code in np.flatnonzero(back.any(axis=0)).tolist():
        name = f"premises.{Premises(code).name.lower()}"
        thing = ("premises", "premises", code)
        campaign.cleared.come_back(thing, name, back[:, code], campaign.ledger, campaign.quarter)
    back = campaign.city.visitors.beds_rebounded
    for code in np.flatnonzero(back.any(axis=0)).tolist():
        name = f"lodging.{Lodging(code).name.lower()}"
        thing = ("lodging", "beds", code)
        campaign.cleared.come_back(thing, name, back[:, code], campaign.ledger, campaign.quarter)


def _close_year(campaign: Campaign) -> None:
    """Settle the guidance fund, and let what the year left undone carry over, be re-planned or lapse."""
    if (campaign.advanced > 0).any():
        campaign.completed = settlement.settle(
            campaign.fund, campaign.quarter, campaign.advanced, campaign.planned, campaign.verified
        )
    campaign.replanned[:] = 0.0
    for row in np.flatnonzero((campaign.outstanding > TINY).any(axis=1)):
        measure = campaign.plan.measures[row]
        if measure.unfinished == "carry_over":
            continue
        left = campaign.outstanding[row]
        verb = LAPSED if measure.unfinished == "lapse" else REPLANNED
        campaign.ledger.append(
            campaign.quarter,
            measure,
            verb,
            N_ZONES + np.arange(N_DISTRICTS),
            measure.kind,
            measure.unit,
            0.0,
            campaign.by_district(left),
        )
        if verb == REPLANNED:
            campaign.replanned[row] = left / QUARTERS
        left[:] = 0.0
