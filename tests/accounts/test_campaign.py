"""Check by hand what districts attempt, report, carry over and are found out about."""

import numpy as np
import pytest

from sim.accounts.levers import Levers
from sim.codes import DwellingClass, Premises
from sim.policy.places import places
from tests.accounts.conftest import HONEST, PLENTY
from tests.fixtures.small_city import measure, portion, zone

Q1, Q4 = 25, 28  # 2017Q1, 2017Q4
ONE = "haidian.qinghe"
HAIDIAN = places().district_ids.index("haidian")


def clearing(*portions, **facts):
    """Return a measure that clears basement sites, from 2017Q1 to 2017Q4."""
    return measure("basement", "sites", portions=portions, **{"first": Q1, "last": Q4, **facts})


def sites_a_quarter(office, number: float, **values):
    """Return values with which Haidian's enforcers can do so many sites a quarter."""
    weight = office([]).campaign.weights[HAIDIAN]
    effort = 0.3
    return {
        **HONEST,
        "basement_clear_effort": effort,
        "enforcement_campaign_share": 1.0,
        "enforcement_persons": number * effort / weight,
        **values,
    }


def test_without_limits_all_that_falls_due_is_done(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **HONEST, **PLENTY)
    assert desk.quarter(Q1, order) == [8.0]
    row = desk.tasks().iloc[0]
    assert (row["planned"], row["reported"], row["executed"], row["verified"]) == (8.0, 8.0, 8.0, 8.0)
    assert row["written_off_quarter"] == "2017Q1"
    assert row["cost_cny"] == pytest.approx(8.0 * 37_000)
    assert desk.quarter(Q1 + 1, order) == [0.0]


def test_what_enforcers_cannot_do_carries_over(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **sites_a_quarter(office, 5.0))
    assert desk.quarter(Q1, order)[0] == pytest.approx(5.0)
    assert desk.campaign.outstanding.sum() == pytest.approx(3.0)
    assert desk.campaign.by_district(desk.campaign.enforcement)[HAIDIAN] == pytest.approx(5.0 * 0.3)
    assert desk.quarter(Q1 + 1, order)[0] == pytest.approx(3.0)
    frame = desk.tasks()
    assert frame["planned"].sum() == pytest.approx(8.0)  # planned once, though worked at twice
    assert frame["executed"].sum() == pytest.approx(8.0)


def test_work_left_over_ends_with_the_task(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **sites_a_quarter(office, 1.0))
    for quarter in range(Q1, Q4 + 1):
        assert desk.quarter(quarter, order)[0] == pytest.approx(1.0)
    # In 2018 no measure orders the task: what is left stays undone.
    assert desk.quarter(Q4 + 1, order)[0] == 0.0
    assert desk.campaign.outstanding.sum() == pytest.approx(4.0)


def after_a_year(office, rule: str):
    """Return the office after a year that did 4 of 8 sites, with another order of the task in 2018."""
    order = clearing(portion(ONE, 8.0), unfinished=rule)
    later = clearing(portion("haidian.shangdi", 1.0, Q4 + 4), id="later", first=Q4 + 1, last=Q4 + 4)
    desk = office([order, later], **sites_a_quarter(office, 1.0))
    for quarter in range(Q1, Q4 + 1):
        desk.quarter(quarter, order, later)
    return desk, order, later


def test_carried_over_work_goes_on_in_the_next_years_plan(office):
    desk, order, later = after_a_year(office, "carry_over")
    done = [desk.quarter(Q4 + step, order, later)[0] for step in (1, 2, 3)]
    assert done == pytest.approx([1.0, 1.0, 1.0])


def test_replanned_work_is_spread_over_the_next_year(office):
    desk, order, later = after_a_year(office, "replan")
    assert desk.tasks("replan")["executed"].sum() == pytest.approx(4.0)
    desk.city.parameters = desk.city.parameters.with_values(PLENTY)
    done = [desk.quarter(Q4 + step, order, later)[0] for step in (1, 2, 3, 4)]
    assert done == pytest.approx([1.0, 1.0, 1.0, 1.0])


def test_lapsed_work_is_entered_and_forgotten(office):
    desk, order, later = after_a_year(office, "lapse")
    lapsed = desk.tasks("lapse")
    assert lapsed[["place", "executed", "planned"]].values.tolist() == [["haidian", pytest.approx(4.0), 0.0]]
    assert desk.quarter(Q4 + 1, order, later)[0] == 0.0


def test_a_report_says_more_than_was_done_and_inspection_finds_a_part(office):
    order = clearing(portion(ONE, 100.0))
    desk = office([order], inspection_share=0.5, inspection_detection=0.5, **PLENTY)
    desk.open(Q1)
    desk.campaign.false_share[:] = 0.2
    assert desk.work(order) == pytest.approx(80.0)
    desk.campaign.close_quarter()
    row = desk.tasks().iloc[0]
    # 100 reported, 80 done; of the 20 false a half is looked at and a half of that found: 5 go back.
    assert row[["reported", "executed", "verified"]].tolist() == pytest.approx([100.0, 80.0, 95.0])
    assert desk.campaign.outstanding[0, zone(ONE)] == pytest.approx(5.0)
    assert row["cost_cny"] == pytest.approx(80.0 * 37_000)  # what was not done is not paid
    desk.open(Q1 + 1)
    desk.campaign.false_share[:] = 0.0
    assert desk.work(order) == pytest.approx(5.0)


def test_what_is_not_there_is_entered_and_not_attempted(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **HONEST, **PLENTY)
    available = np.zeros(343)
    available[zone(ONE)] = 3.0
    desk.open(Q1)
    assert desk.work(order, available) == pytest.approx(3.0)
    assert desk.tasks()["planned"].sum() == pytest.approx(8.0)
    lacking = desk.tasks("not_available").iloc[0]
    assert (lacking["place"], lacking["planned"], lacking["executed"]) == (ONE, pytest.approx(5.0), 0.0)
    assert desk.campaign.outstanding.sum() == pytest.approx(0.0)


def test_begun_work_is_not_attempted_again(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **HONEST, **PLENTY)
    desk.open(Q1)
    (work,) = desk.verbs.work(order, "basement_places_2010", 3.0)
    desk.verbs.report_task(order, work.zones, work.planned, 0.0, begun=work.amount)
    desk.campaign.close_quarter()
    assert desk.quarter(Q1 + 1, order) == [0.0]
    desk.open(Q1 + 2)
    desk.verbs.report_task(order, work.zones, 0.0, work.amount)
    desk.campaign.close_quarter()
    assert desk.tasks()["executed"].sum() == pytest.approx(8.0)
    assert desk.campaign.outstanding.sum() == pytest.approx(0.0)


def test_more_enforcers_never_do_less_and_no_district_passes_its_capacity(office):
    order = clearing(portion("beijing", 15000.0))
    done = []
    for factor in (0.0, 0.1, 0.3, 1.0, 3.0):
        desk = office([order], Levers(enforcement=factor), **HONEST)
        done.append(desk.quarter(Q1, order)[0])
        used = desk.campaign.by_district(desk.campaign.enforcement)
        assert (used <= desk.campaign.capacity + 1e-9).all()
    assert done == sorted(done)
    assert done[0] == 0.0
    assert done[1] < done[2] < done[4]
    assert done[4] == pytest.approx(15000.0)


def test_more_money_never_does_less(office):
    # Known zones only: where the split is not known yet, money does not bind in the first quarter.
    order = clearing(portion("haidian", 100.0))
    done = []
    for billion in (0.0001, 0.001, 0.01):
        desk = office([order], Levers(fund_billion_cny=billion), **HONEST, **PLENTY)
        done.append(desk.quarter(Q1, order)[0])
        desk.fund.check(Q1)
    # 100,000 CNY of the city and as much of the district pay for 200,000 / 37,000 sites.
    assert done[:2] == pytest.approx([200_000 / 37_000, 2_000_000 / 37_000])
    assert done[2] == pytest.approx(100.0)


def test_an_account_outside_the_fund_is_given_its_share_of_the_years_plan(office):
    order = measure(
        "shantytown", "households", id="a", portions=(portion("haidian", 8.0), portion("haidian", 8.0, 26))
    )
    desk = office([order], fund_other_accounts_share=0.5, **HONEST, **PLENTY)
    done = [desk.quarter(quarter, order)[0] for quarter in (Q1, Q1 + 1, Q1 + 2)]
    # Half of the year's 16 are paid for: all at once in the first quarter, nothing afterwards.
    assert done == pytest.approx([8.0, 0.0, 0.0])


def test_what_the_plan_could_not_know_is_set_right_in_the_next_quarter(office):
    # The split over districts is not known beforehand: Haidian's part is taken to follow people at first.
    order = clearing(portion("beijing", 400.0), portion("beijing", 400.0, Q1 + 1))
    desk = office([order], **HONEST, **PLENTY)
    proxy = np.zeros(343)
    proxy[zone(ONE)] = 1.0
    desk.verbs.proxies["basement_places_2010"] = proxy
    assert desk.quarter(Q1, order)[0] == pytest.approx(400.0)
    assert desk.quarter(Q1 + 1, order)[0] == pytest.approx(400.0)
    frame = desk.fund.to_frame()
    later = frame[(frame["quarter"] == "2017Q2") & (frame["purpose"] == "advance by plan")]
    assert later["district"].tolist() == ["haidian"]


def test_in_all_is_a_quarter_of_a_year_each(office):
    order = clearing(portion("haidian", 100.0))
    desk = office([order], Levers(fund_billion_cny=0.001, fund_a_year=False), **HONEST, **PLENTY)
    assert desk.quarter(Q1, order)[0] == pytest.approx(500_000 / 37_000)


def test_the_task_that_is_behind_comes_first_then_the_order_of_the_document(office):
    sealing = measure("seal_openings", "places", id="a", portions=(portion(ONE, 75.0),), first=Q1, last=Q4)
    clearing_ = clearing(portion(ONE, 5.0, Q1), portion(ONE, 5.0, Q1 + 1), id="b")
    values = sites_a_quarter(office, 5.0, seal_openings_seal_effort=0.02)
    desk = office([sealing, clearing_], **values)
    # 1.5 person-quarters: openings (task 2) before basements (task 9).
    assert desk.quarter(Q1, sealing, clearing_) == pytest.approx([75.0, 0.0])
    desk = office([sealing, clearing_], **{**values, "district_behind_weight": 10.0})
    desk.open(Q1)
    desk.campaign.outstanding[1, zone(ONE)] = 100.0
    desk.open(Q1)
    # Basements are behind by 100 of 105 now: they move up by more than the seven places between the tasks.
    done = [desk.work(order) for order in (sealing, clearing_)]
    assert done == pytest.approx([0.0, 5.0])


def test_standing_enforcement_takes_enforcers_and_reaches_as_far_as_they_do(office):
    order = clearing(portion(ONE, 1.0), control_until=Q4)
    values = {**sites_a_quarter(office, 10.0), "control_place_effort": 0.01}
    desk = office([order], **values)
    desk.city.dwellings.cleared[zone(ONE), DwellingClass.BASEMENT] = 600.0  # needs 6, there are 3 less work
    desk.open(Q1)
    desk.work(order)
    desk.verbs.control(order, ("regrowth.basement",), 0.2)
    reached = (10 * 0.3 - 0.3) / 6.0
    rate = desk.city.rate("regrowth.basement")
    assert rate[zone(ONE)] == pytest.approx(1.0 - 0.8 * reached)
    assert rate[zone("dongcheng.donghuamen")] == pytest.approx(0.2)
    used = desk.campaign.by_district(desk.campaign.enforcement)[HAIDIAN]
    assert used == pytest.approx(3.0)
    # The same rate under another measure's control takes nobody more.
    desk.verbs.control(order, ("regrowth.basement",), 1.0)
    assert desk.campaign.by_district(desk.campaign.enforcement)[HAIDIAN] == pytest.approx(3.0)


def test_what_is_to_be_kept_clear_comes_before_new_work_in_the_next_quarter(office):
    order = clearing(portion(ONE, 5.0), portion(ONE, 5.0, Q1 + 1), control_until=Q4)
    desk = office([order], **sites_a_quarter(office, 10.0), control_place_effort=0.01)
    desk.city.dwellings.cleared[zone(ONE), DwellingClass.BASEMENT] = 240.0
    for quarter in (Q1, Q1 + 1):
        desk.open(quarter)
        done = desk.work(order)
        desk.verbs.control(order, ("regrowth.basement",), 0.2)
        desk.campaign.close_quarter()
    # 3.0 in all, 2.4 to keep: 0.6 is left for two sites.
    assert done == pytest.approx(2.0)
    assert desk.city.rate("regrowth.basement")[zone(ONE)] == pytest.approx(0.2)


def test_people_hit_before_are_counted_once(office):
    order = clearing(portion(ONE, 8.0))
    desk = office([order], **HONEST, **PLENTY)
    desk.open(Q1)
    desk.verbs.report_task(order, np.array([zone(ONE)]), 8.0, 8.0, 300.0)
    desk.city.scratch["hit_home"][8, HAIDIAN] = [3.0, 1.0]  # cause 8: basement; one in four was hit before
    desk.campaign.close_quarter()
    row = desk.tasks().iloc[0]
    assert row[["gross_persons", "double_counted", "net_persons"]].tolist() == [300.0, 75.0, 225.0]


def test_people_who_lost_a_job_are_counted_once_too_and_those_who_kept_it_are_not_asked(office):
    market = measure("market", "markets", id="a", portions=(portion(ONE, 1.0),))
    campus = measure("campus", "students", id="b", portions=(portion(ONE, 1.0),))
    desk = office([market, campus], **HONEST, **PLENTY)
    desk.open(Q1)
    desk.verbs.report_task(market, zone(ONE), 1.0, 1.0, 100.0)
    desk.verbs.report_task(campus, zone(ONE), 1.0, 1.0, 100.0)
    desk.city.scratch["hit_work"][HAIDIAN] = [8.0, 2.0]
    desk.campaign.close_quarter()
    assert desk.tasks().set_index("kind")["double_counted"].to_dict() == {"market": 20.0, "campus": 0.0}


def test_what_grows_back_is_put_down_to_who_cleared_it(office):
    first, second = clearing(portion(ONE, 1.0)), clearing(portion(ONE, 1.0), id="second")
    desk = office([first, second], **HONEST)
    desk.open(Q1)
    for order, places_, persons in ((first, 30.0, 2.0), (second, 10.0, 1.0)):
        desk.verbs.set_capacity(
            order,
            "dwellings",
            zone(ONE),
            DwellingClass.BASEMENT,
            -places_,
            "places",
            persons_per_unit=persons,
        )
    desk.verbs.set_capacity(first, "premises", zone(ONE), Premises.ILLEGAL, -4.0, "premises")
    desk.city.dwellings.rebounded[zone(ONE), DwellingClass.BASEMENT] = 8.0
    desk.city.land.premises_regrown[zone(ONE), Premises.ILLEGAL] = 1.0
    desk.campaign.close_quarter()
    back = desk.tasks("rebound").set_index(["measure", "object"])
    assert back.loc[("basement-test", "dwellings.basement"), "executed"] == pytest.approx(6.0)
    assert back.loc[("basement-test", "dwellings.basement"), "rebounded"] == pytest.approx(12.0)
    assert back.loc[("second", "dwellings.basement"), "rebounded"] == pytest.approx(2.0)
    assert back.loc[("basement-test", "premises.illegal"), "executed"] == pytest.approx(1.0)
    assert set(back["place"]) == {"haidian"}
    net = desk.ledger.to_frame()["net_persons"].sum()
    assert net == pytest.approx(30 * 2.0 + 10 * 1.0 - 14.0)


def test_what_has_come_back_is_not_put_down_again(office):
    first, second = clearing(portion(ONE, 1.0)), clearing(portion(ONE, 1.0), id="second")
    desk = office([first, second], **HONEST)
    for quarter, order, taken, back in ((Q1, first, 32.0, 8.0), (Q1 + 1, second, 24.0, 6.0)):
        desk.open(quarter)
        desk.verbs.set_capacity(order, "dwellings", zone(ONE), DwellingClass.BASEMENT, -taken, "places")
        desk.city.dwellings.rebounded[zone(ONE), DwellingClass.BASEMENT] = back
        desk.campaign.close_quarter()
    # 32 - 8 of the first are still cleared beside 24 of the second: each has half of the 6 that come back.
    back = desk.tasks("rebound").groupby("measure")["executed"].sum()
    assert back.to_dict() == {"basement-test": pytest.approx(11.0), "second": pytest.approx(3.0)}


def test_compensation_comes_from_its_own_account_and_is_spent_where_it_is_paid(office):
    order = measure("courtyard", "households", portions=(portion("dongcheng", 1.0),))
    desk = office([order])
    desk.open(Q1)
    where = np.array([zone("dongcheng.donghuamen")])
    desk.verbs.transfer(order, "courtyard", "households", np.array([2e6]), "homes given back", where)
    desk.campaign.close_quarter()
    assert desk.campaign.spending_cny[where[0]] == 2e6
    frame = desk.fund.to_frame()
    paid = frame[frame["debit"] == "households"].iloc[0]
    assert paid[["credit", "amount_cny", "district"]].tolist() == ["courtyard", 2e6, "dongcheng"]
    with pytest.raises(ValueError, match="no account"):
        desk.verbs.transfer(order, "purse", "households", 1.0, "a gift")


def test_a_quarter_without_measures_moves_neither_people_nor_money(office):
    desk = office([])
    for quarter in range(Q1, Q4 + 2):
        desk.quarter(quarter)
    assert not len(desk.ledger)
    assert not desk.fund.payments
    assert not desk.campaign.spending_cny.any()
