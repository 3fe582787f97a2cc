"""Give the tests of the accounts a small city with a campaign, and one quarter of it at a time."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.accounts.campaign import Campaign
from sim.accounts.fund import Fund
from sim.accounts.ledger import Ledger
from sim.accounts.levers import Levers
from sim.agents.district import District
from sim.codes import N_DISTRICTS, N_ZONES
from sim.interventions.base import Verbs
from sim.parameters.for_run import point_parameters
from tests.fixtures.small_city import small_city

HONEST = {"report_false_share": 0.0}
PLENTY = {"enforcement_persons": 1e9}


class Office:
    """Hold a campaign on the small city: 1,000 residents and 1,000 m2 of illegal floor area in every zone."""

    def __init__(self, measures, levers=None, official_people=None, **values) -> None:
        self.city = small_city()
        self.city.parameters = point_parameters().with_values(values)
        self.ledger, self.fund = Ledger(), Fund()
        same = np.full(N_ZONES, 1000.0)
        self.campaign = Campaign(
            self.city, measures, self.ledger, self.fund, same, same, levers or Levers(), official_people
        )
        self.verbs = Verbs(self.city, self.ledger, self.city.parameters, self.campaign)

    def open(self, quarter: int) -> None:
        """Open a quarter and let the districts decide."""
        self.city.dwellings.begin_quarter()
        self.city.land.begin_quarter()
        self.campaign.open_quarter(quarter)
        self.verbs.begin_quarter(quarter)
        model = SimpleNamespace(campaign=self.campaign, city=self.city)
        for index in range(N_DISTRICTS):
            District.plan(SimpleNamespace(model=model, index=index))

    def work(self, measure, available=None) -> float:
        """Do and report what the districts attempt of a measure; return what was truly done."""
        done = 0.0
        for work in self.verbs.work(measure, "basement_places_2010", 3.0, available):
            self.verbs.report_task(measure, work.zones, work.planned, work.amount)
            done += float(work.amount.sum())
        return done

    def quarter(self, quarter: int, *measures) -> list[float]:
        """Run a whole quarter and return what was done of each measure."""
        self.open(quarter)
        done = [self.work(measure) for measure in measures]
        self.campaign.close_quarter()
        return done

    def tasks(self, verb: str = "task"):
        """Return the entries of one verb."""
        frame = self.ledger.to_frame()
        return frame[frame["verb"] == verb]


@pytest.fixture
def office():
    """Open an office: ``office(measures, levers=..., parameter=value)``."""
    return Office
