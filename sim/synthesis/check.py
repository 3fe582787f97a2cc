"""Hold the base-year city against the census: every margin, in the fit or kept out of it."""

import pandas as pd

from sim.synthesis import check_fit as fit
from sim.synthesis import check_kept as kept
from sim.synthesis.base import BaseCity
from sim.synthesis.check_rows import COLUMNS, People


def check_base(base: BaseCity) -> pd.DataFrame:
    """Return one row a margin: table, area, category, published, synthetic, error, tolerance, in_fit, status.

    `status` is ok, off, not judged (small counts, or nothing published) or modelled (jobs by workplace,
    commutes, floor areas: no table says). `in_fit` False marks tables no district is fitted to. In
    a sample counts are scaled up and tolerances widened by three standard errors.
    """
    people = People(base)
    tables = [
        *(table(people) for table in (fit.ages, fit.schooling, fit.illiterate, fit.marital, fit.non_local)),
        *(table(people) for table in (fit.industry, fit.households, fit.sizes, fit.generations, fit.tenure)),
        kept.aged(people),
        kept.rents_paid(people, base),
        *(table(people) for table in (kept.jobs, kept.commute, kept.village_commute)),
        *(table(people, base) for table in (fit.floor_area, kept.rent, fit.beds, fit.students)),
        kept.establishments(people, base),
    ]
    return pd.DataFrame([row for table in tables for row in table.rows], columns=COLUMNS)
