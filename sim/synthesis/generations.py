"""Count the generations under one roof from who lives there, as the census does."""

import numba as nb
import numpy as np

from sim.codes import HouseholdKind, Role
from sim.synthesis.base import BaseCity

CHILD, PARENT = int(Role.CHILD), int(Role.PARENT)


@nb.njit(cache=True, nogil=True)
def _count(role, size, family, generations):
    """Count one generation, one more with a child, one more with a parent."""
    position = 0
    for h in range(size.size):
        child, parent = 0, 0
        for i in range(position, position + size[h]):
            if role[i] == CHILD:
                child = 1
            elif role[i] == PARENT:
                parent = 1
        position += size[h]
        if family[h]:
            generations[h] = 1 + child + parent


def count_generations(base: BaseCity) -> np.ndarray:
    """Return generations of each family household, 0 for rooms of dormitories: (n_households,) i1.

    A household has one generation, one more with a child of the head, one more with a parent of the head or
    spouse; relatives of other degree add none.
    """
    size = np.asarray(base.households["n_persons"]).astype(np.int64)
    family = np.asarray(base.households["kind"]) == HouseholdKind.FAMILY
    generations = np.zeros(len(size), dtype=np.int8)
    _count(np.asarray(base.residents["role"]), size, family, generations)
    return generations
