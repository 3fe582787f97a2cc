"""Move offices of the city to the subcentre: departments with their staff, and the seats of city firms.

A department's staff keep job and home when it moves, and travel further; homes for them are let at the new
seat late (`administration_homes_delay_quarters`), and they move of their own accord. Offices of the centre
stay: the city cannot order them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.codes import Authority, DwellingClass, OrganisationKind
from sim.interventions.base import Verbs
from sim.interventions.split import TINY
from sim.policy.places import places
from sim.policy.resolve import Measure, NamedOrder, Portion, zone_index

if TYPE_CHECKING:
    from sim.city.state import City

SEAT = "tongzhou.lucheng"
"""Where the city's offices moved, unless a measure says otherwise."""
SEATS_OF_FIRMS = "国企"
"""Part of the names under which the base-year city holds the seats of firms."""
HOMES = "homes"
WAIT = 4


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Move what is due this quarter, and open the homes for the staff of earlier moves."""
    _homes(measure, quarter_index, verbs)
    for order in measure.orders_due(quarter_index):
        _named(measure, order, city, verbs)
    for portion in measure.due(quarter_index):
        _counted(measure, portion, city, verbs)


def _named(measure: Measure, order: NamedOrder, city: City, verbs: Verbs) -> None:
    index = verbs.organisation_named(order.organisation, OrganisationKind.OFFICE)
    if index < 0:
        verbs.report_task(measure, -1, order.counts, 0.0, name=order.organisation, basis=order.basis)
        return
    # The order's share is of the office as it was first counted, as with markets; what has left is gone.
    gone = verbs.closed_share.get(index, 0.0)
    staff = _staff_left(index, city) * min(order.share / max(1.0 - gone, TINY), 1.0)
    verbs.closed_share[index] = min(gone + order.share, 1.0)
    to = order.zone if order.zone >= 0 or order.outside else places().zone_ids.index(SEAT)
    _move(measure, index, to, staff, order.counts, order.counts, city, verbs, order.basis)


def _counted(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    """Move a count of departments or firms, from the city's offices by their staff."""
    unit = "firm" if measure.action == "firms" else "department"
    each = verbs.parameter(f"administration_staff_per_{unit}", measure)
    zones = set(portion.zones)
    offices = [
        index
        for index in city.indices_of(OrganisationKind.OFFICE)
        if (organisation := city.organisations[index]).authority == Authority.CITY
        and getattr(organisation, "parent", None) is None
        and (SEATS_OF_FIRMS in organisation.name_zh) == (unit == "firm")
        and int(organisation.zone) in zones
    ]
    left = np.array([_staff_left(index, city) for index in offices])
    if left.sum() <= 0:
        verbs.report_task(measure, -1, portion.amount, 0.0, basis=portion.basis, name=portion.area)
        return
    wanted = portion.amount * each
    moved = left * min(wanted / left.sum(), 1.0)
    shares = measure.destinations or ((SEAT, 1.0),)
    for index, staff in zip(offices, moved, strict=True):
        planned = portion.amount * staff / moved.sum()
        for destination, share in shares:
            _move(
                measure,
                index,
                zone_index(destination),
                staff * share,
                planned * share,
                staff * share / each,
                city,
                verbs,
                portion.basis,
            )


def _staff_left(index: int, city: City) -> float:
    """Return the staff still at the old seat, those ordered away earlier in this quarter taken off."""
    organisation = city.organisations[index]
    going = sum(float(order.details.get("jobs", 0.0)) for order in organisation.orders)
    return max(float(organisation.n_jobs) - going, 0.0)


def _move(
    measure: Measure,
    index: int,
    to: int,
    staff: float,
    planned: float,
    executed: float,
    city: City,
    verbs: Verbs,
    basis: str,
) -> None:
    verbs.direct(
        measure,
        index,
        "move",
        unit="jobs",
        planned=staff,
        executed=staff,
        gross_persons=staff,
        basis=basis,
        jobs=staff,
        zone=to,
    )
    organisation = city.organisations[index]
    verbs.report_task(
        measure, int(organisation.zone), planned, executed, staff, name=organisation.name_zh, basis=basis
    )
    if to >= 0:
        key = (measure.id, f"{HOMES}/{to}", verbs.quarter_index)
        verbs.memory[key] = verbs.memory.get(key, 0.0) + staff


def _homes(measure: Measure, quarter_index: int, verbs: Verbs) -> None:
    """Open homes for a share of the staff, evenly over a year when the delay has passed."""
    moves = [key for key in verbs.memory if key[0] == measure.id and key[1].startswith(HOMES)]
    if not moves:
        return
    delay = round(verbs.parameter("administration_homes_delay_quarters", measure))
    share = verbs.parameter("administration_homes_per_staff", measure)
    for key in sorted(moves):
        if key[2] + delay < quarter_index <= key[2] + delay + WAIT:
            verbs.set_capacity(
                measure,
                "dwellings",
                int(key[1].split("/")[1]),
                DwellingClass.PUBLIC_RENTAL,
                verbs.memory[key] * share / WAIT,
                "places",
                basis="assumed",
            )
