"""Give markets, hospitals, campuses and offices what they share: a place, jobs, and orders they decide on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.codes import SECTOR_OF_ORGANISATION, OrganisationKind
from sim.light_mesa import mesa
from sim.processes.staff import follow

if TYPE_CHECKING:
    from sim.city.state import City
    from sim.model import CityModel


class Organisation(mesa.Agent):
    """An organisation of the base year, or a branch of one.

    Measures put orders (`order`, `details`) into `orders`, and it acts on them in `step`.

    Attributes
    ----------
    index : int
        Organisation index, the `employer_id` of its people.
    zone : int
        Zone index; -1 outside Beijing.
    n_jobs, beds, students, stalls, floor_area_m2 : float
        Size in the real city.
    unsettled : bool
        Whether it has something to decide in its next step without an order.
    """

    def __init__(self, model: CityModel, index: int, facts: dict[str, Any]) -> None:
        super().__init__(model)
        self.index = index
        self.kind = OrganisationKind(int(facts["kind"]))
        self.name: str = facts["name"]
        self.name_zh: str = facts["name_zh"]
        self.zone = int(facts["zone"])
        self.district = int(facts["district"])
        self.named = bool(facts["named"])
        self.sector = int(SECTOR_OF_ORGANISATION[self.kind])
        self.authority = int(facts["authority"])
        self.beds = float(facts["beds"])
        self.students = float(facts["students"])
        self.stalls = float(facts["stalls"])
        self.floor_area_m2 = float(facts["floor_area_m2"])
        self.parent: Organisation | None = facts.get("parent")
        self.branches: dict[int, Organisation] = {}
        self.closed = False
        self.unsettled = False
        self.orders: list[Any] = []

    @property
    def city(self) -> City:
        """Return the city the organisation stands in."""
        return self.model.city

    @property
    def n_jobs(self) -> float:
        """Return the organisation's jobs in the real city."""
        return float(self.city.jobs.organisation_stock[self.index])

    @n_jobs.setter
    def n_jobs(self, value: float) -> None:
        self.city.jobs.organisation_stock[self.index] = max(value, 0.0)

    def step(self) -> None:
        """Carry out this quarter's orders, then decide for itself."""
        if self.orders:
            orders, self.orders = self.orders, []
            self.city.scratch["organisations_changed"] = True
            for order in orders:
                self.obey(order.order, order.details)
        self.decide()

    def obey(self, order: str, details: dict[str, Any]) -> None:
        """Carry out one order; each kind of organisation knows its own."""
        raise NotImplementedError

    def decide(self) -> None:
        """Act without an order."""

    def open_branch(self, zone: int, **facts: Any) -> Organisation:
        """Open a branch of this organisation in a zone of Beijing, without jobs yet."""
        return self.model.add_organisation(
            {
                "kind": int(self.kind),
                "name": f"{self.name}, branch",
                "name_zh": f"{self.name_zh}(新址)",
                "zone": zone,
                "district": int(self.city.zones.district[zone]),
                "named": self.named,
                "authority": self.authority,
                "beds": 0.0,
                "students": 0.0,
                "stalls": 0.0,
                "floor_area_m2": 0.0,
                "parent": self,
            }
            | facts
        )

    def release_jobs(self, jobs: float, *, leaves_city: bool) -> None:
        """Give up jobs by order; those that leave the city are no longer asked for by its economy."""
        jobs = min(jobs, self.n_jobs)
        self.n_jobs -= jobs
        self.city.scratch["organisation_jobs_ordered"][self.index] += jobs
        if leaves_city:
            self.city.scratch["jobs_left_city"][self.sector] += jobs


def move_jobs(city: City, origin: Organisation, branch: Organisation, jobs: float) -> None:
    """Move jobs from an organisation to its branch, the people in them too; they keep job and home.

    Staff who follow travel further until they move home of their own accord.
    """
    jobs = min(jobs, origin.n_jobs)
    if jobs <= 0.0:
        return
    share = jobs / origin.n_jobs
    origin.n_jobs -= jobs
    branch.n_jobs += jobs
    follow(city, origin.index, branch.index, share)
