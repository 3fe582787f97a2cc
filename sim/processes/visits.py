"""Count the visitors of a quarter: at sights, in lodging, at hospitals, markets and stations."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from sim.calendar import quarter_of_year, year_of
from sim.city.state import City
from sim.city.visitors import PARTS, Visitors, open_visitors
from sim.codes import N_ZONES, OrganisationKind, Sector
from sim.processes import hospital_choice
from sim.processes.hospital_choice import DAYS_A_QUARTER
from sim.rng import Stream

FULL = 0.95
"""Share of beds that guests can sleep in."""


def prepare(city: City) -> None:
    """Place the beds of the base year and count its visitors; call once, when people and jobs are counted.

    Beds by district are not published: a share of them stands where visitors go (by the way to it), the rest
    where hotels and restaurants have their jobs. Each zone's beds have a taste, constant in time, that makes
    them equally full in the base year, for what the way does not say of why guests are where they are; what
    visitors spend in nights is scaled so that they are as full as is normal.
    """
    city.visitors = open_visitors(np.zeros((N_ZONES, 2)), city.paths)
    hospital_choice.prepare(city)
    city.scratch["nights_scale"] = 1.0
    pull = _daytime(city)
    full = city.parameter("lodging_occupancy_normal") * city.parameter("lodging_beds_base")
    city.scratch["nights_scale"] = full / pull.sum()
    pull = pull * city.scratch["nights_scale"]
    near = _near(city)
    sights = near.T @ (pull / near.sum(axis=1))
    jobs = city.jobs.stock[:, Sector.HOTEL_CATERING]
    weight = city.parameter("lodging_follows_sights")
    share = weight * sights / sights.sum() + (1.0 - weight) * jobs / jobs.sum()
    inns = city.parameter("lodging_inn_share")
    city.visitors.beds = city.parameter("lodging_beds_base") * share[:, None] * np.array([1.0 - inns, inns])
    city.scratch["lodging_taste"] = _taste(near, city.visitors.beds.sum(axis=1), pull)
    _nights(city, pull)
    city.visitors.nights_usual = city.visitors.nights_per_day.copy()


def _taste(near: np.ndarray, beds: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Return factors on the beds of each zone at which all are equally full, by balancing in turn.

    One side of the doubly constrained gravity model (Wilson 1971), to a hundredth.
    """
    taste = np.ones(N_ZONES)
    target = beds * pull.sum() / beds.sum()
    for _ in range(200):
        nights = _choose_beds(near, beds * taste, pull)
        ratio = np.divide(target, nights, out=np.ones(N_ZONES), where=nights > 0)
        taste *= ratio
        if np.abs(ratio - 1.0).max() < 0.01:
            break
    return taste


def _choose_beds(near: np.ndarray, draw: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Return nights by zone of the bed; `pull` holds the nights that each zone gives rise to."""
    in_reach = near @ draw.astype(np.float32)
    sent = np.divide(pull, in_reach, out=np.zeros(N_ZONES), where=in_reach > 0)
    return np.asarray(draw * (near.T @ sent.astype(np.float32)))


def run(city: City) -> None:
    """Count the quarter's visitors, let lodging open and close, and let shops feel who left or came."""
    _nights(city, _daytime(city))
    _adjust_beds(city)
    _custom(city)


def _daytime(city: City) -> np.ndarray:
    """Count who comes for sights, hospitals, markets and stations; return the nights they give rise to."""
    visitors = city.visitors
    scenic, scenic_outside = _scenic(city)
    hospital = hospital_choice.run(city)
    market = city.parameter("market_customers_per_stall") * _stalls(city)
    market *= city.paths.factor("retail", city.quarter)
    buyers = city.parameter("market_customers_outside_share") * market
    hub = visitors.hub_visitors.sum(axis=1) * demand(city) * swings(city)[-1]
    visitors.per_day |= {"scenic": scenic, "hospital": hospital["visitors"], "market": market, "hub": hub}
    visitors.outside_per_day = scenic_outside + hospital["outside"] + buyers + hub
    nights = (
        city.parameter("nights_per_outside_visit") * scenic_outside
        + city.parameter("nights_per_outside_patient") * hospital["outside"]
        + city.parameter("nights_per_outside_customer") * buyers
    )
    return np.asarray(city.scratch["nights_scale"] * nights)


def demand(city: City) -> float:
    """Return this quarter's demand for visits beside the mean quarter of 2010: growth, season, epidemic."""
    first = [city.parameter(f"visitors_season_q{k}") for k in (1, 2, 3)]
    season = [*first, 4.0 - sum(first)][quarter_of_year(city.quarter) - 1]
    return city.path("visitor_demand") * season * city.paths.factor("visitors", city.quarter)


def swings(city: City) -> np.ndarray:
    """Return how this year's demand lies about its path: a factor for each spot, and one for all, (n + 1,).

    Lognormal about 1, drawn anew each year, by the spot's place in the table; the base quarter is as counted.
    """
    n = len(city.visitors.spots.name_zh)
    if city.quarter == 0:
        return np.ones(n + 1)
    spread = np.full(n + 1, city.parameter("visitors_year_spread_spot"))
    spread[n] = city.parameter("visitors_year_spread")
    who = np.arange(n + 1, dtype=np.uint64)
    normal = ndtri(city.random.uniforms(Stream.VISITOR, who, year_of(city.quarter)))
    return np.asarray(np.exp(spread * normal - spread**2 / 2.0))


def caps(city: City) -> np.ndarray:
    """Return the daily cap of each spot this quarter: its own, or a lower one set by a measure."""
    spots = city.visitors.spots
    cap = np.where(city.quarter >= spots.cap_since, spots.standing_cap, np.inf)
    rules = city.scratch.get("rules", {})
    for spot in np.flatnonzero(spots.gated):
        given = rules.get(spots.rule(int(spot)))
        if given is not None and not np.isnan(given[spots.zone[spot]]):
            cap[spot] = min(cap[spot], float(given[spots.zone[spot]]))
    return cap


def served_a_day(
    mean: np.ndarray, cap: np.ndarray, spread: float, shift_share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return visits a day under a daily cap, and the share of days on which the cap is reached.

    A day's demand is lognormal with the given mean m and spread s. The mean of its smaller with the cap c is
    m N((ln(c/m) - s^2/2) / s) + c (1 - N((ln(c/m) + s^2/2) / s)), the limited expected value of the lognormal
    (Klugman, Panjer, Willmot: Loss Models, appendix A). Of those turned away, `shift_share` come on another
    day as long as there is room.
    """
    safe = np.where(np.isfinite(cap), cap, 1.0)
    log_room = np.log(np.maximum(safe, 1e-9) / np.maximum(mean, 1e-9))
    over = 1.0 - ndtr((log_room + spread**2 / 2.0) / spread)
    admitted = mean * ndtr((log_room - spread**2 / 2.0) / spread) + safe * over
    turned_away = mean - admitted
    served = np.minimum(admitted + shift_share * turned_away, safe)
    wanted = np.maximum(mean + shift_share * turned_away, 1e-9)
    full_days = 1.0 - ndtr((np.log(np.maximum(safe, 1e-9) / wanted) + spread**2 / 2.0) / spread)
    counted = np.isfinite(cap)
    return np.where(counted, served, mean), np.where(counted, full_days, 0.0)


def _scenic(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Count visits a day at the sights by zone, and those of people from outside Beijing."""
    visitors = city.visitors
    spots = visitors.spots
    swing = swings(city)
    wanted = spots.visits * demand(city) * swing[:-1] * swing[-1]
    spread, shift = city.parameter("visitors_day_spread"), city.parameter("visitors_shift_share")
    served, full = served_a_day(wanted, caps(city), spread, shift)
    visitors.spot_visits, visitors.spot_days_at_cap = served, full * DAYS_A_QUARTER
    by_zone = np.bincount(spots.zone, weights=served, minlength=N_ZONES)
    return by_zone, np.bincount(spots.zone, weights=served * spots.outside_share, minlength=N_ZONES)


def _stalls(city: City) -> np.ndarray:
    """Return the stalls of markets by zone, f8 (343,)."""
    count = len(city.organisations)
    if city.scratch.get("markets_listed") != count:
        city.scratch["markets"] = [
            o for o in city.organisations if o.kind == OrganisationKind.MARKET and o.zone >= 0
        ]
        city.scratch["market_zone"] = np.array([o.zone for o in city.scratch["markets"]], dtype=np.int64)
        city.scratch["markets_listed"] = count
    stalls = np.array([market.stalls for market in city.scratch["markets"]], dtype=float)
    return np.bincount(city.scratch["market_zone"], weights=stalls, minlength=N_ZONES)


def _near(city: City) -> np.ndarray:
    """Return exp(-decay x minutes) from what guests come for to beds, f4, kept while the network stays."""
    state = city.scratch.get("network_state")
    if city.scratch.get("lodging_near_state", "") != state:
        decay = np.float32(city.parameter("lodging_decay"))
        city.scratch["lodging_near"] = np.exp(-decay * city.minutes.astype(np.float32))
        city.scratch["lodging_near_state"] = state
    return np.asarray(city.scratch["lodging_near"])


def _nights(city: City, pull: np.ndarray) -> None:
    """Let guests choose beds by the way to what they came for; full beds send them to free ones."""
    beds = city.visitors.beds.sum(axis=1)
    nights = _choose_beds(_near(city), beds * city.scratch["lodging_taste"], pull)
    kept = np.minimum(nights, FULL * beds)
    free = FULL * beds - kept
    over = min(float(nights.sum() - kept.sum()), float(free.sum()))
    nights = kept + over * free / max(float(free.sum()), 1e-9)
    city.visitors.nights_per_day = nights
    city.visitors.guests_per_bed = np.divide(nights, beds, out=np.zeros(N_ZONES), where=beds > 0)
    city.visitors.per_day["lodging"] = nights


def _adjust_beds(city: City) -> None:
    """Open beds where guests fill them and close them, more slowly, where they stand empty.

    What counts are the nights of about a year, not of a season. Where the rules of entry refuse hotels, or
    standing enforcement watches (rate ``regrowth.lodging``), fewer open. Of those that open, what orders took
    comes back at the hazard of other cleared places.
    """
    visitors: Visitors = city.visitors
    total = visitors.beds.sum(axis=1)
    visitors.nights_usual = visitors.nights_usual + (visitors.nights_per_day - visitors.nights_usual) / 4.0
    gap = visitors.nights_usual / city.parameter("lodging_occupancy_normal") - total
    pace = np.where(gap > 0, city.parameter("lodging_adjustment"), city.parameter("lodging_closing"))
    change = pace * gap
    free = city.rate("regrowth.lodging") * city.rule("entry.hotel_catering", 1.0)
    change = np.where(change > 0, change * free, change)
    share = np.divide(change, total, out=np.zeros(N_ZONES), where=total > 0)
    grown = visitors.beds * np.maximum(share, 0.0)[:, None]
    hazard = 1.0 - np.exp(-np.log(2.0) / (4.0 * city.parameter("rebound_half_life_years")))
    visitors.beds_rebounded = np.minimum(grown, hazard * visitors.beds_removed)
    visitors.beds_removed -= visitors.beds_rebounded
    visitors.beds = visitors.beds * (1.0 + share[:, None])


def _custom(city: City) -> None:
    """Tell shops how many of their visitors orders to lodging and stations took: a factor by zone and cause.

    Customers of a zone are its residents' trips to shops and its visitors. The factor joins those of markets,
    campuses and hospitals in ``city.scratch["custom"]`` (see `sim.processes.custom`); without orders there is
    none, and shops get used to the change in time.
    """
    visitors = city.visitors
    custom = city.scratch.setdefault("custom", {})
    hubs = visitors.hub_visitors.sum(axis=1)
    if not np.array_equal(hubs, visitors.hub_visitors_before):
        visitors.move_custom("hubs", np.arange(N_ZONES), hubs - visitors.hub_visitors_before)
        visitors.hub_visitors_before = hubs
    for what in [name for name in visitors.moved_custom if not visitors.moved_custom[name].any()]:
        custom.pop(what, None)
        del visitors.moved_custom[what]
    if not visitors.moved_custom:
        return
    people = city.scratch["residents_by_zone"] / city.sample
    customers = city.parameter("custom_per_resident") * people + visitors.total_per_day
    kept = 1.0 - 1.0 / city.parameter("custom_adjustment_quarters")
    for what, moved in visitors.moved_custom.items():
        before = np.maximum(customers - moved, 0.2 * customers)
        factor = np.where(moved == 0.0, 1.0, np.clip(customers / np.maximum(before, 1e-9), 0.2, 5.0))
        custom[what] = factor
        left = kept * moved
        visitors.moved_custom[what] = np.where(np.abs(left) < 1.0, 0.0, left)


def parts_by_zone(city: City) -> dict[str, np.ndarray]:
    """Return what is recorded of visitors, by zone, f8 (343,) each."""
    visitors = city.visitors
    parts = {f"visitors_{part}": visitors.per_day[part].copy() for part in PARTS}
    return parts | {
        "visitors_per_day": visitors.total_per_day,
        "visitors_outside": visitors.outside_per_day + visitors.nights_per_day,
        "lodging_beds": visitors.beds.sum(axis=1),
        "hospital_visits": visitors.hospital_visits + 0.0,
    }
