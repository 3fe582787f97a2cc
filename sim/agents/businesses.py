"""Declare the columns of businesses (establishments, self-employed households among them)."""

from collections import namedtuple

import numpy as np

from sim.agents.columns import Column, Columns

COLUMNS = (
    Column("draw_key", "u8", "key of every draw", "entry"),
    Column("zone", "i2", "zone index", "business_dynamics", -1),
    Column("sector", "i1", "Sector", "entry"),
    Column("n_jobs", "f4", "jobs", "business_dynamics"),
    Column("premises", "i1", "Premises", "business_dynamics"),
    Column("licensed", "i1", "1 licensed, 0 not", "business_dynamics"),
    Column("market_id", "i2", "organisation index of the market, -1 none", "business_dynamics", -1),
    Column("authority", "i1", "Authority", "entry"),
    Column("exit_quarter", "i2", "quarter it closes of itself", "entry", 32767),
    Column("move_quarter", "i2", "quarter it next thinks of moving", "business_dynamics", 32767),
)
FirmArrays = namedtuple("FirmArrays", [column.name for column in COLUMNS])


class Businesses(Columns):
    """Hold every establishment, at full count whatever the sample of households."""

    noun = "business"
    columns = COLUMNS
    record = FirmArrays

    def alive(self) -> np.ndarray:
        """Return a mask of the rows that hold a business."""
        return self.n_jobs[: self.n_rows] > 0
