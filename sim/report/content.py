"""Gather from a store everything the page shows, as numbers without words or layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.calendar import FIRST, format_quarter, parse_quarter
from sim.outcomes.spread import ENOUGH, Spread, spread

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenarios.coalitions import Attribution
    from sim.scenarios.results import Results

PATH_AREAS = ("beijing", "city_six", "core")
GROUPS = ("core", "inner", "tongzhou", "new_towns", "ecological")
CITY_SIX = ("dongcheng", "xicheng", "chaoyang", "fengtai", "shijingshan", "haidian")
MEMBERS = {"beijing": ("beijing",), "city_six": CITY_SIX, "core": CITY_SIX[:2]}
LAST_FIT_YEAR = 2016
NO_MEASURES = "no-measures"

_PER_10K = 1e4
_CHANGE_FROM = ("2020Q4", "2016Q4", "2010Q4")


@dataclass(frozen=True)
class ScenarioInfo:
    """Name one scenario of the store."""

    id: str
    title_en: str
    title_zh: str
    n_replications: int
    digest: str


@dataclass(frozen=True)
class Published:
    """Hold one published series of an area: years (their ends) and persons."""

    series: str
    held_out: bool
    years: tuple[float, ...]
    persons: tuple[float, ...]


@dataclass(frozen=True)
class Content:
    """Hold the numbers of the page.

    Attributes
    ----------
    base, end
        Quarters that the maps compare; flows are counted after ``base``.
    people
        By scenario, what `Results.people` says.
    district_change, zone_change
        By scenario and place: change of residents in percent, mean over the runs; on a page of comparison the
        difference from the base scenario at the end.
    district_residents
        By scenario and place: residents before and after, mean over the runs; on a page of comparison in the
        base scenario and in this one, at the end.
    paths
        By scenario and area: rows of quarter, estimate, low, high; paired differences where there is a base.
    flows
        Persons who had to move, by scenario, cause and place, averaged over the runs.
    parameters
        The values that the runs used; empty where each replication drew its own.
    compared
        The scenario that the others are compared with; None where each stands for itself.
    differences, tasks, persons, attributions
        See `sim.report.tables`.
    frames
        Long tables of `sim.outcomes`, by name, as `sim.report.tables` gathers them.
    worst_hit
        By scenario, the group of the displaced that was hit hardest; empty where nobody was followed.
    """

    meta: Mapping[str, Any]
    scenarios: Sequence[ScenarioInfo]
    base: str
    end: str
    targets: Sequence[Mapping[str, Any]]
    densities: Sequence[Mapping[str, Any]]
    people: Mapping[str, Mapping[str, Any]]
    district_change: Mapping[str, Mapping[str, float]]
    zone_change: Mapping[str, Mapping[str, float]]
    district_residents: Mapping[str, Mapping[str, tuple[float, float]]]
    paths: Mapping[str, Mapping[str, Sequence[tuple[str, Spread]]]]
    published: Mapping[str, Sequence[Published]]
    flows: pd.DataFrame
    parameters: Mapping[str, float]
    compared: str | None = None
    differences: Sequence[Mapping[str, Any]] = ()
    tasks: Sequence[Mapping[str, Any]] = ()
    persons: Sequence[Mapping[str, Any]] = ()
    attributions: Sequence[Attribution] = ()
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    worst_hit: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def options(self) -> Sequence[ScenarioInfo]:
        """Return the scenarios to draw: all but the base of a comparison, which differs by nothing."""
        return [scenario for scenario in self.scenarios if scenario.id != self.compared]

    @property
    def runs(self) -> str:
        """Return how many runs a scenario has, as a span where they differ."""
        numbers = sorted({scenario.n_replications for scenario in self.scenarios})
        return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"

    def rows(self, frame: str) -> list[dict[str, Any]]:
        """Return the rows of a long table as plain dictionaries; none where the store has nothing of it."""
        return records(self.frames[frame]) if frame in self.frames else []

    @property
    def few(self) -> bool:
        """Say whether there are too few runs for a 90 % interval."""
        return min(scenario.n_replications for scenario in self.scenarios) < ENOUGH


def gather(results: Results, compared: str | None = None) -> Content:
    """Return the numbers of the page for every scenario of a store.

    Parameters
    ----------
    compared
        The scenario to compare the others with; the page then shows paired differences.

    Raises
    ------
    InputError
        When the store does not hold that scenario, or holds no other.
    """
    from sim.outcomes.equity import worst_hit
    from sim.report import tables

    names = _ordered(results, compared)
    scenarios = [_scenario(results, name) for name in names]
    end = results.until
    base = change_base(end)
    residents = results.indicators(indicator="residents", level=["district", "zone"], quarter=[base, end])
    change, ends = _changes(residents, base, end, compared)
    paths = results.indicators(indicator="residents", level=["city", "area"], area=list(PATH_AREAS))
    flows = _forced_flows(results, base)
    densities = records(results.densities())
    effects_of = compared or (NO_MEASURES if NO_MEASURES in names else None)
    return Content(
        meta=results.meta,
        scenarios=scenarios,
        base=base,
        end=end,
        targets=records(results.targets()),
        densities=densities,
        people={name: results.people(name) for name in names},
        district_change={name: change[name]["district"] for name in names},
        zone_change={name: change[name]["zone"] for name in names},
        district_residents={name: ends[name]["district"] for name in names},
        paths={name: {area: _path(paths, name, area, compared) for area in PATH_AREAS} for name in names},
        published={area: [] if compared else published_series(area) for area in PATH_AREAS},
        flows=flows,
        parameters=_parameters(results),
        compared=compared,
        differences=tables.difference_rows(
            results, effects_of, sorted({str(row["quarter"]) for row in densities if not row.get("beside")})
        ),
        tasks=tables.task_rows(results, after(base)),
        persons=tables.person_rows(results, flows, after(base)),
        attributions=tables.attributions(results),
        frames=tables.money_frames(results, effects_of)
        | tables.equity_frames(results)
        | tables.judgement_frames(results),
        worst_hit={name: worst_hit(results, name) for name in names},
    )


def change_base(end: str) -> str:
    """Return the quarter that changes are counted from: that of the densities, or 2010Q4 for an early end."""
    return next(quarter for quarter in _CHANGE_FROM if quarter < end)


def after(quarter: str) -> str:
    """Return the quarter after a quarter."""
    return format_quarter(max(parse_quarter(quarter, allow_base=True) + 1, FIRST))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain dictionaries in which what is not known is None."""
    import pandas as pd

    rows = frame.to_dict(orient="records")
    return [{str(k): None if _missing(pd, v) else _plain(v) for k, v in row.items()} for row in rows]


def published_series(area: str) -> list[Published]:
    """Return the published residents of an area, each series cut at what was open to the fit."""
    from sim.data.tables import load_table

    table = load_table("population")
    members = MEMBERS[area]
    table = table[table["district_id"].isin(members) & table["resident_population_10k"].notna()]
    found = []
    # The revised figure of 2020 is the census moved to the year's end: it would only hide the census.
    for series, first, last in (
        ("census", 2010, 2020),
        ("as_published", 2011, 2019),
        ("revised", 2011, 2019),
    ):
        chosen = table[(table["series"] == series) & table["year"].between(first, last)]
        sums = chosen.groupby("year")["resident_population_10k"].agg(["sum", "count"])
        sums = sums[sums["count"] == len(members)]
        for held_out in (False, True):
            part = sums[(sums.index > LAST_FIT_YEAR) == held_out]
            if len(part):
                years = tuple(float(year) for year in part.index)
                found.append(Published(series, held_out, years, tuple(part["sum"] * _PER_10K)))
    return found


def year_of_quarter(quarter: str) -> float:
    """Return the moment a quarter ends, in years, so that a whole number is a year's end."""
    year, number = quarter.split("Q")
    return int(year) + (int(number) - 4) / 4


def _scenario(results: Results, name: str) -> ScenarioInfo:
    numbers = results.replications(name)
    resolved = results.manifest(name, numbers[0]).get("scenario", {})
    title_en, title_zh = resolved.get("title_en", name), resolved.get("title_zh", name)
    return ScenarioInfo(
        name, str(title_en), str(title_zh), len(numbers), str(results.meta["scenario_digests"][name])
    )


def _ordered(results: Results, compared: str | None) -> list[str]:
    """Return the scenarios, the one that the others are compared with first."""
    from sim.errors import InputError

    if compared is None:
        return results.scenarios
    results.replications(compared)
    if results.scenarios == [compared]:
        raise InputError(
            f"the store holds no scenario to compare with '{compared}'",
            where=str(results.path),
            mend="run another scenario into the same store",
        )
    return [compared, *(name for name in results.scenarios if name != compared)]


def _changes(frame: pd.DataFrame, base: str, end: str, compared: str | None) -> tuple[Any, Any]:
    """Return change in percent and both means, by scenario, level and place."""
    keys = ["scenario", "level", "area", "quarter"]
    means = frame.groupby(keys, observed=True)["value"].mean().unstack("quarter").reset_index()
    rows = records(means)
    ends_of_base = {
        (row["level"], row["area"]): float(row[end]) for row in rows if row["scenario"] == compared
    }
    change: dict[str, dict[str, dict[str, float]]] = {}
    ends: dict[str, dict[str, dict[str, tuple[float, float]]]] = {}
    for row in rows:
        scenario, level, area = (str(row[key]) for key in keys[:3])
        before = ends_of_base[level, area] if compared else float(row[base])
        after_ = float(row[end])
        percent = 100 * (after_ / before - 1) if before > 0 else float("nan")
        change.setdefault(scenario, {}).setdefault(level, {})[area] = percent
        ends.setdefault(scenario, {}).setdefault(level, {})[area] = (before, after_)
    return change, ends


def _path(frame: pd.DataFrame, scenario: str, area: str, compared: str | None) -> list[tuple[str, Spread]]:
    def table(name: str) -> pd.DataFrame:
        chosen = frame[(frame["scenario"] == name) & (frame["area"] == area)]
        return chosen.pivot(index="quarter", columns="replication", values="value").sort_index()

    own = table(scenario)
    if compared is not None:
        other = table(compared)
        both = own.columns.intersection(other.columns)
        own = own[both] - other[both]
    return [(str(quarter), spread(row.to_numpy(float))) for quarter, row in own.iterrows()]


def _forced_flows(results: Results, base: str) -> pd.DataFrame:
    """Return where those ended whom an order put out or cost their work, averaged over the runs."""
    from sim.outcomes.equity import BY_JOB_LOSS
    from sim.outcomes.flows import COUNTS, displaced_ends, leaves_city, settled_moves

    by = ["cause", "origin", "destination", "hukou", "income_group"]
    flows = results.flows(by=["settled", *by], since=after(base))
    after_job_loss = (flows["cause"] == BY_JOB_LOSS) & (settled_moves(flows) | leaves_city(flows))
    forced = flows[displaced_ends(flows) | after_job_loss]
    means = forced.groupby(["scenario", *by], observed=True, as_index=False)[list(COUNTS)].sum()
    n = (
        means["scenario"]
        .map({name: len(results.replications(name)) for name in results.scenarios})
        .astype(float)
    )
    means[list(COUNTS)] = means[list(COUNTS)].div(n, axis=0)
    return means


def _parameters(results: Results) -> dict[str, float]:
    """Return the parameters of the first run, which are those of all unless they were drawn."""
    from sim.parameters.for_run import is_drawn

    if is_drawn(str(results.meta["parameters"])):
        return {}
    first = results.scenarios[0]
    return dict(results.manifest(first, results.replications(first)[0]).get("parameters", {}))


def _missing(pd: Any, value: Any) -> bool:
    return value is None or (not isinstance(value, (list, dict, tuple)) and bool(pd.isna(value)))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
