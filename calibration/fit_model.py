"""Run the model of a fit: the same city, of which only what a fit looks at is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.accounts.ledger import Level
from sim.model import CityModel

if TYPE_CHECKING:
    import pandas as pd

NAME = "calibration.fit_model:FitModel"
"""What a batch calls it."""


class FitModel(CityModel):
    """Hand over no zones, flows, entries and payments: of a fit's hundreds of runs nobody reads them."""

    def indicators(self) -> pd.DataFrame:
        """Return the indicators of districts, areas and the city."""
        whole = super().indicators()
        return whole[whole["level"] != "zone"].reset_index(drop=True)

    def flows(self) -> pd.DataFrame:
        """Return the table of flows without its rows."""
        return super().flows().head(0)

    def ledger(self, *, effects_by: Level = "district", coded: bool = False) -> pd.DataFrame:
        """Return the task ledger without its rows."""
        return super().ledger(effects_by=effects_by, coded=coded).head(0)

    def fund(self) -> pd.DataFrame:
        """Return the payments without their rows."""
        return super().fund().head(0)

    def follow_up(self) -> pd.DataFrame:
        """Return the table of who was followed without its rows."""
        return super().follow_up().head(0)
