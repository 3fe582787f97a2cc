"""A store is made whole or not at all, tells what it holds, and refuses what is none."""

import json
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.scenarios.run_folder import flaw_of, read_manifest, run_seed, set_aside, write_run
from sim.scenarios.store import Batch, load_results, prepare_store
from tests.fixtures.demo_store import demo_output, demo_spec, make_demo_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_store(tmp_path_factory.mktemp("demo") / "store", replications=3)


def some_batch() -> Batch:
    return Batch.of([demo_spec("no-measures", 1)])


def test_the_layout_is_the_one_scripts_rely_on(store: Path) -> None:
    assert {path.name for path in store.iterdir()} == {"batch.json", "runs"}
    tables = ("indicators", "flows", "ledger", "fund", "flows_by_year", "ledger_by_year")
    files = {"manifest.json", "scenario.json", "compared.arrows", *(f"{name}.parquet" for name in tables)}
    for name in ("no-measures", "executed-2017-2020"):
        assert sorted(path.name for path in (store / "runs" / name).iterdir()) == ["1", "2", "3"]
        assert {path.name for path in (store / "runs" / name / "1").iterdir()} == files
    asked = json.loads((store / "batch.json").read_text(encoding="utf-8"))
    assert {"asked", "made_with", "shujie"} <= asked.keys()
    assert asked["asked"]["sample"] == 0.01


def test_tables_read_back_as_they_were_written(store: Path) -> None:
    spec = demo_spec("executed-2017-2020", 2)
    written = demo_output(spec)
    read = pd.read_parquet(store / "runs/executed-2017-2020/2/indicators.parquet")
    assert read["value"].equals(written.indicators["value"])
    for name in ("quarter", "level", "area", "indicator", "unit"):
        assert (read[name].astype(str).to_numpy() == written.indicators[name].astype(str).to_numpy()).all()
    assert set(read["scenario"]) == {"executed-2017-2020"}
    assert set(read["replication"]) == {2}


def test_indicators_are_chosen_by_name_level_area_and_quarter(store: Path) -> None:
    results = load_results(store)
    rows = results.indicators(
        "no-measures", indicator=["residents", "jobs"], level="district", area="haidian", quarter="2016Q4"
    )
    assert list(rows.columns) == (
        ["scenario", "replication", "quarter", "level", "area", "indicator", "value", "unit"]
    )
    assert len(rows) == 6
    assert len(results.indicators(indicator="residents", level="zone", quarter="2016Q4")) == 343 * 6
    assert len(results.indicators(indicator="residents", level="city", replication=2)) == 41 * 2


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"indicator": "resident"}, "nearest: residents"),
        ({"level": "districts"}, "nearest: district"),
        ({"area": "xichen"}, "xicheng"),
        ({"scenario": "executed"}, "executed-2017-2020"),
        ({"quarter": "2016"}, "not a quarter"),
        ({"replication": 9}, "no replication 9"),
    ],
)
def test_unknown_names_are_refused_with_near_ones(store: Path, chosen: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as error:
        load_results(store).indicators(**chosen)
    assert message in str(error.value)


def test_flows_are_scaled_and_summed(store: Path) -> None:
    results = load_results(store)
    raw = pd.read_parquet(store / "runs/no-measures/1/flows.parquet")
    every = results.flows("no-measures")
    assert every["persons"].sum() > 0
    mine = every[every["replication"] == 1]
    assert mine["persons"].sum() == pytest.approx(raw["persons"].sum() / 0.01)
    by = results.flows("no-measures", by=["hukou"], since="2015Q1", until="2016Q4")
    chosen = raw[(raw["quarter"] >= "2015Q1") & (raw["quarter"] <= "2016Q4") & (raw["hukou"] == "local")]
    found = by[(by["replication"] == 1) & (by["hukou"] == "local")]["persons"]
    assert found.tolist() == pytest.approx([chosen["persons"].sum() / 0.01])


def test_a_scenario_without_orders_has_an_empty_ledger(store: Path) -> None:
    results = load_results(store)
    assert results.ledger("no-measures").empty
    assert len(results.ledger()) == 2 * 16 * 3
    assert len(results.fund()) == 2 * 16 * 3
    assert {"planned", "executed", "clause"} <= set(results.ledger("no-measures").columns)


def test_results_judge_targets_densities_and_people(store: Path) -> None:
    results = load_results(store)
    assert set(results.targets()["scenario"]) == {"no-measures", "executed-2017-2020"}
    row = results.densities("executed-2017-2020").set_index("density").loc["population"]
    assert row["against_no_measures"] < 0
    people = results.people("executed-2017-2020")
    assert people["forced_to_move"]["estimate"] > people["children"]["estimate"] > 0
    json.dumps(people, allow_nan=False)


def test_only_a_folder_with_a_batch_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for name, message in (("file", "is a file"), ("folder", "not a store"), ("none", "no such store")):
        with pytest.raises(InputError, match=message):
            load_results(tmp_path / name)
    (tmp_path / "folder" / "batch.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        load_results(tmp_path / "folder")


def test_a_store_without_a_finished_run_says_so(tmp_path: Path) -> None:
    prepare_store(tmp_path / "store", some_batch())
    with pytest.raises(InputError, match="no finished run"):
        load_results(tmp_path / "store")


@pytest.mark.parametrize("kind", ["file", "under a file", "no store", "unwritable"])
def test_a_path_that_cannot_be_a_store_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("keep", encoding="utf-8")
    path = {
        "file": tmp_path / "file",
        "under a file": tmp_path / "file" / "store",
        "no store": tmp_path,
        "unwritable": Path("/proc/shujie/store"),
    }[kind]
    with pytest.raises(InputError) as error:
        prepare_store(path, some_batch())
    assert error.value.exit_code == 2
    assert str(path) in str(error.value)
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "keep"


def test_a_store_may_be_an_empty_folder_or_several_new_ones(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "a b" / "c"):
        assert prepare_store(path, some_batch()) == path
        assert (path / "batch.json").is_file()


def test_a_run_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = demo_spec("no-measures", 1, until="2011Q4")
    prepare_store(tmp_path, Batch.of([spec]))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.scenarios.run_folder._manifest", full)
    with pytest.raises(OSError, match="No space left"):
        write_run(tmp_path, spec, demo_output(spec))
    assert list((tmp_path / "runs/no-measures").iterdir()) == []


def test_the_first_of_two_writers_of_a_run_wins(tmp_path: Path) -> None:
    spec = demo_spec("no-measures", 1, until="2011Q4")
    prepare_store(tmp_path, Batch.of([spec]))
    first = write_run(tmp_path, spec, demo_output(spec))
    inode = first.stat().st_ino
    assert write_run(tmp_path, spec, demo_output(spec)) == first
    assert first.stat().st_ino == inode
    assert [path.name for path in first.parent.iterdir()] == ["1"]


def test_flaws_are_told_by_file(tmp_path: Path) -> None:
    spec = demo_spec("no-measures", 1, until="2011Q4")
    prepare_store(tmp_path, Batch.of([spec]))
    folder = write_run(tmp_path, spec, demo_output(spec))
    assert flaw_of(folder, spec.key()) is None
    assert "another run" in str(flaw_of(folder, demo_spec("no-measures", 2, until="2011Q4").key()))
    path = folder / "ledger.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    assert flaw_of(folder, thorough=False) is None
    assert "ledger.parquet has another checksum" in str(flaw_of(folder))
    path.write_bytes(content[:-1])
    assert "ledger.parquet has" in str(flaw_of(folder, thorough=False))
    first, second = set_aside(tmp_path, folder), tmp_path / "set_aside" / "no-measures-1-2"
    assert first.name == "no-measures-1-1"
    assert set_aside(tmp_path, write_run(tmp_path, spec, demo_output(spec))) == second


def test_the_key_of_a_run_changes_with_all_that_decides_it() -> None:
    spec = demo_spec("no-measures", 1)
    others = [
        demo_spec("no-measures", 2),
        demo_spec("executed-2017-2020", 1),
        demo_spec("no-measures", 1, until="2019Q4"),
        demo_spec("no-measures", 1, sample=0.02),
        demo_spec("no-measures", 1, seed=2),
    ]
    keys = {other.key() for other in others} | {spec.key()}
    assert len(keys) == len(others) + 1
    assert demo_spec("no-measures", 1).key() == spec.key()


def test_no_two_seeds_share_a_replication() -> None:
    assert len({run_seed(seed, number) for seed in range(20) for number in range(1, 200)}) == 20 * 199


def test_a_manifest_names_each_file_with_its_checksum(store: Path) -> None:
    manifest = read_manifest(store / "runs/no-measures/1")
    assert manifest["files"]["ledger.parquet"]["rows"] == 0
    assert "scenario.json" in manifest["files"]
    assert all(len(facts["xxh3_128"]) == 32 for facts in manifest["files"].values())
