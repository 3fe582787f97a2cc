"""What a run keeps for comparisons is what its tables say, and is believed only where it is of them."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash

from sim.outcomes.flows import COUNTS
from sim.scenarios import extract
from sim.scenarios.columns import read_table, side_by_side
from sim.scenarios.extract import EXTRACT, TOGETHER, read_compared, read_extract
from sim.scenarios.run_folder import MANIFEST, flaw_of, looked_at, read_manifest
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

NAME = "executed-2017-2020"
FLOWS = "flows_by_year"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_store(tmp_path_factory.mktemp("extract") / "demo", replications=2)


@pytest.fixture
def store(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "demo")
    return tmp_path / "demo"


def believed(folder: Path) -> bool:
    """Tell whether a comparison would read the extract of a run."""
    return read_extract(folder, looked_at(folder, thorough=False)[1]) is not None


def held_tables(folder: Path) -> list[str]:
    return [name for name in TOGETHER if (folder / f"{name}.parquet").is_file()]


def seconds_later(path: Path, other: Path) -> None:
    """Let a file be written to after another one."""
    when = other.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(when, when))


def list_anew(folder: Path, name: str) -> None:
    """Let the manifest list a file as it is now."""
    manifest = read_manifest(folder)
    data = (folder / name).read_bytes()
    manifest["files"][name] |= {"bytes": len(data), "xxh3_128": xxhash.xxh3_128_hexdigest(data)}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_it_says_what_the_tables_say(kept: Path) -> None:
    folders = [kept / "runs" / NAME / number for number in ("1", "2")]
    tables = held_tables(folders[0])
    assert {FLOWS, "ledger_by_year", "fund"} <= set(tables)
    assert all(believed(folder) for folder in folders)
    runs = [read_compared(folder, looked_at(folder)[1], tables) for folder in folders]
    for name in tables:
        read = [read_table(folder / f"{name}.parquet", TOGETHER[name]) for folder in folders]
        assert [run[name].schema for run in runs] == [table.schema for table in read]
        one, other = (side_by_side("s", (1, 2), both) for both in ([run[name] for run in runs], read))
        assert one.names == other.names
        for mine, theirs in ((one.codes, other.codes), (one.numbers, other.numbers)):
            assert mine.keys() == theirs.keys()
            for column, values in mine.items():
                assert values.tobytes() == theirs[column].tobytes(), (name, column)


def test_a_run_without_one_stands_beside_one_with_it(store: Path) -> None:
    whole = load_results(store).sums("flows", COUNTS, ("cause",), NAME)
    folder = store / "runs" / NAME / "1"
    manifest = read_manifest(folder)
    del manifest["files"][EXTRACT]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (folder / EXTRACT).unlink()
    assert not believed(folder)
    assert believed(store / "runs" / NAME / "2")
    again = load_results(store).sums("flows", COUNTS, ("cause",), NAME)
    assert again.keys.equals(whole.keys)
    np.testing.assert_array_equal(again.values["persons"], whole.values["persons"])


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_one_that_is_cut_or_gone_makes_the_run_unsound(store: Path, damage: str) -> None:
    path = store / "runs" / NAME / "1" / EXTRACT
    data = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(data[: len(data) // 2])
    assert EXTRACT in str(flaw_of(path.parent, thorough=False))
    assert load_results(store).meta["replications"][NAME] == 1


def test_one_that_was_edited_is_not_believed_and_is_found_out(store: Path) -> None:
    whole = load_results(store).sums("flows", COUNTS, ("cause",), NAME)
    path = store / "runs" / NAME / "1" / EXTRACT
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    seconds_later(path.parent / MANIFEST, path)  # as if it had been so from the first
    assert flaw_of(path.parent, thorough=False) is None
    assert EXTRACT in looked_at(path.parent, thorough=False)[1]
    assert not believed(path.parent)
    again = load_results(store).sums("flows", COUNTS, ("cause",), NAME)
    np.testing.assert_array_equal(again.values["persons"], whole.values["persons"])
    assert "another checksum" in str(flaw_of(path.parent))


def test_a_table_that_was_written_since_is_read_itself(store: Path) -> None:
    """The file keeps its size, as far as anyone who opens the store can tell."""
    folder = store / "runs" / NAME / "1"
    path = folder / f"{FLOWS}.parquet"
    assert believed(folder)
    seconds_later(path, folder / MANIFEST)
    assert flaw_of(folder, thorough=False) is None
    assert not believed(folder)


def test_a_table_that_is_listed_anew_is_read_itself(store: Path) -> None:
    folder = store / "runs" / NAME / "1"
    path = folder / f"{FLOWS}.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("persons")
    pq.write_table(table.set_column(place, "persons", pa.array(table["persons"].to_numpy() + 1.0)), path)
    list_anew(folder, path.name)
    assert flaw_of(folder) is None
    assert not believed(folder)
    read = load_results(store).sums("flows", COUNTS, (), NAME).by_run("persons")[0]
    assert read == pytest.approx((table["persons"].to_numpy() + 1.0).sum() / 0.01)


def test_one_of_code_that_asked_for_other_columns_is_not_believed(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept / "runs" / NAME / "1"
    more = {**TOGETHER, FLOWS: (*TOGETHER[FLOWS], "tenure")}
    monkeypatch.setattr(extract, "TOGETHER", more)
    assert not believed(folder)
    found = read_compared(folder, looked_at(folder)[1], [FLOWS])
    assert "tenure" in found[FLOWS].column_names


def test_one_that_is_no_such_file_is_not_believed(store: Path) -> None:
    path = store / "runs" / NAME / "1" / EXTRACT
    table = pa.table({"a": [1.0]})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as part:
        part.write_table(table)
    list_anew(path.parent, EXTRACT)
    assert not believed(path.parent)
    path.write_bytes(b"something else altogether")
    list_anew(path.parent, EXTRACT)
    assert not believed(path.parent)
