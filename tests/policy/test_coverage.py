"""Every clause of every document is listed, and what it names exists."""

import json
from pathlib import Path

import pytest

from sim.cli import main
from sim.data.tables import load_table
from sim.errors import InputError
from sim.policy.catalogue import FOLDER, load_documents, load_kinds, load_measures
from sim.policy.coverage import COVERAGE, coverage_rows, load_coverage, read_coverage
from sim.policy.reader import read_source

CLAUSES = read_source(Path(__file__).with_name("clauses.yaml")).content
TASKS_2017 = [f"2.{task}" for task in range(1, 11)]
LAST_TASKS = {1: 4, 2: 7, 3: 9, 4: 12, 5: 16, 6: 18, 7: 21, 8: 23, 9: 24, 10: 25}
TASKS_2021 = [
    f"2.{field}.{task}"
    for field, last in LAST_TASKS.items()
    for task in range(LAST_TASKS.get(field - 1, 0) + 1, last + 1)
]


def status(document, clause):
    return {row.clause: row.status for row in load_coverage()[document]}[clause]


def changed(tmp_path, old, new):
    text = COVERAGE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "coverage.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_coverage(path, load_measures())
    return str(caught.value)


def test_every_clause_of_every_text_is_listed_in_reading_order():
    assert {name: [row.clause for row in rows] for name, rows in load_coverage().items()} == CLAUSES


def test_the_documents_are_those_of_the_five_texts():
    texts = {name for name, document in load_documents().items() if not document.record}
    assert set(CLAUSES) == texts
    assert len(texts) == 14
    numbers = [load_documents()[f"jzbf-2018-{number}"].number for number in range(13, 21)]
    assert numbers == [f"京政办发〔2018〕{number}号" for number in range(13, 21)]


def test_all_tasks_of_both_campaigns_are_at_least_partly_modelled():
    assert len(TASKS_2017) == 10
    assert len(TASKS_2021) == 25
    found = {status("jzf-2017-8", clause) for clause in TASKS_2017}
    found |= {status("jzf-2021-1", clause) for clause in TASKS_2021}
    assert found <= {"modelled", "partly"}


@pytest.mark.parametrize("number", [14, 15, 16, 17, 18, 19])
def test_the_documents_outside_the_model_give_a_reason_clause_by_clause(number):
    rows = load_coverage()[f"jzbf-2018-{number}"]
    assert {row.status for row in rows} == {"not_modelled"}
    assert all(row.reason for row in rows)


def test_what_is_said_to_model_a_clause_has_a_measure():
    """A kind that no measure uses models nothing."""
    used = {(measure.kind, measure.action) for measure in load_measures().values()}
    used |= {(kind, "") for kind, _ in used}
    named = {name for rows in load_coverage().values() for row in rows for name in row.measures}
    kinds = [name.removeprefix("kind:") for name in named if name.startswith("kind:")]
    assert sorted({tuple(f"{name}.".split(".")[:2]) for name in kinds} - used) == []


def test_every_kind_and_action_carries_some_clause():
    named = {name for rows in load_coverage().values() for row in rows for name in row.measures}
    assert {name for name in load_kinds() if not any(n.startswith(f"kind:{name}") for n in named)} == set()


def test_every_clause_that_a_measure_or_a_number_cites_is_listed():
    for path in sorted((FOLDER / "measures").glob("*.yaml")):
        content = read_source(path).content
        if load_documents()[content["document"]].record:
            continue
        listed = {row.clause for row in load_coverage()[content["document"]]}
        clauses = [
            content.get("clause", ""),
            *(row.get("clause", "") for row in content.get("quantities", [])),
        ]
        cited = {part.strip() for text in clauses for part in text.split(",")} - {""}
        assert cited <= listed, path.name


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "kind:estates.renovate",
            "kind:estates.paint",
            ["'kind:estates.paint'", "does not exist", "line"],
        ),
        ("processes/rebound", "processes/magic", ["names 'processes/magic'", "does not exist"]),
        (
            "  jzbf-2018-18:",
            "  jzbf-2018-99:",
            ["unknown document 'jzbf-2018-99'", "'jzbf-2018-18' has no clauses"],
        ),
        ('- clause: "2.2"', '- clause: "2.1"', ["the clause '2.1' of 'jzf-2017-8' is given twice"]),
        ('- clause: "2.7"', '- clause: "2.77"', ["cites clause 2.7 of 'jzf-2017-8', which is not listed"]),
        ("status: partly", "status: modelled", ["'missing' goes with", "line 10"]),
        ("status: not_modelled", "status: partly", ["names nothing that models it", "line"]),
        ("status: not_modelled", "status: perhaps", ["'perhaps'", "line"]),
    ],
)
def test_a_wrong_coverage_file_is_refused(tmp_path, old, new, parts):
    message = changed(tmp_path, old, new)
    for part in parts if parts[0] != "'perhaps'" else ["modelled", "partly", "line"]:
        assert part in message


def test_the_command_prints_every_clause(capsys):
    assert main(["coverage", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"meta", "rows"}
    meta, rows = answer["meta"], answer["rows"]
    assert len(rows) == meta["n_clauses"] == sum(len(numbers) for numbers in CLAUSES.values())
    assert meta["modelled"] + meta["partly"] + meta["not_modelled"] == meta["n_clauses"]
    assert len({tuple(row) for row in rows}) == 1
    row = next(row for row in rows if (row["document"], row["clause"]) == ("plans-2017", "1.1.9"))
    assert "basement-2017" in row["cited_by"]
    assert main(["coverage"]) == 0
    text = capsys.readouterr().out
    assert f"{len(coverage_rows())} clauses: " in text
    assert "发挥财政资金引导作用" in text


def document_of(text, clause):
    """Return the document in which a text's clause stands: plans-2017 holds three, the bulletin eight."""
    first = clause.partition(".")[0]
    if text == "bulletin-2018-13-to-20":
        return f"jzbf-2018-{first}"
    if text == "plans-2017":
        return {"1": text, "2": f"{text}-huairou", "3": f"{text}-hailing"}[first]
    return text


def test_every_clause_with_a_quantity_is_listed():
    rows = load_table("figures")
    cited = {
        (document_of(text, clause.strip()), clause.strip())
        for text, clauses in zip(rows["document"], rows["clause"].astype(str), strict=True)
        for clause in clauses.split(",")
    }
    assert len(cited) > 40
    assert cited <= {(name, clause) for name, clauses in CLAUSES.items() for clause in clauses}
