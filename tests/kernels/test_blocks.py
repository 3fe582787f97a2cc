"""Check that rows are cut into the same blocks on any number of threads, each once."""

import numpy as np
import pytest

from sim.kernels import blocks


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("n_rows", [0, 1, 9, 10, 11, 35])
def test_every_row_falls_into_one_block(monkeypatch, threads, n_rows):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 10)
    seen = np.zeros(n_rows, dtype=int)
    of_block = np.full(n_rows, -1)

    def kernel(start, stop, block, values):
        values[start:stop] += 1
        of_block[start:stop] = block

    number = blocks.run_blocks(kernel, n_rows, threads, seen)
    assert (seen == 1).all()
    np.testing.assert_array_equal(of_block, np.arange(n_rows) // 10)
    assert number == -(-n_rows // 10)
    assert blocks.n_blocks(n_rows) == max(number, 1)


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 10)

    def kernel(start, stop, block):
        if block == 2:
            raise ValueError("block two")

    with pytest.raises(ValueError, match="block two"):
        blocks.run_blocks(kernel, 40, 2)
