"""Caps, lodging, stations and training: leaving a measure out changes exactly what it should."""

import copy
import dataclasses

import numpy as np
import pytest

from sim import CityModel, Scenario
from sim.accounts.ledger import Ledger
from sim.codes import Hub
from sim.interventions import campus, trades, transport_hub, visitors
from sim.interventions.base import Verbs
from sim.parameters.for_run import point_parameters
from tests.fixtures.small_city import measure, named, portion, small_city, zone

BEDS = measure("visitors", "beds", action="beds", portions=(portion("core", 500.0),), control_until=30)
CAPS = measure("visitors", "sites", action="caps", portions=(portion("core", 3.0),))
HUB = measure("transport_hub", "stations", action="move", portions=(portion("xicheng", 2.0),))
TRAINING = measure("campus", "institutions", action="training", portions=(portion("haidian", 25.0),))
ACTS = {"beds": visitors.act, "caps": visitors.act, "move": transport_hub.act, "training": campus.act}


def verbs_on(city, **values):
    made = Verbs(city, Ledger(), point_parameters().with_values(values))
    made.begin_quarter(25)
    return made


def state(city):
    """Return everything a measure might touch, by name."""
    found = {"beds": city.visitors.beds, "beds_removed": city.visitors.beds_removed}
    found |= {"hubs": city.visitors.hub_visitors, "dwellings": city.dwellings.stock}
    found |= {"premises": city.land.premises, "floor_area": city.land.floor_area_m2}
    found["orders"] = sum((order.number for order in city.scratch["business_orders"]), np.zeros(343))
    found["rates"] = np.array(sorted(city.scratch["rates"]), dtype=object)
    found["rules"] = np.array(sorted(city.scratch["rules"]), dtype=object)
    return copy.deepcopy(found)


@pytest.mark.parametrize(
    ("order", "changed"),
    [
        (BEDS, {"beds", "beds_removed", "orders", "rates"}),
        (CAPS, {"rules"}),
        (HUB, {"hubs", "orders"}),
        (TRAINING, {"orders"}),
    ],
)
def test_a_measure_changes_what_it_should_and_nothing_else(order, changed):
    city = small_city()
    verbs = verbs_on(city)
    before = state(city)
    ACTS[order.action](order, 25, city, verbs)
    after = state(city)
    assert {name for name in before if not np.array_equal(before[name], after[name])} == changed
    verbs.begin_quarter(24)
    quiet, length = state(city), len(verbs.ledger)
    idle = measure(order.kind, order.unit, action=order.action, id="idle")
    ACTS[order.action](idle, 24, city, verbs)
    assert all(np.array_equal(quiet[name], values) for name, values in state(city).items())
    assert len(verbs.ledger) == length


def test_the_largest_spots_are_capped_first_and_stay_so():
    city = small_city()
    verbs = verbs_on(city)
    visitors.act(CAPS, 25, city, verbs)
    gated = [spot for spot in np.argsort(-city.visitors.spots.visits) if city.visitors.spots.gated[spot]]
    core = [spot for spot in gated if city.zones.district[city.visitors.spots.zone[spot]] < 2]
    named_rules = {city.visitors.spots.rule(int(spot)) for spot in core[:3]}
    assert set(city.scratch["rules"]) == named_rules
    verbs.begin_quarter(60)
    visitors.act(CAPS, 60, city, verbs)
    assert set(city.scratch["rules"]) == named_rules
    verbs.begin_quarter(61)
    visitors.act(measure("visitors", "sites", action="caps", id="another"), 61, city, verbs)
    assert city.scratch["rules"] == {}


def test_no_spot_is_capped_by_two_measures():
    city = small_city()
    verbs = verbs_on(city)
    visitors.act(CAPS, 25, city, verbs)
    again = measure("visitors", "sites", action="caps", id="again", portions=(portion("core", 40.0),))
    visitors.act(again, 25, city, verbs)
    frame = verbs.ledger.to_frame()
    done = frame[frame["verb"] == "task"].set_index("measure")["executed"]
    gated = city.visitors.spots.gated & (city.zones.district[city.visitors.spots.zone] < 2)
    assert done.sum() == gated.sum()


def test_a_station_moves_once():
    city = small_city()
    verbs = verbs_on(city)
    order = named("丽泽长途客运站", "close", origin="fengtai")
    for quarter in (25, 26):
        verbs.begin_quarter(quarter)
        due = measure(
            "transport_hub", "stations", action="move", orders=(order,) if quarter == 25 else (), id="lize"
        )
        transport_hub.act(due, quarter, city, verbs)
    again = measure("transport_hub", "stations", action="move", id="again", orders=(order,))
    verbs.begin_quarter(25)
    transport_hub.act(again, 25, city, verbs)
    frame = verbs.ledger.to_frame()
    tasks = frame[frame["verb"] == "task"]
    assert list(tasks["executed"]) == [1.0, 0.0]
    coach = city.visitors.hub_visitors[zone("fengtai.taipingqiao"), Hub.COACH]
    assert coach == pytest.approx(5_000.0)


def test_more_training_institutions_than_there_are():
    city = small_city()
    verbs = verbs_on(city)
    many = measure("campus", "institutions", action="training", portions=(portion("haidian.qinghe", 100.0),))
    campus.act(many, 25, city, verbs)
    frame = verbs.ledger.to_frame()
    task = frame[frame["verb"] == "task"]
    there = trades.TRAINING.count(city.scratch["business_books"])[0, zone("haidian.qinghe")]
    assert 0 < there < 100
    assert task["executed"].sum() == pytest.approx(there)
    assert sum(order.number.sum() for order in city.scratch["business_orders"]) == there


@pytest.fixture(scope="module")
def runs() -> dict[str, CityModel]:
    """Run a small city for three quarters without a measure, with caps, and with a hospital's beds cut."""
    found = {}
    for name, measures in (("none", ()), ("caps", (_tight_caps(),)), ("beds", (_half_the_beds(),))):
        scenario = dataclasses.replace(Scenario.load("no-measures"), measures=measures)
        model = CityModel(scenario, sample=0.002, rng=3, threads=1)
        for _ in range(3):
            model.step()
        found[name] = model
    return found


def _tight_caps():
    return measure(
        "visitors", "sites", action="caps", first=2, last=2, portions=(portion("core", 5.0, quarter=2),)
    )


def _half_the_beds():
    return measure(
        "hospital", "beds", action="beds", first=3, last=3, portions=(portion("core", 8_000.0, quarter=3),)
    )


def test_a_cap_lowers_visits_and_moves_nobodys_home(runs):
    none, caps = runs["none"].city, runs["caps"].city
    for name, values in none.residents.state():
        assert np.array_equal(values, dict(caps.residents.state())[name]), name
    assert np.array_equal(none.scratch["complaints"], caps.scratch["complaints"])
    fewer = caps.visitors.spot_visits < none.visitors.spot_visits
    assert fewer.sum() == 5
    assert (caps.visitors.spot_visits <= none.visitors.spot_visits).all()
    assert caps.visitors.hospital_visits == pytest.approx(none.visitors.hospital_visits)


def test_hospital_beds_that_are_cut_send_patients_elsewhere_and_leave_the_building(runs):
    none, fewer = runs["none"].city, runs["beds"].city
    core = none.zones.district < 2
    before, after = none.visitors.hospital_visits, fewer.visitors.hospital_visits
    assert after[core].sum() < 0.9 * before[core].sum()
    assert after[~core].sum() > before[~core].sum()
    assert after.sum() == pytest.approx(before.sum(), rel=1e-3)
    lost = (none.land.floor_area_m2 - fewer.land.floor_area_m2)[core].sum()
    given_up = 8_000.0 * 95.0
    assert 0.0 < lost < 0.2 * given_up


def test_shops_have_the_custom_they_had_without_measures(runs):
    assert runs["none"].city.scratch["custom"] == {}
    assert runs["none"].city.visitors.moved_custom == {}
