"""Say what a document, a measure, a target and a kind of measure must hold.

A quantity is a number for one area and one year or quarter, as a table or a document gives it; nested areas
are set apart by `sim.policy.resolve`. Every number says how it is known: `stated` (a document or a published
table says it), `derived` (arithmetic on such numbers), `assumed`, or `calibrated`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from sim.calendar import format_quarter, parse_quarter
from sim.codes import OUTSIDE
from sim.data.yaml_file import Keys, PlacedValueError
from sim.errors import InputError
from sim.policy.places import places
from sim.units import parse_unit

Basis = Literal["stated", "derived", "assumed", "calibrated"]
Confidence = Literal["high", "medium", "low"]
Series = Literal["plan", "executed", "option"]
Unfinished = Literal["carry_over", "replan", "lapse"]
How = Literal["found", "recalled", "derived", "computed"]
MoveOrder = Literal["close", "upgrade", "move", "open_site"]
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHARES_TOLERANCE = 1e-6
QUARTERS = 4
Problem = tuple[Keys, str]
"""Where in a measure something does not fit, and what."""


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"'{text}' is not an id; mend: use small letters, digits and hyphens")
    return text


def _quarter(text: str) -> str:
    try:
        return format_quarter(parse_quarter(text))
    except InputError as error:
        raise ValueError(f"{error.what}: {error.why}; mend: {error.mend}") from error


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    month = int(found.group(2) or 1) if found else 0
    day = int(found.group(3) or 1) if found else 0
    if not found or not 1 <= month <= len(_DAYS) or not 1 <= day <= _DAYS[month - 1]:
        raise ValueError(f"'{text}' is not a date; mend: write it as 2017-02-20, 2017-02 or 2017 in quotes")
    return text


def _place(text: str) -> str:
    try:
        places().zones_of(text)
    except InputError as error:
        raise ValueError(f"{error.what}; mend: {error.mend}") from error
    return text


def _destination(text: str) -> str:
    if text in OUTSIDE or text in places().zone_ids:
        return text
    _place(text)
    raise ValueError(f"'{text}' is wider than a zone; mend: give one zone, or one of " + ", ".join(OUTSIDE))


def _unit(text: str) -> str:
    try:
        parse_unit(text)
    except InputError as error:
        raise ValueError(f"{error.what}; mend: {error.mend}") from error
    return text


def _shown(pattern: str) -> WithJsonSchema:
    """Return what an editor is told of a word; the validators say more."""
    return WithJsonSchema({"type": "string", "pattern": pattern})


Identifier = Annotated[str, AfterValidator(_identifier), _shown("^[a-z0-9][a-z0-9-]*$")]
Quarter = Annotated[str, AfterValidator(_quarter), _shown("^[0-9]{4}Q[1-4]$")]
Date = Annotated[str, AfterValidator(_date), _shown("^[0-9]{4}(-[0-9]{2}){0,2}$")]
Place = Annotated[str, AfterValidator(_place)]
Destination = Annotated[str, AfterValidator(_destination)]
Unit = Annotated[str, AfterValidator(_unit)]
Text = Annotated[str, Field(min_length=1)]
Year = Annotated[int, Field(ge=2011, le=2050)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Strict(BaseModel):
    """Refuse keys the schema does not know, and any change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Document(Strict):
    """Describe one policy document or published record.

    A record is a collection of published rows: it has no clauses, so that coverage does not list it. A text
    that gives no year has no date.
    """

    id: Identifier
    number: str = ""
    title_en: Text
    title_zh: Text
    record: bool = False
    issuer: Text
    date: Date | None = None
    period_from: Date | None = None
    period_to: Date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _period_runs_forward(self) -> Document:
        if self.period_from and self.period_to and self.period_to < self.period_from:
            raise ValueError(f"the period ends ({self.period_to}) before it begins ({self.period_from})")
        return self


class Spread(Strict):
    """Hold a number with its range and how it is known."""

    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    basis: Basis
    source: Text

    @model_validator(mode="after")
    def _value_in_range(self) -> Spread:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.value:g} is outside its range {self.low:g} to {self.high:g}")
        return self


class Action(Strict):
    """Describe one thing a kind of measure can be ordered to do, and the unit it is counted in."""

    title_en: Text
    title_zh: Text
    unit: Unit


class Kind(Strict):
    """Describe one kind of measure and its actions by name; the first is meant where none is given."""

    title_en: Text
    title_zh: Text
    actions: dict[str, Action] = Field(min_length=1)


class Kinds(Strict):
    """Hold every kind by name."""

    kinds: dict[str, Kind]


class Quantity(Strict):
    """Hold one number of a table or a document: for an area, in a year or in one quarter."""

    area: Place
    year: Year | None = None
    quarter: Quarter | None = None
    value: Amount
    low: Amount | None = None
    high: Amount | None = None
    basis: Basis
    source: Text
    clause: str = ""

    @model_validator(mode="after")
    def _dated_and_ordered(self) -> Quantity:
        if (self.year is None) == (self.quarter is None):
            raise ValueError("a quantity is for a year or for a quarter; mend: give one of the two keys")
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"{self.value:g} is outside its range {low:g} to {high:g}")
        return self


class QuarterShares(Strict):
    """Split one year's quantities over its four quarters."""

    year: Year
    shares: Annotated[list[Amount], Field(min_length=QUARTERS, max_length=QUARTERS)]
    basis: Basis
    source: Text

    @model_validator(mode="after")
    def _shares_add_up(self) -> QuarterShares:
        if abs(sum(self.shares) - 1.0) > _SHARES_TOLERANCE:
            raise ValueError(f"the four shares add up to {sum(self.shares):g}, not 1")
        return self


class Move(Strict):
    """Order one organisation by name: close it, upgrade it, move it or part of it, or open a site for it."""

    organisation: Text
    origin: Place
    quarter: Quarter
    order: MoveOrder
    share: float = Field(default=1.0, gt=0, le=1)
    counts: Amount = 0.0
    destination: Destination | None = None
    students: Amount | None = None
    beds_removed: Amount | None = None
    beds_opened: Amount | None = None
    basis: Basis
    source: Text

    @model_validator(mode="after")
    def _destination_given(self) -> Move:
        if self.order in ("move", "open_site") and self.destination is None:
            raise ValueError(f"the order '{self.order}' needs a destination; mend: add the key 'destination'")
        return self


class MeasureFile(Strict):
    """Hold one measure as its YAML file gives it."""

    id: Identifier
    kind: Text
    action: str = ""
    series: Series = "executed"
    title_en: Text
    title_zh: Text
    document: Text
    clause: str = ""
    office: str = ""
    unfinished: Unfinished = "carry_over"
    first: Quarter
    last: Quarter
    unit: Unit
    basis: Basis
    rebound_control_until: Quarter | None = None
    quantities: list[Quantity] = Field(default_factory=list)
    quarters: list[QuarterShares] = Field(default_factory=list)
    moves: list[Move] = Field(default_factory=list)
    destinations: dict[Destination, Amount] = Field(default_factory=dict)
    parameters: dict[str, Spread] = Field(default_factory=dict)
    note: str = ""

    @model_validator(mode="after")
    def _hangs_together(self) -> MeasureFile:
        problems = [*_order_problems(self), *_date_problems(self), *_clause_problems(self)]
        if problems:
            raise PlacedValueError(problems)
        return self


def _quarters_of(year: int) -> list[str]:
    return [f"{year}Q{number}" for number in range(1, QUARTERS + 1)]


def _order_problems(file: MeasureFile) -> list[Problem]:
    """Return what is wrong with what a measure orders."""
    problems: list[Problem] = []
    if not file.quantities and not file.moves:
        problems.append(((), "the measure orders nothing; mend: add 'quantities' or 'moves'"))
    total = sum(file.destinations.values())
    if file.destinations and abs(total - 1.0) > _SHARES_TOLERANCE:
        problems.append((("destinations",), f"the destinations' shares add up to {total:g}, not 1"))
    return problems


def _date_problems(file: MeasureFile) -> list[Problem]:
    """Return what is wrong with a measure's dates."""
    first, last = parse_quarter(file.first), parse_quarter(file.last)
    if last < first:
        return [(("last",), f"the measure ends ({file.last}) before it begins ({file.first})")]
    problems: list[Problem] = []
    control = file.rebound_control_until
    if control and parse_quarter(control) < first:
        message = f"rebound control ends ({control}) before the measure begins"
        problems.append((("rebound_control_until",), message))
    outside = f"is outside its dates {file.first} to {file.last}; mend: correct one of them"
    quarters: list[tuple[Keys, str | None]] = [
        *((("quantities", index, "quarter"), row.quarter) for index, row in enumerate(file.quantities)),
        *((("moves", index, "quarter"), move.quarter) for index, move in enumerate(file.moves)),
    ]
    for keys, quarter in quarters:
        if quarter is not None and not first <= parse_quarter(quarter) <= last:
            problems.append((keys, f"{quarter} {outside}"))
    years: list[tuple[Keys, int | None]] = [
        *((("quantities", index, "year"), row.year) for index, row in enumerate(file.quantities)),
        *((("quarters", index, "year"), row.year) for index, row in enumerate(file.quarters)),
    ]
    for keys, year in years:
        if year is not None and not int(file.first[:4]) <= year <= int(file.last[:4]):
            problems.append((keys, f"{year} {outside}"))
    for index, split in enumerate(file.quarters):
        for name, share in zip(_quarters_of(split.year), split.shares, strict=True):
            if share > 0 and not first <= parse_quarter(name) <= last:
                problems.append((("quarters", index, "shares"), f"the share of {name} {outside}"))
    by_year = {row.year for row in file.quantities}
    for index, row in enumerate(file.quantities):
        if row.quarter is not None and int(row.quarter[:4]) in by_year:
            message = f"{row.quarter[:4]} has rows by year and by quarter; mend: give one or the other"
            problems.append((("quantities", index, "quarter"), message))
    return problems


def _clause_problems(file: MeasureFile) -> list[Problem]:
    """Return which stated numbers name no clause."""
    if file.clause:
        return []
    mend = "names no clause; mend: add 'clause', or say how it was derived or assumed"
    problems: list[Problem] = [
        (("quantities", index, "basis"), f"the stated quantity of {row.area} {mend}")
        for index, row in enumerate(file.quantities)
        if row.basis == "stated" and not row.clause
    ]
    if file.basis == "stated" and not problems:
        problems.append((("basis",), f"the measure {mend}"))
    return problems


class Target(Strict):
    """Hold one published target: a line of targets.csv under a unique id."""

    id: Identifier
    area: Place
    year: Year
    indicator: Text
    operator: Literal["<=", ">=", "~", "=", "range"]
    value: float
    value_low: float | None = None
    value_high: float | None = None
    unit: Text
    baseline_year: Year | None = None
    baseline_value: float | None = None
    document: Text
    clause: str = ""
    source: str = ""
    how: How
    confidence: Confidence
    note: str = ""

    @model_validator(mode="after")
    def _range_has_ends(self) -> Target:
        if self.operator == "range" and (self.value_low is None or self.value_high is None):
            raise ValueError("a range needs both ends; mend: add value_low and value_high")
        return self


class TargetFile(Strict):
    """Hold the targets of one file."""

    targets: list[Target]
