"""Compositions differ between areas by what the census says of them."""

from dataclasses import replace

import numpy as np
import pytest

from sim.synthesis.households import categories_of, choose_collective, composition_counts
from sim.synthesis.margins import AREAS
from sim.synthesis.tilts import area_factors, groups, local_homes_with_bath


def with_baths(margins, area, factor):
    """Return margins in which one area has `factor` times its homes with a bath."""
    form = margins.long_form.copy()
    form.loc[area, "housing_bath_yes"] *= factor
    return replace(margins, long_form=form)


def test_factors_are_finite_and_positive(slots, margins, parameters):
    factors = area_factors(slots, margins, parameters)
    assert factors.shape == (len(AREAS), len(slots.size))
    assert np.isfinite(factors).all()
    assert (factors > 0).all()


def test_locals_have_more_baths_than_all_where_non_locals_are_many(margins, parameters):
    bath = local_homes_with_bath(margins, parameters)
    form = margins.long_form.loc[[*AREAS, "beijing"]]
    everyone = (form["housing_bath_yes"] / form["housing_households"]).to_numpy()
    assert (bath > everyone).all()
    assert bath.max() <= 1.0
    i = AREAS.index("yanqing")
    outside = margins.non_local[i] / margins.tables.loc["yanqing", "population"]
    assert outside * parameters.value("bath_share_of_non_local_homes") + (1 - outside) * bath[
        i
    ] == pytest.approx(everyone[i])


def test_baths_raise_three_generations_alone_by_the_elasticity(slots, margins, parameters):
    before = area_factors(slots, margins, parameters)
    changed = with_baths(margins, "yanqing", 1.1)
    after = area_factors(slots, changed, parameters)
    i, three = AREAS.index("yanqing"), groups(slots)["three_generations"]
    growth = local_homes_with_bath(changed, parameters)[i] / local_homes_with_bath(margins, parameters)[i]
    elasticity = parameters.value("three_generations_bath_elasticity")
    np.testing.assert_allclose(after[i, three] / before[i, three], growth**elasticity)
    np.testing.assert_allclose(after[i, ~three], before[i, ~three])
    np.testing.assert_allclose(np.delete(after, i, axis=0), np.delete(before, i, axis=0))


def test_more_baths_make_more_households_of_three_generations(people, slots, margins, area, parameters):
    inside = np.ones(len(people), dtype=bool)
    for part in choose_collective(people, margins, area, 0, 0, parameters):
        inside[part] = False
    pool = np.bincount(categories_of(people, np.flatnonzero(inside)), minlength=22)
    counts = [
        composition_counts(
            pool,
            margins.sizes[area],
            slots,
            area_factors(slots, with_baths(margins, AREAS[area], factor), parameters)[area],
        )
        for factor in (0.8, 1.0, 1.2)
    ]
    three = [c[slots.generations == 3].sum() for c in counts]
    assert three[0] < 0.97 * three[1] < 0.97 * 0.97 * three[2]
