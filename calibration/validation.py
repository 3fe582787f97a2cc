"""Write the numbers and pictures of docs/validation.md from a store.

    python -m calibration.validation STORE FOLDER

STORE holds `executed-2017-2020` and `no-measures` to 2020Q4; FOLDER takes the runs without the constants of
the area groups. The words of the page are written by hand; what stands between its markers, and the pictures
it shows, are written here.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration import constants, scores
from calibration.backtest import (
    CENSUS,
    FITTED_UNTIL,
    SCENARIO,
    Backtest,
    backtest,
    census,
    forecast_members,
    hindcast_variance,
    model_sd,
    predicted,
)
from calibration.backtest import MODEL as MODEL_ROW
from calibration.forecasts import forecast, known_in_2016
from calibration.observed import BASE_YEAR, LAST_FIT_YEAR, observed
from calibration.places import CITY, LEVELS, add_up
from sim.errors import InputError
from sim.scenarios.store import load_results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.scenarios.results import Results

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"
WITHOUT = "no-measures"
TREND = "trend_2014_16"
LAST_PUBLISHED = 2019
"""Last year of the series as published before the census of 2020."""
SHOWN = ("core", "inner", "tongzhou", "new_towns", "ecological", CITY)
TITLES = {
    "core": "core 核心区",
    "inner": "inner districts 朝海丰石",
    "tongzhou": "Tongzhou 通州",
    "new_towns": "new towns 平原新城",
    "ecological": "ecological area 生态涵养区",
    CITY: "city 全市",
}
_TABLE = re.compile(r"(<!-- table: ([a-z_]+) -->)\n.*?(<!-- end of table -->)", re.DOTALL)
MODEL, ALONE, PUBLISHED, MUTED = "#b3402a", "#d9a441", "#1f4e79", "#666666"
TEN_THOUSAND = 1e4


def wanted_table(results: Results, found: Backtest) -> str:
    """Return what the forecast was to reach beside what it reached, as a Markdown table.

    The last column is what the bureau itself had published for 2019, ten months before the census: what a
    forecast that hits the series would miss of the census.
    """
    model = found.rows[found.rows.forecast == MODEL_ROW].set_index("level").loc["district"]
    trend = found.rows[found.rows.forecast == TREND].set_index("level").loc["district"]
    places = found.places.set_index("area")
    districts = found.places[found.places.level == "district"]
    last = _published().loc[LAST_PUBLISHED, list(districts.area)].to_numpy(float)
    theirs = add_up(_published().loc[[LAST_PUBLISHED], list(districts.area)]).loc[LAST_PUBLISHED]
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
            for area, name, bar in (
                ("beijing", "city", 1.5),
                ("city_six", "city six", 3),
                ("core", "core", 6),
            )
        ),
        ("districts within their 90 % interval", "13 of 16", inside, ""),
        ("mean width of the intervals", "15 %", f"{model.width_percent:.1f} %", ""),
        ("districts in 2016 as published, WAPE", "4 %", f"{in_2016:.1f} %", ""),
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
    own = model_sd(predicted(results, FITTED_UNTIL), hindcast_variance(results))
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
            f"| {mark}{100 * factor * own:.1f} %{mark} | {inside} of {len(counted)} | "
            f"{scores.width_percent(members, counted):.1f} | {scores.crps(members, counted).mean():,.0f} |"
        )
    return "\n".join(lines)


def scores_table(found: Backtest) -> str:
    """Return the scores of every forecast as a Markdown table, districts first."""
    lines = [
        "| level | forecast | WAPE % | MAPE % | bias % | CRPS, persons | in 90 % interval | width % |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    rows = found.rows.set_index("level")
    for level in LEVELS:
        for row in rows.loc[[level]].itertuples():
            name = "**model**" if row.forecast == "model" else str(row.forecast)
            inside = f"{round(row.coverage_90 * row.n_places)} of {row.n_places}"
            lines.append(
                f"| {level} | {name} | {row.wape_percent:.1f} | {row.mape_percent:.1f} | "
                f"{row.bias_percent:+.1f} | {row.crps:,.0f} | {inside} | {row.width_percent:.1f} |"
            )
    return "\n".join(lines)


def places_table(found: Backtest) -> str:
    """Return census, forecast and interval by place as a Markdown table, in ten thousand persons."""
    names = _names()
    lines = [
        "| place | published 2016 | model 2016 | error % | census | model 2020 | 90 % interval | error % |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found.places.itertuples(index=False):
        low, high = row.low / TEN_THOUSAND, row.high / TEN_THOUSAND
        lines.append(
            f"| {names.get(row.area, row.area)} | {row.published_2016 / TEN_THOUSAND:,.1f} | "
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
    names = _names()
    lines = [
        (
            "| place | published 2016 | start | behaviour and paths | measures | not explained | census "
            "| by constants |"
        ),
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {names.get(row.Index, row.Index)} | {row.published_2016:,.1f} | {row.start:+,.1f} | "
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


def made_with_line(results: Results) -> str:
    """Return one line on the runs behind the page."""
    meta = results.meta
    runs = meta["replications"][SCENARIO]
    return (
        f"Runs: {runs} replications, one household in {round(1 / meta['sample'])}, parameters "
        f"`{meta['parameters']}`, seed {meta['seed']}; code {meta['made_with']['code'][:12]}, "
        f"data {meta['made_with']['data'][:12]}, parameters {meta['made_with']['parameters'][:12]}."
    )


def filled(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with what stands between its markers written anew.

    Raises
    ------
    InputError
        When the page asks for a table that is not known.
    """

    def fill(match: re.Match[str]) -> str:
        name = match.group(2)
        if name not in tables:
            raise InputError(f"there is no table '{name}'", mend=f"use {', '.join(tables)}")
        return f"{match.group(1)}\n{tables[name]()}\n{match.group(3)}"

    return _TABLE.sub(fill, text)


def draw_districts(found: Backtest) -> Figure:
    """Draw each district's census, forecast with interval, starting point and the trend to beat."""
    table = found.places[found.places.level == "district"].sort_values("census")
    figure, (axes,) = _figure(1, (7.4, 6.2))
    names = [_names()[name] for name in table.area]
    places = tuple(table.area)
    at = np.arange(len(places))
    axes.hlines(at, table.low / TEN_THOUSAND, table.high / TEN_THOUSAND, color=MODEL, linewidth=4, alpha=0.4)
    axes.plot(table.model / TEN_THOUSAND, at, "D", color=MODEL, markersize=5, label="model, 90 % interval")
    axes.plot(
        table.published_2016 / TEN_THOUSAND, at, "|", color=MUTED, markersize=11, label="published for 2016"
    )
    trend = forecast("trend_2014_16", places) / TEN_THOUSAND
    axes.plot(trend, at, "x", color=ALONE, markersize=6, label="trend 2014-16 carried on")
    axes.plot(table.census / TEN_THOUSAND, at, "o", color=PUBLISHED, markersize=5, label="census of 2020")
    axes.set_yticks(at, names)
    axes.set(xlabel="residents in 2020, ten thousand (万人)", xlim=(0, None))
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.legend(loc="lower right", frameon=False)
    return figure


def draw_paths(results: Results) -> Figure:
    """Draw residents by area, 2010 to 2020: nine runs of ten, what was published, and the two censuses."""
    figure, panels = _figure(len(SHOWN), (9.6, 5.6))
    published, counted = _published(), census()
    for axes, area in zip(panels, SHOWN, strict=True):
        for name, colour, label in ((WITHOUT, ALONE, "no measures"), (SCENARIO, MODEL, "as executed")):
            rows = results.indicators(name, indicator="residents", level=["area", "city"], area=area)
            years = BASE_YEAR + 1 + rows.quarter.map(_quarter_number) / 4
            wide = rows.assign(year=years).pivot(index="year", columns="replication", values="value")
            wide = wide / TEN_THOUSAND
            low, high = (wide.quantile(share, axis=1) for share in scores.INTERVAL)
            axes.fill_between(wide.index, low, high, color=colour, alpha=0.3, linewidth=0)
            axes.plot(wide.index, wide.mean(axis=1), color=colour, linewidth=1.4, label=f"model, {label}")
        line = published[area].dropna() / TEN_THOUSAND
        fitted = line[line.index <= LAST_FIT_YEAR]
        axes.plot(line.index + 1, line, "o", color=PUBLISHED, markersize=3, fillstyle="none")
        axes.plot(fitted.index + 1, fitted, "o", color=PUBLISHED, markersize=3, label="published by 2016")
        axes.plot(
            [], [], "o", color=PUBLISHED, markersize=3, fillstyle="none", label="published later, held out"
        )
        axes.plot(
            [2021], counted[area] / TEN_THOUSAND, "*", color="black", markersize=9, label="census of 2020"
        )
        axes.axvline(LAST_FIT_YEAR + 1, color=MUTED, linewidth=0.6, linestyle=":")
        axes.set_title(TITLES[area], fontsize=9)
        axes.set_xticks([2011, 2014, 2017, 2021], ["2010", "2013", "2016", "2020"])
    panels[0].set_ylabel("residents, ten thousand")
    panels[3].set_ylabel("residents, ten thousand")
    panels[0].legend(loc="lower left", frameon=False, fontsize=6.5)
    return figure


def draw_homes(results: Results) -> Figure:
    """Draw the share of homes on offer by area, with and without measures."""
    figure, panels = _figure(3, (9.6, 2.9))
    for axes, area in zip(panels, ("core", "new_towns", CITY), strict=True):
        for name, colour, label in ((WITHOUT, ALONE, "no measures"), (SCENARIO, MODEL, "as executed")):
            rows = results.indicators(name, indicator="vacancy_rate", level=["area", "city"], area=area)
            mean = rows.groupby(rows.quarter.map(_quarter_number)).value.mean()
            axes.plot(BASE_YEAR + 1 + mean.index / 4, 100 * mean, color=colour, linewidth=1.4, label=label)
        axes.set_title(TITLES[area], fontsize=9)
        axes.set_ylim(bottom=0)
        axes.axvline(LAST_FIT_YEAR + 1, color=MUTED, linewidth=0.6, linestyle=":")
        axes.set_xticks([2011, 2014, 2017, 2021], ["2010", "2013", "2016", "2020"])
    panels[0].set_ylabel("homes on offer, % of all but idle ones")
    panels[0].legend(loc="lower right", frameon=False)
    return figure


def _figure(n_panels: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure on no screen, in the font that has the Chinese names, and its panels."""
    from matplotlib import font_manager, rcParams
    from matplotlib.figure import Figure as Drawn

    from sim.report.fonts import font_path

    path = str(font_path("sans"))
    name = font_manager.FontProperties(fname=path).get_name()
    if name not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(path)
    rcParams["font.family"] = [name]
    rcParams["font.size"] = 8
    figure = Drawn(figsize=size, layout="constrained")
    rows = 2 if n_panels > 3 else 1
    panels = np.atleast_1d(figure.subplots(rows, n_panels // rows)).ravel().tolist()
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, panels


def _published() -> pd.DataFrame:
    """Return residents as published by year and place: what a fit sees, and what is held out."""
    import pandas as pd

    held = observed("held_out")
    held = held[(held.series == "as_published") & (held.indicator == "residents") & (held.quarter < CENSUS)]
    table = held.assign(year=held.quarter.str[:4].astype(int)).pivot(
        index="year", columns="area", values="value"
    )
    # Yizhuang was counted apart from Daxing in 2019 only.
    table["daxing"] = table["daxing"] + table["beijing_eda"].fillna(0.0)
    return pd.concat([known_in_2016(), add_up(table)])


def _quarter_number(quarter: str) -> int:
    from calibration.observed import parse_year_end

    return parse_year_end(str(quarter))


def _names() -> dict[str, str]:
    from sim.city.zones import load_zones

    districts = load_zones().districts
    both = zip(districts.ids, districts.names_en, districts.names_zh, strict=True)
    return {i: f"{en} {zh}" for i, en, zh in both} | {
        "core": TITLES["core"],
        "inner": TITLES["inner"],
        "new_towns": TITLES["new_towns"],
        "ecological": TITLES["ecological"],
        "city_six": "city six 城六区",
        CITY: TITLES[CITY],
    }


def write_page(results: Results, bare: Results, page: Path = PAGE) -> None:
    """Write the tables of the page and the pictures beside it; `bare` are the runs without constants."""
    found = backtest(results)
    tables = {
        "made_with": lambda: made_with_line(results),
        "wanted": lambda: wanted_table(results, found),
        "scores": lambda: scores_table(found),
        "width": lambda: width_table(results, found),
        "places": lambda: places_table(found),
        "parts": lambda: parts_table(results, bare),
        "homes": lambda: homes_table(results),
        "people": lambda: people_table(results),
    }
    page.write_text(filled(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    pictures = {
        "backtest_districts": draw_districts(found),
        "backtest_paths": draw_paths(results),
        "backtest_homes": draw_homes(results),
    }
    for name, figure in pictures.items():
        figure.savefig(images / f"{name}.png", dpi=110, metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page from the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m calibration.validation", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        results = load_results(options.store)
        write_page(results, constants.prepare(results, options.folder, os.cpu_count() or 1))
    except InputError as error:
        parser.exit(error.exit_code, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
