"""Memory that a run lets go of is used again instead of being cleared by the system each time."""

import subprocess
import sys

import pytest

from sim.memory import keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from sim.memory import keep_freed_memory

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
