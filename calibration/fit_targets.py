"""Choose what a fit looks at: published values up to 2016, their errors, and the model's counterparts.

Model and publication are compared as logarithms of their ratio, so an error is relative. What may differ has
three parts: the publication errs (`calibration.measurement` for people by district and hukou), the model is a
model (`Wanted.discrepancy`), and a run of a sample is noisy (counted by the emulator).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.measurement import (
    BASE_YEAR,
    LEAST_SD,
    cell_covariance,
    cell_shares,
    correlation_within,
)
from calibration.observed import LAST_FIT_YEAR, Observation, observed, tag_of
from sim.calendar import format_quarter, parse_quarter, year_of
from sim.city.zones import load_zones
from sim.data.tables import DISTRICTS
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenarios.results import Results

CITY = "beijing"
_EVERY_YEAR = (2011, 2012, 2013, 2014, 2015, 2016)


@dataclass(frozen=True)
class Wanted:
    """Say what is fitted: an indicator, where, in which years, how wrong the model may be about it.

    ``correlation`` is that of the publication's errors of two years (people's own follow their walk). With
    ``since`` the growth since that year is compared and not the level: what is published and what the model
    counts are then not of one definition.
    """

    indicator: str
    areas: tuple[str, ...]
    years: tuple[int, ...]
    discrepancy: float
    correlation: float = 0.5
    since: int | None = None


SWAPPED = 0.03
"""Share of a district's residents whom the model may have with the other hukou. Assumed; what fits missed of
non-locals of five areas up to 2016 is 4.6 % of the residents, the publication's error among it."""

WANTED = (
    Wanted("residents", (CITY,), _EVERY_YEAR, 0.005),
    Wanted("residents", DISTRICTS, _EVERY_YEAR, 0.025),
    Wanted("residents_non_local", (CITY,), _EVERY_YEAR, 0.015),
    Wanted("residents_non_local", ("inner",), (2016,), SWAPPED / 0.40),
    Wanted("residents_non_local", ("dongcheng",), (2015,), SWAPPED / 0.24),
    Wanted("residents_non_local", ("haidian",), (2015,), SWAPPED / 0.38),
    Wanted("residents_non_local", ("fangshan",), (2016,), SWAPPED / 0.21),
    Wanted("residents_non_local", ("changping",), (2013,), SWAPPED / 0.51),
    Wanted("births", (CITY,), _EVERY_YEAR, 0.03),
    Wanted("deaths", (CITY,), _EVERY_YEAR, 0.03),
    Wanted("residents_age_0_14", (CITY,), (2013, 2016), 0.02),
    Wanted("residents_age_60_plus", (CITY,), (2013, 2016), 0.02),
    Wanted("displaced_home", ("dongcheng",), (2015,), 0.2),
    Wanted("rent_flats", (CITY,), (2013, 2014, 2015, 2016), 0.04, since=2010),
)
"""What a fit is held against. Discrepancies are assumed: a model of five area groups cannot place districts
better than to some percent; halving and doubling them is a check worth making. Who lives in a district's
homes is less sure than how many do: the non-locals' error is `SWAPPED` over their share of 2010."""

_STARTS_AT_BASE = {item.indicator for item in WANTED if item.since == BASE_YEAR}
"""Indicators whose value of the base year is asked for, as what later ones grew from."""

_MODEL_CORRELATION = 0.8
"""Correlation of the model's own errors in two years of one series; assumed. Of people it walks away from the
census, from which the model starts exactly (`own_error.walked_to`): `Wanted.discrepancy` is then that of the
last year, and of two years the earlier part is common."""

_MODEL_SHARED = 0.5
"""Share of the variance of the model's own error of a district that those of its area group have in common:
it has five groups and places districts by them; assumed."""

_HUKOU_OF = {"residents": None, "residents_local": 0, "residents_non_local": 1}
_MEANT = {"end": "at the end of the quarter", "year": "summed over the year"}
_LEAST_SHARE = 1e-3
"""A run's value is not read as less than this share of the published one: a tiny sample may hold nobody."""


@dataclass(frozen=True)
class FitTargets:
    """Hold the published values that a fit is held against.

    Attributes
    ----------
    rows
        The observations, in order.
    wanted
        For each, what asked for it.
    starts
        For each, the observation since which it grew; None where its level is compared.
    """

    rows: tuple[Observation, ...]
    wanted: tuple[Wanted, ...]
    starts: tuple[Observation | None, ...]

    @property
    def labels(self) -> list[str]:
        """Return a name for each target: indicator, area, year."""
        return [f"{row.indicator} {row.area} {row.quarter[:4]}" for row in self.rows]

    @property
    def values(self) -> np.ndarray:
        """Return the published values, (n,)."""
        firsts = [1.0 if start is None else start.value for start in self.starts]
        return np.array([row.value for row in self.rows]) / firsts

    def covariance(self) -> np.ndarray:
        """Return the covariance of the publications' relative errors and of the model's, (n, n)."""
        n = len(self.rows)
        matrix = np.zeros((n, n))
        for i in range(n):
            for j in range(i + 1):
                matrix[i, j] = matrix[j, i] = self._of_pair(i, j) + self._of_model(i, j)
        return matrix

    def published_covariance(self, places: list[int]) -> np.ndarray:
        """Return the covariance of the relative errors of some of the publications, (n, n)."""
        return np.array([[self._of_pair(i, j) for j in places] for i in places])

    def published_variance(self, k: int, given: int) -> float:
        """Return the variance of what a publication errs by since the earlier publication `given`."""
        return self._of_pair(k, k) + self._of_pair(given, given) - 2.0 * self._of_pair(k, given)

    def _of_model(self, i: int, j: int) -> float:
        """Return the covariance of the model's own errors.

        A series it gets wrong it gets wrong for years, and a district partly with the others of its group.
        """
        one, other = self.rows[i], self.rows[j]
        if one.indicator != other.indicator:
            return 0.0
        if one.indicator in _HUKOU_OF:
            correlation = (min(_year(one), _year(other)) - BASE_YEAR) / (LAST_FIT_YEAR - BASE_YEAR)
        else:
            correlation = 1.0 if one.quarter == other.quarter else _MODEL_CORRELATION
        if one.area != other.area:
            if one.area not in DISTRICTS or other.area not in DISTRICTS:
                return 0.0
            correlation *= model_correlation()[DISTRICTS.index(one.area), DISTRICTS.index(other.area)]
        return correlation * self.wanted[i].discrepancy * self.wanted[j].discrepancy

    def _of_pair(self, i: int, j: int) -> float:
        """Return the covariance of the errors of two publications.

        People are counted in cells of district and hukou whose errors walk at random from the census on,
        partly alike in a region: at two dates they share the steps up to the earlier one.
        """
        one, other = self.rows[i], self.rows[j]
        if one.indicator in _HUKOU_OF and other.indicator in _HUKOU_OF:
            year = min(_year(one), _year(other))
            shares = [cell_shares(row.area, _HUKOU_OF[row.indicator]).ravel() for row in (one, other)]
            shared = float(shares[0] @ cell_covariance(year) @ shares[1])
            return shared + (LEAST_SD**2 if i == j else 0.0)
        if one.indicator != other.indicator or one.area != other.area:
            return 0.0
        correlation = 1.0 if i == j else self.wanted[i].correlation
        own = correlation * one.error_sd * other.error_sd
        start = self.starts[i]
        return own if start is None else own + start.error_sd**2

    def of_runs(self, results: Results, scenario: str) -> tuple[list[int], np.ndarray]:
        """Return the replications of a store and log model over published, (n_runs, n_targets)."""
        frame = results.indicators(
            scenario,
            indicator=sorted({row.indicator for row in self.rows}),
            level=["city", "area", "district"],
            area=sorted({row.area for row in self.rows}),
        )
        return self.of_frame(frame)

    def of_frame(self, frame: pd.DataFrame) -> tuple[list[int], np.ndarray]:
        """Return the replications of tidy indicators and log model over published, (n_runs, n_targets)."""
        keys = ["indicator", "area", "quarter"]
        wide = frame.drop_duplicates(["replication", *keys]).pivot_table(
            index="replication", columns=keys, values="value", observed=True
        )
        columns = [
            self._column(wide, row) / (1.0 if start is None else self._column(wide, start))
            for row, start in zip(self.rows, self.starts, strict=True)
        ]
        modelled = np.maximum(np.stack(columns, axis=1), _LEAST_SHARE * self.values)
        return [int(number) for number in wide.index], np.log(modelled / self.values)

    def _column(self, wide: pd.DataFrame, row: Observation) -> np.ndarray:
        quarters = [f"{_year(row)}Q{n}" for n in (1, 2, 3, 4)] if row.period == "year" else [row.quarter]
        parts = [wide[row.indicator, row.area, quarter] for quarter in quarters]
        return np.asarray(sum(parts), float)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return what is published, for a report and for the hash of the data."""
        return [
            {
                "indicator": row.indicator,
                "area": row.area,
                "year": _year(row),
                "published": float(value),
                "unit": row.unit if start is None else f"times {start.quarter}",
                "error_sd": float(row.error_sd),
                "discrepancy_sd": wanted.discrepancy,
                "source": row.source,
            }
            for row, wanted, start, value in zip(
                self.rows, self.wanted, self.starts, self.values, strict=True
            )
        ]


@cache
def model_correlation() -> np.ndarray:
    """Return the correlation of the model's own errors of the districts in one year, (16, 16).

    The error of a larger place is taken as one of its own, not as the sum of its districts'.
    """
    return correlation_within(load_zones().districts.area_group, _MODEL_SHARED)


def fit_targets(table: pd.DataFrame, until: str = "2016Q4", where: str = "the observed table") -> FitTargets:
    """Return what a fit is held against up to a quarter.

    Parameters
    ----------
    table
        Columns of `calibration.observed.Observation`, rows tagged ``fit`` only.
    until
        Last quarter of the fit's runs.
    where
        What to call the table where it is refused.

    Raises
    ------
    InputError
        When a row is held out or an input, or a year is missing.
    """
    refuse_held_out(table, where)
    rows, wanted, starts = [], [], []
    for item in WANTED:
        found = table[table.indicator == item.indicator]
        for area in item.areas:
            for year in item.years:
                if parse_quarter(f"{year}Q4") <= parse_quarter(until):
                    rows.append(_only_row(found, item.indicator, area, year, where))
                    wanted.append(item)
                    starts.append(
                        None
                        if item.since is None
                        else _only_row(found, item.indicator, area, item.since, where)
                    )
    if not rows:
        raise InputError(
            "nothing is published up to that quarter", where=until, mend="fit to 2011Q4 at least"
        )
    return FitTargets(tuple(rows), tuple(wanted), tuple(starts))


def refuse_held_out(table: pd.DataFrame, where: str) -> None:
    """Refuse a table in which a row must not enter a fit, whatever its tag says.

    Raises
    ------
    InputError
        When a row is about a year after 2016, is of a revised series or a census, or is not tagged ``fit``.
    """
    for row in table.itertuples(index=False):
        year = year_of(parse_quarter(row.quarter, allow_base=True))
        starts = year == BASE_YEAR and row.series == "as_published" and row.indicator in _STARTS_AT_BASE
        if row.tag != "fit" or not (starts or tag_of(year, row.series) == "fit"):
            raise InputError(
                f"{row.indicator} of {row.area} in {row.quarter} must not enter a fit",
                where=where,
                why=f"it is tagged '{row.tag}', of the series '{row.series}'; a fit sees what was published "
                f"about {BASE_YEAR + 1} to {LAST_FIT_YEAR} and nothing that came later",
                mend="leave it out",
            )


def read_observed(path: str) -> pd.DataFrame:
    """Return an observed table of the user's, a CSV file with the columns of `Observation`.

    Raises
    ------
    InputError
        When it cannot be read, lacks a column, holds what is no number or no quarter, or gives a series in
        another period or unit than the published one.
    """
    import pandas as pd

    form = f"give a CSV file in UTF-8 with the columns {', '.join(Observation._fields)}"
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", compression=None)
    except (OSError, ValueError) as error:
        raise InputError("the observed table cannot be read", where=path, why=str(error), mend=form) from None
    missing = [name for name in Observation._fields if name not in table.columns]
    if missing:
        raise InputError(
            f"the observed table has no column {', '.join(missing)}",
            where=path,
            mend=f"give the columns {', '.join(Observation._fields)}",
        )
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("value", "error_sd")}
    sound = np.isfinite(numbers["value"]) & np.isfinite(numbers["error_sd"]) & (numbers["error_sd"] > 0)
    if not sound.all():
        raise InputError(
            "a value is no number, or its error_sd is not above zero",
            where=f"{path}, row {int(np.argmin(sound)) + 1}",
            mend="give numbers",
        )
    _refuse_other_measure(table, path)
    return table.assign(
        value=table["value"].astype(float),
        error_sd=table["error_sd"].astype(float),
        quarter=[_quarter_of(text, f"{path}, row {row}") for row, text in enumerate(table["quarter"], 1)],
    )


def _quarter_of(text: object, where: str) -> str:
    """Return a quarter as `calibration.observed` writes it."""
    try:
        return format_quarter(parse_quarter(text if isinstance(text, str) else "", allow_base=True))
    except InputError as error:
        what = error.what if isinstance(text, str) else f"the quarter is {_cell(text)}"
        raise InputError(what, where=where, why=error.why, mend=error.mend) from None


def _refuse_other_measure(table: pd.DataFrame, path: str) -> None:
    """Refuse a row whose period or unit is not that of the published series, as which it would be read."""
    published = observed("fit").drop_duplicates("indicator").set_index("indicator")
    for row, given in enumerate(table.itertuples(index=False), 1):
        if given.indicator not in published.index:
            continue
        for name, meant in published.loc[given.indicator, ["period", "unit"]].items():
            if getattr(given, name) != meant:
                raise InputError(
                    f"the {name} of {given.indicator} is {_cell(getattr(given, name))}",
                    where=f"{path}, row {row}",
                    why=f"the {name} of what is published, and so of the model's counterpart, is '{meant}'",
                    mend=f"give the value {_MEANT.get(meant, f'in {meant}')} and write '{meant}'",
                )


def _cell(value: object) -> str:
    """Return what a cell of a table holds, in words."""
    return "empty" if isinstance(value, float) and np.isnan(value) else f"'{value}'"


def _only_row(found: pd.DataFrame, indicator: str, area: str, year: int, where: str) -> Observation:
    rows = found[(found.area == area) & found.quarter.str.startswith(str(year))]
    if len(rows) != 1:
        what = "no value" if rows.empty else f"{len(rows)} values"
        raise InputError(
            f"there is {what} of {indicator} of {area} in {year}",
            where=where,
            why="a year that is missing would give the years beside it more weight unseen",
            mend=f"give one row with a quarter of {year}, or leave the table out to take the published one",
        )
    if float(rows.value.iloc[0]) <= 0:
        raise InputError(
            f"{indicator} of {area} in {year} is not above zero", where=where, mend="give what was counted"
        )
    return Observation(*rows[list(Observation._fields)].itertuples(index=False, name=None).__next__())


def _year(row: Observation) -> int:
    return year_of(parse_quarter(row.quarter, allow_base=True))
