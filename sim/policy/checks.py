"""Hold a measure's file against the documents, kinds, parameters and published stocks; tell every problem.

The schema checks a file by itself; here it is held against what else the project carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.policy.reader import Source
from sim.policy.schema import Document, Kind, MeasureFile
from sim.units import parse_unit

_YEAR = 4
_MONTHS = 3


@dataclass(frozen=True)
class Known:
    """Hold what a measure may name.

    Attributes
    ----------
    documents, kinds
        By id and by name.
    parameters
        Names of the parameters of all kinds.
    """

    documents: Mapping[str, Document]
    kinds: Mapping[str, Kind]
    parameters: frozenset[str]


def check_measure(file: MeasureFile, source: Source, known: Known) -> list[InputError]:
    """Return everything in a measure's file that does not fit what the project carries."""
    return [
        *_document_errors(file, source, known),
        *_kind_errors(file, source, known),
        *_parameter_errors(file, source, known),
    ]


def _document_errors(file: MeasureFile, source: Source, known: Known) -> list[InputError]:
    document = known.documents.get(file.document)
    if document is None:
        return [
            InputError(
                f"unknown document '{file.document}'",
                where=source.where(("document",)),
                why="no file of documents/ has that id",
                mend="known: " + ", ".join(sorted(known.documents)),
            )
        ]
    return [
        InputError(
            f"{quarter} is outside the period of '{document.id}'",
            where=source.where((key,)),
            why=f"the document holds {'from' if early else 'until'} {edge}",
            mend="correct the date or the document",
        )
        for key, quarter, edge, early in (
            ("first", file.first, document.period_from, True),
            ("last", file.last, document.period_to, False),
        )
        if edge is not None and _is_outside(quarter, edge, early=early)
    ]


def _is_outside(quarter: str, edge: str, *, early: bool) -> bool:
    """Tell whether a quarter lies before the first or after the last date of a period.

    A year alone stands for its first or its last quarter.
    """
    month = int(edge[5:7]) if len(edge) > _YEAR else (1 if early else 12)
    limit = parse_quarter(f"{edge[:_YEAR]}Q{(month + _MONTHS - 1) // _MONTHS}")
    due = parse_quarter(quarter)
    return due < limit if early else due > limit


def _kind_errors(file: MeasureFile, source: Source, known: Known) -> list[InputError]:
    kind = known.kinds.get(file.kind)
    if kind is None:
        return [
            InputError(
                f"unknown kind '{file.kind}'",
                where=source.where(("kind",)),
                why="no intervention carries it out",
                mend="known: " + ", ".join(sorted(known.kinds)),
            )
        ]
    if file.action and file.action not in kind.actions:
        return [
            InputError(
                f"unknown action '{file.action}' of the kind '{file.kind}'",
                where=source.where(("action",)),
                why="the kind cannot be ordered to do that",
                mend="known: " + ", ".join(kind.actions),
            )
        ]
    action = file.action or next(iter(kind.actions))
    if parse_unit(file.unit).base == parse_unit(kind.actions[action].unit).base:
        return []
    return [
        InputError(
            f"'{file.unit}' is not a unit of '{action}' of the kind '{file.kind}'",
            where=source.where(("unit",)),
            why=f"it is counted in {kind.actions[action].unit}",
            mend="convert the quantities",
        )
    ]


def _parameter_errors(file: MeasureFile, source: Source, known: Known) -> list[InputError]:
    begin = f"{file.kind}_"
    unknown = [name for name in file.parameters if name not in known.parameters or not name.startswith(begin)]
    if not unknown:
        return []
    own = sorted(name for name in known.parameters if name.startswith(begin))
    return [
        InputError(
            f"unknown parameter '{name}' of the kind '{file.kind}'",
            where=source.where(("parameters", name)),
            why=f"sim/parameters/measures/{file.kind}.yaml has no such parameter",
            mend="known: " + ", ".join(own),
        )
        for name in unknown
    ]
