"""Differences are paired by replication, and stores that are no pairs are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.outcomes.series import Series
from sim.scenarios.compare import COLUMNS, compare, difference
from tests.fixtures.demo_store import make_demo_store

CAMPAIGN = "executed-2017-2020"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_store(tmp_path_factory.mktemp("compare") / "store", replications=4)


def series(*values: float, first: int = 1) -> Series:
    return Series(np.array(values)[:, None], tuple(range(first, first + len(values))))


def test_the_spread_is_that_of_differences_not_of_levels() -> None:
    found = difference(series(90.0, 190.0, 291.0), series(100.0, 200.0, 300.0), 0)
    assert found["estimate"] == pytest.approx(-29 / 3)
    assert (found["low"], found["high"]) == (-10, -9)
    assert found["share_with_sign"] == 1
    assert found["base_estimate"] == 200


def test_pairing_cuts_the_variance_by_what_both_share() -> None:
    """Levels vary by 100, their differences by 1: the variances 2 x 100 ** 2 and 1 ** 2."""
    found = difference(series(0.0, 101.0, 200.0), series(0.0, 100.0, 200.0), 0)
    levels = np.var([0.0, 101.0, 200.0], ddof=1) + np.var([0.0, 100.0, 200.0], ddof=1)
    assert found["variance_reduction"] == pytest.approx(levels / np.var([0.0, 1.0, 0.0], ddof=1))
    assert difference(series(1.0), series(2.0), 0)["variance_reduction"] is None
    assert difference(series(1.0, 2.0), series(1.0, 2.0), 0)["variance_reduction"] is None


def test_only_replications_in_both_are_paired() -> None:
    found = difference(series(1.0, 5.0, 9.0), series(4.0, 8.0, 100.0, first=2), 0)
    assert found["n_replications"] == 2
    assert found["estimate"] == pytest.approx(1.0)


def test_a_difference_says_whether_there_are_enough_replications(store: Path) -> None:
    table = compare(store, "no-measures", indicator="residents", area="core").iloc[0]
    assert table["mean_low"] < table["estimate"] < table["mean_high"] < 0
    assert table["enough"]
    assert table["more_to_halve"] == 6  # of Student's interval with 4: 2.353 / 2 halves to 1.833 / sqrt(10)


def test_ties_count_half_towards_the_sign() -> None:
    found = difference(series(1.0, 0.0, 0.0, -0.5), series(0.0, 0.0, 0.0, 0.0), 0)
    assert found["share_with_sign"] == pytest.approx((1 + 0.5 + 0.5) / 4)
    assert difference(series(1.0, 1.0), series(1.0, 1.0), 0)["share_with_sign"] == 1


def test_a_store_is_compared_with_its_base(store: Path) -> None:
    table = compare(store, "no-measures", indicator="residents")
    assert tuple(table.columns) == COLUMNS
    assert set(table["scenario"]) == {CAMPAIGN}
    core = table[(table["area"] == "core")].iloc[0]
    assert core["change_percent"] == pytest.approx(-10, abs=0.1)
    assert core["low"] <= core["estimate"] <= core["high"] < 0
    assert core["share_with_sign"] == 1
    # The levels of the replications lie much further apart than their differences.
    assert core["high"] - core["low"] < 0.01 * core["base_estimate"]


def test_another_quarter_and_level_may_be_compared(store: Path) -> None:
    table = compare(store, "no-measures", CAMPAIGN, indicator="jobs", level="zone", quarter="2016Q4")
    assert len(table) == 343
    assert (table["estimate"] == 0).all()


def test_unknown_scenarios_are_refused(store: Path) -> None:
    with pytest.raises(InputError, match="base scenario 'plan'"):
        compare(store, "plan")
    with pytest.raises(InputError, match="scenario 'plan'"):
        compare(store, "no-measures", "plan")


def test_two_stores_of_one_kind_are_compared(store: Path, tmp_path: Path) -> None:
    other = make_demo_store(tmp_path / "other", scenarios=("markets-only",), replications=4)
    table = compare([store, other], "no-measures", "markets-only", indicator="residents", level="city")
    assert len(table) == 1
    assert table.iloc[0]["n_replications"] == 4


@pytest.mark.parametrize(("what", "message"), [("code", "the code differs"), ("data", "the data differ")])
def test_stores_of_other_code_or_data_are_refused(
    store: Path, tmp_path: Path, what: str, message: str
) -> None:
    other = make_demo_store(tmp_path / "other", scenarios=("markets-only",), replications=1, until="2011Q4")
    content = json.loads((other / "batch.json").read_text(encoding="utf-8"))
    content["made_with"][what] = "0" * 64
    (other / "batch.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="cannot be compared") as error:
        compare([store, other], "no-measures")
    assert message in str(error.value)


def test_stores_of_another_sample_are_refused(store: Path, tmp_path: Path) -> None:
    other = make_demo_store(
        tmp_path / "other", scenarios=("markets-only",), replications=1, until="2011Q4", sample=0.02
    )
    with pytest.raises(InputError) as error:
        compare([store, other], "no-measures")
    assert "the sample is 0.01 in one and 0.02 in the other" in str(error.value)
