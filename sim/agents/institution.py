"""Let hospitals, campuses and offices carry out orders to move."""

from __future__ import annotations

from typing import Any

from sim.agents.organisation import Organisation, move_jobs
from sim.codes import FloorUse, OrganisationKind
from sim.processes import services

OUTSIDE_ZONE = -1


class Institution(Organisation):
    """An organisation that moves by way of branches, one a destination zone."""

    def branch_at(self, zone: int) -> Organisation:
        """Return this organisation's branch in a zone, opened when first needed."""
        if zone not in self.branches:
            self.branches[zone] = self.open_branch(zone)
        return self.branches[zone]

    def send_staff(self, zone: int, jobs: float) -> None:
        """Send jobs, and the staff in them, to the branch in a zone, or out of Beijing."""
        if jobs <= 0.0:
            return
        if zone == OUTSIDE_ZONE:
            self.release_jobs(jobs, leaves_city=True)
        else:
            move_jobs(self.city, self, self.branch_at(zone), jobs)

    def give_up_floor_area(self, share: float, kept: float) -> float:
        """Give up a share of the old site's floor area and return it.

        Of it the share `kept` stays standing for other public use, so that the zone's floor area does not
        fall by what is built elsewhere; the rest is pulled down.
        """
        area = self.floor_area_m2 * share
        self.floor_area_m2 -= area
        self.city.land.take_floor_area(self.zone, FloorUse.OFFICE_PUBLIC, area * (1.0 - kept))
        return area

    def take_floor_area(self, area_m2: float) -> None:
        """Build floor area at this site."""
        self.floor_area_m2 += area_m2
        self.city.land.floor_area_m2[self.zone, FloorUse.OFFICE_PUBLIC] += area_m2


class Hospital(Institution):
    """A hospital.

    Orders: ``move``, ``open_site`` and ``reduce_beds``, with beds and jobs removed and opened, and a zone;
    ``move_staff`` with the jobs that follow beds that moved before.
    """

    kind = OrganisationKind.HOSPITAL

    def obey(self, order: str, details: dict[str, Any]) -> None:
        """Close beds here and open beds there; a share of the staff follows, other posts are filled anew.

        Where staff are late (``staff_late``), the posts of those who follow stay here until ordered on.
        """
        if order == "move_staff":
            self.send_staff(int(details["zone"]), float(details["jobs"]))
            return
        removed = min(float(details.get("beds_removed", 0.0)), self.beds)
        share = removed / self.beds if self.beds > 0 else 0.0
        lost = min(float(details.get("jobs_removed", 0.0)), self.n_jobs)
        area_a_bed = self.floor_area_m2 / self.beds if self.beds > 0 else 0.0
        self.beds -= removed
        self.give_up_floor_area(share, float(details.get("site_kept", 0.0)))
        zone = int(details.get("zone", OUTSIDE_ZONE))
        opened = float(details.get("beds_opened", 0.0))
        if order in ("move", "open_site") and zone != OUTSIDE_ZONE and opened > 0:
            branch = self.branch_at(zone)
            branch.beds += opened
            branch.take_floor_area(opened * area_a_bed)
            follow = min(
                lost * float(details.get("staff_share", 1.0)), float(details.get("jobs_opened", 0.0))
            )
            if not details.get("staff_late"):
                move_jobs(self.city, self, branch, follow)
            branch.n_jobs += max(float(details.get("jobs_opened", 0.0)) - follow, 0.0)
            lost -= follow
        self.release_jobs(lost, leaves_city=False)


class Campus(Institution):
    """A campus.

    Order: ``move_students`` with students (at once, with their rooms) and jobs (the posts that follow).
    """

    kind = OrganisationKind.CAMPUS

    def obey(self, _order: str, details: dict[str, Any]) -> None:
        """Move students with their dormitories, and posts of the staff, to a zone or out of Beijing."""
        zone = int(details.get("zone", OUTSIDE_ZONE))
        number = min(float(details.get("students", 0.0)), self.students)
        if number > 0.0:
            share = number / self.students
            self.students -= number
            area = self.give_up_floor_area(share, float(details.get("site_kept", 0.0)))
            if zone == OUTSIDE_ZONE:
                services.send_students_away(self.city, self.index, share)
            else:
                branch = self.branch_at(zone)
                branch.students += number
                branch.take_floor_area(area)
                services.move_students(self.city, self.index, branch.index, share)
        self.send_staff(zone, float(details.get("jobs", 0.0)))


class Office(Institution):
    """An office of an administration; it keeps its staff where they are until an order moves them."""

    kind = OrganisationKind.OFFICE

    def obey(self, _order: str, details: dict[str, Any]) -> None:
        """Move posts with their staff to the new seat."""
        jobs = float(details.get("jobs", self.n_jobs * float(details.get("share", 1.0))))
        self.send_staff(int(details.get("zone", OUTSIDE_ZONE)), jobs)
