"""Pay villages to give up coal, by 京政办发〔2018〕13号: equipment, night electricity, offices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import quarter_of_year
from sim.codes import DwellingClass, Improvement
from sim.interventions.base import Verbs, Work
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

PROXY = "village_homes_2010"
WINTER = 1
"""Quarter of the year in which a heating season is paid for."""
CITY, DISTRICT, HOUSEHOLDS, VILLAGES = "heating", "district_budget", "households", "villages"
SMALL_VILLAGE = 500


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Convert the villages or farm buildings due this quarter and pay for the season."""
    if measure.action == "seed_farms":
        _convert_farms(measure, verbs)
        return
    if verbs.has_work(measure):
        _convert_villages(measure, quarter_index, city, verbs)
    _pay_season(measure, quarter_index, verbs)


def _convert_villages(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    per_village = verbs.parameter("village_heating_households_a_village", measure)
    homes = city.dwellings.stock[:, DwellingClass.SELF_BUILT]
    heated = city.land.improvements[:, Improvement.CLEAN_HEATING]
    available = np.maximum(homes - heated, 0.0) / per_village
    for work in verbs.work(measure, PROXY, verbs.parameter("village_spread", measure), available):
        villages = np.minimum(work.amount, available[work.zones])
        households = villages * per_village
        verbs.set_capacity(
            measure,
            "improvements",
            work.zones,
            Improvement.CLEAN_HEATING,
            households,
            "units",
            basis=work.basis,
        )
        _pay_equipment(measure, work, villages, households, verbs)
        _promise_seasons(measure, quarter_index, work, households, verbs)
        verbs.report_task(measure, work.zones, work.planned, villages, basis=work.basis)


def _pay_equipment(
    measure: Measure, work: Work, villages: np.ndarray, households: np.ndarray, verbs: Verbs
) -> None:
    """Pay for heat pumps up to the cap, the district as much again, and for village offices."""
    each = min(
        verbs.parameter("village_heating_city_subsidy_per_m2", measure)
        * verbs.parameter("village_heating_m2_a_household", measure),
        verbs.parameter("village_heating_city_cap", measure),
    )
    for payer in (CITY, DISTRICT):
        verbs.transfer(measure, payer, HOUSEHOLDS, households * each, "clean heating: equipment", work.zones)
    small = verbs.parameter("village_heating_households_a_village", measure) < SMALL_VILLAGE
    office = verbs.parameter(f"village_heating_{'small' if small else 'large'}_office", measure)
    verbs.transfer(measure, CITY, VILLAGES, villages * office, "clean heating: village offices", work.zones)


def _promise_seasons(
    measure: Measure, quarter_index: int, work: Work, households: np.ndarray, verbs: Verbs
) -> None:
    first = quarter_index + 1
    while quarter_of_year(first) != WINTER:
        first += 1
    for season in range(round(verbs.parameter("village_heating_seasons", measure))):
        verbs.pipelines.of(measure.id, "heated").add(first + 4 * season, work.zones, households)


def _pay_season(measure: Measure, quarter_index: int, verbs: Verbs) -> None:
    """Pay the night kilowatt-hours of a season, city and district alike, up to the cap."""
    households = verbs.pipelines.of(measure.id, "heated").take(quarter_index)
    if households is None:
        return
    kwh = min(
        verbs.parameter("village_heating_night_kwh_used", measure),
        verbs.parameter("village_heating_night_kwh", measure),
    )
    zones = np.flatnonzero(households > 0)
    paid = households[zones] * kwh * verbs.parameter("village_heating_night_subsidy", measure)
    for payer in (CITY, DISTRICT):
        verbs.transfer(measure, payer, HOUSEHOLDS, paid, "clean heating: night electricity", zones)


def _convert_farms(measure: Measure, verbs: Verbs) -> None:
    per_m2 = verbs.parameter("village_seed_farm_equipment_cny_m2", measure) * verbs.parameter(
        "village_heating_city_seed_farm_share", measure
    )
    for work in verbs.work(measure, PROXY, verbs.parameter("village_spread", measure)):
        verbs.transfer(measure, CITY, VILLAGES, work.amount * per_m2, "clean heating: seed farms", work.zones)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)
