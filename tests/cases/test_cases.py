"""Every case of this folder: a small city, one measure, and the change worked out by hand.

How a case is written is said in `tests.fixtures.case`.
"""

import pytest

from tests.fixtures.case import load_cases, run_case

CASES = load_cases()


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_case(case):
    run_case(case)


def test_a_wrong_expectation_is_found():
    case = dict(CASES[0][1])
    case["expect"] = [line | {"value": 123456.0} for line in case["expect"]]
    with pytest.raises(AssertionError, match="was expected"):
        run_case(case)


def test_every_case_says_how_it_was_reckoned():
    for name, case in CASES:
        assert len(str(case["because"]).split()) >= 5, name
