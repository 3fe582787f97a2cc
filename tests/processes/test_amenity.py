"""What measures add makes a zone worth more, within bounds; without measures nothing changes."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.city.dwellings import SHAPE, Dwellings
from sim.city.land import Land
from sim.codes import DwellingClass, Improvement, LandUse
from sim.processes import amenity

VALUES = {
    "taste_green": 0.05,
    "taste_services": 0.04,
    "taste_renovated": 0.1,
    "taste_clean_heating": 0.05,
    "taste_order": 0.02,
}


@pytest.fixture
def city():
    stock = np.zeros(SHAPE)
    stock[:, DwellingClass.WORK_UNIT] = 6_000.0
    stock[:, DwellingClass.SELF_BUILT] = 4_000.0
    return SimpleNamespace(
        land=Land(np.zeros((343, 4)), np.zeros((343, 5))),
        dwellings=Dwellings(stock, np.ones(SHAPE), np.ones(SHAPE), 1.0, np.zeros(SHAPE)),
        scratch={"residents_by_zone": np.full(343, 200.0)},
        sample=0.01,
        parameter=VALUES.__getitem__,
    )


def test_without_measures_it_is_nothing(city):
    assert not amenity.utility(city).any()


def test_ten_square_metres_of_green_a_resident_are_worth_the_coefficient(city):
    """20,000 residents and 200,000 m2."""
    city.land.use_m2[7, LandUse.GREEN] = 200_000.0
    value = amenity.utility(city)
    assert value[7] == pytest.approx(0.05)
    assert np.count_nonzero(value) == 1


def test_a_point_for_a_thousand_residents_an_estate_and_a_heated_village(city):
    city.land.improvements[3, Improvement.SERVICES] = 20.0
    city.land.improvements[4, Improvement.RENOVATED_HOMES] = 5_000.0
    city.land.improvements[5, Improvement.CLEAN_HEATING] = 2_000.0
    city.land.improvements[6, Improvement.ORDERLY_AREAS] = 2.0
    value = amenity.utility(city)
    assert value[3:7] == pytest.approx([0.04, 0.1 * 0.5, 0.05 * 0.2, 0.04])


def test_more_and_more_of_it_stops_counting(city):
    city.land.use_m2[:, LandUse.GREEN] = 1e12
    city.land.improvements[:] = 1e9
    most = 0.05 * 3 + 0.04 * 5 + 0.1 + 0.05 * 0.4 + 0.02 * 3
    assert amenity.utility(city) == pytest.approx(np.full(343, most))
