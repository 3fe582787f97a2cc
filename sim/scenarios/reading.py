"""Read the tables of the runs of a store on every processor, some of them ahead of use, and keep the latest.

What comparisons read of a table is read together, so that each file is opened once. A scenario at a time is
held, with the one it is compared with: hundreds of runs each stay small.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sim.memory import keep_freed_memory
from sim.outcomes import densities, targets
from sim.outcomes.panel import Cells, Panel, aligned
from sim.outcomes.sums import Sums
from sim.scenarios.columns import Columns, read_table, side_by_side
from sim.scenarios.extract import TOGETHER, read_compared
from sim.scenarios.panels import ZONE, PanelReader

INDICATORS = "indicators"
T = TypeVar("T")
_KEPT = 3
"""Scenarios of which a table is kept: the base, the one without measures and the one looked at."""
_ROOM = 200_000_000
"""Bytes of indicators up to which those of more scenarios are kept: of some thousand runs."""
_REMEMBERED = 16
"""Sums that are remembered: those of the base are asked for with every scenario."""
_AT_ONCE = 10
"""Files that a thread reads in one go."""


class Reading:
    """Read the runs of a store.

    Parameters
    ----------
    folders
        The folder of each run, by scenario and number.
    digests
        Digests of the files in each folder, as `sim.scenarios.extract.read_compared` takes them.
    """

    def __init__(
        self, folders: Mapping[str, Mapping[int, Path]], digests: Mapping[Path, Mapping[str, str]]
    ) -> None:
        keep_freed_memory()
        self._folders = folders
        self._digests = digests
        self._panels: OrderedDict[str, Panel] = OrderedDict()
        self._columns: dict[str, OrderedDict[str, Columns]] = {table: OrderedDict() for table in TOGETHER}
        self._begun: dict[tuple[str, str], Future[Any]] = {}
        self._whole: dict[tuple[str, str], bool] = {}
        self._sums: OrderedDict[Any, Sums] = OrderedDict()
        self._compared = PanelReader(_compared)

    def ahead(self, scenario: str, tables: Collection[str] = ()) -> None:
        """Begin to read the panel of a scenario and some tables, while another scenario is looked at."""
        if scenario not in self._panels and (INDICATORS, scenario) not in self._begun:
            self._begun[INDICATORS, scenario] = self._begin_panel(scenario)
        unread = [
            table
            for table in tables
            if scenario not in self._columns[table]
            and (table, scenario) not in self._begun
            and self.holds(table, scenario)
        ]
        if unread:
            self._begun |= self._begin_tables(unread, scenario)

    def holds(self, table: str, scenario: str) -> bool:
        """Tell whether every run of a scenario has a table; those of older versions lack some."""
        if (table, scenario) not in self._whole:
            self._whole[table, scenario] = all(path.is_file() for path in self._files(table, scenario))
        return self._whole[table, scenario]

    def panel(self, scenario: str) -> Panel:
        """Return what comparisons read of the indicators of a scenario.

        Every indicator of cities, areas and districts in the last quarter; those of targets and, of the core,
        of densities in every quarter.
        """
        held = self._panels
        if scenario not in held:
            held[scenario] = self._whole_of(INDICATORS, scenario)
        room = _ROOM // max(held[scenario].values.nbytes, 1)
        return _latest(held, scenario, max(room, _KEPT))

    def cells(self, scenario: str, keep: Callable[[Cells], np.ndarray], *, zones: bool) -> Panel:
        """Return the wanted cells of a scenario's indicators, whatever they are; they are not kept."""
        reader = PanelReader(keep, zones=zones)
        found: Panel = self._begin(
            self._files(INDICATORS, scenario), reader.read, partial(self._panel, scenario)
        ).result()
        return found

    def columns(self, table: str, scenario: str, wanted: Sequence[str]) -> Columns:
        """Return at least the wanted columns of a table of a scenario's runs."""
        held = self._columns.setdefault(table, OrderedDict())
        if scenario not in held and set(wanted) <= set(TOGETHER.get(table, ())):
            held[scenario] = self._whole_of(table, scenario)
        lacking = held[scenario].lacking(wanted) if scenario in held else list(wanted)
        if lacking:
            reader = partial(read_table, wanted=lacking)
            further: Columns = self._begin(
                self._files(table, scenario), reader, partial(self._side_by_side, scenario)
            ).result()
            held[scenario] = held[scenario].joined(further) if scenario in held else further
        return _latest(held, scenario, _KEPT)

    def sums(
        self, table: str, scenario: str, by: Sequence[str], numbers: Sequence[str], *, when: str,
        first: str | None, only: Mapping[str, Sequence[str]], factor: float,
    ) -> Sums:  # fmt: skip
        """Return sums of a table's columns by run and keys, and remember the latest.

        Parameters
        ----------
        by, numbers
            Columns to sum over, ``year`` among them, and to sum.
        when, first
            The column that says when, and the first year or quarter that counts.
        only
            Names that a column may have.
        factor
            What a sum is divided by.
        """
        asked = (table, scenario, *by, None, *numbers, first, repr(only))
        if asked not in self._sums:
            wanted = dict.fromkeys([when, *(when if key == "year" else key for key in by), *only, *numbers])
            read = self.columns(table, scenario, list(wanted))
            rows = read.since(when, first)
            for column, names in only.items():
                rows &= read.where(column, names)
            found = (read.by_year(when) if "year" in by else read).sums(by, numbers, rows)
            scaled = {name: values / factor for name, values in found.values.items()}
            self._sums[asked] = replace(found, values=scaled)
        return _latest(self._sums, asked, _REMEMBERED)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(os.cpu_count() or 1)

    @cached_property
    def _joiner(self) -> ThreadPoolExecutor:
        """Wait for what the pool reads of each run: a thread of the pool would wait for itself."""
        return ThreadPoolExecutor(1)

    def _whole_of(self, table: str, scenario: str) -> Any:
        """Return what comparisons read of a table, waiting for what was begun ahead."""
        begun = self._begun.pop((table, scenario), None)
        if begun is None and table == INDICATORS:
            begun = self._begin_panel(scenario)
        return (begun or self._begin_tables([table], scenario)[table, scenario]).result()

    def _begin_panel(self, scenario: str) -> Future[Any]:
        return self._begin(
            self._files(INDICATORS, scenario), self._compared.read, partial(self._panel, scenario)
        )

    def _begin_tables(self, tables: Sequence[str], scenario: str) -> dict[tuple[str, str], Future[Any]]:
        """Begin to read what comparisons read of some tables, all of a run in one go."""
        folders = [folder for _, folder in sorted(self._folders[scenario].items())]
        begun = self._begin_parts(
            folders, lambda folder: read_compared(folder, self._digests[folder], tables)
        )

        def joined(table: str) -> Columns:
            # Taken out, so that what is joined is let go of.
            return self._side_by_side(scenario, [run.pop(table) for part in begun for run in part.result()])

        return {(table, scenario): self._joiner.submit(joined, table) for table in tables}

    def _begin(
        self, files: Sequence[Path], read: Callable[[Path], Any], join: Callable[[list[Any]], Any]
    ) -> Future[Any]:
        """Begin to read files, and to join what is read of them."""
        begun = self._begin_parts(files, read)
        return self._joiner.submit(lambda: join([found for part in begun for found in part.result()]))

    def _begin_parts(self, paths: Sequence[Path], read: Callable[[Path], Any]) -> list[Future[list[Any]]]:
        """Begin to read the runs of a scenario, some of them in one go."""
        parts = [paths[begin : begin + _AT_ONCE] for begin in range(0, len(paths), _AT_ONCE)]
        return [self._pool.submit(lambda part: [read(path) for path in part], part) for part in parts]

    def _files(self, table: str, scenario: str) -> list[Path]:
        return [folder / f"{table}.parquet" for _, folder in sorted(self._folders[scenario].items())]

    def _panel(self, scenario: str, read: Sequence[tuple[Cells, np.ndarray]]) -> Panel:
        cells, values = aligned(read)
        return Panel(cells, values, tuple(sorted(self._folders[scenario])))

    def _side_by_side(self, scenario: str, read: Sequence[Any]) -> Columns:
        return side_by_side(scenario, sorted(self._folders[scenario]), read)


def _latest(held: OrderedDict[Any, T], asked: Any, most: int) -> T:
    """Return what was asked for, and let go of what was not lately."""
    held.move_to_end(asked)
    while len(held) > most:
        held.popitem(last=False)
    return held[asked]


def _compared(cells: Cells) -> np.ndarray:
    """Return the places of what `Reading.panel` holds."""
    larger = [name for name in cells.names["level"] if name != ZONE]
    held = [
        cells.where(level=larger, quarter=[max(cells.names["quarter"])]),
        cells.where(level=larger, indicator=targets.NEEDED),
        cells.where(level=larger, indicator=densities.NEEDED, area=[densities.AREA]),
    ]
    return np.unique(np.concatenate(held))
