"""Check what is taken off an error because it was there before."""

import numpy as np
import pytest

from calibration.carried_error import places_of, what_is_new
from calibration.fit_targets import fit_targets
from calibration.observed import observed


def test_a_walk_carries_all_of_its_last_error_on_and_nothing_of_another_place():
    times = np.array([1.0, 2.0, 3.0])
    walk = np.minimum(times[:, None], times)
    covariance = np.kron(np.eye(2), walk)
    errors = np.array([0.01, 0.03, 0.05, 0.00, 0.00, 0.02])
    new = what_is_new(errors, covariance, before=[0, 1, 3, 4], last=[2, 5])
    np.testing.assert_allclose(new, [0.02, 0.02])


def test_errors_that_know_nothing_of_each_other_are_all_new():
    errors = np.array([0.1, -0.2, 0.3])
    np.testing.assert_allclose(what_is_new(errors, np.eye(3), [0, 1], [2]), [0.3])


def test_the_districts_stand_once_in_the_last_year_and_five_times_before():
    targets = fit_targets(observed("fit"))
    before, last = places_of(targets)
    assert (len(before), len(last)) == (5 * 16, 16)
    assert not set(before) & set(last)
    assert all(targets.rows[k].quarter == "2016Q4" for k in last)
    assert all("2011Q4" <= targets.rows[k].quarter <= "2015Q4" for k in before)


def test_a_district_off_by_as_much_every_year_is_hardly_off_anew():
    targets = fit_targets(observed("fit"))
    before, last = places_of(targets)
    errors = np.zeros(len(targets.rows))
    for k in [*before, *last]:
        errors[k] = 0.1 if targets.rows[k].area == "mentougou" else 0.0
    new = what_is_new(errors, targets.covariance(), before, last)
    mentougou = next(k for k in last if targets.rows[k].area == "mentougou")
    assert abs(new[last.index(mentougou)]) < 0.03
    assert np.delete(new, last.index(mentougou)) == pytest.approx(0.0, abs=0.02)
