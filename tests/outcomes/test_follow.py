"""Follow households: who was displaced is known at the event, how they live is read years later."""

from types import SimpleNamespace

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.city.panel import Panel
from sim.codes import N_ZONES, Activity, Education, Hukou, MoveCause
from sim.outcomes import follow
from sim.outcomes.follow import COUNTS, Cohort, Fate, FollowUp
from sim.processes.moves import (
    CHILDREN,
    COMMUTE,
    INCOME,
    PERSONS,
    TO_HEBEI_TIANJIN,
    TO_REST_OF_CHINA,
    WORKERS,
    describe,
)

HOME_1, HOME_2, WORK, STAYS, GOES = range(5)
"""Five households alike: two lose the home, one the work, one lives on there, one moves by choice."""


def column(sums: np.ndarray, name: str) -> np.ndarray:
    return sums[..., COUNTS.index(name)]


def cohort(zone: int = 0) -> Cohort:
    panel = Panel.of(np.arange(5))
    panel.housed[:] = True
    panel.zone[:] = zone
    panel.workers[:] = 1
    panel.income[:] = [4000, 6000, 5000, 5000, 5000]
    panel.rent[:] = [400, 600, 500, 500, 500]
    panel.commute[:] = 30
    panel.moves_before[:] = [1, 0, 0, 0, 2]
    return Cohort(4, panel, np.full(N_ZONES, 100.0), np.full(N_ZONES, 50.0))


def moves(**columns: object) -> dict[str, np.ndarray]:
    made = {name: np.asarray(values) for name, values in columns.items()}
    n = len(made["row"])
    was = np.zeros((n, 12))
    was[:, PERSONS], was[:, CHILDREN] = 3.0, 1.0
    return {"was": was, "forced": np.zeros(n, dtype=bool), "settled": made["destination"] >= 0} | made


def note(of: Cohort, *, first_year: bool = True, **columns: object) -> None:
    quarter = moves(**columns)
    row = quarter.pop("row")
    follow._note(of, of.panel.find(row), quarter, first_year)


def test_fates_and_outcomes_by_hand() -> None:
    then = cohort()
    demolished, lost = int(MoveCause.DEMOLISH), int(MoveCause.JOB_LOSS_ORDER)
    note(
        then,
        row=[HOME_1, HOME_2, WORK, GOES],
        cause=[demolished, demolished, lost, int(MoveCause.VOLUNTARY)],
        forced=[True, True, False, False],
        destination=[7, TO_REST_OF_CHINA, TO_HEBEI_TIANJIN, 8],
    )
    assert then.panel.fate.tolist() == [Fate.DISPLACED_HOME, Fate.DISPLACED_HOME, Fate.DISPLACED_WORK, 0, 0]
    # A second order in the year does not displace a household anew, and later ones are of the next cohort.
    note(then, row=[HOME_1], cause=[demolished], forced=[True], destination=[9])
    note(then, row=[STAYS], cause=[demolished], forced=[True], destination=[9], first_year=False)
    total = then.counts[..., 0].sum(axis=2)
    assert total[Fate.DISPLACED_HOME].tolist() == [2, 0, 0, 1, 0]
    assert total[Fate.DISPLACED_WORK].tolist() == [1, 0, 0, 0, 1]
    assert then.counts[Fate.DISPLACED_HOME, follow.FOLLOWED_ALL, 0].tolist() == [2, 6, 2]
    assert then.panel.moves.tolist() == [2, 0, 0, 1, 1]


def test_before_and_after_by_hand() -> None:
    then, now = cohort(), cohort()
    then.panel.fate[:] = [
        Fate.DISPLACED_HOME,
        Fate.DISPLACED_HOME,
        Fate.DISPLACED_WORK,
        Fate.STAYER,
        Fate.OTHER,
    ]
    then.panel.moves[:] = [3, 1, 1, 0, 2]
    now.quarter = 12
    now.panel.row = np.array([HOME_1, WORK, STAYS, GOES, 9], dtype=np.int32)  # the second is gone, one is new
    now.panel.housed[:] = [True, False, True, True, True]
    now.panel.persons[:] = [3, 2, 4, 1, 1]
    now.panel.income[:] = [4500, 5000, 7500, 6250, 1]
    # wages rose by a quarter, those of the one who stays by more
    now.panel.income_before[:] = [3600, 4000, 5400, 5000, 1]
    now.panel.rent[:] = [900, 0, 700, 500, 1]
    now.panel.commute[:] = [50, 30, 30, 40, 1]
    code, sums = follow._compare(then, now, every=1)
    table = np.zeros((len(Fate), 5, follow.N_PROFILES + 1, len(COUNTS)))
    table.reshape(-1, len(COUNTS))[code] = sums
    home = table[Fate.DISPLACED_HOME, follow.HOUSED, 0]
    expected = {
        "households": 1, "persons": 3, "rent_before": 400, "rent_after": 900, "income_before": 4000,
        "income_after": 4500, "income_after_same_wages": 3600, "commute_before": 30, "commute_after": 50,
        "workers_before": 1, "workers_after": 1, "moves_before": 1, "moves_after": 1.5,
        # The two who were not displaced got 1,875 more income (200 at the wages of then), 100 more rent, 5
        # minutes, and one move a year less than the one before that: half of two moves and none, less two.
        "income_expected": 5875, "income_expected_same_wages": 4200, "rent_expected": 500,
        "commute_expected": 35, "workers_expected": 1, "moves_expected": 0.5,
    }  # fmt: skip
    assert {name: float(column(home, name)) for name in expected} == pytest.approx(expected)
    work = table[Fate.DISPLACED_WORK]
    assert column(work[follow.SHARING, 0], "households") == 1
    assert column(work[follow.SHARING, 0], "persons") == 2
    assert column(work[follow.HOUSED, 0], "households") == 0
    assert column(table[Fate.STAYER, follow.HOUSED, -1], "income_after_same_wages") == 5400
    assert column(table[:, follow.HOUSED], "households").sum() == 3


def test_a_zone_is_what_it_is_more_against_the_city() -> None:
    then = cohort()
    then.taken[:4] = [10.0, 10.0, 10.0, 0.0]  # of 100 places in each zone; the city lost 30 of 34,300
    then.received[:4] = [0.0, 20.0, 1.0, 1.0]  # of 50 households; the city took in 22 of 17,150
    # 10 % against 0.087 % is 114 times, 40 % against 0.13 % is 312 times, 2 % is 16 times the city's share.
    groups = follow.zone_groups(then)
    assert groups[:5].tolist() == [Fate.STAYER, Fate.RECEIVER, Fate.STAYER, Fate.RECEIVER, Fate.OTHER]
    then.taken[:], then.received[:] = 0.0, 0.0
    assert (follow.zone_groups(then) == Fate.OTHER).all()


def test_who_moved_away_is_no_stayer(base_model) -> None:
    city = base_model.city
    homes = city.households
    rows = np.flatnonzero(homes.alive())[:3]
    then = cohort()
    then.panel = Panel.of(rows)
    then.panel.housed[:] = [True, True, False]
    then.panel.zone[:] = homes.zone[rows]
    then.panel.zone[1] = (homes.zone[rows[1]] + 1) % N_ZONES
    then.taken[homes.zone[rows[0]]] = 1.0
    follow._tell_apart(then, city)
    assert then.panel.fate.tolist() == [Fate.STAYER, Fate.OTHER, Fate.UNTOUCHED]
    persons = then.counts[Fate.STAYER, follow.FOLLOWED_ALL, :, 1].sum()
    assert persons == homes.n_persons[rows[0]]


def test_a_household_is_described_as_movers_are(base_model) -> None:
    city = base_model.city
    panel = base_model.record.follow.cohorts[-1].panel
    was = describe(city, panel.row.astype(np.int64))
    for name, place in (("income", INCOME), ("commute", COMMUTE), ("workers", WORKERS), ("persons", PERSONS)):
        np.testing.assert_allclose(getattr(panel, name), was[:, place], rtol=1e-6, err_msg=name)
    np.testing.assert_array_equal(panel.rent, city.households.rent_cny_month[panel.row])
    hukou, third, tenure, age = np.unravel_index(panel.profile, follow.SHAPE)
    np.testing.assert_array_equal(hukou, was[:, 5])
    np.testing.assert_array_equal(tenure, city.households.tenure[panel.row])
    np.testing.assert_array_equal(age, np.digitize(was[:, 8], (35, 60)))
    assert np.bincount(third, minlength=3) / len(third) == pytest.approx([1 / 3] * 3, abs=0.05)


def test_income_at_the_wages_of_two_years_before_is_that_of_each_groups_own(open_model) -> None:
    model = open_model()
    model.run(until="2013Q4")
    city, panel = model.city, model.record.follow.cohorts[-1].panel
    people, head = city.residents, city.households.first_member[panel.row]
    alone = (panel.persons == 1) & (people.activity[head] == Activity.EMPLOYED)
    migrant = (people.hukou[head] == Hukou.NON_LOCAL) & (people.education[head] < Education.JUNIOR_COLLEGE)
    for group, path in ((alone & migrant, "migrant_wage_index"), (alone & ~migrant, "wage_index")):
        assert group.any()
        grown = city.paths.value(path, 12) / city.paths.value(path, 4)
        np.testing.assert_allclose(panel.income[group] / panel.income_before[group], grown, rtol=1e-5)


def test_large_samples_follow_a_part() -> None:
    every = [follow._every(SimpleNamespace(sample=sample)) for sample in (0.002, 0.1, 0.25, 1.0)]
    assert every == [1, 1, 4, 16]


def test_entries_stay_with_their_households_through_packing(open_model) -> None:
    model = open_model()
    city = model.city
    first = model.record.follow.cohorts[0].panel
    keys = city.households.draw_key[first.row].copy()
    model.run(until="2012Q3")
    assert len(first.row) < len(keys), "rows were packed on the way"
    here = city.households.draw_key[first.row]
    assert np.isin(here, keys).all()
    place = {int(key): n for n, key in enumerate(keys)}
    assert np.all(np.diff([place[int(key)] for key in here]) > 0)


def test_following_changes_nothing_else(open_model, monkeypatch) -> None:
    followed = open_model("executed-2017-2020")
    followed.run(until="2012Q1")
    monkeypatch.setattr(FollowUp, "add", lambda *_: None)
    alone = open_model("executed-2017-2020")
    alone.run(until="2012Q1")
    assert alone.checksum() == followed.checksum()
    assert len(followed.record.follow.cohorts) == 2
    assert not alone.record.follow.cohorts


def test_the_displaced_of_a_year_are_those_of_the_flows(measured_model) -> None:
    table, flows = measured_model.follow_up(), measured_model.flows()
    assert set(table["quarter_after"]) == {"2012Q4", "2013Q4", "2014Q4", "2015Q4"}
    moved = flows[flows["forced"]]
    forced = moved.groupby(moved["quarter"].astype(str).str[:4])["households"].sum()
    followed = {}
    for year in ("2011", "2012", "2013", "2014"):
        of_year = table[table["quarter_before"] == f"{int(year) - 1}Q4"]
        homes = of_year.groupby(["fate", "outcome"], observed=True)["households"].sum()
        followed[year] = homes["displaced_home", "followed"]
        assert followed[year] <= forced[year]
        parts = homes["displaced_home"].drop("followed").sum()
        assert 0.85 * followed[year] <= parts <= followed[year]
        assert {"stayer", "receiver", "other"} <= set(homes.index.get_level_values(0))
    # Who came to Beijing in the year, or had no home of their own when it began, was not described before it:
    # no villagers, but a fifth of the tenants.
    assert sum(followed.values()) >= 0.8 * forced[list(followed)].sum()


def test_a_model_taken_up_again_follows_the_same_households(open_model, tmp_path) -> None:
    whole = open_model("executed-2017-2020")
    whole.run(until="2012Q2")
    whole.save(tmp_path / "kept")
    again = type(whole).load(tmp_path / "kept")
    panels = again.city.scratch["panels"]
    assert [id(panel) for panel in panels] == [id(cohort.panel) for cohort in again.record.follow.cohorts]
    for model in (whole, again):
        model.run(until="2013Q4")
    assert_frame_equal(whole.follow_up(), again.follow_up())
    assert len(again.follow_up()["quarter_after"].unique()) == 2
    again.close()


def test_a_part_of_the_households_is_chosen_by_key_block_by_block(base_model, monkeypatch) -> None:
    homes = base_model.city.households
    monkeypatch.setattr(follow, "_ROWS", 1000)
    rows = follow._rows_to_follow(homes, 4)
    everybody = base_model.record.follow.cohorts[0].panel.row
    assert np.isin(rows, everybody).all()
    assert (homes.draw_key[rows] % np.uint64(4) == 0).all()
    assert len(rows) == pytest.approx(len(everybody) / 4, rel=0.05)
    np.testing.assert_array_equal(follow._rows_to_follow(homes, 1), everybody)


def test_a_part_stands_for_all(open_model, measured_model, monkeypatch) -> None:
    monkeypatch.setattr(follow, "FOLLOWED", 9e6 * measured_model.sample / 4)
    part = open_model("executed-2017-2020")
    part.run(until="2012Q4")
    first = part.follow_up()
    whole = measured_model.follow_up()
    whole = whole[whole["quarter_before"] == "2010Q4"]
    assert len(part.record.follow.cohorts[-1].panel.row) < 0.3 * part.households.count()
    for outcome in ("followed", "housed", "left"):
        found, all_of = (frame[frame["outcome"] == outcome]["households"].sum() for frame in (first, whole))
        three_errors = 3.0 * (3.0 / all_of) ** 0.5  # of a quarter, drawn at random, for all
        assert found == pytest.approx(all_of, rel=three_errors), outcome
