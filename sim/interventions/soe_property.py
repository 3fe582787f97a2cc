"""Clean up the property of city firms: leases end, illegal structures and cellars go, the rest is reused.

The amount is floor area. Parts of it are illegal structures (`soe_property_illegal_share`) and cellars
(`soe_property_basement_share`); in the rest tenants lose their leases, one in every
`soe_property_m2_per_tenant`, and what is idle (`soe_property_idle_share`) holds nobody. Vacated shops become
offices and public services (`soe_property_reuse_share`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import Fate
from sim.codes import FloorUse, Premises
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.interventions.business_orders import there_are
from sim.interventions.trades import Done
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

REBOUND = ("regrowth.premises.illegal",)


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Vacate the floor area due this quarter."""
    spread = verbs.parameter("soe_property_spread", measure)
    owned = verbs.parameter("soe_property_share_of_floor_area", measure)
    uses = [FloorUse.COMMERCIAL, FloorUse.OFFICE_PUBLIC, FloorUse.INDUSTRIAL_STORAGE]
    available = owned * city.land.floor_area_m2[:, uses].sum(axis=1)
    works = verbs.work(measure, "commercial_floor_area_2010", spread, available)
    done = trades.together(works, available)
    if done is not None:
        persons = _tenants(measure, done, verbs) + _structures(measure, done, verbs)
        _reuse(measure, done, city, verbs)
        trades.report(measure, verbs, works, done, persons)
    verbs.control(measure, REBOUND, verbs.parameter("soe_property_rebound_factor", measure))


def _tenants(measure: Measure, done: Done, verbs: Verbs) -> np.ndarray:
    """End the leases of tenants in ordinary premises and return the jobs in them."""
    let = 1.0
    for part in ("illegal", "basement", "idle"):
        let -= verbs.parameter(f"soe_property_{part}_share", measure)
    number = done.amount * max(let, 0.0) / verbs.parameter("soe_property_m2_per_tenant", measure)
    number = np.minimum(number, there_are(verbs, trades.TENANTS)[done.zones])
    fate = Fate(
        near=verbs.parameter("soe_property_near_share", measure),
        anywhere=verbs.parameter("soe_property_anywhere_share", measure),
    )
    return verbs.direct_businesses(measure, trades.TENANTS, done.zones, number, fate, basis="assumed").jobs


def _structures(measure: Measure, done: Done, verbs: Verbs) -> np.ndarray:
    """Take illegal structures and let cellars, and return the jobs in them."""
    persons = np.zeros(len(done.zones))
    per_tenant = verbs.parameter("soe_property_m2_per_tenant", measure)
    jobs = verbs.parameter("soe_property_jobs_per_tenant", measure)
    for kind, part in ((Premises.ILLEGAL, "illegal"), (Premises.BASEMENT, "basement")):
        area = done.amount * verbs.parameter(f"soe_property_{part}_share", measure)
        taken = -verbs.set_capacity(
            measure,
            "premises",
            done.zones,
            kind,
            -area / per_tenant,
            "premises",
            persons_per_unit=jobs,
            basis="assumed",
        )
        persons += taken * jobs
        if kind == Premises.ILLEGAL:
            verbs.set_capacity(
                measure,
                "floor_area",
                done.zones,
                FloorUse.ILLEGAL_NONRESIDENTIAL,
                -area,
                "m2",
                basis="assumed",
            )
    return persons


def _reuse(measure: Measure, done: Done, city: City, verbs: Verbs) -> None:
    """Turn vacated shops into offices and public services; the building stays."""
    area = done.amount * verbs.parameter("soe_property_reuse_share", measure)
    area = np.minimum(area, city.land.floor_area_m2[done.zones, FloorUse.COMMERCIAL])
    for use, change in ((FloorUse.COMMERCIAL, -area), (FloorUse.OFFICE_PUBLIC, area)):
        verbs.set_capacity(measure, "floor_area", done.zones, use, change, "m2", basis="assumed")
