"""Check that runs take the draws of a fit, and that a fit of other data or code is refused."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    if path is not None:
        fit = read_posterior(path)
        assert fit.kind == "posterior"
        fit.refuse_wrong_values(for_run.point_parameters(), str(path))
    assert for_run.point_parameters().values()


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        choose(str(path))
    return caught.value


def line_of(path: Path, text: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return f"{path}, line {next(n for n, line in enumerate(lines, 1) if text in line)}"


def test_an_unknown_parameter_is_told_with_its_line(tmp_path):
    path = tmp_path / "fit.yaml"
    write_draws(path, draws(names=["fertility_level", "mortality_levle"]))
    error = refused(path)
    assert error.where == line_of(path, "mortality_levle")
    assert "mortality_level" in error.mend
    write_draws(path, draws(held={"union_rat": 0.2}))
    assert refused(path).where == line_of(path, "union_rat")


def test_a_draw_outside_its_prior_is_refused(tmp_path):
    path = tmp_path / "fit.yaml"
    write_draws(path, draws(draws=[[1.1, 1.0], [99.0, 1.0], [98.0, 1.0]]))
    error = refused(path)
    assert error.what == "fertility_level is 99 in draw 2"
    assert error.where == line_of(path, "99.0")
    low, high = bounds_of("fertility_level")
    assert error.why == f"its prior goes from {low:g} to {high:g}"
    assert error.mend


def test_a_held_value_outside_its_prior_is_refused(tmp_path):
    path = tmp_path / "fit.yaml"
    write_draws(path, draws(held={"union_rate": -3.0}))
    error = refused(path)
    assert error.what == "union_rate is -3 among what is held"
    assert error.where == line_of(path, "union_rate")


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"draws": [[1.1, 1.0], [1.1, 1.25]]}, "mortality_level is nan in draw 2"),
        ({"held": {"union_rate": 1.25}}, "union_rate is nan among what is held"),
    ],
)
def test_a_value_that_is_no_number_is_refused(tmp_path, changed, what):
    path = tmp_path / "fit.yaml"
    write_draws(path, draws(**changed))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1.25", ".nan"), encoding="utf-8")
    error = refused(path)
    assert what in error.why
    assert error.where == line_of(path, ".nan")
    assert error.mend == "give a finite number"


def bounds_of(name: str) -> tuple[float, float]:
    prior = for_run.point_parameters().entries[name].prior
    assert prior.low is not None
    assert prior.high is not None
    return prior.low, prior.high


NARROW = sorted(
    name for name, entry in for_run.point_parameters().entries.items() if entry.prior.low is not None
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NARROW), st.floats(0, 1), st.sampled_from([-1, 1]), st.floats(1e-6, 10))
def test_what_lies_in_a_prior_passes_and_what_lies_outside_does_not(tmp_path, name, share, side, beyond):
    low, high = bounds_of(name)
    inside = [low, high, min(max(low + share * (high - low), low), high)]
    write_draws(tmp_path / "fit.yaml", draws(held={}, names=[name], draws=[[value] for value in inside]))
    read_posterior(tmp_path / "fit.yaml").refuse_wrong_values(
        for_run.point_parameters(), str(tmp_path / "fit.yaml")
    )
    bound = low if side < 0 else high
    outside = bound + side * beyond * max(abs(bound), 1e-3)
    write_draws(tmp_path / "fit.yaml", draws(held={}, names=[name], draws=[[low], [outside]]))
    with pytest.raises(InputError, match=f"{name} is .* in draw 2"):
        read_posterior(tmp_path / "fit.yaml").refuse_wrong_values(
            for_run.point_parameters(), str(tmp_path / "fit.yaml")
        )


def test_a_fit_with_priors_of_its_own_is_held_to_their_bounds(tmp_path):
    path = tmp_path / "fit.yaml"
    own = {"bounds": {"fertility_level": [1.0, 4.0]}}
    write_draws(path, draws(**own, draws=[[4.0, 1.0]]))
    assert choose(str(path)).posterior is not None
    write_draws(path, draws(**own, draws=[[4.1, 1.0]]))
    assert "1 to 4" in refused(path).why
    write_draws(path, draws())
    assert "bounds" not in path.read_text(encoding="utf-8")
