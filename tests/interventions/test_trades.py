"""Each kind that works on businesses, offices, schools or employers changes what it should and no more."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.city.trade import SHAPE, BusinessOrder, Fate
from sim.codes import FloorUse, OrganisationKind, Premises
from sim.errors import InputError
from sim.interventions.base import Verbs
from sim.interventions.business_orders import MOST_ORDERS, there_are
from sim.interventions.entry_rules import edition_of
from sim.interventions.kinds import KINDS
from sim.interventions.trades import FACTORIES, STREET_TRADE, WITHOUT_LICENCE
from sim.parameters.for_run import point_parameters
from sim.policy.catalogue import load_kinds
from tests.fixtures.small_city import measure, organisation, portion, small_city, zone

GONE = Fate()
HERE = "haidian.qinghe"
ORDERS = {
    # kind and action: amount, and the tables of the city that it may change
    ("street_order", "points"): (0.3, {"orders", "street_cleared"}),
    ("street_order", "lanes"): (1.0, {"orders", "street_cleared", "improvements"}),
    ("street_order", "cases"): (40.0, {"orders", "street_cleared"}),
    ("street_order", "unlicensed"): (5.0, {"orders", "street_cleared"}),
    ("street_order", "campaign"): (0.2, {"orders", "street_cleared", "rates"}),
    ("street_order", "spaces"): (1.0, {"orders", "street_cleared"}),
    ("street_order", "hoardings"): (2.0, {"orders", "street_cleared"}),
    ("street_order", "license"): (5.0, {"orders"}),
    ("seal_openings", "seal"): (3.0, {"premises"}),
    ("manufacturing", "exit"): (2.0, {"orders", "stock", "floor_area_m2"}),
    ("manufacturing", "polluting"): (4.0, {"orders", "stock", "floor_area_m2"}),
    ("manufacturing", "clusters"): (0.2, {"orders", "stock", "floor_area_m2"}),
    ("market", "treat"): (1.0, {"organisations"}),
    ("market", "close"): (1.0, {"organisations"}),
    ("market", "upgrade"): (1.0, {"organisations"}),
    ("market", "logistics"): (1.0, {"organisations"}),
    ("administration", "move"): (4.0, {"organisations"}),
    ("entry_rules", "forbid"): (3.0, {"rules"}),
    ("entry_rules", "unbuilt"): (500.0, {"rules"}),
    ("soe_property", "vacate"): (900.0, {"orders", "premises", "floor_area_m2"}),
    ("school_admission", "tighten"): (1.0, {"rules"}),
    ("labour_rules", "place"): (50.0, {"rules"}),
    ("labour_rules", "train"): (50.0, {"rules"}),
    ("labour_rules", "inspect"): (50.0, {"orders"}),
    ("local_order", "farms"): (2.0, {"orders"}),
    ("local_order", "grain"): (66000.0, {"orders"}),
    ("local_order", "kindergartens"): (1.0, {"orders"}),
    ("local_order", "transport"): (2.0, {"orders"}),
    ("local_order", "roads_handover"): (2.0, {"improvements"}),
}


def furnished():
    """Return a small city with markets, an office, openings, shops and dormitories in one zone."""
    city = small_city()
    here = zone(HERE)
    city.land.premises[here, Premises.WALL_OPENING] = 10.0
    city.land.floor_area_m2[here, FloorUse.COMMERCIAL] = 50_000.0
    city.land.floor_area_m2[here, FloorUse.INDUSTRIAL_STORAGE] = 20_000.0
    city.dwellings.stock[here, 10] = 100.0
    city.dwellings.occupied[here, 10] = 90
    city.organisations = [
        organisation(OrganisationKind.MARKET, HERE, "unnamed 1", n_jobs=100.0, stalls=40.0),
        organisation(OrganisationKind.OFFICE, HERE, "机关", n_jobs=9000.0, authority=0),
    ]
    return city


def tables(city):
    """Return everything that a measure may change."""
    return {
        "orders": sum(order.number.sum() for order in city.scratch["business_orders"]),
        "street_cleared": city.land.street_cleared.copy(),
        "improvements": city.land.improvements.copy(),
        "premises": city.land.premises.copy(),
        "floor_area_m2": city.land.floor_area_m2.copy(),
        "stock": city.dwellings.stock.copy(),
        "rates": copy.deepcopy(city.scratch.get("rates", {})),
        "rules": copy.deepcopy(city.scratch.get("rules", {})),
        "organisations": [len(item.orders) for item in city.organisations],
    }


def acted(kind, action, amount, quarter=25):
    city = furnished()
    verbs = Verbs(city, Ledger(), point_parameters())
    verbs.begin_quarter(25)
    unit = load_kinds()[kind].actions[action].unit
    order = measure(kind, unit, action=action, first=quarter, portions=(portion(HERE, amount, quarter),))
    KINDS[kind](order, 25, city, verbs)
    return tables(city), verbs.ledger.to_frame()


@pytest.mark.parametrize(("kind", "action"), ORDERS)
def test_switching_a_measure_off_changes_exactly_what_it_should(kind, action):
    amount, changed = ORDERS[kind, action]
    on, ledger = acted(kind, action, amount)
    off, nothing = acted(kind, action, amount, quarter=40)
    differing = {
        name
        for name, value in on.items()
        if (value != off[name] if not isinstance(value, np.ndarray) else (value != off[name]).any())
    }
    assert differing == changed
    assert nothing.empty
    task = ledger[ledger["verb"] == "task"]
    assert task["planned"].sum() == pytest.approx(amount)
    assert 0 < task["executed"].sum() <= amount * (1 + 1e-9)


def test_every_action_of_these_kinds_is_tried_here():
    kinds = {kind for kind, _ in ORDERS}
    missing = {(kind, action) for kind in kinds for action in load_kinds()[kind].actions} - set(ORDERS)
    assert missing == {("administration", "firms")}, "its case is in tests/cases/administration.yaml"


@pytest.mark.parametrize("first", [0.4, 0.1])
def test_of_two_checks_of_papers_the_stricter_holds_whichever_acts_first(first):
    city = furnished()
    verbs = Verbs(city, Ledger(), point_parameters())
    verbs.begin_quarter(25)
    for share, place in ((first, HERE), (0.5 - first, "haidian")):
        own = SimpleNamespace(value=share)
        order = measure(
            "school_admission",
            "areas",
            action="tighten",
            portions=(portion(place, 1.0, 25),),
            parameters=(("school_admission_refused_share", own),),
        )
        KINDS["school_admission"](order, 25, city, verbs)
    refused = city.rule("school.refused", 0.0)
    assert refused[zone(HERE)] == pytest.approx(0.4)
    beside = zone("haidian.zhongguancun")
    assert refused[beside] == pytest.approx(0.5 - first)


def test_small_amounts_in_many_zones_add_up_to_whole_businesses(city, make_verbs):
    """A tenth of a factory in each of 343 zones and four quarters: 137.2 factories, in whole ones."""
    verbs = make_verbs()
    order = measure("manufacturing", "firms", portions=(portion("beijing", 34.3),))
    zones, total, hit = np.arange(343), 0.0, np.zeros(343)
    for quarter in range(25, 29):
        verbs.begin_quarter(quarter)
        done = verbs.direct_businesses(order, FACTORIES, zones, np.full(343, 0.1), GONE)
        assert set(done.number) <= {0.0, 1.0}
        total += done.number.sum()
        hit += done.number
    assert total in (137.0, 138.0)
    assert hit.max() <= 3.0
    assert (hit > 0).sum() > 90, "not the same zones each quarter"


def test_a_second_order_finds_only_what_the_first_left(city, make_verbs):
    verbs = make_verbs()
    first, second = (measure("street_order", "businesses", id=name) for name in ("one", "two"))
    here = np.array([zone(HERE)])
    every = there_are(verbs, WITHOUT_LICENCE)[here[0]]
    verbs.direct_businesses(first, STREET_TRADE, here, np.array([8.0]), GONE)
    assert there_are(verbs, WITHOUT_LICENCE)[here[0]] == pytest.approx(every - 8.0)
    done = verbs.direct_businesses(second, WITHOUT_LICENCE, here, np.array([100.0]), GONE)
    assert done.number.sum() == every - 8.0


def test_more_orders_than_can_be_told_apart_are_refused(city, make_verbs):
    verbs = make_verbs()
    here = np.array([zone(HERE)])

    for place in range(MOST_ORDERS):
        city.scratch["business_orders"].append(
            BusinessOrder(place, STREET_TRADE, np.zeros(343, dtype=np.int64), GONE)
        )
    order = measure("street_order", "businesses", id="one-more")
    with pytest.raises(InputError, match="orders to businesses"):
        verbs.direct_businesses(order, STREET_TRADE, here, np.array([1.0]), GONE)


@pytest.mark.parametrize(("first", "edition"), [(14, 2014), (19, 2015), (31, 2018), (45, 2018)])
def test_the_edition_is_the_last_one_issued(first, edition):
    assert edition_of(measure("entry_rules", "sectors", first=first)) == edition


def test_a_selection_means_its_cells_only():
    cells = STREET_TRADE.cells.reshape(SHAPE)
    assert cells.sum() == 3.0
    assert cells[:, Premises.STALL].sum() == 0.0
