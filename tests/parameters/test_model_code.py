"""Check that a fit is outdated by what the model does, not by words about it or by pages."""

import pytest

from sim.parameters.model_code import model_code, modules_of, without_words

SOURCE = '''"""Say something."""

import math


# a reason
def area(radius):
    """Return an area.

    More words.
    """
    return math.pi * radius**2
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [("Say something", "Say else"), ("# a reason\n", ""), ("    More words.\n", ""), ("\n\n\n#", "\n#")],
)
def test_words_about_the_code_do_not_count(old, new):
    assert without_words(SOURCE.replace(old, new)) == without_words(SOURCE)


def test_a_changed_number_counts():
    assert without_words(SOURCE.replace("**2", "**3")) != without_words(SOURCE)


def test_the_code_of_the_model_is_what_it_imports():
    names = modules_of("sim.model")
    assert {"sim.model", "sim.kernels.choice", "sim.processes.migration", "sim.synthesis.base"} <= names
    assert not {name for name in names if name.startswith(("sim.report", "sim.cli", "sim.app"))}
    assert "sim.scenarios.batch" not in names
    assert len(model_code()) == 64
