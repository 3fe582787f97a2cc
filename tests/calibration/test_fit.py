"""Check the whole fit on a stand-in for the model with known parameters, and that it does not mix fits."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from calibration.fit import _chosen, calibrate
from calibration.fit_plan import Design, Plan, make_plan, open_folder
from calibration.fit_report import parameter_rows, posterior_of, target_rows
from calibration.fit_runs import Runner, Runs
from calibration.observed import observed
from calibration.priors import candidates
from calibration.screening import Screened
from sim.errors import InputError
from sim.parameters.for_run import choose, point_parameters

NAMES = ("fertility_level", "mortality_level", "arrival_rate", "taste_green")
TRUTH = {"fertility_level": 0.35, "arrival_rate": 0.6}
"""Shares of the priors at which the stand-in gives just what was published; it is deaf to the others."""

SMALL = Design(
    until="2013Q4",
    trajectories=2,
    replicates=4,
    wave_runs=30,
    waves=2,
    confirmed=24,
    particles=80,
    draws=40,
    truths=5,
)


def stand_in(self, stage, number, space, cube, *, held=None, rest="prior"):
    """Give births by fertility, and people by arrivals, with a little noise of each run's own."""
    assert rest == ("point" if stage in ("replicates", "screening") else "prior")
    labels = self.plan.targets.labels
    noise = np.random.default_rng(number).normal(size=(len(cube), len(labels))) * 0.002
    moved = np.zeros((len(cube), len(labels)))
    for name, about in (("fertility_level", "births"), ("arrival_rate", "residents")):
        if name in space.names:
            share = cube[:, space.names.index(name)] - TRUTH[name]
            moved += 0.3 * share[:, None] * np.array([label.startswith(about) for label in labels])
    return Runs(cube, moved + noise, 1000 * number + np.arange(len(cube)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    whole = make_plan(SMALL)
    return replace(whole, space=whole.space.only(NAMES))


@pytest.fixture(scope="module")
def fitted(plan, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Runner, "run", stand_in)
        return calibrate(tmp_path_factory.mktemp("fit") / "here", plan)


def test_what_moves_nothing_stays_out(fitted):
    assert set(fitted.free.names) == {"fertility_level", "arrival_rate"}
    assert not fitted.held


def test_constants_of_place_that_are_not_free_are_zero(plan):
    space = candidates().only(["fertility_level", "taste_area_core", "taste_green", "mortality_level"])
    n = len(plan.targets.rows)
    screened = [
        Screened("fertility_level", 2.0, 2.0, "births", np.full(n, 0.3)),
        Screened("taste_area_core", 0.01, 0.1, "residents", np.full(n, 0.001)),
        Screened("taste_green", 0.01, 0.1, "residents", np.full(n, 0.001)),
        Screened("mortality_level", 1.0, 1.0, "deaths", np.full(n, 0.01)),
    ]
    one_free = replace(plan, space=space, design=replace(plan.design, most_free=1))
    free, held = _chosen(one_free, screened, np.zeros((n, n)))
    assert free.names == ["fertility_level"]
    assert set(held) == {"taste_area_core", "mortality_level"}, "what does not matter is drawn from its prior"
    assert held["taste_area_core"] == 0.0


def test_the_reference_of_the_constants_never_moves():
    values = {point_parameters().draw(key).value("taste_area_inner") for key in range(5)}
    assert values == {0.0}


def test_known_parameters_are_found_again(fitted):
    rows = {row["parameter"]: row for row in parameter_rows(fitted)}
    cube = fitted.points
    for k, name in enumerate(fitted.free.names):
        assert rows[name]["status"] == "identified"
        assert rows[name]["prior_low"] <= rows[name]["low"] < rows[name]["high"] <= rows[name]["prior_high"]
        low, high = np.quantile(cube[:, k], [0.05, 0.95])
        assert low < TRUTH[name] < high
    assert rows["arrival_rate"]["contraction"] > rows["fertility_level"]["contraction"] - 0.2


def test_the_posterior_is_as_wide_as_the_errors_make_it(fitted):
    """Births err by 5 % each year, half of it in common, and move by 0.3 over the prior."""
    k = fitted.free.names.index("fertility_level")
    births = [k for k, label in enumerate(fitted.plan.targets.labels) if label.startswith("births")]
    covariance = fitted.plan.targets.covariance()[np.ix_(births, births)]
    slope = np.full(len(births), 0.3)
    expected = 1 / np.sqrt(slope @ np.linalg.solve(covariance, slope))
    wide = fitted.points[:, k].std()
    assert wide == pytest.approx(expected, rel=0.35)
    assert expected < 0.25


def test_what_the_data_do_not_know_has_words_instead_of_a_number(fitted):
    none = np.zeros(len(fitted.free.names))
    unknown = replace(fitted, points=np.random.default_rng(1).random(fitted.points.shape), contraction=none)
    for row in parameter_rows(unknown):
        assert row["status"] == "not identified"
        assert (row["estimate"], row["low"], row["high"]) == (None, None, None)
    assert set(posterior_of(unknown, "x").diagnostics["not_identified"]) == set(fitted.free.names)


def test_the_fitted_model_meets_what_was_published(fitted):
    for row in target_rows(fitted):
        assert abs(row["gap_in_errors"]) < 1
    assert fitted.waves[-1].not_ruled_out < 0.9
    assert 0.8 < fitted.covered <= 1.0
    assert fitted.effective > 0.3 * len(fitted.confirmed.cube)


def test_parameters_of_the_models_own_runs_are_recovered(fitted):
    assert fitted.recovery.ranks.shape == (5, 2)
    inside = norm.cdf(2.5)
    assert ((fitted.recovery.ranks > 1 - inside) & (fitted.recovery.ranks < inside)).mean() > 0.85


def test_the_posterior_says_what_it_was_made_from(fitted, plan):
    posterior = posterior_of(fitted, "some-fit")
    assert len(posterior.draws) == SMALL.draws
    assert posterior.made_with["design"] == plan.digest
    assert {"code", "data", "policy", "parameters"} <= posterior.made_with.keys()
    assert len(posterior.diagnostics["fingerprints"]) == 3
    json.dumps(posterior.model_dump(), allow_nan=False)


def test_the_same_fit_comes_out_twice(fitted, plan, tmp_path, monkeypatch):
    monkeypatch.setattr(Runner, "run", stand_in)
    again = calibrate(tmp_path / "again", plan)
    assert posterior_of(again, "x") == posterior_of(fitted, "x")


def test_a_fit_with_another_design_is_not_taken_up(plan, tmp_path):
    open_folder(tmp_path / "fit", plan, resume=False)
    other = make_plan(replace(SMALL, wave_runs=31))
    with pytest.raises(InputError, match="another design") as error:
        open_folder(tmp_path / "fit", other, resume=True)
    assert "wave_runs 30 there, 31 asked" in error.value.why
    assert plan.digest[:12] in error.value.why
    assert other.digest[:12] in error.value.why


def test_a_fit_of_other_published_values_is_not_taken_up(plan, tmp_path):
    table = observed("fit")
    table.assign(value=1.01 * table.value).to_csv(tmp_path / "other.csv", index=False)
    open_folder(tmp_path / "fit", plan, resume=False)
    other = make_plan(SMALL, observed_file=str(tmp_path / "other.csv"))
    with pytest.raises(InputError, match="other published values"):
        open_folder(tmp_path / "fit", replace(other, space=plan.space), resume=True)


def test_a_fit_begun_with_other_code_is_not_taken_up(plan, tmp_path):
    open_folder(tmp_path / "fit", plan, resume=False)
    other = replace(plan, made_with={**plan.made_with, "code": "f" * 64})
    with pytest.raises(InputError, match="other code") as error:
        open_folder(tmp_path / "fit", other, resume=True)
    assert f"code {plan.made_with['code'][:12]} there, ffffffffffff now" in error.value.why


def test_there_must_be_a_fit_to_take_up(plan, tmp_path):
    with pytest.raises(InputError, match="no fit to take up"):
        open_folder(tmp_path / "none", plan, resume=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(InputError, match="not a fit's"):
        open_folder(tmp_path / "other", plan, resume=False)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"until": "2017Q4"}, "cannot run to 2017Q4"),
        ({"wave_runs": 5}, "wave runs cannot be 5"),
        ({"waves": 0}, "waves cannot be 0"),
        ({"sample": 0.0}, "sample"),
    ],
)
def test_a_wrong_design_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        make_plan(replace(SMALL, **changed))


def test_a_fit_with_priors_of_its_own_can_run_its_designs(tmp_path, monkeypatch):
    file = tmp_path / "priors.yaml"
    file.write_text(
        "fertility_level: {value: 3.0, unit: ratio, basis: assumed, source: assumed, meaning: births, "
        "prior: {distribution: uniform, low: 2.0, high: 4.0}}\n",
        encoding="utf-8",
    )
    own = make_plan(SMALL, priors_file=str(file))
    assert own.bounds == {"fertility_level": (2.0, 4.0)}
    space = own.space.only(NAMES)
    chosen = []
    monkeypatch.setattr(
        "calibration.fit_runs.batches.run_batch",
        lambda *_, parameters, **__: chosen.append(choose(parameters)),
    )
    monkeypatch.setattr(Runner, "_outputs", lambda *_: None)
    cube = np.linspace(0, 1, 5)[:, None] * np.ones(len(NAMES))
    Runner(tmp_path, own, 1).run("replicates", 1, space, cube, held={"union_rate": 0.3})
    assert chosen[0].posterior.bounds == own.bounds


def test_an_unknown_parameter_among_priors_is_told_with_its_line(tmp_path):
    file = tmp_path / "priors.yaml"
    entry = (
        "{value: 1.2, unit: ratio, basis: assumed, source: assumed, meaning: births, "
        "prior: {distribution: uniform, low: 1.0, high: 1.3}}\n"
    )
    file.write_text(f"fertility_level: {entry}fertility_levle: {entry}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        make_plan(SMALL, priors_file=str(file))
    assert caught.value.where == f"{file}, line 2"
    assert "fertility_level" in caught.value.mend


def test_a_stage_that_moved_other_parameters_is_not_taken_up(plan, tmp_path, monkeypatch):
    monkeypatch.setattr("calibration.fit_runs.batches.run_batch", lambda *_, **__: None)
    monkeypatch.setattr(Runner, "_outputs", lambda *_: None)
    one, other = (plan.space.only([name]) for name in ("fertility_level", "arrival_rate"))
    runner = Runner(tmp_path, plan, 1)
    runner.run("wave-1", 11, one, np.array([[0.5]]))
    with pytest.raises(InputError, match="'wave-1' moves other parameters") as error:
        runner.run("wave-1", 11, other, np.array([[0.5]]))
    assert "fertility_level there, arrival_rate now" in error.value.why
