"""Begin the districts' side of a run's campaign: its measures, its levers, its enforcers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.accounts.campaign import Campaign
from sim.accounts.fund import Fund
from sim.accounts.ledger import Ledger
from sim.accounts.levers import Levers
from sim.interventions.proxies import proxies_of
from sim.scenarios.selection import LEVERS_FROM

if TYPE_CHECKING:
    from sim.city.state import City
    from sim.scenarios.scenario import Scenario


def begin_campaign(
    city: City,
    scenario: Scenario,
    ledger: Ledger,
    books: Fund,
    official_people: Callable[[int], np.ndarray],
) -> Campaign:
    """Return the campaign of a run that stands at its base year.

    Parameters
    ----------
    official_people
        Gives the official population of each district at the end of a quarter, (16,).
    """
    people = city.scratch["residents_by_zone"] / city.sample
    informal = proxies_of(city)["illegal_floor_area_2010"]
    return Campaign(
        city, scenario.measures, ledger, books, people, informal, levers_of(scenario, city), official_people
    )


def levers_of(scenario: Scenario, city: City) -> Levers:
    """Return the levers of a scenario, with this run's parameters where it sets none."""
    defaults = Levers()
    return Levers(
        enforcement=scenario.lever("enforcement", defaults.enforcement),
        fund_billion_cny=scenario.lever("fund_billion_cny", city.parameter("fund_billion_cny")),
        fund_a_year=bool(scenario.lever("fund_yearly", float(defaults.fund_a_year))),
        first=LEVERS_FROM,
    )
