"""A stored run can be made again from its folder alone, and a difference is told."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sim.errors import InputError, RunError
from sim.scenarios import run_folder
from sim.scenarios.batch import run_batch
from sim.scenarios.rerun import refuse_difference, rerun
from sim.scenarios.store_lock import only_writer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store of one short run of a scenario that is not in the library and whose file is gone."""
    folder = tmp_path_factory.mktemp("rerun")
    mine = folder / "mine.yaml"
    mine.write_text(
        "name: mine\ntitle_en: Mine\ntitle_zh: 我的\ndescription: a test\nextends: executed-2017-2020\n"
        "levers: {scale_kinds: {demolish: 1.5}}\nuncertainties: {exit_local: -3.0}\n",
        encoding="utf-8",
    )
    run_batch([str(mine)], sample=0.001, replications=1, until="2011Q2", store=folder / "store", jobs=1)
    mine.unlink()
    return folder / "store"


def test_a_run_is_made_again_to_the_bit_without_its_scenario_file(store):
    assert rerun(store, "mine/1", threads=2).different == ()


def test_the_store_stays_as_it_was(store):
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    rerun(store, "mine/1")
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_a_difference_is_named(store, monkeypatch):
    manifest = run_folder.read_manifest(store / "runs" / "mine" / "1")
    manifest["state_checksum"] = "0"
    manifest["files"]["flows.parquet"]["xxh3_128"] = "0"
    monkeypatch.setattr("sim.scenarios.rerun.read_manifest", lambda folder: manifest | _own(folder))
    result = rerun(store, "mine/1")
    assert result.different == ("state", "flows.parquet")
    with pytest.raises(RunError, match=r"mine/1 came out different: state, flows\.parquet"):
        refuse_difference(result)


def _own(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text()) if "shujie-rerun-" in str(folder) else {}


@pytest.mark.parametrize("run", ["mine", "mine/2", "other/1", "mine/x", "/1"])
def test_a_run_that_is_not_there_is_refused_with_those_that_are(store, run):
    with pytest.raises(InputError, match="mine/1"):
        rerun(store, run)


def test_a_run_of_other_code_is_refused(store, monkeypatch):
    monkeypatch.setattr("sim.scenarios.rerun.changed_since", lambda made_with: ["code"])
    with pytest.raises(InputError, match="made with other code"):
        rerun(store, "mine/1")


def test_two_writers_of_one_store_do_not_meet(tmp_path):
    code = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from sim.scenarios.store_lock import only_writer
        with only_writer(Path({str(tmp_path)!r})):
            print("held", flush=True)
            time.sleep(60)
        """
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as other:
        other.stdout.readline()
        with pytest.raises(InputError, match=f"process {other.pid} holds it"), only_writer(tmp_path):
            pass
        other.kill()
    with only_writer(tmp_path):
        pass
