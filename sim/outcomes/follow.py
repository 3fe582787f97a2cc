"""Follow households from the end of a year to that of the year after next: what orders did to them meanwhile.

At the end of each year every household with a home of its own is described: a cohort. What befalls it in the
following year says which group it belongs to (`Fate`); at the end of the year after that, four to seven
quarters after the event, it is described again. So work that was lost with a stall, a dearer room or a longer
way shows, which the quarter of the move does not show yet.

Stayers live on in a zone where orders took a larger share of homes and premises than in the city as a whole,
receivers in one that took in more displaced households for each of its own than the city as a whole; a zone
that is both counts as what it is more, both against the city. The rule has no parameter. Recording draws no
random number: where there are more than `FOLLOWED` households, those are followed whose key ends in zeros.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import format_quarter, quarter_of_year
from sim.city.panel import Panel
from sim.city.wages import pensions, wage_levels
from sim.codes import N_ZONES, DwellingClass, Hukou, MoveCause, Premises, Tenure
from sim.data.words import in_words, of_codes
from sim.kernels.blocks import run_blocks
from sim.kernels.follow import compare, observe, tell_apart
from sim.outcomes.followed import AGE_GROUPS, ALL, COUNTS, FATES, INCOME_GROUPS, KEYS, OUTCOMES
from sim.processes.moves import CHILDREN, DISPLACED_CAUSES, PERSONS, TO_HEBEI_TIANJIN

if TYPE_CHECKING:
    import pandas as pd

    from sim.agents.households import Households
    from sim.city.state import City

FOLLOWED = 1_000_000
"""Households beyond which a part of them is followed; the displaced of a year are a few per cent of them."""
SHAPE = (len(Hukou), len(INCOME_GROUPS), len(Tenure), len(AGE_GROUPS))
N_PROFILES = int(np.prod(SHAPE))
QUARTERS = 4
_ROWS = 1 << 20  # households looked through at a time, so that the whole city takes no more memory
_MOVES = ("cause", "forced", "destination", "settled", "was")


class Fate(IntEnum):
    """Name what befell a household in the year after it was described, in the order of `FATES`."""

    UNTOUCHED = 0
    DISPLACED_HOME = 1
    DISPLACED_WORK = 2
    STAYER = 3
    RECEIVER = 4
    OTHER = 5


NOT_DISPLACED = (Fate.STAYER, Fate.RECEIVER, Fate.OTHER)
FOLLOWED_ALL, HOUSED, SHARING, LEFT, LEFT_KEEPS_JOB = range(len(OUTCOMES))
"""Places in `OUTCOMES`."""


@dataclass
class Cohort:
    """Hold one year's panel with what happened since; counts are of those followed.

    `counts` (6, 5, 72, 3) sums households, persons and children by fate, outcome and profile; `taken` and
    `received` (343,) what orders took and who was taken in during the year after `quarter`, `places` and
    `households` what there was.
    """

    quarter: int
    panel: Panel
    places: np.ndarray
    households: np.ndarray
    taken: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    received: np.ndarray = field(default_factory=lambda: np.zeros(N_ZONES))
    counts: np.ndarray = field(default_factory=lambda: np.zeros((len(Fate), len(OUTCOMES), N_PROFILES, 3)))


class FollowUp:
    """Follow the households of one run; `cohorts` holds at most two, the older first."""

    def __init__(self) -> None:
        self.cohorts: list[Cohort] = []
        self._done: list[tuple[int, int, np.ndarray, np.ndarray]] = []

    def add(self, city: City, income_edges: np.ndarray, moves: dict[str, np.ndarray] | None) -> None:
        """Take up a quarter's moves, and at the end of a year close a cohort and open the next."""
        if moves is not None:
            moves = moves | {"settled": _settled(moves)}
            self._note_moves(city, _of_followed(city, moves))
        if self.cohorts:
            self._note_places(city, moves)
        if quarter_of_year(city.quarter) != QUARTERS:
            return
        for cohort in self.cohorts:
            if city.quarter - cohort.quarter == QUARTERS:
                _tell_apart(cohort, city)
        now = self._describe(city, income_edges)
        for cohort in self.cohorts:
            if city.quarter - cohort.quarter == 2 * QUARTERS:
                part = _every(city)
                self._done.append((cohort.quarter, city.quarter, *_compare(cohort, now, part)))
        self.cohorts = [c for c in self.cohorts if city.quarter - c.quarter < 2 * QUARTERS] + [now]
        city.scratch["panels"] = [cohort.panel for cohort in self.cohorts]

    def _note_moves(self, city: City, moves: dict[str, np.ndarray]) -> None:
        for cohort in self.cohorts:
            entry = cohort.panel.find(moves["row"])
            known = np.flatnonzero(entry >= 0)
            chosen = {name: moves[name][known] for name in _MOVES}
            _note(cohort, entry[known], chosen, city.quarter - cohort.quarter <= QUARTERS)

    def _note_places(self, city: City, moves: dict[str, np.ndarray] | None) -> None:
        """Sum what orders took this quarter, and who was taken in, by zone."""
        cohort = self.cohorts[-1]
        for removed in city.dwellings.removed.values():
            cohort.taken += removed.sum(axis=1)
        cohort.taken += city.land.premises_removed.sum(axis=1)
        # Markets give their stalls up themselves; those that an order took at once are among the removed.
        stalls = (city.land.premises_before - city.land.premises)[:, Premises.STALL]
        cohort.taken += np.maximum(stalls - city.land.premises_removed[:, Premises.STALL], 0.0)
        if moves is not None:
            taken_in = moves["settled"] & np.isin(moves["cause"], DISPLACED_CAUSES)
            taken_in &= moves["destination"] != moves["origin"]
            cohort.received += np.bincount(moves["destination"][taken_in], minlength=N_ZONES)

    def _describe(self, city: City, income_edges: np.ndarray) -> Cohort:
        """Return a new cohort: every household, or one of so many, as it is now."""
        homes = city.households
        panel = Panel.of(_rows_to_follow(homes, _every(city)))
        before = max(city.quarter - 2 * QUARTERS, 0)
        run_blocks(
            observe,
            len(panel.row),
            city.threads,
            panel.row,
            city.residents.arrays(),
            homes.arrays(),
            wage_levels(city),
            wage_levels(city, before),
            city.path("wage_index"),
            pensions(city),
            pensions(city, before),
            city.minutes,
            city.quarter,
            income_edges,
            panel.profile,
            panel.housed,
            panel.zone,
            panel.persons,
            panel.workers,
            panel.income,
            panel.income_before,
            panel.rent,
            panel.commute,
        )
        if self.cohorts:
            last = self.cohorts[-1].panel
            entry = last.find(panel.row)
            known = entry >= 0
            panel.moves_before[known] = last.moves[entry[known]]
        places = city.dwellings.stock.sum(axis=1) + city.land.premises.sum(axis=1)
        return Cohort(city.quarter, panel, places, city.dwellings.occupied.sum(axis=1).astype(float))

    def table(self) -> pd.DataFrame:
        """Return the sums of every cohort that was seen again, by `KEYS`; counts of the sample."""
        return _frame(self._done)


def _every(city: City) -> int:
    """Return of how many households one is followed: a power of two, 1 for samples up to a ninth."""
    full = 9e6  # households in the years of the campaign, rooms of dormitories among them, in round figures
    return 1 << max(int(np.ceil(np.log2(full * city.sample / FOLLOWED))), 0)


def _rows_to_follow(homes: Households, every: int) -> np.ndarray:
    """Return the rows of the households to follow, students' rooms left out; a part of the rows a time."""
    found = []
    for first in range(0, homes.n_rows, _ROWS):
        part = slice(first, min(first + _ROWS, homes.n_rows))
        here = (homes.n_persons[part] > 0) & (homes.dwelling_class[part] != DwellingClass.CAMPUS_DORM)
        if every > 1:
            here &= homes.draw_key[part] % np.uint64(every) == 0
        found.append(first + np.flatnonzero(here))
    return np.concatenate(found)


def _of_followed(city: City, moves: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the moves of the households that may be followed."""
    every = _every(city)
    if every == 1:
        return moves
    mine = np.flatnonzero(city.households.draw_key[moves["row"]] % np.uint64(every) == 0)
    return {name: moves[name][mine] for name in (*_MOVES, "row")}


def _settled(moves: dict[str, np.ndarray]) -> np.ndarray:
    """Return which moves ended in a home in Beijing; not those of students with their campus."""
    housed = (moves["destination"] >= 0) & ~np.isnan(moves["rent_after"])
    return np.asarray(housed & (moves["cause"] != MoveCause.CAMPUS))


def _note(cohort: Cohort, place: np.ndarray, moves: dict[str, np.ndarray], first_year: bool) -> None:
    """Mark whom an order displaced, in the first year, and count moves and who leaves."""
    panel = cohort.panel
    if first_year:
        by_work = (moves["cause"] == MoveCause.JOB_LOSS_ORDER) & ~moves["forced"]
        fate = np.where(moves["forced"], Fate.DISPLACED_HOME, np.where(by_work, Fate.DISPLACED_WORK, 0))
        new = np.flatnonzero((fate > 0) & (panel.fate[place] == Fate.UNTOUCHED) & panel.housed[place])
        panel.fate[place[new]] = fate[new]
        _count(cohort, FOLLOWED_ALL, place[new], *_people(moves, new))
    housed = place[moves["settled"]]
    panel.moves[housed] = np.minimum(panel.moves[housed].astype(np.int64) + 1, 255)
    left = np.flatnonzero(moves["destination"] < 0)
    keeps = moves["destination"][left] == TO_HEBEI_TIANJIN
    for outcome, gone in ((LEFT, left[~keeps]), (LEFT_KEEPS_JOB, left[keeps])):
        _count(cohort, outcome, place[gone], *_people(moves, gone))


def _people(moves: dict[str, np.ndarray], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return persons and children of some moves."""
    return moves["was"][rows, PERSONS], moves["was"][rows, CHILDREN]


def _count(cohort: Cohort, outcome: int, place: np.ndarray, *people: np.ndarray) -> None:
    """Add households, their persons and, where they are known, children to the counts of an outcome."""
    if not len(place):
        return
    where = _cell(cohort.panel, place)
    for column, weights in enumerate((None, *people)):
        total = np.bincount(where, weights, len(Fate) * N_PROFILES).reshape(len(Fate), N_PROFILES)
        cohort.counts[:, outcome, :, column] += total


def _cell(panel: Panel, place: np.ndarray) -> np.ndarray:
    """Return fate and profile of entries as one number."""
    return np.asarray(panel.fate[place].astype(np.int64) * N_PROFILES + panel.profile[place])


def zone_groups(cohort: Cohort) -> np.ndarray:
    """Return what those who were not displaced are by zone: stayers, receivers or others, u1 (343,)."""

    def against_city(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
        share = np.divide(part, whole, out=np.zeros(N_ZONES), where=whole > 0)
        total = part.sum() / max(float(whole.sum()), 1.0)
        return np.asarray(share / total if total > 0 else share)

    hit = against_city(cohort.taken, cohort.places)
    received = against_city(cohort.received, cohort.households)
    group = np.where((hit > 1) & (hit >= received), Fate.STAYER, Fate.OTHER)
    return np.where((received > 1) & (received > hit), Fate.RECEIVER, group).astype(np.uint8)


def _tell_apart(cohort: Cohort, city: City) -> None:
    """Say of those whom no order displaced what they are: they live on in the zone they lived in, or not."""
    panel = cohort.panel
    counts = np.zeros((len(Fate), N_PROFILES, 2))
    tell_apart(
        panel.row,
        panel.housed,
        panel.zone,
        panel.profile,
        city.households.arrays(),
        zone_groups(cohort),
        int(Fate.OTHER),
        panel.fate,
        counts,
    )
    cohort.counts[:, FOLLOWED_ALL, :, :2] += counts


def _compare(cohort: Cohort, now: Cohort, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of fate, outcome and profile, and the sums of `COUNTS` for each, of one cohort.

    Those whom no order displaced stand together, under a profile of their own after the others.
    """
    before, after = cohort.panel, now.panel
    entry = after.find(before.row)
    housed, sharing = np.zeros((len(Fate), N_PROFILES, 13)), np.zeros((len(Fate), N_PROFILES, 2))
    compare(
        entry,
        before.fate,
        before.profile,
        (before.rent, before.income, before.commute, before.workers, before.moves_before),
        (after.rent, after.income, after.commute, after.workers, after.income_before),
        after.housed,
        after.persons,
        before.moves,
        housed,
        sharing,
    )
    sums = np.zeros((len(Fate), len(OUTCOMES), N_PROFILES, len(COUNTS)))
    sums[..., :3] = cohort.counts
    sums[Fate.UNTOUCHED] = 0.0
    sums[:, HOUSED, :, :2], sums[:, HOUSED, :, 3 : 3 + 11] = housed[..., :2], housed[..., 2:]
    sums[:, SHARING, :, :2] = sharing
    _expect(sums[:, HOUSED])
    table = np.concatenate([sums, np.zeros_like(sums[:, :, :1])], axis=2)
    table[list(NOT_DISPLACED), :, -1] = sums[list(NOT_DISPLACED)].sum(axis=2)
    table[list(NOT_DISPLACED), :, :-1] = 0.0
    code = np.flatnonzero(table[..., 0].ravel())
    return code, table.reshape(-1, len(COUNTS))[code] * every


def _expect(housed: np.ndarray) -> None:
    """Fill in what the displaced are expected to have: what they had, and the change of others alike.

    `housed` (6, 72, columns) holds the sums of `COUNTS` by fate and profile. Direct standardisation: each
    profile of the displaced gets the mean change of those of the same profile whom no order displaced.
    """
    others = housed[list(NOT_DISPLACED)].sum(axis=0)
    number = others[:, 0]
    for name in COUNTS:
        if "_expected" in name:
            before = COUNTS.index(name.replace("_expected", "_before").replace("_same_wages", ""))
            after = COUNTS.index(name.replace("_expected", "_after"))
            total = others[:, after] - others[:, before]
            change = np.divide(total, number, out=np.zeros(N_PROFILES), where=number > 0)
            for fate in (Fate.DISPLACED_HOME, Fate.DISPLACED_WORK):
                column = housed[fate, :, before] + housed[fate, :, 0] * change
                housed[fate, :, COUNTS.index(name)] = column
    for fate in NOT_DISPLACED:
        housed[fate, :, [COUNTS.index(name) for name in COUNTS if "_expected" in name]] = np.nan


def _frame(done: list[tuple[int, int, np.ndarray, np.ndarray]]) -> pd.DataFrame:
    import pandas as pd

    if not done:
        return pd.DataFrame({name: [] for name in KEYS} | {name: np.zeros(0, dtype=float) for name in COUNTS})
    code = np.concatenate([codes for _, _, codes, _ in done])
    sums = np.concatenate([total for *_, total in done])
    of_quarter = np.repeat(np.arange(len(done)), [len(codes) for _, _, codes, _ in done])
    fate, outcome, profile = np.unravel_index(code, (len(Fate), len(OUTCOMES), N_PROFILES + 1))
    who = np.unravel_index(np.minimum(profile, N_PROFILES - 1), SHAPE)
    labels: tuple[Any, ...] = (
        ["local", "non_local"],
        INCOME_GROUPS,
        [tenure.name.lower() for tenure in Tenure],
        AGE_GROUPS,
    )
    columns: dict[str, Any] = {
        "quarter_before": in_words([format_quarter(q) for q, *_ in done], of_quarter),
        "quarter_after": in_words([format_quarter(q) for _, q, *_ in done], of_quarter),
        "fate": of_codes(fate.astype(np.int8), FATES),
        "outcome": of_codes(outcome.astype(np.int8), OUTCOMES),
    }
    for name, codes, names in zip(KEYS[4:], who, labels, strict=True):
        known = np.where(profile == N_PROFILES, len(names), codes)
        columns[name] = of_codes(known.astype(np.int8), (*names, ALL))
    return pd.DataFrame(columns | {name: sums[:, k] for k, name in enumerate(COUNTS)})
