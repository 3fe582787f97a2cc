"""Move families into the home they were promised: directed housing, a flat on the site, or one they chose.

Who lost a home to renewal and is registered in Beijing may get money, a flat in directed housing, or a flat
where the home stood (京政发〔2021〕1号 2.5.13; plans-2017 1.1.10: directed housing for the core in Daxing,
Fangshan, Shunyi and Changping). Until the flat is built the family lives where it found a place. Money
counts in the choice of that place: who took it looks for a home as an owner does, with what the money is
worth in rent; who waits for a flat gets an allowance for the time. Tenants registered elsewhere get neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.city.state import City
from sim.codes import N_ZONES, DwellingClass, Hukou, MoveCause, Tenure
from sim.processes.moves import HUKOU, PERSONS, Movers, describe, settle
from sim.rng import Stream

DIRECTED_DISTRICTS = ("fangshan", "shunyi", "changping", "daxing")
CORE, INNER = 0, 1
BUILT_UP = 25_000.0
"""Residents a km2 of a zone without room for new homes, as of `built_up_density` (assumed)."""
_OUTCOME, _PLACE, _QUEUE = 0, 1, 2
RENEWED = (MoveCause.SHANTYTOWN, MoveCause.COURTYARD)


@dataclass
class Claims:
    """Hold the households that wait for a promised home; `key` tells whether a row is still theirs."""

    row: np.ndarray
    key: np.ndarray
    due: np.ndarray
    zone: np.ndarray
    kind: np.ndarray
    cause: np.ndarray

    def part(self, mask: np.ndarray) -> Claims:
        """Return the claims a mask selects."""
        return Claims(**{name: getattr(self, name)[mask] for name in self.__dataclass_fields__})

    def joined(self, other: Claims) -> Claims:
        """Return these claims and others."""
        return Claims(
            **{
                name: np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            }
        )


def add_claims(
    city: City, rows: np.ndarray, due: np.ndarray, zone: np.ndarray, kind: np.ndarray, cause: np.ndarray
) -> None:
    """Promise households a home of a class in a zone from a quarter on; who waits already keeps the first."""
    new = Claims(
        rows.astype(np.int64),
        city.households.draw_key[rows],
        *(np.asarray(a, np.int64) for a in (due, zone, kind, cause)),
    )
    held: Claims | None = city.scratch.get("claims")
    # a household keeps its key for life
    city.scratch["claims"] = new if held is None else held.joined(new.part(~np.isin(new.key, held.key)))


def claim(city: City, movers: Movers) -> None:
    """Promise a flat to the families that renewal put out this quarter and who stayed in Beijing.

    Shares and quarters stand in rules by zone (``resettle_directed_share``, ``resettle_return_share``,
    ``resettle_directed_quarters``, ``resettle_return_quarters``; for villagers, who own the house that went,
    ``resettle_village_share`` and ``resettle_village_quarters``); the rest took money. Tenants registered
    elsewhere have no claim, and who rented a room in a village (`MoveCause.VILLAGE_RAZED`) has none.
    """
    rules = city.scratch.get("rules", {})
    if "resettle_directed_share" not in rules and "resettle_village_share" not in rules:
        return
    mine = movers.forced & (movers.cause == MoveCause.SHANTYTOWN) & (movers.was[:, HUKOU] == Hukou.LOCAL)
    rows, origin = movers.rows[mine], movers.origin[mine]
    villager = movers.tenure[mine] == Tenure.SELF_BUILT
    keys = city.households.draw_key[rows]
    draw = city.random.uniforms(Stream.RESETTLEMENT, keys, city.quarter, _OUTCOME)
    directed = np.where(villager, 0.0, city.rule("resettle_directed_share", 0.0)[origin])
    back = np.where(
        villager,
        city.rule("resettle_village_share", 0.0)[origin],
        city.rule("resettle_return_share", 0.0)[origin],
    )
    to_directed, to_site = draw < directed, (draw >= directed) & (draw < directed + back)
    place = city.random.uniforms(Stream.RESETTLEMENT, keys, city.quarter, _PLACE)
    there = _drawn(directed_housing(city), city.zones.district[origin], place)
    wait = np.where(
        to_site,
        np.where(
            villager,
            city.rule("resettle_village_quarters", 0.0)[origin],
            city.rule("resettle_return_quarters", 0.0)[origin],
        ),
        city.rule("resettle_directed_quarters", 0.0)[origin],
    )
    flat = to_directed | to_site
    add_claims(
        city,
        rows[flat],
        (city.quarter + np.maximum(np.rint(wait), 1.0))[flat],
        np.where(to_site, origin, there)[flat],
        np.full(int(flat.sum()), int(DwellingClass.OWNER_COMMODITY)),
        np.full(int(flat.sum()), int(MoveCause.SHANTYTOWN)),
    )


def means(city: City, movers: Movers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what renewal adds to the monthly income of movers, CNY, who took money and who waits for a flat.

    A family that took money has its share of what a unit costs (`shantytown_money_share`), by the persons in
    it; spread over the years of rent that a home is worth (`courtyard_price_rent_years`) it is what the
    family can pay without touching its income; it looks as an owner does. One that waits for a promised home
    looks as a tenant does and gets `shantytown_transition_cny_month` a person.
    """
    renewed = np.isin(movers.cause, RENEWED) & (movers.was[:, HUKOU] == Hukou.LOCAL)
    extra = np.zeros(len(movers.rows))
    waits = np.zeros(len(movers.rows), dtype=np.bool_)
    if not renewed.any():
        return extra, renewed, waits
    held: Claims | None = city.scratch.get("claims")
    if held is not None:
        # few movers were renewed: a search for all of them would cost more than the rest of their quarter
        waits[renewed] = np.isin(city.households.draw_key[movers.rows[renewed]], held.key)
    took = renewed & ~waits
    persons = movers.was[:, PERSONS]
    extra[waits] = persons[waits] * city.parameter("shantytown_transition_cny_month")
    a_person = (
        city.parameter("shantytown_rehouse_unit_cost")
        * city.parameter("shantytown_money_share")
        / city.parameter("shantytown_residents_per_unit")
    )
    extra[took] = persons[took] * a_person / (12.0 * city.parameter("courtyard_price_rent_years"))
    return extra, took, waits


def directed_housing(city: City) -> np.ndarray:
    """Return where directed housing for each district stands, shares by zone, f8 (16, 343).

    For the core in the four districts that the plan of 2017 names, for the others in the district itself;
    inside by people and free land, as the districts release land.
    """
    if "directed_housing" not in city.scratch:
        district = np.asarray(city.zones.district)
        weight = land_weight(city)
        names = city.zones.districts.ids
        four = np.isin(district, [names.index(name) for name in DIRECTED_DISTRICTS])
        out = np.empty((len(names), N_ZONES))
        for index in range(len(names)):
            own = district == index
            core = bool((city.zones.area_group[own] == CORE).all())
            out[index] = weight * (four if core else own)
        city.scratch["directed_housing"] = out / out.sum(axis=1, keepdims=True)
    return city.scratch["directed_housing"]


def land_weight(city: City) -> np.ndarray:
    """Return how much room zones have for homes, half by people and half by free land, f8 (343,)."""
    people = np.asarray(city.zones.population_2010, dtype=float)
    km2 = np.asarray(city.zones.area_km2, dtype=float)
    return np.sqrt(people * np.clip(1.0 - people / km2 / BUILT_UP, 0.02, 1.0) * km2)


def _drawn(shares: np.ndarray, row: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Draw a zone for each claim from its row of shares."""
    cumulative = np.cumsum(shares, axis=1)
    out = np.empty(len(row), dtype=np.int64)
    for index in np.unique(row):
        mine = row == index
        out[mine] = np.searchsorted(cumulative[index] / cumulative[index, -1], draw[mine])
    return np.minimum(out, N_ZONES - 1)


def run(city: City) -> None:
    """Move in who has waited for a home that is now due, as far as such homes are free; the rest waits on."""
    held: Claims | None = city.scratch.get("claims")
    if held is None or not len(held.row):
        return
    homes = city.households
    alive = (homes.n_persons[held.row] > 0) & (homes.draw_key[held.row] == held.key)
    held = held.part(alive)
    ready = held.part(held.due <= city.quarter)
    served = np.zeros(len(held.row), dtype=np.bool_)
    if len(ready.row):
        zone, kind, given = _places(city, ready)
        _settle(city, ready.part(given), zone[given], kind[given])
        served[np.flatnonzero(held.due <= city.quarter)[given]] = True
    city.scratch["claims"] = held.part(~served)


def _places(city: City, ready: Claims) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each due claim its place in keyed order; who finds no home of the class tries an owned one."""
    vacancy = city.dwellings.vacancy()
    u = city.random.uniforms(Stream.RESETTLEMENT, ready.key, city.quarter, _QUEUE)
    kind = ready.kind.copy()
    given = _first_come(ready.zone, kind, u, vacancy)
    kind[~given] = DwellingClass.OWNER_COMMODITY
    np.subtract.at(vacancy, (ready.zone[given], kind[given]), 1)
    given[~given] = _first_come(ready.zone[~given], kind[~given], u[~given], np.maximum(vacancy, 0))
    return ready.zone, kind, given


def _first_come(zone: np.ndarray, kind: np.ndarray, u: np.ndarray, vacancy: np.ndarray) -> np.ndarray:
    cell = zone * vacancy.shape[1] + kind
    order = np.lexsort((u, cell))
    ordered = cell[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    out = np.zeros(len(zone), dtype=np.bool_)
    out[order] = rank < vacancy.ravel()[ordered]
    return out


def _settle(city: City, claims: Claims, zone: np.ndarray, kind: np.ndarray) -> None:
    if not len(claims.row):
        return
    homes = city.households
    was = describe(city, claims.row)
    nobody = np.zeros(len(claims.row), dtype=np.bool_)
    movers = Movers(
        rows=claims.row,
        cause=claims.cause,
        forced=nobody,
        leaving=nobody,
        origin=homes.zone[claims.row].astype(np.int64),
        was=was,
        tenure=homes.tenure[claims.row].astype(np.int64),
        rent_before=homes.rent_cny_month[claims.row].astype(float),
        looking=nobody,
    )
    settle(city, movers, zone, kind)
