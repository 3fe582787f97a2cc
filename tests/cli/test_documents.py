"""Workbook and pictures are written where they are asked for; a wrong request is refused before any work."""

import zipfile

import pytest


def test_a_comparison_is_written_as_a_workbook(shujie, store, tmp_path):
    called = shujie("compare", store, "--base", "no-measures", "--xlsx", "out.xlsx", "--lang", "zh")
    assert called.status == 0
    assert called.out == "out.xlsx\n"
    assert zipfile.is_zipfile(tmp_path / "out.xlsx")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report",), "nothing to write is named"),
        (("report", "--xlsx", "out.csv"), "not named as a workbook"),
        (("report", "--xlsx", "none/out.xlsx"), "no such folder"),
        (
            ("compare", "--base", "no-measures", "--xlsx", "out.xlsx", "--json"),
            "--xlsx does not go with --json",
        ),
        (("compare", "--base", "nowhere", "--xlsx", "out.xlsx"), "nowhere"),
    ],
)
def test_a_wrong_request_for_documents_is_refused(shujie, store, tmp_path, words, says):
    called = shujie(words[0], store, *words[1:])
    assert called.status == 2
    assert says in called.err
    assert "Traceback" not in called.err
    assert list(tmp_path.iterdir()) == []
