"""A scenario's measures run through the dispatcher; leaving one out changes exactly what it should."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.accounts.entries import COLUMNS
from sim.accounts.ledger import Ledger
from sim.codes import DwellingClass, OrganisationKind
from sim.interventions.base import Verbs
from sim.interventions.kinds import KINDS, apply_measures
from sim.parameters.store import load_parameters
from sim.policy.catalogue import load_kinds, load_measures
from sim.scenarios.scenario import Scenario
from tests.fixtures.small_city import measure, organisation, portion, small_city


def run(measures, quarters=(25,)):
    city = small_city()
    verbs = Verbs(city, Ledger(), load_parameters("measures"))
    for quarter in quarters:
        city.dwellings.begin_quarter()
        city.land.begin_quarter()
        apply_measures(SimpleNamespace(measures=measures), quarter, city, verbs)
    return city, verbs.ledger.to_frame()


HOMES = measure("demolish", "m2", portions=(portion("haidian", 50_000.0),))
MARKET_ZONES = (
    "chaoyang.shibalidian fengtai.huaxiang haidian.qinghe tongzhou.liyuan shijingshan.lugu huairou.huairou "
    "daxing.xihongmen dongcheng.tiantan"
).split()
CELLARS = measure("basement", "sites", portions=(portion("haidian", 20.0),))


def test_every_kind_of_the_catalogue_is_carried_out_by_a_file():
    assert set(KINDS) == set(load_kinds())


def test_leaving_a_measure_out_leaves_the_others_as_they_were():
    both, ledger_both = run((CELLARS, HOMES))
    alone, ledger_alone = run((HOMES,))
    column = DwellingClass.BASEMENT
    assert both.dwellings.stock[:, column].sum() < alone.dwellings.stock[:, column].sum()
    others = [code for code in DwellingClass if code != column]
    assert (both.dwellings.stock[:, others] == alone.dwellings.stock[:, others]).all()
    assert (both.land.floor_area_m2 == alone.land.floor_area_m2).all()
    rest = ledger_both[ledger_both["kind"] == "demolish"].reset_index(drop=True)
    assert rest.equals(ledger_alone)


def test_no_measure_changes_nothing():
    city, ledger = run(())
    fresh = small_city()
    assert (city.dwellings.stock == fresh.dwellings.stock).all()
    assert ledger.empty
    assert list(ledger.columns) == list(COLUMNS)


def test_the_same_run_is_the_same_bit_for_bit():
    first, second = run((CELLARS, HOMES))[1], run((CELLARS, HOMES))[1]
    assert first.equals(second)


def test_an_amount_ten_percent_larger_is_planned_ten_percent_larger():
    larger = measure("demolish", "m2", portions=(portion("haidian", 55_000.0),))
    planned = [
        frame.loc[frame["verb"] == "task", "planned"].sum() for frame in (run((HOMES,))[1], run((larger,))[1])
    ]
    assert planned[1] / planned[0] == pytest.approx(1.1)


def test_every_entry_names_its_measure_and_clause():
    ledger = run((CELLARS, HOMES))[1]
    assert set(ledger["measure"]) == {"demolish-test", "basement-test"}
    assert (ledger["clause"] == "1.1.1").all()
    assert set(ledger["district"]) == {"haidian"}
    assert (ledger["quarter"] == "2017Q1").all()


def test_the_executed_scenario_runs_through_and_its_ledger_holds_the_published_amounts():
    city = small_city()
    city.land.floor_area_m2[:, 3] = 4e6
    kinds = OrganisationKind
    names = {
        (
            kinds.CAMPUS
            if item.kind == "campus"
            else kinds.HOSPITAL
            if item.kind == "hospital"
            else kinds.MARKET,
            name,
        )
        for item in load_measures().values()
        for name in [order.organisation for order in item.orders]
    }
    city.organisations = [
        organisation(kind, "haidian.qinghe", name, students=40_000.0, beds=2000.0, n_jobs=100.0, stalls=100.0)
        for kind, name in sorted(names)
    ]
    city.organisations += [
        organisation(kinds.MARKET, zone_id, f"unnamed {zone_id} {i}", stalls=50.0, n_jobs=100.0)
        for zone_id in MARKET_ZONES
        for i in range(400)
    ]
    city.organisations.append(
        organisation(kinds.HOSPITAL, "dongcheng.tiantan", "unnamed", beds=5000.0, n_jobs=9000.0)
    )
    verbs = Verbs(city, Ledger(), load_parameters("measures"))
    scenario = Scenario.load("executed-2017-2020")
    for quarter in range(1, 41):
        city.dwellings.begin_quarter()
        city.land.begin_quarter()
        apply_measures(scenario, quarter, city, verbs)
        for item in city.organisations:
            item.orders = []
    ledger = verbs.ledger.to_frame()
    tasks = ledger[(ledger["verb"] == "task") & ~ledger["measure"].str.contains("safety")]
    planned = tasks.groupby([tasks["kind"], tasks["quarter"].str[:4]])["planned"].sum()
    assert planned["demolish", "2016"] == pytest.approx(3000e4)
    assert planned["demolish", "2017"] == pytest.approx(5985e4)
    assert planned["basement", "2016"] == pytest.approx(1400)
    assert planned["market", "2018"] == pytest.approx(204)
    assert planned["campus", "2018"] == pytest.approx(5100)
    done = tasks.groupby("kind")["executed"].sum() / tasks.groupby("kind")["planned"].sum()
    assert done["demolish"] > 0.9
    assert done["market"] == pytest.approx(1.0, abs=0.02)
    assert np.isfinite(ledger["executed"]).all()
    assert city.dwellings.stock.min() >= 0.0
