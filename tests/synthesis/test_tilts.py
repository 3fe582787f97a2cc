"""Compositions differ between areas by what the census says of them."""

from dataclasses import replace

import numpy as np
import pytest

from sim.synthesis.margins import AREAS
from sim.synthesis.tilts import area_factors, children_ever_born, old_without_spouse


def apart(slots):
    return np.array([old_without_spouse(tokens) for tokens in slots.tokens])


def test_factors_are_finite_and_positive(slots, margins, parameters):
    factors = area_factors(slots, margins, parameters)
    assert factors.shape == (len(AREAS), len(slots.size))
    assert np.isfinite(factors).all()
    assert (factors > 0).all()


def test_the_old_without_their_spouse_are_told_from_couples(slots):
    by_tokens = {
        " ".join(f"{n}:{r}" for n, r in t): is_apart
        for t, is_apart in zip(slots.tokens, apart(slots), strict=True)
    }
    assert by_tokens["M3m:a"]
    assert by_tokens["M1f:a M1m:s0 C:k0 M3f:p0"]
    assert not by_tokens["M3f:a M3m:s0"]
    assert not by_tokens["M1f:a M1m:s0 C:k0 M3f:p0 M3m:s3"]
    assert not by_tokens["M2f:a M3m:s0"]
    assert not by_tokens["W:a"]


def test_women_of_the_mountains_bore_more_children_than_those_of_the_core(margins):
    children = children_ever_born(margins)
    assert children[AREAS.index("pinggu")] > 1.5 * children[AREAS.index("old_dongcheng")]
    assert 0.9 < children.min() < children[-1] < children.max() < 1.6


def test_more_children_raise_the_old_apart_alone_by_the_elasticity(slots, margins, parameters):
    before = area_factors(slots, margins, parameters)
    tables = margins.tables.copy()
    tables.loc["yanqing", "mean_children_ever_born_women_15_64"] *= 1.1
    after = area_factors(slots, replace(margins, tables=tables), parameters)
    i, old = AREAS.index("yanqing"), apart(slots)
    elasticity = parameters.value("old_couples_apart_children_elasticity")
    assert elasticity > 0
    np.testing.assert_allclose(after[i, old] / before[i, old], 1.1**elasticity)
    np.testing.assert_allclose(after[i, ~old], before[i, ~old])
    np.testing.assert_allclose(np.delete(after, i, axis=0), np.delete(before, i, axis=0))


def test_an_area_with_the_children_of_the_city_has_the_weights_of_the_city(slots, margins, parameters):
    tables = margins.tables.copy()
    factor = children_ever_born(margins)
    i = AREAS.index("yanqing")
    tables.loc["yanqing", "mean_children_ever_born_women_15_64"] *= factor[-1] / factor[i]
    same = area_factors(slots, replace(margins, tables=tables), parameters)
    assert same[i] == pytest.approx(1.0)
