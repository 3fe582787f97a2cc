"""Memory that a run lets go of is used again, and no garbage is looked for where there is none."""

import gc
import subprocess
import sys

import pytest

from sim.memory import collector_at_rest, keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from sim.memory import collector_at_rest, keep_freed_memory

def use():
    held = [np.ones(100_000) for _ in range(20)]

kept = keep_freed_memory() if sys.argv[1] == "keep" else None
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_given_out(how: str) -> int:
    """Return how many pages the system gives to a new process that uses 16 MB twenty times."""
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_freed_pages_are_not_asked_for_again():
    if not keep_freed_memory():
        pytest.skip("this C library cannot be told to keep memory")
    assert pages_given_out("keep") < 0.1 * pages_given_out("not")


def test_without_such_a_library_nothing_happens(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert keep_freed_memory.__wrapped__() is False


def test_no_garbage_is_looked_for_while_the_collector_rests():
    assert gc.isenabled()
    with collector_at_rest(), collector_at_rest():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_after_an_error_and_stays_off_where_it_was():
    @collector_at_rest()
    def fails():
        assert not gc.isenabled()
        raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(KeyError):
            fails()
        assert not gc.isenabled()
    finally:
        gc.enable()


ARROW = """
import pyarrow as pa
from sim.memory import keep_freed_memory_of_arrow

keep_freed_memory_of_arrow()
print(pa.default_memory_pool().backend_name)
"""


def test_arrow_takes_its_memory_where_it_is_kept():
    if not keep_freed_memory():
        pytest.skip("this C library cannot be told to keep memory")
    done = subprocess.run([sys.executable, "-c", ARROW], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "system"
