"""Say of each task in the ledger what floor area and how many jobs went or came with it."""

from __future__ import annotations

import numpy as np

from sim.accounts.entries import EFFECTS, ROW, TASK, Entries
from sim.data.words import numbered, numbered_objects
from sim.kernels import task_effects as kernel

FLOOR_AREA, JOBS = ROW["floor_area_m2"], ROW["jobs"]
KINDS = {TASK: kernel.TASK} | dict.fromkeys(EFFECTS, kernel.EFFECT)


def add_effects(entries: Entries) -> None:
    """Fill in the floor area and jobs of a quarter's tasks from the effects of their measure.

    An effect belongs to the task of its measure and zone, by what was executed where there are several; one
    in a zone without a task to those for a wider area, or to all of the quarter where there are none. So
    tasks and effects have the same sums by measure and quarter.
    """
    kinds = np.array([KINDS.get(verb, 0) for verb in entries.heads.verb])
    measures, which = numbered_objects(entries.heads.measure)
    measure = numbered([measure.id for measure in measures])[which]
    kernel.fill_in_effects(
        entries.begins(),
        kinds,
        measure,
        entries.zones,
        entries.numbers[ROW["executed"]],
        entries.numbers[FLOOR_AREA : JOBS + 1],
    )
