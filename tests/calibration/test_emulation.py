"""Check screening, emulators, likelihood, sampler and recovery against answers known in closed form."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from threadpoolctl import threadpool_limits

from calibration import cube as cubes
from calibration.emulator import fit_emulator, with_runs
from calibration.likelihood import CUT, Likelihood, NotRuledOut
from calibration.recovery import contraction_of, recover
from calibration.screening import design, screen

DIM, N_TARGETS, NOISE = 3, 8, 0.004
SD = np.full(N_TARGETS, 0.02)
COVARIANCE = np.diag(SD**2)
SLOPES = np.random.default_rng(0).normal(size=(N_TARGETS, DIM)) * 0.1 * np.array([1.0, 0.7, 0.0])
"""What the stand-in for the model does: linear in two parameters, deaf to the third."""


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def model(points, seed=1):
    noise = np.random.default_rng(seed).normal(size=(len(points), N_TARGETS))
    return (points - 0.5) @ SLOPES.T + NOISE * noise


@pytest.fixture(scope="module")
def runs():
    points = cubes.latin_hypercube(60, DIM, 1)
    return points, model(points)


@pytest.fixture(scope="module")
def emulator(runs):
    replicates = model(np.full((20, DIM), 0.5), seed=2)
    with threadpool_limits(1):
        return fit_emulator(*runs, SD, replicates, seed=1)


def test_screening_finds_what_matters_and_takes_noise_for_none():
    names = ["strong", "weak", "none"]
    points = design(names, 4, seed=1)
    found = screen(names, points, model(points), SD, np.full(N_TARGETS, NOISE**2), [str(k) for k in range(8)])
    assert [item.name for item in found] == names
    expected = np.sqrt(((SLOPES / SD[:, None]) ** 2).mean(axis=0))
    assert found[0].effect == pytest.approx(expected[0], rel=0.1)
    assert found[2].effect < 0.15 * found[0].effect
    worst = np.abs(SLOPES[:, 0]).argmax()
    assert found[0].target == str(worst)
    by_name = {item.name: item.slopes for item in found}
    assert by_name["strong"] == pytest.approx(SLOPES[:, 0], abs=6 * NOISE)


def test_a_trajectory_with_a_failed_run_is_left_out():
    names = ["strong", "weak", "none"]
    points = design(names, 4, seed=1)
    outputs = model(points)
    outputs[5] = np.nan
    found = screen(names, points, outputs, SD, np.zeros(N_TARGETS), [str(k) for k in range(8)])
    assert [item.name for item in found[:2]] == ["strong", "weak"]


def test_an_emulator_predicts_what_it_has_not_seen_as_well_as_it_says(emulator):
    points = np.random.default_rng(3).random((300, DIM))
    mean, variance = emulator.outputs(points)
    truth = (points - 0.5) @ SLOPES.T
    assert np.abs(mean - truth).max() < 4 * NOISE
    distance = np.abs(model(points, seed=4) - mean) / np.sqrt(variance + np.diag(emulator.noise))
    assert 0.85 < (distance < 1.6449).mean() < 0.95


def test_replicate_noise_is_the_least_nugget(emulator, runs):
    assert np.sqrt(np.diag(emulator.noise)).mean() == pytest.approx(NOISE, rel=0.2)
    noisy = fit_emulator(*runs, SD, 3 * model(np.full((40, DIM), 0.5), seed=2), seed=1)
    assert noisy.processes[0].nugget > 4 * emulator.processes[0].nugget


def test_what_others_predict_of_a_run_is_what_they_do_without_it(emulator, runs):
    points, outputs = runs
    first = emulator.processes[0]
    without = with_runs(emulator, points[1:], outputs[1:], SD).processes[0]
    component = ((outputs - emulator.mean) / SD @ (emulator.basis / SD).T)[0, 0]
    assert component - without.predict(points[:1])[0][0] == pytest.approx(first.left_out()[0])


def test_the_likelihood_is_the_normal_density_it_stands_for(emulator):
    points = np.random.default_rng(5).random((6, DIM))
    seen = model(np.array([[0.3, 0.6, 0.5]]))[0]
    found = Likelihood(emulator, COVARIANCE, seen)(points)
    mean, variance = emulator.predict(points)
    expected = [
        multivariate_normal.logpdf(
            seen,
            emulator.mean + mean[k] @ emulator.basis,
            COVARIANCE + emulator.noise + emulator.basis.T @ np.diag(variance[k]) @ emulator.basis,
        )
        for k in range(len(points))
    ]
    assert np.diff(found) == pytest.approx(np.diff(expected))


def test_the_sampler_draws_a_posterior_that_is_known_in_closed_form(emulator):
    truth = np.array([0.4, 0.55, 0.5])
    seen = (truth - 0.5) @ SLOPES.T
    drawn = cubes.draw(Likelihood(emulator, COVARIANCE, seen), DIM, 800, seed=1).points
    precision = SLOPES[:, :2].T @ np.linalg.solve(COVARIANCE + emulator.noise, SLOPES[:, :2])
    expected = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert drawn[:, :2].std(axis=0) == pytest.approx(expected, rel=0.15)
    assert drawn[:, :2].mean(axis=0) == pytest.approx(truth[:2], abs=0.3 * expected.max())
    assert contraction_of(drawn)[0] > 0.7
    assert abs(contraction_of(drawn)[2]) < 0.15
    again = cubes.draw(Likelihood(emulator, COVARIANCE, seen), DIM, 800, seed=1).points
    assert (again == drawn).all()


def test_history_matching_keeps_the_truth_and_rules_out_what_is_far(emulator):
    truth = np.array([[0.2, 0.7, 0.5]])
    likelihood = Likelihood(emulator, COVARIANCE / 9, (truth[0] - 0.5) @ SLOPES.T)
    assert likelihood.implausibility(truth)[0] < 1
    assert likelihood.implausibility(np.array([[0.95, 0.1, 0.5]]))[0] > CUT
    left = cubes.draw(NotRuledOut(likelihood), DIM, 300, seed=1).points
    assert (likelihood.implausibility(left) < CUT + 0.5).all()
    assert np.ptp(left[:, 2]) > 0.9
    assert np.ptp(left[:, 0]) < 0.8


def test_known_parameters_are_found_again_where_they_can_be(emulator, runs):
    found = recover(emulator, *runs, COVARIANCE, SD, n=12, seed=1)
    assert found.covered.mean() == pytest.approx(0.9, abs=0.12)
    contraction = found.contraction.mean(axis=0)
    assert contraction[0] > 0.6
    assert abs(contraction[2]) < 0.15
