"""Make the residents of a census area with their published margins exact."""

from dataclasses import dataclass

import numpy as np

from sim.codes import Activity, Education, Hukou, Sex
from sim.data.tables import load_table
from sim.synthesis import seeds
from sim.synthesis.margins import AREAS, BAND_START, BANDS, DISTRICT_OF_AREA, N_AGES, Margins
from sim.synthesis.rounding import controlled_round, fit, fit_and_round, generator, round_to_total

SCHOOLING_ROUNDS = 4
"""Rounds in which the share of children without schooling is scaled to their number."""
FINE_START = np.array(
    [0, 1, 5, 6, 10, 15, 16, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, N_AGES]
)
"""First years of the age groups used inside: census bands, cut where school (6) and work (16) begin."""
N_FINE = len(FINE_START) - 1
FINE_OF_AGE = np.repeat(np.arange(N_FINE), np.diff(FINE_START))
STATUS_STUDENT, STATUS_RETIRED, STATUS_UNEMPLOYED, STATUS_INACTIVE = 20, 21, 22, 23
N_STATUS = 24
N_CITY_SIX = 6
"""The first six districts are the city six."""


@dataclass
class People:
    """Hold the residents of one census area; `status` is an industry 0-19 or 20-23, -1 under 16."""

    age: np.ndarray
    sex: np.ndarray
    hukou: np.ndarray
    education: np.ndarray
    status: np.ndarray
    marital: np.ndarray

    def __len__(self) -> int:
        return len(self.age)


def row_of_age(ages: np.ndarray, starts: tuple[int, ...]) -> np.ndarray:
    """Return the row of a table by age whose rows begin at `starts`."""
    return np.clip(np.searchsorted(starts, ages, side="right") - 1, 0, len(starts) - 1)


def fit_hukou(margins: Margins, tilt: float) -> np.ndarray:
    """Return residents by census area, age group (21), sex and hukou, whole and exact.

    Fitted to age x sex by area and to non-locals by area (exact), and to non-locals by sex of the city. The
    start is a model of non-locals' ages (low confidence); `tilt` makes them older (above 0) or younger, as
    exp(tilt x (age-30)/10).
    """
    n = len(AREAS)
    people = np.stack(
        [margins.ages[:, :, FINE_START[g] : FINE_START[g + 1]].sum(axis=2) for g in range(N_FINE)], axis=1
    )
    share = _non_local_share(tilt)
    seed = np.stack([people * (1.0 - share), people * share], axis=3)
    table = load_table("non_local")
    by_sex = table[(table["year"] == 2010) & (table["indicator"] == "non_local_population")].set_index(
        "category"
    )["value"]
    outside = (
        margins.non_local.sum() * by_sex[["male", "female"]].to_numpy() / by_sex[["male", "female"]].sum()
    )
    sexes = people.sum(axis=(0, 1))
    fitted = fit(
        seed,
        [
            people,
            np.stack([people.sum(axis=(1, 2)) - margins.non_local, margins.non_local], axis=1),
            np.stack([sexes - outside, outside], axis=1),
        ],
        [[0, 1, 2], [0, 3], [2, 3]],
    )
    flat = fitted[..., Hukou.NON_LOCAL].reshape(n, -1)
    flat *= (margins.non_local / flat.sum(axis=1))[:, None]
    whole = controlled_round(np.minimum(flat, people.reshape(n, -1)), generator(1))
    for i in range(n):
        whole[i] = _settle(whole[i], people[i].ravel(), int(margins.non_local[i]))
    non_local = whole.reshape(people.shape)
    return np.stack([people - non_local, non_local], axis=3)


def _settle(counts: np.ndarray, limit: np.ndarray, total: int) -> np.ndarray:
    """Move the few last persons so that the total is exact and no cell exceeds its limit."""
    counts = np.minimum(counts, limit)
    miss = total - int(counts.sum())
    order = np.argsort(-counts, kind="stable")
    k = 0
    while miss != 0:
        cell = order[k % len(order)]
        step = 1 if miss > 0 else -1
        if 0 <= counts[cell] + step <= limit[cell]:
            counts[cell] += step
            miss -= step
        k += 1
    return counts


def _non_local_share(tilt: float) -> np.ndarray:
    table = load_table("non_local_ages")
    model = table[table["indicator"] == "non_local_population_modelled"].set_index("category")["value"]
    census = load_table("census_age_sex")
    census = census[(census["area_id"] == "beijing") & (census["indicator"] == "population")]
    city = census.set_index(["age_group", "sex"])["value"]
    share = np.array([[model[f"age_{b}_{s}"] / city[(b, s)] for s in ("male", "female")] for b in BANDS])
    odds = share / (1.0 - share) * np.exp(tilt * (BAND_START[:-1, None] + 2.0 - 30.0) / 10.0)
    band_of_group = np.searchsorted(BAND_START, FINE_START[:-1], side="right") - 1
    return (odds / (1.0 + odds))[band_of_group][None, :, :]


def _education_counts(cells: np.ndarray, margins: Margins, area: int) -> np.ndarray:
    """Return age group x sex x hukou x level; under six everyone is NONE.

    Adults without schooling are as many as those who cannot read; who else has none is a child of six to nine
    not yet at school. So the children's share of the level is scaled until their number fits.
    """
    illiterate = float(margins.tables.loc[AREAS[area], "illiterate_15plus"])
    children = margins.education[area, :, Education.NONE].sum() - illiterate
    scale = 1.0
    for _ in range(SCHOOLING_ROUNDS):
        counts = _scaled_education(cells, margins, area, scale)
        without = counts[(FINE_START[:-1] >= 6) & (FINE_START[:-1] < 15), :, :, Education.NONE].sum()
        scale *= max(children, 1.0) / max(without, 1)
    return counts


def _scaled_education(cells: np.ndarray, margins: Margins, area: int, scale: float) -> np.ndarray:
    counts = np.zeros((N_FINE, 2, 2, 6), dtype=np.int64)
    young = FINE_START[:-1] < 6
    counts[young, :, :, Education.NONE] = cells[young]
    groups = np.flatnonzero(~young)
    rows = row_of_age(FINE_START[groups], seeds.EDUCATION_AGES)
    shape = np.stack([seeds.EDUCATION_LOCAL[rows], seeds.EDUCATION_NON_LOCAL[rows]], axis=1)
    shape[FINE_START[groups] < 15, :, Education.NONE] *= scale
    for sex in Sex:
        people = cells[groups, sex]
        seed = (shape * people[..., None]).reshape(-1, 6)
        whole = fit_and_round(seed, people.ravel(), margins.education[area, sex], generator(2, area, sex))
        counts[groups, sex] = whole.reshape(len(groups), 2, 6)
    return counts


def _status_counts(education: np.ndarray, margins: Margins, area: int) -> np.ndarray:
    """Return age group (from 16) x sex x hukou x level x status."""
    groups = np.flatnonzero(FINE_START[:-1] >= 16)
    rows = row_of_age(FINE_START[groups], seeds.STATUS_AGES)
    employed = seeds.EMPLOYED_BY_AGE[:, :, rows].transpose(2, 1, 0)[:, :, :, None]
    retired = seeds.RETIRED_BY_AGE[:, :, rows].transpose(2, 1, 0)[:, :, :, None]
    student = (
        seeds.STUDENT_BY_AGE[rows][:, None, None, None]
        * seeds.STUDENT_BY_HUKOU[None, None, :, None]
        * seeds.STUDENT_BY_EDUCATION[None, None, None, :]
    )
    if DISTRICT_OF_AREA[area] >= N_CITY_SIX:
        student = student * np.array([1.0, seeds.STUDENT_OUTER_NON_LOCAL])[None, None, :, None]
    inactive = np.stack([seeds.INACTIVE_MALE, seeds.INACTIVE_FEMALE], axis=1)[rows][:, :, None, None]
    people = education[groups]
    seed = np.zeros((*people.shape, N_STATUS))
    sector = seeds.SECTOR_BY_EDUCATION.T * margins.status[area, :20][None, :]
    by_sex = np.stack([np.ones(20), seeds.SECTOR_FEMALE])
    by_hukou = np.stack([np.ones(20), seeds.SECTOR_NON_LOCAL])
    sectors = sector[None, None, :, :] * by_sex[:, None, None, :] * by_hukou[None, :, None, :]
    sectors /= sectors.sum(axis=3, keepdims=True)
    old_farmers = np.where(FINE_START[groups] >= 45, np.where(FINE_START[groups] >= 60, 6.0, 2.0), 1.0)
    seed[..., :20] = employed[..., None] * sectors[None]
    seed[..., 0] *= old_farmers[:, None, None, None]
    seed[..., STATUS_STUDENT] = student
    seed[..., STATUS_RETIRED] = retired
    seed[..., STATUS_UNEMPLOYED] = seeds.UNEMPLOYED_BY_AGE[rows][:, None, None, None]
    seed[..., STATUS_INACTIVE] = inactive
    seed *= people[..., None]
    whole = fit_and_round(
        seed.reshape(-1, N_STATUS), people.ravel(), margins.status[area], generator(3, area)
    )
    return whole.reshape(seed.shape)


def _marital_counts(cells: np.ndarray, margins: Margins, area: int, students: np.ndarray) -> np.ndarray:
    """Return single year (from 15) x sex x hukou x state; students have hardly married."""
    years = np.arange(15, N_AGES)
    position = np.interp(years, np.array(seeds.STATUS_AGES) + 2.0, np.arange(len(seeds.STATUS_AGES)))
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, len(seeds.STATUS_AGES) - 1)
    part = position - low
    counts = np.zeros((len(years), 2, 2, 4), dtype=np.int64)
    for sex in Sex:
        never, divorced, widowed = (
            (1 - part) * table[sex][low] + part * table[sex][high]
            for table in (seeds.NEVER_MARRIED_BY_AGE, seeds.DIVORCED_BY_AGE, seeds.WIDOWED_BY_AGE)
        )
        outside = never / (1 - never) * np.where(years < 35, seeds.NEVER_MARRIED_NON_LOCAL, 1.0)
        never_by_hukou = np.stack([never, outside / (1 + outside)], axis=1)
        seed = np.zeros((len(years), 2, 4))
        seed[..., 0] = never_by_hukou
        seed[..., 2] = divorced[:, None]
        seed[..., 3] = widowed[:, None]
        seed[..., 1] = np.maximum(1 - seed[..., 0] - seed[..., 2] - seed[..., 3], 0.001)
        people = cells[15:, sex]
        seed[..., 0] = np.maximum(seed[..., 0], students[15:, sex] / np.maximum(people, 1))
        seed *= people[..., None]
        seed[(years < 20), :, 1:] *= 0.5
        whole = fit_and_round(
            seed.reshape(-1, 4), people.ravel(), margins.marital[area, sex], generator(4, area, sex)
        )
        counts[:, sex] = whole.reshape(len(years), 2, 4)
    return counts


def make_people(cells: np.ndarray, margins: Margins, area: int) -> People:
    """Return the residents of a census area, every published margin of it exact.

    Parameters
    ----------
    cells : (21, 2, 2) i8
        Residents by age group, sex and hukou.
    """
    random = generator(5, area)
    education = _education_counts(cells, margins, area)
    status = _status_counts(education, margins, area)
    years = _years(cells, margins.ages[area])
    group, sex, hukou, level, state = _expand(education, status)
    age = _give_ages(group, sex, hukou, level, state, years, random)
    students = np.zeros(years.shape, dtype=np.int64)
    is_student = state == STATUS_STUDENT
    np.add.at(students, (age[is_student], sex[is_student], hukou[is_student]), 1)
    marital = _marital_counts(years, margins, area, students)
    return People(age, sex, hukou, level, state, _give_marital(age, sex, hukou, state, marital, random))


def _years(cells: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Split age groups into single years by hukou (101, 2, 2); both margins stay exact."""
    years = np.zeros((N_AGES, 2, 2), dtype=np.int64)
    for g in range(N_FINE):
        span = slice(FINE_START[g], FINE_START[g + 1])
        for sex in Sex:
            outside = cells[g, sex, Hukou.NON_LOCAL]
            total = ages[sex, span]
            if total.sum() == 0:
                continue
            part = round_to_total(total * (outside / total.sum()), int(outside))
            part = _settle(part, total, int(outside))
            years[span, sex, Hukou.NON_LOCAL] = part
            years[span, sex, Hukou.LOCAL] = total - part
    return years


def _expand(education: np.ndarray, status: np.ndarray) -> tuple[np.ndarray, ...]:
    """Write one row a person from the tables of counts."""
    young = np.flatnonzero(FINE_START[:-1] < 16)
    old = np.flatnonzero(FINE_START[:-1] >= 16)
    columns: list[list[np.ndarray]] = [[], [], [], [], []]
    counts = education[young].ravel()
    index = np.indices(education[young].shape).reshape(4, -1)
    for k, values in enumerate([young[index[0]], index[1], index[2], index[3], np.full(counts.size, -1)]):
        columns[k].append(np.repeat(values.astype(np.int8), counts))
    counts = status.ravel()
    index = np.indices(status.shape).reshape(5, -1)
    for k, values in enumerate([old[index[0]], index[1], index[2], index[3], index[4]]):
        columns[k].append(np.repeat(values.astype(np.int8), counts))
    return tuple(np.concatenate(parts) for parts in columns)


def _give_ages(
    group: np.ndarray,
    sex: np.ndarray,
    hukou: np.ndarray,
    level: np.ndarray,
    state: np.ndarray,
    years: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Give single years inside age group x sex x hukou; graduates are the older of their group."""
    score = random.random(len(group), dtype=np.float32)
    young = (FINE_START[group] >= 16) & (FINE_START[group] < 25)
    score += np.where(young & (state == STATUS_STUDENT), -0.35, 0.0).astype(np.float32)
    score += np.where(young & (level >= Education.JUNIOR_COLLEGE), 0.25, 0.0).astype(np.float32)
    cell = (group.astype(np.int32) * 2 + sex) * 2 + hukou
    order = np.argsort(cell + 0.4 * np.clip(score, -0.5, 1.5) + 0.25, kind="stable")
    table = np.zeros((N_FINE, 2, 2, N_AGES), dtype=np.int64)
    for a in range(N_AGES):
        table[FINE_OF_AGE[a], :, :, a] = years[a]
    counts = table.reshape(-1, N_AGES)
    age = np.empty(len(group), dtype=np.int8)
    age[order] = np.repeat(np.tile(np.arange(N_AGES, dtype=np.int8), len(counts)), counts.ravel())
    return age


def _give_marital(
    age: np.ndarray,
    sex: np.ndarray,
    hukou: np.ndarray,
    state: np.ndarray,
    counts: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Give marital states inside year x sex x hukou; students come first among the never married."""
    marital = np.zeros(len(age), dtype=np.int8)
    adults = np.flatnonzero(age >= 15)
    cell = ((age[adults].astype(np.int32) - 15) * 2 + sex[adults]) * 2 + hukou[adults]
    score = 0.2 + 0.7 * random.random(len(adults), dtype=np.float32)
    score[state[adults] == STATUS_STUDENT] *= 0.02
    order = np.argsort(cell + score, kind="stable")
    flat = counts.reshape(-1, 4)
    marital[adults[order]] = np.repeat(np.tile(np.arange(4, dtype=np.int8), len(flat)), flat.ravel())
    return marital


def activity_of(age: np.ndarray, status: np.ndarray) -> np.ndarray:
    """Return the activity code; students are pupils until they are given a campus."""
    code = np.full(len(status), Activity.CHILD, dtype=np.int8)
    code[(status >= 0) & (status < 20)] = Activity.EMPLOYED
    code[status == STATUS_STUDENT] = Activity.PUPIL
    code[status == STATUS_RETIRED] = Activity.RETIRED
    code[status == STATUS_UNEMPLOYED] = Activity.UNEMPLOYED
    code[status == STATUS_INACTIVE] = Activity.INACTIVE
    code[age < 16] = Activity.CHILD
    return code
