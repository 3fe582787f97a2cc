"""Say what a scenario file must hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.calendar import parse_quarter
from sim.policy.schema import Identifier, Quarter, Series, Strict, Text

PATHS = ("low", "mid", "high")
SHOCKS = ("epidemic",)
MOST_INCLUDES = 1000
"""More than any scenario needs; each is held against every measure."""
Factor = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Include(Strict):
    """Take measures from one quarter to another.

    A measure is taken when it is named in `measures`, or when it fits every other key that is given: its kind
    in `kinds`, its document in `documents`, its series in `series` (what was executed where the key is left
    out). A measure named in `without` is not taken.
    """

    measures: list[Text] = Field(default_factory=list)
    kinds: list[Text] = Field(default_factory=list)
    documents: list[Text] = Field(default_factory=list)
    series: tuple[Series, ...] = ("executed",)
    without: list[Text] = Field(default_factory=list)
    first: Quarter | None = None
    last: Quarter | None = None

    @model_validator(mode="after")
    def _dates_run_forward(self) -> Include:
        if self.first and self.last and parse_quarter(self.last) < parse_quarter(self.first):
            raise ValueError(f"it ends ({self.last}) before it begins ({self.first})")
        return self


class Levers(Strict):
    """Hold what the city decides.

    `scale_kinds` and `scale_measures` are factors on amounts; `rebound_control: false` takes away all
    standing enforcement against what grows back; `enforcement` is a factor on the capacity of the districts;
    `fund_billion_cny` is the city's guidance fund, in all or a year as `fund_period` says.
    """

    scale_kinds: dict[str, Factor] = Field(default_factory=dict)
    scale_measures: dict[str, Factor] = Field(default_factory=dict)
    rebound_control: bool | None = None
    enforcement: Factor | None = None
    fund_billion_cny: Factor | None = None
    fund_period: Literal["total", "yearly"] | None = None

    def settings(self) -> dict[str, float]:
        """Return the levers that are set and are no factor on an amount, as numbers."""
        given = {
            "rebound_control": self.rebound_control,
            "enforcement": self.enforcement,
            "fund_billion_cny": self.fund_billion_cny,
            "fund_yearly": None if self.fund_period is None else self.fund_period == "yearly",
        }
        return {name: float(value) for name, value in given.items() if value is not None}


class ScenarioFile(Strict):
    """Hold one scenario as its YAML file gives it."""

    name: Identifier
    title_en: Text
    title_zh: Text
    description: Text
    extends: Text | None = None
    includes: list[Include] = Field(default_factory=list, max_length=MOST_INCLUDES)
    levers: Levers = Field(default_factory=Levers)
    uncertainties: dict[str, float] = Field(default_factory=dict)
    shocks: dict[Literal["epidemic"], bool] = Field(default_factory=dict)
    paths: Literal["low", "mid", "high"] | None = None
    census_raking: bool | None = None
