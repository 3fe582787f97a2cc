"""Check that nothing later than 2016 can reach a fit and that the values are those of the tables."""

import pytest

from calibration.observed import ERROR_MODEL, TAGS, error_sd, observed, tag_of
from sim.errors import InputError


def _value(tag: str, area: str, quarter: str, indicator: str, series: str = "as_published") -> float:
    table = observed(tag)  # type: ignore[arg-type]
    row = table[
        (table.area == area)
        & (table.quarter == quarter)
        & (table.indicator == indicator)
        & (table.series == series)
    ]
    return float(row.value.item())


def test_a_fit_sees_only_years_to_2016_of_the_series_as_published() -> None:
    fit = observed("fit")
    assert set(fit.series) == {"as_published"}
    assert fit.quarter.max() <= "2016Q4"
    assert fit[fit.indicator != "rent_flats"].quarter.min() >= "2011Q4"


def test_what_is_held_out_is_later_or_revised() -> None:
    held = observed("held_out")
    assert ((held.quarter > "2016Q4") | (held.series == "revised")).all()
    assert "census" in set(held[held.quarter == "2020Q4"].series)


def test_every_value_has_one_tag_an_error_and_a_source() -> None:
    whole = observed(None)
    assert len(whole) == sum(len(observed(tag)) for tag in TAGS)
    assert not whole.duplicated(["area", "quarter", "indicator", "series"]).any()
    assert (whole.error_sd > 0).all()
    assert (whole.source.str.len() > 0).all()
    assert whole.value.notna().all()
    assert set(whole.series) <= {*ERROR_MODEL, "census", "survey"}


def test_values_are_in_persons() -> None:
    assert _value("fit", "beijing", "2016Q4", "residents") == pytest.approx(21_729_000)
    assert _value("fit", "beijing", "2016Q4", "residents_local") == pytest.approx(21_729_000 - 8_075_000)
    assert _value("fit", "inner", "2016Q4", "residents_non_local") == pytest.approx(4_130_000)
    assert _value("held_out", "dongcheng", "2020Q4", "residents", "census") == pytest.approx(708_829)
    assert _value("input", "beijing", "2010Q4", "residents_non_local", "census") == 7_044_533


def test_births_are_the_rate_times_the_mean_population() -> None:
    assert _value("fit", "beijing", "2016Q4", "births") == pytest.approx(
        9.32e-3 * (21_705_000 + 21_729_000) / 2
    )


def test_the_districts_of_each_fitted_year_are_complete() -> None:
    residents = observed("fit").query("indicator == 'residents' and area != 'beijing'")
    assert (residents.groupby("quarter").area.nunique() == 16).all()


def test_errors_grow_with_the_years_since_the_census_and_more_by_district() -> None:
    assert error_sd(2012, "as_published", "tongzhou") < error_sd(2016, "as_published", "tongzhou")
    assert error_sd(2016, "as_published", "beijing") < error_sd(2016, "as_published", "tongzhou")


def test_the_tag_depends_on_year_and_series() -> None:
    assert tag_of(2010, "census") == "input"
    assert tag_of(2016, "as_published") == "fit"
    assert tag_of(2016, "revised") == "held_out"
    assert tag_of(2017, "as_published") == "held_out"


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(InputError, match="tag"):
        observed("everything")  # type: ignore[arg-type]


def test_rents_of_2010_lie_between_those_around_it() -> None:
    rents = observed("fit").query("indicator == 'rent_flats'").set_index("quarter").value
    assert list(rents.index) == ["2010Q4", "2013Q1", "2014Q2", "2015Q2", "2016Q3"]
    assert 2290 / 62 < rents["2010Q4"] < rents["2013Q1"]
    assert rents["2016Q3"] / rents["2013Q1"] == pytest.approx(4762 / 3660)
