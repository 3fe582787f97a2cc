"""Check what households may choose and what it is worth to them."""

from types import SimpleNamespace

import numpy as np

from sim.codes import DwellingClass, HouseholdKind, MoveCause, Tenure
from sim.processes import moves, relocation
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


def test_who_lives_alone_may_take_a_bed_with_any_hukou_and_families_may_not(open_model):
    constants = taste.class_constants(open_model().city)
    beds = constants[:, DwellingClass.WORKER_DORM]
    allowed = {kind for kind in range(taste.N_TYPES) if beds[kind] > taste.NOT_ALLOWED}
    assert allowed == {taste.LOCAL_SINGLE, taste.OUTSIDE_SINGLE, taste.CREW}


def test_who_lives_alone_with_hukou_is_told_from_families(open_model):
    model = open_model()
    city = model.city
    rows = np.flatnonzero(city.households.n_persons[: city.households.n_rows] > 0)[:2000]
    rows = rows[city.households.kind[rows] == HouseholdKind.FAMILY]
    movers = SimpleNamespace(
        rows=rows,
        was=moves.describe(city, rows),
        tenure=np.full(len(rows), Tenure.RENTER),
        looking=np.zeros(len(rows), dtype=bool),
        cause=np.full(len(rows), MoveCause.VOLUNTARY),
        forced=np.zeros(len(rows), dtype=bool),
    )
    kind = relocation._segments(city, movers) // (taste.N_SEGMENTS // taste.N_TYPES)
    local = movers.was[:, moves.HUKOU] == 0
    alone = movers.was[:, moves.PERSONS] == 1
    assert set(kind[local & alone]) == {taste.LOCAL_SINGLE}
    assert set(kind[local & ~alone]) == {taste.LOCAL_RENTER}
    assert set(kind[~local & alone]) == {taste.OUTSIDE_SINGLE}
