"""A kept city is whole, or it is made again."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from sim.errors import RunError
from sim.synthesis import base, cache


def fill(folder: Path) -> None:
    cache.save_columns(folder / "people", {"age": np.arange(5000), "sex": np.zeros(5000, np.int8)})


@pytest.fixture
def kept(tmp_path):
    return cache.ensure(tmp_path / "base" / "city", fill)


def test_what_was_kept_is_opened_read_only_and_equal(kept):
    columns = cache.open_columns(kept / "people")
    np.testing.assert_array_equal(columns["age"], np.arange(5000))
    with pytest.raises(ValueError, match="read-only"):
        columns["age"][0] = 1


def test_a_whole_folder_is_not_made_again(kept):
    def never(folder: Path) -> None:
        raise AssertionError("made again")

    assert cache.ensure(kept, never) == kept


@pytest.mark.parametrize("damage", ["truncated", "edited", "removed", "no checksums", "broken checksums"])
def test_damage_is_noticed_and_mended(kept, damage):
    path = kept / "people" / "age.npy"
    before = path.stat()
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "edited":
        data = bytearray(path.read_bytes())
        data[-3] ^= 1
        path.write_bytes(bytes(data))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif damage == "removed":
        path.unlink()
    elif damage == "no checksums":
        (kept / cache.CHECKSUMS).unlink()
    else:
        (kept / cache.CHECKSUMS).write_text("{")
    assert not cache.is_whole(kept)
    cache.ensure(kept, fill)
    assert cache.is_whole(kept)
    np.testing.assert_array_equal(cache.open_columns(kept / "people")["age"], np.arange(5000))


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def fail(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.ensure(tmp_path / "city", fail)
    assert list(tmp_path.iterdir()) == []


def test_two_builders_build_once(tmp_path):
    built = []

    def slow(folder: Path) -> None:
        built.append(1)
        threading.Event().wait(0.3)
        fill(folder)

    builders = [threading.Thread(target=cache.ensure, args=(tmp_path / "city", slow)) for _ in range(3)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert built == [1]
    assert cache.is_whole(tmp_path / "city")


def test_the_lock_of_a_dead_process_is_broken(tmp_path):
    (tmp_path / "city.lock").write_text("999999999")
    cache.ensure(tmp_path / "city", fill)
    assert cache.is_whole(tmp_path / "city")
    assert not (tmp_path / "city.lock").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RunError, match="cannot be kept"):
        cache.ensure(blocked / "city", fill)


def name_of(k: int) -> str:
    return f"{k:024x}"


@pytest.fixture
def used(tmp_path):
    """Keep five cities, each used an hour after the one before, and a folder of another name."""
    for k in range(5):
        cache.ensure(tmp_path / name_of(k) / "city", fill)
        os.utime(tmp_path / name_of(k), (k * 3600.0, k * 3600.0))
    cache.ensure(tmp_path / "mine" / "city", fill)
    return tmp_path


def kept_in(root):
    return sorted(p.name for p in root.iterdir())


def test_a_new_city_makes_room_by_those_not_used_for_longest(used):
    cache.make_room(used / name_of(9))
    assert kept_in(used) == [name_of(3), name_of(4), name_of(9), "mine"]
    assert cache.is_whole(used / name_of(4) / "city")


def test_a_city_that_is_there_removes_none_and_counts_as_used(used):
    cache.make_room(used / name_of(0))
    assert len(kept_in(used)) == 6
    cache.make_room(used / name_of(9))
    assert kept_in(used) == [name_of(0), name_of(4), name_of(9), "mine"]


def test_a_city_being_built_stays(used):
    (used / name_of(1) / "rest.lock").write_text(str(os.getpid()))
    (used / name_of(2) / "rest.lock").write_text("999999999")
    for k in (1, 2):
        os.utime(used / name_of(k), (k * 3600.0, k * 3600.0))
    cache.make_room(used / name_of(9))
    assert kept_in(used) == [name_of(1), name_of(3), name_of(4), name_of(9), "mine"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps files that are open")
def test_what_is_mapped_can_still_be_read_when_its_city_is_removed(used):
    columns = cache.open_columns(used / name_of(0) / "city" / "people")
    cache.make_room(used / name_of(9))
    assert not (used / name_of(0)).exists()
    np.testing.assert_array_equal(columns["age"], np.arange(5000))


def test_opening_the_base_city_makes_room(used, monkeypatch):
    monkeypatch.setattr(cache, "cache_root", lambda: used)
    monkeypatch.setattr(cache, "content_digest", lambda: name_of(9))
    monkeypatch.setattr(base, "_make", lambda folder, say: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        base.open_base(1.0)
    assert kept_in(used) == [name_of(3), name_of(4), name_of(9), "mine"]


def test_every_table_of_the_digest_is_packaged():
    for name in cache.TABLES:
        assert (cache.SIM / "data" / "tables" / f"{name}.csv").is_file(), name


def test_another_decay_with_travel_time_is_another_city(monkeypatch):
    before = cache.content_digest()
    rates = cache.travel_decay_rates()
    monkeypatch.setattr(cache, "travel_decay_rates", lambda: 1.01 * rates)
    assert cache.content_digest() != before
