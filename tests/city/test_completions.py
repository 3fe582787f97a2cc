"""Check that new homes lie where the plans say, where listings say, or between the two."""

import numpy as np
import pytest

from sim.calendar import parse_quarter
from sim.city.completions import completion_share
from sim.data.tables import DISTRICTS


@pytest.mark.parametrize(("weight", "pattern"), [(0.0, "plans"), (1.0, "listings")])
def test_at_the_ends_of_the_weight_one_pattern_holds_alone(open_model, weight, pattern):
    city = open_model(parameters={"new_homes_listings_weight": weight}).city
    city.quarter = parse_quarter("2014Q2")
    alone = city.paths.vector(f"completion_share_by_{pattern}", city.quarter)
    np.testing.assert_allclose(completion_share(city), alone)


def test_half_way_it_is_their_geometric_mean(open_model):
    city = open_model(parameters={"new_homes_listings_weight": 0.5}).city
    city.quarter = parse_quarter("2014Q2")
    both = [city.paths.vector(f"completion_share_by_{name}", city.quarter) for name in ("plans", "listings")]
    mean = np.sqrt(both[0] * both[1])
    np.testing.assert_allclose(completion_share(city), mean / mean.sum())


def test_the_inner_districts_build_less_the_more_listings_count(open_model):
    inner = [DISTRICTS.index(name) for name in ("chaoyang", "fengtai", "shijingshan", "haidian")]
    shares = []
    for weight in (0.0, 0.3, 0.7, 1.0):
        city = open_model(parameters={"new_homes_listings_weight": weight}).city
        city.quarter = parse_quarter("2014Q2")
        share = completion_share(city)
        assert share.sum() == pytest.approx(1.0)
        shares.append(share[inner].sum())
    assert (np.diff(shares) < -0.03).all()
