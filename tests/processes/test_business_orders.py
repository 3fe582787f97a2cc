"""Orders reach exactly the businesses they name; what they end comes back, is refused, or moves away."""

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.city.trade import BusinessOrder, Fate, Selection
from sim.codes import (
    N_ZONES,
    OUTLET_SECTORS,
    Activity,
    DwellingClass,
    Hukou,
    OrganisationKind,
    Premises,
    Sector,
)
from sim.interventions import trades
from sim.interventions.base import Order, Verbs
from sim.interventions.kinds import KINDS
from sim.kernels import choice
from sim.parameters.for_run import point_parameters
from sim.processes import business_dynamics, custom, firm_relocation, labour, rebound, school_places
from tests.fixtures.small_city import measure, portion

KEY = 0x1230001


GONE = Fate()


def ordered(selection, number, fate=GONE, key=KEY):
    return BusinessOrder(key, selection, number, fate)


def alive(city, selection):
    return selection.count(city.scratch["business_books"])[0]


def run(city, orders):
    city.begin_quarter(city.quarter + 1)
    city.scratch["stall_loss_prob"] = np.zeros(len(city.organisations))
    city.scratch["organisation_jobs_ordered"] = np.zeros(len(city.organisations))
    city.scratch["business_orders"] = orders
    business_dynamics.run(city)


def keys_of(city, selection):
    """Return the draw keys of the businesses that a selection means, with their zones."""
    firms = city.businesses
    n = firms.n_rows
    size = np.digitize(firms.n_jobs[:n], (5.0, 50.0))
    cell = ((firms.sector[:n].astype(int) * 5 + firms.premises[:n]) * 2 + firms.licensed[:n]) * 3 + size
    meant = (selection.cells[cell] > 0) & (firms.n_jobs[:n] > 0) & (firms.market_id[:n] < 0)
    return firms.draw_key[:n][meant], firms.zone[:n][meant]


def test_as_many_businesses_go_as_are_ordered_zone_by_zone(open_model):
    city = open_model().city
    keys, zone = keys_of(city, trades.FACTORIES)
    there = np.bincount(zone, minlength=N_ZONES)
    number = np.minimum(there, np.arange(N_ZONES) % 4)
    twin = open_model().city
    run(twin, [])
    run(city, [ordered(trades.FACTORIES, number)])
    firms, same = city.businesses, twin.businesses
    left = np.isin(keys, firms.draw_key[: firms.n_rows][firms.n_jobs[: firms.n_rows] > 0])
    of_itself = ~np.isin(keys, same.draw_key[: same.n_rows][same.n_jobs[: same.n_rows] > 0])
    gone = np.bincount(zone[~left & ~of_itself], minlength=N_ZONES)
    both = np.bincount(zone[~left & of_itself], minlength=N_ZONES)
    assert (gone <= number).all()
    assert (gone + both >= number).all(), "who closed of itself may be among those ordered"
    assert city.scratch["jobs_left_city"][Sector.MANUFACTURING] > 0
    assert city.jobs.lost_to_orders[:, Sector.MANUFACTURING].sum() > 0
    assert city.jobs.lost_to_orders.sum() == city.jobs.lost_to_orders[:, Sector.MANUFACTURING].sum()


def test_a_larger_order_reaches_the_same_businesses_first(open_model):
    gone = []
    for most in (1, 3):
        city = open_model().city
        keys, _ = keys_of(city, trades.STREET_TRADE)
        number = np.minimum(alive(city, trades.STREET_TRADE), most).astype(np.int64)
        run(city, [ordered(trades.STREET_TRADE, number)])
        firms = city.businesses
        gone.append(
            set(keys[~np.isin(keys, firms.draw_key[: firms.n_rows][firms.n_jobs[: firms.n_rows] > 0])])
        )
    assert gone[0] < gone[1]


def test_a_licence_changes_nothing_but_the_licence(open_model):
    city, twin = open_model().city, open_model().city
    number = np.minimum(alive(city, trades.WITHOUT_LICENCE), 5).astype(np.int64)
    run(city, [ordered(trades.WITHOUT_LICENCE, number, Fate(licensed=1.0))])
    run(twin, [])
    mine, other = business_dynamics.counts(city), business_dynamics.counts(twin)
    assert mine["businesses"].sum() == other["businesses"].sum()
    fewer = other["businesses_unlicensed"].sum() - mine["businesses_unlicensed"].sum()
    assert fewer == pytest.approx(number.sum(), rel=0.05), "those that close of themselves are few"
    assert city.jobs.stock.sum() == pytest.approx(twin.jobs.stock.sum())


def test_the_books_hold_after_orders_moves_and_reopenings(open_model):
    city = open_model().city
    number = np.minimum(alive(city, trades.STREET_TRADE), 9).astype(np.int64)
    run(
        city, [ordered(trades.STREET_TRADE, number, Fate(near=0.2, anywhere=0.2, informal=0.2, licensed=0.2))]
    )
    city.land.street_regrown += 2.0
    city.land.premises_regrown[:, Premises.WALL_OPENING] += 3.0
    city.land.premises[:, Premises.WALL_OPENING] += 3.0
    run(city, [])
    books, used, stock = city.scratch["business_books"], city.land.premises_used, city.jobs.stock
    business_dynamics.tally(city)
    np.testing.assert_allclose(books, city.scratch["business_books"], atol=1e-6)
    np.testing.assert_allclose(used, city.land.premises_used, atol=1e-6)
    np.testing.assert_allclose(stock, city.jobs.stock, rtol=1e-6, atol=1e-6)


def test_street_trade_comes_back_by_its_half_life_unless_it_is_held_down(open_model):
    city = open_model().city
    number = np.minimum(alive(city, trades.STREET_TRADE), 20).astype(np.int64)
    run(city, [ordered(trades.STREET_TRADE, number)])
    jobs_gone = city.scratch["jobs_left_city"].copy()
    city.land.street_cleared += number
    held = np.ones(N_ZONES)
    held[:100] = 0.25
    city.scratch["rates"] = {"regrowth.street_trade": held}
    rebound.run(city)
    back = 1.0 - 0.5 ** (1.0 / (4.0 * city.parameter("street_trade_half_life_years")))
    np.testing.assert_allclose(city.land.street_regrown, number * back * held)
    np.testing.assert_allclose(city.land.street_cleared, number * (1.0 - back * held))
    expected = city.land.street_regrown.sum() * city.parameter("rebound_reopened_share")
    run(city, [])
    opened = city.scratch["businesses_reopened"].sum()
    assert 0.5 * expected < opened <= 1.1 * expected, "others take some of the stands"
    assert (city.land.street_regrown == 0).all()
    outlets = list(OUTLET_SECTORS)
    assert city.scratch["jobs_left_city"][outlets].sum() < jobs_gone[outlets].sum(), "their jobs are back"


def test_rules_of_entry_keep_a_sector_out_of_their_zones_only(open_model):
    city = open_model().city
    rule = np.full(N_ZONES, np.nan)
    rule[:200] = 0.0
    city.scratch["rules"] = {"entry.manufacturing": rule}
    first = city.businesses.n_rows
    run(city, [])
    firms = city.businesses
    new = np.arange(first, firms.n_rows)
    new = new[firms.n_jobs[new] > 0]
    made = new[firms.sector[new] == Sector.MANUFACTURING]
    assert len(made) > 20
    assert (firms.zone[made] >= 200).all()
    assert (firms.zone[new[firms.sector[new] != Sector.MANUFACTURING]] < 200).any()
    refused = city.scratch["entries_refused"]
    assert refused[:200].sum() > 20
    assert refused[200:].sum() == 0


def test_firms_that_relocate_take_their_jobs_along_and_those_that_leave_are_asked_for_again(open_model):
    city = open_model().city
    firms = city.businesses
    rows = np.flatnonzero(
        (firms.premises[: firms.n_rows] == Premises.FORMAL) & (firms.market_id[: firms.n_rows] < 0)
    )[:20_000]
    before, jobs = firms.zone[rows].copy(), city.jobs.stock.sum()
    near = business_dynamics.attraction(city)
    firm_relocation.run(city, rows, near)
    still = firms.n_jobs[rows] > 0
    moved = still & (firms.zone[rows] != before)
    assert moved.sum() == city.scratch["firms_relocated"].sum() > 1000
    assert (~still).sum() == city.scratch["firms_left"].sum() > 50
    assert city.jobs.stock.sum() < jobs
    assert city.scratch["jobs_left_city"].sum() == 0.0


def test_firms_leave_dear_places_for_cheaper_ones(open_model):
    where = []
    for weight in (0.0, 1.0):
        city = open_model().city
        city.parameters = city.parameters.with_values({"firm_rent_weight": weight})
        firms = city.businesses
        n = firms.n_rows
        rows = np.flatnonzero((firms.premises[:n] == Premises.FORMAL) & (firms.market_id[:n] < 0))[:20_000]
        before = firms.zone[rows].copy()
        dear = firm_relocation.dearness(city)
        firm_relocation.run(city, rows, business_dynamics.attraction(city))
        moved = (firms.n_jobs[rows] > 0) & (firms.zone[rows] != before)
        assert dear[before[moved]].mean() > dear[before].mean(), "the dear places are left more readily"
        where.append(dear[firms.zone[rows[moved]]].mean())
    assert where[1] < where[0] - 0.05, "and the cheap ones draw"


def test_without_orders_no_custom_changes_and_a_closed_market_takes_custom_away(open_model):
    model = open_model()
    city = model.city
    model.step()
    assert custom.factor(city) is None
    market = max(
        (item for item in city.organisations if item.kind == OrganisationKind.MARKET), key=lambda m: m.stalls
    )
    market.orders.append(Order("test", "market", "close", 2, {"share": 1.0}))
    model.step()
    factor = custom.factor(city)
    assert factor[market.zone] == factor.min() < 0.8
    assert factor.max() > 1.0, "a part of the customers turns to other markets"
    extra = custom.extra_exit(city, factor, 0.03)
    assert extra[market.zone, Sector.HOTEL_CATERING] == pytest.approx(0.03 * (1 / factor[market.zone] - 1))
    assert extra[market.zone, Sector.MANUFACTURING] == 0.0


def test_customers_and_merchants_leave_a_market_that_has_notice(open_model):
    model = open_model()
    market = max(
        (item for item in model.city.organisations if item.kind == OrganisationKind.MARKET),
        key=lambda m: m.stalls,
    )
    stalls = market.stalls
    market.orders.append(Order("test", "market", "notice", 1, {"quarters": 2.0, "footfall_fall": 0.8}))
    model.step()
    assert market.footfall == pytest.approx(0.6)
    assert market.stalls == pytest.approx(0.9 * stalls)
    model.step()
    assert market.footfall == pytest.approx(0.2)
    model.step()
    assert market.footfall == 1.0, "the end did not come"


def test_a_market_that_moves_inside_beijing_takes_stalls_and_staff_along(open_model):
    model = open_model(sample=0.01)
    city = model.city
    filled = city.jobs.organisation_filled
    market = max(
        (item for item in city.organisations if item.kind == OrganisationKind.MARKET),
        key=lambda m: filled[m.index],
    )
    stalls, jobs, staff, there = market.stalls, market.n_jobs, filled[market.index], 200
    market.orders.append(Order("test", "market", "move", 1, {"share": 1.0, "zone": there}))
    model.step()
    branch = market.branches[there]
    follow = city.parameter("market_move_follow")
    assert branch.stalls == pytest.approx(follow * stalls, rel=0.1)
    assert branch.n_jobs == pytest.approx(follow * jobs, rel=0.1)
    held = city.businesses.select(market_id=branch.index)
    assert held.count() == branch.stalls
    assert (held.get("zone") == there).all()
    assert held.get("n_jobs").sum() == pytest.approx(branch.n_jobs, rel=1e-5)
    assert city.jobs.organisation_filled[branch.index] > 0.25 * staff
    assert market.closed


def test_families_refused_a_school_leave_or_move_only_in_the_term_and_under_the_rule(open_model):
    city = open_model(sample=0.01).city
    rule = np.full(N_ZONES, np.nan)
    rule[:150] = 1.0
    found = {}
    for quarter, rules in ((3, {}), (2, {"school.refused": rule}), (3, {"school.refused": rule})):
        city.quarter = quarter
        city.scratch["rules"] = rules
        event = np.zeros(city.households.n_rows, dtype=np.uint16)
        school_places.mark(city, event)
        found[quarter, len(rules)] = event, city.scratch["refused_families"]
    assert not found[3, 0][0].any()
    assert not found[2, 1][0].any()
    event, families = found[3, 1]
    assert len(families) > 20
    assert (city.households.zone[families] < 150).all()
    heads = city.households.first_member[families]
    assert np.isin(event[families], (choice.LEAVES, choice.MOVES, choice.LEAVES | choice.MOVES)).all()
    assert (event[families] & choice.LEAVES > 0).mean() == pytest.approx(0.6, abs=0.2)
    assert (city.residents.hukou[heads] == Hukou.NON_LOCAL).mean() > 0.5
    assert (city.households.dwelling_class[families] != DwellingClass.CAMPUS_DORM).all()


def test_where_papers_are_checked_alike_everywhere_no_family_moves_for_a_school(open_model):
    city = open_model(sample=0.01, parameters={"school_refused_leave": 0.3, "school_refused_move": 0.4}).city
    found = []
    for elsewhere in (0.5, 0.2):
        rule = np.full(N_ZONES, 0.5)
        rule[150:] = elsewhere
        city.quarter = 3
        city.scratch["rules"] = {"school.refused": rule}
        event = np.zeros(city.households.n_rows, dtype=np.uint16)
        school_places.mark(city, event)
        found.append((event, city.scratch["refused_families"]))
    (alike, families), (differing, others) = found
    assert len(families) > 20
    assert not (alike & choice.MOVES).any()
    moved = np.flatnonzero(differing & choice.MOVES)
    assert len(moved) > 5
    assert (city.households.zone[moved] < 150).all(), "where papers are checked more strictly"
    inside, with_movers = (set(rows[city.households.zone[rows] < 150]) for rows in (families, others))
    assert inside < with_movers


def test_children_are_refused_where_they_enter_primary_school_and_no_later(open_model):
    city = open_model(sample=0.01, parameters={"school_refused_leave": 1.0}).city
    people = city.residents
    city.quarter = 3
    age = (city.quarter - people.birth_quarter[: people.n_rows]) // 4
    entering = people.household_id[: people.n_rows][age == 6]
    city.scratch["rules"] = {"school.refused": np.ones(N_ZONES)}
    event = np.zeros(city.households.n_rows, dtype=np.uint16)
    school_places.mark(city, event)
    assert len(city.scratch["refused_families"]) > 20
    assert np.isin(city.scratch["refused_families"], entering).all()


def test_local_seekers_who_are_placed_have_an_offer_and_nobody_else(open_model):
    city = open_model(sample=0.01).city
    people = city.residents
    seekers = np.flatnonzero(people.alive() & (people.activity[: people.n_rows] == Activity.UNEMPLOYED))
    plain = labour.search_prob(city, seekers)
    placed = np.full(N_ZONES, np.nan)
    placed[:100] = 1e6
    city.scratch["rules"] = {"job_search.placed": placed}
    prob = labour.search_prob(city, seekers)
    local = city.residents.hukou[seekers] == Hukou.LOCAL
    here = city.households.zone[city.residents.household_id[seekers]] < 100
    assert (prob[local & here] == 1.0).all()
    assert (prob[~(local & here)] == plain).all()
    assert (local & here).sum() > 5


def test_selections_never_mean_the_stalls_of_markets(open_model):
    city = open_model().city
    every = Selection("everything")
    ordinary = (city.businesses.market_id[: city.businesses.n_rows] < 0) & city.businesses.alive()
    assert alive(city, every).sum() == ordinary.sum()


@pytest.mark.parametrize("watched", [False, True])
def test_a_ten_day_campaign_is_half_undone_within_its_half_life_unless_the_roads_are_watched(
    open_model, watched
):
    """Sixty roads of thirty traders; three in ten have given up when it ends, most for months only."""
    city = open_model().city
    verbs = Verbs(city, Ledger(), point_parameters())
    order = measure(
        "street_order",
        "roads",
        action="campaign",
        first=1,
        last=1 if not watched else 9,
        control_until=9 if watched else -1,
        portions=(portion("chaoyang", 60.0, 1),),
    )
    cleared = []
    for quarter in range(1, 6):
        verbs.begin_quarter(quarter)
        KINDS["street_order"](order, quarter, city, verbs)
        run(city, city.scratch["business_orders"])
        cleared.append(city.land.street_cleared.sum())
        rebound.run(city)
    given_up = 0.3 * 60 * 30
    gone = given_up * (1.0 - 0.08 - 0.4)
    assert cleared[0] == pytest.approx(gone, rel=0.02)
    left = 0.5 ** (0.25 / city.parameter("street_trade_half_life_years"))
    kept = 1.0 - (1.0 - left) * (0.255 if watched else 1.0)
    np.testing.assert_allclose(np.array(cleared[1:]) / cleared[:-1], kept, rtol=1e-6)
