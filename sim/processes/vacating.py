"""Let tenants of public courtyard homes decide whether to give them back (申请式退租).

京政办发〔2018〕20号 (20.3.1): voluntary, for money, with priority for shared-ownership or public rental
homes. Of those offered 24 to 70 % signed (Caishikou 275 of 1,130, Guanyinsi 1,103 of 2,394, Jingdong 350 of
500). The form is a logit of the offer over what a home of that size is worth on the market of the zone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.city.state import City
from sim.codes import N_ZONES, DwellingClass, Hukou, MoveCause
from sim.kernels import choice as kernel
from sim.processes.labour import lowest_ranks
from sim.processes.moves import AGE, HUKOU, PERSONS, describe
from sim.processes.resettlement import INNER, add_claims, land_weight
from sim.rng import Stream

HOME = DwellingClass.COURTYARD
_WILLING, _QUEUE, _FLAT, _PLACE, _ROUND = range(5)
ELDERLY = 60


@dataclass(frozen=True)
class Offer:
    """Hold what is offered for a home given back.

    Attributes
    ----------
    compensation_cny_m2
        Money for a m2 of the home.
    constant, money, elderly, crowding
        The logit of signing: constant; weight of the log of the offer over the worth of such a home on the
        zone's market (rent of `price_rent_years` years); of a head of 60 or over; of the log of persons over
        two.
    absent_share
        Share of absent holders who sign.
    flat_share, public_share
        Share of signers who take a flat, the others money; share of the flats that are public rental homes.
    """

    compensation_cny_m2: float
    constant: float
    money: float
    elderly: float
    crowding: float
    price_rent_years: float
    absent_share: float
    flat_share: float
    public_share: float


def sign(city: City, quota: np.ndarray, offer: Offer) -> tuple[np.ndarray, np.ndarray]:
    """Let tenants answer an offer; who signs leaves the home, quota by zone allowing.

    Parameters
    ----------
    quota
        Homes that can be taken back this quarter, in the real city, (343,).

    Returns
    -------
    present, absent : numpy.ndarray
        Homes given back by tenants who lived there and by holders who live elsewhere, f8 (343,); their stock
        is left to the caller. The tenants of the sample have left and have a claim to a home.
    """
    rows, zone = _willing(city, *_tenants(city, quota), offer)
    keys = city.households.draw_key[rows]
    number = np.bincount(zone, minlength=N_ZONES)
    here = number / city.sample
    away = _unlived(city) * offer.absent_share
    share = np.minimum(quota / np.maximum(here + away, 1e-9), 1.0)
    # A zone's number is rounded by one draw a quarter, so that its expectation holds at any sample.
    draw = city.random.uniforms(Stream.COURTYARD, np.arange(N_ZONES, dtype=np.uint64), city.quarter, _ROUND)
    wanted = np.minimum(np.floor(here * share * city.sample + draw), number).astype(np.int64)
    rank = city.random.uniforms(Stream.COURTYARD, keys, 0, _QUEUE)
    chosen = lowest_ranks(zone, rank, wanted)
    _give_back(city, rows[chosen], zone[chosen], offer)
    return here * share, away * share


def _willing(city: City, rows: np.ndarray, zone: np.ndarray, offer: Offer) -> tuple[np.ndarray, np.ndarray]:
    """Return the tenants with Beijing hukou who would sign, and their zones."""
    if not len(rows):
        return rows, zone
    was = describe(city, rows)
    # The answer belongs to the household: who says no this quarter says no to the same offer in the next.
    draw = city.random.uniforms(Stream.COURTYARD, city.households.draw_key[rows], 0, _WILLING)
    willing = (was[:, HUKOU] == Hukou.LOCAL) & (draw < _chance(city, zone, was, offer))
    return rows[willing], zone[willing]


def sublet_homes(city: City) -> np.ndarray:
    """Return courtyard homes let on to households without Beijing hukou, in the real city, f8 (343,)."""
    rows, zone = _tenants(city, np.ones(N_ZONES))
    return np.bincount(zone[let_on(city, rows)], minlength=N_ZONES) / city.sample


def let_on(city: City, rows: np.ndarray) -> np.ndarray:
    """Tell which households in courtyard homes rent from the tenant: a public home needs Beijing hukou."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    was = describe(city, rows)
    return np.asarray(was[:, HUKOU] == Hukou.NON_LOCAL)


def _tenants(city: City, quota: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the households in courtyard homes of the zones with a quota, and their zones."""
    homes = city.households
    rows = np.flatnonzero(homes.dwelling_class[: homes.n_rows] == HOME)
    rows = rows[(homes.n_persons[rows] > 0) & (quota[homes.zone[rows]] > 0)]
    return rows, homes.zone[rows].astype(np.int64)


def _unlived(city: City) -> np.ndarray:
    """Return homes that nobody lives in and whose holders are registered there, f8 (343,).

    No more than the zone's registered people who live elsewhere can hold (``city.scratch["absent_hukou"]``).
    """
    free = city.dwellings.stock[:, HOME] - city.dwellings.occupied_full()[:, HOME]
    held = city.scratch["absent_hukou"] / city.parameter("courtyard_persons_per_home")
    return np.clip(free, 0.0, held)


def _chance(city: City, zone: np.ndarray, was: np.ndarray, offer: Offer) -> np.ndarray:
    rent = city.dwellings.rent_cny_m2_month[zone, DwellingClass.MARKET_RENTAL]
    worth = np.maximum(rent, 1e-9) * 12.0 * offer.price_rent_years
    utility = (
        offer.constant
        + offer.money * np.log(offer.compensation_cny_m2 / worth)
        + offer.elderly * (was[:, AGE] >= ELDERLY)
        + offer.crowding * np.log(np.maximum(was[:, PERSONS], 1.0) / 2.0)
    )
    return 1.0 / (1.0 + np.exp(-utility))


def _give_back(city: City, rows: np.ndarray, zone: np.ndarray, offer: Offer) -> None:
    """Take the signers out and promise them a flat, or a home they buy, from this quarter on."""
    if not len(rows):
        return
    cause = np.full(len(rows), int(MoveCause.COURTYARD))
    kernel.put_out(rows, cause, city.households.arrays(), city.dwellings.occupied)
    keys = city.households.draw_key[rows]
    takes = city.random.uniforms(Stream.COURTYARD, keys, 0, _FLAT)
    flat = takes < offer.flat_share
    public = takes < offer.flat_share * offer.public_share
    place = city.random.uniforms(Stream.COURTYARD, keys, 0, _PLACE)
    add_claims(
        city,
        rows,
        np.full(len(rows), city.quarter),
        np.where(flat, _flat_zone(city, place), _bought_zone(city, zone, place)),
        np.where(public, int(DwellingClass.PUBLIC_RENTAL), int(DwellingClass.OWNER_COMMODITY)),
        cause,
    )


def _flat_zone(city: City, draw: np.ndarray) -> np.ndarray:
    """Draw where the flats stand: the inner districts, about twelve km away as the first project's did."""
    weight = land_weight(city) * (city.zones.area_group == INNER)
    cumulative = np.cumsum(weight)
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], draw), N_ZONES - 1)


def _bought_zone(city: City, zone: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Draw where homes are bought: by what is free, closer to the old home more often."""
    near = np.exp(-city.parameter("taste_distance_km") * city.distance_km[zone].astype(float))
    weight = near * city.dwellings.vacancy()[:, DwellingClass.OWNER_COMMODITY][None, :]
    cumulative = np.cumsum(weight, axis=1)
    total = np.maximum(cumulative[:, -1:], 1e-12)
    return np.minimum((cumulative / total < draw[:, None]).sum(axis=1), N_ZONES - 1)
