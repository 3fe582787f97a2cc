"""Tell how the custom of each zone's shops stands to what it was: who comes for markets, campuses, hospitals.

A zone's shops live on its residents and on who comes for its markets, campuses and hospitals. Everybody is
counted in the custom of a resident: a stall brings so many, a student one, a bed its patients and
companions. Where an order takes stalls, students or beds away, the shops around lose what they brought; a
part of a market's customers turns to markets that are still open, the nearer and larger the more.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import N_ZONES, OUTLET_SECTORS, OrganisationKind

SOURCES = {
    "markets": (OrganisationKind.MARKET, "stalls", "custom_per_stall"),
    "students": (OrganisationKind.CAMPUS, "students", "custom_per_student"),
    "hospitals": (OrganisationKind.HOSPITAL, "beds", "custom_per_bed"),
}
LOWEST, HIGHEST = 0.05, 4.0


def prepare(city: City) -> None:
    """Remember what drew customers to each zone in the base year; call once."""
    city.scratch["custom"] = {}
    base = {name: _drawn(city, kind, size) for name, (kind, size, _) in SOURCES.items()}
    city.scratch["custom_base"] = base
    total = city.scratch["residents_by_zone"] / city.sample
    for name, (_, _, weight) in SOURCES.items():
        total = total + city.parameter(weight) * base[name]
    city.scratch["custom_of_zone"] = np.maximum(total, 1.0)
    city.scratch["organisations_changed"] = False


def run(city: City) -> None:
    """Work the factors out anew where an organisation changed, into ``city.scratch["custom"]`` by source."""
    if not city.scratch.pop("organisations_changed", False):
        return
    for name, (kind, size, weight) in SOURCES.items():
        base = city.scratch["custom_base"][name]
        now = _drawn(city, kind, size)
        change = now - base
        if name == "markets":
            change = change + _turned(city, base, now)
        gain = city.parameter(weight) * change / city.scratch["custom_of_zone"]
        city.scratch["custom"][name] = np.clip(1.0 + gain, LOWEST, HIGHEST)


def factor(city: City) -> np.ndarray | None:
    """Return the custom of each zone's shops over what it was, (343,); None where nothing changed."""
    factors = list(city.scratch["custom"].values())
    if not factors:
        return None
    return np.asarray(np.clip(np.prod(factors, axis=0), LOWEST, HIGHEST))


def extra_exit(city: City, now: np.ndarray | None, exit_prob: float) -> np.ndarray:
    """Return the chance to close for want of custom by zone and sector, (343, 20).

    Shops close at their ordinary chance over the custom left: half the custom, twice the closures.
    """
    out = np.zeros((N_ZONES, 20))
    if now is not None:
        want = city.parameter("custom_exit_elasticity") * np.maximum(1.0 / now - 1.0, 0.0)
        out[:, list(OUTLET_SECTORS)] = np.minimum(exit_prob * want, 0.5)[:, None]
    return out


def _drawn(city: City, kind: int, size: str) -> np.ndarray:
    """Return the stalls, students or beds by zone; a market about to close draws fewer (`footfall`)."""
    out = np.zeros(N_ZONES)
    for organisation in (city.organisations[index] for index in city.indices_of(kind)):
        if organisation.zone >= 0:
            out[organisation.zone] += getattr(organisation, size) * getattr(organisation, "footfall", 1.0)
    return out


def _turned(city: City, base: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return the custom, in stalls, that markets still open take over from those that lost theirs, (343,)."""
    lost = np.maximum(base - now, 0.0)
    places = np.flatnonzero(lost)
    if not len(places) or now.sum() <= 0:
        return np.zeros(N_ZONES)
    reach = np.exp(-city.distance_km[places].astype(float) / city.parameter("custom_reach_km")) * now
    share = reach / np.maximum(reach.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(city.parameter("custom_turns_share") * (lost[places] @ share))
