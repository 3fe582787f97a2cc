"""Keep the results of two small runs, so that a change that moves results is seen.

``make baseline`` runs this file: it prints what moved and writes the new table. Commit it with the change and
with an entry under Regression in CHANGELOG.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

KEPT = Path(__file__).with_name("small_runs.csv")
SCENARIOS = ("no-measures", "executed-2017-2020")
SAMPLE = 0.002
UNTIL = "2018Q4"
QUARTERS = ("2010Q4", "2014Q4", "2016Q4", "2018Q4")
AREAS = ("core", "inner", "tongzhou", "new_towns", "ecological", "beijing")
KEYS = ["scenario", "quarter", "area", "indicator"]
LIKE = 1e-6
"""Relative difference that another processor's last digit may cause; a household that moved causes more."""


def results() -> pd.DataFrame:
    """Return every indicator of the areas in chosen quarters of the small runs, one row each."""
    from sim import CityModel

    tables = []
    for scenario in SCENARIOS:
        model = CityModel(scenario, sample=SAMPLE, rng=1, threads=1)
        model.run(until=UNTIL)
        rows = model.indicators()
        model.close()
        tables.append(rows[rows.quarter.isin(QUARTERS) & rows.area.isin(AREAS)].assign(scenario=scenario))
    table = pd.concat(tables)[[*KEYS, "value"]].astype(dict.fromkeys(KEYS, str))
    return table.dropna(subset="value").sort_values(KEYS, ignore_index=True)


def moved(kept: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that differ, with both values; a row that one of the tables lacks has none there."""
    both = kept.merge(now, on=KEYS, how="outer", suffixes=("_kept", "_now"))
    alike = np.isclose(both.value_kept, both.value_now, rtol=LIKE, atol=1e-9)
    return both[~alike]


def main() -> None:
    """Print what moved since the kept table and write the new one."""
    now = results()
    if KEPT.exists():
        difference = moved(pd.read_csv(KEPT), now)
        print(difference.to_string(index=False) if len(difference) else "Nothing moved.")
    now.to_csv(KEPT, index=False, float_format="%.12g")
    print(f"{len(now)} values kept in {KEPT.name}.")


if __name__ == "__main__":
    main()
