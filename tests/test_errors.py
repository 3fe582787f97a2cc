"""Check that errors carry what a reader needs, and cross to another process whole."""

import pickle

from sim.errors import InputError, ReconcileError, RunError, ShujieError


def test_input_error_prints_every_part_that_was_given():
    error = InputError("sample is 2", where="--sample", why="it is a share", mend="give 0.01")
    assert str(error).splitlines() == [
        "sample is 2",
        "  where: --sample",
        "  why: it is a share",
        "  mend: give 0.01",
    ]
    assert str(InputError("only this")) == "only this"


def test_exit_codes_tell_a_wrong_request_from_failed_work():
    assert InputError("x").exit_code == 2
    assert RunError("x").exit_code == 1
    assert ReconcileError("labour", "dongcheng", 1.0, "x").exit_code == 1
    assert issubclass(InputError, ShujieError)
    assert not issubclass(InputError, RunError)


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(InputError("a", where="b", why="c", mend="d")))
    assert (error.what, error.where, error.why, error.mend) == ("a", "b", "c", "d")
    unbalanced = pickle.loads(pickle.dumps(ReconcileError("labour", "xicheng", -3, "jobs and workers")))
    assert (unbalanced.stage, unbalanced.place, unbalanced.amount) == ("labour", "xicheng", -3)
    assert "labour" in str(unbalanced)
    assert "xicheng" in str(unbalanced)
    assert "-3" in str(unbalanced)
