"""Check the count of quarters at its ends and in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.calendar import FIRST, LAST, format_quarter, parse_quarter, quarter_of_year, year_of
from sim.errors import InputError


@pytest.mark.parametrize(
    ("text", "index"),
    [("2011Q1", 1), ("2011Q4", 4), ("2016Q4", 24), ("2020Q4", 40), ("2050Q4", 160), (" 2016q4 ", 24)],
)
def test_known_quarters(text, index):
    assert parse_quarter(text) == index


def test_the_base_quarter_is_taken_only_when_asked_for():
    assert parse_quarter("2010Q4", allow_base=True) == 0
    with pytest.raises(InputError, match="before 2011Q1"):
        parse_quarter("2010Q4")


@pytest.mark.parametrize(
    "text", ["2016", "2016Q5", "2016Q0", "2016-Q4", "", "Q4 2016", "20166Q4", "2016Q44", None, 40]
)
def test_what_is_not_a_quarter_is_refused(text):
    with pytest.raises(InputError, match="is not a quarter"):
        parse_quarter(text)


@pytest.mark.parametrize("text", ["2010Q3", "1999Q4", "2051Q1"])
def test_quarters_outside_the_clock_are_refused(text):
    with pytest.raises(InputError) as caught:
        parse_quarter(text, allow_base=True)
    assert caught.value.mend


@given(st.integers(min_value=FIRST, max_value=LAST))
def test_formatting_and_parsing_are_inverse(q):
    assert parse_quarter(format_quarter(q)) == q
    assert format_quarter(q) == f"{year_of(q)}Q{quarter_of_year(q)}"


def test_quarters_before_the_census_have_years_too():
    assert (year_of(-3), quarter_of_year(-3)) == (2010, 1)
    assert (year_of(-4), quarter_of_year(-4)) == (2009, 4)
