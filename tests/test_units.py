"""Check that units are read, converted and, where unknown, refused."""

import pytest

from sim.errors import InputError
from sim.units import convert, known_units, parse_unit, to_base


@pytest.mark.parametrize(
    ("text", "factor", "base"),
    [
        ("persons", 1, "persons"),
        ("10k persons", 1e4, "persons"),
        ("10k m2", 1e4, "m2"),
        ("ha", 1e4, "m2"),
        ("km2", 1e6, "m2"),
        ("percent", 0.01, "share"),
        ("per_mille", 0.001, "share"),
        ("100 million yuan/year", 1e8, "CNY/year"),
        ("yuan per m2 per month", 1, "CNY/m2/month"),
        ("yuan a year", 1, "CNY/year"),
        ("10k persons/km2", 1e4, "persons/km2"),
        ("persons per family household", 1, "persons/household"),
        ("1000 visits per year", 1e3, "visits/year"),
        ("males per 100 females", 1, "males per 100 females"),
        ("beds", 1, "beds"),
        ("per 1000 women", 1e-3, "per women"),
        ("beds per 1000", 1e-3, "beds per head"),
        ("per person-year", 1, "per person-year"),
    ],
)
def test_units_of_the_tables(text, factor, base):
    unit = parse_unit(text)
    assert unit.factor == pytest.approx(factor)
    assert unit.base == base


def test_words_in_brackets_qualify_and_do_not_change_the_unit():
    unit = parse_unit("10k persons (more than)")
    assert (unit.base, unit.qualifier, unit.factor) == ("persons", "more than", 1e4)


def test_what_a_share_is_of_is_kept():
    unit = parse_unit("percent vs 2015 (-3.9 10k)")
    assert (unit.base, unit.factor, unit.qualifier) == ("share", 0.01, "vs 2015; -3.9 10k")


def test_conversion():
    assert to_base(117.2, "10k persons") == pytest.approx(1_172_000)
    assert convert(1, "km2", "10k m2") == pytest.approx(100)
    assert convert(15, "percent", "per_mille") == pytest.approx(150)


def test_different_things_do_not_convert():
    with pytest.raises(InputError, match="cannot be turned into"):
        convert(1, "persons", "m2")
    with pytest.raises(InputError, match="cannot be turned into"):
        convert(1, "yuan/m2", "yuan")


@pytest.mark.parametrize("text", ["", "person-furlongs", "10k", "persons/furlong", "10k 10k persons", "m2/"])
def test_unknown_units_are_refused_with_the_place(text):
    with pytest.raises(InputError) as caught:
        parse_unit(text, where="population.csv row 7")
    assert caught.value.where == "population.csv row 7"


def test_a_misspelt_unit_is_answered_with_the_nearest_one():
    with pytest.raises(InputError) as caught:
        parse_unit("housholds")
    assert "households" in caught.value.mend


def test_every_listed_unit_is_read():
    for name in known_units():
        assert parse_unit(name).base
