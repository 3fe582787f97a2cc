"""Load the documents, measures, targets and kinds that the project carries, checked against each other."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sim.errors import InputError
from sim.parameters.store import ParameterSet, load_parameters
from sim.policy.checks import Known, check_measure
from sim.policy.contradictions import in_catalogue
from sim.policy.reader import join_errors, read_valid
from sim.policy.resolve import Measure, resolve
from sim.policy.schema import Document, Kind, Kinds, MeasureFile, Target, TargetFile
from sim.policy.stocks import beyond_stock

FOLDER = Path(__file__).resolve().parent


@cache
def load_documents() -> dict[str, Document]:
    """Return the documents by id."""
    documents = {}
    errors = []
    for path in _files(FOLDER / "documents"):
        try:
            document = read_valid(path, Document)[1]
        except InputError as error:
            errors.append(error)
        else:
            documents[document.id] = document
    if errors:
        raise join_errors(errors)
    return documents


@cache
def load_kinds() -> dict[str, Kind]:
    """Return the kinds of measure by name."""
    return read_valid(FOLDER / "kinds.yaml", Kinds)[1].kinds


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
        source, file = read_valid(path, TargetFile)
        for index, target in enumerate(file.targets):
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
        When the file is wrong, names what does not exist, gives a unit of another kind, lies outside its
        document's period, or asks for more than there is; all that is wrong is told.
    """
    source, file = read_valid(path, MeasureFile)
    errors = check_measure(file, source, _known())
    if errors:
        raise join_errors(errors)
    action = file.action or next(iter(load_kinds()[file.kind].actions))
    measure = resolve(file, action, where=source.where(("quantities",)))
    problem = beyond_stock(measure)
    if problem:
        raise InputError(
            f"the measure '{measure.id}' asks for more than there is",
            where=source.where(("quantities",)),
            why=problem,
            mend="lower the amounts, or correct the stock in sim/policy/stocks.yaml with its source",
        )
    return measure


@cache
def _known() -> Known:
    return Known(load_documents(), load_kinds(), frozenset(kind_parameters().entries))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))
