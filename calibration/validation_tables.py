"""Make the tables of docs/validation.md from finished runs: what was wanted, scores, places, parts, people.

Markdown, in ten thousand persons where nothing else is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calibration import scores
from calibration.backtest import (
    CENSUS,
    FITTED_UNTIL,
    MODEL,
    SCENARIO,
    Backtest,
    census,
    forecast_members,
    own_sizes_of,
    predicted,
    published,
)
from calibration.carried_error import wape_of_what_is_new
from calibration.forecasts import known_in_2016
from calibration.observed import BASE_YEAR, LAST_FIT_YEAR
from calibration.own_error import root_mean_square
from calibration.places import CITY, LEVELS, TITLES, names

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenarios.results import Results

WITHOUT = "no-measures"
TREND = "trend_2014_16"
LAST_PUBLISHED = 2019
"""Last year of the series as published before the census of 2020."""
SHOWN = ("core", "inner", "tongzhou", "new_towns", "ecological", CITY)
TEN_THOUSAND = 1e4


def wanted_table(results: Results, found: Backtest) -> str:
    """Return what the forecast was to reach beside what it reached, as a Markdown table.

    The last column is what the bureau itself had published for 2019, ten months before the census: what a
    forecast that hits the series would miss of the census.
    """
    model = found.rows[found.rows.forecast == MODEL].set_index("level").loc["district"]
    trend = found.rows[found.rows.forecast == TREND].set_index("level").loc["district"]
    places = found.places.set_index("area")
    districts = found.places[found.places.level == "district"]
    theirs = published().loc[LAST_PUBLISHED]
    last = theirs[list(districts.area)].to_numpy(float)
    counted = districts.census.to_numpy(float)
    in_2016 = scores.wape_percent(
        districts.model_2016.to_numpy(float), districts.published_2016.to_numpy(float)
    )
    inside = f"{round(model.coverage_90 * model.n_places)} of {model.n_places}"
    rows = [
        (
            "districts in 2020, WAPE",
            f"{trend.wape_percent:.1f} % ({TREND}), aim 5",
            f"{model.wape_percent:.1f} %",
            f"{scores.wape_percent(last, counted):.1f} %",
        ),
        (
            "districts in 2020, CRPS",
            f"{trend.crps:,.0f} persons ({TREND})",
            f"{model.crps:,.0f}",
            f"{np.abs(last - counted).mean():,.0f}",
        ),
        *(
            (
                f"{name} in 2020",
                f"{bar} %",
                f"{places.error_percent[area]:+.1f} %",
                f"{100 * (theirs[area] / places.census[area] - 1):+.1f} %",
            )
            for area, name, bar in ((CITY, "city", 1.5), ("city_six", "city six", 3), ("core", "core", 6))
        ),
        ("districts within their 90 % interval", "13 of 16", inside, ""),
        ("mean width of the intervals", "15 %", f"{model.width_percent:.1f} %", ""),
        ("districts in 2016 as published, WAPE", "4 %", f"{in_2016:.1f} %", ""),
        (
            "of that, beyond what was off in 2011 to 2015",
            "",
            f"{wape_of_what_is_new(results, SCENARIO):.1f} %",
            "",
        ),
        ("city 2011 to 2016 as published, worst year", "1 %", f"{_worst_year_percent(results):+.2f} %", ""),
    ]
    lines = ["| | wanted | model | published for 2019 |", "|---|--:|--:|--:|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _worst_year_percent(results: Results) -> float:
    """Return by how much the city is off in the year to 2016 in which it is most."""
    published = known_in_2016()[CITY]
    errors = [
        100 * (predicted(results, f"{year}Q4")[CITY].mean() / published[year] - 1)
        for year in range(BASE_YEAR + 1, LAST_FIT_YEAR + 1)
    ]
    return float(max(errors, key=abs))


def width_table(results: Results, found: Backtest) -> str:
    """Return coverage and width under other sizes of the model's own error, as a Markdown table."""
    people = predicted(results, CENSUS)
    own = own_sizes_of(results, predicted(results, FITTED_UNTIL))
    size = 100 * root_mean_square(own)
    districts = found.places[found.places.level == "district"]
    counted = districts.census.to_numpy(float)
    lines = [
        "| the model's own error of a district in 2020 | in 90 % interval | width % | CRPS, persons |",
        "|---|--:|--:|--:|",
    ]
    for factor in (0.0, 0.5, 1.0, 2.0):
        members = forecast_members(people, tuple(districts.area), int(results.meta["seed"]), factor * own)
        inside = round(scores.coverage(members, counted) * len(counted))
        mark = "**" if factor == 1.0 else ""
        lines.append(
            f"| {mark}{factor * size:.1f} %{mark} | {inside} of {len(counted)} | "
            f"{scores.width_percent(members, counted):.1f} | {scores.crps(members, counted).mean():,.0f} |"
        )
    return "\n".join(lines)


def scores_table(found: Backtest) -> str:
    """Return the scores of every forecast as a Markdown table, districts first."""
    lines = [
        (
            "| level | forecast | WAPE % | by its spread | MAPE % | bias % | CRPS, persons "
            "| in 90 % interval | width % |"
        ),
        f"|---|---|{7 * '--:|'}",
    ]
    rows = found.rows.set_index("level")
    for level in LEVELS:
        for row in rows.loc[[level]].itertuples():
            name = "**model**" if row.forecast == MODEL else str(row.forecast)
            inside = f"{round(row.coverage_90 * row.n_places)} of {row.n_places}"
            lines.append(
                f"| {level} | {name} | {row.wape_percent:.1f} | {row.expected_wape_percent:.1f} "
                f"| {row.mape_percent:.1f} | {row.bias_percent:+.1f} | {row.crps:,.0f} | {inside} "
                f"| {row.width_percent:.1f} |"
            )
    return "\n".join(lines)


def places_table(found: Backtest) -> str:
    """Return census, forecast and interval by place as a Markdown table, in ten thousand persons."""
    shown = names()
    lines = [
        "| place | published 2016 | model 2016 | error % | census | model 2020 | 90 % interval | error % |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found.places.itertuples(index=False):
        low, high = row.low / TEN_THOUSAND, row.high / TEN_THOUSAND
        lines.append(
            f"| {shown.get(row.area, row.area)} | {row.published_2016 / TEN_THOUSAND:,.1f} | "
            f"{row.model_2016 / TEN_THOUSAND:,.1f} | {row.error_2016_percent:+.1f} | "
            f"{row.census / TEN_THOUSAND:,.1f} | {row.model / TEN_THOUSAND:,.1f} | "
            f"{low:,.1f} to {high:,.1f} | {row.error_percent:+.1f} |"
        )
    return "\n".join(lines)


def parts_of_forecast(results: Results, bare: Results | None = None) -> pd.DataFrame:
    """Return what each forecast is made of by place, in persons.

    The start (model less published in 2016), what behaviour and outside paths do from 2016 to 2020
    (`no-measures`), what the measures do on top of that, and what the census has beyond both. `constants` is
    what of the forecast hangs on the constants of the area groups, by 2016 and since: the runs less those
    without them (`bare`); the column is there only where those are given.
    """
    import pandas as pd

    start = known_in_2016().loc[LAST_FIT_YEAR]
    before = predicted(results, FITTED_UNTIL).mean()
    alone, executed = predicted(results, CENSUS, WITHOUT).mean(), predicted(results, CENSUS).mean()
    table = pd.DataFrame(
        {
            "published_2016": start,
            "start": before - start,
            "behaviour": alone - before,
            "measures": executed - alone,
            "not_explained": census() - executed,
            "census": census(),
        }
    )
    if bare is not None:
        table["constants"] = executed - predicted(bare, CENSUS).mean()
    return table.loc[list(executed.index)]


def parts_table(results: Results, bare: Results) -> str:
    """Return `parts_of_forecast` as a Markdown table, in ten thousand persons."""
    shown = names()
    lines = [
        (
            "| place | published 2016 | start | behaviour and paths | measures | not explained | census "
            "| by constants |"
        ),
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {shown.get(row.Index, row.Index)} | {row.published_2016:,.1f} | {row.start:+,.1f} | "
        f"{row.behaviour:+,.1f} | {row.measures:+,.1f} | {row.not_explained:+,.1f} | {row.census:,.1f} | "
        f"{row.constants:+,.1f} |"
        for row in (parts_of_forecast(results, bare) / TEN_THOUSAND).itertuples()
    ]
    return "\n".join(lines)


def homes_table(results: Results) -> str:
    """Return homes, those idle or on offer, and informal residents by area, 2016 and 2020."""
    import pandas as pd

    wanted = ["dwelling_capacity", "vacancy_rate", "idle_homes", "informal_residents"]
    found = pd.concat(
        results.indicators(name, indicator=wanted, area=list(SHOWN), quarter=[FITTED_UNTIL, CENSUS])
        for name in (SCENARIO, WITHOUT)
    )
    means = found.groupby(["scenario", "area", "indicator", "quarter"], observed=True).value.mean()
    lines = [
        (
            "| area | homes 2016 | 2020 | without measures | on offer 2016 | 2020 | idle 2016 | 2020 "
            "| informal people 2016 | 2020 |"
        ),
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for area in SHOWN:
        here = means[SCENARIO][area]
        homes, idle, informal = (
            here[name] / TEN_THOUSAND for name in ("dwelling_capacity", "idle_homes", "informal_residents")
        )
        empty = here["vacancy_rate"]
        alone = means[WITHOUT][area]["dwelling_capacity"][CENSUS] / TEN_THOUSAND
        lines.append(
            f"| {TITLES[area]} | {homes[FITTED_UNTIL]:,.1f} | {homes[CENSUS]:,.1f} | {alone:,.1f} | "
            f"{empty[FITTED_UNTIL]:.1%} | {empty[CENSUS]:.1%} | "
            f"{idle[FITTED_UNTIL]:,.1f} | {idle[CENSUS]:,.1f} | "
            f"{informal[FITTED_UNTIL]:,.1f} | {informal[CENSUS]:,.1f} |"
        )
    return "\n".join(lines)


def people_table(results: Results) -> str:
    """Return who was moved in the runs as a Markdown table: the executed years, 2017 to 2020."""
    people = results.people(SCENARIO)
    named = {
        "forced_to_move": "forced to move",
        "children": "children among them",
        "no_home_at_once": "of those forced, without a home in the same quarter",
        "forced_leavers_local": "forced and left Beijing, local hukou",
        "forced_leavers_non_local": "forced and left Beijing, non-local",
    }
    lines = ["| 2017-2020, persons | mean | 90 % of runs from | to |", "|---|--:|--:|--:|"]
    for key, label in named.items():
        value = people[key]
        lines.append(f"| {label} | {value['estimate']:,.0f} | {value['low']:,.0f} | {value['high']:,.0f} |")
    return "\n".join(lines)
