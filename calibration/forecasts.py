"""Make the forecasts that a model must beat: the census of 2020 from what was published by the end of 2016.

Each is a rule on the yearly series as published, without any knowledge of why people move. Its spread is
that of its own errors four years before, the same rule applied where its outcome was already published by
2016, and what a published series walks away from a census beyond those four years.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from calibration import measurement
from calibration.observed import BASE_YEAR, LAST_FIT_YEAR, observed

if TYPE_CHECKING:
    import pandas as pd

AHEAD = 4
"""Years from the end of what was known, 2016, to the census of 2020."""

MEMBERS = 400
"""Members of an ensemble: evenly spaced quantiles of a normal error, so that nothing is drawn."""

Rule = Callable[["pd.DataFrame", int], np.ndarray]
"""A rule takes the series (year by place) and the last year known, and returns a value by place."""


def no_change(series: pd.DataFrame, last: int) -> np.ndarray:
    """Forecast what there was."""
    return series.loc[last].to_numpy()


def trend(series: pd.DataFrame, last: int, years: int) -> np.ndarray:
    """Carry the mean yearly change of the last `years` years on, in persons."""
    change = (series.loc[last] - series.loc[last - years]) / years
    return np.asarray((series.loc[last] + AHEAD * change).to_numpy())


def constant_share(series: pd.DataFrame, last: int, years: int = 2) -> np.ndarray:
    """Give each place its share of a city whose own trend of two years goes on."""
    city = series.loc[:, "beijing"]
    grown = city[last] + AHEAD * (city[last] - city[last - years]) / years
    return np.asarray(series.loc[last].to_numpy() / city[last] * grown)


@dataclass(frozen=True)
class _Forecast:
    """Hold a rule and the years from which it could have been tried out by 2016."""

    rule: Rule
    tried: tuple[int, ...]


FORECASTS: Mapping[str, _Forecast] = {
    "no_change": _Forecast(no_change, (2010, 2011, 2012)),
    # Six years back from 2012 lies before the census of 2010: the trend since that census is tried out.
    "trend_2010_16": _Forecast(lambda s, last: trend(s, last, min(6, last - BASE_YEAR)), (2011, 2012)),
    "trend_2014_16": _Forecast(lambda s, last: trend(s, last, 2), (2012,)),
    "trend_2015_16": _Forecast(lambda s, last: trend(s, last, 1), (2011, 2012)),
    "constant_share": _Forecast(constant_share, (2012,)),
}
"""The rules by name, the last word of which says which years they look at."""


def known_in_2016() -> pd.DataFrame:
    """Return residents by year (2010 to 2016) and place: districts, area groups, the city.

    The census of 2010 and the series as published; nothing later, nothing revised.
    """
    import pandas as pd

    from calibration.places import add_up

    base = observed("input")
    base = base[(base.indicator == "residents") & (base.series == "census")]
    base = base[base.quarter == f"{BASE_YEAR}Q4"]
    later = observed("fit")
    later = later[later.indicator == "residents"]
    both = pd.concat([base, later])
    table = both.assign(year=both.quarter.str[:4].astype(int)).pivot(
        index="year", columns="area", values="value"
    )
    return add_up(table.loc[BASE_YEAR:LAST_FIT_YEAR])


def forecast(name: str, places: tuple[str, ...]) -> np.ndarray:
    """Return a naive forecast of the census of 2020 in persons, (places,)."""
    series = known_in_2016()
    return FORECASTS[name].rule(series, LAST_FIT_YEAR)[series.columns.get_indexer(list(places))]


def ensemble(name: str, places: tuple[str, ...]) -> np.ndarray:
    """Return a naive forecast with its spread, (places, members).

    The relative errors are normal about zero; their variance is the mean square of the errors of the same
    rule in earlier years, over all places given together, and what a publication errs by in two years. For
    where a rule was tried out both ends were published, and their errors had four years in which to part; a
    census hardly errs, and the series of 2016 has walked for six.
    """
    series = known_in_2016()
    chosen = series.columns.get_indexer(list(places))
    made = FORECASTS[name]
    errors = [
        (made.rule(series, year) / series.loc[year + AHEAD].to_numpy() - 1)[chosen] for year in made.tried
    ]
    unseen = LAST_FIT_YEAR - AHEAD
    more = np.mean([measurement.relative_sd(place, unseen) ** 2 for place in places])
    size = float(np.sqrt(np.mean(np.square(errors)) + more))
    normal = ndtri((np.arange(MEMBERS) + 0.5) / MEMBERS)
    return forecast(name, places)[:, None] * np.exp(size * normal)[None, :]
