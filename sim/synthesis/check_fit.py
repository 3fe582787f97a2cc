"""Check the tables that the base-year city is fitted to."""

import numpy as np

from sim.codes import Education, Hukou, OrganisationKind, Sex
from sim.data.tables import load_table
from sim.synthesis.base import BaseCity
from sim.synthesis.campuses import full_time_students
from sim.synthesis.check_rows import EXACT, MEAN_SIZE, PER_MILLE, PERCENT, People, Rows, with_city
from sim.synthesis.margins import (
    BAND_START,
    BANDS,
    EDUCATION,
    INDUSTRIES,
    MARITAL,
    SEXES,
    SIZES,
    TENURES,
    published_industry,
)

SMALL_INDUSTRY = 100.0
"""Industries with fewer residents than this are shown, not judged: ten persons of the long form."""
SMALL_SIZE = 1000.0
"""Sizes with fewer households than this are shown, not judged: ten persons and more are ten here, and those
left over make other households larger."""


def ages(people: People) -> Rows:
    """Check residents by age and sex."""
    rows = Rows("age by sex", people.sample, EXACT, in_fit=True)
    table = load_table("census_age_sex")
    ages = table[table["indicator"] == "population"].set_index(["area_id", "sex", "age_group"])["value"]
    band = np.searchsorted(BAND_START, people.age, side="right") - 1
    for sex in Sex:
        counts = with_city(people.count(people.sex == sex, band, len(BANDS)))
        for i, area in enumerate(people.areas):
            for b, name in enumerate(BANDS):
                published = ages[(area, SEXES[sex], name)]
                rows.add(area, f"{SEXES[sex]} {name}", published, counts[i, b])
    return rows


def schooling(people: People) -> Rows:
    """Check schooling of residents of six and more by sex."""
    rows = Rows("education 6+", people.sample, PERCENT, in_fit=True)
    for sex in Sex:
        mask = (people.age >= 6) & (people.sex == sex)
        levels = with_city(people.count(mask, people.education, len(EDUCATION)))
        for i, area in enumerate(people.areas):
            for k, level in enumerate(EDUCATION):
                published = people.census.loc[area, f"education_6plus_{level}_{SEXES[sex]}"]
                rows.add(area, f"{SEXES[sex]} {level}", published, levels[i, k])
    return rows


def illiterate(people: People) -> Rows:
    """Check residents of fifteen and more without schooling against those who cannot read."""
    rows = Rows("illiterate of 15+, against no schooling", people.sample, PERCENT, in_fit=True)
    mask = (people.age >= 15) & (people.education == Education.NONE)
    counts = with_city(people.count(mask, np.zeros_like(people.education), 1))
    for i, area in enumerate(people.areas):
        rows.add(area, "all", people.census.loc[area, "illiterate_15plus"], counts[i, 0])
    return rows


def marital(people: People) -> Rows:
    """Check marital state: shares of the long form times residents of fifteen and more."""
    rows = Rows("marital state 15+ (long form)", people.sample, PERCENT, in_fit=True)
    form = people.long_form
    for sex in Sex:
        mask = (people.age >= 15) & (people.sex == sex)
        states = with_city(people.count(mask, people.marital, len(MARITAL)))
        for i, area in enumerate(people.areas[:-1]):
            total = form.loc[area, f"age_15plus_total_{SEXES[sex]}"]
            for k, state in enumerate(MARITAL):
                share = form.loc[area, f"age_15plus_{state}_{SEXES[sex]}"] / total
                rows.add(area, f"{SEXES[sex]} {state}", share * states[i].sum(), states[i, k])
    return rows


def non_local(people: People) -> Rows:
    """Check non-local residents."""
    rows = Rows("non-local residents", people.sample, EXACT, in_fit=True)
    counts = with_city(people.count(people.hukou == Hukou.NON_LOCAL, np.zeros_like(people.hukou), 1))
    for i, area in enumerate(people.areas):
        rows.add(area, "all", people.census.loc[area, "non_local_population"], counts[i, 0])
    return rows


def industry(people: People) -> Rows:
    """Check industries of employed residents; the city is the sum of its districts, each expanded."""
    rows = Rows("industry of employed residents (long form)", people.sample, PERCENT, in_fit=True)
    published = published_industry().loc[people.areas[:-1]].to_numpy()
    published = with_city(published)
    counts = with_city(people.count(people.sector >= 0, people.sector, len(INDUSTRIES)))
    for i, area in enumerate(people.areas):
        for k, name in enumerate(INDUSTRIES):
            rows.add(area, name, published[i, k], counts[i, k], judged=published[i, k] >= SMALL_INDUSTRY)
    return rows


def households(people: People) -> Rows:
    """Check family households: number, persons, one-person households, mean size."""
    rows = Rows("family households", people.sample, PER_MILLE, in_fit=True)
    single = Rows("one-person households", people.sample, PERCENT, in_fit=True)
    mean = Rows("persons a family household", people.sample, MEAN_SIZE, in_fit=True, absolute=True)
    size = np.minimum(people.n_persons, 2) - 1
    homes = with_city(people.count_homes(size, 2))
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


def sizes(people: People) -> Rows:
    """Check family households by size where sizes are published."""
    rows = Rows("family households by size", people.sample, PERCENT, in_fit=True)
    counts = with_city(people.count_homes(np.minimum(people.n_persons, SIZES) - 1, SIZES))
    table = load_table("census_housing")
    table = table[table["indicator"] == "family_households_by_size"]
    published = table.pivot_table(index="area_id", columns="category", values="value")
    names = [*(str(size) for size in range(1, SIZES)), f"{SIZES}+"]
    for i, area in enumerate(people.areas):
        if area in published.index and published.loc[area, names].notna().all():
            for k, name in enumerate(names):
                number = published.loc[area, name]
                rows.add(area, name, number, counts[i, k], judged=number >= SMALL_SIZE)
    return rows


def generations(people: People) -> Rows:
    """Check generations under one roof, counted from who lives there."""
    rows = Rows("generations in a household", people.sample, EXACT, in_fit=True)
    counts = with_city(people.count_homes(people.generations, 4))
    for i, area in enumerate(people.areas):
        row = people.census.loc[area]
        more = row["family_households_3_generations"] + row["family_households_4plus_generations"]
        rows.add(area, "one", row["family_households_1_generation"], counts[i, 1])
        rows.add(area, "two", row["family_households_2_generations"], counts[i, 2])
        rows.add(area, "three and more", more, counts[i, 3])
    return rows


def tenure(people: People) -> Rows:
    """Check tenure: shares of the long form times family households."""
    rows = Rows("tenure (long form)", people.sample, PERCENT, in_fit=True)
    counts = with_city(people.count_homes(people.tenure, len(TENURES)))
    form = people.long_form[[f"housing_tenure_{t}" for t in TENURES]]
    for i, area in enumerate(people.areas[:-1]):
        share = form.loc[area].to_numpy() / form.loc[area].sum()
        for k, name in enumerate(TENURES):
            rows.add(area, name, share[k] * people.census.loc[area, "family_households"], counts[i, k])
    return rows


def floor_area(people: People, base: BaseCity) -> Rows:
    """Check floor area a person of family households."""
    rows = Rows("floor area a person, m2", people.sample, PERCENT, in_fit=True)
    zone = np.asarray(base.households["zone"])[people.family]
    area = base.dwellings["floor_area_m2"][zone, people.dwelling_class[people.family]]
    district = people.home_district[people.family]
    total = with_city(np.bincount(district, weights=area, minlength=16)[:, None])[:, 0]
    persons = np.bincount(district, weights=people.n_persons[people.family], minlength=16)[:, None]
    for i, mean in enumerate(total / with_city(persons)[:, 0]):
        rows.add(
            people.areas[i],
            "family households",
            people.census.loc[people.areas[i], "floor_area_per_person"],
            mean,
        )
    return rows


def beds(people: People, base: BaseCity) -> Rows:
    """Check hospital beds in place."""
    rows = Rows("hospital beds", 1.0, PERCENT, in_fit=True)
    table = load_table("hospitals")
    beds = table[(table["year"] == 2010) & (table["indicator"] == "beds_actual")].set_index("area_id")[
        "value"
    ]
    hospitals = base.organisations[base.organisations["kind"] == OrganisationKind.HOSPITAL]
    for i, area in enumerate(people.areas[:-1]):
        rows.add(area, "in place", beds[area], float(hospitals.loc[hospitals["district"] == i, "beds"].sum()))
    return rows


def students(people: People, base: BaseCity) -> Rows:
    """Check full-time students of campuses."""
    rows = Rows("students of campuses", 1.0, PERCENT, in_fit=True)
    rows.add(people.areas[-1], "full time", full_time_students(), float(base.organisations["students"].sum()))
    return rows
