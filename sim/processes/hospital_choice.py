"""Let residents choose hospitals by beds, quality and the way to them, and people from outside by quality.

A gravity model over hospitals: the share of the residents of zone i who go to hospital h is
beds(h) x quality(h) x exp(-decay x minutes(i, h)) over the sum of the same for all hospitals. It holds for
hospitals of one zone together, so that the sums run over zones.
"""

from __future__ import annotations

import numpy as np

from sim.city.state import City
from sim.codes import N_DISTRICTS, N_ZONES, OrganisationKind

DAYS_A_QUARTER = 365.0 / 4.0
FULL = 0.97
"""Share of a zone's beds that patients can lie in."""


def prepare(city: City) -> None:
    """Learn how often the residents of the base year went to hospital; call once."""
    people, elders = _people(city)
    weight = city.parameter("hospital_elder_weight") - 1.0
    city.scratch["hospital_need_base"] = 1.0 + weight * elders.sum() / people.sum()
    city.scratch["hospital_people_base"] = people.sum()


def _people(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Return residents and those of 65 and over by zone in the real city."""
    scratch = city.scratch
    return scratch["residents_by_zone"] / city.sample, scratch["elders_by_zone"] / city.sample


def draw_of_beds(city: City) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each hospital's zone (-1 outside), and its draw on residents and on people from outside."""
    count = len(city.organisations)
    if city.scratch.get("hospitals_listed") != count:
        city.scratch["hospitals"] = [o for o in city.organisations if o.kind == OrganisationKind.HOSPITAL]
        city.scratch["hospital_zone"] = np.array([o.zone for o in city.scratch["hospitals"]], dtype=np.int64)
        city.scratch["hospital_quality"] = np.array([_quality(city, o) for o in city.scratch["hospitals"]])
        city.scratch["hospitals_listed"] = count
    beds = np.array([hospital.beds for hospital in city.scratch["hospitals"]], dtype=float)
    quality = city.scratch["hospital_quality"]
    outside = beds * quality ** city.parameter("hospital_outside_quality_power")
    return city.scratch["hospital_zone"], beds * quality, outside


def _quality(city: City, hospital: object) -> float:
    named = city.parameter("hospital_quality_named") if getattr(hospital, "named", False) else 1.0
    branch = getattr(hospital, "parent", None) is not None
    return named * (city.parameter("hospital_quality_branch") if branch else 1.0)


def reach(city: City) -> np.ndarray:
    """Return exp(-decay x minutes) between zones, f4 (343, 343), kept while the rail network stays."""
    state = city.scratch.get("network_state")
    if city.scratch.get("hospital_reach_state", "") != state:
        decay = np.float32(city.parameter("hospital_decay"))
        city.scratch["hospital_reach"] = np.exp(-decay * city.minutes.astype(np.float32))
        city.scratch["hospital_reach_state"] = state
    return np.asarray(city.scratch["hospital_reach"])


def flows(near: np.ndarray, draw: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return patients by zone of the hospital, and those of them who live in that zone.

    Parameters
    ----------
    near : (343, 343)
        `reach` from home (row) to hospital (column).
    draw : (343,)
        Beds x quality of each zone's hospitals.
    patients : (343,)
        Patients by zone of home.
    """
    total = near @ draw.astype(np.float32)
    sent = np.divide(patients, total, out=np.zeros(len(patients)), where=total > 0)
    arrived = draw * (near.T @ sent.astype(np.float32))
    return arrived, draw * np.diagonal(near) * sent


def run(city: City) -> dict[str, np.ndarray]:
    """Send the quarter's patients to hospitals.

    Returns
    -------
    By zone, f8 (343,): ``patients`` and ``companions`` a day who come to hospitals from elsewhere, in
    ``visitors``; those of them from outside Beijing in ``outside``. The quarter's visits stand in
    ``city.visitors``.
    """
    zone, draw_by_hospital, outside_by_hospital = draw_of_beds(city)
    here = zone >= 0
    draw = np.bincount(zone[here], weights=draw_by_hospital[here], minlength=N_ZONES)
    draw_outside = np.bincount(zone[here], weights=outside_by_hospital[here], minlength=N_ZONES)
    share_outside = draw_outside / max(draw_outside.sum(), 1e-9)
    people, elders = _people(city)
    need = people + (city.parameter("hospital_elder_weight") - 1.0) * elders
    rate = city.parameter("hospital_visits_per_resident") / 4.0 * city.path("hospital_demand")
    shock = city.paths.factor("hospital_visits", city.quarter)
    away = shock * city.paths.factor("outside_patients", city.quarter)
    asked = rate * shock * need / city.scratch["hospital_need_base"]
    arrived, own = flows(reach(city), draw, asked)
    out = city.parameter("hospital_outside_visit_share")
    from_outside = out / (1.0 - out) * rate * away * city.scratch["hospital_people_base"] * share_outside
    draws = (draw_by_hospital, outside_by_hospital)
    _note_visits(city, zone, draws, (arrived, draw), (from_outside, draw_outside))
    lying, lying_own, lying_outside = _inpatients(city, (arrived, own, share_outside), shock, away)
    a_visit = 1.0 + city.parameter("companions_per_visit")
    beside = city.parameter("companions_per_inpatient")
    outside = from_outside / DAYS_A_QUARTER * a_visit + lying_outside * (1.0 + beside)
    elsewhere = (arrived - own) / DAYS_A_QUARTER * a_visit
    visitors = outside + elsewhere + lying - lying_own - lying_outside + beside * (lying - lying_outside)
    return {"visitors": visitors, "outside": outside}


def _inpatients(
    city: City, local: tuple[np.ndarray, np.ndarray, np.ndarray], shock: float, away: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inpatients by zone on a day: all, those who live in the zone, those from outside Beijing."""
    arrived, own, share_outside = local
    beds = beds_by_zone(city)
    total = city.parameter("hospital_bed_occupancy") * beds.sum()
    out = city.parameter("hospital_outside_inpatient_share")
    scale = (1.0 - out) * shock * total / max(arrived.sum(), 1e-9)
    outside = out * away * total * share_outside
    lying = scale * arrived + outside
    room = np.minimum(1.0, np.divide(FULL * beds, lying, out=np.ones(N_ZONES), where=lying > 0))
    return lying * room, scale * own * room, outside * room


def beds_by_zone(city: City) -> np.ndarray:
    """Return hospital beds by zone, f8 (343,)."""
    draw_of_beds(city)
    zone = city.scratch["hospital_zone"]
    beds = np.array([hospital.beds for hospital in city.scratch["hospitals"]], dtype=float)
    return np.bincount(zone[zone >= 0], weights=beds[zone >= 0], minlength=N_ZONES)


def _note_visits(
    city: City,
    zone: np.ndarray,
    draws: tuple[np.ndarray, np.ndarray],
    local: tuple[np.ndarray, np.ndarray],
    outside: tuple[np.ndarray, np.ndarray],
) -> None:
    """Share a zone's visits among its hospitals and keep both."""
    per_draw = [
        np.divide(visits, draw, out=np.zeros(N_ZONES), where=draw > 0) for visits, draw in (local, outside)
    ]
    of_hospital = np.where(zone >= 0, draws[0] * per_draw[0][zone] + draws[1] * per_draw[1][zone], 0.0)
    visitors = city.visitors
    visitors.hospital_visits = local[0] + outside[0]
    visitors.visits_of_hospital = np.zeros(len(city.organisations))
    visitors.visits_of_hospital[[hospital.index for hospital in city.scratch["hospitals"]]] = of_hospital


def cross_district_share(city: City) -> float:
    """Return the share of all inpatients who live in another district of Beijing (36.1 % in 2013-2022)."""
    zone, by_hospital, _ = draw_of_beds(city)
    draw = np.bincount(zone[zone >= 0], weights=by_hospital[zone >= 0], minlength=N_ZONES)
    people, elders = _people(city)
    need = people + (city.parameter("hospital_elder_weight") - 1.0) * elders
    near = reach(city)
    sent = need / (near @ draw)
    of_district = np.zeros((N_DISTRICTS, N_ZONES))
    of_district[city.zones.district, np.arange(N_ZONES)] = 1.0
    table = of_district @ (near * sent[:, None] * draw[None, :]) @ of_district.T
    local = 1.0 - city.parameter("hospital_outside_inpatient_share")
    return float(local * (1.0 - np.trace(table) / table.sum()))
