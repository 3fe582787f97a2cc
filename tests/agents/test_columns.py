"""Check that columns answer the verbs of Mesa's AgentSet and keep their rows through growth and packing."""

import numpy as np
import pytest

from sim.agents.businesses import Businesses
from sim.agents.households import Households
from sim.agents.residents import Residents


@pytest.fixture
def people():
    """Give five residents in rows 0 to 4, of whom row 2 died."""
    people = Residents(5)
    people.household_id[:5] = [0, 0, -1, 1, 2]
    people.sex[:5] = [0, 1, 1, 1, 0]
    people.birth_quarter[:5] = [-100, -90, -80, -40, -20]
    people.wage_cny_month[:5] = [10.0, 20.0, 99.0, 30.0, 0.0]
    return people


def test_only_those_who_are_there_count(people):
    assert len(people) == people.count() == 4
    np.testing.assert_array_equal(people.get("wage_cny_month"), [10.0, 20.0, 30.0, 0.0])
    assert people.agg("wage_cny_month", np.sum) == 60.0


def test_select_by_function_by_values_and_both(people):
    assert people.select(sex=1).count() == 2
    rich = people.select(lambda p: p.wage_cny_month > 15)
    np.testing.assert_array_equal(rich.rows, [1, 3])
    np.testing.assert_array_equal(people.select(lambda p: p.wage_cny_month > 25, sex=1).rows, [3])
    assert len(people.select(sex=7)) == 0


def test_get_gives_one_column_or_several(people):
    sex, born = people.get("sex", "birth_quarter")
    np.testing.assert_array_equal(sex, [0, 1, 1, 0])
    np.testing.assert_array_equal(born, [-100, -90, -40, -20])
    with pytest.raises(AttributeError, match="Residents has no column 'height'"):
        people.get("height")


def test_set_writes_the_selected_and_nobody_else(people):
    people.select(sex=1).set("wage_cny_month", 5.0)
    np.testing.assert_array_equal(people.wage_cny_month[:5], [10.0, 5.0, 99.0, 5.0, 0.0])
    people.set("wage_cny_month", [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(people.wage_cny_month[:5], [1.0, 2.0, 99.0, 3.0, 4.0])


def test_groupby_parts_everybody_once(people):
    groups = people.groupby("sex")
    assert {key: group.count() for key, group in groups.items()} == {0: 2, 1: 2}
    assert groups[1].agg("wage_cny_month", np.max) == 30.0
    by_home = groups[0].groupby("household_id")
    assert set(by_home) == {0, 2}


def test_iterating_shows_rows_for_reading(people):
    views = list(people)
    assert [view.birth_quarter for view in views] == [-100, -90, -40, -20]
    assert "resident" in repr(views[0])
    assert "sex=0" in repr(views[0])
    with pytest.raises(AttributeError):
        views[0].sex = 1


def test_rows_are_kept_when_arrays_grow_and_new_rows_are_empty(people):
    before = people.draw_key[:5].copy(), people.wage_cny_month[:5].copy()
    first = people.reserve(10_000)
    assert first == 5
    assert people.n_rows == 10_005 <= people.capacity
    np.testing.assert_array_equal(people.draw_key[:5], before[0])
    np.testing.assert_array_equal(people.wage_cny_month[:5], before[1])
    assert (people.household_id[5:10_005] == -1).all()
    assert len(people) == 4
    people.trim(6)
    assert people.n_rows == 6


def test_rows_reserved_again_hold_nothing_of_who_was_there():
    people = Residents(3)
    people.household_id[:3] = 0
    people.wage_cny_month[:3] = 9.0
    people.keep(np.array([1]))
    assert people.n_rows == 1
    people.reserve(2)
    assert (people.household_id[1:3] == -1).all()
    assert (people.wage_cny_month[1:3] == 0.0).all()


def test_keeping_rows_keeps_their_order_in_every_column(people):
    people.keep(np.array([0, 1, 3, 4]))
    np.testing.assert_array_equal(people.birth_quarter[:4], [-100, -90, -40, -20])
    np.testing.assert_array_equal(people.wage_cny_month[:4], [10.0, 20.0, 30.0, 0.0])


@pytest.mark.parametrize("kind", [Residents, Households, Businesses])
def test_every_column_says_its_unit_and_owner_and_kernels_get_all_of_them(kind):
    columns = kind(3)
    assert all(column.unit and column.owner for column in kind.columns)
    assert columns.arrays()._fields == tuple(column.name for column in kind.columns)
    assert [name for name, _ in columns.state()] == list(columns.arrays()._fields)


def test_a_model_answers_for_its_people(base_model):
    residents = base_model.residents
    by_hukou = residents.groupby("hukou")
    assert by_hukou[0].count() + by_hukou[1].count() == len(residents)
    assert base_model.households.agg("n_persons", np.sum) == len(residents)
    assert base_model.businesses.count() > 500_000
