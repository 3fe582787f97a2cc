"""Write the numbers and pictures of docs/validation.md from a store.

    python -m calibration.validation STORE FOLDER

STORE holds `executed-2017-2020` and `no-measures` to 2020Q4; FOLDER takes the runs without the constants of
the area groups. The words of the page are written by hand; what stands between its markers, and the pictures
it shows, are written here.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calibration import constants
from calibration import validation_pictures as pictures
from calibration import validation_tables as tables
from calibration.backtest import SCENARIO, backtest
from sim.errors import InputError
from sim.scenarios.store import load_results

if TYPE_CHECKING:
    from sim.scenarios.results import Results

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"
_TABLE = re.compile(r"(<!-- table: ([a-z_]+) -->)\n.*?(<!-- end of table -->)", re.DOTALL)


def made_with_line(results: Results) -> str:
    """Return one line on the runs behind the page."""
    meta = results.meta
    runs = meta["replications"][SCENARIO]
    return (
        f"Runs: {runs} replications, one household in {round(1 / meta['sample'])}, parameters "
        f"`{meta['parameters']}`, seed {meta['seed']}; code {meta['made_with']['code'][:12]}, "
        f"data {meta['made_with']['data'][:12]}, parameters {meta['made_with']['parameters'][:12]}."
    )


def filled(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with what stands between its markers written anew.

    Raises
    ------
    InputError
        When the page asks for a table that is not known.
    """

    def fill(match: re.Match[str]) -> str:
        name = match.group(2)
        if name not in tables:
            raise InputError(f"there is no table '{name}'", mend=f"use {', '.join(tables)}")
        return f"{match.group(1)}\n{tables[name]()}\n{match.group(3)}"

    return _TABLE.sub(fill, text)


def write_page(results: Results, bare: Results, page: Path = PAGE) -> None:
    """Write the tables of the page and the pictures beside it; `bare` are the runs without constants."""
    found = backtest(results)
    made = {
        "made_with": lambda: made_with_line(results),
        "wanted": lambda: tables.wanted_table(results, found),
        "scores": lambda: tables.scores_table(found),
        "width": lambda: tables.width_table(results, found),
        "places": lambda: tables.places_table(found),
        "parts": lambda: tables.parts_table(results, bare),
        "homes": lambda: tables.homes_table(results),
        "people": lambda: tables.people_table(results),
    }
    page.write_text(filled(page.read_text(encoding="utf-8"), made), encoding="utf-8")
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    drawn = {
        "backtest_districts": pictures.draw_districts(found),
        "backtest_paths": pictures.draw_paths(results),
        "backtest_homes": pictures.draw_homes(results),
    }
    for name, figure in drawn.items():
        figure.savefig(images / f"{name}.png", dpi=110, metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page from the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m calibration.validation", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    try:
        results = load_results(options.store)
        write_page(results, constants.prepare(results, options.folder, os.cpu_count() or 1))
    except InputError as error:
        parser.exit(error.exit_code, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
