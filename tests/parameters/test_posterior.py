"""Check that runs take the draws of a fit, and that a fit of other data or code is refused."""

from pathlib import Path

import pytest

from calibration.draws_file import write_draws
from sim.errors import InputError
from sim.parameters import for_run, posterior
from sim.parameters.for_run import FITTED, POINT, choose, default_option, is_drawn, parameters_for_run
from sim.parameters.posterior import Posterior, made_now, read_posterior
from sim.scenarios.batch import run_batch
from sim.scenarios.store import load_results


def draws(**changed: object) -> Posterior:
    content = {
        "format": 1,
        "kind": "posterior",
        "name": "some-fit",
        "made_with": made_now(),
        "held": {"union_rate": 0.2},
        "names": ["fertility_level", "mortality_level"],
        "draws": [[round(1.1 + 0.01 * k, 2), round(1.0 + 0.01 * k, 2)] for k in range(5)],
    }
    return Posterior.model_validate(content | changed)


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """Ship a fit for one test."""

    def ship(fit: Posterior) -> None:
        path = tmp_path / "shipped.yaml"
        write_draws(path, fit)
        monkeypatch.setattr(posterior, "shipped_path", lambda: path)
        monkeypatch.setattr(posterior, "shipped", lambda: read_posterior(path))

    return ship


def test_a_file_of_draws_is_read_as_it_was_written(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws())
    assert read_posterior(tmp_path / "fit.yaml") == draws()


def test_the_replications_of_a_seed_visit_every_draw_before_one_comes_again():
    rows = [draws().row_of(3_000_000 + replication) for replication in range(1, 11)]
    assert sorted(rows[:5]) == sorted(rows[5:]) == [0, 1, 2, 3, 4]
    orders = {tuple(draws().row_of(seed * 1_000_000 + k) for k in range(1, 6)) for seed in range(1, 9)}
    assert len(orders) > 1


def test_a_run_has_its_draw_what_is_held_and_priors_for_the_rest(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws())
    choice = choose(str(tmp_path / "fit.yaml"))
    assert is_drawn(choice.option)
    values = [parameters_for_run(choice.rest, rng, choice.values(rng)).values() for rng in (1, 2)]
    assert {value["union_rate"] for value in values} == {0.2}
    assert values[0]["fertility_level"] in [row[0] for row in draws().draws]
    assert values[0]["fertility_level"] - values[0]["mortality_level"] == pytest.approx(0.1)
    assert values[0]["arrival_rate"] != values[1]["arrival_rate"]


def test_a_batch_keeps_the_draw_of_each_run(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws(rest="point"))
    run_batch(
        "no-measures",
        sample=0.01,
        replications=5,
        until="2011Q1",
        store=tmp_path / "store",
        jobs=1,
        parameters=str(tmp_path / "fit.yaml"),
        model="tests.fixtures.fake_model:FakeModel",
    )
    results = load_results(tmp_path / "store")
    held = [results.manifest("no-measures", k)["parameters"] for k in range(1, 6)]
    assert sorted(values["fertility_level"] for values in held) == [row[0] for row in draws().draws]
    assert len({values["arrival_rate"] for values in held}) == 1
    assert results.meta["parameters"] == "draws fit.yaml"


def test_other_draws_are_another_batch(tmp_path):
    for extra in (0.0, 0.05):
        rows = [[1.1 + extra, 1.0]]
        write_draws(tmp_path / "fit.yaml", draws(draws=rows))
        request = {"sample": 0.01, "replications": 1, "until": "2011Q1", "jobs": 1}
        request |= {"parameters": str(tmp_path / "fit.yaml"), "store": tmp_path / "store"}
        if not extra:
            run_batch("no-measures", model="tests.fixtures.fake_model:FakeModel", **request)
        else:
            with pytest.raises(InputError, match="another batch"):
                run_batch("no-measures", model="tests.fixtures.fake_model:FakeModel", **request)


def test_a_posterior_of_other_data_is_refused_with_both_digests(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws(made_with={**made_now(), "data": "0123456789abcdef"}))
    with pytest.raises(InputError) as error:
        choose(str(tmp_path / "fit.yaml"))
    assert "other data" in str(error.value)
    assert "0123456789ab then" in str(error.value)
    assert made_now()["data"][:12] in str(error.value)


def test_a_posterior_of_other_code_is_refused_with_both_digests(tmp_path):
    write_draws(
        tmp_path / "fit.yaml", draws(made_with={**made_now(), "code": "f" * 64, "code_files": "f" * 64})
    )
    with pytest.raises(InputError, match="other code") as error:
        choose(str(tmp_path / "fit.yaml"))
    assert "f" * 12 in error.value.why
    assert made_now()["code"][:12] in error.value.why


def test_code_that_only_reads_results_does_not_outdate_a_posterior(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws(made_with={**made_now(), "code_files": "f" * 64}))
    assert choose(str(tmp_path / "fit.yaml")).posterior is not None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"names": ["fertility_levle", "mortality_level"]}, "no parameter 'fertility_levle'"),
        ({"held": {"gravity": 9.81}}, "no parameter 'gravity'"),
    ],
)
def test_a_parameter_that_the_model_does_not_have_is_refused(tmp_path, changed, message):
    write_draws(tmp_path / "fit.yaml", draws(**changed))
    with pytest.raises(InputError, match=message):
        choose(str(tmp_path / "fit.yaml"))


def test_draws_of_the_wrong_length_are_refused(tmp_path):
    write_draws(tmp_path / "fit.yaml", draws())
    text = (tmp_path / "fit.yaml").read_text(encoding="utf-8")
    (tmp_path / "fit.yaml").write_text(text.replace("- [1.1, 1.0]", "- [1.1]"), encoding="utf-8")
    with pytest.raises(InputError, match="draw 1"):
        choose(str(tmp_path / "fit.yaml"))


def test_without_a_shipped_fit_the_default_is_point(monkeypatch):
    monkeypatch.setattr(posterior, "shipped", lambda: None)
    assert default_option() == (POINT, "")
    with pytest.raises(InputError, match="not there"):
        choose(FITTED)


def test_a_shipped_fit_is_the_default(shipped):
    shipped(draws())
    assert default_option() == (FITTED, "")
    assert choose(FITTED).option == FITTED


def test_a_shipped_fit_of_other_code_is_passed_over_aloud_and_refused_when_asked_for(shipped):
    shipped(draws(made_with={**made_now(), "code": "f" * 64, "code_files": "f" * 64}))
    option, notice = default_option()
    assert option == POINT
    assert "other code" in notice
    with pytest.raises(InputError, match="other code"):
        choose(FITTED)


def test_the_shipped_fit_if_there_is_one_can_be_read():
    path: Path | None = posterior.shipped_path()
    assert path is None or read_posterior(path).kind == "posterior"
    assert for_run.point_parameters().values()
