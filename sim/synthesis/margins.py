"""Read the published margins of 1 November 2010 by census area, as whole numbers that agree with each other.

A census area is a district, or one of the four that made up the core before July 2010: eighteen in all.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from sim.data.tables import load_table
from sim.synthesis.rounding import round_to_total

AREAS = (
    "old_dongcheng old_chongwen old_xicheng old_xuanwu chaoyang fengtai shijingshan haidian mentougou "
    "fangshan tongzhou shunyi changping daxing huairou pinggu miyun yanqing"
).split()
DISTRICT_OF_AREA = np.array([0, 0, 1, 1, *range(2, 16)])
COUNTIES = ("miyun", "yanqing")
"""Counties until 2015, not districts: the census of 2010 totals the fourteen districts without them."""
BANDS = (
    "0 1-4 5-9 10-14 15-19 20-24 25-29 30-34 35-39 40-44 45-49 50-54 55-59 60-64 65-69 70-74 75-79 80-84 85+"
).split()
BAND_START = np.array([0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 101])
N_AGES = 101
SEXES = ("male", "female")
EDUCATION = "none primary junior_secondary senior_secondary junior_college bachelor_plus".split()
MARITAL = "never_married married divorced widowed".split()
INDUSTRIES = (
    "agriculture mining manufacturing utilities construction transport_storage_post information_software "
    "wholesale_retail hotel_catering finance real_estate leasing_business_services scientific_technical "
    "water_environment_public_facilities resident_services education health_social culture_sport "
    "public_admin international_organisations"
).split()
STATUS = [*INDUSTRIES, "student", "retired", "unemployed", "inactive"]
"""Columns of the activity table: twenty industries of the employed, then four states of those not at work."""
NOT_WORKING = {
    "student": ["student"],
    "retired": ["retired"],
    "unemployed": ["after_graduation", "lost_job_unit", "lost_job_own", "land_taken"],
    "inactive": ["disabled", "housework", "other"],
}
TENURES = "bought self_built rented other".split()
SIZES = 10


@dataclass(frozen=True)
class Margins:
    """Hold what the census publishes by census area (first axis: the eighteen `AREAS`).

    Attributes
    ----------
    ages : (18, 2, 101) i8
        Residents by sex and single year (100 = 100 and more); five-year bands exact, years inside a band
        smoothed.
    non_local : (18,) i8
    education : (18, 2, 6) i8
        Residents of 6 and more by sex and level.
    marital : (18, 2, 4) i8
        Residents of 15 and more by sex and state (long form, expanded).
    status : (18, 24) i8
        Residents of 16 and more by industry or reason for not working (long form, expanded).
    households, family_population, one_person, collective : (18,) i8
    tenure : (18, 4) i8
        Family households that bought, built, rent, hold otherwise (long form, expanded).
    sizes : (18, 10) i8
        Family households of 1 to 9 and of 10 and more persons.
    generations : (18, 3) i8
        Family households of one, two, three and more generations.
    tables
        The district tables themselves, by indicator, for shares.
    """

    ages: np.ndarray
    non_local: np.ndarray
    education: np.ndarray
    marital: np.ndarray
    status: np.ndarray
    households: np.ndarray
    family_population: np.ndarray
    one_person: np.ndarray
    collective: np.ndarray
    tenure: np.ndarray
    sizes: np.ndarray
    generations: np.ndarray
    tables: pd.DataFrame
    long_form: pd.DataFrame


def by_area(name: str) -> pd.DataFrame:
    """Return a long table of one value a row as areas x indicators."""
    table = load_table(name)
    return table.pivot_table(index="area_id", columns="indicator", values="value", sort=False)


def load_margins() -> Margins:
    """Return the margins of all census areas."""
    census = by_area("census_districts")
    long_form = by_area("census_long_form")
    ages = _single_years(census)
    education = np.stack(
        [
            census.loc[AREAS, [f"education_6plus_{level}_{sex}" for level in EDUCATION]].to_numpy()
            for sex in SEXES
        ],
        axis=1,
    ).astype(np.int64)
    households = _whole(census, "family_households")
    family = _whole(census, "family_household_population")
    one_person = _whole(census, "family_households_1_person")
    population = _whole(census, "population")
    tenure = np.stack(
        [
            round_to_total(
                long_form.loc[a, [f"housing_tenure_{t}" for t in TENURES]].to_numpy(), households[i]
            )
            for i, a in enumerate(AREAS)
        ]
    )
    return Margins(
        ages=ages,
        non_local=_whole(census, "non_local_population"),
        education=education,
        marital=_marital(long_form, ages),
        status=_status(long_form, ages),
        households=households,
        family_population=family,
        one_person=one_person,
        collective=population - family,
        tenure=tenure,
        sizes=household_sizes(households, family, one_person),
        generations=_generations(census, households),
        tables=census,
        long_form=long_form,
    )


def _whole(table: pd.DataFrame, indicator: str) -> np.ndarray:
    return np.rint(table.loc[AREAS, indicator].to_numpy(dtype=np.float64)).astype(np.int64)


def _single_years(census: pd.DataFrame) -> np.ndarray:
    """Spread five-year bands over single years by a monotone cubic of the cumulated counts.

    The count aged five is known: those under six are the residents without an entry in the education table.
    """
    table = load_table("census_age_sex")
    table = table[table["indicator"] == "population"]
    bands = table.pivot_table(index=["area_id", "sex"], columns="age_group", values="value")
    ages = np.zeros((len(AREAS), 2, N_AGES), dtype=np.int64)
    levels = {sex: [f"education_6plus_{level}_{sex}" for level in EDUCATION] for sex in SEXES}
    for i, area in enumerate(AREAS):
        for s, sex in enumerate(SEXES):
            counts = bands.loc[(area, sex), BANDS].to_numpy()
            cumulated = PchipInterpolator(BAND_START, np.concatenate([[0.0], counts.cumsum()]))
            years = np.diff(cumulated(np.arange(N_AGES + 1)))
            years[85:] = 0.83 ** np.arange(N_AGES - 85)
            for b in range(len(BANDS)):
                span = slice(BAND_START[b], BAND_START[b + 1])
                ages[i, s, span] = round_to_total(years[span], int(counts[b]))
            under_six = int(counts.sum() - census.loc[area, levels[sex]].sum())
            five = min(max(under_six - int(counts[:2].sum()), 0), int(counts[2]))
            ages[i, s, 5] = five
            ages[i, s, 6:10] = round_to_total(years[6:10], int(counts[2]) - five)
    return ages


def _marital(long_form: pd.DataFrame, ages: np.ndarray) -> np.ndarray:
    marital = np.zeros((len(AREAS), 2, 4), dtype=np.int64)
    for i, area in enumerate(AREAS):
        for s, sex in enumerate(SEXES):
            sample = long_form.loc[area, [f"age_15plus_{state}_{sex}" for state in MARITAL]].to_numpy()
            marital[i, s] = round_to_total(sample, int(ages[i, s, 15:].sum()))
    return marital


def published_industry() -> pd.DataFrame:
    """Return employed residents by district and industry, expanded to persons, as published."""
    table = by_area("employed_residents")
    return table[[f"ind_{name}" for name in INDUSTRIES]].fillna(0.0)


def _status(long_form: pd.DataFrame, ages: np.ndarray) -> np.ndarray:
    """Expand industries by the district's published factor; the others fill up those of 16+."""
    published = published_industry()
    status = np.zeros((len(AREAS), len(STATUS)), dtype=np.int64)
    districts = load_table("districts")["district_id"].tolist()
    names = [f"ind_{name}" for name in INDUSTRIES]
    sample = long_form.loc[AREAS, names].fillna(0.0).to_numpy()
    idle = np.column_stack(
        [
            long_form.loc[AREAS, [f"not_working_{r}" for r in reasons]].fillna(0.0).sum(axis=1).to_numpy()
            for reasons in NOT_WORKING.values()
        ]
    )
    for d, district in enumerate(districts):
        members = np.flatnonzero(d == DISTRICT_OF_AREA)
        for k, name in enumerate(names):
            total = round(float(published.loc[district, name]))
            status[members, k] = round_to_total(sample[members, k] + 1e-9, total)
    for i in range(len(AREAS)):
        rest = int(ages[i, :, 16:].sum() - status[i, :20].sum())
        status[i, 20:] = round_to_total(idle[i], rest)
    return status


def _generations(census: pd.DataFrame, households: np.ndarray) -> np.ndarray:
    """Return family households by generations; the one in 650 with four or more counts among three."""
    three = _whole(census, "family_households_3_generations")
    more = _whole(census, "family_households_4plus_generations")
    two = _whole(census, "family_households_2_generations")
    return np.stack([households - two - three - more, two, three + more], axis=1)


def household_sizes(households: np.ndarray, persons: np.ndarray, one_person: np.ndarray) -> np.ndarray:
    """Return households by size so that number, persons and one-person households are those of each area.

    Five areas have a table of their own, the two counties one together, the other eleven what these leave of
    the city. Inside a group each area's sizes are tilted (n_s proportional to q_s t^s, the exponential family
    of the mean) to its own mean, and add up to the group's.
    """
    sizes, bases = np.zeros((len(households), SIZES)), np.zeros((len(households), SIZES))
    groups = _known_sizes()
    for members, known in groups:
        bases[members] = known
    for _ in range(30):
        for i in range(len(households)):
            sizes[i] = _tilted(bases[i], households[i], persons[i], one_person[i])
        for members, known in groups:
            bases[members] *= known / np.maximum(sizes[members].sum(axis=0), 1e-9)
    return np.stack(
        [_exact_persons(sizes[i], households[i], persons[i], one_person[i]) for i in range(len(households))]
    )


def _known_sizes() -> list[tuple[list[int], np.ndarray]]:
    """Return groups of census areas whose households by size are published, and these.

    The census sets the fourteen districts apart from the counties, so the counties' sizes are what they leave
    of the city's.
    """
    table = load_table("household_size")
    table = table[table["indicator"] == "family_households_by_size"]
    known = table.pivot_table(index="area_id", columns="category", values="value")
    known = known[[str(s) for s in range(1, SIZES)] + ["10+"]]
    own = [area for area in AREAS if area in known.index]
    districts = known.loc["fourteen_districts"]
    others = [i for i, area in enumerate(AREAS) if area not in own and area not in COUNTIES]
    return [
        *(([AREAS.index(area)], known.loc[area].to_numpy()) for area in own),
        ([AREAS.index(area) for area in COUNTIES], (known.loc["beijing"] - districts).to_numpy()),
        (others, (districts - known.loc[own].sum()).to_numpy()),
    ]


def _tilted(base: np.ndarray, households: int, persons: int, one_person: int) -> np.ndarray:
    """Return counts by size proportional to base x t^size with the wanted total and mean."""
    size = np.arange(2, SIZES + 1)
    mean = (persons - one_person) / (households - one_person)
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        weight = base[1:] * np.exp(middle * (size - 3))
        if (weight * size).sum() / weight.sum() < mean:
            low = middle
        else:
            high = middle
    weight = base[1:] * np.exp(0.5 * (low + high) * (size - 3))
    return np.concatenate([[one_person], weight / weight.sum() * (households - one_person)])


def _exact_persons(sizes: np.ndarray, households: int, persons: int, one_person: int) -> np.ndarray:
    """Round counts by size with households and persons exact: single ones shift by a person."""
    whole = np.zeros(SIZES, dtype=np.int64)
    whole[0] = one_person
    whole[1:] = round_to_total(sizes[1:], int(households - one_person))
    miss = int(persons - (whole * np.arange(1, SIZES + 1)).sum())
    step = 1 if miss > 0 else -1
    for k in range(abs(miss)):
        small = 1 + k % 3
        source, target = (small, small + 1) if step > 0 else (small + 1, small)
        whole[source] -= 1
        whole[target] += 1
    return whole
