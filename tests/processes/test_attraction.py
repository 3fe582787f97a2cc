"""Check what draws businesses to a place."""

import numpy as np
import pytest

from sim.city.completions import completion_share
from sim.codes import Sector
from sim.processes import business_dynamics


def test_builders_are_drawn_to_where_homes_are_built(open_model):
    city = open_model(parameters={"builders_follow_homes": 0.6}).city
    idle = business_dynamics.attraction(city)
    city.scratch["land_release"][:] = 1.0 / np.bincount(city.zones.district)[city.zones.district]
    drawn = business_dynamics.attraction(city)
    weight = np.bincount(city.zones.district, drawn[Sector.CONSTRUCTION])
    built = completion_share(city)
    there = np.bincount(city.zones.district, idle[Sector.CONSTRUCTION])
    np.testing.assert_allclose(weight, 0.4 * there + 0.6 * built)
    assert weight.sum() == pytest.approx(1.0)
    others = np.delete(np.arange(len(Sector)), Sector.CONSTRUCTION)
    np.testing.assert_array_equal(drawn[others], idle[others])
