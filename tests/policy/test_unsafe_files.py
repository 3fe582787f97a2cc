"""Files that would fill the memory, build objects or hang are refused in a moment, with file and line.

Each goes through the command, as a user's file would.
"""

import os
import time

import pytest

from sim.cli import main
from sim.data.yaml_file import read_source
from sim.data.yaml_guard import MAX_BYTES, MAX_DEPTH
from sim.errors import InputError
from sim.parameters.for_run import choose
from sim.scenarios.scenario import Scenario

HEAD = "name: x\ntitle_en: t\ntitle_zh: t\ndescription: d\nextends: no-measures\n"
LAUGHS = 'a: &a ["ha", "ha"]\n' + "".join(
    f"{name}: &{name} [{', '.join([f'*{above}'] * 9)}]\n"
    for above, name in zip("abcdefgh", "bcdefghi", strict=True)
)
WORDS = ("2017-02-20", "2017Q1", "1", "1.2.3", "-")
PATIENCE = 10.0
"""Seconds in which a bad file is refused; a file that is built first takes hours or all memory."""


def refuse(capsys, path):
    begin = time.perf_counter()
    assert main(["check", str(path)]) == 2
    assert time.perf_counter() - begin < PATIENCE
    out = capsys.readouterr()
    assert out.out == ""
    assert "Traceback" not in out.err
    return out.err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (LAUGHS, ["aliases and anchors are not accepted", "line 1", "line 2", "write the value out"]),
        (HEAD + "includes: [&a {kinds: [demolish]}, *a]\n", ["aliases and anchors", "line 6"]),
        (
            HEAD + "includes: !!python/object/apply:os.system [touch pwned]\n",
            ["the tag", "os.system", "line 6", "remove the tag"],
        ),
        ("!!python/object/new:os.system [x]\n", ["the tag", "line 1"]),
        (HEAD + "? !!str shocks\n: {}\n", ["the tag", "line 6"]),
        (HEAD + "shocks: !!set {epidemic}\n", ["the tag", "line 6"]),
        (HEAD + "includes: " + "[" * 100_000, [f"nested more than {MAX_DEPTH} deep", "line 6"]),
        ("- " * 50_000 + "1\n", [f"nested more than {MAX_DEPTH} deep", "line 1"]),
        (HEAD + "#" * MAX_BYTES, ["too large", "5 MB"]),
        (HEAD + "---\n" + HEAD, ["several documents", "line 6"]),
        (HEAD + "name: y\n", ["the key 'name' is given twice", "line 6", "the first is on line 1"]),
        (HEAD + "? [a, b]\n: 1\n", ["a key is no word", "line 6"]),
        (HEAD + "uncertainties: {x: " + "9" * 5000 + "}\n", ["too long a number", "line 6"]),
        (
            HEAD + "levers: {scale_kinds: {demolish: .nan}}\n",
            ["scale_kinds.demolish", "line 6", "finite"],
        ),
        (HEAD + "uncertainties: {demolish_m2_per_person: .inf}\n", ["line 6", "finite"]),
        (HEAD + "note: a\x00b\n", ["not valid YAML", "line 6"]),
        (HEAD + "includes: [\n", ["not valid YAML", "line 7"]),
        (HEAD + "includes:\n\t- a\n", ["not valid YAML", "line 7"]),
        ("- 1\n", ["must hold keys and values", "line 1"]),
        ("hello\n", ["must hold keys and values", "line 1"]),
        ("# nothing\n", ["the file is empty"]),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path, capsys, monkeypatch, text, parts):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    message = refuse(capsys, path)
    assert "bad.yaml" in message
    assert "mend: " in message
    for part in parts:
        assert part in message
    assert [item.name for item in tmp_path.iterdir()] == ["bad.yaml"]


def test_all_problems_of_a_file_are_told_in_one_go(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    text = "name: y\ncolour: !!str red\nlevers: {scale_kinds: {demolish: -1}}\n"
    path.write_text(HEAD + text, encoding="utf-8")
    message = refuse(capsys, path)
    for part in ("given twice", "line 6", "the tag", "unknown key 'colour'", "line 7", "levers", "line 8"):
        assert part in message
    assert "4 problems" in message


def test_all_wrong_names_of_a_file_are_told_in_one_go(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    text = "includes:\n  - {measures: [demolish-2071], kinds: [magic]}\nlevers: {scale_kinds: {markets: 2}}\n"
    path.write_text(HEAD + text + "uncertainties: {nothing: 1}\n", encoding="utf-8")
    message = refuse(capsys, path)
    for part in ("demolish-2071", "magic", "line 7", "'markets'", "line 8", "'nothing'", "line 9"):
        assert part in message


@pytest.mark.parametrize("content", [b"name: \xe9\n", "name: x\n".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_refused(tmp_path, capsys, content):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    assert "give a UTF-8 text file" in refuse(capsys, path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    for path in (tmp_path / "pipe.yaml", tmp_path / "folder.yaml", tmp_path / "none.yaml", "/dev/zero"):
        with pytest.raises(InputError, match="cannot be read"):
            Scenario.load(path)


@pytest.mark.parametrize("text", [LAUGHS, "x: !!python/name:os.system ''\n", "x: " + "[" * 10_000])
def test_a_users_parameter_file_is_read_the_same_safe_way(tmp_path, text):
    path = tmp_path / "values.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"not accepted|nested"):
        choose(str(path))


def test_a_mark_at_the_start_of_the_file_does_no_harm(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text("\ufeff" + HEAD, encoding="utf-8")
    assert Scenario.load(path).name == "x"


def test_plain_values_are_read_as_yaml_means_them(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(
        "a: [1, -2, 0x1F, 0o17, 1.5, 1e3, .inf, ~, true, False, no, 2017-02-20, 2017Q1, '1', 1.2.3, -]\n"
        "b: |\n  two\n  lines\nc: {d: 'x: y'}\n",
        encoding="utf-8",
    )
    source = read_source(path)
    assert source.content == {
        "a": [1, -2, 31, 15, 1.5, 1e3, float("inf"), None, True, False, "no", *WORDS],
        "b": "two\nlines\n",
        "c": {"d": "x: y"},
    }
    assert source.where(("c", "d")).endswith("line 5")
    assert source.where(("a", 3)).endswith("line 1")
