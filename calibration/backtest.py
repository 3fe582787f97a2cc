"""Hold a prediction of the campaign years against the census of 2020, beside naive forecasts.

The runs know nothing later than 2016 but paths and measures that are given as inputs; this module and the
raking are the only ones that look at the census of 2020, after the runs are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calibration import forecasts, measurement, scores
from calibration.fit_targets import model_correlation
from calibration.observed import LAST_FIT_YEAR, observed
from calibration.own_error import own_error, walked_to
from calibration.places import CITY, LEVELS, add_up, members, places_of
from calibration.shipped import fit_of
from sim.data.tables import DISTRICTS
from sim.errors import InputError
from sim.rng import KeyedRandom, Stream

if TYPE_CHECKING:
    from sim.scenarios.results import Results

SCENARIO = "executed-2017-2020"
FITTED_UNTIL = "2016Q4"
CENSUS = "2020Q4"
MODEL = "model"
ERRORS = 500
"""Draws of the model's and the census's own errors a replication."""


COLUMNS = (
    "forecast",
    "level",
    "n_places",
    "wape_percent",
    "expected_wape_percent",
    "mape_percent",
    "bias_percent",
    "crps",
    "coverage_90",
    "width_percent",
)


@dataclass(frozen=True)
class Backtest:
    """Hold the scores of all forecasts, and the model's forecast by place.

    Attributes
    ----------
    rows
        `COLUMNS`; ``expected_wape_percent`` is what the forecast's own spread lets expect, ``crps`` the mean
        over the places in persons, ``coverage_90`` a share, ``width_percent`` the mean width of the 90 %
        interval as a percentage of what was counted.
    places
        By district, area group, city six and city: census, model, low, high, error_percent, within, and the
        year before the forecast: published_2016, model_2016, error_2016_percent; persons.
    """

    rows: pd.DataFrame
    places: pd.DataFrame


def census() -> pd.Series:
    """Return the census of 2020 by district, area group, city six and city, in persons."""
    held = observed("held_out")
    rows = held[(held.series == "census") & (held.quarter == CENSUS) & (held.indicator == "residents")]
    return add_up(rows.set_index("area").value.to_frame().T).iloc[0]


def published() -> pd.DataFrame:
    """Return residents as published by year and place: what a fit sees, and what is held out."""
    held = observed("held_out")
    held = held[(held.series == "as_published") & (held.indicator == "residents") & (held.quarter < CENSUS)]
    table = held.assign(year=held.quarter.str[:4].astype(int)).pivot(
        index="year", columns="area", values="value"
    )
    # Yizhuang was counted apart from Daxing in 2019 only.
    table["daxing"] = table["daxing"] + table["beijing_eda"].fillna(0.0)
    return pd.concat([forecasts.known_in_2016(), add_up(table)])


def predicted(results: Results, quarter: str, scenario: str = SCENARIO) -> pd.DataFrame:
    """Return the residents of each replication at a quarter by place, (replications, places)."""
    rows = results.indicators(scenario, indicator="residents", level="district", quarter=quarter)
    if rows.empty:
        raise InputError(
            f"the store has no residents at {quarter}",
            where=str(results.path),
            why=f"its runs end at {results.until}",
            mend=f"run {scenario} until {CENSUS} into another store",
        )
    return add_up(rows.pivot(index="replication", columns="area", values="value"))


def forecast_members(
    people: pd.DataFrame, places: tuple[str, ...], seed: int, own_sizes: np.ndarray
) -> np.ndarray:
    """Return what the census would count by place in each replication, (places, members).

    Each replication is widened by draws of the census's own error and of the model's own by district, of the
    relative standard deviations `own_sizes` (`own_sizes_of`) in turn, partly alike in an area group; the
    city's is the sum of its districts'. Both are the same for all replications. That the model's enters here
    was decided when intervals without it had covered one district of sixteen.
    """
    districts = list(places_of("district"))
    normal = KeyedRandom(seed).generator(Stream.OFFICIAL_ERROR, 2).standard_normal((ERRORS, len(districts)))
    own = np.resize(own_sizes, ERRORS)[:, None] * normal
    off = np.exp(own @ np.linalg.cholesky(model_correlation()).T)
    counted = measurement.census_draws(np.ones(len(places)), seed, ERRORS)
    found = []
    for row in people[districts].to_numpy(float):
        widened = add_up(pd.DataFrame(row * off, columns=districts))[list(places)].to_numpy(float)
        found.append(widened.T * counted)
    return np.concatenate(found, axis=1)


def own_sizes_of(results: Results, before: pd.DataFrame) -> np.ndarray:
    """Return equally likely standard deviations of the model's own error of a district at the census.

    By the hindcast of the fit that the runs are drawn from; where they are of no fit or of another one, by
    what they miss of the years that are fitted, which is too little. The census of 2020 has no part in it.

    Parameters
    ----------
    before
        Residents by replication and place at the end of 2016.
    """
    sizes = hindcast_sizes(results)
    if sizes is None:
        districts = list(DISTRICTS)
        published = forecasts.known_in_2016().loc[LAST_FIT_YEAR, districts].to_numpy(float)
        missed = np.log(before[districts].mean().to_numpy() / published)
        sizes = own_error(missed, measurement.covariance(districts, LAST_FIT_YEAR))
    return walked_to(LAST_FIT_YEAR + forecasts.AHEAD, sizes)


def hindcast_sizes(results: Results) -> np.ndarray | None:
    """Return sizes of the own error of 2016 by the hindcast of the fit of the runs (`calibration.shipped`).

    None where they are of no fit or another one: the intervals then know the fitted years alone.
    """
    fit = fit_of(results)
    found = (fit.diagnostics.get("hindcast") or {}) if fit else {}
    sizes = found.get("own_percent")  # a fit of an earlier version has none
    return None if sizes is None else np.asarray(sizes, float) / 100


def backtest(results: Results, scenario: str = SCENARIO) -> Backtest:
    """Score the model and the naive forecasts on the census of 2020.

    Raises
    ------
    InputError
        When the store does not hold the scenario up to 2020Q4.
    """
    people, before = (predicted(results, quarter, scenario) for quarter in (CENSUS, FITTED_UNTIL))
    own_sizes = own_sizes_of(results, before)
    seed = int(results.meta["seed"])
    counted = census()
    rows = []
    for level in LEVELS:
        places = places_of(level)
        actual = counted[list(places)].to_numpy(float)
        model = forecast_members(people, places, seed, own_sizes)
        rows.append(_scored(MODEL, level, people[list(places)].mean().to_numpy(), model, actual))
        for name in forecasts.FORECASTS:
            point, spread = forecasts.forecast(name, places), forecasts.ensemble(name, places)
            rows.append(_scored(name, level, point, spread, actual))
    order = {name: number for number, name in enumerate([MODEL, *forecasts.FORECASTS])}
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.sort_values("forecast", key=lambda names: names.map(order), kind="stable")
    low, high = scores.interval(forecast_members(people, tuple(people.columns), seed, own_sizes))
    return Backtest(table.reset_index(drop=True), _places(people, before, counted, low, high))


def _scored(
    name: str, level: str, point: np.ndarray, spread: np.ndarray, actual: np.ndarray
) -> tuple[str | int | float, ...]:
    return (
        name,
        level,
        len(actual),
        scores.wape_percent(point, actual),
        scores.expected_wape_percent(point, spread),
        scores.mape_percent(point, actual),
        scores.bias_percent(point, actual),
        float(scores.crps(spread, actual).mean()),
        scores.coverage(spread, actual),
        scores.width_percent(spread, actual),
    )


def _places(
    people: pd.DataFrame, before: pd.DataFrame, counted: pd.Series, low: np.ndarray, high: np.ndarray
) -> pd.DataFrame:
    names = tuple(people.columns)
    published = forecasts.known_in_2016().loc[forecasts.LAST_FIT_YEAR, list(names)].to_numpy(float)
    actual = counted[list(names)].to_numpy(float)
    model, model_2016 = people.mean().to_numpy(), before[list(names)].mean().to_numpy()
    return pd.DataFrame(
        {
            "area": names,
            "level": [_level(name) for name in names],
            "census": actual,
            "model": model,
            "low": low,
            "high": high,
            "error_percent": 100 * (model / actual - 1),
            "within": (low <= actual) & (actual <= high),
            "published_2016": published,
            "model_2016": model_2016,
            "error_2016_percent": 100 * (model_2016 / published - 1),
            "census_change_percent": 100 * (actual / published - 1),
            "model_change_percent": 100 * (model / model_2016 - 1),
        }
    )


def _level(name: str) -> str:
    if name == CITY:
        return "city"
    return "district" if name in places_of("district") else "area"


def likelihood_2016(results: Results, scenario: str = SCENARIO) -> pd.Series:
    """Return the log density of the districts published for 2016 under each replication's city.

    What a fit to 2016 would weigh the replications by; see `calibration.measurement.log_likelihood`.
    """
    people = predicted(results, FITTED_UNTIL, scenario)
    districts = members()[CITY]
    published = forecasts.known_in_2016().loc[forecasts.LAST_FIT_YEAR, list(districts)].to_numpy(float)
    values = [
        measurement.log_likelihood(row, published, districts, forecasts.LAST_FIT_YEAR)
        for row in people[list(districts)].to_numpy(float)
    ]
    return pd.Series(values, index=people.index, name="log_likelihood_2016")


def worst_missed(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the districts by how many people the forecast was off, the worst first."""
    districts = table[table.level == "district"]
    off = districts.assign(missed=(districts.model - districts.census)).sort_values(
        "missed", key=np.abs, ascending=False
    )
    return [{"area": row.area, "missed": row.missed} for row in off.itertuples(index=False)]
