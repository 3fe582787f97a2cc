"""Say of each task in the ledger what floor area and how many jobs went or came with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.accounts.entries import CITY, EFFECTS, ROW, TASK, Block

COLUMNS = ("floor_area_m2", "jobs")


def with_effects(blocks: Sequence[Block]) -> list[Block]:
    """Return the entries with the floor area and jobs of tasks filled in from the effects of their measure.

    An effect belongs to the task of its measure, quarter and zone, by what was executed where there are
    several; one in a zone without a task to those for a wider area, or to all of the quarter where there are
    none. So tasks and effects have the same sums by measure and quarter.
    """
    rows = [ROW[name] for name in COLUMNS]
    tasks = [block for block in blocks if block.verb == TASK]
    effects = [block for block in blocks if block.verb in EFFECTS and block.numbers[rows].any()]
    if not tasks or not effects:
        return list(blocks)
    keys: dict[tuple[str, int], int] = {}
    key, effect_key = _keys(tasks, keys), _keys(effects, keys)
    zone, effect_zone = (np.concatenate([b.zones for b in part]) for part in (tasks, effects))
    width = int(max(zone.max(), effect_zone.max())) + 2
    _, cells = np.unique(
        np.concatenate([key * width + zone, effect_key * width + effect_zone]), return_inverse=True
    )
    cell, effect_cell = cells[: len(zone)], cells[len(zone) :]
    done = np.concatenate([np.abs(block.column("executed")) for block in tasks])
    share = _shares(cell, done, int(cells.max()) + 1)
    alone = ~np.isin(effect_cell, cell)
    wide = _shares(key, done * (zone == CITY), len(keys), otherwise=done)
    filled = np.empty((len(rows), len(zone)))
    for line, row in enumerate(rows):
        amount = np.concatenate([block.numbers[row] for block in effects])
        here = np.bincount(effect_cell, amount * ~alone, int(cells.max()) + 1)
        rest = np.bincount(effect_key, amount * alone, len(keys))
        filled[line] = here[cell] * share + rest[key] * wide
    parts = np.split(filled, np.cumsum([len(block.zones) for block in tasks])[:-1], axis=1)
    new = (_filled(block, rows, part) for block, part in zip(tasks, parts, strict=True))
    return [next(new) if block.verb == TASK else block for block in blocks]


def _keys(blocks: Sequence[Block], keys: dict[tuple[str, int], int]) -> np.ndarray:
    """Return the number of each entry's measure and quarter; new ones are added."""
    own = [keys.setdefault((block.measure.id, block.quarter_index), len(keys)) for block in blocks]
    return np.repeat(np.array(own, dtype=np.int64), [len(block.zones) for block in blocks])


def _shares(
    group: np.ndarray, weight: np.ndarray, n_groups: int, otherwise: np.ndarray | None = None
) -> np.ndarray:
    """Return each entry's share of its group by weight; by another weight, or alike, where that is nil."""
    total = np.bincount(group, weight, n_groups)[group]
    rest = np.ones(len(group)) if otherwise is None else _shares(group, otherwise, n_groups)
    if otherwise is None:
        rest /= np.bincount(group, minlength=n_groups)[group]
    return np.where(total > 0, np.divide(weight, total, out=np.zeros(len(group)), where=total > 0), rest)


def _filled(block: Block, rows: list[int], values: np.ndarray) -> Block:
    numbers = block.numbers.copy()
    numbers[rows] = values
    return block._replace(numbers=numbers)
