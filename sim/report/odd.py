"""Write the tables of docs/odd.md from the code, so that the protocol says what the model does.

python -m sim.report.odd          # writes the tables into docs/odd.md
python -m sim.report.odd --check  # ends with 1 when the page is not up to date

By hand is all but what stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from pathlib import Path

from sim import codes
from sim.agents.businesses import Businesses
from sim.agents.columns import Columns
from sim.agents.district import District
from sim.agents.households import Households
from sim.agents.institution import Campus, Hospital, Office
from sim.agents.market import Market
from sim.agents.residents import Residents
from sim.data.paths import path_files, shock_files
from sim.errors import InputError
from sim.kernels import demography as demography_kernel
from sim.kernels import labour as labour_kernel
from sim.kernels import vital
from sim.parameters.store import load_parameters
from sim.policy.catalogue import load_kinds
from sim.processes import (
    business_dynamics,
    labour,
    migration,
    relocation,
    residential_choice,
    services,
    vital_rates,
)
from sim.rng import Stream
from sim.scenarios.scenario import Scenario, library_names
from sim.schedule import STAGES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "odd.md"
_TABLE = re.compile(r"(<!-- table: ([\w ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)

FIXED = (
    (
        "People",
        "share of boys among births",
        vital_rates.MALE_SHARE_OF_BIRTHS,
    ),
    ("People", "oldest age, years", vital.MAX_AGE),
    (
        "People",
        "weight of the six levels of schooling in who gains hukou, from none to a bachelor's degree",
        vital_rates.HUKOU_APPEAL,
    ),
    ("People", "most graduates of one room who go on to share a home", demography_kernel.MOST_FLATMATES),
    ("People", "students in a new dormitory room", services.ROOM_SIZE),
    ("Work", "attempts of a seeker in one quarter", labour.ROUNDS),
    ("Work", "ages at which who gave up may seek work again, from and up to", labour_kernel.RETURN_AGES),
    (
        "Work",
        "most by which a sector's surviving businesses grow or shrink a quarter",
        business_dynamics.GROWTH_BOUND,
    ),
    ("Migration", "quarters before the census within which a donor household came", migration.RECENT),
    (
        "Homes",
        "edges of the five income brackets, CNY a month in 2010, then as the mean wage",
        residential_choice.INCOME_EDGES,
    ),
    ("Homes", "income that stands for each bracket", residential_choice.INCOME_MIDDLES),
    ("Homes", "persons that stand for small (1, 2) and larger households", residential_choice.SIZES),
    ("Homes", "rounds of choice and rationing in one quarter", relocation.ROUNDS),
    (
        "Homes",
        "quarters after a job lost to an order within which a move counts as displaced by work",
        relocation.WITHIN,
    ),
)
"""Numbers that stand in the code and not among the parameters: forms and shares that no run varies."""

CODES = (
    codes.Sex,
    codes.Hukou,
    codes.Education,
    codes.Marital,
    codes.Role,
    codes.Activity,
    codes.Sector,
    codes.DwellingClass,
    codes.Tenure,
    codes.HouseholdKind,
    codes.Premises,
    codes.FloorUse,
    codes.Authority,
    codes.OrganisationKind,
    codes.MoveCause,
)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", r"\|")


def _name(code: IntEnum) -> str:
    return f"{code.value} {code.name.lower()}"


def _columns(kind: type[Columns]) -> str:
    rows = ((f"`{c.name}`", c.dtype, c.unit, c.owner) for c in kind.columns)
    return table(("column", "type", "what it holds", "written by"), rows)


def _codes() -> str:
    rows = ((f"`{kind.__name__}`", ", ".join(_name(code) for code in kind)) for kind in CODES)
    return table(("code", "values"), rows)


def _organisations() -> str:
    kinds = (Market, Hospital, Campus, Office, District)
    return table(("agent", "what it is and does"), ((kind.__name__, _docstring(kind)) for kind in kinds))


def _docstring(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split()).replace("``", "`")


def _stages() -> str:
    rows = (
        (
            number,
            stage.name,
            stage.owner,
            ", ".join(stage.reads),
            ", ".join(stage.writes) or "nothing",
            stage.reason,
        )
        for number, stage in enumerate(STAGES, 1)
    )
    return table(("", "stage", "whose", "reads", "writes", "why here"), rows)


def _streams() -> str:
    return ", ".join(f"{stream.value} {stream.name.lower()}" for stream in Stream) + ".\n"


def _paths() -> str:
    rows = []
    for name, file in path_files().items():
        spans = ", ".join(f"{span.since} to {span.until} {span.basis} ({span.tag})" for span in file.spans)
        rows.append((f"`{name}`", file.title, file.unit, f"by {file.by}", spans))
    return table(("path", "what", "unit", "for", "rests on"), rows)


def _shocks() -> str:
    rows = (
        (f"`{name}`", shock.title, ", ".join(shock.factors), f"{shock.basis} ({shock.tag})")
        for name, shock in shock_files().items()
    )
    return table(("shock", "what", "changes the rates of", "rests on"), rows)


def _kinds() -> str:
    rows = (
        (f"`{name}`", kind.title_en, kind.title_zh, f"`{action}`", what.title_en, what.unit)
        for name, kind in load_kinds().items()
        for action, what in kind.actions.items()
    )
    return table(("kind", "what is ordered", "", "action", "what is done", "counted in"), rows)


def _scenarios() -> str:
    rows = []
    for name in library_names():
        scenario = Scenario.load(name)
        rows.append((f"`{name}`", scenario.title_en, len(scenario.measures)))
    return table(("scenario", "what", "measures"), rows)


def _parameters(file: str) -> str:
    rows = []
    for name, entry in load_parameters(file).entries.items():
        prior = entry.prior
        span = "fixed" if prior.low is None else f"{prior.low:g} to {prior.high:g}, {prior.distribution}"
        rows.append(
            (f"`{name}`", entry.meaning, f"{entry.value:g}", entry.unit, span, entry.basis, entry.source)
        )
    return table(("parameter", "meaning", "value", "unit", "range", "basis", "source"), rows)


def _counts() -> str:
    rows = []
    for file in ("behaviour", "measures", "base_year", "network"):
        bases = [entry.basis for entry in load_parameters(file).entries.values()]
        rows.append((f"`{file}.yaml`", len(bases), *(bases.count(basis) for basis in _BASES)))
    return table(("file", "parameters", *_BASES), rows)


_BASES = ("stated", "derived", "calibrated", "assumed")


def _fixed() -> str:
    rows = ((group, meaning, _plain(value)) for group, meaning, value in FIXED)
    return table(("of", "number", "value"), rows)


def _plain(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:g}"
    return ", ".join(f"{float(item):g}" for item in value)  # type: ignore[attr-defined]


TABLES: dict[str, Callable[[], str]] = {
    "residents": lambda: _columns(Residents),
    "households": lambda: _columns(Households),
    "businesses": lambda: _columns(Businesses),
    "organisations": _organisations,
    "codes": _codes,
    "stages": _stages,
    "streams": _streams,
    "paths": _paths,
    "shocks": _shocks,
    "kinds": _kinds,
    "scenarios": _scenarios,
    "fixed numbers": _fixed,
    "parameter counts": _counts,
    "behaviour": lambda: _parameters("behaviour"),
    "measures": lambda: _parameters("measures"),
    "base year": lambda: _parameters("base_year"),
    "network": lambda: _parameters("network"),
}


def filled(text: str) -> str:
    """Return the page with every table written anew.

    Raises
    ------
    InputError
        When the page asks for a table that is not known.
    """

    def fill(match: re.Match[str]) -> str:
        name = match.group(2)
        if name not in TABLES:
            raise InputError(
                f"there is no table '{name}'", where=str(PAGE), mend=f"use {', '.join(sorted(TABLES))}"
            )
        return f"{match.group(1)}\n{TABLES[name]()}\n{match.group(3)}"

    return _TABLE.sub(fill, text)


def names_in(text: str) -> list[str]:
    """Return the names of the tables a page holds, in order."""
    return [match.group(2) for match in _TABLE.finditer(text)]


def main(arguments: Sequence[str]) -> int:
    """Write the page or check it; return the exit status."""
    text = PAGE.read_text(encoding="utf-8")
    if list(arguments) == ["--check"]:
        return int(filled(text) != text)
    PAGE.write_text(filled(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
