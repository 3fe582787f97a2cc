"""The residents of an area have its published margins, and are plausible people."""

import numpy as np

from sim.codes import Activity, Hukou, Marital
from sim.synthesis.people import STATUS_STUDENT, activity_of


def test_residents_meet_every_margin_of_their_area(people, margins, area):
    for sex in (0, 1):
        mine = people.sex == sex
        np.testing.assert_array_equal(np.bincount(people.age[mine], minlength=101), margins.ages[area, sex])
        schooled = mine & (people.age >= 6)
        levels = np.bincount(people.education[schooled], minlength=6)
        np.testing.assert_array_equal(levels, margins.education[area, sex])
        states = np.bincount(people.marital[mine & (people.age >= 15)], minlength=4)
        np.testing.assert_array_equal(states, margins.marital[area, sex])
    adults = people.age >= 16
    np.testing.assert_array_equal(np.bincount(people.status[adults], minlength=24), margins.status[area])
    assert (people.hukou == Hukou.NON_LOCAL).sum() == margins.non_local[area]


def test_the_city_has_its_non_locals_by_area_and_sex(cells, margins):
    np.testing.assert_array_equal(cells[..., Hukou.NON_LOCAL].sum(axis=(1, 2)), margins.non_local)
    assert (cells >= 0).all()
    by_sex = cells[..., Hukou.NON_LOCAL].sum(axis=(0, 1))
    assert abs(by_sex[0] / by_sex[1] - 1.189) < 0.001


def test_tilt_makes_non_locals_older(margins, cells):
    from sim.synthesis.people import FINE_START, fit_hukou

    def mean_age(table):
        outside = table[..., Hukou.NON_LOCAL].sum(axis=(0, 2))
        return (outside * FINE_START[:-1]).sum() / outside.sum()

    assert mean_age(fit_hukou(margins, 0.2)) > mean_age(cells) + 0.3


def test_nobody_under_sixteen_works_and_nobody_under_fifteen_is_married(people):
    young = people.age < 16
    assert (people.status[young] == -1).all()
    assert (people.marital[people.age < 15] == Marital.NEVER).all()
    assert (activity_of(people.age, people.status)[young] == Activity.CHILD).all()


def test_life_runs_in_order(people):
    student = people.status == STATUS_STUDENT
    assert (people.marital[student] == Marital.NEVER).mean() > 0.95
    assert np.median(people.age[student]) < 24
    married = people.marital == Marital.MARRIED
    ages = [married[people.age == a].mean() for a in (19, 23, 27, 33)]
    assert ages == sorted(ages)
    widowed = people.marital == Marital.WIDOWED
    assert (
        widowed[(people.age > 79) & (people.sex == 1)].mean()
        > widowed[(people.age > 79) & (people.sex == 0)].mean()
    )
    retired = activity_of(people.age, people.status) == Activity.RETIRED
    women, men = people.sex == 1, people.sex == 0
    fifties = (people.age >= 50) & (people.age < 60)
    assert retired[fifties & women].mean() > retired[fifties & men].mean()
