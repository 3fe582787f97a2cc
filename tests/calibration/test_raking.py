"""Check that the factors are made from a store, are read back, and are refused where the city is another."""

import pytest

from calibration import raking
from sim.data.raking import load_raking
from sim.errors import InputError
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_demo_store(tmp_path_factory.mktemp("raking") / "demo", replications=2)


def test_the_factors_are_the_census_over_the_executed_city(store, tmp_path):
    assert raking.main([str(store), "--to", str(tmp_path / "factors.yaml")]) == 0
    made = load_raking(tmp_path / "factors.yaml")
    model = load_results(store).indicators(
        "executed-2017-2020", indicator="residents", level="district", area="tongzhou", quarter="2020Q4"
    )
    assert made.districts["tongzhou"].census == 1_840_295
    assert made.districts["tongzhou"].factor == pytest.approx(1_840_295 / model.value.mean(), rel=1e-5)
    assert (made.replications, made.parameters) == (2, "point")


def test_a_store_that_ends_before_the_census_is_refused(tmp_path):
    short = make_demo_store(tmp_path / "short", replications=1, until="2019Q4")
    with pytest.raises(InputError, match="2020Q4"):
        raking.raking_of(load_results(short))


def test_a_city_too_far_from_the_census_is_refused(store, monkeypatch):
    monkeypatch.setattr(raking, "census", lambda: dict.fromkeys(load_raking().districts, 10))
    with pytest.raises(InputError, match="cannot be raked"):
        raking.raking_of(load_results(store))
