"""Check that two small runs give what they gave before; `make baseline` renews what is kept."""

import pandas as pd

from tests.baselines.update import KEPT, KEYS, moved, results


def test_small_runs_give_what_they_gave():
    difference = moved(pd.read_csv(KEPT), results())
    assert difference.empty, (
        f"{len(difference)} values moved. If that is meant: make baseline, and say so under Regression in "
        f"CHANGELOG.md.\n{difference.head(20).to_string(index=False)}"
    )


def test_a_changed_and_a_missing_value_are_seen():
    kept = pd.DataFrame([["a", "2014Q4", "core", "births", 1.0], ["a", "2014Q4", "core", "deaths", 2.0]])
    kept.columns = [*KEYS, "value"]
    assert moved(kept, kept).empty
    assert len(moved(kept, kept.assign(value=[1.0, 2.1]))) == 1
    assert len(moved(kept, kept.iloc[:1])) == 1
