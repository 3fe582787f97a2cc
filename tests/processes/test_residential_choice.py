"""Check what outsiders see in the company of outsiders."""

import numpy as np

from sim.processes import residential_choice as taste


def test_outsiders_think_more_of_zones_with_outsiders_and_locals_do_not(open_model):
    city = open_model(parameters={"taste_network": 0.8}).city
    like = taste.company(city)
    share = city.scratch["non_local_by_zone"] / np.maximum(city.scratch["residents_by_zone"], 1.0)
    large = city.scratch["residents_by_zone"] > np.median(city.scratch["residents_by_zone"])
    assert np.corrcoef(np.log(like[large]), share[large])[0, 1] > 0.8
    with_them = taste.values(city)
    without = open_model(parameters={"taste_network": 0.0}).city
    alone = taste.values(without)
    width = len(taste.INCOME_MIDDLES) * len(taste.SIZES)
    local = taste.LOCAL_RENTER * width
    outsider = taste.OUTSIDE_SINGLE * width
    np.testing.assert_array_equal(with_them[local], alone[local])
    np.testing.assert_allclose(with_them[outsider], alone[outsider] * like[:, None])


def test_a_room_of_ten_square_metres_is_no_home_for_three(open_model):
    values = taste.values(open_model().city)
    small, larger = values[0 :: len(taste.SIZES)], values[1 :: len(taste.SIZES)]
    outsiders = slice(
        taste.OUTSIDE_SINGLE * len(taste.INCOME_MIDDLES), taste.CREW * len(taste.INCOME_MIDDLES)
    )
    assert small[outsiders][:, :, taste.SMALL_ROOMS].any()
    assert not larger[:, :, taste.SMALL_ROOMS].any()
    assert larger[outsiders].any()
