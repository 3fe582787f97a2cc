"""Load the documents, measures, targets and kinds that the project carries, checked against each other."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.parameters.store import ParameterSet, load_parameters
from sim.policy.contradictions import in_catalogue
from sim.policy.reader import Source, join_errors, read_source, validate
from sim.policy.resolve import Measure, resolve
from sim.policy.schema import Document, Kind, Kinds, MeasureFile, Target, TargetFile
from sim.units import parse_unit

FOLDER = Path(__file__).resolve().parent


@cache
def load_documents() -> dict[str, Document]:
    """Return the documents by id."""
    documents = {}
    for path in _files(FOLDER / "documents"):
        document = validate(read_source(path), Document)
        documents[document.id] = document
    return documents


@cache
def load_kinds() -> dict[str, Kind]:
    """Return the kinds of measure by name."""
    return validate(read_source(FOLDER / "kinds.yaml"), Kinds).kinds


@cache
def kind_parameters() -> ParameterSet:
    """Return the numbers that decide how the kinds act, named after their kind."""
    return load_parameters("measures")


@cache
def load_measures() -> dict[str, Measure]:
    """Return the measures of the catalogue by id, resolved.

    Raises
    ------
    InputError
        When a file is wrong or two measures contradict each other; every problem is named.
    """
    return read_measures(FOLDER / "measures")


@cache
def load_targets() -> list[Target]:
    """Return every published target, in the order of targets.csv.

    Raises
    ------
    InputError
        When a file is wrong or an id is used twice.
    """
    targets: dict[str, Target] = {}
    for path in _files(FOLDER / "targets"):
        source = read_source(path)
        for index, target in enumerate(validate(source, TargetFile).targets):
            if target.id in targets:
                raise InputError(
                    f"the target id '{target.id}' is used twice",
                    where=source.where(("targets", index, "id")),
                    mend="give every target its own id",
                )
            targets[target.id] = target
    return list(targets.values())


def read_measures(folder: Path) -> dict[str, Measure]:
    """Return the measures of a folder by id, resolved, each checked and all against each other."""
    measures: dict[str, Measure] = {}
    errors: list[InputError] = []
    sources: dict[str, str] = {}
    for path in _files(folder):
        try:
            measure = read_measure(path)
        except InputError as error:
            errors.append(error)
            continue
        if measure.id in measures:
            errors.append(
                InputError(
                    f"the measure id '{measure.id}' is used twice",
                    where=f"{sources[measure.id]} and {path}",
                    mend="give every measure its own id",
                )
            )
        measures[measure.id] = measure
        sources[measure.id] = str(path)
    for first, second, problem in in_catalogue(measures.values()):
        errors.append(
            InputError(
                f"the measures '{first.id}' and '{second.id}' contradict each other",
                where=f"{sources[first.id]} and {sources[second.id]}",
                why=problem,
                mend="keep one, or set them apart by date or area",
            )
        )
    if errors:
        raise join_errors(errors)
    return measures


def read_measure(path: Path) -> Measure:
    """Return one measure's file, resolved.

    Raises
    ------
    InputError
        When the file is wrong, or names a document or a kind that does not exist, or a unit of another kind.
    """
    source = read_source(path)
    file = validate(source, MeasureFile)
    _check_names(file, source)
    _check_period(file, source)
    action = file.action or next(iter(load_kinds()[file.kind].actions))
    return resolve(file, action, where=source.where(("quantities",)))


def _check_names(file: MeasureFile, source: Source) -> None:
    documents, kinds = load_documents(), load_kinds()
    if file.document not in documents:
        raise InputError(
            f"unknown document '{file.document}'",
            where=source.where(("document",)),
            why="no file of documents/ has that id",
            mend="known: " + ", ".join(sorted(documents)),
        )
    if file.kind not in kinds:
        raise InputError(
            f"unknown kind '{file.kind}'",
            where=source.where(("kind",)),
            why="no intervention carries it out",
            mend="known: " + ", ".join(sorted(kinds)),
        )
    actions = kinds[file.kind].actions
    if file.action and file.action not in actions:
        raise InputError(
            f"unknown action '{file.action}' of the kind '{file.kind}'",
            where=source.where(("action",)),
            why="the kind cannot be ordered to do that",
            mend="known: " + ", ".join(actions),
        )
    action = file.action or next(iter(actions))
    if parse_unit(file.unit).base != parse_unit(actions[action].unit).base:
        raise InputError(
            f"'{file.unit}' is not a unit of '{action}' of the kind '{file.kind}'",
            where=source.where(("unit",)),
            why=f"it is counted in {actions[action].unit}",
            mend="convert the quantities",
        )
    known = {name for name in kind_parameters().entries if name.startswith(f"{file.kind}_")}
    unknown = sorted(set(file.parameters) - known)
    if unknown:
        raise InputError(
            f"unknown parameter '{unknown[0]}' of the kind '{file.kind}'",
            where=source.where(("parameters", unknown[0])),
            why=f"sim/parameters/measures/{file.kind}.yaml has no such parameter",
            mend="known: " + ", ".join(sorted(known)),
        )


def _check_period(file: MeasureFile, source: Source) -> None:
    """Refuse a measure that begins before its document's period or ends after it."""
    document = load_documents()[file.document]
    for key, quarter, edge, early in (
        ("first", file.first, document.period_from, True),
        ("last", file.last, document.period_to, False),
    ):
        if edge is None:
            continue
        limit = _quarter_of(edge, early=early)
        due = parse_quarter(quarter)
        if due < limit if early else due > limit:
            raise InputError(
                f"{quarter} is outside the period of '{document.id}'",
                where=source.where((key,)),
                why=f"the document holds {'from' if early else 'until'} {edge}",
                mend="correct the date or the document",
            )


def _quarter_of(date: str, *, early: bool) -> int:
    """Return the quarter of a date; a year alone stands for its first or its last quarter."""
    month = int(date[5:7]) if len(date) > 4 else (1 if early else 12)
    return parse_quarter(f"{date[:4]}Q{(month + 2) // 3}")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
