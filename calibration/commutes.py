"""Measure a run's commutes as the surveys do.

The commuting reports follow telephones between a home and a workplace apart; who sleeps in a dormitory at the
works is not seen on such a way (assumed: the reports do not say). So dormitories are left out, as in the
check of the base year, while the indicator ``commute_minutes`` counts everybody at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import format_quarter
from sim.codes import Activity, CommuteGroup
from sim.parameters.commutes import commute_group_of_class

if TYPE_CHECKING:
    import pandas as pd

    from sim.city.state import City

LONG_MINUTES = 45.0
CITY, CITY_SIX = "beijing", "city_six"


def surveyed_commutes(city: City) -> pd.DataFrame:
    """Return the mean way to work and the share of at most 45 minutes, in the city and the city six, now.

    Columns as in a table of indicators: quarter, level, area, indicator, value, unit.
    """
    import pandas as pd

    minutes, home = _ways(city)
    inside = {CITY: np.ones(len(home), dtype=np.bool_), CITY_SIX: _in_city_six(city)[home]}
    rows = []
    for area, level in ((CITY, "city"), (CITY_SIX, "area")):
        ways = minutes[inside[area]]
        where = (format_quarter(city.quarter), level, area)
        rows.append((*where, "commute_minutes", float(ways.mean()), "minutes"))
        rows.append((*where, "commutes_within_45_min", float((ways <= LONG_MINUTES).mean()), "share"))
    return pd.DataFrame(rows, columns=["quarter", "level", "area", "indicator", "value", "unit"])


def _ways(city: City) -> tuple[np.ndarray, np.ndarray]:
    """Return minutes to work and zone of home of those at work who do not live in a dormitory."""
    people, homes = city.residents, city.households
    n = people.n_rows
    at_work = (people.household_id[:n] >= 0) & (people.activity[:n] == Activity.EMPLOYED)
    household = people.household_id[:n][at_work]
    group = commute_group_of_class()[homes.dwelling_class[household]]
    counted = group != CommuteGroup.DORMITORY
    home = homes.zone[household[counted]]
    minutes = city.minutes[home, people.work_zone[:n][at_work][counted]]
    return minutes.astype(np.float64), home


def _in_city_six(city: City) -> np.ndarray:
    return np.asarray(city.zones.districts.in_city_six[city.zones.district])
