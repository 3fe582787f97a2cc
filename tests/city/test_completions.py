"""Check that new homes lie where the plans say, where listings say, or between the two."""

import numpy as np
import pytest

from sim.city.completions import completion_share
from sim.data.tables import DISTRICTS


@pytest.mark.parametrize(("weight", "pattern"), [(0.0, "plans"), (1.0, "listings")])
def test_at_the_ends_of_the_weight_one_pattern_holds_alone(open_model, weight, pattern):
    city = open_model(parameters={"new_homes_listings_weight": weight}).city
    alone = city.paths.vector(f"completion_share_by_{pattern}", city.quarter)
    np.testing.assert_allclose(completion_share(city), alone)


def test_between_them_the_inner_districts_build_less_the_more_listings_count(open_model):
    inner = [DISTRICTS.index(name) for name in ("chaoyang", "fengtai", "shijingshan", "haidian")]
    shares = []
    for weight in (0.0, 0.3, 0.7, 1.0):
        share = completion_share(open_model(parameters={"new_homes_listings_weight": weight}).city)
        assert share.sum() == pytest.approx(1.0)
        assert (share > 0.0).all()
        shares.append(share[inner].sum())
    assert shares == sorted(shares, reverse=True)
