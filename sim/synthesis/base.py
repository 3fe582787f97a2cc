"""Open the base-year city: built once from the published tables, then read from the user's cache."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import InputError
from sim.synthesis import cache
from sim.synthesis.sample import take_sample

if TYPE_CHECKING:
    import pandas as pd

ORGANISATIONS = "organisations.csv"
WHOLE_NUMBERS = ("kind", "zone", "district", "named", "authority")
TEXTS = ("name", "name_zh")

Facts = dict[str, str | int | float]


@dataclass(frozen=True)
class BaseCity:
    """Hold the city of 2010Q4.

    Attributes
    ----------
    sample
        Share of households that `residents` and `households` hold; everything else is always 1:1.
    digest
        Hash of the tables, parameters and code the city was made from.
    residents, households, businesses : columns by name, memory-mapped and read-only
    facts
        Of each market, hospital, campus and office, in the order of the organisations' indices.
    dwellings : stock, floor_area_m2, rent_cny_m2_month, each (343, 13)
    land : floor_area_m2 (343, 4), premises (343, 5)
    absent_hukou : (343,)
    folder
        Where it is kept.
    """

    sample: float
    digest: str
    residents: dict[str, np.ndarray]
    households: dict[str, np.ndarray]
    businesses: dict[str, np.ndarray]
    facts: list[Facts]
    dwellings: dict[str, np.ndarray]
    land: dict[str, np.ndarray]
    absent_hukou: np.ndarray
    folder: Path

    @cached_property
    def organisations(self) -> pd.DataFrame:
        """Return the facts as a table; the row number is the organisation's index."""
        import pandas as pd

        return pd.DataFrame(self.facts)


def open_base(sample: float = 1.0, say: Callable[[str], None] = lambda _: None) -> BaseCity:
    """Return the base-year city at a sample, building what is absent or damaged.

    Parameters
    ----------
    sample
        Share of households, above 0 and up to 1.
    say
        Called with one line at each step of a build.

    Raises
    ------
    InputError
        When the sample lies outside (0, 1] or a table has been edited.
    RunError
        When the cache folder cannot be written.
    """
    if isinstance(sample, bool) or not isinstance(sample, int | float) or not 0.0 < sample <= 1.0:
        raise InputError(
            f"the sample must lie above 0 and up to 1, not {sample!r}",
            where="sample",
            mend="give 0.01, or 1 for all",
        )
    digest = cache.content_digest()
    root = cache.cache_root() / digest
    cache.make_room(root)
    whole = root / "city"
    rest = root / "rest"
    if sample == 1.0:
        people = cache.ensure(whole, lambda folder: _make(folder, say))
    else:
        people = root / f"sample-{float(sample)!r}"
        if not cache.is_whole(people):
            cache.ensure(whole, lambda folder: _make(folder, say))
            cache.ensure(people, lambda folder: _make_sample(folder, whole, float(sample)))
    rest = cache.ensure(rest, lambda folder: _copy_rest(folder, whole, say))
    land = cache.open_columns(rest / "land")
    absent = land.pop("absent_hukou")
    return BaseCity(
        sample=float(sample),
        digest=digest,
        residents=cache.open_columns(people / "residents"),
        households=cache.open_columns(people / "households"),
        businesses=cache.open_columns(rest / "businesses"),
        facts=_read_facts(rest / ORGANISATIONS),
        dwellings=cache.open_columns(rest / "dwellings"),
        land=land,
        absent_hukou=absent,
        folder=people,
    )


def _read_facts(path: Path) -> list[Facts]:
    """Read the organisations without pandas, whose import takes as long as opening all the rest."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: _read_fact(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


def _read_fact(name: str, text: str) -> str | int | float:
    if name in TEXTS:
        return text
    return int(text) if name in WHOLE_NUMBERS else float(text)


def _make(folder: Path, say: Callable[[str], None]) -> None:
    """Build the 1:1 city into a folder."""
    from sim.parameters.store import load_parameters
    from sim.synthesis.city import build_city

    say("building the city of 2010 (once; about a minute)")
    city = build_city(load_parameters("base_year"), say)
    for name in ("residents", "households", "businesses", "dwellings", "land"):
        cache.save_columns(folder / name, getattr(city, name))
    cache.save_columns(folder / "land", {"absent_hukou": city.absent_hukou})
    city.organisations.to_csv(folder / ORGANISATIONS, index=False)


def _make_sample(folder: Path, whole: Path, sample: float) -> None:
    """Draw a sample of the 1:1 city into a folder."""
    residents, households = take_sample(
        cache.open_columns(whole / "residents"), cache.open_columns(whole / "households"), sample
    )
    cache.save_columns(folder / "residents", residents)
    cache.save_columns(folder / "households", households)


def _copy_rest(folder: Path, whole: Path, say: Callable[[str], None]) -> None:
    """Keep what is the same at every sample apart, so that opening a sample need not read the 1:1 people."""
    import shutil

    cache.ensure(whole, lambda fresh: _make(fresh, say))
    for name in ("businesses", "dwellings", "land"):
        shutil.copytree(whole / name, folder / name)
    shutil.copy2(whole / ORGANISATIONS, folder / ORGANISATIONS)
