"""Check that a prior which makes no sense is refused with its mend, and that others draw in their bounds."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.errors import InputError
from sim.parameters.priors import Prior
from sim.parameters.store import read_parameters

ENTRY = """\
move_rate:
  value: 1
  unit: per year
  basis: derived
  source: some survey
  meaning: yearly chance that a renter moves
  prior:
    distribution: {distribution}
{numbers}"""
NUMBERS = st.floats(-1e6, 1e6)
SHAPES = {"normal": ("mean", "sd"), "lognormal": ("median", "sigma")}


def refused(folder, distribution, **numbers) -> InputError:
    lines = "".join(f"    {name}: {value}\n" for name, value in numbers.items())
    (folder / "some.yaml").write_text(
        ENTRY.format(distribution=distribution, numbers=lines), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_parameters(folder / "some.yaml")
    return caught.value


def test_crossed_bounds_are_refused_with_their_mend(tmp_path):
    error = refused(tmp_path, "uniform", low=2, high=0.5)
    assert "low 2 is above high 0.5" in error.why
    assert "swap" in error.mend


@pytest.mark.parametrize("wrong", ["-.inf", ".inf", ".nan", "nan"])
@pytest.mark.parametrize("name", ["low", "high", "mean", "sd"])
def test_a_number_of_a_prior_is_finite(tmp_path, name, wrong):
    numbers = {"low": 0, "high": 2, "mean": 1, "sd": 1}
    error = refused(tmp_path, "normal", **(numbers | {name: wrong}))
    assert f"line {9 + list(numbers).index(name)}" in error.where
    assert name in error.why
    assert "no finite number" in error.why
    assert error.mend == "give a finite number"


def test_a_fixed_prior_has_no_endless_bound_either(tmp_path):
    assert refused(tmp_path, "fixed", low=0, high=".inf").mend == "give a finite number"


@pytest.mark.parametrize(
    ("distribution", "centre", "width"), [("normal", "mean", "sd"), ("lognormal", "median", "sigma")]
)
@pytest.mark.parametrize("value", [0.4, 2.1])
def test_the_centre_of_a_prior_lies_between_its_bounds(tmp_path, distribution, centre, width, value):
    error = refused(tmp_path, distribution, low=0.5, high=2, **{centre: value, width: 0.3})
    assert f"{centre} {value:g} must lie between low and high, 0.5 to 2" in error.why
    assert f"move {centre}" in error.mend


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.tuples(NUMBERS, NUMBERS).map(sorted),
    NUMBERS,
    st.floats(0.01, 100),
    st.floats(0, 1),
)
def test_a_prior_is_refused_or_draws_between_its_bounds(distribution, bounds, centre, width, share):
    low, high = bounds
    shape = dict(zip(SHAPES[distribution], (centre, width), strict=True))
    sound = low <= centre <= high and (distribution == "normal" or centre > 0)
    if not sound:
        with pytest.raises(ValidationError, match="mend: "):
            Prior.model_validate({"distribution": distribution, "low": low, "high": high, **shape})
        return
    prior = Prior.model_validate({"distribution": distribution, "low": low, "high": high, **shape})
    drawn = prior.draw(centre, int(share * 1000), "x")
    assert math.isfinite(drawn)
    assert low <= drawn <= high
