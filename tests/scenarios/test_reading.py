"""What is read of many runs at once is what each run's tables say."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.outcomes.flows import COUNTS
from sim.scenarios import panels, reading
from sim.scenarios.columns import read_table, side_by_side
from sim.scenarios.run_tables import write_table
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

NAME = "executed-2017-2020"
KEYS = ("cause", "hukou", "leaves_city")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_demo_store(tmp_path_factory.mktemp("reading") / "demo", replications=3)


def test_a_panel_holds_what_the_rows_say(store):
    results = load_results(store)
    for chosen in (
        {"indicator": "residents", "level": ("city", "area"), "quarter": "2018Q2"},
        {"indicator": ("rent", "residents"), "level": "district", "quarter": results.until},
        {"indicator": "residents", "level": "zone", "quarter": "2017Q4"},
    ):
        panel, rows = results.panel(NAME, **chosen), results.indicators(NAME, **chosen)
        assert len(panel.cells)
        assert panel.replications == (1, 2, 3)
        told = pd.DataFrame(panel.cells.rows(("indicator", "area", "quarter", "level")))
        for place, number in enumerate(panel.replications):
            mine = rows[rows["replication"] == number]
            said = mine.set_index(["indicator", "area", "quarter", "level"])["value"]
            wanted = said.loc[pd.MultiIndex.from_frame(told)].to_numpy()
            np.testing.assert_array_equal(panel.values[place], wanted)


def test_a_book_has_the_series_of_the_rows(store):
    results = load_results(store)
    series = results.book().get(NAME, "residents", "core")
    rows = results.indicators(NAME, indicator="residents", area="core")
    wide = rows.pivot_table(index="replication", columns="quarter", values="value")
    np.testing.assert_array_equal(series.values, wide.to_numpy())
    assert results.book().get(NAME, "residents", "nowhere") is None
    assert results.book().get("nothing", "residents", "core") is None


def test_runs_with_other_cells_are_put_in_order(tmp_path):
    results = load_results(make_demo_store(tmp_path / "demo", replications=2))
    chosen = {"indicator": "residents", "level": "area", "quarter": results.until}
    whole = results.panel(NAME, **chosen)
    path = tmp_path / "demo" / "runs" / NAME / "2" / "indicators.parquet"
    table = pq.read_table(path)
    turned = table.take(pa.array(np.arange(len(table))[::-1]))
    gone = pa.compute.and_(
        pa.compute.equal(turned["area"], "core"), pa.compute.equal(turned["level"], "area")
    )
    pq.write_table(turned.filter(pa.compute.invert(gone)), path)
    again = load_results_anyway(tmp_path / "demo").panel(NAME, **chosen)
    areas = [row[0] for row in whole.cells.rows(("area",))]
    assert [row[0] for row in again.cells.rows(("area",))] == areas
    np.testing.assert_array_equal(again.values[0], whole.values[0])
    core = np.array(areas) == "core"
    np.testing.assert_array_equal(again.values[1, ~core], whole.values[1, ~core])
    assert np.isnan(again.values[1, core]).all()


def load_results_anyway(store):
    """Open a store of which a file was changed: its manifest is made to say so."""
    import json

    for path in store.glob("runs/*/*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        size = (path.parent / "indicators.parquet").stat().st_size
        manifest["files"]["indicators.parquet"]["bytes"] = size
        path.write_text(json.dumps(manifest), encoding="utf-8")
    return load_results(store)


def test_keys_are_decoded_once_for_all_runs(store, monkeypatch):
    decoded = []
    cells = panels._cells
    monkeypatch.setattr(panels, "_cells", lambda *given: decoded.append(given) or cells(*given))
    monkeypatch.setattr(reading.os, "cpu_count", lambda: 1)
    results = load_results(store)
    for name in results.scenarios:
        assert results.book().get(name, "residents", "beijing") is not None
    assert len(decoded) == 1


def test_sums_are_those_of_the_rows(store):
    results = load_results(store)
    sums = results.sums("flows", COUNTS, KEYS, NAME, since="2018Q1")
    rows = results.flows(NAME, by=KEYS, since="2018Q1")
    for number in ("persons", "rent_before"):
        wanted = rows.groupby("replication")[number].sum().to_numpy()
        np.testing.assert_allclose(sums.by_run(number), wanted, rtol=1e-12)
        left = sums.by_run(number, sums.keys["leaves_city"])
        wanted = rows[rows["leaves_city"]].groupby("replication")[number].sum().to_numpy()
        np.testing.assert_allclose(left, wanted, rtol=1e-12)
    fund = results.sums("fund", ("amount_cny",), ("year", "debit"), NAME, only={"debit": ["contractors"]})
    rows = pd.concat([results.table("fund", NAME, number) for number in (1, 2, 3)])
    rows = rows[rows["debit"] == "contractors"].assign(
        year=lambda frame: frame["quarter"].str[:4].astype(int)
    )
    wanted = rows.pivot_table(index="replication", columns="year", values="amount_cny", aggfunc="sum")
    told = dict(fund.grouped("amount_cny", ("year",)))
    assert [key[0] for key in told] == list(wanted.columns)
    np.testing.assert_allclose(np.stack(list(told.values()), axis=1), wanted.to_numpy(), rtol=1e-12)


def test_what_is_read_ahead_is_the_same(store):
    one, other = load_results(store), load_results(store)
    other.read_ahead(NAME)
    for table, numbers, by in (("flows", COUNTS, KEYS), ("ledger", ("net_persons",), ("kind",))):
        first, second = (results.sums(table, numbers, by, NAME) for results in (one, other))
        pd.testing.assert_frame_equal(first.keys, second.keys)
        np.testing.assert_array_equal(first.values[numbers[0]], second.values[numbers[0]])


def test_texts_of_different_runs_get_the_same_codes(tmp_path):
    said = [["b", "a", None], [], ["c", "b"]]
    for number, texts in enumerate(said):
        table = pa.table(
            {"text": pa.array(texts, pa.string()), "n": pa.array([1.0] * len(texts), pa.float64())}
        )
        pq.write_table(table, tmp_path / f"{number}.parquet")
    read = [read_table(tmp_path / f"{number}.parquet", ("text", "n")) for number in range(3)]
    columns = side_by_side("s", (1, 2, 3), read)
    assert columns.names["text"] == ("a", "b", "c")
    assert columns.codes["text"].tolist() == [1, 0, 3, 2, 1]
    assert columns.run.tolist() == [0, 0, 0, 2, 2]
    sums = columns.sums(("text",), ("n",), np.ones(5, bool))
    assert sums.keys["text"].tolist() == ["a", "b", "c", None]
    assert sums.by_run("n", sums.keys["text"] == "b").tolist() == [1.0, 0.0, 1.0]
    assert np.isnan(sums.values["n"][1]).all()


def test_a_run_that_lacks_nothing_stands_beside_one_that_does(tmp_path):
    """The file of the one says that nothing may lack, the file of the other does not."""
    for number, values in enumerate(([1.0, 2.0], [3.0, None])):
        frame = pd.DataFrame({"quarter": pd.Categorical(["2011Q1"] * 2), "value": values})
        write_table(tmp_path / f"{number}.parquet", frame, "s", number)
        assert pq.read_schema(tmp_path / f"{number}.parquet").field("value").nullable == (number == 1)
    read = [read_table(tmp_path / f"{number}.parquet", ("quarter", "value")) for number in range(2)]
    columns = side_by_side("s", (1, 2), read)
    np.testing.assert_array_equal(columns.numbers["value"], [1.0, 2.0, 3.0, np.nan])
    assert columns.codes["quarter"].tolist() == [0] * 4
