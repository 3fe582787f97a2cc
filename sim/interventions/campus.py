"""Move students to new campuses: students at once, with their rooms; posts of the staff in part and late.

Training institutions that are to be cut are education businesses: a part goes on elsewhere in Beijing. What a
campus leaves behind stays standing for teaching and research, as far as the kind's parameter says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.city.trade import Fate
from sim.codes import OUTSIDE, OrganisationKind
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure, NamedOrder, Portion, zone_index

if TYPE_CHECKING:
    from sim.city.state import City

UNIT = "students"
ORDER = "move_students"
Flow = tuple[int, int, str]
"""Organisation, zone it moves to (-1 outside), destination outside (empty inside)."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Move the students due this quarter, and the posts that follow those of earlier quarters."""
    if measure.action == "training":
        _training(measure, verbs)
        return
    _posts(measure, quarter_index, verbs)
    for order in measure.orders_due(quarter_index):
        _named(measure, order, city, verbs)
    for portion in measure.due(quarter_index):
        _counted(measure, portion, city, verbs)


def _training(measure: Measure, verbs: Verbs) -> None:
    """Order training institutions to close or go elsewhere, where education businesses stand."""
    fate = Fate(anywhere=verbs.parameter("campus_training_stays_share", measure))
    spread = verbs.parameter("campus_training_spread", measure)
    trades.order_by_count(measure, verbs, trades.TRAINING, "training_institutions_2010", fate, spread=spread)


def _named(measure: Measure, order: NamedOrder, city: City, verbs: Verbs) -> None:
    index = verbs.organisation_named(order.organisation, OrganisationKind.CAMPUS)
    if index < 0:
        verbs.report_task(measure, -1, order.students, 0.0, name=order.organisation, basis=order.basis)
        return
    moved = min(order.students, _students_left(index, city, verbs))
    _move(measure, (index, order.zone, order.outside), order.students, moved, city, verbs, order.basis)


def _counted(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    zones = set(portion.zones)
    campuses = [
        index
        for index in city.indices_of(OrganisationKind.CAMPUS)
        if int(city.organisations[index].zone) in zones
    ]
    left = {index: _students_left(index, city, verbs) for index in campuses}
    total = sum(left.values())
    if total <= 0:
        verbs.report_task(measure, -1, portion.amount, 0.0, basis=portion.basis, name=portion.area)
        return
    for index in campuses:
        planned = portion.amount * left[index] / total
        moved = min(planned, left[index])
        for destination, share in measure.destinations:
            outside = destination if destination in OUTSIDE else ""
            flow = (index, zone_index(destination), outside)
            _move(measure, flow, planned * share, moved * share, city, verbs, portion.basis)


def _students_left(index: int, city: City, verbs: Verbs) -> float:
    """Return the students still at the old site, those ordered away earlier in this quarter taken off."""
    organisation = city.organisations[index]
    going = sum(
        float(order.details["students"])
        for order in organisation.orders
        if order.order == ORDER and order.quarter_index == verbs.quarter_index
    )
    return max(float(organisation.students) - going, 0.0)


def _move(
    measure: Measure, flow: Flow, planned: float, moved: float, city: City, verbs: Verbs, basis: str
) -> None:
    index, zone, outside = flow
    if moved > 0:
        verbs.direct(
            measure,
            index,
            ORDER,
            unit=UNIT,
            planned=planned,
            executed=moved,
            gross_persons=moved,
            basis=basis,
            students=moved,
            jobs=0.0,
            site_kept=verbs.parameter("campus_old_site_kept_share", measure),
            zone=zone,
            outside=outside,
        )
        key = (measure.id, f"{index}/{zone}/{outside}", verbs.quarter_index)
        verbs.memory[key] = verbs.memory.get(key, 0.0) + moved
    organisation = city.organisations[index]
    verbs.report_task(
        measure, int(organisation.zone), planned, moved, moved, name=organisation.name_zh, basis=basis
    )


def _posts(measure: Measure, quarter_index: int, verbs: Verbs) -> None:
    """Let posts follow the students evenly over the quarters after their move."""
    delay = max(round(verbs.parameter("campus_staff_delay_quarters", measure)), 1)
    posts = verbs.parameter("campus_staff_per_student", measure) * verbs.parameter(
        "campus_staff_moved_share", measure
    )
    moves = [
        (flow, quarter, students)
        for (measure_id, flow, quarter), students in verbs.memory.items()
        if measure_id == measure.id and quarter < quarter_index <= quarter + delay
    ]
    for flow, _, students in sorted(moves):
        index, zone, outside = flow.split("/")
        jobs = students * posts / delay
        verbs.direct(
            measure,
            int(index),
            ORDER,
            unit="jobs",
            planned=jobs,
            executed=jobs,
            basis="assumed",
            students=0.0,
            jobs=jobs,
            zone=int(zone),
            outside=outside,
        )
