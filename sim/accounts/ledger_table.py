"""Lay the entries of the ledger out as a table, by zone or summed by district."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts.entries import COLUMNS, ROW, SUMMED, Block, Entries, joined
from sim.accounts.task_effects import add_effects
from sim.calendar import format_quarter
from sim.codes import N_DISTRICTS, N_ZONES
from sim.data.words import in_words
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
    given: dict[str, Any] = {name: in_words(words, of) for name, words in _said(blocks).items()}
    quarters = [format_quarter(index) for index in range(blocks[-1].quarter_index + 1)]
    quarter = np.array([block.quarter_index for block in blocks])[of]
    given["quarter"] = in_words(quarters, quarter)
    given |= _measures(blocks, of) | _places(entries)
    given |= {name: numbers[row] for name, row in ROW.items()}
    # A task is written off in the quarter in which its work passed the inspection.
    written_off = np.where(numbers[ROW["verified"]] > 0, quarter, len(quarters))
    given["written_off_quarter"] = in_words([*quarters, None], written_off)
    given["net_persons"] = given["gross_persons"] - given["double_counted"] - given["rebounded"]
    return pd.DataFrame({column: given[column] for column in COLUMNS}, copy=False)


def summed_by_district(entries: Entries) -> Entries:
    """Sum the entries of effects over the zones of a district; all other entries stay as they are."""
    wide = entries.of(
        [block.verb in SUMMED and not block.name and len(block.zones) > 1 for block in entries.blocks]
    )
    if not wide.any():
        return entries
    district = np.array(places().zone_district, dtype=np.int64)
    zones, which = entries.zones[wide], entries.block[wide]
    # A zone from 343 on stands for a district already, and CITY for the city.
    there = np.where(
        (zones >= 0) & (zones < N_ZONES), district[np.clip(zones, 0, N_ZONES - 1)] + N_ZONES, zones
    )
    # Blocks stand in order, so that little is left to sort.
    line = np.argsort(which * (N_ZONES + N_DISTRICTS + 1) + there, kind="stable")
    there, which = there[line], which[line]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(which) != 0) | (np.diff(there) != 0)]))
    sums = np.add.reduceat(entries.numbers[:, np.flatnonzero(wide)[line]], first, axis=1)
    kept = np.flatnonzero(~wide)
    block = np.concatenate([entries.block[kept], which[first]])
    order = np.argsort(block, kind="stable")
    return Entries(
        entries.blocks,
        block[order],
        np.concatenate([entries.zones[kept], there[first]])[order],
        np.concatenate([entries.numbers[:, kept], sums], axis=1)[:, order],
    )


def _said(blocks: list[Block]) -> dict[str, list[str]]:
    """Return what each block says of itself by column."""
    return {
        "verb": [block.verb for block in blocks],
        "object": [block.object for block in blocks],
        "unit": [block.unit for block in blocks],
        "basis": [block.basis for block in blocks],
    }


def _measures(blocks: list[Block], of: np.ndarray) -> dict[str, Any]:
    """Return the columns that tell of the measure; there are few measures, and each is read once."""
    seen = {id(block.measure): block.measure for block in blocks}
    place = {key: number for number, key in enumerate(seen)}
    which = np.array([place[id(block.measure)] for block in blocks])[of]
    return {
        column: in_words([getattr(measure, name) for measure in seen.values()], which)
        for column, name in OF_MEASURE.items()
    }


def _places(entries: Entries) -> dict[str, Any]:
    """Return the place and the district of each entry; an organisation's name stands for its zone."""
    known = places()
    names = [*known.zone_ids, *known.district_ids, "beijing"]
    districts = [*(known.district_ids[d] for d in known.zone_district), *known.district_ids, "beijing"]
    zones = entries.zones % len(names)  # the city, -1, is the last
    named = entries.of([bool(block.name) for block in entries.blocks])
    place = np.where(named, len(names) + entries.block, zones)
    return {
        "place": in_words([*names, *(block.name for block in entries.blocks)], place),
        "district": in_words(districts, zones),
    }
