"""Move hospital beds by name to a new site, or cut them in an area; posts go with the beds, staff late.

Beds move at once, and with them the posts that are filled anew. The posts whose people follow stay at the old
site and move evenly over the quarters after (`hospital_staff_delay_quarters`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.codes import OrganisationKind
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure, NamedOrder, Portion

if TYPE_CHECKING:
    from sim.city.state import City

UNIT = "beds"
STAFF = "staff"
"""Begins the names under which posts that follow later are remembered, with the hospital and its new zone."""


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Give the orders due this quarter."""
    _staff(measure, quarter_index, verbs)
    for order in measure.orders_due(quarter_index):
        _named(measure, order, city, verbs)
    for portion in measure.due(quarter_index):
        _counted(measure, portion, city, verbs)


def _named(measure: Measure, order: NamedOrder, city: City, verbs: Verbs) -> None:
    index = verbs.organisation_named(order.organisation, OrganisationKind.HOSPITAL)
    if index < 0:
        verbs.report_task(measure, -1, order.counts, 0.0, name=order.organisation, basis=order.basis)
        return
    hospital = city.organisations[index]
    removed = min(order.beds_removed, float(hospital.beds))
    # A hospital smaller than the table says moves with what it has, and opens in proportion.
    opened = order.beds_opened * (removed / order.beds_removed if order.beds_removed > 0 else 1.0)
    posts = verbs.parameter("hospital_staff_per_bed", measure)
    lost = _posts_lost(hospital, removed, _waiting(measure, verbs).get(index, 0.0))
    share = verbs.parameter("hospital_staff_share", measure)
    opens = order.order == "open_site"
    verbs.direct(
        measure,
        index,
        order.order,
        unit=UNIT,
        # A new site takes no bed from the old one: what the order is for are the beds it opens.
        planned=order.beds_opened if opens else order.beds_removed,
        executed=opened if opens else removed,
        gross_persons=lost,
        basis=order.basis,
        beds_removed=removed,
        beds_opened=opened,
        jobs_removed=lost,
        jobs_opened=opened * posts,
        staff_share=share,
        staff_late=1.0,
        site_kept=verbs.parameter("hospital_old_site_kept_share", measure),
        zone=order.zone,
        outside=order.outside,
    )
    if order.zone >= 0:
        key = (measure.id, f"{STAFF}/{index}/{order.zone}", verbs.quarter_index)
        verbs.memory[key] = verbs.memory.get(key, 0.0) + min(lost * share, opened * posts)
    done = order.counts * (removed / order.beds_removed if order.beds_removed > 0 else 1.0)
    verbs.report_task(
        measure, int(hospital.zone), order.counts, done, lost, name=hospital.name_zh, basis=order.basis
    )


def _counted(measure: Measure, portion: Portion, city: City, verbs: Verbs) -> None:
    zones = set(portion.zones)
    hospitals = [
        (index, city.organisations[index])
        for index in city.indices_of(OrganisationKind.HOSPITAL)
        if int(city.organisations[index].zone) in zones and city.organisations[index].beds > 0
    ]
    total = sum(float(hospital.beds) for _, hospital in hospitals)
    if total <= 0:
        verbs.report_task(measure, -1, portion.amount, 0.0, basis=portion.basis, name=portion.area)
        return
    site_kept = verbs.parameter("hospital_old_site_kept_share", measure)
    waiting = _waiting(measure, verbs)
    for index, hospital in hospitals:
        planned = portion.amount * float(hospital.beds) / total
        removed = min(planned, float(hospital.beds))
        lost = _posts_lost(hospital, removed, waiting.get(index, 0.0))
        verbs.direct(
            measure,
            index,
            "reduce_beds",
            unit=UNIT,
            planned=planned,
            executed=removed,
            gross_persons=lost,
            basis=portion.basis,
            beds_removed=removed,
            jobs_removed=lost,
            site_kept=site_kept,
        )
        verbs.report_task(
            measure, int(hospital.zone), planned, removed, lost, name=hospital.name_zh, basis=portion.basis
        )


def _posts_lost(hospital: object, removed: float, waiting: float) -> float:
    """Return the posts that go with some beds; those that wait to follow earlier beds are not among them."""
    beds, jobs = float(getattr(hospital, "beds", 0.0)), float(getattr(hospital, "n_jobs", 0.0))
    return max(jobs - waiting, 0.0) * removed / beds if beds > 0 else 0.0


def _delay(measure: Measure, verbs: Verbs) -> int:
    return max(round(verbs.parameter("hospital_staff_delay_quarters", measure)), 1)


def _waiting(measure: Measure, verbs: Verbs) -> dict[int, float]:
    """Return, by hospital, the posts at its old site that wait to follow, this quarter's among them."""
    delay = _delay(measure, verbs)
    waiting: dict[int, float] = {}
    for (_, flow, quarter), posts in verbs.memory.items():
        if flow.startswith(f"{STAFF}/"):
            index = int(flow.split("/")[1])
            rest = posts * max(1.0 - (verbs.quarter_index - quarter) / delay, 0.0)
            waiting[index] = waiting.get(index, 0.0) + rest
    return waiting


def _staff(measure: Measure, quarter_index: int, verbs: Verbs) -> None:
    """Let the posts that follow go, evenly over the quarters after their beds."""
    delay = _delay(measure, verbs)
    moves = [
        (flow, posts)
        for (measure_id, flow, quarter), posts in verbs.memory.items()
        if measure_id == measure.id and flow.startswith(STAFF) and quarter < quarter_index <= quarter + delay
    ]
    for flow, posts in sorted(moves):
        _, index, zone = flow.split("/")
        jobs = posts / delay
        verbs.direct(
            measure,
            int(index),
            "move_staff",
            unit="jobs",
            planned=jobs,
            executed=jobs,
            basis="assumed",
            jobs=jobs,
            zone=int(zone),
        )
