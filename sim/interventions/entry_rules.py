"""Forbid new businesses by zone and sector (禁限目录), and compress approved but unbuilt floor area.

An edition of the catalogue holds from its quarter until the measure ends; a later one writes over it. The
texts of the editions are not at hand: which share of a sector's entrants falls under the list is assumed,
larger in the city six than outside, and lower for the edition of 2014 (`entry_rules_strictness_2014`),
which was narrower than those of 2015 and 2018. The amount is the number of sectors, those with the largest
shares first. Who is refused opens elsewhere or not at all (`entry_elsewhere_share`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import year_of
from sim.codes import Sector
from sim.interventions.base import Verbs
from sim.policy.places import places
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

SECTORS = (
    Sector.MANUFACTURING,
    Sector.WHOLESALE_RETAIL,
    Sector.TRANSPORT,
    Sector.AGRICULTURE,
    Sector.EDUCATION,
    Sector.HEALTH,
    Sector.MINING,
    Sector.HOTEL_CATERING,
    Sector.UTILITIES,
    Sector.REAL_ESTATE,
    Sector.RESIDENT_SERVICES,
    Sector.CONSTRUCTION,
    Sector.BUSINESS_SERVICES,
)
"""Sectors of which the catalogue names activities, in the order in which a narrower one would (assumed)."""
EDITIONS = (2014, 2015, 2018)
UNBUILT = "unbuilt_homes_m2"


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Keep the list in force, or compress the floor area due this quarter."""
    if measure.action == "unbuilt":
        _compress(measure, verbs)
    else:
        _forbid(measure, quarter_index, verbs)


def _forbid(measure: Measure, quarter_index: int, verbs: Verbs) -> None:
    if not measure.first <= quarter_index <= measure.last:
        return
    strictness = verbs.parameter(f"entry_rules_strictness_{edition_of(measure)}", measure)
    for portion in measure.portions:
        if portion.quarter_index > quarter_index:
            continue
        six, other = _groups(portion.zones)
        forbidden = _shares(measure, verbs)[: max(round(portion.amount), 0)]
        for sector, in_six, outside in forbidden:
            rule = f"entry.{sector.name.lower()}"
            for zones, share in ((six, in_six), (other, outside)):
                if len(zones) and share > 0.0:
                    verbs.set_value(measure, rule, 1.0 - min(share * strictness, 1.0), zones, "share")
        if portion.quarter_index == quarter_index:
            verbs.report_task(
                measure, -1, portion.amount, float(len(forbidden)), basis=portion.basis, name=portion.area
            )


def edition_of(measure: Measure) -> int:
    """Return the edition whose strictness holds: the last one issued by the measure's first quarter."""
    year = year_of(measure.first)
    return max((edition for edition in EDITIONS if edition <= year), default=EDITIONS[0])


def _shares(measure: Measure, verbs: Verbs) -> list[tuple[Sector, float, float]]:
    """Return sectors with the share of entrants forbidden in the city six and outside, in their order."""
    return [
        (
            sector,
            verbs.parameter(f"entry_rules_{sector.name.lower()}_six", measure),
            verbs.parameter(f"entry_rules_{sector.name.lower()}_other", measure),
        )
        for sector in SECTORS
    ]


@cache
def _groups(zones: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the zones lie in the city six and which do not."""
    six = places().zones_of("city_six")
    inside = np.array([zone in six for zone in zones], dtype=np.bool_)
    every = np.array(zones, dtype=np.int64)
    return every[inside], every[~inside]


def _compress(measure: Measure, verbs: Verbs) -> None:
    """Let the homes among the floor area that is given up not be built, in the quarters they fall due.

    The rule `unbuilt_homes_m2` holds the floor area by zone; new homes of the zone are fewer by it.
    """
    homes = verbs.parameter("entry_rules_unbuilt_homes_share", measure)
    spread = verbs.parameter("entry_rules_spread", measure)
    for work in verbs.work(measure, "new_homes_2010", spread):
        verbs.set_value(measure, UNBUILT, work.amount * homes, work.zones, "m2", add=True)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)
