"""Check the backtest on invented runs: its rows, its arithmetic, and that it takes up what is there."""

from types import SimpleNamespace

import numpy as np
import pytest

from calibration import backtest, backtest_runs, forecasts, scores, shipped
from calibration.draws_file import write_draws
from calibration.places import places_of
from sim.data.tables import DISTRICTS
from sim.errors import InputError
from sim.parameters.for_run import choose
from sim.parameters.posterior import read_posterior
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("backtest") / "demo", replications=3))


@pytest.fixture(scope="module")
def found(results):
    return backtest.backtest(results)


def test_every_forecast_is_scored_at_every_level(found):
    assert list(found.rows.columns) == list(backtest.COLUMNS)
    names = ["model", *forecasts.FORECASTS]
    assert sorted(zip(found.rows.forecast, found.rows.level, strict=True)) == sorted(
        (name, level) for name in names for level in ("district", "area", "city")
    )
    assert found.rows.notna().all().all()
    assert set(found.rows.n_places) == {16, 5, 1}
    assert found.rows.coverage_90.between(0, 1).all()


def test_the_models_row_is_that_of_its_mean_over_replications(found, results):
    districts = list(places_of("district"))
    mean = backtest.predicted(results, "2020Q4")[districts].mean().to_numpy()
    expected = scores.wape_percent(mean, backtest.census()[districts].to_numpy(float))
    row = found.rows[(found.rows.forecast == "model") & (found.rows.level == "district")]
    assert row.wape_percent.item() == pytest.approx(expected)


def test_the_table_of_places_says_what_was_counted_and_what_was_said(found):
    table = found.places.set_index("area")
    assert table.census["dongcheng"] == pytest.approx(708_829)
    assert table.census["beijing"] == pytest.approx(21_893_095)
    assert table.published_2016["tongzhou"] == pytest.approx(1_428_000)
    assert (table.low < table.high).all()
    assert table.error_percent["core"] == pytest.approx(100 * (table.model["core"] / 1_815_043 - 1))
    inside = (table.low <= table.census) & (table.census <= table.high)
    assert (table.within == inside).all()


def test_the_interval_holds_the_censuss_and_the_models_own_errors(results):
    people = backtest.predicted(results, "2020Q4")
    sd = np.hypot(0.04, 0.005)
    members = backtest.forecast_members(people, places_of("district"), 1, np.array([0.04]))
    assert members.shape == (16, 3 * backtest.ERRORS)
    one = people.iloc[:1]
    low, high = scores.interval(backtest.forecast_members(one, ("tongzhou",), 1, np.array([0.04])))
    assert (high - low) / one["tongzhou"].item() == pytest.approx([2 * 1.645 * sd], rel=0.2)
    low, high = scores.interval(backtest.forecast_members(one, ("beijing",), 1, np.array([0.04])))
    assert (high - low) / one["beijing"].item() < 2 * 1.645 * sd / 1.4, "errors of regions partly cancel"


def test_districts_of_a_region_err_partly_alike(results):
    people = backtest.predicted(results, "2020Q4").iloc[:1]
    members = backtest.forecast_members(people, ("chaoyang", "haidian", "daxing"), 1, np.array([0.04]))
    alike = np.corrcoef(np.log(members))
    assert alike[0, 1] == pytest.approx(0.5, abs=0.15)
    assert alike[0, 2] == pytest.approx(0, abs=0.2)


def test_an_interval_holds_sizes_of_the_own_error_alike(results):
    one = backtest.predicted(results, "2020Q4").iloc[:1]
    spread = [
        np.log(backtest.forecast_members(one, ("tongzhou",), 1, sizes)).std()
        for sizes in (np.array([0.05]), np.array([0.01, 0.07]))
    ]
    assert spread[1] == pytest.approx(spread[0], rel=0.1), "their mean square is the same"


def test_runs_of_no_fit_have_the_own_error_of_what_they_miss_in_2016(monkeypatch):
    monkeypatch.setattr(backtest, "hindcast_sizes", lambda _: None)
    published = forecasts.known_in_2016().loc[2016, list(DISTRICTS)].to_frame().T
    right = backtest.own_sizes_of(None, published)
    off = backtest.own_sizes_of(None, published * np.where(np.arange(16) % 2, 1.2, 1 / 1.2))
    assert off.mean() > 3 * right.mean()
    monkeypatch.setattr(backtest, "hindcast_sizes", lambda _: np.array([0.03]))
    assert backtest.own_sizes_of(None, published) == pytest.approx(0.03 * (10 / 6) ** 0.5), "it walks on"


def test_the_hindcast_is_that_of_the_fit_the_runs_are_drawn_from(tmp_path, monkeypatch):
    posterior = read_posterior(shipped.path())
    told = posterior.diagnostics | {"hindcast": {"own_percent": [1.0, 3.0]}}
    write_draws(tmp_path / "fit.yaml", posterior.model_copy(update={"diagnostics": told}))
    monkeypatch.setattr(shipped, "path", lambda: tmp_path / "fit.yaml")

    def store(option, digest):
        batch = SimpleNamespace(settings={"parameters_digest": digest})
        return SimpleNamespace(meta={"parameters": option}, batch=batch)

    own = choose("fitted").digest
    assert backtest.hindcast_sizes(store("fitted", own)) == pytest.approx([0.01, 0.03])
    assert backtest.hindcast_sizes(store("point", own)) is None
    write_draws(
        tmp_path / "fit.yaml",
        posterior.model_copy(
            update={"diagnostics": posterior.diagnostics | {"hindcast": {"variance_a_year": 0.003}}}
        ),
    )
    assert backtest.hindcast_sizes(store("fitted", choose("fitted").digest)) is None, "of another version"
    assert backtest.hindcast_sizes(store("fitted", "0" * 64)) is None, "another fit's runs"


def test_a_finished_store_is_read_and_nothing_is_run(results, monkeypatch):
    monkeypatch.setattr(backtest_runs.batches, "run_batch", lambda *_, **__: pytest.fail("it ran"))
    assert backtest_runs.prepare(results.path, {}).path == results.path


def test_what_a_store_lacks_is_run_with_its_own_settings(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        backtest_runs.batches, "run_batch", lambda scenario, **settings: asked.update(settings)
    )
    store = make_demo_store(tmp_path / "demo", replications=2, seed=7)
    backtest_runs.prepare(store, {"replications": 5}, jobs=2)
    assert (asked["replications"], asked["seed"], asked["sample"], asked["until"]) == (5, 7, 0.01, "2020Q4")
    assert asked["parameters"] == "point"


def test_a_new_store_is_run_to_the_census(tmp_path, monkeypatch):
    asked = {}

    def run(scenario, *, store, **settings):
        asked.update(settings, scenario=scenario)
        make_demo_store(store, replications=1)

    monkeypatch.setattr(backtest_runs.batches, "run_batch", run)
    backtest_runs.prepare(tmp_path / "new", {"replications": 1})
    assert (asked["scenario"], asked["until"], asked["replications"]) == ("executed-2017-2020", "2020Q4", 1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sample": 0.5}, "sample 0.01, not 0.5"),
        ({"parameters": "prior"}, "parameters point, not prior"),
        ({"seed": 2}, "seed 1, not 2"),
    ],
)
def test_other_settings_than_the_stores_are_refused(results, asked, message):
    with pytest.raises(InputError, match=message):
        backtest_runs.prepare(results.path, asked)


def test_a_store_without_the_executed_years_or_too_short_is_refused(tmp_path):
    other = make_demo_store(tmp_path / "other", scenarios=("no-measures",), replications=1)
    with pytest.raises(InputError, match="does not hold 'executed-2017-2020'"):
        backtest_runs.prepare(other, {})
    short = make_demo_store(tmp_path / "short", replications=1, until="2019Q4")
    with pytest.raises(InputError, match="end at 2019Q4"):
        backtest_runs.prepare(short, {})


def test_the_likelihood_of_2016_is_one_number_a_replication(results):
    likelihood = backtest.likelihood_2016(results)
    assert len(likelihood) == 3
    assert likelihood.notna().all()


def test_the_worst_missed_come_first(found):
    off = [abs(item["missed"]) for item in backtest.worst_missed(found.places)]
    assert len(off) == 16
    assert off == sorted(off, reverse=True)
