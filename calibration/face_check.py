"""Look at a run as a demographer would: beside the published series to 2016, and at what happens after.

    python -m calibration.face_check [--sample 0.01] [--rng 1] [--until 2035Q4] [--parameters point]

The status is 0 when everything is within its tolerance, 1 when something is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from calibration.commutes import surveyed_commutes
from calibration.observed import observed
from sim.calendar import BASE, FIRST, format_quarter, parse_quarter, year_of
from sim.data.tables import DISTRICTS
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

COMPARED_UNTIL = "2016Q4"
CITY = "beijing"
ALL_DISTRICTS = "districts"
_QUARTERS_A_YEAR = 4


@dataclass(frozen=True)
class Target:
    """Say what is compared: an indicator, where, in which years, within which share of what was published."""

    indicator: str
    areas: str
    years: tuple[int, ...]
    tolerance: float
    tag: str = "fit"


TARGETS = (
    Target("residents", CITY, (2011, 2012, 2013, 2014, 2015, 2016), 0.03),
    Target("residents", ALL_DISTRICTS, (2016,), 0.12),
    Target("births", CITY, (2011, 2012, 2013, 2014, 2015, 2016), 0.15),
    Target("deaths", CITY, (2011, 2012, 2013, 2014, 2015, 2016), 0.15),
    Target("residents_local", CITY, (2016,), 0.08),
    Target("residents_non_local", CITY, (2016,), 0.08),
    Target("residents_non_local", "inner", (2016,), 0.12),
    Target("residents_age_0_14", CITY, (2013, 2015, 2016), 0.10),
    Target("residents_age_15_64", CITY, (2015,), 0.05),
    Target("residents_age_60_plus", CITY, (2013, 2016), 0.10),
    Target("residents_age_65_plus", CITY, (2013, 2015), 0.10),
    Target("household_size", CITY, (2010,), 0.02, "input"),
    Target("household_size", ALL_DISTRICTS, (2010,), 0.03, "input"),
    Target("commute_minutes", CITY, (2020,), 0.15, "input"),
    Target("commute_minutes", "city_six", (2021,), 0.15, "input"),
    Target("commutes_within_45_min", "city_six", (2021,), 0.15, "input"),
)
"""What is compared with the published series; the tolerances of a face check, not of a fit."""

SURVEYED_LATER = frozenset({"commute_minutes", "commutes_within_45_min"})
"""Surveyed after 2016 and without dormitories: compared with the like of the last quarter of 2016."""

BOUNDS = {
    "household_size": (1.8, 3.2),
    "unemployment_rate": (0.005, 0.20),
    "vacancy_rate": (0.005, 0.40),
    "commute_minutes": (25.0, 75.0),
    "rent_burden": (0.05, 0.80),
    "non_local_share": (0.15, 0.65),
}
"""Values of the city outside which something has exploded, emptied or frozen, in any quarter."""

GROWTH = {
    ("residents", CITY): (0.70, 1.40),
    ("residents", ALL_DISTRICTS): (0.50, 2.50),
    ("informal_residents", CITY): (0.20, 3.00),
    ("businesses", CITY): (0.50, 2.50),
    ("jobs", CITY): (0.60, 1.80),
    ("dwelling_capacity", CITY): (0.80, 2.20),
    ("rent", CITY): (0.60, 8.00),
    ("income", CITY): (0.80, 8.00),
}
"""Factors between the last quarter of 2016 and the last quarter of the run."""

MOVING = ("births", "deaths", "in_migrants", "out_migrants", "moved_in")
"""Flows of the city that never stop, and outside the epidemic never double or halve within a year."""

YEARLY_CHANGE = (0.5, 2.0)
EPIDEMIC_YEARS = range(2020, 2025)
RENT_CHANGE = (0.80, 1.25)
POPULATED_ZONE = 20_000
ZONE_LEFT = 0.05


@dataclass(frozen=True)
class Finding:
    """Hold one line of the check: what the model has, what is expected, and whether it holds."""

    group: str
    area: str
    when: str
    indicator: str
    model: float
    expected: str
    gap_percent: float | None
    holds: bool


class Series:
    """Answer single values and yearly sums of a table of indicators."""

    def __init__(self, indicators: pd.DataFrame) -> None:
        wanted = indicators[indicators.level.isin(["district", "area", "city"])]
        keys = ["area", "indicator", "quarter"]
        self._values = wanted.drop_duplicates(keys).set_index(keys).value.to_dict()

    def at(self, indicator: str, area: str, quarter: str) -> float:
        """Return a value of one quarter, NaN where there is none."""
        return float(self._values.get((area, indicator, quarter), float("nan")))

    def year(self, indicator: str, area: str, year: int) -> float:
        """Return the sum of the four quarters of a year."""
        return sum(self.at(indicator, area, f"{year}Q{n}") for n in range(1, _QUARTERS_A_YEAR + 1))


def compare(indicators: pd.DataFrame, commutes: pd.DataFrame) -> list[Finding]:
    """Compare a run with the published series up to 2016.

    Parameters
    ----------
    indicators
        Tidy table of one run: quarter, level, area, indicator, value, unit.
    commutes
        The same columns for what was surveyed later, measured as the surveys do.
    """
    series, surveyed = Series(indicators), Series(commutes)
    published = {tag: observed(tag) for tag in ("fit", "input")}
    findings = []
    for target in TARGETS:
        table = published[target.tag]
        areas = DISTRICTS if target.areas == ALL_DISTRICTS else (target.areas,)
        quarters = [f"{year}Q4" for year in target.years]
        rows = table[
            (table.indicator == target.indicator) & table.area.isin(areas) & table.quarter.isin(quarters)
        ]
        own = surveyed if target.indicator in SURVEYED_LATER else series
        findings += [_compared(target, row, own) for row in rows.itertuples(index=False)]
    return findings


def _compared(target: Target, row: Any, series: Series) -> Finding:
    area, quarter, value = row.area, row.quarter, row.value
    when = COMPARED_UNTIL if target.indicator in SURVEYED_LATER else quarter
    if row.period == "year":
        model = series.year(target.indicator, area, int(quarter[:4]))
    else:
        model = series.at(target.indicator, area, when)
    gap = model / value - 1
    expected = f"{_number(value)} ± {target.tolerance:.0%}"
    return Finding(
        "published", area, quarter, target.indicator, model, expected, 100 * gap, abs(gap) <= target.tolerance
    )


def stability(indicators: pd.DataFrame) -> list[Finding]:
    """Check that nothing explodes, empties or freezes up to the last quarter of a run.

    Parameters
    ----------
    indicators
        Tidy table of one run that reaches beyond 2016, with zones.
    """
    last = max(parse_quarter(quarter, allow_base=True) for quarter in indicators.quarter.unique())
    series = Series(indicators)
    return [
        *_finite(indicators),
        *_within_bounds(series, last),
        *_growth(series, last),
        *_never_stops(series, last),
        *_rents_do_not_jump(series, last),
        *_zones_stay_lived_in(indicators, last),
    ]


def _finite(indicators: pd.DataFrame) -> Iterator[Finding]:
    """Yield whether every value of the city and the districts that is given is a number not below zero."""
    kept = indicators[indicators.level.isin(["city", "district"]) & (indicators.indicator != "net_migration")]
    below = kept[(kept.value < 0) | (kept.value == float("inf"))]
    for row in below.head(5).itertuples(index=False):
        yield Finding(
            "stability", row.area, row.quarter, row.indicator, row.value, "not below zero", None, False
        )
    if below.empty:
        yield Finding(
            "stability", "all", "always", "every indicator", 0.0, "finite, not below zero", None, True
        )


def _within_bounds(series: Series, last: int) -> Iterator[Finding]:
    for name, (low, high) in BOUNDS.items():
        values = {q: series.at(name, CITY, format_quarter(q)) for q in range(FIRST, last + 1)}
        worst = max(values, key=lambda q: max(low - values[q], values[q] - high))
        holds = all(low <= value <= high for value in values.values())
        yield Finding(
            "stability", CITY, format_quarter(worst), name, values[worst], f"{low:g} to {high:g}", None, holds
        )


def _growth(series: Series, last: int) -> Iterator[Finding]:
    for (name, areas), (low, high) in GROWTH.items():
        for area in DISTRICTS if areas == ALL_DISTRICTS else (areas,):
            ratio = series.at(name, area, format_quarter(last)) / series.at(name, area, COMPARED_UNTIL)
            expected = f"{low:g} to {high:g} times {COMPARED_UNTIL}"
            yield Finding(
                "stability", area, format_quarter(last), name, ratio, expected, None, low <= ratio <= high
            )


def _never_stops(series: Series, last: int) -> Iterator[Finding]:
    low, high = YEARLY_CHANGE
    for name in MOVING:
        worst, when, holds = 1.0, "", True
        for year in range(2012, year_of(last) + 1):
            if year in EPIDEMIC_YEARS:
                continue
            before, now = series.year(name, CITY, year - 1), series.year(name, CITY, year)
            ratio = now / before if before > 0 else 0.0
            if abs(ratio - 1) >= abs(worst - 1):
                worst, when = ratio, str(year)
            holds = holds and low <= ratio <= high
        yield Finding(
            "stability", CITY, when, name, worst, f"{low:g} to {high:g} times the year before", None, holds
        )


def _rents_do_not_jump(series: Series, last: int) -> Iterator[Finding]:
    low, high = RENT_CHANGE
    for area in DISTRICTS:
        rents = [
            series.at("rent_flats", area, format_quarter(q)) for q in range(0, last + 1, _QUARTERS_A_YEAR)
        ]
        changes = [now / before for before, now in pairwise(rents)]
        worst = max(range(len(changes)), key=lambda i: abs(changes[i] - 1))
        when = format_quarter(_QUARTERS_A_YEAR * (worst + 1))
        holds = all(low <= change <= high for change in changes)
        expected = f"{low:g} to {high:g} times a year before"
        yield Finding("stability", area, when, "rent_flats", changes[worst], expected, None, holds)


def _zones_stay_lived_in(indicators: pd.DataFrame, last: int) -> Iterator[Finding]:
    zones = indicators[(indicators.level == "zone") & (indicators.indicator == "residents")]
    base = zones[zones.quarter == BASE].set_index("area").value
    end = zones[zones.quarter == format_quarter(last)].set_index("area").value
    populated = base[base >= POPULATED_ZONE]
    left = (end.reindex(populated.index) / populated).fillna(0.0)
    emptied = left[left < ZONE_LEFT]
    expected = f"no zone of {POPULATED_ZONE:,} below {ZONE_LEFT:.0%} of {BASE}"
    where = ", ".join(emptied.index[:3]) if len(emptied) else "zones"
    lowest = float(left.min()) if len(left) else float("nan")
    yield Finding(
        "stability", where, format_quarter(last), "residents", lowest, expected, None, emptied.empty
    )


def run_check(sample: float, rng: int, until: str, parameters: str) -> list[Finding]:
    """Run the model without measures and return all findings."""
    if parse_quarter(until) < parse_quarter(COMPARED_UNTIL):
        raise InputError(
            f"the check needs a run to {COMPARED_UNTIL}", where="--until", mend="give a later quarter"
        )
    from sim.model import CityModel

    model = CityModel(scenario="no-measures", sample=sample, rng=rng, parameters=parameters)
    try:
        model.run(until=COMPARED_UNTIL)
        commutes = surveyed_commutes(model.city)
        model.run(until=until)
        indicators = model.indicators()
    finally:
        model.close()
    findings = compare(indicators, commutes)
    return findings if until == COMPARED_UNTIL else findings + stability(indicators)


def show(findings: Sequence[Finding]) -> None:
    """Print the findings as a table, what does not hold marked."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "area", "when", "indicator", "model", "expected", "gap %", title="Face check")
    for finding in findings:
        gap = "" if finding.gap_percent is None else f"{finding.gap_percent:+.1f}"
        mark = "ok" if finding.holds else "[bold red]OFF[/]"
        table.add_row(
            mark, finding.area, finding.when, finding.indicator, _number(finding.model), finding.expected, gap
        )
    console = Console()
    console.print(table)
    console.print("commutes: dormitories apart, as surveyed")
    off = sum(not finding.holds for finding in findings)
    console.print(f"{len(findings) - off} of {len(findings)} within tolerance")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check from the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m calibration.face_check", description=__doc__)
    parser.add_argument("--sample", type=float, default=0.01)
    parser.add_argument("--rng", type=int, default=1)
    parser.add_argument("--until", default="2035Q4")
    parser.add_argument("--parameters", default="point")
    options = parser.parse_args(arguments)
    try:
        findings = run_check(options.sample, options.rng, options.until, options.parameters)
    except InputError as error:
        parser.exit(error.exit_code, f"{error}\n")
    show(findings)
    return int(not all(finding.holds for finding in findings))


if __name__ == "__main__":
    raise SystemExit(main())
