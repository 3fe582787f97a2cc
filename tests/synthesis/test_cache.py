"""A kept city is whole, or it is made again."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from sim.errors import RunError
from sim.synthesis import cache


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


def test_every_table_of_the_digest_is_packaged():
    for name in cache.TABLES:
        assert (cache.SIM / "data" / "tables" / f"{name}.csv").is_file(), name
