"""Hold the rows of a table of the check, and what the check reads of the base-year city."""

import numpy as np

from sim.city.network import travel_minutes
from sim.city.zones import load_zones
from sim.codes import HouseholdKind
from sim.synthesis.base import BaseCity
from sim.synthesis.generations import count_generations
from sim.synthesis.margins import by_area

COLUMNS = "table area category published synthetic error error_percent tolerance in_fit status".split()
EXACT, PER_MILLE, PERCENT, KEPT_OUT = 0.0, 0.1, 1.0, 5.0
"""Tolerances in percent at 1:1."""
MEAN_SIZE = 0.02
"""Tolerance of the mean household size, in persons."""


class Rows:
    """Collect the rows of one table of the check.

    Parameters
    ----------
    table
        Name shown.
    sample
        Share of households held: below one, tolerances widen by three standard errors.
    tolerance
        In percent, or in the unit of the row where `absolute`.
    in_fit
        Whether the synthesis fits this table by district.
    """

    def __init__(
        self, table: str, sample: float, tolerance: float, *, in_fit: bool, absolute: bool = False
    ) -> None:
        self.table, self.sample, self.tolerance = table, sample, tolerance
        self.in_fit, self.absolute = in_fit, absolute
        self.rows: list[dict[str, object]] = []

    def add(
        self, area: str, category: str, published: float, synthetic: float, *, judged: bool = True
    ) -> None:
        """Add one row."""
        error = synthetic - published
        percent = 100.0 * error / published if published else float("nan")
        size = abs(error) if self.absolute else abs(percent)
        limit = self.tolerance
        if self.sample < 1.0:
            limit += 0.1 if self.absolute else 300.0 / np.sqrt(max(published * self.sample, 1.0))
        status = "ok" if size <= limit + 1e-9 else "off"
        if not judged or not published:
            status = "not judged"
        self._append(area, category, published, synthetic, percent, status)

    def show(self, area: str, category: str, expected: float, synthetic: float) -> None:
        """Add a row of what is modelled; `expected` is NaN where nothing is published or aimed at."""
        percent = 100.0 * (synthetic - expected) / expected if expected else float("nan")
        self._append(area, category, expected, synthetic, percent, "modelled")

    def _append(
        self, area: str, category: str, published: float, synthetic: float, percent: float, status: str
    ) -> None:
        tolerance = float("nan") if status == "modelled" else self.tolerance
        values = (
            self.table, area, category, published, synthetic, synthetic - published, percent, tolerance,
            self.in_fit, status,
        )  # fmt: skip
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))


class People:
    """Hold the columns the check reads, once, with district and age."""

    def __init__(self, base: BaseCity) -> None:
        self.sample = base.sample
        zones = load_zones()
        self.areas = [*zones.districts.ids, "beijing"]
        self.census, self.long_form = by_area("census_districts"), by_area("census_long_form")
        self.zone = np.asarray(base.households["zone"])
        self.home_district = zones.district[self.zone].astype(np.int64)
        household = np.asarray(base.residents["household_id"])
        self.household = household
        self.district = self.home_district[household]
        self.age = -np.asarray(base.residents["birth_quarter"]).astype(np.int64) // 4
        people, homes = base.residents, base.households
        self.sex, self.hukou = np.asarray(people["sex"]), np.asarray(people["hukou"])
        self.education, self.marital = np.asarray(people["education"]), np.asarray(people["marital"])
        self.sector, self.work_zone = np.asarray(people["sector"]), np.asarray(people["work_zone"])
        self.kind, self.tenure = np.asarray(homes["kind"]), np.asarray(homes["tenure"])
        self.n_persons = np.asarray(homes["n_persons"])
        self.dwelling_class = np.asarray(homes["dwelling_class"])
        self.family = self.kind == HouseholdKind.FAMILY
        self.generations = count_generations(base)
        self.aged = np.bincount(household, weights=self.age >= 65, minlength=len(self.kind)).astype(np.int64)

    def count(self, mask: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
        """Return residents by district and code, scaled up: (16, n)."""
        cell = self.district[mask] * n + code[mask]
        return np.bincount(cell, minlength=16 * n).reshape(16, n) / self.sample

    def count_homes(self, code: np.ndarray, n: int) -> np.ndarray:
        """Return family households by district and code, scaled up: (16, n)."""
        cell = self.home_district[self.family] * n + code[self.family]
        return np.bincount(cell, minlength=16 * n).reshape(16, n) / self.sample

    def commutes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return minutes to work, zone of home and class of dwelling of those at work."""
        at_work = self.work_zone >= 0
        household = self.household[at_work]
        home = self.zone[household]
        minutes = np.asarray(travel_minutes(2010))[home, self.work_zone[at_work]]
        return minutes, home, self.dwelling_class[household]


def with_city(values: np.ndarray) -> np.ndarray:
    """Return a table by district with the city below."""
    return np.vstack([values, values.sum(axis=0, keepdims=True)])
