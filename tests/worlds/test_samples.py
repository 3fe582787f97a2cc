"""Check that samples of different size tell the same city, within their noise."""

import numpy as np
import pytest

FLOWS = ("births", "deaths", "in_migrants", "out_migrants")


@pytest.fixture(scope="module")
def totals():
    """Give city totals of two samples, at full scale: base year, after a year, and the year's flows."""
    from sim import CityModel

    out = {}
    for sample in (0.005, 0.01):
        model = CityModel(sample=sample, rng=3, threads=1)
        model.run(until="2011Q4")
        rows = model.indicators()
        city = rows[rows.level == "city"].astype({"quarter": str, "indicator": str})
        out[sample] = city.pivot_table(index="quarter", columns="indicator", values="value", observed=True)
        model.close()
    return out


def test_stocks_of_the_base_year_agree(totals):
    small, large = (table.loc["2010Q4"] for table in totals.values())
    assert small["residents"] == pytest.approx(19_612_368, rel=0.005)
    assert large["residents"] == pytest.approx(19_612_368, rel=0.005)
    for name in ("households", "residents_non_local", "employed_residents", "residents_age_65_plus"):
        if name in small:
            assert small[name] == pytest.approx(large[name], rel=0.03), name
    for name in ("jobs", "floor_area", "businesses", "hospital_beds", "dwelling_capacity"):
        if name in small:
            assert small[name] == pytest.approx(large[name]), f"{name} is not sampled"


def test_a_years_flows_agree_within_their_noise(totals):
    for name in FLOWS:
        small, large = (table[name].iloc[1:].sum() for table in totals.values())
        # counts of rare events: variance as their number; moves come in households, hence the factor 2
        noise = np.sqrt(2 * (small / 0.005 + large / 0.01))
        assert abs(small - large) < 4 * noise + 0.02 * large, name
        assert large > 50_000


def test_a_year_on_the_city_is_as_large(totals):
    small, large = (table.loc["2011Q4"] for table in totals.values())
    assert small["residents"] == pytest.approx(large["residents"], rel=0.01)
    assert small["residents_non_local"] == pytest.approx(large["residents_non_local"], rel=0.04)


def test_rents_and_commutes_do_not_depend_on_the_sample(totals):
    small, large = (table.loc["2011Q4"] for table in totals.values())
    found = [name for name in ("rent", "commute_minutes", "commute", "vacancy_rate") if name in small]
    assert found
    for name in found:
        assert small[name] == pytest.approx(large[name], rel=0.05), name
