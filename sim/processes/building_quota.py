"""Let a district finish commodity homes only as far as its building quota goes, where a measure says so.

Two mechanisms: a district's quota grows with the land it freed by demolition (拆建挂钩, plans-2017 1.1.1)
and, in the plain districts and Tongzhou, with the residents it gained (received population). Homes that the
quota does not allow are held back and finished when it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.city.state import City
from sim.city.zones import AREA_GROUPS
from sim.codes import N_DISTRICTS, N_ZONES

RULES = ("quota_per_freed_m2", "quota_per_received_person", "quota_start_quarters")
PLAINS = [AREA_GROUPS.index("tongzhou"), AREA_GROUPS.index("new_towns")]


@dataclass
class Quota:
    """Hold floor area a district may still finish (16,), homes held back (343,), and what was last seen."""

    balance_m2: np.ndarray
    freed_m2: np.ndarray
    residents: np.ndarray
    held_back: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))


def allowed(city: City, homes: np.ndarray) -> np.ndarray:
    """Return the commodity homes that may be finished this quarter, f8 (343,).

    Parameters
    ----------
    homes
        Homes that would be finished, (343,).
    """
    rules = city.scratch.get("rules", {})
    quota: Quota | None = city.scratch.get("building_quota")
    if RULES[0] not in rules:
        if quota is None:
            return homes
        # The rule has ended: what was held back is finished.
        del city.scratch["building_quota"]
        return homes + quota.held_back
    district = np.asarray(city.zones.district)
    area = city.parameter("new_home_area_m2")
    if quota is None:
        quota = _begin(city, homes * area)
        city.scratch["building_quota"] = quota
    bound = _by_district(district, ~np.isnan(rules[RULES[0]])) > 0
    _earn(city, quota, district)
    wanted = homes + quota.held_back
    m2 = _by_district(district, wanted) * area
    share = np.where(bound, np.clip(quota.balance_m2 / np.maximum(m2, 1e-9), 0.0, 1.0), 1.0)
    finished = wanted * share[district]
    quota.balance_m2 -= np.where(bound, _by_district(district, finished) * area, 0.0)
    quota.held_back = wanted - finished
    return finished


def held_back(city: City) -> np.ndarray:
    """Return the homes that quotas hold back, f8 (343,)."""
    quota: Quota | None = city.scratch.get("building_quota")
    return np.zeros(N_ZONES) if quota is None else quota.held_back


def _begin(city: City, area_m2: np.ndarray) -> Quota:
    """Open the books with the homes that were approved before the rule."""
    district = np.asarray(city.zones.district)
    start = _rule(city, RULES[2], district)
    return Quota(
        balance_m2=start * _by_district(district, area_m2),
        freed_m2=_by_district(district, city.land.use_m2.sum(axis=1)),
        residents=_residents(city, district),
    )


def _earn(city: City, quota: Quota, district: np.ndarray) -> None:
    """Add what land freed and residents gained since last quarter are worth."""
    freed = _by_district(district, city.land.use_m2.sum(axis=1))
    residents = _residents(city, district)
    plain = _by_district(district, np.isin(city.zones.area_group, PLAINS)) > 0
    gained = np.where(plain, np.maximum(residents - quota.residents, 0.0), 0.0)
    quota.balance_m2 += _rule(city, RULES[0], district) * np.maximum(freed - quota.freed_m2, 0.0)
    quota.balance_m2 += _rule(city, RULES[1], district) * gained
    quota.freed_m2, quota.residents = freed, residents


def _residents(city: City, district: np.ndarray) -> np.ndarray:
    return _by_district(district, city.scratch["residents_by_zone"] / city.sample)


def _rule(city: City, name: str, district: np.ndarray) -> np.ndarray:
    """Return a rule's value by district, f8 (16,): the mean of its zones, which a measure treats alike."""
    return _by_district(district, city.rule(name, 0.0)) / np.bincount(district, minlength=N_DISTRICTS)


def _by_district(district: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(district, weights=values, minlength=N_DISTRICTS)
