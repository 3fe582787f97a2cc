"""What is read from the census agrees with itself."""

import numpy as np

from sim.data.tables import load_table
from sim.synthesis.margins import AREAS, BAND_START, COUNTIES, DISTRICT_OF_AREA, household_sizes

CITY = 19_612_368


def test_every_margin_counts_the_same_people(margins):
    assert margins.ages.sum() == CITY
    assert (margins.family_population + margins.collective).sum() == CITY
    np.testing.assert_array_equal(margins.education.sum(axis=2), margins.ages[:, :, 6:].sum(axis=2))
    np.testing.assert_array_equal(margins.marital.sum(axis=2), margins.ages[:, :, 15:].sum(axis=2))
    np.testing.assert_array_equal(margins.status.sum(axis=1), margins.ages[:, :, 16:].sum(axis=(1, 2)))
    np.testing.assert_array_equal(margins.tenure.sum(axis=1), margins.households)


def test_the_core_is_made_of_its_four_old_districts(margins):
    assert AREAS[:4] == ["old_dongcheng", "old_chongwen", "old_xicheng", "old_xuanwu"]
    people = np.bincount(DISTRICT_OF_AREA, weights=margins.ages.sum(axis=(1, 2)))
    assert people[0] == 919_253
    assert people[1] == 1_243_315


def test_generations_meet_households_and_add_up_to_the_city(margins):
    np.testing.assert_array_equal(margins.generations.sum(axis=1), margins.households)
    np.testing.assert_array_equal(margins.generations.sum(axis=0), [3366014, 2632470, 671881 + 10187])
    assert (margins.generations[:, 0] >= margins.one_person).all()


def test_sizes_meet_households_persons_and_single_ones(margins):
    size = np.arange(1, 11)
    np.testing.assert_array_equal(margins.sizes.sum(axis=1), margins.households)
    np.testing.assert_array_equal((margins.sizes * size).sum(axis=1), margins.family_population)
    np.testing.assert_array_equal(margins.sizes[:, 0], margins.one_person)
    city = np.array([1657806, 2020161, 1942808, 623250, 319434, 78136, 23318, 9817, 3000, 2822])
    assert np.abs(margins.sizes.sum(axis=0) / city - 1.0).max() < 0.01


def test_sizes_are_those_published_where_they_are(margins):
    table = load_table("household_size")
    table = table[table["indicator"] == "family_households_by_size"]
    known = table.pivot_table(index="area_id", columns="category", values="value")
    known = known[[*"123456789", "10+"]]
    own = [a for a in AREAS if a in known.index]
    assert own == [*AREAS[:4], "chaoyang"]
    assert (known.loc[own].sum(axis=1).to_numpy() == margins.households[:5]).all()
    near(margins.sizes[:5, :6], known.loc[own].to_numpy()[:, :6])
    counties = (known.loc["beijing"] - known.loc["fourteen_districts"]).to_numpy()
    members = [AREAS.index(a) for a in COUNTIES]
    assert counties[0] == margins.one_person[members].sum()
    near(margins.sizes[members, :6].sum(axis=0), counties[:6])


def near(found, published):
    """Ten and more are counted as ten, so larger households must make up the persons: 1 %."""
    assert np.abs(found / published - 1.0).max() < 0.01


def test_a_larger_mean_needs_more_large_households(margins):
    n, persons, single = margins.households, margins.family_population, margins.one_person
    more = household_sizes(n, persons + n // 20, single)
    assert (more[:, 3:].sum(axis=1) > margins.sizes[:, 3:].sum(axis=1)).all()


def test_years_inside_a_band_are_smooth(margins):
    city = margins.ages.sum(axis=(0, 1)).astype(float)
    inner = [a for a in range(7, 84) if a not in BAND_START]
    jump = np.abs(np.log(city[inner] / city[np.array(inner) - 1]))
    assert jump.max() < 0.45
