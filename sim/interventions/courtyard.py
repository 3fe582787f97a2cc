"""Take public courtyard homes back: by application (申请式退租), or where a contract ended for sub-letting.

Action `vacate`: the homes the districts can pay for and plan to take back are a quota; tenants answer the
offer (`sim.processes.vacating`), and holders who live elsewhere answer it too: their homes are freed and
nobody moves. Action `sublet` (京政办发〔2018〕20号, 20.2.7): two warnings, a quarter apart, then the contract
ends; who rented the home from the tenant has to leave, also where the tenant mends it in time. Both are
sub-lets ended, which is what is ordered and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import DwellingClass, FloorUse, MoveCause
from sim.interventions import homes
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure
from sim.processes import vacating

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "courtyard_places_2010"
CODE = DwellingClass.COURTYARD
OFFER = {
    "compensation_cny_m2": "courtyard_compensation_cny_m2",
    "constant": "courtyard_sign_constant",
    "money": "courtyard_sign_money",
    "elderly": "courtyard_sign_elderly",
    "crowding": "courtyard_sign_crowding",
    "price_rent_years": "courtyard_price_rent_years",
    "absent_share": "courtyard_absent_sign_share",
    "flat_share": "courtyard_flat_share",
    "public_share": "courtyard_public_rental_share",
}


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Make the quarter's offers, or warn and end contracts."""
    if measure.action == "sublet":
        _end_contracts(measure, quarter_index, city, verbs)
    else:
        _take_back(measure, city, verbs)


def _take_back(measure: Measure, city: City, verbs: Verbs) -> None:
    if not verbs.has_work(measure):
        return
    stock = city.dwellings.stock[:, CODE]
    for work in verbs.work(measure, PROXY, verbs.parameter("courtyard_spread", measure), stock):
        offer = vacating.Offer(**{key: verbs.parameter(name, measure) for key, name in OFFER.items()})
        quota = np.zeros(len(stock))
        quota[work.zones] = np.minimum(work.amount, stock[work.zones])
        present, absent = (part[work.zones] for part in verbs.offer(measure, quota, offer, work.basis))
        done = present + absent
        area = done * verbs.parameter("courtyard_m2_per_home", measure)
        kept = area * verbs.parameter("courtyard_floor_kept_share", measure)
        verbs.set_capacity(
            measure, "floor_area", work.zones, FloorUse.OFFICE_PUBLIC, kept, "m2", basis=work.basis
        )
        persons = present * homes.household_size(
            city, CODE, verbs.parameter("courtyard_persons_per_home", measure)
        )
        verbs.report_task(measure, work.zones, work.planned, done, persons, basis=work.basis)
        paid = area * offer.compensation_cny_m2
        verbs.transfer(measure, "courtyard", "households", paid, "courtyard homes given back", work.zones)


def _end_contracts(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Warn twice and end the sub-lets, by the tenant or with the contract; planned when found."""
    warned = verbs.pipelines.of(measure.id, "warned")
    if verbs.has_work(measure):
        let_on = vacating.sublet_homes(city)
        free = np.maximum(let_on - warned.outstanding(), 0.0)
        for work in verbs.work(measure, PROXY, verbs.parameter("courtyard_spread", measure), free):
            found = np.minimum(work.amount, free[work.zones])
            wait = round(verbs.parameter("courtyard_warnings", measure))
            warned.add(quarter_index + max(wait, 1), work.zones, found)
            verbs.report_task(measure, work.zones, work.planned, 0.0, 0.0, basis=work.basis, begun=found)
    ending = warned.take(quarter_index)
    if ending is None or not ending.any():
        return
    zones = np.flatnonzero(ending > 0)
    taken, persons = homes.take_places(
        measure,
        zones,
        CODE,
        ending[zones],
        verbs.parameter("courtyard_persons_per_home", measure),
        city,
        verbs,
        measure.basis,
        cause=MoveCause.COURTYARD_CONTRACT_ENDED,
    )
    verbs.report_task(measure, zones, 0.0, taken, persons)
