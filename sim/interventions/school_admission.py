"""Check the papers of children without local hukou who are to enter school, and refuse some.

In the third quarter of each year in which the measure holds, children of six without local hukou are refused
a primary school with a chance by zone (rule `school.refused`); of two measures the stricter holds. Junior
schools take who finished a primary school here: only pupils who enter primary school are known to have become
fewer. What a family then does is its own decision (`sim.processes.school_places`): it leaves Beijing, moves
to a part of it where papers are checked less strictly, or sends the child away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

RULE = "school.refused"


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Keep the checks up in the areas where they have begun; an area stands for its zones."""
    if not measure.first <= quarter_index <= measure.last:
        return
    refused = verbs.parameter("school_admission_refused_share", measure)
    begun = [item for item in measure.portions if item.quarter_index <= quarter_index]
    if begun:
        zones = np.unique(np.concatenate([np.array(item.zones) for item in begun]))
        stricter = np.maximum(city.rule(RULE, 0.0)[zones], refused)
        verbs.set_value(measure, RULE, stricter, zones, "share")
    for portion in measure.due(quarter_index):
        verbs.report_task(measure, -1, portion.amount, portion.amount, basis=portion.basis, name=portion.area)
