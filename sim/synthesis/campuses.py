"""Say how many students live on campuses and how many aged people in homes, by census area."""

import numpy as np

from sim.data.tables import load_table
from sim.parameters.store import ParameterSet
from sim.synthesis.margins import Margins
from sim.synthesis.people import STATUS_STUDENT
from sim.synthesis.rounding import round_to_total


def full_time_students() -> float:
    """Return undergraduates and postgraduates of 2010 in the city."""
    table = load_table("education")
    table = table[(table["area_id"] == "beijing") & (table["year"] == 2010)].set_index("indicator")["value"]
    return 1e4 * float(table["university_undergraduates"] + table["postgraduates"])


def campus_residents(margins: Margins, parameters: ParameterSet) -> np.ndarray:
    """Return students in dormitories by census area, i8 (18,).

    Students of the long form, less year groups at school (as large as those aged 10-14) and adult students
    spread by young adults; scaled to the city's full-time students in dormitories. At most nine in ten of an
    area's collective population.
    """
    students = margins.status[:, STATUS_STUDENT].astype(float)
    school = parameters.value("cohorts_at_school") * margins.ages[:, :, 10:15].sum(axis=(1, 2)) / 5.0
    total = full_time_students() * parameters.value("students_on_campus_share")
    young = margins.ages[:, :, 20:35].sum(axis=(1, 2))
    adult = max(students.sum() - school.sum() - total, 0.0) * young / young.sum()
    rest = np.maximum(students - school - adult, 0.0)
    rest = np.minimum(rest * total / rest.sum(), 0.9 * margins.collective)
    return round_to_total(rest)


def aged_in_care(margins: Margins, parameters: ParameterSet) -> np.ndarray:
    """Return residents of homes for the aged by census area, i8 (18,)."""
    return np.rint(parameters.value("aged_in_care_share") * margins.ages[:, :, 65:].sum(axis=(1, 2))).astype(
        np.int64
    )
