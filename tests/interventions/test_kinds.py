"""Each kind does to a small city what a hand calculation says, no more than there is, and writes it down."""

import numpy as np
import pytest

from sim.codes import DwellingClass, FloorUse, MoveCause, OrganisationKind, Premises
from sim.interventions import basement, campus, demolish, hospital, key_area, market
from sim.policy.places import places
from tests.fixtures.small_city import measure, named, organisation, own, portion, zone

YANGZHEN = zone("shunyi.yangzhen")


def tasks(verbs):
    frame = verbs.ledger.to_frame()
    return frame[frame["verb"] == "task"]


def test_demolition_takes_homes_for_the_people_and_other_floor_area_for_the_rest(city, make_verbs):
    """31,000 m2, a tenth lived in at 31 m2 a person: 100 people in 50 places of 30 m2, 1,500 m2 of homes."""
    verbs = make_verbs(
        demolish_residential_share=0.1,
        demolish_m2_per_person=31.0,
        demolish_persons_per_place=2.0,
        demolish_village_rental_share=0.3,
    )
    before = city.dwellings.stock.copy()
    order = measure("demolish", "m2", portions=(portion("haidian.qinghe", 31_000.0),))
    demolish.act(order, 25, city, verbs)
    here = zone("haidian.qinghe")
    gone = before - city.dwellings.stock
    assert gone[here, DwellingClass.ILLEGAL] == pytest.approx(35.0)
    assert gone[here, DwellingClass.VILLAGE_RENTAL] == pytest.approx(15.0)
    assert gone.sum() == pytest.approx(50.0)
    other = city.land.floor_area_m2[here, FloorUse.ILLEGAL_NONRESIDENTIAL]
    assert other == pytest.approx(40_000.0 - (31_000.0 - 1_500.0))
    assert city.land.premises[here, Premises.ILLEGAL] == pytest.approx(10.0 * (1 - 29_500 / 40_000))
    row = tasks(verbs).iloc[0]
    assert (row["planned"], row["executed"]) == (pytest.approx(31_000.0), pytest.approx(31_000.0))
    assert row["gross_persons"] == pytest.approx(100.0)
    assert city.dwellings.removed[MoveCause.DEMOLISH].sum() == pytest.approx(50.0)


@pytest.mark.parametrize(("times_the_rooms", "household", "places"), [(1, 2, 50), (2, 2, 50), (1, 4, 25)])
def test_demolition_moves_the_people_its_floor_area_holds(
    city, make_verbs, times_the_rooms, household, places
):
    """31,000 m2 hold 100 people in any year: after rooms grew in every village, in households of any size."""
    verbs = make_verbs(
        demolish_residential_share=0.1, demolish_m2_per_person=31.0, demolish_persons_per_place=1.0
    )
    city.dwellings.stock *= times_the_rooms
    city.dwellings.occupied *= times_the_rooms
    city.scratch["household_size"] = (city.quarter, np.full(len(DwellingClass), float(household)))
    before = city.dwellings.stock.sum()
    order = measure("demolish", "m2", portions=(portion("haidian.qinghe", 31_000.0),))
    demolish.act(order, 25, city, verbs)
    assert before - city.dwellings.stock.sum() == pytest.approx(places)
    assert tasks(verbs)["gross_persons"].sum() == pytest.approx(100.0)


def test_empty_homes_move_nobody(city, make_verbs):
    city.dwellings.occupied[:] = 0
    verbs = make_verbs()
    demolish.act(measure("demolish", "m2", portions=(portion("haidian", 1e5),)), 25, city, verbs)
    assert tasks(verbs)["gross_persons"].sum() == 0.0
    assert tasks(verbs)["executed"].sum() == pytest.approx(1e5)


def test_demolition_never_takes_more_than_there_is_and_logs_the_shortage(city, make_verbs):
    verbs = make_verbs(demolish_residential_share=0.25)
    whole = 1_500.0 * 30.0 + 40_000.0
    order = measure("demolish", "m2", portions=(portion("haidian.qinghe", 10 * whole),))
    demolish.act(order, 25, city, verbs)
    assert city.dwellings.stock.min() >= 0.0
    assert city.land.floor_area_m2.min() >= 0.0
    row = tasks(verbs).iloc[0]
    assert row["planned"] == pytest.approx(10 * whole)
    assert row["executed"] <= whole * (1 + 1e-9)
    assert row["executed"] > 0.9 * 40_000.0


def test_a_city_amount_is_spread_and_adds_up(city, make_verbs):
    verbs = make_verbs()
    demolish.act(measure("demolish", "m2", portions=(portion("beijing", 2e6),)), 25, city, verbs)
    frame = tasks(verbs)
    assert len(frame) == 343
    assert frame["planned"].sum() == pytest.approx(2e6)
    assert frame["executed"].sum() == pytest.approx(2e6)
    assert frame["executed"].std() > 0.2 * frame["executed"].mean()
    effect = verbs.ledger.to_frame()
    floor = -effect.loc[effect["object"] == "floor_area.illegal_nonresidential", "executed"].sum()
    homes = -effect.loc[effect["object"].str.startswith("dwellings."), "executed"].sum()
    assert floor + homes * 30.0 == pytest.approx(2e6)


def test_nothing_happens_outside_the_quarters_due(city, make_verbs):
    verbs = make_verbs()
    before = city.dwellings.stock.copy()
    order = measure("demolish", "m2", portions=(portion("beijing", 2e6, quarter=26),))
    demolish.act(order, 25, city, verbs)
    assert (city.dwellings.stock == before).all()
    assert len(verbs.ledger) == 0


def test_a_ban_on_new_construction_slows_regrowth_only_while_it_holds(city, make_verbs):
    verbs = make_verbs(demolish_rebound_factor=0.3)
    order = measure("demolish", "m2", portions=(portion("beijing", 1.0),), control_until=26)
    demolish.act(order, 26, city, verbs)
    assert city.scratch["rates"]["regrowth.illegal"] == pytest.approx(np.full(343, 0.3))
    verbs.begin_quarter(27)
    demolish.act(order, 27, city, verbs)
    assert city.scratch["rates"] == {}


def test_basement_sites_are_as_many_rooms_as_their_residents_need(city, make_verbs):
    """Ten sites of 38 people at two a room are 190 rooms."""
    verbs = make_verbs(basement_persons_per_site=38.0, basement_persons_per_room=2.0)
    order = measure("basement", "sites", portions=(portion("haidian", 10.0),))
    basement.act(order, 25, city, verbs)
    gone = 200.0 * 343 - city.dwellings.stock[:, DwellingClass.BASEMENT].sum()
    assert gone == pytest.approx(190.0)
    assert tasks(verbs)["executed"].sum() == pytest.approx(10.0)
    assert tasks(verbs)["gross_persons"].sum() == pytest.approx(380.0)
    assert city.dwellings.removed[MoveCause.BASEMENT].sum() == pytest.approx(190.0)


def test_more_basements_than_exist_are_planned_not_executed(city, make_verbs):
    verbs = make_verbs()
    order = measure("basement", "sites", portions=(portion("haidian.qinghe", 1000.0),))
    basement.act(order, 25, city, verbs)
    assert city.dwellings.stock[zone("haidian.qinghe"), DwellingClass.BASEMENT] == pytest.approx(0.0)
    assert tasks(verbs)["planned"].sum() == pytest.approx(1000.0)
    assert tasks(verbs)["executed"].sum() == pytest.approx(200.0 / (38.1 / 1.4))


def test_a_measures_own_parameter_comes_before_the_runs(city, make_verbs):
    verbs = make_verbs(basement_persons_per_site=38.0, basement_persons_per_room=2.0)
    small = measure(
        "basement",
        "sites",
        portions=(portion("haidian", 10.0),),
        parameters=(own("basement_persons_per_site", 17.0),),
    )
    basement.act(small, 25, city, verbs)
    assert tasks(verbs)["gross_persons"].sum() == pytest.approx(170.0)


def markets(city, number):
    city.organisations = [
        organisation(OrganisationKind.MARKET, "haidian.qinghe", f"unnamed {i}", n_jobs=100.0, stalls=40.0)
        for i in range(number)
    ]
    city.organisations.append(
        organisation(OrganisationKind.MARKET, "haidian.qinghe", "西郊", n_jobs=300.0, stalls=120.0)
    )


def test_a_count_of_markets_falls_on_unnamed_ones_each_once(city, make_verbs):
    markets(city, 30)
    verbs = make_verbs(market_upgrade_share=0.4)
    order = measure("market", "markets", portions=tuple(portion("haidian", 5.0, q) for q in (25, 26, 27, 28)))
    for quarter in (25, 26, 27, 28):
        verbs.begin_quarter(quarter)
        market.act(order, quarter, city, verbs)
    given = [[order.order for order in item.orders if order.order != "notice"] for item in city.organisations]
    assert sum(len(orders) for orders in given) == 20
    assert max(len(orders) for orders in given) == 1
    assert not given[-1]
    kinds = {orders[0] for orders in given if orders}
    assert kinds == {"close", "upgrade"}
    lost = [100.0 * (0.4 if orders[0] == "upgrade" else 1.0) for orders in given if orders]
    assert tasks(verbs)["gross_persons"].sum() == pytest.approx(sum(lost))
    assert tasks(verbs)["planned"].sum() == pytest.approx(20.0)
    assert tasks(verbs)["executed"].sum() == pytest.approx(20.0)


def test_markets_run_out(city, make_verbs):
    markets(city, 3)
    verbs = make_verbs()
    market.act(measure("market", "markets", portions=(portion("haidian", 8.0),)), 25, city, verbs)
    assert tasks(verbs)["executed"].sum() == 3.0
    assert tasks(verbs)["planned"].sum() == 8.0


def test_parts_of_a_market_are_shares_of_what_is_left(city, make_verbs):
    markets(city, 0)
    verbs = make_verbs()
    steps = tuple(named("西郊", "close", q, share=s) for q, s in ((25, 0.25), (26, 0.25), (27, 0.5)))
    order = measure("market", "markets", orders=steps)
    left = 120.0
    for quarter in (25, 26, 27):
        verbs.begin_quarter(quarter)
        market.act(order, quarter, city, verbs)
        left *= 1.0 - city.organisations[0].orders[-1].details["share"]
    assert left == pytest.approx(0.0)
    shares = [item.details["share"] for item in city.organisations[0].orders]
    assert shares == [pytest.approx(0.25), pytest.approx(1 / 3), pytest.approx(1.0)]


def test_an_upgraded_market_keeps_a_share_and_its_workers_count_once(city, make_verbs):
    markets(city, 0)
    verbs = make_verbs(market_upgrade_kept_share=0.6)
    market.act(measure("market", "markets", orders=(named("西郊", "upgrade"),)), 25, city, verbs)
    given = city.organisations[0].orders[0]
    assert given.details["kept_share"] == 0.6
    assert tasks(verbs)["gross_persons"].sum() == pytest.approx(300.0 * 0.4)


def test_a_market_that_is_not_there_is_planned_not_executed(city, make_verbs):
    verbs = make_verbs()
    market.act(measure("market", "markets", orders=(named("天意", "close"),)), 25, city, verbs)
    row = tasks(verbs).iloc[0]
    assert (row["place"], row["planned"], row["executed"]) == ("天意", 1.0, 0.0)


def test_students_move_at_once_and_half_the_posts_over_eight_quarters(city, make_verbs):
    """1,000 students with 0.1 posts each, half of which follow over 4 quarters: 12.5 a quarter."""
    city.organisations = [
        organisation(OrganisationKind.CAMPUS, "haidian.xueyuanlu", "城市学院", students=5000.0, n_jobs=500.0)
    ]
    verbs = make_verbs(
        campus_staff_per_student=0.1, campus_staff_moved_share=0.5, campus_staff_delay_quarters=4.0
    )
    order = measure("campus", "students", orders=(named("城市学院", "move", students=1000.0, zone=YANGZHEN),))
    for quarter in range(25, 33):
        verbs.begin_quarter(quarter)
        campus.act(order, quarter, city, verbs)
    orders = city.organisations[0].orders
    first = {"students": 1000.0, "jobs": 0.0, "zone": YANGZHEN, "outside": "", "site_kept": 1.0}
    assert orders[0].details == first
    assert [item.details["jobs"] for item in orders[1:]] == [pytest.approx(12.5)] * 4
    assert [item.quarter_index for item in orders[1:]] == [26, 27, 28, 29]
    assert tasks(verbs)["executed"].sum() == 1000.0


def test_no_more_students_move_than_there_are(city, make_verbs):
    city.organisations = [
        organisation(OrganisationKind.CAMPUS, "haidian.xueyuanlu", "城市学院", students=600.0)
    ]
    verbs = make_verbs()
    order = measure("campus", "students", orders=(named("城市学院", "move", students=1000.0, zone=YANGZHEN),))
    campus.act(order, 25, city, verbs)
    assert city.organisations[0].orders[0].details["students"] == 600.0
    assert (tasks(verbs)["planned"].sum(), tasks(verbs)["executed"].sum()) == (1000.0, 600.0)


def test_a_count_of_students_falls_on_campuses_by_size_and_goes_by_shares(city, make_verbs):
    city.organisations = [
        organisation(OrganisationKind.CAMPUS, "haidian.xueyuanlu", "unnamed a", students=3000.0),
        organisation(OrganisationKind.CAMPUS, "haidian.qinghe", "unnamed b", students=1000.0),
        organisation(OrganisationKind.CAMPUS, "xicheng.zhanlanlu", "unnamed c", students=9000.0),
    ]
    verbs = make_verbs()
    order = measure(
        "campus",
        "students",
        portions=(portion("haidian", 400.0),),
        destinations=(("changping.shahe", 0.75), ("hebei_tianjin", 0.25)),
    )
    campus.act(order, 25, city, verbs)
    first, second, third = (item.orders for item in city.organisations)
    assert [item.details["students"] for item in first] == [pytest.approx(225.0), pytest.approx(75.0)]
    assert [item.details["zone"] for item in first] == [zone("changping.shahe"), -1]
    assert first[1].details["outside"] == "hebei_tianjin"
    assert sum(item.details["students"] for item in second) == pytest.approx(100.0)
    assert not third


def test_a_hospital_moves_its_beds_with_their_posts(city, make_verbs):
    """400 of 1,000 beds with 2,000 posts take 800 posts away; 500 new beds need 1.5 posts each: 750."""
    city.organisations = [
        organisation(OrganisationKind.HOSPITAL, "dongcheng.tiantan", "天坛", beds=1000.0, n_jobs=2000.0)
    ]
    verbs = make_verbs(hospital_staff_per_bed=1.5, hospital_staff_share=0.6)
    there = zone("fengtai.huaxiang")
    move = named("天坛", "move", beds_removed=400.0, beds_opened=500.0, counts=400.0, zone=there)
    hospital.act(measure("hospital", "beds", orders=(move,)), 25, city, verbs)
    details = city.organisations[0].orders[0].details
    assert details["jobs_removed"] == pytest.approx(800.0)
    assert details["jobs_opened"] == pytest.approx(750.0)
    assert (details["staff_share"], details["zone"]) == (0.6, there)
    assert tasks(verbs)["executed"].sum() == 400.0


def test_the_staff_of_a_hospital_follow_over_the_quarters_after(city, make_verbs):
    """Of 1,000 posts 60 % follow in three quarters, 200 each; beds cut meanwhile take other posts alone."""
    there = organisation(OrganisationKind.HOSPITAL, "dongcheng.tiantan", "天坛", beds=1000.0, n_jobs=2000.0)
    city.organisations = [there]
    verbs = make_verbs(hospital_staff_share=0.6, hospital_staff_delay_quarters=3)
    move = named(
        "天坛", "move", beds_removed=500.0, beds_opened=800.0, counts=500.0, zone=zone("fengtai.huaxiang")
    )
    moved = measure("hospital", "beds", orders=(move,), portions=(portion("core", 50.0, quarter=26),))
    hospital.act(moved, 25, city, verbs)
    assert there.orders.pop().details["jobs_removed"] == 1000.0
    there.beds, there.n_jobs = 500.0, 1600.0  # as the hospital obeys: 600 of the posts wait to follow
    followed = {}
    for quarter in (26, 27, 28, 29):
        verbs.begin_quarter(quarter)
        hospital.act(moved, quarter, city, verbs)
        orders = {order.order: order.details for order in there.orders}
        there.orders.clear()
        followed[quarter] = orders.get("move_staff", {}).get("jobs", 0.0)
        if quarter == 26:
            # 50 of 500 beds take a tenth of the posts but of the 400 that go in this quarter or later.
            assert orders["reduce_beds"]["jobs_removed"] == pytest.approx(0.1 * (1600 - 400))
    assert followed == {26: 200.0, 27: 200.0, 28: 200.0, 29: 0.0}


def test_beds_are_cut_by_size(city, make_verbs):
    city.organisations = [
        organisation(OrganisationKind.HOSPITAL, "dongcheng.tiantan", "a", beds=900.0),
        organisation(OrganisationKind.HOSPITAL, "xicheng.yuetan", "b", beds=300.0),
        organisation(OrganisationKind.HOSPITAL, "haidian.qinghe", "c", beds=800.0),
    ]
    verbs = make_verbs()
    hospital.act(measure("hospital", "beds", portions=(portion("core", 40.0),)), 25, city, verbs)
    cut = [sum(order.details["beds_removed"] for order in item.orders) for item in city.organisations]
    assert cut == [pytest.approx(30.0), pytest.approx(10.0), 0]


def test_an_unknown_target_or_unit_is_refused(city, make_verbs):
    verbs = make_verbs()
    with pytest.raises(ValueError, match="floor_area in places"):
        verbs.set_capacity(measure("demolish", "m2"), "floor_area", 0, 0, -1.0, "places")


def test_capacity_can_be_added(city, make_verbs):
    verbs = make_verbs()
    done = verbs.set_capacity(
        measure("demolish", "m2"), "dwellings", np.array([3, 4]), DwellingClass.BASEMENT, 5.0, "places"
    )
    assert done.tolist() == [5.0, 5.0]
    assert city.dwellings.stock[3, DwellingClass.BASEMENT] == 205.0


def test_larger_markets_tend_to_go_first(city, make_verbs):
    city.organisations = [
        organisation(
            OrganisationKind.MARKET, "haidian.qinghe", f"unnamed {i}", stalls=400.0 if i % 2 else 20.0
        )
        for i in range(200)
    ]
    market.act(measure("market", "markets", portions=(portion("haidian", 50.0),)), 25, city, make_verbs())
    large = sum(bool(item.orders) and item.stalls > 100 for item in city.organisations)
    assert 40 <= large <= 50


def test_measures_that_watch_over_the_same_thing_do_not_add_to_each_other(city, make_verbs):
    verbs = make_verbs()
    for factor in (0.5, 0.3, 0.8):
        verbs.control(measure("demolish", "m2", control_until=26), ("regrowth.illegal",), factor)
    assert city.scratch["rates"]["regrowth.illegal"] == pytest.approx(np.full(343, 0.3))


def test_special_governance_calms_complaints_only_where_it_has_come_to(city, make_verbs):
    verbs = make_verbs(key_area_complaint_factor=0.8)
    portions = (portion("haidian", 4.0, quarter=25), portion("chaoyang", 4.0, quarter=27))
    order = measure("key_area", "tasks", action="special_governance", portions=portions)
    key_area.act(order, 25, city, verbs)
    calm = set(np.flatnonzero(city.rate("complaints") < 1.0).tolist())
    assert calm == places().zones_of("haidian")
