"""Check that compiled code goes when any source of its folder changes, and stays otherwise."""

from pathlib import Path

import sim.kernels
from sim.kernels import STAMP, drop_stale_code


def test_code_is_dropped_once_when_any_source_changes(tmp_path):
    (tmp_path / "one.py").write_text("A = 1\n")
    (tmp_path / "two.py").write_text("B = 1\n")
    kept = tmp_path / "__pycache__"
    kept.mkdir()

    def compiled():
        (kept / "one.f.nbi").write_text("index")
        (kept / "one.f.1.nbc").write_text("code")
        (kept / "one.pyc").write_text("python")

    compiled()
    assert drop_stale_code(tmp_path)
    assert sorted(path.name for path in kept.iterdir()) == [STAMP, "one.pyc"]
    compiled()
    assert not drop_stale_code(tmp_path)
    assert (kept / "one.f.1.nbc").exists()
    (tmp_path / "two.py").write_text("B = 2\n")
    assert drop_stale_code(tmp_path)
    assert not (kept / "one.f.1.nbc").exists()
    (tmp_path / "three.py").write_text("C = 1\n")
    assert drop_stale_code(tmp_path)


def test_the_code_in_use_was_made_from_these_sources():
    assert not drop_stale_code(Path(sim.kernels.__file__).parent)
