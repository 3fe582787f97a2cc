"""Check that docs/odd.md says what the code does, and that its text names only what there is."""

import re

import pytest

from sim.agents.residents import COLUMNS
from sim.data.paths import path_files
from sim.errors import InputError
from sim.parameters.store import load_parameters
from sim.report import odd
from sim.schedule import STAGES

FILES = ("behaviour", "measures", "base_year", "network")
PARTS = (
    *("I.i Purpose", "I.ii Entities, state variables and scales", "I.iii Process overview and scheduling"),
    *("II.i Theoretical and empirical background", "II.ii Individual decision making", "II.iii Learning"),
    *("II.iv Individual sensing", "II.v Individual prediction", "II.vi Interaction", "II.vii Collectives"),
    *("II.viii Heterogeneity", "II.ix Stochasticity", "II.x Observation"),
    *("III.i Implementation", "III.ii Initialisation", "III.iii Input data", "III.iv Submodels"),
)
"""The parts of ODD+D, in order (Müller et al. 2013, table 1)."""


@pytest.fixture(scope="module")
def page() -> str:
    return odd.PAGE.read_text(encoding="utf-8")


def test_the_page_is_up_to_date(page):
    assert odd.filled(page) == page, "run: python -m sim.report.odd"


def test_every_table_is_on_the_page_once(page):
    assert sorted(odd.names_in(page)) == sorted(odd.TABLES)


def test_the_parts_of_the_protocol_stand_in_order(page):
    titles = re.findall(r"^### (.*)$", page, flags=re.MULTILINE)
    assert [title for title in titles if title in PARTS] == list(PARTS)


def test_tables_hold_what_the_code_declares(page):
    for name in FILES:
        assert all(f"| `{key}` |" in page for key in load_parameters(name).entries)
    assert all(f"| {number} | {stage.name} |" in page for number, stage in enumerate(STAGES, 1))
    assert all(f"| `{column.name}` | {column.dtype} |" in page for column in COLUMNS)


def test_the_text_names_only_parameters_that_exist(page):
    """Names in backquotes outside the tables are parameters, columns, paths or words of the command."""
    text = "\n".join(line for line in page.splitlines() if not line.startswith("|"))
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text))
    known = {key for name in FILES for key in load_parameters(name).entries}
    known |= {"displaced_home", "displaced_work", *path_files()}
    assert not named - known


def test_a_changed_table_is_noticed(page):
    stale = page.replace("what can be lived in", "what was lived in")
    assert stale != page
    assert odd.filled(stale) == page


def test_an_unknown_table_is_refused():
    with pytest.raises(InputError, match="no table 'weather'"):
        odd.filled("<!-- table: weather -->\n<!-- end of table -->")


def test_cells_cannot_break_a_table():
    assert odd.table(("a",), [("x | y\n z",)]).splitlines()[-1] == r"| x \| y z |"
