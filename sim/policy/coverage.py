"""Say of every clause of every document whether the model carries it, by what, and what is missing.

`coverage.yaml` lists the clauses in reading order. What models a clause is named as a measure's id, a kind
(``kind:demolish``), an action of a kind (``kind:estates.renovate``) or another part of the project
(``accounts/fund``); each name is checked when the file is read, and so is that every clause a measure cites
is in the list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from sim.errors import InputError
from sim.policy.catalogue import FOLDER, load_documents, load_kinds, load_measures
from sim.policy.reader import Source, join_errors, read_source, validate
from sim.policy.resolve import Measure
from sim.policy.schema import Identifier, Kind, Strict, Text

COVERAGE = FOLDER / "coverage.yaml"
PACKAGE = FOLDER.parent
Status = Literal["modelled", "partly", "not_modelled"]
STATUSES: tuple[Status, ...] = ("modelled", "partly", "not_modelled")
_KIND = "kind:"


class Clause(Strict):
    """Hold what the model makes of one clause."""

    clause: Text
    title_zh: Text
    title_en: Text
    status: Status
    measures: list[Text] = Field(default_factory=list)
    code: list[Text] = Field(default_factory=list)
    missing: Text | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _says_what_its_status_asks(self) -> Clause:
        carried = bool(self.measures or self.code)
        if self.status == "not_modelled":
            if carried or self.missing or not self.reason:
                raise ValueError("what is not modelled has a reason and names nothing that models it")
        elif not carried:
            raise ValueError("it names nothing that models it; mend: add 'measures' or 'code'")
        elif self.reason or (self.status == "partly") != bool(self.missing):
            raise ValueError("'missing' goes with partly, 'reason' with not_modelled, neither with modelled")
        return self


class CoverageFile(Strict):
    """Hold the clauses of every document, in reading order."""

    documents: dict[Identifier, list[Clause]]


@cache
def load_coverage() -> dict[str, tuple[Clause, ...]]:
    """Return the clauses of every document by its id, checked against the catalogue.

    Raises
    ------
    InputError
        When the file is wrong, names what does not exist, or leaves out a document or a cited clause.
    """
    return read_coverage(COVERAGE, load_measures())


def read_coverage(path: Path, measures: dict[str, Measure]) -> dict[str, tuple[Clause, ...]]:
    """Return the clauses of a coverage file by document, checked against documents, kinds and measures."""
    source = read_source(path)
    file = validate(source, CoverageFile)
    errors = [
        *_document_errors(file, source),
        *_name_errors(file, source, measures),
        *_citation_errors(file, source, measures),
    ]
    if errors:
        raise join_errors(errors)
    return {document: tuple(clauses) for document, clauses in file.documents.items()}


def coverage_rows() -> list[dict[str, Any]]:
    """Return one row a clause, in reading order, with the measures of the catalogue that cite it."""
    cited = citations(load_measures())
    return [
        {
            "document": document,
            "clause": clause.clause,
            "title_zh": clause.title_zh,
            "title_en": clause.title_en,
            "status": clause.status,
            "measures": clause.measures,
            "code": clause.code,
            "cited_by": cited.get((document, clause.clause), []),
            "missing": clause.missing,
            "reason": clause.reason,
        }
        for document, clauses in load_coverage().items()
        for clause in clauses
    ]


def count_statuses(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many of some rows have each status."""
    counts = Counter(row["status"] for row in rows)
    return {status: counts[status] for status in STATUSES}


def citations(measures: dict[str, Measure]) -> dict[tuple[str, str], list[str]]:
    """Return the ids of the measures that cite each (document, clause), themselves or by a quantity.

    Several clauses stand with commas between.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for measure in measures.values():
        texts = ",".join([measure.clause, *(row.clause for row in measure.rows)])
        for clause in dict.fromkeys(filter(None, (part.strip() for part in texts.split(",")))):
            found[measure.document, clause].append(measure.id)
    return dict(found)


def _document_errors(file: CoverageFile, source: Source) -> list[InputError]:
    texts = {name for name, document in load_documents().items() if not document.record}
    errors = [
        InputError(
            f"unknown document '{name}'",
            where=source.where(("documents", name)),
            why="coverage lists the documents of documents/ that are no records",
            mend="known: " + ", ".join(sorted(texts)),
        )
        for name in file.documents
        if name not in texts
    ]
    errors += [
        InputError(
            f"the document '{name}' has no clauses here",
            where=source.where(("documents",)),
            why="coverage lists every document",
            mend="add its clauses",
        )
        for name in sorted(texts - set(file.documents))
    ]
    for name, clauses in file.documents.items():
        numbers = [clause.clause for clause in clauses]
        errors += [
            InputError(
                f"the clause '{number}' of '{name}' is given twice",
                where=source.where(("documents", name, index, "clause")),
                mend="keep one of the two",
            )
            for index, number in enumerate(numbers)
            if number in numbers[:index]
        ]
    return errors


def _name_errors(file: CoverageFile, source: Source, measures: dict[str, Measure]) -> list[InputError]:
    kinds = load_kinds()
    errors = []
    for document, clauses in file.documents.items():
        for index, clause in enumerate(clauses):
            names = [("measures", place, name) for place, name in enumerate(clause.measures)]
            names += [("code", place, name) for place, name in enumerate(clause.code)]
            for key, place, name in names:
                known = _is_code(name) if key == "code" else _is_measure(name, kinds, measures)
                if not known:
                    errors.append(
                        InputError(
                            f"clause {clause.clause} of '{document}' names '{name}', which does not exist",
                            where=source.where(("documents", document, index, key, place)),
                            why="it is no measure, kind, action or part of the project",
                            mend="write a measure's id, kind:<kind>[.<action>], or <folder>/<module>",
                        )
                    )
    return errors


def _citation_errors(file: CoverageFile, source: Source, measures: dict[str, Measure]) -> list[InputError]:
    listed = {(name, clause.clause) for name, clauses in file.documents.items() for clause in clauses}
    return [
        InputError(
            f"{', '.join(names)} cites clause {clause} of '{document}', which is not listed",
            where=source.where(("documents", document)),
            why="coverage lists every clause that a measure cites",
            mend="correct the measure's clause or add the clause here",
        )
        for (document, clause), names in citations(measures).items()
        if document in file.documents and (document, clause) not in listed
    ]


def _is_measure(name: str, kinds: dict[str, Kind], measures: dict[str, Measure]) -> bool:
    if not name.startswith(_KIND):
        return name in measures
    kind, _, action = name.removeprefix(_KIND).partition(".")
    return kind in kinds and (not action or action in kinds[kind].actions)


def _is_code(name: str) -> bool:
    folder, _, module = name.partition("/")
    return folder.isidentifier() and module.isidentifier() and (PACKAGE / folder / f"{module}.py").is_file()
