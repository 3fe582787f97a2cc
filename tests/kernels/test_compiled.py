"""Check what `borrowing` promises: such a kernel makes no array of its own."""

import numba as nb
import numpy as np
import pytest

from sim.kernels.compiled import borrowing


def test_an_array_cannot_be_made_in_a_kernel_that_borrows():
    @borrowing
    def make(n):
        return np.empty(n)

    with pytest.raises(nb.core.errors.NumbaError):
        make(3)
