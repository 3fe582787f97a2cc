"""Draw the pictures of docs/validation.md from finished runs: districts, paths by area, homes on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calibration import scores
from calibration.backtest import SCENARIO, Backtest, census, published
from calibration.forecasts import forecast
from calibration.observed import BASE_YEAR, LAST_FIT_YEAR, parse_year_end
from calibration.places import CITY, TITLES, names
from calibration.validation_tables import SHOWN, TEN_THOUSAND, TREND, WITHOUT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.scenarios.results import Results

MODEL, ALONE, PUBLISHED, MUTED = "#b3402a", "#d9a441", "#1f4e79", "#666666"


def draw_districts(found: Backtest) -> Figure:
    """Draw each district's census, forecast with interval, starting point and the trend to beat."""
    table = found.places[found.places.level == "district"].sort_values("census")
    figure, (axes,) = _figure(1, (7.4, 6.2))
    titles = names()
    places = tuple(table.area)
    at = np.arange(len(places))
    axes.hlines(at, table.low / TEN_THOUSAND, table.high / TEN_THOUSAND, color=MODEL, linewidth=4, alpha=0.4)
    axes.plot(table.model / TEN_THOUSAND, at, "D", color=MODEL, markersize=5, label="model, 90 % interval")
    axes.plot(
        table.published_2016 / TEN_THOUSAND, at, "|", color=MUTED, markersize=11, label="published for 2016"
    )
    trend = forecast(TREND, places) / TEN_THOUSAND
    axes.plot(trend, at, "x", color=ALONE, markersize=6, label="trend 2014-16 carried on")
    axes.plot(table.census / TEN_THOUSAND, at, "o", color=PUBLISHED, markersize=5, label="census of 2020")
    axes.set_yticks(at, [titles[name] for name in table.area])
    axes.set(xlabel="residents in 2020, ten thousand (万人)", xlim=(0, None))
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.legend(loc="lower right", frameon=False)
    return figure


def draw_paths(results: Results) -> Figure:
    """Draw residents by area, 2010 to 2020: nine runs of ten, what was published, and the two censuses."""
    figure, panels = _figure(len(SHOWN), (9.6, 5.6))
    series, counted = published(), census()
    for axes, area in zip(panels, SHOWN, strict=True):
        for name, colour, label in ((WITHOUT, ALONE, "no measures"), (SCENARIO, MODEL, "as executed")):
            rows = results.indicators(name, indicator="residents", level=["area", "city"], area=area)
            years = BASE_YEAR + 1 + rows.quarter.map(_quarter_number) / 4
            wide = rows.assign(year=years).pivot(index="year", columns="replication", values="value")
            wide = wide / TEN_THOUSAND
            low, high = (wide.quantile(share, axis=1) for share in scores.INTERVAL)
            axes.fill_between(wide.index, low, high, color=colour, alpha=0.3, linewidth=0)
            axes.plot(wide.index, wide.mean(axis=1), color=colour, linewidth=1.4, label=f"model, {label}")
        line = series[area].dropna() / TEN_THOUSAND
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


def _quarter_number(quarter: str) -> int:
    return parse_year_end(str(quarter))
