"""Families of renewed shantytowns are rehoused; tenants of courtyards sign or not, sub-tenants go."""

import dataclasses

import numpy as np
import pytest

from sim import CityModel, Scenario
from sim.codes import DwellingClass, MoveCause
from sim.processes import vacating
from sim.processes.resettlement import directed_housing
from tests.fixtures.case import read_measure

SAMPLE = 0.01
WAIT = 2


def order(kind, action, area, amount, **parameters):
    return read_measure(
        {
            "id": f"{kind}-{action}",
            "kind": kind,
            "action": action,
            "first": "2011Q1",
            "last": "2011Q4",
            "quantities": [{"area": area, "quarter": "2011Q1", "value": amount}],
            "parameters": parameters,
        }
    )


@pytest.fixture(scope="module")
def model():
    """Give a year of the city with the three measures; it stops by itself where the books do not add up."""
    orders = (
        order("courtyard", "sublet", "core", 600, courtyard_warnings=1),
        order("courtyard", "vacate", "core", 2000),
        order(
            "shantytown",
            "rehouse",
            "city_six",
            20_000,
            shantytown_directed_quarters=WAIT,
            shantytown_return_quarters=WAIT,
            shantytown_directed_share=0.6,
            shantytown_return_share=0.2,
        ),
    )
    plan = dataclasses.replace(Scenario.load("no-measures"), measures=orders)
    model = CityModel(plan, sample=SAMPLE, rng=3, threads=1)
    model.run("2011Q3")
    claims, homes = model.city.scratch["claims"], model.city.households
    model.waiting = claims.key.copy(), homes.draw_key[claims.row], homes.n_persons[claims.row]
    model.run("2011Q4")
    yield model
    model.close()


@pytest.fixture(scope="module")
def flows(model):
    return model.flows().astype({"cause": str, "destination": str, "hukou": str, "quarter": str})


def executed(model, measure):
    frame = model.ledger()
    return frame[(frame["measure"] == measure) & (frame["verb"] == "task")]["executed"].sum()


def test_one_home_is_emptied_for_each_sub_let_ended(model):
    frame = model.ledger()
    of_order = frame[frame["measure"] == "courtyard-sublet"]
    taken = -of_order[of_order["object"] == "dwellings.courtyard"]["executed"].sum()
    assert taken == pytest.approx(executed(model, "courtyard-sublet"))
    assert taken == pytest.approx(600.0, rel=0.1), "the order, rounded to simulated homes by zone"


def test_the_number_who_leave_shantytowns_is_what_the_ledger_took(model, flows):
    forced = flows[(flows["cause"] == "shantytown") & flows["forced"]]
    frame = model.ledger()
    taken = -frame[frame["object"] == "dwellings.shantytown"]["executed"].sum()
    # Nine in ten places are lived in; some two hundred simulated households.
    assert forced["households"].sum() / SAMPLE == pytest.approx(taken * 0.92, rel=0.15)
    assert set(forced["quarter"]) <= {"2011Q2", "2011Q3", "2011Q4"}


def test_hukou_families_are_rehoused_when_their_flat_is_due_and_nobody_else(flows):
    mine = flows[flows["cause"] == "shantytown"]
    left = mine[mine["forced"] & (mine["quarter"] == "2011Q2")]
    stayed = left[(left["hukou"] == "local") & ~left["destination"].isin(["rest_of_china", "hebei_tianjin"])]
    back = mine[~mine["forced"] & (mine["quarter"] == "2011Q4") & (mine["hukou"] == "local")]
    assert back["households"].sum() / stayed["households"].sum() == pytest.approx(0.8, abs=0.2)
    assert back["settled"].all()


def test_who_vacates_a_courtyard_does_so_freely_and_owns_or_rents_from_the_city_afterwards(model, flows):
    mine = flows[flows["cause"] == "courtyard"]
    assert len(mine) > 0
    assert not mine["forced"].any()
    assert set(mine["hukou"]) == {"local"}
    assert "rest_of_china" not in set(mine["destination"])
    assert mine["households"].sum() / SAMPLE == pytest.approx(executed(model, "courtyard-vacate"), rel=0.35)


def test_only_sub_tenants_lose_the_home_when_a_contract_ends(flows):
    mine = flows[(flows["cause"] == "courtyard_contract_ended") & flows["forced"]]
    assert set(mine["hukou"]) == {"non_local"}
    assert set(mine["quarter"]) <= {"2011Q2", "2011Q3", "2011Q4"}


def test_claims_follow_their_household_through_packing(model):
    key, key_of_row, persons = model.waiting
    assert len(key) > 0
    assert (key_of_row == key).all()
    assert (persons > 0).mean() > 0.8, "who is gone drops out when the next are served"


OFFER = vacating.Offer(125_000.0, -0.5, 0.75, -0.3, 0.4, 60.0, 0.46, 0.78, 0.15)


def share_signed(model, **changes):
    """Return the share of courtyard tenants who would sign, and how many there are."""
    city = model.city
    rows, zone = vacating._tenants(city, np.ones(343))
    local = ~vacating.let_on(city, rows)
    signed = vacating._willing(city, rows, zone, dataclasses.replace(OFFER, **changes))[0]
    return len(signed) / local.sum(), set(signed.tolist())


def test_more_money_makes_more_sign_and_loses_nobody_who_signed(model):
    share, signed = share_signed(model)
    more, larger = share_signed(model, compensation_cny_m2=250_000.0)
    assert more > share
    assert signed <= larger


def test_a_quota_binds_and_takes_the_same_people_first(model):
    city = model.city
    zone = vacating._tenants(city, np.ones(343))[1]
    before = city.dwellings.occupied[:, DwellingClass.COURTYARD].sum()
    quota = np.zeros(343)
    quota[zone] = 100.0
    present, absent = vacating.sign(city, quota, OFFER)
    assert (present + absent <= quota + 1e-9).all()
    left = before - city.dwellings.occupied[:, DwellingClass.COURTYARD].sum()
    assert left / SAMPLE == pytest.approx(present.sum(), rel=0.3)
    claims = city.scratch["claims"]
    assert (claims.cause == MoveCause.COURTYARD).sum() >= left


def test_directed_housing_of_the_core_stands_in_the_four_districts_of_the_plan(model):
    zones = model.city.zones
    shares = directed_housing(model.city)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    names = np.array(zones.districts.ids)[zones.district]
    core = shares[zones.districts.ids.index("dongcheng")]
    assert set(names[core > 0]) == {"fangshan", "shunyi", "changping", "daxing"}
    haidian = shares[zones.districts.ids.index("haidian")]
    assert set(names[haidian > 0]) == {"haidian"}
