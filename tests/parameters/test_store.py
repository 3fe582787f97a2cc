"""Check that parameters are refused, drawn and replaced as the file format says."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.errors import InputError
from sim.parameters.priors import Prior
from sim.parameters.store import ParameterSet, read_parameters, with_overrides

GOOD = """\
move_rate:
  value: 0.3
  unit: per year
  basis: assumed
  prior: {distribution: uniform, low: 0.2, high: 0.45}
  source: assumed, no survey found
  meaning: yearly chance that a renter moves
half_life:
  value: 2.0
  unit: years
  basis: assumed
  prior: {distribution: loguniform, low: 1, high: 5}
  source: assumed
  meaning: time until half of what was cleared is back
life_expectancy:
  value: 80.18
  unit: years
  basis: stated
  prior: {distribution: fixed}
  source: 2010 census
  meaning: life expectancy at birth
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def parameters(tmp_path: Path) -> ParameterSet:
    return read_parameters(_write(tmp_path, GOOD))


def test_a_value_is_read_by_name(parameters: ParameterSet) -> None:
    assert parameters.value("move_rate") == 0.3
    assert parameters.assumed() == ["half_life", "move_rate"]


def test_an_unknown_name_gets_near_names(parameters: ParameterSet) -> None:
    with pytest.raises(InputError, match="move_rates") as caught:
        parameters.value("move_rates")
    assert "move_rate" in caught.value.mend


def test_draws_are_reproducible_within_bounds_and_vary(parameters: ParameterSet) -> None:
    draws = [parameters.draw(key).value("half_life") for key in range(200)]
    assert draws == [parameters.draw(key).value("half_life") for key in range(200)]
    assert 1 <= min(draws) < 1.3
    assert 4 < max(draws) <= 5
    assert parameters.draw(3).value("life_expectancy") == 80.18


def test_a_new_parameter_changes_no_other_draw(tmp_path: Path, parameters: ParameterSet) -> None:
    more = read_parameters(
        _write(tmp_path, "another:\n" + GOOD.split("half_life:", maxsplit=1)[0].split(":", 1)[1] + GOOD)
    )
    for key in range(5):
        assert more.draw(key).value("move_rate") == parameters.draw(key).value("move_rate")
        assert more.draw(key).value("another") != more.draw(key).value("move_rate")


def test_a_draw_below_zero_is_refused(parameters: ParameterSet) -> None:
    with pytest.raises(InputError):
        parameters.draw(-1)


def test_the_digest_follows_the_values(parameters: ParameterSet) -> None:
    assert parameters.digest == parameters.with_values({"move_rate": 0.3}).digest
    assert parameters.digest != parameters.with_values({"move_rate": 0.31}).digest


@pytest.mark.parametrize("value", ["fast", True, float("nan"), float("inf"), None])
def test_only_finite_numbers_replace_a_value(parameters: ParameterSet, value: object) -> None:
    with pytest.raises(InputError, match="finite number"):
        parameters.with_values({"move_rate": value})  # type: ignore[dict-item]


def test_a_users_file_replaces_values_and_leaves_the_rest(tmp_path: Path, parameters: ParameterSet) -> None:
    changed = parameters.with_file(_write(tmp_path, "half_life: 3\n"))
    assert changed.value("half_life") == 3
    assert changed.value("move_rate") == 0.3
    assert parameters.value("half_life") == 2


def test_one_file_may_serve_two_sets(tmp_path: Path, parameters: ParameterSet) -> None:
    second = read_parameters(_write(tmp_path, GOOD.replace("move_rate", "floor").split("half_life:")[0]))
    path = _write(tmp_path, "half_life: 3\nfloor: 0.4\n")
    first, other = with_overrides(path, [parameters, second])
    assert (first.value("half_life"), other.value("floor")) == (3, 0.4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("half_lives: 3\n", "line 1"),
        ("move_rate: 0.2\nhalf_life: soon\n", "line 2"),
        ("half_life: 3\nhalf_life: 4\n", "line 2"),
        ("half_life: [1\n", "line"),
        ("- 3\n", "name: value"),
        ("", "name: value"),
    ],
)
def test_a_wrong_users_file_is_refused_with_its_line(
    tmp_path: Path, parameters: ParameterSet, text: str, says: str
) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        parameters.with_file(path)
    assert says in str(caught.value)
    assert str(path) in caught.value.where


def test_a_missing_users_file_is_refused(tmp_path: Path, parameters: ParameterSet) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        parameters.with_file(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  unit: per year\n", "  unit: per year\n  colour: red\n", 4),
        ("  basis: assumed\n  prior: {distribution: uniform, low: 0.2, high: 0.45}", "  basis: guessed", 4),
        ("{distribution: uniform, low: 0.2, high: 0.45}", "{distribution: fixed}", 1),
        ("low: 0.2, high: 0.45", "low: 0.5, high: 0.9", 1),
        ("low: 0.2, high: 0.45", "low: 0.5, high: 0.3", 5),
        ("distribution: uniform, low: 0.2", "distribution: triangular, low: 0.2", 5),
        ("  value: 2.0\n", "", 8),
        ("half_life:", "move_rate:", 8),
    ],
)
def test_a_wrong_entry_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read_parameters(_write(tmp_path, GOOD.replace(old, new, 1)))
    assert f"line {line}" in str(caught.value)


@pytest.mark.parametrize(
    ("prior", "expected"),
    [
        ({"distribution": "uniform", "low": 1, "high": 3}, stats.uniform(1, 2)),
        ({"distribution": "loguniform", "low": 1, "high": 5}, stats.loguniform(1, 5)),
        ({"distribution": "triangular", "low": 0, "high": 4, "mode": 1}, stats.triang(0.25, 0, 4)),
        ({"distribution": "beta", "low": 0, "high": 1, "a": 2, "b": 5}, stats.beta(2, 5)),
        ({"distribution": "normal", "low": -50, "high": 50, "mean": 2, "sd": 3}, stats.norm(2, 3)),
        (
            {"distribution": "lognormal", "low": 1e-9, "high": 1e9, "median": 2, "sigma": 0.4},
            stats.lognorm(0.4, scale=2),
        ),
    ],
)
def test_draws_follow_the_distribution(prior: dict[str, float], expected: stats.rv_continuous) -> None:
    drawn = np.array([Prior.model_validate(prior).draw(0.0, key, "x") for key in range(400)])
    assert stats.kstest(drawn, expected.cdf).pvalue > 0.001
    for share in (0.1, 0.5, 0.9):
        assert Prior.model_validate(prior).quantile(share) == pytest.approx(expected.ppf(share), rel=1e-6)


@pytest.mark.parametrize(
    ("prior", "frozen"),
    [
        (Prior(distribution="uniform", low=0.3, high=1.1), stats.uniform(0.3, 1.1 - 0.3)),
        (
            Prior(distribution="triangular", low=0.3, high=1.1, mode=0.5),
            stats.triang((0.5 - 0.3) / (1.1 - 0.3), 0.3, 1.1 - 0.3),
        ),
        (Prior(distribution="triangular", low=0.0, high=2.0, mode=0.0), stats.triang(0.0, 0.0, 2.0)),
    ],
)
def test_quantiles_in_closed_form_are_those_of_scipy_to_the_bit(prior, frozen):
    shares = np.random.default_rng(1).random(200)
    expected = frozen.ppf(shares).tolist()
    assert [prior.quantile(share) for share in shares] == expected
    assert prior.quantiles(shares).tolist() == expected
