"""Check that the page is that of a store, that its parts add up, and that it can be written anew."""

import re

import pytest

from calibration import constants, shipped, validation
from calibration import validation_tables as tables
from calibration.backtest import predicted
from sim.errors import InputError
from sim.parameters.posterior import read_posterior
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("validation") / "demo", replications=2))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("bare") / "demo", replications=2, seed=2))


def test_the_parts_of_a_forecast_add_up_to_the_census(results, bare):
    parts = tables.parts_of_forecast(results, bare)
    summed = parts.drop(columns=["census", "constants"]).sum(axis=1)
    assert summed.to_numpy() == pytest.approx(parts.census.to_numpy())
    assert parts.loc["core", "measures"] < 0
    without, with_them = (predicted(store, "2020Q4").mean() for store in (bare, results))
    assert parts.constants.to_numpy() == pytest.approx((with_them - without).to_numpy())
    assert tables.parts_of_forecast(results).equals(parts.drop(columns="constants"))


def test_without_constants_all_else_is_as_it_was():
    posterior = read_posterior(shipped.path())
    bare = constants.without_constants(posterior)
    groups = {f"taste_area_{name}" for name in ("core", "tongzhou", "new_towns", "ecological")}
    assert {name: bare.values(1_000_001)[name] for name in groups} == dict.fromkeys(groups, 0.0)
    for run in (1_000_001, 1_000_007):
        before, after = posterior.values(run), bare.values(run)
        assert {k: v for k, v in before.items() if k not in groups} == {
            k: v for k, v in after.items() if k not in groups
        }


def test_where_every_constant_is_zero_the_runs_are_without_them_already(results, tmp_path, monkeypatch):
    zero = constants.without_constants(read_posterior(shipped.path()))
    monkeypatch.setattr(constants, "fit_of", lambda _: zero)
    monkeypatch.setattr(constants.batches, "run_batch", lambda *_, **__: pytest.fail("it ran"))
    assert constants.prepare(results, tmp_path, 1) is results


def test_constants_that_are_not_zero_are_left_out_in_runs_of_their_own(results, tmp_path, monkeypatch):
    zero = constants.without_constants(read_posterior(shipped.path()))
    pulled = zero.model_copy(update={"held": {**zero.held, "taste_area_tongzhou": -0.3}})
    monkeypatch.setattr(constants, "fit_of", lambda _: pulled)
    asked = {}
    monkeypatch.setattr(constants.batches, "run_batch", lambda name, **given: asked.update(given))
    monkeypatch.setattr(constants, "load_results", lambda folder: folder)
    assert constants.prepare(results, tmp_path, 1) == tmp_path / "runs"
    assert read_posterior(asked["parameters"]).held["taste_area_tongzhou"] == 0.0


def test_runs_of_other_parameters_have_no_constants_to_leave_out(results, tmp_path):
    with pytest.raises(InputError, match="the shipped fit alone"):
        constants.prepare(results, tmp_path, 1)


def test_the_page_is_written_between_its_markers_and_its_pictures_beside_it(results, bare, tmp_path):
    page = tmp_path / "page.md"
    names = re.findall(r"<!-- table: (\w+) -->", validation.PAGE.read_text(encoding="utf-8"))
    page.write_text(
        "before\n" + "\n".join(f"<!-- table: {n} -->\n<!-- end of table -->" for n in names) + "\nafter\n",
        encoding="utf-8",
    )
    validation.write_page(results, bare, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before")
    assert text.endswith("after\n")
    assert "| district | **model** |" in text
    assert "Dongcheng 东城区" in text
    assert "children among them" in text
    assert "| core in 2020 | 6 % |" in text
    assert "+6.4 % |" in text, "what the bureau had published for 2019 misses the core by"
    assert text.count("of 16 |") >= 5, "coverage of every forecast, and at every size of the own error"
    pictures = sorted(path.name for path in (tmp_path / "images").iterdir())
    assert pictures == ["backtest_districts.png", "backtest_homes.png", "backtest_paths.png"]
    validation.write_page(results, bare, page)
    assert page.read_text(encoding="utf-8") == text, "writing it again changes nothing"


def test_the_committed_page_shows_the_pictures_that_are_there():
    text = validation.PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"\(images/(\w+\.png)\)", text)
    assert shown
    assert all((validation.PAGE.parent / "images" / name).stat().st_size < 500_000 for name in shown)
    assert "<!-- table: scores -->\n| level" in text, "the tables of the page are filled"


def test_a_table_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="no table 'wages'"):
        validation.filled("<!-- table: wages -->\n<!-- end of table -->", {})
