"""Declare the columns of residents (常住人口)."""

from collections import namedtuple

import numpy as np

from sim.agents.columns import Column, Columns

NO_QUARTER = -32768


COLUMNS = (
    Column("household_id", "i4", "row of the household", "relocation", -1),
    Column("next_member", "i4", "row of the next member", "relocation", -1),
    Column("draw_key", "u8", "key of every draw", "birth or arrival"),
    Column("birth_quarter", "i2", "quarter index, 2010Q4 = 0", "birth or arrival"),
    Column("sex", "i1", "Sex", "birth or arrival"),
    Column("hukou", "i1", "Hukou", "demography"),
    Column("education", "i1", "Education", "demography"),
    Column("marital", "i1", "Marital", "demography"),
    Column("role", "i1", "Role", "demography"),
    Column("activity", "i1", "Activity", "labour, demography"),
    Column("sector", "i1", "Sector, -1 none", "labour", -1),
    Column("work_zone", "i2", "zone index, -1 none", "labour", -1),
    Column("employer_id", "i2", "organisation index, -1 an ordinary business", "labour, services", -1),
    Column("wage_cny_month", "f4", "CNY a month at the wage level of 2010", "labour"),
    Column("arrival_quarter", "i2", "quarter index, -32768 for who did not arrive", "migration", NO_QUARTER),
    Column("order_loss_quarter", "i2", "quarter a job was lost to an order", "labour", NO_QUARTER),
)
PeopleArrays = namedtuple("PeopleArrays", [column.name for column in COLUMNS])


class Residents(Columns):
    """Hold every resident; the members of a household are a linked list (`next_member`)."""

    noun = "resident"
    columns = COLUMNS
    record = PeopleArrays

    def alive(self) -> np.ndarray:
        """Return a mask of the rows that hold a resident."""
        return self.household_id[: self.n_rows] >= 0
