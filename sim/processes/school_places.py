"""Let families whose child is refused a school leave, move, or send the child away."""

from __future__ import annotations

import numpy as np

from sim.calendar import quarter_of_year
from sim.city.state import City
from sim.kernels import choice
from sim.kernels import school as kernel
from sim.processes.vital_rates import TERM

RULE = "school.refused"


def mark(city: City, event: np.ndarray) -> None:
    """Add to `event` the families that decide to leave or move, in the quarter in which school begins.

    Nothing happens without a measure that sets the rule. Families move inside Beijing only where papers are
    checked less strictly elsewhere. What the rest does, a private school or a child sent to the grandparents
    or to board in Hebei, changes nothing here: such children are still counted. The families stand in
    ``city.scratch["refused_families"]``.
    """
    city.scratch["refused_families"] = np.zeros(0, dtype=np.int64)
    if RULE not in city.scratch.get("rules", {}) or quarter_of_year(city.quarter) != TERM:
        return
    refused = city.rule(RULE, 0.0)
    families = np.empty(city.residents.n_rows, dtype=np.int64)
    count = kernel.refuse(
        city.residents.arrays(),
        city.households.arrays(),
        city.residents.n_rows,
        refused,
        city.parameter("school_refused_leave"),
        np.where(refused > refused.min(), city.parameter("school_refused_move"), 0.0),
        choice.LEAVES,
        choice.MOVES,
        city.random.seed,
        city.quarter,
        event,
        families,
    )
    city.scratch["refused_families"] = np.unique(families[:count])
