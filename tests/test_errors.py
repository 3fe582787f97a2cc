"""Check that errors carry what a reader needs, and cross to another process whole."""

import pickle

from sim.errors import MOST_TOLD, InputError, ReconcileError, RunError, ShujieError, join_errors


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


def test_several_errors_are_told_one_after_the_other_and_taken_apart():
    one, two = InputError("a", where="x.yaml, line 3", mend="m"), InputError("b", where="y.yaml, line 4")
    both = join_errors([one, two])
    assert join_errors([one]) is one
    assert str(both).splitlines()[0] == "2 problems:"
    assert "line 3" in str(both)
    assert both.where == "x.yaml, y.yaml"
    assert both.exit_code == 2
    three = join_errors([both, InputError("c")])
    assert [error.what for error in three.errors] == ["a", "b", "c"]
    assert str(pickle.loads(pickle.dumps(three))) == str(three)


def test_a_very_long_list_of_errors_is_cut_and_counted():
    message = str(join_errors([InputError(f"problem {index}") for index in range(MOST_TOLD + 5)]))
    assert f"problem {MOST_TOLD - 1}" in message
    assert f"problem {MOST_TOLD}\n" not in message
    assert "and 5 more" in message
