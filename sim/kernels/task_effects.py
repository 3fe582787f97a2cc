"""Share what orders changed among the tasks that they belong to."""

import numba as nb
import numpy as np

TASK, EFFECT = 1, 2
CITY = -1


@nb.njit(cache=True, nogil=True)
def fill_in_effects(begins, kind, measure, zones, executed, changes):
    """Write to the tasks in `changes` (2, n) what the effects of their measure changed.

    Block k has the entries ``begins[k]`` to ``begins[k + 1]``, is of a measure, numbered from 0, and of a
    kind. An effect goes to the tasks of its zone, by what was executed where there are several. Where its
    zone has none, it goes to the tasks for the city, and where there are none to all of its measure. Where
    nothing was changed tasks stay as they are.
    """
    width, n = zones.max() + 2, measure.max() + 1
    done, tasks = np.zeros((n, width)), np.zeros((n, width), dtype=np.int64)
    here, rest = np.zeros((2, n, width)), np.zeros((2, n))
    for k in range(kind.size):
        if kind[k] == TASK:
            for i in range(begins[k], begins[k + 1]):
                done[measure[k], zones[i]] += abs(executed[i])
                tasks[measure[k], zones[i]] += 1
    changed = False
    for k in range(kind.size):
        if kind[k] == EFFECT:
            for i in range(begins[k], begins[k + 1]):
                for row in range(2):
                    if changes[row, i] != 0.0:
                        changed = True
                        if tasks[measure[k], zones[i]] > 0:
                            here[row, measure[k], zones[i]] += changes[row, i]
                        else:
                            rest[row, measure[k]] += changes[row, i]
    if not changed:
        return
    all_done, all_tasks = np.zeros(n), np.zeros(n)
    for k in range(kind.size):
        if kind[k] == TASK:
            for i in range(begins[k], begins[k + 1]):
                all_done[measure[k]] += abs(executed[i])
                all_tasks[measure[k]] += 1
    for k in range(kind.size):
        if kind[k] == TASK:
            m = measure[k]
            for i in range(begins[k], begins[k + 1]):
                amount = abs(executed[i])
                share = amount / done[m, zones[i]] if done[m, zones[i]] > 0 else 1.0 / tasks[m, zones[i]]
                if done[m, CITY] > 0:
                    wide = amount / done[m, CITY] if zones[i] == CITY else 0.0
                else:
                    wide = amount / all_done[m] if all_done[m] > 0 else 1.0 / all_tasks[m]
                for row in range(2):
                    changes[row, i] = here[row, m, zones[i]] * share + rest[row, m] * wide
