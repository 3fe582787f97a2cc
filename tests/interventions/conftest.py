"""Give the tests of measures a small city and verbs on it."""

from types import SimpleNamespace

import pytest

from sim.accounts.ledger import Ledger
from sim.interventions.base import Verbs
from sim.parameters.store import load_parameters
from tests.fixtures.small_city import small_city


@pytest.fixture
def city() -> SimpleNamespace:
    return small_city()


@pytest.fixture
def make_verbs(city):
    """Make verbs on the city at point parameters, with some values of one's own."""

    def make(**values: float) -> Verbs:
        verbs = Verbs(city, Ledger(), load_parameters("measures").with_values(values))
        verbs.begin_quarter(25)
        return verbs

    return make
