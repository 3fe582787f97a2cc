"""Read the accounts of a store from the command line: the task ledger and the fund."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli_output import CsvFlag, JsonFlag, XlsxOption, one_format, say, write, write_frame, write_frames
from sim.cli_results import DEFAULT_STORE, ScenarioOption, StoreArgument

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenarios.results import Results

LEDGER_SUMS = ["planned", "reported", "executed", "verified", "cost_cny", "gross_persons", "net_persons"]


def ledger(
    store: StoreArgument = DEFAULT_STORE,
    scenario: ScenarioOption = None,
    csv: CsvFlag = False,
    json: JsonFlag = False,
    xlsx: XlsxOption = None,
) -> None:
    """Show the task ledger: what was ordered, reported, verified, written off, what it cost, whom it hit."""
    results = _opened(store, csv, json, xlsx)
    if _exported(results, "ledger", scenario, csv, json, xlsx):
        return
    frame = results.ledger(scenario)
    keys = ["scenario", "measure", "kind", "verb", "object", "unit"]
    total = frame.groupby(keys, observed=True, as_index=False)[LEDGER_SUMS].sum()
    write_frame(_mean(total, LEDGER_SUMS, results), results.meta, as_csv=False, as_json=False, most=200)
    say("sums over all quarters and places, mean of the runs; --csv, --json or --xlsx writes every entry")


def fund(
    store: StoreArgument = DEFAULT_STORE,
    scenario: ScenarioOption = None,
    csv: CsvFlag = False,
    json: JsonFlag = False,
    xlsx: XlsxOption = None,
) -> None:
    """Show the guidance fund and the accounts beside it: who paid whom, how much, for what."""
    results = _opened(store, csv, json, xlsx)
    if _exported(results, "fund", scenario, csv, json, xlsx):
        return
    frame = results.fund(scenario)
    by_year = frame.assign(year=frame["quarter"].astype(str).str[:4])
    keys = ["scenario", "year", "credit", "debit", "purpose"]
    total = by_year.groupby(keys, observed=True, as_index=False)[["amount_cny"]].sum()
    write_frame(_mean(total, ["amount_cny"], results), results.meta, as_csv=False, as_json=False, most=200)
    say("sums over quarters and districts, mean of the runs; --csv, --json or --xlsx writes every payment")


def _opened(store: Path, csv: bool, json: bool, xlsx: Path | None) -> Results:
    one_format(csv, json, xlsx)
    from sim.scenarios.store import load_results

    return load_results(store)


def _exported(
    results: Results, table: str, scenario: str | None, csv: bool, json: bool, xlsx: Path | None
) -> bool:
    """Write a table whole in the format that is asked for, and tell whether one was."""
    if csv or json:
        write_frames(_runs(results, table, scenario), results.meta, as_json=json)
    elif xlsx is not None:
        from sim.report import workbook

        writers = {"ledger": workbook.write_ledger, "fund": workbook.write_fund}
        write(f"{writers[table](xlsx, getattr(results, table)(scenario))}\n")
    return csv or json or xlsx is not None


def _runs(results: Results, table: str, scenario: str | None) -> Iterator[pd.DataFrame]:
    """Yield one table of each run in turn, so that none but one is in memory."""
    if scenario is not None:
        results.replications(scenario)  # an unknown name is refused before anything is written
    for name in results.scenarios if scenario is None else [scenario]:
        for number in results.replications(name):
            yield results.table(table, name, number)


def _mean(total: pd.DataFrame, sums: list[str], results: Results) -> pd.DataFrame:
    runs = total["scenario"].map({name: len(results.replications(name)) for name in results.scenarios})
    total[sums] = total[sums].div(runs.astype(float), axis=0)
    return total
