"""Check that death, birth and hukou rates give back the published levels they are made from."""

import numpy as np
import pytest

from sim.calendar import parse_quarter
from sim.codes import Hukou, Sex
from sim.processes import vital_rates


def expectancy_of(quarterly):
    """Return life expectancy, both sexes, from quarterly death probabilities (2, 111), quarter by quarter."""
    survival = np.repeat(1.0 - quarterly, 4, axis=1)
    alive = np.concatenate([np.ones((2, 1)), np.cumprod(survival, axis=1)], axis=1)
    return float((0.25 * (alive[:, 1:] + alive[:, :-1]) / 2).sum(axis=1).mean())


@pytest.mark.parametrize("wanted", [78.0, 80.18, 81.95, 82.31, 84.5])
def test_the_death_rates_give_the_life_expectancy_they_are_asked_for(wanted):
    rates = vital_rates._mortality(wanted)
    assert rates.shape == (2, 111)
    assert abs(vital_rates.life_expectancy(np.log(-4.0 * np.log1p(-rates))) - wanted) < 0.01
    # the same by another road; it differs as survival within a year is not straight
    assert abs(expectancy_of(rates) - wanted) < 0.05


@pytest.mark.parametrize("quarter", ["2011Q1", "2016Q4", "2035Q4"])
def test_a_runs_death_rates_follow_the_path(base_model, quarter):
    city = base_model.city
    wanted = city.paths.value("life_expectancy", parse_quarter(quarter))
    rates = vital_rates._mortality(round(wanted, 3))
    assert abs(vital_rates.life_expectancy(np.log(-4.0 * np.log1p(-rates))) - wanted) < 0.01


def test_death_is_likelier_with_age_and_for_men():
    rates = vital_rates._mortality(80.2)
    assert ((rates > 0) & (rates < 1)).all()
    assert (np.diff(rates[:, 40:100], axis=1) > 0).all()
    assert (rates[Sex.MALE, 30:95] > rates[Sex.FEMALE, 30:95]).all()
    better = vital_rates._mortality(82.2)
    assert (better[:, 40:90] < rates[:, 40:90]).all()


def test_quarterly_probabilities_compound_to_the_yearly_rate():
    yearly = np.array([0.0, 0.01, 0.3, 2.0])
    np.testing.assert_allclose(1 - (1 - vital_rates.quarterly(yearly)) ** 4, 1 - np.exp(-yearly))


def test_births_of_married_women_add_up_to_the_modelled_fertility(base_model):
    city = base_model.city
    births = vital_rates.births_of_married(city)
    shape, women = vital_rates._fertility_shape(), vital_rates._women(city)
    married = np.stack([vital_rates._women(city, married=True, hukou=hukou) for hukou in Hukou])
    known = married.sum(axis=0) > 0.02 * women
    assert (births * married).sum() == pytest.approx((shape * women)[known].sum(), rel=0.01)
    assert shape[:15].sum() == shape[50:].sum() == 0.0
    assert 0.4 < shape.sum() < 1.5  # births a woman


def test_women_without_hukou_have_fewer_of_their_children_here(base_model):
    births = vital_rates.births_of_married(base_model.city)
    ratio = base_model.city.parameter("fertility_non_local")
    both = (births[Hukou.LOCAL] > 0.0) & (births[Hukou.LOCAL] < 0.6)
    np.testing.assert_allclose(births[Hukou.NON_LOCAL][both], ratio * births[Hukou.LOCAL][both])


def test_nobody_gains_hukou_before_the_wait_and_the_quota_holds_in_expectation(base_model):
    city = base_model.city
    level = vital_rates.hukou_gain_level(city)
    people = city.residents
    n = people.n_rows
    waiting = (
        people.alive()
        & (people.hukou[:n] == 1)
        & (0 - people.arrival_quarter[:n].astype(int) >= city.parameter("hukou_wait_quarters"))
        & (-people.birth_quarter[:n].astype(int) >= 72)
        & (people.activity[:n] != 2)
    )
    expected = (vital_rates.HUKOU_APPEAL[people.education[:n][waiting]] * level).sum() / city.sample
    assert expected == pytest.approx(city.path("hukou_gain_quota") / 4.0)


def test_everybody_retires_in_the_end_and_nobody_young(base_model):
    rates = vital_rates.base_rates(base_model.city)["retire"]
    assert rates[:, :50].sum() == 0.0
    assert (rates[:, 75:] == 1.0).all()
    assert rates[Sex.FEMALE, 52] > 0.0
    assert rates[Sex.MALE, 52] == 0.0
