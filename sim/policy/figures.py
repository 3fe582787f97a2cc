"""Say what every quantity of the documents is in the model, and what the model makes of it.

The quantities are the rows of figures.csv, the register is figures.yaml. A row that orders an amount is
carried by measures of the series ``plan``; one that states a rate, cap or rule by a parameter; what was
reported done is compared with the measures as executed; the rest is compared with results, tried as a case,
or not carried, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import Field

from sim.data.tables import TABLES, parse_rows, source_of
from sim.errors import InputError
from sim.policy.catalogue import FOLDER, kind_parameters, load_measures, load_targets
from sim.policy.places import places
from sim.policy.reader import join_errors, read_source, validate
from sim.policy.schema import Strict, Text
from sim.units import to_base

REGISTER = FOLDER / "figures.yaml"
TABLE = "figures"
BY_MEASURES = ("plan", "share", "masked", "actual")


class Entry(Strict):
    """Say what the rows of a document's clause (and of one indicator) are in the model."""

    document: Text
    clause: Text
    indicator: str = ""
    what: Literal[
        "plan", "share", "masked", "parameter", "actual", "target", "check", "case", "not_carried"
    ] = Field(alias="as")
    names: list[Text] = Field(default_factory=list)
    measure: str = ""
    area: str = ""
    per: float = Field(default=1.0, gt=0)
    why: str = ""


class Register(Strict):
    """Hold the register."""

    figures: list[Entry]


@dataclass(frozen=True)
class Figure:
    """Hold one quantity of a document and what it is in the model.

    Attributes
    ----------
    row
        Line of figures.csv, from 1.
    amount
        The quantity in base units, or None where the text hides it or gives a direction only.
    what
        As what the model has it, see `Entry`.
    names
        The measures, parameters, targets, cases or modules that carry it.
    carried
        What they make of it, in the same unit, or None where nothing is added up.
    """

    row: int
    document: str
    clause: str
    task: str
    indicator: str
    area: str
    year_from: int | None
    year_to: int | None
    relation: str
    amount: float | None
    unit: str
    kind: str
    what: str
    names: tuple[str, ...]
    carried: float | None
    why: str


@cache
def load_figures() -> tuple[Figure, ...]:
    """Return every quantity of the documents with what carries it, in the order of figures.csv.

    Raises
    ------
    InputError
        When a row has no entry in the register or two, an entry is for no row, or names what does not exist.
    """
    source = read_source(REGISTER)
    entries = validate(source, Register).figures
    errors = [
        InputError(f"there is no {what} '{name}'", where=source.where(("figures", index, "names")))
        for index, entry in enumerate(entries)
        for what, name in _unknown(entry)
    ]
    if errors:
        raise join_errors(errors)
    rows = parse_rows(
        TABLES / source_of(TABLE).file, (TABLES / source_of(TABLE).file).read_bytes(), source_of(TABLE)
    )
    found, used = [], set()
    for number, row in enumerate(rows, start=1):
        fitting = [index for index, entry in enumerate(entries) if _fits(entry, row)]
        if len(fitting) != 1:
            errors.append(
                InputError(
                    f"row {number} of figures.csv has {len(fitting) or 'no'} entries",
                    where=str(REGISTER),
                    why=f"{row['document']} {row['clause']}, {row['indicator']}",
                    mend="give every row one entry",
                )
            )
            continue
        used.add(fitting[0])
        found.append(_figure(number, row, entries[fitting[0]]))
    errors += [
        InputError("an entry is for no row of figures.csv", where=source.where(("figures", index)))
        for index in sorted(set(range(len(entries))) - used)
    ]
    if errors:
        raise join_errors(errors)
    return tuple(found)


def _fits(entry: Entry, row: dict[str, Any]) -> bool:
    return (entry.document, entry.clause) == (row["document"], row["clause"]) and entry.indicator in (
        "",
        row["indicator"],
    )


def _figure(number: int, row: dict[str, Any], entry: Entry) -> Figure:
    amount = None if row["quantity"] is None else to_base(row["quantity"], row["unit"])
    return Figure(
        row=number,
        document=row["document"],
        clause=row["clause"],
        task=row["task"],
        indicator=row["indicator"],
        area=row["area"],
        year_from=row["year_from"],
        year_to=row["year_to"],
        relation=row["relation"],
        amount=amount,
        unit=row["unit"] or "",
        kind=row["kind"],
        what=entry.what,
        names=tuple(entry.names),
        carried=_carried(entry, row),
        why=entry.why,
    )


def _carried(entry: Entry, row: dict[str, Any]) -> float | None:
    if entry.what == "parameter":
        return sum(_parameter(name, entry.measure) for name in entry.names) * entry.per
    if entry.what not in BY_MEASURES or row["year_from"] is None:
        return None
    area = entry.area or row["area"]
    years = range(row["year_from"], (row["year_to"] or row["year_from"]) + 1)
    measures = [load_measures()[name] for name in entry.names]
    return sum(measure.amount_in(area, year) for measure in measures for year in years) / entry.per


def _parameter(name: str, measure: str) -> float:
    """Return a parameter's value: the measure's own where one is named."""
    if measure:
        return dict(load_measures()[measure].parameters)[name].value
    return kind_parameters().value(name)


def _unknown(entry: Entry) -> list[tuple[str, str]]:
    """Return what an entry names that does not exist."""
    known: dict[str, Any] = {
        **dict.fromkeys(BY_MEASURES, ("measure", load_measures())),
        "parameter": ("parameter", kind_parameters().entries),
        "target": ("target", {target.id for target in load_targets()}),
    }
    if entry.measure and entry.measure not in load_measures():
        return [("measure", entry.measure)]
    if entry.area and not places().is_place(entry.area):
        return [("place", entry.area)]
    if entry.what in known:
        what, names = known[entry.what]
        return [(what, name) for name in entry.names if name not in names]
    if entry.what == "check":
        return [("module", name) for name in entry.names if not (FOLDER.parent / f"{name}.py").is_file()]
    return []
