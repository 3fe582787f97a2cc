"""Say from follow-ups how groups fared: by hand, against others alike, and with nothing from old stores."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from sim.outcomes.equity import by_group, follow_up, worst_hit
from sim.outcomes.followed import BY_GROUP, COUNTS, FOLLOW_UP, KEYS, scaled
from sim.outcomes.sums import Sums
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store


def row(fate: str, outcome: str, run: int = 1, **changes: object) -> dict[str, object]:
    """Return ten households of two persons each, alike before and after unless changes say otherwise."""
    known = outcome == "housed"
    sums = dict.fromkeys(COUNTS, 0.0) | {"households": 10.0, "persons": 20.0}
    for when in ("before", "after", "expected"):
        sums |= {f"rent_{when}": 10_000.0, f"income_{when}": 50_000.0, f"commute_{when}": 600.0}
        sums |= {f"workers_{when}": 20.0, f"moves_{when}": 1.0}
    sums |= {"income_after_same_wages": 50_000.0, "income_expected_same_wages": 50_000.0}
    made = {name: sums[name] if known or name in COUNTS[:3] else 0.0 for name in COUNTS}
    if not fate.startswith("displaced"):
        made |= {name: float("nan") for name in COUNTS if "_expected" in name}
    who = {"hukou": "non_local", "income_group": "low", "tenure": "renter", "age_group": "35_59"}
    if not fate.startswith("displaced"):
        who = dict.fromkeys(who, "all")
    where = {"quarter_before": "2016Q4", "quarter_after": "2018Q4", "fate": fate, "outcome": outcome}
    return {"scenario": "executed", "replication": run, **where, **who, **made, **changes}


ROWS = [
    row("displaced_home", "followed", households=20.0, persons=50.0, children=6.0),
    row("displaced_home", "housed", rent_after=20_000.0, income_after=62_500.0, rent_expected=11_000.0),
    row("displaced_home", "left", households=6.0, persons=15.0),
    row("displaced_home", "left_keeps_job", households=1.0, persons=2.0),
    row("displaced_home", "sharing", households=2.0, persons=4.0),
    row("displaced_work", "followed", hukou="local", households=10.0, persons=30.0),
    row("displaced_work", "housed", hukou="local", commute_after=800.0, commute_expected=640.0),
    row("displaced_home", "followed", run=2, persons=20.0),
    row("displaced_home", "housed", run=2, moves_after=6.0),
    row("stayer", "housed", rent_after=12_500.0),
    row("stayer", "housed", run=2),
    row("displaced_home", "housed", quarter_before="2013Q4", rent_after=1e9),
]


class FewFollowed:
    """Hold some rows as a store does."""

    def follow_up(
        self, scenario: str | Sequence[str] | None = None, *, by: Sequence[str] = (), since: str = "2011Q1"
    ) -> pd.DataFrame:
        """Return sums."""
        rows = pd.DataFrame(ROWS)
        rows = rows[(rows["scenario"] == scenario) & (rows["quarter_before"] >= str(int(since[:4]) - 1))]
        return rows.groupby(["scenario", "replication", *by], as_index=False)[list(COUNTS)].sum(min_count=1)

    def sums(
        self, _table: str, numbers: Sequence[str], by: Sequence[str], scenario: str, *, since: str
    ) -> Sums:
        """Return them as arrays."""
        return Sums.of(self.follow_up(scenario, by=by, since=since), by, numbers, (1, 2))


class Nothing:
    """Hold no row."""

    def follow_up(self, _scenario: object = None, *, by: Sequence[str] = (), since: str = "") -> pd.DataFrame:
        """Return the columns alone."""
        del since
        return scaled(None, 1.0, by)

    def sums(self, _table: str, numbers: Sequence[str], by: Sequence[str], *_: object, **__: object) -> Sums:
        """Return no combination."""
        return Sums.of(self.follow_up(by=by), by, numbers, ())


def test_groups_before_and_after_by_hand() -> None:
    table = follow_up(FewFollowed(), "executed")
    assert tuple(table.columns) == FOLLOW_UP
    assert list(table["group"].unique()) == ["displaced", "stayers"], "nobody took the displaced in here"
    rows = table.set_index(["group", "measure"])
    burden = rows.loc["displaced", "rent_burden"]
    # Run 1: 20 of 100 thousand before, 30 of 112.5 after; run 2: as before.
    assert (burden["before"], burden["after"]) == pytest.approx((0.2, (30 / 112.5 + 0.2) / 2))
    assert (burden["low"], burden["high"]) == pytest.approx((0.0, 30 / 112.5 - 0.2))
    assert burden["against_others"] == pytest.approx((30 / 112.5 - 21 / 100) / 2)
    assert burden["n_households"] == 15
    commute = rows.loc["displaced", "commute_minutes"]
    assert (commute["before"], commute["change"]) == pytest.approx((30.0, 5.0 / 2))
    assert commute["against_others"] == pytest.approx((35.0 - 31.0) / 2)
    assert rows.loc[("displaced", "moves"), "after"] == pytest.approx((0.1 + 0.6) / 2)
    assert rows.loc[("displaced", "income"), "change"] == 0, "at the wages of before"
    assert rows.loc[("stayers", "rent_burden"), "change"] == pytest.approx(0.025)
    assert pd.isna(rows.loc[("stayers", "rent_burden"), "against_others"])
    assert set(table["unit"]) == {"share", "CNY/month", "minutes", "moves/year"}


def test_the_displaced_by_group_and_who_left() -> None:
    table = by_group(FewFollowed(), "executed")
    assert tuple(table.columns) == BY_GROUP
    rows = table.set_index(["dimension", "group", "measure"])["estimate"]
    assert rows["all", "all", "persons"] == (80 + 20) / 2
    assert rows["hukou", "local", "persons"] == 30 / 2, "a run without them counts"
    assert rows["hukou", "non_local", "left_city"] == pytest.approx((15 / 50 + 0) / 2), "not who kept the job"
    assert rows["hukou", "non_local", "sharing"] == pytest.approx((2 / 20 + 0) / 2)
    assert rows["all", "all", "children"] == 6 / 2
    assert {"hukou", "income_group", "tenure", "age_group", "hukou+income_group", "all"} == set(
        table["dimension"]
    )


def test_the_worst_hit_is_named_against_others_alike() -> None:
    worst = worst_hit(FewFollowed(), "executed")
    assert (worst["dimension"], worst["group"]) == ("hukou", "non_local")
    # Of 5,000 a household rent took 32 % after and not 22 % as expected, in one run of two; 20 % before.
    assert worst["value"] == pytest.approx(100 * (5000 * (0.68 - 0.78) / 2) / 4000)
    assert worst["measures"]["rent_burden"]["before"] == pytest.approx(0.2)
    assert worst["measures"]["persons"]["before"] is None
    assert worst["most_leaving"]["value"] == pytest.approx(0.15)


def test_nothing_followed_has_nothing_to_say() -> None:
    assert follow_up(Nothing(), "executed").empty
    assert tuple(by_group(Nothing(), "executed").columns) == BY_GROUP
    assert worst_hit(Nothing(), "executed") == {}


def test_a_store_keeps_follow_ups_and_opens_without_them(tmp_path: Path) -> None:
    store = make_demo_store(tmp_path / "store", replications=2, until="2018Q4")
    found = load_results(store)
    name = found.scenarios[0]
    assert found.follow_up(name, by=["fate"]).empty
    assert tuple(follow_up(found, name).columns) == FOLLOW_UP
    assert found.people(name)["followed"] == []
    frame = pd.DataFrame(ROWS).drop(columns=["scenario", "replication"])[[*KEYS, *COUNTS]]
    for folder in (store / "runs" / name).iterdir():
        frame.assign(scenario=name, replication=int(folder.name)).to_parquet(folder / "follow_up.parquet")
    again = load_results(store)
    assert follow_up(again, name)["n_households"].iloc[0] == pytest.approx(30 / again.sample)
    assert again.people(name)["income"]["unit"] == "CNY/month"
