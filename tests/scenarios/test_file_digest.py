"""The files of a run are known by their digests, those of earlier stores by theirs."""

import hashlib
import json

from sim import load_results
from sim.scenarios.file_digest import file_digest, has_digest, listed_digest
from sim.scenarios.run_folder import MANIFEST, flaw_of
from sim.scenarios.store import BATCH
from tests.fixtures.demo_store import make_demo_store


def test_a_file_has_its_digest_and_no_other(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    digest = file_digest(path)
    assert len(digest) == 32
    assert has_digest(path, digest)
    assert has_digest(path.read_bytes(), digest)
    assert has_digest(path, hashlib.sha256(path.read_bytes()).hexdigest())
    path.write_bytes(b"x" * 2_999_999 + b"y")
    assert not has_digest(path, digest)
    assert not has_digest(path, "0")


def test_the_newer_digest_is_taken_where_both_are_listed():
    assert listed_digest({"sha256": "a", "xxh3_128": "b"}) == "b"
    assert listed_digest({"sha256": "a"}) == "a"


def test_a_store_that_lists_sha_256_is_read_as_ever(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=1, until="2011Q4")
    before = load_results(store).indicators(level="city")
    batch = json.loads((store / BATCH).read_text(encoding="utf-8"))
    (store / BATCH).write_text(json.dumps(batch | {"format": 2}), encoding="utf-8")
    for path in store.glob(f"runs/*/*/{MANIFEST}"):
        manifest = json.loads(path.read_text(encoding="utf-8")) | {"format": 2}
        for name, facts in manifest["files"].items():
            del facts["xxh3_128"]
            facts["sha256"] = hashlib.sha256((path.parent / name).read_bytes()).hexdigest()
        path.write_text(json.dumps(manifest), encoding="utf-8")
        assert flaw_of(path.parent) is None
    results = load_results(store)
    assert results.meta["unsound"] == []
    assert results.indicators(level="city").equals(before)
    damaged = next(store.glob("runs/*/*/flows.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert "another checksum" in flaw_of(damaged.parent)
