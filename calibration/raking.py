"""Make the factors of the raking: the census of 2020 over the city of the executed years, by district.

    python -m calibration.raking STORE [--to FILE]

STORE holds `executed-2017-2020` up to 2020Q4, such as the one `shujie backtest` made. The factors are written
into the package, from where every scenario takes the same ones. They are made anew whenever the model or its
parameters change; what they were made with stands in the file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.backtest import CENSUS, SCENARIO, census, predicted
from sim.data.raking import FILE, District, Raking
from sim.data.tables import DISTRICTS
from sim.errors import InputError
from sim.scenarios.store import load_results

if TYPE_CHECKING:
    from sim.scenarios.results import Results

SOURCE = (
    "census of 2020 (table population, series census) over the mean of the replications; made by "
    "python -m calibration.raking"
)
HEAD = """\
# Census of 2020 over the city of executed-2017-2020 at 2020Q4, by district: what the stage `raking`
# multiplies people by as 2021Q1 opens. Written by a command (see source); not edited by hand.
"""


def raking_of(results: Results) -> Raking:
    """Return the factors that the runs of a store give.

    Raises
    ------
    InputError
        When the store does not reach the census, or a factor is out of bounds.
    """
    people = predicted(results, CENSUS)
    counted = census()
    meta = results.meta
    try:
        return Raking(
            scenario=SCENARIO,
            quarter=CENSUS,
            sample=meta["sample"],
            replications=len(people),
            seed=meta["seed"],
            parameters=meta["parameters"],
            made_with={name: meta["made_with"][name] for name in ("code", "policy", "parameters")},
            source=SOURCE,
            districts={
                name: District(census=round(counted[name]), model=round(float(people[name].mean()), 1))
                for name in DISTRICTS
            },
        )
    except ValueError as error:
        raise InputError(
            "the city of these runs cannot be raked",
            where=str(results.path),
            why=str(error),
            mend="look at 'shujie backtest': a district is too far from its census",
        ) from None


def write(raking: Raking, path: Path) -> None:
    """Write the factors as the YAML file that `sim.data.raking` loads."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        yaml.dump(raking.model_dump(), file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the factors from the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m calibration.raking", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--to", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    try:
        write(raking_of(load_results(options.store)), options.to)
    except InputError as error:
        parser.exit(error.exit_code, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
