"""Hold the base-year city against the census: every margin, published and synthetic, in the fit or kept out of it."""

import numpy as np
import pandas as pd

from sim.city.network import travel_minutes
from sim.city.zones import load_zones
from sim.codes import DwellingClass, HouseholdKind, Hukou, OrganisationKind, Sector, Sex, Tenure
from sim.data.tables import load_table
from sim.synthesis.base import BaseCity
from sim.synthesis.generations import count_generations
from sim.synthesis.margins import BAND_START, BANDS, EDUCATION, INDUSTRIES, MARITAL, SEXES, TENURES, by_area

COLUMNS = (
    "table", "area", "category", "published", "synthetic", "error", "error_percent", "tolerance", "in_fit", "status"
)  # fmt: skip
EXACT, PER_MILLE, PERCENT, KEPT_OUT = 0.0, 0.1, 1.0, 5.0
"""Tolerances in percent at 1:1."""
SMALL = 2000.0
"""Published counts below this are shown but not judged at 5 %: chance alone moves them by more."""


class _Rows:
    """Collect rows of the check."""

    def __init__(self, sample: float) -> None:
        self.rows: list[dict[str, object]] = []
        self.sample = sample

    def add(
        self, table: str, area: str, category: str, published: float, synthetic: float, tolerance: float, in_fit: bool,
        *, absolute: bool = False, judged: bool = True,
    ) -> None:  # fmt: skip
        """Add one row; `absolute` tolerances are in the row's unit, the others in percent."""
        error = synthetic - published
        percent = 100.0 * error / published if published else float("nan")
        size = abs(error) if absolute else abs(percent)
        limit = tolerance
        if self.sample < 1.0 and not absolute:
            # A sample of n persons may be off by about three standard errors; one of households likewise.
            limit = tolerance + 300.0 / np.sqrt(max(published * self.sample, 1.0))
        elif self.sample < 1.0:
            limit = tolerance + 0.1
        status = "not judged" if not judged or not published else ("ok" if size <= limit + 1e-9 else "off")
        self.rows.append(
            dict(zip(COLUMNS, (table, area, category, published, synthetic, error, percent, tolerance, in_fit, status),
                     strict=True))  # fmt: skip
        )

    def modelled(self, table: str, area: str, category: str, published: float, synthetic: float) -> None:
        """Add a row that says what is modelled; published is NaN where nothing is."""
        error = synthetic - published
        percent = 100.0 * error / published if published else float("nan")
        self.rows.append(
            dict(zip(COLUMNS, (table, area, category, published, synthetic, error, percent, float("nan"), False,
                               "modelled"), strict=True))  # fmt: skip
        )


def check_base(base: BaseCity) -> pd.DataFrame:
    """Return one row a margin: table, area, category, published, synthetic, error, tolerance, in_fit, status.

    `status` is ok, off, not judged (small counts, or nothing published) or modelled (jobs by workplace, commutes,
    floor areas: no table says). `in_fit` False marks tables the synthesis never saw by district. In a sample counts are
    scaled up and tolerances widened by three standard errors.
    """
    rows = _Rows(base.sample)
    people = _People(base)
    _persons(rows, people)
    _households(rows, people)
    _kept_out(rows, people)
    _modelled(rows, people, base)
    return pd.DataFrame(rows.rows, columns=list(COLUMNS))


class _People:
    """Hold the columns the check reads, once, with district and age."""

    def __init__(self, base: BaseCity) -> None:
        self.scale = 1.0 / base.sample
        zones = load_zones()
        self.districts = list(zones.districts.ids)
        self.home_district = zones.district[np.asarray(base.households["zone"])].astype(np.int64)
        household = np.asarray(base.residents["household_id"])
        self.household = household
        self.district = self.home_district[household]
        self.age = -np.asarray(base.residents["birth_quarter"]).astype(np.int64) // 4
        for name in ("sex", "hukou", "education", "marital", "sector", "work_zone"):
            setattr(self, name, np.asarray(base.residents[name]))
        for name in ("kind", "tenure", "n_persons", "dwelling_class"):
            setattr(self, name, np.asarray(base.households[name]))
        self.family = self.kind == HouseholdKind.FAMILY
        self.generations = count_generations(base)
        self.aged = np.bincount(household, weights=self.age >= 65, minlength=len(self.kind)).astype(np.int64)

    def count(self, mask: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
        """Return residents by district and code, scaled up: (16, n)."""
        cell = self.district[mask] * n + code[mask]
        return self.scale * np.bincount(cell, minlength=16 * n).reshape(16, n)

    def count_homes(self, mask: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
        """Return family households by district and code, scaled up: (16, n)."""
        mask = mask & self.family
        cell = self.home_district[mask] * n + code[mask]
        return self.scale * np.bincount(cell, minlength=16 * n).reshape(16, n)


def _with_city(values: np.ndarray) -> np.ndarray:
    return np.vstack([values, values.sum(axis=0, keepdims=True)])


def _persons(rows: _Rows, people: _People) -> None:
    """Check residents: age by sex, hukou, schooling, marital state, industry."""
    areas = [*people.districts, "beijing"]
    census = by_area("census_districts")
    form = by_area("census_long_form")
    table = load_table("census_age_sex")
    ages = table[table["indicator"] == "population"].set_index(["area_id", "sex", "age_group"])["value"]
    band = np.searchsorted(BAND_START, people.age, side="right") - 1
    for sex in Sex:
        counts = _with_city(people.count(people.sex == sex, band, len(BANDS)))
        for i, area in enumerate(areas):
            for b, name in enumerate(BANDS):
                rows.add("age by sex", area, f"{SEXES[sex]} {name}", ages[(area, SEXES[sex], name)], counts[i, b], EXACT, True)
        schooled = people.age >= 6
        levels = _with_city(people.count(schooled & (people.sex == sex), people.education, 6))
        for i, area in enumerate(areas):
            for k, level in enumerate(EDUCATION):
                published = census.loc[area, f"education_6plus_{level}_{SEXES[sex]}"]
                rows.add("education 6+", area, f"{SEXES[sex]} {level}", published, levels[i, k], PERCENT, True)
        states = _with_city(people.count((people.age >= 15) & (people.sex == sex), people.marital, 4))
        adults = states.sum(axis=1)
        for i, area in enumerate(areas):
            for k, state in enumerate(MARITAL):
                share = form.loc[area, f"age_15plus_{state}_{SEXES[sex]}"] / form.loc[area, f"age_15plus_total_{SEXES[sex]}"]
                rows.add("marital state 15+ (long form)", area, f"{SEXES[sex]} {state}", share * adults[i], states[i, k],
                         PERCENT, True)  # fmt: skip
    outside = _with_city(people.count(people.hukou == Hukou.NON_LOCAL, np.zeros_like(people.hukou), 1))
    for i, area in enumerate(areas):
        rows.add("non-local residents", area, "all", census.loc[area, "non_local_population"], outside[i, 0], EXACT, True)
    industry = by_area("employed_residents")
    counts = _with_city(people.count(people.sector >= 0, people.sector, 20))
    for i, area in enumerate(areas):
        for k, name in enumerate(INDUSTRIES):
            published = float(np.nan_to_num(industry.loc[area].get(f"ind_{name}", 0.0)))
            rows.add("industry of employed residents (long form)", area, name, published, counts[i, k], PERCENT, True,
                     judged=published >= 100)  # fmt: skip


def _households(rows: _Rows, people: _People) -> None:
    """Check family households: number, persons, size, one-person, tenure."""
    areas = [*people.districts, "beijing"]
    census = by_area("census_districts")
    form = by_area("census_long_form")
    everyone = np.ones(len(people.kind), dtype=bool)
    homes = _with_city(people.count_homes(everyone, np.zeros(len(everyone), np.int64), 1))[:, 0]
    persons = people.scale * np.bincount(
        people.home_district[people.family], weights=people.n_persons[people.family], minlength=16
    )
    persons = np.append(persons, persons.sum())
    single = _with_city(people.count_homes(people.n_persons == 1, np.zeros(len(everyone), np.int64), 1))[:, 0]
    tenure = _with_city(people.count_homes(everyone, people.tenure, 4))
    for i, area in enumerate(areas):
        row = census.loc[area]
        rows.add("family households", area, "number", row["family_households"], homes[i], PER_MILLE, True)
        rows.add("family households", area, "persons", row["family_household_population"], persons[i], PER_MILLE, True)
        mean = row["family_household_population"] / row["family_households"]
        rows.add("family households", area, "mean size", mean, persons[i] / homes[i], 0.02, True, absolute=True)
        rows.add("family households", area, "one person", row["family_households_1_person"], single[i], PERCENT, True)
        total = sum(form.loc[area, f"housing_tenure_{t}"] for t in TENURES)
        for k, name in enumerate(TENURES):
            published = form.loc[area, f"housing_tenure_{name}"] / total * row["family_households"]
            rows.add("tenure (long form)", area, name, published, tenure[i, k], PERCENT, True)


def _kept_out(rows: _Rows, people: _People) -> None:
    """Check what no district's fit saw: generations under one roof, households with aged people, sizes by district."""
    areas = [*people.districts, "beijing"]
    census = by_area("census_districts")
    everyone = np.ones(len(people.kind), dtype=bool)
    generations = _with_city(people.count_homes(everyone, np.clip(people.generations, 0, 4), 5))
    aged = _with_city(people.count_homes(everyone, np.minimum(people.aged, 3), 4))
    for i, area in enumerate(areas):
        row = census.loc[area]
        names = ["family_households_1_generation", "family_households_2_generations", "family_households_3_generations"]
        for k, name in enumerate(names, start=1):
            published = row[name] + (row["family_households_4plus_generations"] if k == 3 else 0.0)
            synthetic = generations[i, k] + (generations[i, 4] if k == 3 else 0.0)
            label = "three and more" if k == 3 else ("one", "two")[k - 1]
            rows.add("generations in a household", area, label, published, synthetic, KEPT_OUT, False)
        rows.add("households with residents of 65+", area, "any", row["households_with_65plus"], aged[i, 1:].sum(),
                 KEPT_OUT, False)  # fmt: skip
        for k, name in ((1, "one"), (2, "two"), (3, "three")):
            published = row[f"households_with_{name}_65plus"]
            rows.add("households with residents of 65+", area, name if k < 3 else "three and more", published, aged[i, k],
                     KEPT_OUT, False, judged=published >= SMALL)  # fmt: skip


def _modelled(rows: _Rows, people: _People, base: BaseCity) -> None:
    """Show what is modelled: jobs by workplace, commutes, floor area a person, rents, beds, students."""
    zones = load_zones()
    at_work = people.work_zone >= 0
    place = zones.district[people.work_zone[at_work]].astype(np.int64)
    jobs = people.scale * np.bincount(place, minlength=16)
    for i, area in enumerate(people.districts):
        rows.modelled("filled jobs by workplace", area, "all sectors", float("nan"), jobs[i])
    by_sector = people.scale * np.bincount(people.sector[at_work], minlength=20)
    for s in Sector:
        rows.modelled("filled jobs by workplace", "beijing", INDUSTRIES[s], float("nan"), by_sector[s])
    minutes = np.asarray(travel_minutes(2010))
    home = np.asarray(base.households["zone"])[people.household[at_work]]
    spent = minutes[home, people.work_zone[at_work]]
    dwelling = people.dwelling_class[people.household[at_work]]
    six = zones.district[home] < 6
    away = dwelling != DwellingClass.WORKER_DORM
    rows.modelled("commute, dormitories apart", "city_six", "mean minutes", 47.0, float(spent[six & away].mean()))
    rows.modelled("commute, dormitories apart", "city_six", "percent within 45 minutes", 54.0,
                  float(100.0 * (spent[six & away] <= 45).mean()))  # fmt: skip
    village = dwelling == DwellingClass.VILLAGE_RENTAL
    rows.modelled("commute", "beijing", "village renters, mean minutes", 20.0, float(spent[village].mean()))
    census = by_area("census_districts")
    occupied = np.zeros((len(zones), len(DwellingClass)))
    family_home = np.asarray(base.households["zone"])[people.family]
    np.add.at(occupied, (family_home, people.dwelling_class[people.family]), people.scale)
    area_m2 = (occupied * base.dwellings["floor_area_m2"]).sum(axis=1)
    persons = people.scale * np.bincount(family_home, weights=people.n_persons[people.family], minlength=len(zones))
    for i, area in enumerate(people.districts):
        inside = zones.district == i
        rows.add("floor area a person, m2", area, "family households", census.loc[area, "floor_area_per_person"],
                 area_m2[inside].sum() / persons[inside].sum(), 2.0, True)  # fmt: skip
    rows.add("floor area a person, m2", "beijing", "family households", census.loc["beijing", "floor_area_per_person"],
             area_m2.sum() / persons.sum(), 2.0, True)  # fmt: skip
    rent = np.asarray(base.households["rent_cny_month"])
    market = (people.dwelling_class == DwellingClass.MARKET_RENTAL) & (people.tenure == Tenure.RENTER)
    rows.modelled("rent of a formal home", "beijing", "mean CNY a month", 2950.0, float(rent[market].mean()))
    organisations = base.organisations
    hospital = organisations["kind"] == OrganisationKind.HOSPITAL
    table = load_table("hospitals")
    beds = table[(table["year"] == 2010) & (table["indicator"] == "beds_actual")].set_index("area_id")["value"]
    for i, area in enumerate(people.districts):
        synthetic = float(organisations.loc[hospital & (organisations["district"] == i), "beds"].sum())
        rows.add("hospital beds", area, "in place", beds[area], synthetic, PERCENT, True)
    education = load_table("education")
    education = education[(education["area_id"] == "beijing") & (education["year"] == 2010)].set_index("indicator")["value"]
    students = 1e4 * float(education["university_undergraduates"] + education["postgraduates"])
    rows.add("students of campuses", "beijing", "full time", students, float(organisations["students"].sum()), PERCENT, True)
    rows.modelled("establishments", "beijing", "with self-employed households", 1.07e6, float(len(base.businesses["zone"])))
