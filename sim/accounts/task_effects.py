"""Say of each task in the ledger what floor area and how many jobs went or came with it."""

from __future__ import annotations

import numpy as np

from sim.accounts.entries import CITY, EFFECTS, ROW, TASK, Entries
from sim.data.words import numbered

COLUMNS = ("floor_area_m2", "jobs")


def add_effects(entries: Entries) -> None:
    """Fill in the floor area and jobs of a quarter's tasks from the effects of their measure.

    An effect belongs to the task of its measure and zone, by what was executed where there are
    several; one in a zone without a task to those for a wider area, or to all of the quarter where there are
    none. So tasks and effects have the same sums by measure and quarter.
    """
    rows = [ROW[name] for name in COLUMNS]
    changed = np.logical_or.reduce([entries.numbers[row] != 0.0 for row in rows])
    task = np.flatnonzero(entries.of([verb == TASK for verb in entries.heads.verb]))
    effects = entries.of([verb in EFFECTS for verb in entries.heads.verb])
    effect = np.flatnonzero(effects & changed)
    if not len(task) or not len(effect):
        return
    measure = np.repeat(numbered([measure.id for measure in entries.heads.measure]), entries.lengths)
    key, effect_key = measure[task], measure[effect]
    zone, effect_zone = entries.zones[task], entries.zones[effect]
    width = int(entries.zones.max()) + 2
    n_keys = int(measure.max()) + 1
    n_cells = n_keys * width
    # the city, -1, has the last place of its measure
    cell, effect_cell = key * width + zone % width, effect_key * width + effect_zone % width
    done = np.abs(entries.numbers[ROW["executed"], task])
    share = _shares(cell, done, n_cells)
    alone = np.bincount(cell, minlength=n_cells)[effect_cell] == 0
    wide = _shares(key, done * (zone == CITY), n_keys, otherwise=done)
    for row in rows:
        amount = entries.numbers[row, effect]
        here = np.bincount(effect_cell, amount * ~alone, n_cells)
        rest = np.bincount(effect_key, amount * alone, n_keys)
        entries.numbers[row, task] = here[cell] * share + rest[key] * wide


def _shares(
    group: np.ndarray, weight: np.ndarray, n_groups: int, otherwise: np.ndarray | None = None
) -> np.ndarray:
    """Return each entry's share of its group by weight; by another weight, or alike, where that is nil."""
    total = np.bincount(group, weight, n_groups)[group]
    rest = np.ones(len(group)) if otherwise is None else _shares(group, otherwise, n_groups)
    if otherwise is None:
        rest /= np.bincount(group, minlength=n_groups)[group]
    return np.where(total > 0, np.divide(weight, total, out=np.zeros(len(group)), where=total > 0), rest)
