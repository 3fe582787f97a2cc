"""Hold the base-year city against the census: every margin, in the fit or kept out of it.

Kept out means that no district has a number fitted to the table. Two numbers for the whole city were chosen
with the table of the aged in view (`sim.synthesis.tilts` says which); the other tables kept out were chosen
for the check after the city was made, and nothing was set by them.
"""

import numpy as np
import pandas as pd

from sim.city.network import travel_minutes
from sim.city.zones import load_zones
from sim.codes import DwellingClass, HouseholdKind, Hukou, OrganisationKind, Sex, Tenure
from sim.data.tables import load_table
from sim.synthesis.base import BaseCity
from sim.synthesis.campuses import full_time_students
from sim.synthesis.generations import count_generations
from sim.synthesis.margins import (
    BAND_START,
    BANDS,
    EDUCATION,
    INDUSTRIES,
    MARITAL,
    SEXES,
    TENURES,
    by_area,
    published_industry,
)

COLUMNS = "table area category published synthetic error error_percent tolerance in_fit status".split()
EXACT, PER_MILLE, PERCENT, KEPT_OUT = 0.0, 0.1, 1.0, 5.0
"""Tolerances in percent at 1:1."""
MEAN_SIZE = 0.02
"""Tolerance of the mean household size, in persons."""
SMALL = 2000.0
"""Published counts of kept-out tables below this are shown, not judged: one household in twenty is chance."""
SMALL_INDUSTRY = 100.0
"""Industries with fewer residents than this are shown, not judged: ten persons of the long form."""


class _Rows:
    """Collect the rows of one table of the check.

    Parameters
    ----------
    table
        Name shown.
    sample
        Share of households held: below one, tolerances widen by three standard errors.
    tolerance
        In percent, or in the unit of the row where `absolute`.
    in_fit
        Whether the synthesis fits this table by district.
    """

    def __init__(
        self, table: str, sample: float, tolerance: float, *, in_fit: bool, absolute: bool = False
    ) -> None:
        self.table, self.sample, self.tolerance = table, sample, tolerance
        self.in_fit, self.absolute = in_fit, absolute
        self.rows: list[dict[str, object]] = []

    def add(
        self, area: str, category: str, published: float, synthetic: float, *, judged: bool = True
    ) -> None:
        """Add one row."""
        error = synthetic - published
        percent = 100.0 * error / published if published else float("nan")
        size = abs(error) if self.absolute else abs(percent)
        limit = self.tolerance
        if self.sample < 1.0:
            limit += 0.1 if self.absolute else 300.0 / np.sqrt(max(published * self.sample, 1.0))
        status = "ok" if size <= limit + 1e-9 else "off"
        if not judged or not published:
            status = "not judged"
        self._append(area, category, published, synthetic, percent, status)

    def show(self, area: str, category: str, expected: float, synthetic: float) -> None:
        """Add a row of what is modelled; `expected` is NaN where nothing is published or aimed at."""
        percent = 100.0 * (synthetic - expected) / expected if expected else float("nan")
        self._append(area, category, expected, synthetic, percent, "modelled")

    def _append(
        self, area: str, category: str, published: float, synthetic: float, percent: float, status: str
    ) -> None:
        tolerance = float("nan") if status == "modelled" else self.tolerance
        values = (
            self.table, area, category, published, synthetic, synthetic - published, percent, tolerance,
            self.in_fit, status,
        )  # fmt: skip
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))


def check_base(base: BaseCity) -> pd.DataFrame:
    """Return one row a margin: table, area, category, published, synthetic, error, tolerance, in_fit, status.

    `status` is ok, off, not judged (small counts, or nothing published) or modelled (jobs by workplace,
    commutes, floor areas: no table says). `in_fit` False marks tables no district is fitted to. In
    a sample counts are scaled up and tolerances widened by three standard errors.
    """
    people = _People(base)
    rows: list[dict[str, object]] = []
    for table in (_ages, _schooling, _marital, _non_local, _industry, _households, _generations, _tenure):
        rows += table(people).rows
    for table in (_aged, _jobs, _commute, _village_commute):
        rows += table(people).rows
    for part in (_floor_area, _rent, _beds, _students, _establishments):
        rows += part(people, base).rows
    return pd.DataFrame(rows, columns=COLUMNS)


class _People:
    """Hold the columns the check reads, once, with district and age."""

    def __init__(self, base: BaseCity) -> None:
        self.sample = base.sample
        zones = load_zones()
        self.areas = [*zones.districts.ids, "beijing"]
        self.census, self.long_form = by_area("census_districts"), by_area("census_long_form")
        self.zone = np.asarray(base.households["zone"])
        self.home_district = zones.district[self.zone].astype(np.int64)
        household = np.asarray(base.residents["household_id"])
        self.household = household
        self.district = self.home_district[household]
        self.age = -np.asarray(base.residents["birth_quarter"]).astype(np.int64) // 4
        people, homes = base.residents, base.households
        self.sex, self.hukou = np.asarray(people["sex"]), np.asarray(people["hukou"])
        self.education, self.marital = np.asarray(people["education"]), np.asarray(people["marital"])
        self.sector, self.work_zone = np.asarray(people["sector"]), np.asarray(people["work_zone"])
        self.kind, self.tenure = np.asarray(homes["kind"]), np.asarray(homes["tenure"])
        self.n_persons = np.asarray(homes["n_persons"])
        self.dwelling_class = np.asarray(homes["dwelling_class"])
        self.family = self.kind == HouseholdKind.FAMILY
        self.generations = count_generations(base)
        self.aged = np.bincount(household, weights=self.age >= 65, minlength=len(self.kind)).astype(np.int64)

    def count(self, mask: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
        """Return residents by district and code, scaled up: (16, n)."""
        cell = self.district[mask] * n + code[mask]
        return np.bincount(cell, minlength=16 * n).reshape(16, n) / self.sample

    def count_homes(self, code: np.ndarray, n: int) -> np.ndarray:
        """Return family households by district and code, scaled up: (16, n)."""
        cell = self.home_district[self.family] * n + code[self.family]
        return np.bincount(cell, minlength=16 * n).reshape(16, n) / self.sample

    def commutes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return minutes to work, zone of home and class of dwelling of those at work."""
        at_work = self.work_zone >= 0
        household = self.household[at_work]
        home = self.zone[household]
        minutes = np.asarray(travel_minutes(2010))[home, self.work_zone[at_work]]
        return minutes, home, self.dwelling_class[household]


def _with_city(values: np.ndarray) -> np.ndarray:
    return np.vstack([values, values.sum(axis=0, keepdims=True)])


def _ages(people: _People) -> _Rows:
    """Check residents by age and sex."""
    rows = _Rows("age by sex", people.sample, EXACT, in_fit=True)
    table = load_table("census_age_sex")
    ages = table[table["indicator"] == "population"].set_index(["area_id", "sex", "age_group"])["value"]
    band = np.searchsorted(BAND_START, people.age, side="right") - 1
    for sex in Sex:
        counts = _with_city(people.count(people.sex == sex, band, len(BANDS)))
        for i, area in enumerate(people.areas):
            for b, name in enumerate(BANDS):
                published = ages[(area, SEXES[sex], name)]
                rows.add(area, f"{SEXES[sex]} {name}", published, counts[i, b])
    return rows


def _schooling(people: _People) -> _Rows:
    """Check schooling of residents of six and more by sex."""
    rows = _Rows("education 6+", people.sample, PERCENT, in_fit=True)
    for sex in Sex:
        mask = (people.age >= 6) & (people.sex == sex)
        levels = _with_city(people.count(mask, people.education, len(EDUCATION)))
        for i, area in enumerate(people.areas):
            for k, level in enumerate(EDUCATION):
                published = people.census.loc[area, f"education_6plus_{level}_{SEXES[sex]}"]
                rows.add(area, f"{SEXES[sex]} {level}", published, levels[i, k])
    return rows


def _marital(people: _People) -> _Rows:
    """Check marital state: shares of the long form times residents of fifteen and more."""
    rows = _Rows("marital state 15+ (long form)", people.sample, PERCENT, in_fit=True)
    form = people.long_form
    for sex in Sex:
        mask = (people.age >= 15) & (people.sex == sex)
        states = _with_city(people.count(mask, people.marital, len(MARITAL)))
        for i, area in enumerate(people.areas[:-1]):
            total = form.loc[area, f"age_15plus_total_{SEXES[sex]}"]
            for k, state in enumerate(MARITAL):
                share = form.loc[area, f"age_15plus_{state}_{SEXES[sex]}"] / total
                rows.add(area, f"{SEXES[sex]} {state}", share * states[i].sum(), states[i, k])
    return rows


def _non_local(people: _People) -> _Rows:
    """Check non-local residents."""
    rows = _Rows("non-local residents", people.sample, EXACT, in_fit=True)
    counts = _with_city(people.count(people.hukou == Hukou.NON_LOCAL, np.zeros_like(people.hukou), 1))
    for i, area in enumerate(people.areas):
        rows.add(area, "all", people.census.loc[area, "non_local_population"], counts[i, 0])
    return rows


def _industry(people: _People) -> _Rows:
    """Check industries of employed residents; the city is the sum of its districts, each expanded."""
    rows = _Rows("industry of employed residents (long form)", people.sample, PERCENT, in_fit=True)
    published = published_industry().loc[people.areas[:-1]].to_numpy()
    published = _with_city(published)
    counts = _with_city(people.count(people.sector >= 0, people.sector, len(INDUSTRIES)))
    for i, area in enumerate(people.areas):
        for k, name in enumerate(INDUSTRIES):
            rows.add(area, name, published[i, k], counts[i, k], judged=published[i, k] >= SMALL_INDUSTRY)
    return rows


def _households(people: _People) -> _Rows:
    """Check family households: number, persons, one-person households, mean size."""
    rows = _Rows("family households", people.sample, PER_MILLE, in_fit=True)
    single = _Rows("one-person households", people.sample, PERCENT, in_fit=True)
    mean = _Rows("persons a family household", people.sample, MEAN_SIZE, in_fit=True, absolute=True)
    size = np.minimum(people.n_persons, 2) - 1
    homes = _with_city(people.count_homes(size, 2))
    inside = people.family
    persons = np.bincount(people.home_district[inside], weights=people.n_persons[inside], minlength=16)
    persons = np.append(persons, persons.sum()) / people.sample
    for i, area in enumerate(people.areas):
        row = people.census.loc[area]
        rows.add(area, "number", row["family_households"], homes[i].sum())
        rows.add(area, "persons", row["family_household_population"], persons[i])
        single.add(area, "number", row["family_households_1_person"], homes[i, 0])
        published = row["family_household_population"] / row["family_households"]
        mean.add(area, "mean", published, persons[i] / homes[i].sum())
    rows.rows += single.rows + mean.rows
    return rows


def _tenure(people: _People) -> _Rows:
    """Check tenure: shares of the long form times family households."""
    rows = _Rows("tenure (long form)", people.sample, PERCENT, in_fit=True)
    counts = _with_city(people.count_homes(people.tenure, len(TENURES)))
    form = people.long_form[[f"housing_tenure_{t}" for t in TENURES]]
    for i, area in enumerate(people.areas[:-1]):
        share = form.loc[area].to_numpy() / form.loc[area].sum()
        for k, name in enumerate(TENURES):
            rows.add(area, name, share[k] * people.census.loc[area, "family_households"], counts[i, k])
    return rows


def _generations(people: _People) -> _Rows:
    """Check generations under one roof, counted from who lives there."""
    rows = _Rows("generations in a household", people.sample, EXACT, in_fit=True)
    counts = _with_city(people.count_homes(people.generations, 4))
    for i, area in enumerate(people.areas):
        row = people.census.loc[area]
        more = row["family_households_3_generations"] + row["family_households_4plus_generations"]
        rows.add(area, "one", row["family_households_1_generation"], counts[i, 1])
        rows.add(area, "two", row["family_households_2_generations"], counts[i, 2])
        rows.add(area, "three and more", more, counts[i, 3])
    return rows


def _aged(people: _People) -> _Rows:
    """Check households with residents of 65 and more, which no district is fitted to."""
    rows = _Rows("households with residents of 65+", people.sample, KEPT_OUT, in_fit=False)
    counts = _with_city(people.count_homes(np.minimum(people.aged, 3), 4))
    for i, area in enumerate(people.areas):
        row = people.census.loc[area]
        rows.add(area, "any", row["households_with_65plus"], counts[i, 1:].sum())
        for k, name in enumerate(("one", "two", "three"), start=1):
            published = row[f"households_with_{name}_65plus"]
            rows.add(area, name, published, counts[i, k], judged=published >= SMALL)
    return rows


def _jobs(people: _People) -> _Rows:
    """Show filled jobs by workplace: modelled, no table of 2010-2018 gives them."""
    rows = _Rows("filled jobs by workplace", people.sample, np.nan, in_fit=False)
    at_work = people.work_zone >= 0
    place = load_zones().district[people.work_zone[at_work]].astype(np.int64)
    for i, jobs in enumerate(np.bincount(place, minlength=16) / people.sample):
        rows.show(people.areas[i], "all industries", np.nan, jobs)
    for s, jobs in enumerate(np.bincount(people.sector[at_work], minlength=20) / people.sample):
        rows.show("beijing", INDUSTRIES[s], np.nan, jobs)
    return rows


def _commute(people: _People) -> _Rows:
    """Show commutes of the city six, dormitories apart, against phone data of 2020-2022."""
    rows = _Rows("commute, dormitories apart", people.sample, np.nan, in_fit=False)
    minutes, home, dwelling = people.commutes()
    chosen = (load_zones().district[home] < 6) & (dwelling != DwellingClass.WORKER_DORM)
    rows.show("city_six", "mean minutes", 47.0, float(minutes[chosen].mean()))
    within = float(100.0 * (minutes[chosen] <= 45).mean())
    rows.show("city_six", "percent within 45 minutes", 54.0, within)
    return rows


def _village_commute(people: _People) -> _Rows:
    """Show commutes of village renters against a survey of fifty villages (2010)."""
    rows = _Rows("commute, village renters", people.sample, np.nan, in_fit=False)
    minutes, _, dwelling = people.commutes()
    rows.show(
        "beijing", "mean minutes", 20.0, float(minutes[dwelling == DwellingClass.VILLAGE_RENTAL].mean())
    )
    return rows


def _floor_area(people: _People, base: BaseCity) -> _Rows:
    """Check floor area a person of family households."""
    rows = _Rows("floor area a person, m2", people.sample, PERCENT, in_fit=True)
    zone = np.asarray(base.households["zone"])[people.family]
    area = base.dwellings["floor_area_m2"][zone, people.dwelling_class[people.family]]
    district = people.home_district[people.family]
    total = _with_city(np.bincount(district, weights=area, minlength=16)[:, None])[:, 0]
    persons = np.bincount(district, weights=people.n_persons[people.family], minlength=16)[:, None]
    for i, mean in enumerate(total / _with_city(persons)[:, 0]):
        rows.add(
            people.areas[i],
            "family households",
            people.census.loc[people.areas[i], "floor_area_per_person"],
            mean,
        )
    return rows


def _rent(people: _People, base: BaseCity) -> _Rows:
    """Show the mean rent of a formal home against agencies' means of 2009 and 2013, interpolated."""
    rows = _Rows("rent of a formal home", people.sample, np.nan, in_fit=False)
    chosen = (people.dwelling_class == DwellingClass.MARKET_RENTAL) & (people.tenure == Tenure.RENTER)
    rows.show("beijing", "mean CNY a month", 2950.0, float(base.households["rent_cny_month"][chosen].mean()))
    return rows


def _beds(people: _People, base: BaseCity) -> _Rows:
    """Check hospital beds in place."""
    rows = _Rows("hospital beds", 1.0, PERCENT, in_fit=True)
    table = load_table("hospitals")
    beds = table[(table["year"] == 2010) & (table["indicator"] == "beds_actual")].set_index("area_id")[
        "value"
    ]
    hospitals = base.organisations[base.organisations["kind"] == OrganisationKind.HOSPITAL]
    for i, area in enumerate(people.areas[:-1]):
        rows.add(area, "in place", beds[area], float(hospitals.loc[hospitals["district"] == i, "beds"].sum()))
    return rows


def _students(people: _People, base: BaseCity) -> _Rows:
    """Check full-time students of campuses."""
    rows = _Rows("students of campuses", 1.0, PERCENT, in_fit=True)
    rows.add(people.areas[-1], "full time", full_time_students(), float(base.organisations["students"].sum()))
    return rows


def _establishments(people: _People, base: BaseCity) -> _Rows:
    """Show establishments against those of 2008 and 2013, interpolated."""
    rows = _Rows("establishments", 1.0, np.nan, in_fit=False)
    rows.show(people.areas[-1], "all", 1.07e6, float(len(base.businesses["zone"])))
    return rows
