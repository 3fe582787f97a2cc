"""Run one simulated Beijing: an ordinary Mesa model whose quarter is the list of stages of `sim.schedule`."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import snapshot
from sim.accounts import reconcile
from sim.accounts.fund import Fund
from sim.accounts.ledger import Ledger, Level
from sim.agents.district import District
from sim.agents.institution import Campus, Hospital, Office
from sim.agents.market import Market
from sim.agents.organisation import Organisation
from sim.calendar import LAST, format_quarter, parse_quarter, quarter_of_year, year_of
from sim.city import wages
from sim.city.digest import state_digest
from sim.city.opening import open_city, set_slack, set_travel_times
from sim.city.packing import pack
from sim.city.state import City
from sim.codes import N_DISTRICTS, N_ZONES, SECTOR_OF_ORGANISATION, OrganisationKind
from sim.data.paths import load_paths
from sim.data.raking import load_raking
from sim.errors import InputError
from sim.interventions.base import Verbs
from sim.interventions.campaign import begin_campaign, levers_of
from sim.interventions.kinds import apply_measures
from sim.light_mesa import mesa
from sim.memory import collector_at_rest, keep_freed_memory
from sim.outcomes.indicators import tabulate
from sim.outcomes.official import official_factors
from sim.outcomes.record import Record, homes_by_zone, people_by_zone
from sim.parameters.for_run import given_parameters
from sim.parameters.store import ParameterSet
from sim.policy.amounts import at_levels
from sim.processes import (
    business_dynamics,
    complaints,
    demography,
    housing_market,
    labour,
    migration,
    raking,
    rebound,
    relocation,
    resettlement,
    services,
    visits,
)
from sim.scenarios.scenario import Scenario
from sim.scenarios.shared_past import same_past
from sim.schedule import STAGES
from sim.synthesis.base import open_base

if TYPE_CHECKING:
    import pandas as pd

ACTORS: dict[int, type[Organisation]] = {
    int(actor.kind): actor for actor in (Market, Hospital, Campus, Office)
}


def _latest(model: CityModel, *, key: str) -> float:
    return model.record.latest(key) / model.sample


SHOWN = ("residents", "residents_non_local", "households", "births", "deaths")
REPORTERS = {name: partial(_latest, key=name) for name in SHOWN}
"""What Mesa's data collector shows of a quarter."""
HEAVY = "city verbs record ledger_entries books campaign districts _stages datacollector".split()
AGENTS = ("_all_agents", "_agents_by_type", "_agents")
"""What a closed model lets go of, and where Mesa keeps agents: the sets of weak references go first, so that
nobody has to be struck off them one by one."""


def _at_levels_of_run(plan: Scenario, values: ParameterSet) -> Scenario:
    """Return a scenario with its measures' amounts at the levels of a run."""
    return replace(plan, measures=at_levels(plan.measures, values.value))


class CityModel(mesa.Model):
    """Simulate Beijing from the census of 2010 on, a quarter a step.

    Parameters
    ----------
    scenario
        Name in the library, path of a YAML file, or a `Scenario`.
    sample
        Share of households that are simulated, above 0 and up to 1.
    rng
        Seed of the run, 0 or more.
    parameters
        ``point``, ``prior``, the path of a YAML file, values by name, or a `ParameterSet`.
    threads
        Threads of the kernels; all processors by default. Results do not depend on it.
    paths
        Variant of the exogenous paths: low, mid or high; by default what the scenario says.

    Raises
    ------
    InputError
        When an argument is not what it must be.
    """

    @collector_at_rest()
    def __init__(
        self,
        scenario: str | Path | Scenario = "no-measures",
        sample: float = 0.01,
        rng: int = 1,
        parameters: str | Mapping[str, float] | ParameterSet = "point",
        threads: int | None = None,
        paths: str | None = None,
    ) -> None:
        if isinstance(rng, bool) or not isinstance(rng, int) or rng < 0:
            raise InputError(f"the seed must be a whole number from 0, not {rng!r}", where="rng")
        keep_freed_memory()
        super().__init__(rng=rng)
        self.plan = Scenario.load(scenario)
        self.sample = sample
        self.seed_of_run = rng
        values = given_parameters(parameters, rng).with_values(dict(self.plan.uncertainties))
        self.plan = _at_levels_of_run(self.plan, values)
        shocks_off = [name for name, on in self.plan.shocks if not on]
        outside = load_paths(paths or self.plan.paths, without=shocks_off)
        base = open_base(sample)
        self.city: City = open_city(base, values, outside, rng, threads or os.cpu_count() or 1)
        for facts in base.facts:
            self._place(facts)
        self.districts = [District(self, index) for index in range(N_DISTRICTS)]
        self.ledger_entries = Ledger()
        self.record = Record()
        self._prepare()
        self.books = Fund()
        self.campaign = begin_campaign(
            self.city, self.plan, self.ledger_entries, self.books, self._official_people
        )
        self.verbs = Verbs(self.city, self.ledger_entries, values, self.campaign)
        self._stages = self._stage_functions()
        self._record()
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)
        self.datacollector.collect(self)

    # ---- setting up ------------------------------------------------------------------------------------

    def _stage_functions(self) -> dict[str, Callable[[], None]]:
        return {
            "raking": self._rake,
            "measures": self._measures,
            "organisations": self._organisations,
            "businesses": lambda: business_dynamics.run(self.city),
            "demography": lambda: demography.run(self.city),
            "labour": lambda: labour.run(self.city),
            "arrivals": lambda: migration.run(self.city),
            "dwellings": self._dwellings,
            "relocation": lambda: relocation.run(self.city),
            "rents": lambda: housing_market.adjust_rents(self.city),
            "services": self._services,
            "accounts": self.campaign.close_quarter,
            "reconcile": lambda: reconcile.run(self.city),
            "record": self._record,
        }

    def _place(self, facts: Mapping[str, Any]) -> Organisation:
        organisation = ACTORS[int(facts["kind"])](self, len(self.city.organisations), dict(facts))
        self.city.organisations.append(organisation)
        return organisation

    def add_organisation(self, facts: dict[str, Any]) -> Organisation:
        """Add an organisation without jobs, such as a branch, and make room for it in the books."""
        city = self.city
        sector = SECTOR_OF_ORGANISATION[OrganisationKind(int(facts["kind"]))]
        city.jobs.add_organisation(int(facts["zone"]), int(sector))
        for name in ("stall_loss_prob", "organisation_jobs_ordered"):
            city.scratch[name] = np.append(city.scratch[name], 0.0)
        return self._place(facts)

    def _prepare(self) -> None:
        city = self.city
        n = len(city.organisations)
        city.scratch["stall_loss_prob"] = np.zeros(n)
        city.scratch["organisation_jobs_ordered"] = np.zeros(n)
        city.scratch["land_release"] = np.zeros(N_ZONES)
        self._remember(people_by_zone(self.city) | homes_by_zone(self.city))
        business_dynamics.prepare(city)
        set_slack(city)
        labour.prepare(city)
        wages.prepare(city)
        migration.prepare(city)
        relocation.prepare(city)
        visits.prepare(city)
        complaints.prepare(city)
        self.record.income_edges = relocation.income_terciles(city)

    def _remember(self, row: Mapping[str, np.ndarray]) -> None:
        """Keep who lives in each zone for the processes of the next quarter."""
        self.city.scratch["residents_by_zone"] = row["residents"]
        self.city.scratch["residents_before"] = row["residents"]
        self.city.scratch["non_local_by_zone"] = row["residents_non_local"]
        self.city.scratch["elders_by_zone"] = row["residents_age_65_plus"]
        self.city.scratch["informal_by_zone"] = row["informal_residents"]

    def _official_people(self, quarter: int) -> np.ndarray:
        """Return the official population of each district at the end of a quarter, (16,)."""
        factors = self._official_factors(quarter)[quarter]
        people = np.zeros(N_DISTRICTS)
        for hukou, key in enumerate(("residents_local", "residents_non_local")):
            counts = np.bincount(self.city.zones.district, self.record.at(key, quarter), N_DISTRICTS)
            people += counts * factors[:, hukou] / self.sample
        return people

    def _official_factors(self, quarter: int) -> np.ndarray:
        """Return the official over the latent population up to a quarter, (quarter + 1, 16, 2)."""
        size, shared = (self.city.parameter(f"official_error_{what}") for what in ("sd", "shared"))
        return official_factors(self.seed_of_run, quarter + 1, size, shared)

    # ---- a quarter -------------------------------------------------------------------------------------

    @property
    def quarter_index(self) -> int:
        """Return the quarter the city stands at; 0 is 2010Q4."""
        return self.city.quarter

    @property
    def quarter(self) -> str:
        """Return the quarter the city stands at, as 2016Q4."""
        return format_quarter(self.city.quarter)

    @property
    def residents(self) -> Any:
        """Return the residents; they answer the verbs of Mesa's AgentSet."""
        return self.city.residents

    @property
    def households(self) -> Any:
        """Return the households; they answer the verbs of Mesa's AgentSet."""
        return self.city.households

    @property
    def businesses(self) -> Any:
        """Return the businesses; they answer the verbs of Mesa's AgentSet."""
        return self.city.businesses

    def step(self) -> None:
        """Run one quarter.

        Raises
        ------
        InputError
            When the run has reached 2050Q4, where the exogenous paths end.
        ReconcileError
            When people, households, dwellings or jobs do not add up.
        """
        if self.city.quarter >= LAST:
            raise InputError("the run stands at the last quarter", where=self.quarter, mend="stop at 2050Q4")
        pack(self.city)
        self.city.begin_quarter(self.city.quarter + 1)
        set_travel_times(self.city)
        for stage in STAGES:
            self._stages[stage.name]()
        self.running = self.city.quarter < LAST
        self.datacollector.collect(self)

    def run(self, until: str) -> None:
        """Run up to and including a quarter.

        Raises
        ------
        InputError
            When the quarter is not one or lies before where the city stands.
        """
        last = parse_quarter(until, allow_base=True)
        if last < self.city.quarter:
            raise InputError(f"{until} lies before where the run stands", where=self.quarter)
        while self.city.quarter < last:
            self.step()

    def _rake(self) -> None:
        if self.plan.raking and self.city.quarter == raking.RAKED:
            raking.run(self.city, load_raking().factors())
            self._remember(people_by_zone(self.city) | homes_by_zone(self.city))

    def _measures(self) -> None:
        n = len(self.city.organisations)
        self.city.scratch["stall_loss_prob"] = np.zeros(n)
        self.city.scratch["organisation_jobs_ordered"] = np.zeros(n)
        self.campaign.open_quarter(self.city.quarter)
        for district in self.districts:
            district.plan()
        apply_measures(self.plan, self.city.quarter, self.city, self.verbs)
        for district in self.districts:
            district.step()

    def _organisations(self) -> None:
        for organisation in list(self.city.organisations):
            if organisation.orders or organisation.unsettled:
                organisation.step()

    def _dwellings(self) -> None:
        housing_market.build(self.city)
        housing_market.convert(self.city)
        rebound.run(self.city)
        resettlement.run(self.city)

    def _services(self) -> None:
        services.run(self.city)
        visits.run(self.city)
        complaints.run(self.city)

    def _record(self) -> None:
        self._remember(self.record.add(self.city, business_dynamics.counts(self.city)))

    # ---- what came out ---------------------------------------------------------------------------------

    def indicators(self) -> pd.DataFrame:
        """Return every indicator as tidy rows: quarter, level, area, indicator, value, unit."""
        official = self._official_factors(self.city.quarter)
        return tabulate(self.record, self.city.zones, self.sample, official)

    def flows(self) -> pd.DataFrame:
        """Return who moved or left, why, from where to where; counts of the sample."""
        return self.record.flows()

    def follow_up(self) -> pd.DataFrame:
        """Return households before and after by what befell them in between; see `sim.outcomes.follow`."""
        return self.record.follow.table()

    def ledger(self, *, effects_by: Level = "zone", coded: bool = False) -> pd.DataFrame:
        """Return the task ledger; a store keeps effects summed by district and takes words as categories."""
        return self.ledger_entries.to_frame(effects_by=effects_by, coded=coded)

    def fund(self) -> pd.DataFrame:
        """Return every payment: quarter, debit, credit, amount_cny, purpose, measure, district."""
        return self.books.to_frame()

    def checksum(self) -> str:
        """Return a digest of the whole state: equal digests mean equal cities, bit for bit."""
        return state_digest(self.city)

    # ---- kept and taken up -----------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the model as it stands to a new folder and return it; see `sim.snapshot`."""
        return snapshot.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> CityModel:
        """Return the model that `save` wrote: it goes on with the same bits as if it had never stopped."""
        return snapshot.load(path)

    def take_up(self, scenario: str | Path | Scenario, *, threads: int | None = None) -> CityModel:
        """Go on under another scenario that is the same up to here, and return the model.

        The scenario is given as it stands in its file: its amounts are taken at the levels of this run.

        Raises
        ------
        InputError
            When the run does not stand at a year's end, or the two scenarios differ in what is behind it.
        """
        plan = _at_levels_of_run(Scenario.load(scenario), self.city.parameters)
        year = year_of(self.city.quarter)
        if quarter_of_year(self.city.quarter) != 4 or not same_past(self.plan, plan, year):
            raise InputError(
                f"the run cannot go on as '{plan.name}'",
                where=self.quarter,
                why=f"it ran as '{self.plan.name}', and the two are not the same up to the end of a year",
                mend="run it from the start",
            )
        self.plan = plan
        self.campaign.take_up(plan.measures, levers_of(plan, self.city))
        self.city.threads = threads or self.city.threads
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle keeps; the stages are functions of this object and are made anew."""
        return {name: value for name, value in self.__dict__.items() if name != "_stages"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what a pickle kept, and go on counting Mesa's ids where they stood."""
        self.__dict__.update(state)
        self._stages = self._stage_functions()
        ids = getattr(mesa.Agent, "_ids", None)
        if ids is not None:
            ids[self] = itertools.count(max((agent.unique_id for agent in self.agents), default=0) + 1)

    def close(self) -> None:
        """Let go of everything; Mesa keeps a reference to every model with agents, so memory would grow."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        for name in (*AGENTS, *HEAVY):
            self.__dict__.pop(name, None)
