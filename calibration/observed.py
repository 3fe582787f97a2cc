"""Hold the published series as data, each value tagged: fitted to, given as an input, or held out.

``fit`` is published about years up to 2016 in the series as published. ``input`` is the state the model
starts from or is told. ``held_out`` is everything later, the revised series and the census of 2020: no fit
and no prior may look at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from calibration.measurement import BASE_YEAR, CENSUS_SD, relative_sd
from sim.calendar import format_quarter, parse_quarter
from sim.data.tables import load_table
from sim.errors import InputError
from sim.units import to_base

if TYPE_CHECKING:
    import pandas as pd

Tag = Literal["fit", "input", "held_out"]
TAGS: tuple[Tag, ...] = ("fit", "input", "held_out")
LAST_FIT_YEAR = 2016

ERROR_MODEL = {
    "census": "0.5 % of a count (assumed; surveys after the censuses found net under-counts below 1 %)",
    "as_published": (
        "a yearly survey carried on from the census of 2010: the error walks at random away from it, by "
        "district and hukou, centred on zero (assumed; its sign and size are not taken from the census of "
        "2020); see calibration.measurement"
    ),
    "revised": "0.5 %: carried back from the census of 2020 (assumed)",
    "rates": "5 % of births, 8 % of deaths: survey rates per mille, partly recalled (assumed)",
    "event": "40 % of the people a single measure is said to have affected: not all lost a home (assumed)",
    "survey": "2 % of an age group's count; 10 % of a commute time (assumed)",
    "rents": "3 % of a mean rent of agencies: which homes are let differs from year to year (assumed)",
}
"""What is believed of the error of each series; ``error_sd`` holds it as a relative standard deviation."""

_CENSUS_SD = CENSUS_SD
_SURVEY_SD = 0.02
_COMMUTE_SD = 0.10
_EVENT_SD = 0.4
_RENT_SD = 0.03
_LET_HOME_M2 = 62.0
"""Floor area of the let homes behind agencies' mean rents, m2; not published, so only growth is compared."""

_OTHER_AGENCY = "2013-07"
"""Period of a second figure of the same year."""

_AROUND_2010 = ("2009-01..07", "2013-01..03")
_MIDDLE_OF_EARLY, _MIDDLE_OF_LATE, _LINE_SD = 2009.29, 2013.12, 0.08
"""Middles of the periods before and after the end of 2010, and the error of what lies on the line between
them (the two figures are of different agencies; assumed)."""

_MIDDLE = "Q2"
"""Quarter that stands for a year's mean."""

_AGES = {
    "0-14": "residents_age_0_14",
    "15-59": "residents_age_15_59",
    "15-64": "residents_age_15_64",
    "60+": "residents_age_60_plus",
    "65+": "residents_age_65_plus",
}
_RATES = {"birth_rate": ("births", 0.05), "death_rate": ("deaths", 0.08)}
_POPULATION = {
    "resident_population_10k": "residents",
    "non_local_population_10k": "residents_non_local",
    "hukou_population_10k": "hukou_population",
}
_COMMUTE = {"mean_commute_time": "commute_minutes", "commutes_within_45_min": "commutes_within_45_min"}


class Observation(NamedTuple):
    """Hold one published value in base units.

    ``period`` is ``end`` for a state at the end of the quarter, ``year`` for the sum of the year that ends
    with it.
    """

    area: str
    quarter: str
    indicator: str
    value: float
    unit: str
    series: str
    period: str
    tag: Tag
    error_sd: float
    source: str


def observed(tag: Tag | None = "fit") -> pd.DataFrame:
    """Return the published values of one tag, or all when the tag is None.

    Returns
    -------
    One row per value: area, quarter, indicator, value (persons, minutes or shares), unit, series, period,
    tag, error_sd (relative), source.

    Raises
    ------
    InputError
        When the tag is not known.
    """
    if tag is not None and tag not in TAGS:
        raise InputError(f"there is no tag '{tag}'", mend=f"use {', '.join(TAGS)}")
    table = _all()
    return (table if tag is None else table[table.tag == tag]).reset_index(drop=True).copy()


@cache
def _all() -> pd.DataFrame:
    import pandas as pd

    rows = [
        *_populations(),
        *_spots(),
        *_vital(),
        *_net_migration(),
        *_ages(),
        *_households(),
        *_commutes(),
        *_events(),
        *_rents(),
    ]
    table = pd.DataFrame(rows, columns=list(Observation._fields))
    order = table.quarter.map(parse_year_end)
    return (
        table.assign(order=order).sort_values(["indicator", "series", "order", "area"]).drop(columns="order")
    )


def parse_year_end(quarter: str) -> int:
    """Return the index of a quarter, the base included."""
    return parse_quarter(quarter, allow_base=True)


def tag_of(year: int, series: str) -> Tag:
    """Return what a value may be used for, by the year it is about and its series."""
    if year <= BASE_YEAR:
        return "input"
    return "fit" if series == "as_published" and year <= LAST_FIT_YEAR else "held_out"


def error_sd(year: int, series: str, area: str) -> float:
    """Return the relative standard deviation of a published population."""
    if series != "as_published":
        return _CENSUS_SD
    return max(_CENSUS_SD, relative_sd(area, year))


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table with the columns as attributes."""
    yield from table.itertuples(index=False)


def _year_end(year: int) -> str:
    return format_quarter(parse_quarter(f"{year}Q4", allow_base=True))


def _populations() -> Iterator[Observation]:
    """Yield residents, non-locals, hukou holders and residents with hukou of the table of populations."""
    table = load_table("population")
    census = load_table("census_districts")
    census = census[census.indicator == "non_local_population"]
    census_non_local = dict(zip(census.area_id, census.value, strict=True))
    for row in _rows(table[table.year >= BASE_YEAR]):
        if row.series == "as_published" and row.year == BASE_YEAR:
            continue
        sd = error_sd(row.year, row.series, row.district_id)
        values = {name: getattr(row, column) * 1e4 for column, name in _POPULATION.items()}
        if row.year == BASE_YEAR:
            values["residents_non_local"] = census_non_local[row.district_id]
        values["residents_local"] = values["residents"] - values["residents_non_local"]
        for name, value in values.items():
            if not isnan(value):
                yield Observation(
                    row.district_id,
                    _year_end(row.year),
                    name,
                    value,
                    "persons",
                    row.series,
                    "end",
                    tag_of(row.year, row.series),
                    sd,
                    f"population: {row.source}",
                )


def _spots() -> Iterator[Observation]:
    """Yield the single values by district or functional area that the table of populations has not."""
    names = {"non_local_population": "residents_non_local", "hukou_population": "hukou_population"}
    table = load_table("population_spots")
    spots = [
        (
            x.area_id,
            int(x.year),
            names[x.indicator],
            to_base(x.value, x.unit),
            f"population_spots: {x.source}",
        )
        for x in _rows(table[table.indicator.isin(list(names)) & table.year.notna()])
    ]
    villages = load_table("villages")
    spots += [  # told in April 2014 beside the residents of the end of 2013
        (x.area_id, 2013, "residents_non_local", x.non_local_persons, x.source)
        for x in _rows(villages[villages.name_zh == "昌平区"])
    ]
    known = {(row.area, row.quarter, row.indicator) for row in _populations()}
    for area_id, year, name, value, source in spots:
        area = {"expansion_zone": "inner"}.get(area_id, area_id)
        found = (area, _year_end(year), name)
        if found not in known:
            sd, tag = error_sd(year, "as_published", area), tag_of(year, "as_published")
            yield Observation(*found, value, "persons", "as_published", "end", tag, sd, source)


def _vital() -> Iterator[Observation]:
    """Yield births and deaths of a year: the published rate times the mean of the published populations."""
    table = load_table("demographics")
    populations = load_table("population")
    city = populations[(populations.district_id == "beijing") & (populations.series == "as_published")]
    size = dict(zip(city.year, city.resident_population_10k * 1e4, strict=True))
    for row in table[table.indicator.isin(list(_RATES)) & (table.area_id == "beijing")].itertuples(
        index=False
    ):
        if row.year not in size or row.year - 1 not in size:
            continue
        name, sd = _RATES[row.indicator]
        value = to_base(row.value, row.unit) * (size[row.year] + size[row.year - 1]) / 2
        yield Observation(
            "beijing",
            _year_end(row.year),
            name,
            value,
            "persons",
            "as_published",
            "year",
            tag_of(row.year, "as_published"),
            sd,
            f"demographics: {row.source}",
        )


def _net_migration() -> Iterator[Observation]:
    """Yield net migration of a year as it follows from the populations and the natural increase."""
    series = {
        "implied_net_migration_as_published": "as_published",
        "implied_net_migration_revised": "revised",
    }
    table = load_table("demographics")
    for row in _rows(table[table.indicator.isin(list(series))]):
        yield Observation(
            row.area_id,
            _year_end(row.year),
            "net_migration",
            to_base(row.value, row.unit),
            "persons",
            series[row.indicator],
            "year",
            tag_of(row.year, series[row.indicator]),
            0.3,
            f"demographics: {row.source}",
        )


def _ages() -> Iterator[Observation]:
    """Yield people by broad age group: the census of 2010 and the yearly surveys."""
    table = load_table("demographics")
    for row in _rows(table[table.indicator == "population_by_age"]):
        series = "census" if row.year == BASE_YEAR else "as_published"
        yield Observation(
            row.area_id,
            _year_end(row.year),
            _AGES[row.age_group],
            to_base(row.value, row.unit),
            "persons",
            series,
            "end",
            tag_of(row.year, series),
            _SURVEY_SD,
            f"demographics: {row.source}",
        )


def _households() -> Iterator[Observation]:
    """Yield persons a family household of the census, by district."""
    from sim.data.tables import CITY, DISTRICTS

    table = load_table("census_districts")
    kept = table[(table.indicator == "family_household_size") & table.area_id.isin([CITY, *DISTRICTS])]
    for row in _rows(kept):
        yield Observation(
            row.area_id,
            _year_end(row.year),
            "household_size",
            row.value,
            "persons per household",
            "census",
            "end",
            "input",
            _CENSUS_SD,
            f"census_districts: {row.source}",
        )


def _commutes() -> Iterator[Observation]:
    """Yield commutes: surveyed after 2016, an input because the base year's jobs are placed to fit them."""
    table = load_table("migration_commute")
    for row in _rows(table[table.indicator.isin(list(_COMMUTE))]):
        value = row.value / 100 if row.unit == "percent" else row.value
        unit = "share" if row.unit == "percent" else "minutes"
        yield Observation(
            row.area_id,
            _year_end(row.year),
            _COMMUTE[row.indicator],
            value,
            unit,
            "survey",
            "end",
            "input",
            _COMMUTE_SD,
            f"migration_commute: {row.source}",
        )


def _events() -> Iterator[Observation]:
    """Yield what single measures up to 2016 are known to have done to people.

    Dongcheng counted the residents whom its relocation of 2015 affected. The other two events that are known
    have no row: Dahongmen's merchants who left Beijing stand in the prior of ``stall_loss_follow``, and
    Shuangquanpu's residents are no order of their own in the model but part of Haidian's population.
    """
    table = load_table("achievements")
    affected = (table.task == "residents_affected_by_relocation") & (table.plan_or_actual == "actual")
    for row in _rows(table[affected & (table.year <= LAST_FIT_YEAR)]):
        yield Observation(
            row.area_id,
            _year_end(row.year),
            "displaced_home",
            to_base(row.value, row.unit),
            "persons",
            "as_published",
            "year",
            tag_of(row.year, "as_published"),
            _EVENT_SD,
            f"achievements: {row.source}",
        )


def _rents() -> Iterator[Observation]:
    """Yield mean rents of the homes that agencies let in the city, a m2, from 2010 on.

    A period is a month or a run of months, which fall in one quarter, or a year, for which its middle stands.
    No figure is of the end of 2010: it is read off the line through the logarithms of 2009 and of early 2013.
    """
    table = load_table("housing_rents_renewal")
    kept = (table.area_id == "beijing") & (table.indicator == "rent_mean")
    rows = [
        row for row in _rows(table[kept & (table.unit == "yuan/home/month")]) if row.period != _OTHER_AGENCY
    ]
    found = {row.period: row for row in rows}
    early, late = (found[period] for period in _AROUND_2010)
    weight = (BASE_YEAR + 1 - _MIDDLE_OF_EARLY) / (_MIDDLE_OF_LATE - _MIDDLE_OF_EARLY)
    value = early.value ** (1 - weight) * late.value**weight
    yield _rent(_year_end(BASE_YEAR), value, _LINE_SD, f"{early.source}; {late.source}")
    for row in rows:
        if row.year > BASE_YEAR:
            month = row.period[5:7]
            quarter = f"{row.year}Q{(int(month) + 2) // 3}" if month else f"{row.year}{_MIDDLE}"
            yield _rent(quarter, row.value, _RENT_SD, row.source)


def _rent(quarter: str, value: float, sd: float, source: str) -> Observation:
    late = int(quarter[:4]) > LAST_FIT_YEAR
    return Observation(
        "beijing",
        quarter,
        "rent_flats",
        value / _LET_HOME_M2,
        "CNY/m2/month",
        "as_published",
        "end",
        "held_out" if late else "fit",
        sd,
        f"housing_rents_renewal: {source}",
    )
