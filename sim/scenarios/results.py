"""Read a store: indicators, flows, ledger, fund, targets, densities, and who was moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outcomes.by_year import SQL, YEARLY, file_of
from sim.outcomes.flows import scale_flows
from sim.outcomes.official import BREAK
from sim.outcomes.panel import Panel, PanelBook
from sim.outcomes.sums import Sums
from sim.outcomes.tidy import LEVELS
from sim.scenarios.chosen import Chosen, filters_of, known
from sim.scenarios.extract import TOGETHER
from sim.scenarios.queries import Queries
from sim.scenarios.reading import Reading
from sim.scenarios.run_folder import SET_ASIDE, looked_at, read_manifest, read_scenario, run_path
from sim.scenarios.store import Batch

NO_MEASURES = "no-measures"
SCALED = ("flows", "follow_up")
"""Tables of counts of the sample."""
PEOPLE = (file_of("flows"), "follow_up")
"""Tables that tell of people."""
QUARTER = {"follow_up": "quarter_before"}
"""Columns that say when, other than ``quarter``."""


class Results:
    """Answer questions about the runs of one store.

    Parameters
    ----------
    path
        The store's folder.
    batch
        What its batch.json says.

    Notes
    -----
    Runs that are not sound are left out and named in ``meta["unsound"]``; files are compared by size here, by
    checksum when the batch is run again.
    """

    def __init__(self, path: Path, batch: Batch) -> None:
        self.path = path
        self.batch = batch
        self._queries = Queries()
        self._folders, self._unsound, digests = _sound_folders(path, batch)
        self._reading = Reading(self._folders, digests)
        if not any(self._folders.values()):
            raise InputError(
                "the store holds no finished run",
                where=str(path),
                why="; ".join(self._unsound) or "the batch was stopped before its first run ended",
                mend="run the batch again: it takes up what is there",
            )

    @property
    def scenarios(self) -> list[str]:
        """Return the scenarios with a finished run, in the order asked."""
        return [name for name, folders in self._folders.items() if folders]

    def replications(self, scenario: str) -> list[int]:
        """Return the numbers of the finished replications of a scenario."""
        return sorted(self._folders[self._scenarios(scenario)[0]])

    def manifest(self, scenario: str, replication: int) -> dict[str, Any]:
        """Return what a run was made of: parameters, versions, checksums and the resolved ``scenario``.

        Raises
        ------
        InputError
            When the store does not hold that run.
        """
        name = self._scenarios(scenario)[0]
        if replication not in self._folders[name]:
            raise InputError(
                f"the store holds no replication {replication} of '{name}'", where=str(self.path)
            )
        folder = self._folders[name][replication]
        return read_manifest(folder) | {"scenario": read_scenario(folder)}

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Return what stands above every table: settings, versions, counts of runs, what is missing."""
        content = self.batch.as_json()
        asked = content["asked"]
        n = {name: len(folders) for name, folders in self._folders.items()}
        expected = set(range(1, self.batch.replications + 1))
        return {
            "store": str(self.path),
            "shujie": content["shujie"],
            "sample": asked["sample"],
            "seed": asked["seed"],
            "until": asked["until"],
            "parameters": asked["parameters"],
            "scenarios": self.scenarios,
            "replications": n,
            "missing": {
                name: sorted(expected - set(folders))
                for name, folders in self._folders.items()
                if expected - set(folders)
            },
            "unsound": self._unsound,
            "set_aside": sorted(path.name for path in (self.path / SET_ASIDE).glob("*")),
            "made_with": content["made_with"],
            "scenario_digests": dict(self.batch.scenarios),
            "official_break": BREAK,
        }

    @property
    def sample(self) -> float:
        """Return the sampling rate of the runs."""
        return float(self.batch.settings["sample"])

    @property
    def until(self) -> str:
        """Return the last quarter of the runs."""
        return str(self.batch.settings["until"])

    def indicators(
        self,
        scenario: Chosen = None,
        *,
        indicator: Chosen = None,
        level: Chosen = None,
        area: Chosen = None,
        quarter: Chosen = None,
        replication: int | None = None,
    ) -> pd.DataFrame:
        """Return indicators as tidy rows.

        Returns
        -------
        Columns scenario, replication, quarter, level, area, indicator, value, unit.

        Raises
        ------
        InputError
            When a name is not known; near ones are given.
        """
        filters = filters_of(indicator, level, area, quarter)
        found = self._query("indicators", scenario, filters, replication=replication)
        if found.empty and filters["area"]:
            self._check_areas(filters["area"])
        return found

    def panel(
        self, scenario: str, *, indicator: Chosen = None, level: Chosen = None, area: Chosen = None,
        quarter: Chosen = None, following: str = "",
    ) -> Panel:  # fmt: skip
        """Return indicators of a scenario as an array, a row a run; begin to read those of a following one.

        Raises
        ------
        InputError
            When a name is not known; near ones are given.
        """
        name, filters = self._scenarios(scenario)[0], filters_of(indicator, level, area, quarter)
        zones = "zone" in (filters["level"] or LEVELS)
        if zones or filters["quarter"] != [self.until]:
            found = self._reading.cells(name, lambda cells: cells.where(**filters), zones=zones)
        else:
            if following in self.scenarios:
                self._reading.ahead(following)
            found = self._reading.panel(name).only(**filters)
        if not len(found.cells) and filters["area"]:
            self._check_areas(filters["area"])
        return found

    def book(self) -> PanelBook:
        """Return what targets, densities and money are read from, to be looked up as series.

        Every indicator of cities, areas and districts in the last quarter; in the others those of targets
        and, of the core, of densities.
        """
        return PanelBook(lambda name: self._reading.panel(name) if name in self.scenarios else None)

    def read_ahead(self, scenario: str, *, money: bool = True) -> None:
        """Begin to read what a comparison, or people alone, need of a scenario that is looked at next."""
        self._reading.ahead(scenario, TOGETHER if money else PEOPLE)

    def flows(
        self, scenario: Chosen = None, *, by: Sequence[str] | None = None, since: str | None = None,
        until: str | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """Return who moved or left, scaled to the whole city.

        Parameters
        ----------
        scenario
            One or several scenarios.
        by
            Columns to sum over within each scenario and replication, ``year``, ``leaves_city`` and
            ``stays_in_city`` among them; None returns every row.
        since, until
            First and last quarter.
        """
        found = self._sums("flows", scenario, by, since=since, until=until)
        return scale_flows(found, self.sample)

    def ledger(self, scenario: Chosen = None, *, by: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the task ledger: a row for each order of a measure, with scenario and replication.

        ``by`` names columns to sum over within each scenario and replication, ``year`` among them.
        """
        return self._sums("ledger", scenario, by)

    def ledger_sums(
        self, by: Sequence[str], amounts: Sequence[str], *, verb: str, since: str, scenario: Chosen = None
    ) -> pd.DataFrame:
        """Return sums of the ledger's entries of one verb from a quarter on, by scenario, run and keys.

        Returns
        -------
        Columns scenario, replication, `by`, `amounts`, entries, and written_off: entries that were.
        """
        keys = ", ".join(["scenario", "replication", *by])
        yearly = self._by_year("ledger", by, scenario, since=since)
        counted = {"entries": "count(*)", "written_off": "count(written_off_quarter)"}
        sums = [f"sum({name}) AS {name}" for name in amounts]
        sums += [f"{f'sum({name})' if yearly else count} AS {name}" for name, count in counted.items()]
        return self._query(
            file_of("ledger") if yearly else "ledger",
            scenario,
            {"verb": [verb]},
            columns=", ".join([keys, *sums]),
            where=["year >= ?" if yearly else "quarter >= ?"],
            bounds=[since[:4] if yearly else since],
            tail=f" GROUP BY {keys} ORDER BY {keys}",
        )

    def follow_up(
        self, scenario: Chosen = None, *, by: Sequence[str] = (), since: str = "2011Q1"
    ) -> pd.DataFrame:  # fmt: skip
        """Return households before and after by what befell them from a quarter on, scaled to the whole city.

        Columns scenario, replication, `by` and `COUNTS` of `sim.outcomes.followed`; no row where the runs
        were made before households were followed, or end before any was seen again.
        """
        from sim.outcomes.followed import COUNTS, scaled

        names = [name for name in self._scenarios(scenario) if self._reading.holds("follow_up", name)]
        columns = ", ".join(["scenario", "replication", *by, *(f"sum({name}) AS {name}" for name in COUNTS)])
        found = self._query(
            "follow_up", names, {}, columns=columns, where=["quarter_before >= ?"],
            bounds=[str(int(since[:4]) - 1)], tail=" GROUP BY ALL ORDER BY ALL",
        ) if names else None  # fmt: skip
        return scaled(found, self.sample, by)

    def fund(self, scenario: Chosen = None) -> pd.DataFrame:
        """Return every payment of the fund and the accounts beside it, with scenario and replication."""
        return self._query("fund", scenario, {})

    def sums(
        self, table: str, numbers: Sequence[str], by: Sequence[str], scenario: str, *,
        only: Mapping[str, Sequence[str]] | None = None, since: str | None = None,
    ) -> Sums:  # fmt: skip
        """Return sums of columns of the tables of a scenario's runs as arrays.

        Parameters
        ----------
        table
            ``flows`` or ``follow_up``, scaled to the whole city, ``ledger`` or ``fund``.
        numbers, by
            Columns to sum, and to sum over; ``year`` is the quarter's.
        scenario
            The scenario.
        only
            Rows with these values of a column only, such as a ``verb`` of the ledger.
        since
            First quarter that counts; of the follow-up that of the events.
        """
        name, limits = self._scenarios(scenario)[0], dict(only or {})
        if table == "flows" and not self._by_year(table, [*by, *limits], name, since=since):
            return Sums.of(self.flows(name, by=by, since=since), by, numbers, self.replications(name))
        if table == "follow_up" and not self._reading.holds(table, name):
            return Sums.of(
                pd.DataFrame(columns=["replication", *by, *numbers]), by, numbers, self.replications(name)
            )
        yearly = table in YEARLY and self._by_year(table, [*by, *limits], name, since=since)
        source, when = (file_of(table), "year") if yearly else (table, QUARTER.get(table, "quarter"))
        first = (
            since if since is None or when == "quarter" else since[:4] if yearly else str(int(since[:4]) - 1)
        )
        return self._reading.sums(
            source, name, by, numbers, when=when, first=first, only=limits,
            factor=self.sample if table in SCALED else 1.0,
        )  # fmt: skip

    def table(self, name: str, scenario: str, replication: int) -> pd.DataFrame:
        """Return the ledger or the fund of one run."""
        return self._query(name, scenario, {}, replication=replication)

    def targets(self, scenario: Chosen = None) -> pd.DataFrame:
        """Return every target judged on the latent and the official measure; see `sim.outcomes.targets`."""
        from sim.outcomes.targets import evaluate

        return evaluate(self.book(), until=self.until, scenarios=self._scenarios(scenario))

    def densities(self, scenario: Chosen = None) -> pd.DataFrame:
        """Return the densities of the core beside those without measures; see `sim.outcomes.densities`."""
        from sim.outcomes.densities import evaluate

        return evaluate(self.book(), until=self.until, scenarios=self._scenarios(scenario))

    def people(self, scenario: str) -> dict[str, Any]:
        """Return what must stand beside targets and densities; see `sim.outcomes.equity.people_summary`."""
        from sim.outcomes.equity import people_summary

        return people_summary(self, self._scenarios(scenario)[0])

    def _sums(
        self, table: str, scenario: Chosen, by: Sequence[str] | None, *, since: str | None = None,
        until: str | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """Return rows of a table or sums of them, read from the sums by year where those are enough."""
        yearly = by is not None and self._by_year(table, by, scenario, since=since, until=until)
        column = "year" if yearly else "quarter"
        bounds = [bound[:4] if yearly else bound for bound in (since, until) if bound]
        where = [f"{column} {sign} ?" for sign, bound in ((">=", since), ("<=", until)) if bound]
        if by is None:
            return self._query(table, scenario, {}, where=where, bounds=bounds)
        keys = ["scenario", "replication", *by]
        named = [name if yearly or name not in SQL else f"({SQL[name]}) AS {name}" for name in keys]
        columns = ", ".join(named + [f"sum({name}) AS {name}" for name in YEARLY[table].sums])
        order = ", ".join(str(place + 1) for place in range(len(keys)))
        source = file_of(table) if yearly else table
        return self._query(
            source, scenario, {}, columns=columns, where=where, bounds=bounds,
            tail=f" GROUP BY {order} ORDER BY {order}",
        )  # fmt: skip

    def _by_year(
        self, table: str, by: Sequence[str], scenario: Chosen, *, since: str | None = None,
        until: str | None = None,
    ) -> bool:  # fmt: skip
        """Tell whether the sums by year answer: by their columns, for whole years, and kept by every run."""
        if not (set(by) <= set(YEARLY[table].keys) and _whole_years(since, until)):
            return False
        return all(self._reading.holds(file_of(table), name) for name in self._scenarios(scenario))

    def _scenarios(self, chosen: Chosen) -> list[str]:
        return known(chosen, self.scenarios, "scenario", where=str(self.path)) or self.scenarios

    def _check_areas(self, areas: Iterable[str]) -> None:
        found = self._query(
            "indicators", self.scenarios[0], {"indicator": ["residents"], "quarter": ["2010Q4"]}
        )
        known(list(areas), list(dict.fromkeys(found["area"])), "area")

    def _query(
        self, table: str, scenario: Chosen, filters: dict[str, list[str]], *, replication: int | None = None,
        columns: str = "*", where: Sequence[str] = (), bounds: Sequence[str] = (), tail: str = "",
    ) -> pd.DataFrame:  # fmt: skip
        """Return rows of one table of the chosen runs, in the order of the runs."""
        files = [
            str(folder / f"{table}.parquet")
            for name in self._scenarios(scenario)
            for number, folder in sorted(self._folders[name].items())
            if replication is None or number == replication
        ]
        if not files:
            raise InputError(f"the store holds no replication {replication}", where=str(self.path))
        return self._queries.rows(files, filters, columns=columns, where=where, bounds=bounds, tail=tail)


def _sound_folders(
    store: Path, batch: Batch
) -> tuple[dict[str, dict[int, Path]], list[str], dict[Path, dict[str, str]]]:
    """Return the folders of sound runs, what is wrong with others, and the checksums that the sound list."""
    folders: dict[str, dict[int, Path]] = {}
    unsound, digests = [], {}
    for name in batch.scenarios:
        folders[name] = {}
        for number in range(1, batch.replications + 1):
            folder = run_path(store, name, number)
            if not folder.exists():
                continue
            flaw, listed = looked_at(folder, thorough=False)
            if flaw is None:
                folders[name][number], digests[folder] = folder, listed
            else:
                unsound.append(f"runs/{name}/{number}: {flaw}")
    return folders, unsound, digests


def _whole_years(since: str | None, until: str | None) -> bool:
    """Tell whether a period begins and ends with a year; an open end is the end of the run."""
    return (since is None or since.endswith("Q1")) and (until is None or until.endswith("Q4"))
