"""Give how fast the weight of a workplace falls with travel time: the same in the base year and in a run."""

import numpy as np

from sim.codes import COMMUTE_GROUPS, CommuteGroup, DwellingClass
from sim.parameters.store import ParameterSet, load_parameters


def travel_decay_rates(parameters: ParameterSet | None = None) -> np.ndarray:
    """Return the decay with travel time by commuting group, f8 (4,), per minute.

    Without parameters those of the base year, which are the point values of behaviour.yaml. A search for work
    with another decay would carry every commute away from the surveyed one as people change jobs.
    """
    values = parameters or load_parameters("behaviour")
    return np.array([values.value(f"travel_decay_{group.name.lower()}") for group in CommuteGroup])


def commute_group_of_class() -> np.ndarray:
    """Return the commuting group of each class of dwelling and, last, of who shares, i1 (14,)."""
    group = np.full(len(DwellingClass) + 1, CommuteGroup.FORMAL, dtype=np.int8)
    for name, classes in COMMUTE_GROUPS.items():
        group[list(classes)] = name
    return group
