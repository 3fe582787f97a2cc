"""The sums by year are those of the rows they stand for, and are read where they are enough."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.outcomes import by_year as by_year_module
from sim.outcomes.by_year import YEARLY, by_year, file_of
from sim.outcomes.equity import people_summary
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import demo_output, demo_spec, make_demo_store

KEYS = ["cause", "forced", "settled", "leaves_city", "stays_in_city", "hukou", "income_group"]


@pytest.fixture
def store(tmp_path):
    return make_demo_store(tmp_path / "store", replications=2, until="2018Q4")


def without_years(store):
    for path in store.glob("runs/*/*/*_by_year.parquet"):
        path.unlink()
    for path in store.glob("runs/*/*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for table in YEARLY:
            del manifest["files"][f"{file_of(table)}.parquet"]
        path.write_text(json.dumps(manifest), encoding="utf-8")
    return store


def test_sums_by_year_keep_every_person_and_yuan():
    made = demo_output(demo_spec("executed-2017-2020", 1))
    flows, ledger = by_year("flows", made.flows), by_year("ledger", made.ledger)
    assert len(flows) < len(made.flows)
    assert flows["persons"].sum() == pytest.approx(made.flows["persons"].sum())
    left = made.flows["destination"].isin(["hebei_tianjin", "xiongan", "rest_of_china"])
    assert flows.loc[flows["leaves_city"], "persons"].sum() == pytest.approx(
        made.flows.loc[left, "persons"].sum()
    )
    years = ("2017", "2018", "2019", "2020")
    assert ledger.groupby("year")["cost_cny"].sum().to_dict() == dict.fromkeys(years, 4 * 8000.0)
    assert ledger["entries"].sum() == len(made.ledger)
    assert ledger["written_off"].sum() == made.ledger["written_off_quarter"].notna().sum()
    effects = ledger[ledger["verb"] != "task"]
    assert effects["reported"].isna().all()  # unknown is not nought


@pytest.mark.parametrize("table", YEARLY)
@pytest.mark.parametrize("most", [2**62, 50])
def test_rows_are_those_of_grouping_by_each_key(table, most, monkeypatch):
    """Also where more combinations are thinkable than a number has room for."""
    monkeypatch.setattr(by_year_module, "_MOST", most)
    frame = getattr(demo_output(demo_spec("executed-2017-2020", 1)), table)
    shuffled = frame.sample(frac=0.8, random_state=1)
    word = "unit" if table == "ledger" else "tenure"
    shuffled[word] = shuffled[word].where(shuffled.index % 3 > 0)  # some words are not known
    rows, said = by_year_module.derived(shuffled), YEARLY[table]
    present = [name for name in said.sums if name in rows]
    groups = rows.groupby(list(said.keys), observed=True, sort=True, dropna=False)
    wanted = groups[present].sum(min_count=1).reset_index()
    found = by_year(table, shuffled)[[*said.keys, *present]]
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)


def test_more_combinations_than_a_number_has_room_for_stay_apart_and_in_order():
    n = 1000
    codes = np.random.default_rng(1).integers(0, n, (8, 50))  # 10^24 combinations
    keys = [pd.Categorical.from_codes(column, range(n)) for column in codes]
    first, group = by_year_module._groups([*keys, *keys])
    order = np.lexsort(codes[::-1])
    assert first.tolist() == order.tolist()
    assert group[order].tolist() == list(range(50))


def test_the_same_sums_come_from_years_and_from_quarters(store):
    results = load_results(store)
    asked = [
        results.flows(by=KEYS, since="2017Q1"),
        results.flows("executed-2017-2020", by=["year", "hukou"], until="2017Q4"),
        results.ledger(by=["year", "kind", "district"]),
    ]
    results = load_results(without_years(store))
    again = [
        results.flows(by=KEYS, since="2017Q1"),
        results.flows("executed-2017-2020", by=["year", "hukou"], until="2017Q4"),
        results.ledger(by=["year", "kind", "district"]),
    ]
    for one, other in zip(asked, again, strict=True):
        assert len(one)
        pd.testing.assert_frame_equal(one, other)


def test_what_needs_quarters_or_places_is_read_from_the_rows(store):
    results = load_results(store)
    for path in store.glob("runs/*/*/*_by_year.parquet"):
        path.write_bytes(b"read")
    assert len(results.flows(by=["quarter"])) == 2 * 2 * 32
    assert len(results.flows(by=["origin"], since="2017Q1"))
    assert len(results.flows(by=["cause"], since="2017Q2"))
    with pytest.raises(Exception, match="parquet"):
        results.flows(by=["cause"], since="2017Q1")


def test_people_are_told_from_the_sums_by_year(store):
    told = people_summary(load_results(store), "executed-2017-2020")
    flows = load_results(store).flows("executed-2017-2020", since="2017Q1")
    forced = flows[flows["forced"].astype(bool)]
    assert told["forced_to_move"]["estimate"] == pytest.approx(forced["persons"].sum() / 2)
    leaving = flows["destination"].isin(["hebei_tianjin", "xiongan", "rest_of_china"])
    local = flows["hukou"] == "local"
    assert told["leavers_local"]["estimate"] == pytest.approx(flows[leaving & local]["persons"].sum() / 2)


def test_an_empty_table_has_its_columns():
    made = demo_output(demo_spec("no-measures", 1))
    assert list(by_year("ledger", made.ledger).columns)[:3] == ["year", "measure", "kind"]
    assert file_of("ledger") == "ledger_by_year"
