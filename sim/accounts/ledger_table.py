"""Lay the entries of the ledger out as a table, by zone or summed by district."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.entries import CITY, COLUMNS, ROW, SUMMED, Block, Entries, joined
from sim.accounts.task_effects import add_effects
from sim.calendar import format_quarter
from sim.codes import N_DISTRICTS, N_ZONES
from sim.data.words import coded, in_words, repeated
from sim.kernels.runs import find_runs, sum_runs
from sim.policy.places import places

if TYPE_CHECKING:
    import pandas as pd

OF_MEASURE = {"measure": "id"} | {name: name for name in ("kind", "action", "series", "document", "clause")}
"""Columns that are an attribute of the measure."""


def tabulate(blocks: list[Block], *, by_district: bool) -> pd.DataFrame:
    """Return the entries of some blocks, one at least, with the columns of `COLUMNS`; words are categorical.

    By district, effects on stocks are summed over the zones of each district; tasks stay as they are.
    """
    import pandas as pd

    entries = joined(blocks)
    add_effects(entries)
    if by_district:
        entries = summed_by_district(entries)
    of, numbers = entries.block, entries.numbers
    given: dict[str, Any] = {name: repeated(words, of) for name, words in _said(blocks).items()}
    given |= _places(entries)
    given |= {name: numbers[row] for name, row in ROW.items()}
    # A task is written off in the quarter in which its work passed the inspection.
    quarter: pd.Categorical[str] = given["quarter"]
    off = np.where(numbers[ROW["verified"]] > 0, quarter.codes, len(quarter.categories))
    given["written_off_quarter"] = in_words([*quarter.categories, None], off)
    given["net_persons"] = given["gross_persons"] - given["double_counted"] - given["rebounded"]
    return pd.DataFrame({column: given[column] for column in COLUMNS}, copy=False)


def summed_by_district(entries: Entries) -> Entries:
    """Sum the entries of effects over the zones of a district; all other entries stay as they are."""
    summed = np.array(
        [block.verb in SUMMED and not block.name and len(block.zones) > 1 for block in entries.blocks]
    )
    if not summed.any():
        return entries
    line, first, there, block = np.empty((4, len(entries.zones)), dtype=np.int64)
    n = find_runs(entries.begins(), summed, entries.zones, _districts(), line, first, there, block)
    sums = np.empty((len(entries.numbers), n))
    sum_runs(entries.numbers, line, first[:n], sums)
    return Entries(entries.blocks, block[:n], there[:n], sums)


@cache
def _districts() -> np.ndarray:
    """Return what a zone becomes by district: 343 and more for a district, as is -1, the last, for the city."""
    district = np.array(places().zone_district, dtype=np.int64)
    return np.concatenate([district + N_ZONES, np.arange(N_DISTRICTS) + N_ZONES, [CITY]])


def _said(blocks: list[Block]) -> dict[str, pd.Categorical[str]]:
    """Return what each block says of itself and of its measure by column, a row a block."""
    measures = {id(block.measure): block.measure for block in blocks}
    place = {key: number for number, key in enumerate(measures)}
    which = np.array([place[id(block.measure)] for block in blocks])
    quarters = [format_quarter(index) for index in range(blocks[-1].quarter_index + 1)]
    return {
        "quarter": in_words(quarters, np.array([block.quarter_index for block in blocks])),
        "verb": coded([block.verb for block in blocks]),
        "object": coded([block.object for block in blocks]),
        "unit": coded([block.unit for block in blocks]),
        "basis": coded([block.basis for block in blocks]),
    } | {
        column: in_words([getattr(measure, name) for measure in measures.values()], which)
        for column, name in OF_MEASURE.items()
    }


def _places(entries: Entries) -> dict[str, Any]:
    """Return the place and the district of each entry; an organisation's name stands for its zone."""
    known = places()
    names = [*known.zone_ids, *known.district_ids, "beijing"]
    districts = [*(known.district_ids[d] for d in known.zone_district), *known.district_ids, "beijing"]
    zones = entries.zones % len(names)  # the city, -1, is the last
    names_of = [block.name for block in entries.blocks]
    named = entries.of([bool(name) for name in names_of])
    place = np.where(named, len(names) + entries.block, zones)
    return {
        "place": in_words([*names, *names_of], place),
        "district": in_words(districts, zones),
    }
