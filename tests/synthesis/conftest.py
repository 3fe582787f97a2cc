"""Share one small census area, and the city at 1:1, between the tests of the synthesis."""

import numpy as np
import pytest

from sim.parameters.store import load_parameters
from sim.synthesis.base import open_base
from sim.synthesis.campuses import aged_in_care, campus_residents
from sim.synthesis.compositions import load_compositions
from sim.synthesis.households import make_households
from sim.synthesis.margins import AREAS, load_margins
from sim.synthesis.people import fit_hukou, make_people
from sim.synthesis.tilts import area_factors


@pytest.fixture(scope="session")
def margins():
    return load_margins()


@pytest.fixture(scope="session")
def parameters():
    return load_parameters("base_year")


@pytest.fixture(scope="session")
def cells(margins):
    return fit_hukou(margins, 0.0)


@pytest.fixture(scope="session")
def area():
    """Choose a small area with campuses, villages and dormitories."""
    return AREAS.index("mentougou")


@pytest.fixture(scope="session")
def people(margins, cells, area):
    return make_people(cells[area], margins, area)


@pytest.fixture(scope="session")
def slots():
    return load_compositions()


@pytest.fixture(scope="session")
def grouped(people, margins, area, slots, parameters):
    campus, aged = campus_residents(margins, parameters), aged_in_care(margins, parameters)
    factors = area_factors(slots, margins, parameters)
    return make_households(
        people, margins, area, slots, factors[area], int(campus[area]), int(aged[area]), parameters
    )


@pytest.fixture(scope="session")
def whole_city():
    """Open the city at 1:1 from the user's cache; built there when absent."""
    return open_base(1.0)


@pytest.fixture(scope="session")
def household_of(grouped):
    return np.repeat(np.arange(len(grouped.size)), grouped.size)
