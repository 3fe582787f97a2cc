"""Check that what is kept of a YAML file is what it says, and that damage and edits are noticed."""

import pytest

from sim.data import yaml_file, yaml_kept
from sim.data.yaml_file import read_source

TEXT = """\
name: a word
numbers: [1, 2.5, .inf, 0x1f, -3]
deep:
  - {on: true, nothing: ~, 中文: 疏解}
  - text
"""


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """Give a file that counts as packaged, and a cache of its own."""
    monkeypatch.setattr(yaml_kept, "SIM", tmp_path / "sim")
    monkeypatch.setattr(yaml_kept, "_folder", lambda: tmp_path / "kept")
    path = tmp_path / "sim" / "policy" / "one.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, encoding="utf-8")
    return path


def kept_file(path):
    (file,) = (path.parents[2] / "kept").iterdir()
    return file


def parses(monkeypatch):
    """Count how often YAML itself is read."""
    calls = []
    plain = yaml_file.plain_events
    monkeypatch.setattr(yaml_file, "plain_events", lambda *given: calls.append(given) or plain(*given))
    return calls


def test_the_second_reading_is_the_first_and_reads_no_yaml(packaged, monkeypatch):
    calls = parses(monkeypatch)
    first, second = read_source(packaged), read_source(packaged)
    assert len(calls) == 1
    assert (second.content, second.lines, second.path) == (first.content, first.lines, first.path)
    assert [type(v) for v in second.content["numbers"]] == [int, float, float, int, int]
    assert list(second.content) == ["name", "numbers", "deep"]
    assert second.where(("deep", 0, "nothing")).endswith("one.yaml, line 4")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40], lambda b: b[:-9] + b"7" + b[-8:]]
)
def test_a_damaged_copy_is_noticed(packaged, monkeypatch, damage):
    first = read_source(packaged)
    kept = kept_file(packaged)
    kept.write_bytes(damage(kept.read_bytes()))
    calls = parses(monkeypatch)
    assert read_source(packaged).content == first.content
    assert len(calls) == 1
    read_source(packaged)
    assert len(calls) == 1


def test_an_edited_file_is_read_again_in_place_of_the_old(packaged):
    read_source(packaged)
    packaged.write_text(TEXT.replace("2.5", "3.5"), encoding="utf-8")
    assert read_source(packaged).content["numbers"][1] == 3.5
    kept_file(packaged)


def test_other_code_reads_anew(packaged, monkeypatch):
    read_source(packaged)
    calls = parses(monkeypatch)
    monkeypatch.setattr(yaml_kept, "_readers", lambda: b"other")
    read_source(packaged)
    assert len(calls) == 1


def test_a_users_file_and_a_wrong_file_are_not_kept(packaged, tmp_path):
    (tmp_path / "mine.yaml").write_text(TEXT, encoding="utf-8")
    read_source(tmp_path / "mine.yaml")
    packaged.write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(Exception, match="given twice"):
        read_source(packaged)
    assert not (tmp_path / "kept").exists()


def test_a_cache_that_cannot_be_written_costs_time_only(packaged, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert read_source(packaged).content["name"] == "a word"
