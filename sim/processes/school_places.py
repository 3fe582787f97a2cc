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

    Nothing happens without a measure that sets the rule. What the rest does, a private school or a child sent
    to the grandparents, changes nothing here. The families stand in ``city.scratch["refused_families"]``.
    """
    city.scratch["refused_families"] = np.zeros(0, dtype=np.int64)
    if RULE not in city.scratch.get("rules", {}) or quarter_of_year(city.quarter) != TERM:
        return
    families = np.empty(city.residents.n_rows, dtype=np.int64)
    count = kernel.refuse(
        city.residents.arrays(),
        city.households.arrays(),
        city.residents.n_rows,
        city.rule(RULE, 0.0),
        city.parameter("school_refused_leave"),
        city.parameter("school_refused_move"),
        choice.LEAVES,
        choice.MOVES,
        city.random.seed,
        city.quarter,
        event,
        families,
    )
    city.scratch["refused_families"] = np.unique(families[:count])
