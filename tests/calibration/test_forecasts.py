"""Check the naive forecasts: what they know, what they say, and how wide they are."""

import numpy as np
import pytest

from calibration import backtest, forecasts, scores
from calibration.measurement import relative_sd
from calibration.places import members, places_of


def _wape(name: str) -> float:
    districts = places_of("district")
    counted = backtest.census()[list(districts)].to_numpy(float)
    return scores.wape_percent(forecasts.forecast(name, districts), counted)


def test_they_err_as_much_as_the_design_says() -> None:
    assert _wape("no_change") == pytest.approx(14.3, abs=0.05)
    assert _wape("trend_2010_16") == pytest.approx(12.5, abs=0.05)
    assert _wape("trend_2014_16") == pytest.approx(7.2, abs=0.05)
    assert _wape("trend_2015_16") == pytest.approx(4.2, abs=0.05)


def test_a_trend_carries_the_mean_yearly_change_on() -> None:
    # Tongzhou: 135.6 ten thousand at the end of 2014, 137.8 in 2015, 142.8 in 2016
    assert forecasts.forecast("trend_2014_16", ("tongzhou",)) == pytest.approx([142.8e4 + 4 * 3.6e4])
    assert forecasts.forecast("trend_2015_16", ("tongzhou",)) == pytest.approx([142.8e4 + 4 * 5.0e4])
    assert forecasts.forecast("no_change", ("tongzhou",)) == pytest.approx([142.8e4])


def test_constant_shares_add_up_to_the_city_of_its_own_trend() -> None:
    districts = forecasts.forecast("constant_share", places_of("district"))
    city = forecasts.forecast("trend_2014_16", ("beijing",))
    assert districts.sum() == pytest.approx(city[0])


def test_they_know_nothing_after_2016() -> None:
    known = forecasts.known_in_2016()
    assert list(known.index) == list(range(2010, 2017))
    assert known.notna().all().all()
    assert known["core"].to_numpy() == pytest.approx((known["dongcheng"] + known["xicheng"]).to_numpy())
    assert set(members()) <= set(known.columns)


@pytest.mark.parametrize("name", forecasts.FORECASTS)
def test_the_spread_is_about_the_forecast_and_that_of_earlier_errors(name: str) -> None:
    places = places_of("district")
    point, spread = forecasts.forecast(name, places), forecasts.ensemble(name, places)
    assert np.median(spread, axis=1) == pytest.approx(point, rel=1e-4)
    relative = np.log(spread / point[:, None]).std(axis=1)
    assert relative == pytest.approx(np.full(16, relative[0]))
    assert 0.02 < relative[0] < 0.12


def test_the_spread_of_no_change_by_hand() -> None:
    known = forecasts.known_in_2016()["beijing"]
    errors = [known[year] / known[year + 4] - 1 for year in (2010, 2011, 2012)]
    spread = forecasts.ensemble("no_change", ("beijing",))
    walked = relative_sd("beijing", 2012) ** 2  # two years more of a published series than in the trials
    size = np.sqrt(np.mean(np.square(errors)) + walked)
    assert np.log(spread / known[2016]).std() == pytest.approx(size, rel=0.01)
