"""Declare the columns of households."""

from collections import namedtuple

import numpy as np

from sim.agents.columns import Column, Columns
from sim.agents.residents import NO_QUARTER

# dwelling_class of a household without a dwelling of its own: it doubles up with others in its zone
SHARING = -1
# order_loss_quarter of a household that an order has moved: hit before, without a loss it has yet to answer
HIT_BEFORE = NO_QUARTER + 1


COLUMNS = (
    Column("draw_key", "u8", "the founder's key, kept for life", "formation"),
    Column("first_member", "i4", "row of the first member, the head", "relocation", -1),
    Column("zone", "i2", "zone index", "relocation", -1),
    Column("dwelling_class", "i1", "DwellingClass, -1 sharing", "relocation", SHARING),
    Column("tenure", "i1", "Tenure", "relocation"),
    Column("kind", "i1", "HouseholdKind", "formation"),
    Column("n_persons", "i2", "persons", "demography, migration"),
    Column("authority", "i1", "Authority", "formation"),
    Column("moved_quarter", "i2", "quarter of moving in", "relocation"),
    Column("rent_cny_month", "f4", "CNY a month, 0 for owners", "relocation, housing_market"),
    Column("organisation_id", "i2", "owner of the dormitory, -1 none", "relocation", -1),
    Column("sharing_cause", "i1", "MoveCause while it looks for a dwelling, -1 none", "relocation", -1),
    Column(
        "order_loss_quarter",
        "i2",
        "quarter a job was lost to an order; HIT_BEFORE",
        "labour, relocation",
        NO_QUARTER,
    ),
)
HomeArrays = namedtuple("HomeArrays", [column.name for column in COLUMNS])


class Households(Columns):
    """Hold every household; a collective household is one room of a dormitory."""

    noun = "household"
    columns = COLUMNS
    record = HomeArrays

    def alive(self) -> np.ndarray:
        """Return a mask of the rows that hold a household."""
        return self.n_persons[: self.n_rows] > 0
