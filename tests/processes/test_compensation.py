"""Money for a renewed home counts in the next: who took it looks as an owner, who waits has an allowance."""

import numpy as np
import pytest

from sim.codes import DwellingClass, Hukou, MoveCause, Tenure
from sim.processes import relocation, resettlement
from sim.processes import residential_choice as taste
from sim.processes.moves import HUKOU, INCOME, PERSONS, Movers


def families(city, cause=MoveCause.SHANTYTOWN):
    """Give three local tenants of a shantytown and one tenant registered elsewhere, of two persons each."""
    n = 4
    was = np.zeros((n, 12))
    was[:, PERSONS], was[:, INCOME] = 2.0, 2400.0 * city.path("wage_index")
    was[3, HUKOU] = Hukou.NON_LOCAL
    rows = city.households.select(dwelling_class=int(DwellingClass.SHANTYTOWN)).rows[:n]
    nobody = np.zeros(n, dtype=bool)
    return Movers(
        rows=rows,
        cause=np.full(n, int(cause)),
        forced=~nobody,
        leaving=nobody,
        origin=city.households.zone[rows].astype(np.int64),
        was=was,
        tenure=np.full(n, int(Tenure.RENTER)),
        rent_before=np.zeros(n),
        looking=nobody,
    )


@pytest.fixture
def city(open_model):
    return open_model(
        sample=0.005,
        parameters={
            "shantytown_rehouse_unit_cost": 1_800_000.0,
            "shantytown_money_share": 0.8,
            "shantytown_residents_per_unit": 2.5,
            "courtyard_price_rent_years": 60.0,
            "shantytown_transition_cny_month": 700.0,
        },
    ).city


def promise(city, row):
    kind = np.array([int(DwellingClass.OWNER_COMMODITY)])
    resettlement.add_claims(city, np.array([row]), np.array([40]), np.array([0]), kind, kind)


def test_what_money_and_waiting_are_worth_by_hand(city):
    movers = families(city)
    promise(city, movers.rows[1])
    extra, took, waits = resettlement.means(city, movers)
    # 1.8 million x 0.8 / 2.5 persons x 2 persons = 1,152,000 CNY, over 60 years of rent 1,600 a month.
    assert extra == pytest.approx([1600.0, 1400.0, 1600.0, 0.0])
    assert took.tolist() == [True, False, True, False]
    assert waits.tolist() == [False, True, False, False]


def test_who_took_money_looks_as_an_owner_with_more_to_spend(city):
    movers = families(city)
    promise(city, movers.rows[1])
    kind, bracket, _ = np.unravel_index(relocation._segments(city, movers), (taste.N_TYPES, 5, 2))
    assert kind.tolist() == [taste.LOCAL_OWNER, taste.LOCAL_RENTER, taste.LOCAL_OWNER, taste.OUTSIDE_FAMILY]
    assert bracket.tolist() == [1, 1, 1, 0], "2,400 CNY are below the first edge, 2,400 + 1,600 above"


def test_a_villager_who_waits_looks_as_a_tenant_and_one_who_took_money_as_an_owner(city):
    movers = families(city)
    movers.tenure[:] = Tenure.SELF_BUILT
    promise(city, movers.rows[1])
    kind = relocation._segments(city, movers) // (taste.N_SEGMENTS // taste.N_TYPES)
    assert kind.tolist() == [taste.LOCAL_OWNER, taste.LOCAL_RENTER, taste.LOCAL_OWNER, taste.OUTSIDE_FAMILY]


def test_tenants_of_a_village_razed_are_owed_nothing(city):
    extra, took, waits = resettlement.means(city, families(city, MoveCause.VILLAGE_RAZED))
    assert not extra.any()
    assert not took.any()
    assert not waits.any()


def test_other_orders_pay_the_tenant_nothing(city):
    extra, took, waits = resettlement.means(city, families(city, MoveCause.DEMOLISH))
    assert not extra.any()
    assert not took.any()
    assert not waits.any()
