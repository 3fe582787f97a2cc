"""Households that are followed keep their entry when rows are packed."""

import numpy as np

from sim.city.panel import Panel


def test_an_entry_is_found_by_its_row_and_only_by_it() -> None:
    panel = Panel.of(np.array([2, 3, 7]))
    assert panel.find(np.array([7, 0, 2, 99, 3])).tolist() == [2, -1, 0, -1, 1]
    assert Panel.of(np.array([], dtype=np.int64)).find(np.array([1])).tolist() == [-1]
    assert panel.find(np.array([], dtype=np.int64)).tolist() == []
    sparse = Panel.of(np.array([10, 5000, 90_000]))
    assert sparse.find(np.array([5000, 5001, 95_000, 10])).tolist() == [1, -1, -1, 0]


def test_packing_drops_who_is_gone_and_renumbers_the_rest() -> None:
    panel = Panel.of(np.array([1, 3, 4]))
    panel.rent[:] = [10.0, 30.0, 40.0]
    assert panel.find(np.array([3])).tolist() == [1]
    panel.repack(np.array([0, 1, -1, -1, 2]))
    assert panel.row.tolist() == [1, 2]
    assert panel.rent.tolist() == [10.0, 40.0]
    assert panel.find(np.array([1, 2, 3, 4])).tolist() == [0, 1, -1, -1]
