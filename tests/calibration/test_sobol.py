"""Check Sobol's indices where they are known: a plane, a product, and outputs of different size."""

import numpy as np
import pytest

from calibration.emulator import fit_emulator
from calibration.sobol import indices, of_all_outputs

NAMES = ["one", "other", "none"]


def test_of_a_plane_each_parameter_has_its_share():
    found = indices(lambda at: 3.0 * at[:, :1] + 4.0 * at[:, 1:2], NAMES, seed=1)
    for key in ("S1", "ST"):
        assert [found[name][key] for name in NAMES] == pytest.approx([9 / 25, 16 / 25, 0], abs=0.03)


def test_what_two_do_together_counts_in_the_total_alone():
    found = indices(lambda at: (at[:, :1] - 0.5) * (at[:, 1:2] - 0.5), NAMES, seed=1)
    assert found["one"]["S1"] == pytest.approx(0, abs=0.1)
    assert found["one"]["ST"] == pytest.approx(1, abs=0.1)


def test_outputs_weigh_by_how_much_they_vary():
    found = indices(lambda at: np.column_stack([3.0 * at[:, 0], at[:, 1], 0 * at[:, 0]]), NAMES, seed=1)
    assert [found[name]["ST"] for name in NAMES] == pytest.approx([0.9, 0.1, 0], abs=0.03)


def test_outputs_that_never_vary_have_none():
    assert indices(lambda at: np.ones((len(at), 2)), NAMES, seed=1) == {}
    assert indices(lambda at: at, ["alone"], seed=1)["alone"]["ST"] == 1.0


def test_all_outputs_of_an_emulator_count_in_units_of_their_errors():
    rng = np.random.default_rng(1)
    points, slopes = rng.random((80, 3)), rng.normal(size=(6, 3)) * [1.0, 0.5, 0.0]
    sd = np.array([0.5, 0.5, 0.5, 2.0, 2.0, 2.0])
    outputs = points @ slopes.T + 1e-3 * rng.normal(size=(80, 6))
    emulator = fit_emulator(points, outputs, sd, np.zeros((0, 6)), seed=1)
    variance = ((slopes / sd[:, None]) ** 2).sum(axis=0)
    found = of_all_outputs(emulator, NAMES, seed=1)
    assert [found[name]["ST"] for name in NAMES] == pytest.approx(variance / variance.sum(), abs=0.05)
