"""The workbook holds the tables of the page as numbers with units, in both languages, and says so."""

import re
import xml.etree.ElementTree as ET
import zipfile

import pytest

from sim.report.book import BESIDE, load_book_text, write_book
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

SPACE = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("store") / "demo", replications=2))


@pytest.fixture(scope="module", params=["en", "zh"])
def book(request, results, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    return request.param, write_book(results, path, lang=request.param, compared="no-measures")


def sheets(path):
    """Return every sheet by its name: rows of (type, text) by column."""
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        for name in book.namelist():
            ET.fromstring(book.read(name))  # a part that is no XML makes an office program ask to repair
        names = [s.get("name") for s in ET.fromstring(book.read("xl/workbook.xml")).find("s:sheets", SPACE)]
        found = {}
        for number, name in enumerate(names, start=1):
            sheet = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            rows = []
            for row in sheet.iter(f"{{{SPACE['s']}}}row"):
                cells = {}
                for cell in row:
                    letters = re.match("[A-Z]+", cell.get("r")).group()
                    cells[letters] = (cell.get("t", "n"), "".join(cell.itertext()))
                rows.append(cells)
            found[name] = rows
    return found


def headings(rows):
    return {text: column for column, (_, text) in rows[0].items()}


def test_the_first_sheet_says_what_every_other_one_is(book):
    lang, path = book
    found = sheets(path)
    names = list(found)
    assert names[0] == {"en": "README", "zh": "说明"}[lang]
    told = [row["A"][1] for row in found[names[0]]]
    assert set(names[1:]) <= set(told)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_target_stands_with_the_people_moved_for_it(book):
    lang, path = book
    said = load_book_text(lang)["sheets"]["targets"]
    rows = sheets(path)[said["name"]]
    place = headings(rows)
    for name in (*BESIDE, "rent_burden_after", "income_after"):
        column = place[said["columns"][name]]
        assert all(row[column][0] == "n" for row in rows[1:])
    estimate = place[said["columns"]["estimate"]]
    judged = [row for row in rows[1:] if estimate in row]
    assert judged
    assert all(row[estimate][0] == "n" and float(row[estimate][1]) for row in judged)


def test_numbers_are_those_of_the_results(book, results):
    lang, path = book
    said = load_book_text(lang)["sheets"]["targets"]
    rows = sheets(path)[said["name"]]
    place = headings(rows)
    written = [
        float(row[place[said["columns"]["estimate"]]][1])
        for row in rows[1:]
        if place[said["columns"]["estimate"]] in row
    ]
    judged = results.targets(["no-measures", "executed-2017-2020"])
    assert sorted(written) == pytest.approx(sorted(judged["estimate"].dropna()), rel=1e-9)


def test_no_cell_is_a_formula_and_nothing_unknown_is_a_number(book):
    _, path = book
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name]
    assert not any("<f>" in part for part in parts)
    assert not any(re.search(r"<v>(nan|inf)", part, re.IGNORECASE) for part in parts)
    assert not any("#NUM!" in part for part in parts)


def test_both_languages_have_the_same_sheets_and_columns():
    english, chinese = load_book_text("en"), load_book_text("zh")
    assert english.keys() == chinese.keys()
    assert list(english["sheets"]) == list(chinese["sheets"])
    for name, sheet in english["sheets"].items():
        assert list(sheet["columns"]) == list(chinese["sheets"][name]["columns"]), name
        assert len(set(sheet["columns"].values())) == len(sheet["columns"]), name
        assert len(set(chinese["sheets"][name]["columns"].values())) == len(sheet["columns"]), name
    assert not re.search("[\u4e00-\u9fff]", str(english))
