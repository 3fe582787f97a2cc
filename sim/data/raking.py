"""Load the factors that bring the executed city of 2020Q4 to the census of 2020, by district."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sim.data.tables import DISTRICTS
from sim.data.yaml_file import read_model

FILE = Path(__file__).resolve().parent / "census_raking.yaml"
LEAST, MOST = 0.5, 1.95
"""Factors beyond these would put out or copy nearly every household: the city is then another one."""


class District(BaseModel):
    """Hold what the census counted in a district and what the model had there, persons."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    census: int = Field(gt=0)
    model: float = Field(gt=0, allow_inf_nan=False)

    @property
    def factor(self) -> float:
        """Return the census over the model."""
        return self.census / self.model


class Raking(BaseModel):
    """Hold the factors, and what they were made from.

    ``made_with`` are the checksums of code, policy and parameters of the runs; made anew by
    `python -m calibration.raking STORE`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    quarter: str
    sample: float
    replications: int
    seed: int
    parameters: str
    made_with: dict[str, str]
    source: str = Field(min_length=1)
    districts: dict[str, District]

    @field_validator("districts")
    @classmethod
    def _every_district_within_bounds(cls, districts: dict[str, District]) -> dict[str, District]:
        if set(districts) != set(DISTRICTS):
            raise ValueError(
                f"it must hold the 16 districts: {', '.join(sorted(set(DISTRICTS) ^ set(districts)))}"
            )
        for name, district in districts.items():
            if not LEAST <= district.factor <= MOST:
                raise ValueError(f"{name}: a factor of {district.factor:.2f} is outside {LEAST} to {MOST}")
        return districts

    def factors(self) -> np.ndarray:
        """Return census over model by district, (16,)."""
        return np.array([self.districts[name].factor for name in DISTRICTS])


@cache
def load_raking(path: Path = FILE) -> Raking:
    """Return the factors that are shipped, or those of another file.

    Raises
    ------
    InputError
        When the file lacks a district, or a factor is out of bounds; with file and line.
    """
    return read_model(path, Raking)
