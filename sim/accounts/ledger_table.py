"""Lay the entries of the ledger out as a table, by zone or summed by district."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.entries import CITY, COLUMNS, ROW, SUMMED, Entries, Heads, put_together
from sim.accounts.task_effects import add_effects
from sim.calendar import format_quarter
from sim.codes import N_DISTRICTS, N_ZONES
from sim.data.words import coded, in_words, numbered, numbered_objects, repeated
from sim.kernels.sums import find_runs, sum_runs
from sim.policy.places import places

if TYPE_CHECKING:
    import pandas as pd

OF_MEASURE = {"measure": "id"} | {name: name for name in ("kind", "action", "series", "document", "clause")}
"""Columns that are an attribute of the measure."""


def tabulate(parts: Sequence[Entries], *, by_district: bool) -> pd.DataFrame:
    """Return the entries of some quarters, one at least, with the columns of `COLUMNS`, words as categories.

    By district, effects on stocks are summed over the zones of each district; tasks stay as they are. The
    effects of a quarter are filled in where its tasks stand, which is done once for all.
    """
    import pandas as pd

    for part in parts:
        add_effects(part)
    entries = put_together([summed_by_district(part) for part in parts] if by_district else parts)
    of, numbers = entries.block, entries.numbers
    given: dict[str, Any] = {name: repeated(words, of) for name, words in _said(entries.heads).items()}
    given |= _places(entries, of)
    given |= {name: numbers[row] for name, row in ROW.items()}
    # A task is written off in the quarter in which its work passed the inspection.
    quarter: pd.Categorical[str] = given["quarter"]
    off = np.where(numbers[ROW["verified"]] > 0, quarter.codes, len(quarter.categories))
    given["written_off_quarter"] = in_words([*quarter.categories, None], off)
    given["net_persons"] = given["gross_persons"] - given["double_counted"] - given["rebounded"]
    return pd.DataFrame({column: given[column] for column in COLUMNS}, copy=False)


def summed_by_district(entries: Entries) -> Entries:
    """Sum the entries of effects over the zones of a district; all other entries stay as they are."""
    heads, n = entries.heads, len(entries.zones)
    of_effects = [verb in SUMMED and not name for verb, name in zip(heads.verb, heads.name, strict=True)]
    summed = (entries.lengths > 1) & np.array(of_effects)
    line, first, there, block = np.empty((4, n), dtype=np.int64)
    n = find_runs(entries.begins(), summed, entries.zones, _districts(), line, first, there, block)
    sums = np.empty((len(entries.numbers), n))
    sum_runs(entries.numbers, line, first[:n], sums)
    return Entries(heads, np.bincount(block[:n], minlength=len(summed)), there[:n], sums)


@cache
def _districts() -> np.ndarray:
    """Return what each zone becomes by district: from 343 on a district; -1, the last, stays the city."""
    district = np.array(places().zone_district, dtype=np.int64)
    return np.concatenate([district + N_ZONES, np.arange(N_DISTRICTS) + N_ZONES, [CITY]])


def _said(heads: Heads) -> dict[str, pd.Categorical[str]]:
    """Return what each block says of itself and of its measure by column, a row a block."""
    measures, which = numbered_objects(heads.measure)
    quarters = [format_quarter(index) for index in range(heads.quarter_index[-1] + 1)]
    return {
        "quarter": in_words(quarters, np.array(heads.quarter_index)),
        **{name: coded(getattr(heads, name)) for name in ("verb", "object", "unit", "basis")},
        **{
            column: in_words([getattr(measure, name) for measure in measures], which)
            for column, name in OF_MEASURE.items()
        },
    }


def _places(entries: Entries, of: np.ndarray) -> dict[str, pd.Categorical[str]]:
    """Return the place and the district of each entry; an organisation's name stands for its zone."""
    known = places()
    names = [*known.zone_ids, *known.district_ids, "beijing"]
    districts = [*(known.district_ids[d] for d in known.zone_district), *known.district_ids, "beijing"]
    zones = entries.zones % len(names)  # the city, -1, is the last
    organisations = list(dict.fromkeys(entries.heads.name))
    # Which name each block has, -1 for none, which is the empty one.
    number = np.array([place if name else -1 for place, name in enumerate(organisations)])
    own = number[numbered(entries.heads.name, organisations)][of]
    place = np.where(own >= 0, len(names) + own, zones)
    return {
        "place": in_words([*names, *organisations], place),
        "district": in_words(districts, zones),
    }
