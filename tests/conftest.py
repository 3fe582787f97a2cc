"""Give tests small models of the city; those that several tests only read are opened once."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

TINY, SMALL = 0.002, 0.005


@pytest.fixture
def open_model() -> Iterator[Callable[..., Any]]:
    """Open models of a tiny sample on one thread, and close them after the test."""
    from sim import CityModel

    models = []

    def make(scenario: Any = "no-measures", **options: Any) -> CityModel:
        models.append(CityModel(scenario, **({"sample": TINY, "rng": 1, "threads": 1} | options)))
        return models[-1]

    yield make
    for model in models:
        model.close()
    gc.collect()


@pytest.fixture(scope="session")
def base_model() -> Iterator[Any]:
    """Give a small model in the base quarter; for reading only."""
    from sim import CityModel

    model = CityModel(sample=SMALL, rng=1, threads=1)
    yield model
    model.close()


@pytest.fixture(scope="session")
def measured_model() -> Iterator[Any]:
    """Give a tiny model that ran through the first years of measures, to 2015Q4; for reading only."""
    from sim import CityModel

    model = CityModel("executed-2017-2020", sample=TINY, rng=1, threads=1)
    model.run(until="2015Q4")
    yield model
    model.close()
