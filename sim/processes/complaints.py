"""Let people call the hotline 12345, and name the zones that lead its ranking month after month.

Calls of a zone and month are Poisson about an intensity that grows with people, informal homes and trades,
clearing and building, and services out of reach. They are counted in the real city at any sample. A zone
that is several times among the first ten of a month becomes a special-governance unit (治理类街乡镇), as the
city has done since May 2019 (press conference of 5 February 2021, 2.4).
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, ndtri

from sim.calendar import parse_quarter
from sim.city.state import City
from sim.codes import N_ZONES
from sim.processes import business_dynamics, hospital_choice
from sim.processes.housing_market import NEW_HOMES
from sim.rng import Stream

MONTHS = 3
RANKED = 10
"""Zones named in a month's ranking."""
MEMORY_MONTHS = 24
"""Months over which places in the ranking count; a unit that was in none of them is one no longer."""
RANKED_SINCE = parse_quarter("2019Q1")
_NOISE, _COUNT = 0, 1


def prepare(city: City) -> None:
    """Learn how burdened the base-year city is; call once, when people and visitors are counted."""
    scratch = city.scratch
    scratch["complaint_burden_base"] = burden(city).sum() / _people(city).sum()
    scratch["complaints"] = np.zeros(N_ZONES)
    scratch["top_ten_months"] = np.zeros((MEMORY_MONTHS, N_ZONES), dtype=np.bool_)
    scratch["special_governance"] = np.zeros(N_ZONES, dtype=np.bool_)


def run(city: City) -> None:
    """Count the quarter's calls by zone and month, rank the zones, and name the special-governance units.

    ``city.scratch["complaints"]`` holds calls by zone, ``special_governance`` the units, both (343,). Effort
    of measures stands in the rate ``complaints``.
    """
    level = city.path("hotline_calls") * city.paths.factor("complaints", city.quarter)
    expected = level * burden(city) / city.scratch["complaint_burden_base"] * city.rate("complaints")
    calls = month_calls(city, expected / MONTHS)
    city.scratch["complaints"] = calls.sum(axis=0)
    if city.quarter >= RANKED_SINCE:
        _rank(city, calls)


def burden(city: City) -> np.ndarray:
    """Return what people of each zone have to complain of, in residents' worth, f8 (343,)."""
    people, scratch, dwellings = _people(city), city.scratch, city.dwellings
    informal = scratch["informal_by_zone"] / city.sample
    trade = business_dynamics.counts(city)
    new = list(NEW_HOMES)
    built = np.maximum((dwellings.stock - dwellings.stock_before)[:, new].sum(axis=1), 0.0)
    cleared = sum((taken.sum(axis=1) for taken in dwellings.removed.values()), np.zeros(N_ZONES))
    if city.quarter == 0:
        built = np.zeros(N_ZONES)
    return np.asarray(
        people * (1.0 + city.parameter("complaint_services_weight") * unmet_services(city, people, trade))
        + city.parameter("complaint_informal_weight") * informal
        + city.parameter("complaint_unlicensed_weight")
        * trade["businesses_unlicensed"]
        * city.rate("unlicensed.present")
        + city.parameter("complaint_clearing_weight") * cleared
        + city.parameter("complaint_construction_weight") * built
    )


def unmet_services(city: City, people: np.ndarray, trade: dict[str, np.ndarray]) -> np.ndarray:
    """Return how far shops a resident and hospital beds in reach fall short of the mean, 0 to 1."""
    shops = trade["commercial_outlets"] / np.maximum(people, 1.0)
    beds = hospital_choice.reach(city) @ hospital_choice.beds_by_zone(city).astype(np.float32)
    weight = people / people.sum()
    short = [1.0 - np.minimum(near / max(float(near @ weight), 1e-9), 1.0) for near in (shops, beds)]
    return np.asarray((short[0] + short[1]) / 2.0)


def month_calls(city: City, mean: np.ndarray) -> np.ndarray:
    """Draw the calls of the quarter's months, f8 (3, 343), each keyed by zone and month.

    The month's intensity is lognormal about `mean`; the count is the Poisson quantile of a keyed uniform.
    """
    zones = np.arange(N_ZONES, dtype=np.uint64)
    spread = city.parameter("complaint_month_spread")
    calls = np.empty((MONTHS, N_ZONES))
    for month in range(MONTHS):
        noise, count = (
            city.random.uniforms(Stream.COMPLAINT, zones, city.quarter, 2 * month + draw)
            for draw in (_NOISE, _COUNT)
        )
        calls[month] = poisson_quantile(count, mean * np.exp(spread * ndtri(noise) - spread**2 / 2.0))
    return calls


def poisson_quantile(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the smallest count whose Poisson distribution function reaches `u`.

    Starts at the Cornish-Fisher value m + z sqrt(m) + (z^2 - 1) / 6 and steps to the exact quantile by the
    distribution function Q(k + 1, m).
    """
    z = ndtri(u)
    count = np.maximum(np.floor(mean + z * np.sqrt(mean) + (z * z - 1.0) / 6.0), 0.0)
    for _ in range(50):
        low = gammaincc(count + 1.0, mean) < u
        high = (count > 0.0) & (gammaincc(np.maximum(count, 1.0), mean) >= u)
        if not (low.any() or high.any()):
            break
        count = count + low - (high & ~low)
    return count


def _people(city: City) -> np.ndarray:
    return np.asarray(city.scratch["residents_by_zone"] / city.sample)


def _rank(city: City, calls: np.ndarray) -> None:
    """Enter each month's first ten and name the units."""
    scratch = city.scratch
    entered = np.zeros((MONTHS, N_ZONES), dtype=np.bool_)
    for month in range(MONTHS):
        entered[month, np.argsort(-calls[month], kind="stable")[:RANKED]] = True
    scratch["top_ten_months"] = np.concatenate([scratch["top_ten_months"][MONTHS:], entered])
    times = scratch["top_ten_months"].sum(axis=0)
    several = times >= round(city.parameter("complaint_months_in_top_ten"))
    scratch["special_governance"] = several | (scratch["special_governance"] & (times > 0))
