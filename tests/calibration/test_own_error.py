"""Check the size of the model's own error against errors of known size."""

import numpy as np
import pytest
from scipy.stats import norm

from calibration.fit_targets import model_correlation
from calibration.measurement import covariance
from calibration.own_error import SIZES, own_error, possible, root_mean_square, walked_to
from sim.data.tables import DISTRICTS

PUBLISHED = covariance(DISTRICTS, 2016)
OWN = np.linalg.cholesky(model_correlation())
THEIRS = np.linalg.cholesky(PUBLISHED)


def test_districts_that_say_nothing_leave_what_was_held_possible():
    sizes = own_error(np.zeros(16), 1e6 * np.eye(16))
    assert len(sizes) == SIZES
    assert np.all(np.diff(sizes) > 0)
    assert np.median(sizes) == pytest.approx(possible(), rel=0.02)
    scale = possible() / norm.ppf(0.75)
    assert sizes[-1] == pytest.approx(scale * norm.ppf(0.5 + 0.5 * (SIZES - 0.5) / SIZES), rel=0.02)


def test_errors_of_the_publication_alone_are_not_taken_for_the_models():
    """Means over invented worlds: a size of one world is known badly."""
    draws = np.random.default_rng(1).standard_normal((60, 16))
    none = np.mean([root_mean_square(own_error(THEIRS @ z, PUBLISHED)) for z in draws])
    assert none < possible() / norm.ppf(0.75), "less than before anything was seen"


@pytest.mark.parametrize("size", [0.08, 0.15])
def test_an_own_error_that_is_large_is_found(size):
    draws = np.random.default_rng(2).standard_normal((60, 2, 16))
    found = np.mean(
        [np.median(own_error(THEIRS @ theirs + size * OWN @ own, PUBLISHED)) for theirs, own in draws]
    )
    assert 0.45 * size < found < 1.1 * size, "the prior draws it towards what was held possible"


def test_what_errs_alike_in_a_region_speaks_for_the_publication():
    """The same squares, spread over regions as the publication errs or within them."""
    together = np.where(np.isin(DISTRICTS, ["chaoyang", "fengtai", "shijingshan", "haidian"]), -0.08, 0.08)
    apart = np.where(np.arange(16) % 2, 0.08, -0.08)
    assert own_error(together, PUBLISHED).mean() < own_error(apart, PUBLISHED).mean()


def test_the_error_walks_away_from_the_census_of_2010():
    assert walked_to(2020, np.array([0.03])) == pytest.approx(0.03 * (10 / 6) ** 0.5)
    assert walked_to(2010, np.array([0.03])) == pytest.approx(0.0)
