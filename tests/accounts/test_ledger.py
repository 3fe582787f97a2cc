"""Check that the ledger is append-only, adds up to the city's stocks, and says the same to every reader."""

import numpy as np
import pytest

from sim.accounts.entries import COLUMNS
from sim.accounts.ledger import Ledger
from sim.model import CityModel
from tests.fixtures.small_city import measure, portion, zone

ORDER = measure("basement", "sites", portions=(portion("haidian", 8.0),))
STOCKS = {
    "dwellings": lambda city: city.dwellings.stock,
    "premises": lambda city: city.land.premises,
    "floor_area": lambda city: city.land.floor_area_m2,
}


def test_entries_are_kept_in_order_with_every_column():
    ledger = Ledger()
    zones = np.array([zone("haidian.qinghe"), zone("dongcheng.donghuamen")])
    ledger.append(25, ORDER, "task", zones, "basement", "sites", [3.0, 0.0], [2.0, 0.0], reported=2.5)
    ledger.append(26, ORDER, "scale_rate", -1, "regrowth.basement", "ratio", 0.3, 0.4)
    ledger.append(26, ORDER, "lapse", 343 + 5, "basement", "sites", 0.0, 4.0)
    frame = ledger.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == len(ledger) == 3  # where nothing was ordered or done there is no entry
    assert frame["place"].tolist() == ["haidian.qinghe", "beijing", "haidian"]
    assert frame["district"].tolist() == ["haidian", "beijing", "haidian"]
    assert frame["quarter"].tolist() == ["2017Q1", "2017Q2", "2017Q2"]
    assert frame.loc[0, ["planned", "reported", "executed"]].tolist() == [3.0, 2.5, 2.0]
    assert frame["written_off_quarter"].isna().all()
    assert ledger.close(25) is None
    closed = ledger.close(26)
    assert closed.heads.verb == ("scale_rate", "lapse")
    closed.column("verified")[:] = [0.4, 4.0]
    assert ledger.to_frame()["verified"].tolist()[1:] == [0.4, 4.0]
    assert ledger.close(26) is None


def test_an_empty_ledger_has_the_columns():
    frame = Ledger().to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame.empty


@pytest.fixture(scope="module")
def run():
    """Run to 2014Q3 and note what each stage did to the stocks."""
    model = CityModel("executed-2017-2020", sample=0.002, rng=3, threads=1)
    model.opening = {name: stock(model.city).copy() for name, stock in STOCKS.items()}
    model.by_stage = {}

    def watched(stage, act):
        def step():
            before = {name: stock(model.city).copy() for name, stock in STOCKS.items()}
            act()
            for name, stock in STOCKS.items():
                key = (model.city.quarter, stage, name)
                model.by_stage[key] = stock(model.city).sum(axis=0) - before[name].sum(axis=0)

        return step

    for stage, act in list(model._stages.items()):
        model._stages[stage] = watched(stage, act)
    model.run("2014Q3")
    yield model
    model.close()


def test_the_ledger_adds_up_to_what_orders_did_to_the_stocks(run):
    frame = run.ledger()
    effects = frame[frame["verb"] == "set_capacity"]
    assert len(effects)
    for name in STOCKS:
        mine = effects[
            effects["object"].str.startswith((f"{name}.", "given_up." if name == "dwellings" else "~"))
        ]
        by_quarter = mine.groupby("quarter")["executed"].sum()
        for (quarter, stage, stock), change in run.by_stage.items():
            if stage == "measures" and stock == name:
                from sim.calendar import format_quarter

                entered = by_quarter.get(format_quarter(quarter), 0.0)
                assert change.sum() == pytest.approx(entered, rel=1e-6, abs=1e-3), (name, quarter)


def test_opening_stock_and_every_recorded_change_give_the_closing_stock(run):
    for name, stock in STOCKS.items():
        changes = [change for (_, _, which), change in run.by_stage.items() if which == name]
        closing = stock(run.city).sum(axis=0)
        assert closing == pytest.approx(run.opening[name].sum(axis=0) + np.sum(changes, axis=0), rel=1e-6)


def test_what_was_cleared_less_what_grew_back_is_what_stays_cleared(run):
    frame = run.ledger()
    razed = frame["action"] == "villages"  # other things are built there
    places = frame[frame["object"].isin(["dwellings.basement", "dwellings.illegal"]) & ~razed]
    taken = -places.loc[places["verb"] == "set_capacity", "executed"].sum()
    back = places.loc[places["verb"] == "rebound", "executed"].sum()
    cleared = run.city.dwellings.cleared[:, [7, 9]].sum()
    assert taken > 0
    assert taken - back == pytest.approx(cleared, rel=1e-6)


def test_the_books_balance_and_what_is_paid_is_what_the_ledger_says(run):
    frame, paid = run.ledger(), run.fund()
    work = paid[paid["purpose"].str.startswith("work")]
    tasks = frame[frame["verb"] == "task"]
    assert work["amount_cny"].sum() == pytest.approx(tasks["cost_cny"].sum(), rel=1e-6)
    run.books.check(run.city.quarter)
    assert abs(run.books.balance_cny.sum()) < 1.0
    spent = sum(run.record.at("spending", q).sum() for q in range(run.city.quarter + 1))
    assert spent == pytest.approx(frame["cost_cny"].sum(), rel=1e-6)


def test_reports_are_no_less_than_what_was_done_and_verified_lies_between(run):
    tasks = run.ledger().query("verb == 'task'")
    assert (tasks["reported"] >= tasks["executed"] - 1e-9).all()
    assert (tasks["verified"] <= tasks["reported"] + 1e-9).all()
    assert (tasks["verified"] >= tasks["executed"] - 1e-9).all()
    assert (tasks["reported"] > tasks["executed"]).any()


def test_enforcers_at_work_are_recorded_and_within_capacity(run):
    used = [run.campaign.by_district(run.record.at("enforcement", q)) for q in range(run.city.quarter + 1)]
    assert sum(float(row.sum()) for row in used) > 0
    assert all((row <= run.campaign.capacity + 1e-6).all() for row in used)


def test_effects_may_be_summed_by_district_and_tasks_stay():
    ledger = Ledger()
    zones = np.array([zone("haidian.qinghe"), zone("haidian.shangdi"), zone("dongcheng.donghuamen")])
    ledger.append(25, ORDER, "task", zones, "basement", "sites", 1.0, [1.0, 2.0, 4.0])
    ledger.append(25, ORDER, "set_capacity", zones, "dwellings.basement", "places", 1.0, [1.0, 2.0, 4.0])
    ledger.append(25, ORDER, "set_value", zones, "entry.finance", "flag", 1.0, 1.0)
    ledger.append(25, ORDER, "set_capacity", zones[:2], "dwellings.basement", "places", 1.0, [8.0, 16.0])
    whole, summed = ledger.to_frame(), ledger.to_frame(effects_by="district")
    effects = summed[summed["verb"] == "set_capacity"]
    assert effects["place"].tolist() == ["dongcheng", "haidian", "haidian"]
    assert effects["executed"].tolist() == [4.0, 3.0, 24.0]
    for verb in ("task", "set_value"):
        assert (
            summed[summed["verb"] == verb]
            .reset_index(drop=True)
            .equals(whole[whole["verb"] == verb].reset_index(drop=True))
        )
