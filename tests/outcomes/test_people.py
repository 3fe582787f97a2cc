"""Who was moved: counts scaled once, children and leavers apart, the worst-hit group named."""

from collections.abc import Sequence

import pandas as pd
import pytest

from sim.outcomes.by_year import derived
from sim.outcomes.equity import displaced_groups, people_summary
from sim.outcomes.flows import COUNTS, before_and_after, movers, origin_destination, scale_flows
from sim.outcomes.followed import scaled
from sim.outcomes.series import SeriesBook
from sim.outcomes.sums import Sums

SAMPLE = 0.01


def flow(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "scenario": "executed",
        "replication": 1,
        "quarter": "2018Q1",
        "cause": "demolish",
        "forced": True,
        "origin": "dongcheng",
        "destination": "fengtai",
        "hukou": "non_local",
        "income_group": "low",
        "tenure": "renter",
        "settled": True,
        "households": 10.0,
        "persons": 20.0,
        "children": 3.0,
        "age_15_64": 16.0,
        "age_65_plus": 1.0,
        "rent_before": 10000.0,
        "rent_after": 15000.0,
        "income_before": 50000.0,
        "income_after": 50000.0,
        "commute_before": 300.0,
        "commute_after": 600.0,
        "workers": 15.0,
    }
    return row | changes


UNKNOWN = {"settled": False, "rent_after": 0.0, "income_after": 0.0, "commute_after": 0.0}
LEFT = {"destination": "hebei_tianjin", **UNKNOWN}
ROWS = [
    flow(),
    flow(**LEFT, persons=10.0, children=1.0),
    flow(**LEFT, hukou="local", persons=4.0, households=2.0),
    flow(hukou="local", income_group="high", rent_after=9000.0),
    flow(forced=False, cause="voluntary", persons=50.0),
    flow(forced=False, cause="departure", **LEFT, persons=30.0),
    flow(quarter="2015Q1", persons=1000.0),
    flow(replication=2, persons=40.0, children=5.0),
    # Two households find no home at once: one settles a quarter later, the other leaves.
    flow(replication=3, **UNKNOWN, destination="dongcheng", persons=6.0, children=0.0),
    flow(replication=3, forced=False, quarter="2018Q2", persons=4.0, rent_after=10000.0),
    flow(replication=3, forced=False, quarter="2018Q2", **LEFT, persons=2.0),
    flow(scenario="no-measures", persons=5.0),
    flow(scenario="no-measures", replication=2, forced=False, cause="voluntary"),
]


class FewFlows:
    """Hold some rows of flows as a store does."""

    scenarios = ("executed", "no-measures")
    until = "2020Q4"

    def replications(self, scenario: str) -> list[int]:
        """Return more replications than have flows."""
        return [1, 2, 3] if scenario == "executed" else [1, 2]

    def flows(
        self,
        scenario: str | Sequence[str] | None = None,
        *,
        by: Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> pd.DataFrame:
        """Return scaled flows, summed."""
        rows = derived(pd.DataFrame(ROWS))
        chosen = [scenario] if isinstance(scenario, str) else list(scenario or self.scenarios)
        rows = rows[rows["scenario"].isin(chosen) & (rows["quarter"] >= (since or "2011Q1"))]
        rows = rows[rows["quarter"] <= (until or self.until)]
        keys = ["scenario", "replication", *(by or [])]
        return scale_flows(rows.groupby(keys, as_index=False)[list(COUNTS)].sum(), SAMPLE)

    def follow_up(
        self, scenario: str | Sequence[str] | None = None, *, by: Sequence[str] = (), since: str = ""
    ) -> pd.DataFrame:
        """Return that nobody was followed."""
        del scenario, since
        return scaled(None, SAMPLE, by)

    def sums(
        self,
        table: str,
        numbers: Sequence[str],
        by: Sequence[str],
        scenario: str,
        *,
        since: str | None = None,
    ) -> Sums:
        """Return flows, or the follow-up, as arrays."""
        read = self.flows if table == "flows" else self.follow_up
        return Sums.of(read(scenario, by=by, since=since or ""), by, numbers, self.replications(scenario))

    def indicators(self, scenario: str | Sequence[str] | None = None, **chosen: object) -> pd.DataFrame:
        """Return the same rent burden and wage everywhere."""
        del chosen
        return pd.DataFrame(
            [
                (name, number, indicator, 0.3 if indicator == "rent_burden" else 6000.0)
                for name in ([scenario] if isinstance(scenario, str) else list(scenario or self.scenarios))
                for number in self.replications(name)
                for indicator in ("rent_burden", "income")
            ],
            columns=["scenario", "replication", "indicator", "value"],
        )

    def book(self) -> SeriesBook:
        """Return them as a book."""
        return SeriesBook(self.indicators().assign(quarter=self.until, area="beijing"))


STORE = FewFlows()


def test_counts_are_scaled_once_and_nothing_else() -> None:
    frame = pd.DataFrame([flow()])
    scaled = scale_flows(frame, SAMPLE)
    assert scaled.loc[0, "persons"] == 2000
    assert scaled.loc[0, "rent_before"] == 1e6
    assert scaled.loc[0, "replication"] == 1
    assert frame.loc[0, "persons"] == 20


def test_the_forced_their_children_and_the_leavers_by_hukou() -> None:
    found = people_summary(STORE, "executed")
    assert found["period"] == "2017Q1-2020Q4"
    # Replications 1, 2 and 3 have 54, 40 and 6 forced persons in the sample, each counted once.
    assert found["forced_to_move"]["estimate"] == pytest.approx((5400 + 4000 + 600) / 3)
    assert (found["forced_to_move"]["low"], found["forced_to_move"]["high"]) == (600, 5400)
    assert found["children"]["estimate"] == pytest.approx((1000 + 500) / 3)
    assert found["no_home_at_once"]["estimate"] == pytest.approx(600 / 3)
    assert found["forced_leavers_local"]["estimate"] == pytest.approx(400 / 3)
    # One of replication 3 left a quarter after losing the home.
    assert found["forced_leavers_non_local"]["estimate"] == pytest.approx((1000 + 200) / 3)
    assert found["leavers_non_local"]["estimate"] == pytest.approx((4000 + 200) / 3)


def test_a_replication_without_forced_moves_counts_as_zero() -> None:
    found = people_summary(STORE, "no-measures")["forced_to_move"]
    assert (found["estimate"], found["low"], found["high"]) == (250, 0, 500)


def test_differences_from_no_measures_are_paired() -> None:
    found = people_summary(STORE, "executed")
    # Common replications 1 and 2: 5400 - 500 and 4000 - 0.
    assert found["forced_to_move"]["against_no_measures"] == pytest.approx((4900 + 4000) / 2)
    assert "against_no_measures" not in people_summary(STORE, "no-measures")["forced_to_move"]


def test_the_period_may_be_chosen() -> None:
    whole = people_summary(STORE, "executed", since="2011Q1")["forced_to_move"]["estimate"]
    assert whole == pytest.approx((105400 + 4000 + 600) / 3)


def test_before_and_after_take_only_who_found_a_home() -> None:
    table = before_and_after(STORE, since="2017Q1")
    displaced = table[(table["scenario"] == "executed") & table["displaced"]].iloc[0]
    # Two moves of replication 1, one of 2 and, after sharing, one of 3 ended in a home in Beijing.
    assert displaced["households"] == pytest.approx(4000 / 3)
    assert displaced["rent_burden_before"] == pytest.approx(40000 / 200000)
    assert displaced["rent_burden_after"] == pytest.approx((15000 + 9000 + 15000 + 10000) / 200000)
    assert displaced["income_before"] == pytest.approx(5000)
    assert displaced["income_after"] == pytest.approx(5000)
    assert displaced["commute_minutes_after"] == pytest.approx(40)


def test_changes_without_displaced_are_unknown_not_zero() -> None:
    found = people_summary(STORE, "no-measures")
    assert found["rent_burden"]["estimate"] is None  # its second replication displaced nobody
    assert people_summary(STORE, "executed")["rent_burden"]["estimate"] is not None


def test_the_worst_hit_group_is_the_one_that_keeps_least_after_rent() -> None:
    groups = displaced_groups(STORE, "executed", since="2017Q1").set_index(["hukou", "income_group"])
    low = groups.loc[("non_local", "low")]
    before, after = 3 * 40000, 35000 + 35000 + 40000
    assert low["left_after_rent_change_percent"] == pytest.approx(100 * (after / before - 1))
    assert low["left_share"] == pytest.approx(12 / 76)
    assert groups["share"].sum() == pytest.approx(1)
    found = people_summary(STORE, "executed")
    assert (found["worst_hit"]["hukou"], found["worst_hit"]["income_group"]) == ("non_local", "low")
    assert found["worst_hit"]["value"] == pytest.approx(100 * (after / before - 1))
    assert (found["most_leaving"]["hukou"], found["most_leaving"]["income_group"]) == ("local", "low")
    assert found["most_leaving"]["value"] == 1


def test_origin_and_destination_are_area_groups_and_means_of_replications() -> None:
    table = origin_destination(STORE, since="2017Q1", displaced=True)
    mine = table[table["scenario"] == "executed"].set_index(["origin", "destination"])
    assert mine.loc[("core", "inner"), "persons"] == pytest.approx((2000 + 2000 + 4000 + 400) / 3)
    assert mine.loc[("core", "hebei_tianjin"), "persons"] == pytest.approx((1400 + 200) / 3)
    assert ("core", "core") not in mine.index  # sharing near by is no destination
    by_cause = movers(STORE, ["cause"], since="2017Q1").set_index(["scenario", "cause"])
    assert by_cause.loc[("executed", "voluntary"), "persons"] == pytest.approx(5000 / 3)
