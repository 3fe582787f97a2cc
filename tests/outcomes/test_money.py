"""Money: sums, who paid, what a person less costs, and how the fund stood; by invented stores and by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.outcomes.money import COST_COLUMNS, SPENDING_KEYS, cost_effectiveness, fund_balance, spending
from sim.outcomes.payers import PAYERS, with_payers
from sim.outcomes.series import SeriesBook
from sim.outcomes.sums import Sums
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

CAMPAIGN = "executed-2017-2020"
KEYS = ["scenario", "replication", "year", "credit", "debit", "district", "amount_cny"]


def payments(*rows: tuple[int, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [("s", 1, year, credit, debit, "haidian", cny) for year, credit, debit, cny in rows], columns=KEYS
    )


def paid_by(frame: pd.DataFrame) -> dict[tuple[int, str], float]:
    return split_by_payer(frame).groupby(["year", "payer"])["amount_cny"].sum().to_dict()


def split_by_payer(frame: pd.DataFrame) -> pd.DataFrame:
    return with_payers(Sums.of(frame, KEYS[2:-1], ["amount_cny"], [1])).pooled()


class ByHand:
    """Answer as a store does, from values by replication that a test sets."""

    def __init__(self, cost: dict[str, list[float]], residents: dict[str, list[float]]) -> None:
        self.cost, self.residents = cost, residents
        self.until = "2017Q1"
        self.scenarios = list(cost)

    def replications(self, scenario: str) -> list[int]:
        """Return the replications that have a cost."""
        return list(range(1, len(self.cost[scenario]) + 1))

    def sums(self, table, numbers, by, scenario, *, only=None, since=None):
        """Return forty people moved in the first replication; one payment, or one entry, in each."""
        replications = self.replications(scenario)
        if table == "flows":
            moved = pd.DataFrame(
                [(1, True, 40.0, 4.0)], columns=["replication", "forced", "persons", "children"]
            )
            return Sums.of(moved, by, numbers, replications)
        rows = [
            {
                "replication": number,
                "year": 2017,
                "credit": "campaign",
                "debit": "contractors",
            }
            | {"purpose": "work: demolish", "measure": "m", "kind": "demolish", "district": "haidian"}
            | {"amount_cny": value, "cost_cny": value, "net_persons": 10.0, "floor_area_m2": -5.0}
            for number, value in enumerate(self.cost[scenario], start=1)
            if value
        ]
        frame = pd.DataFrame(rows, columns=None if rows else ["replication", *by, *numbers])
        return Sums.of(frame, by, numbers, replications)

    def indicators(self, scenario=None, *, indicator=None, level=None, area=None, quarter=None):
        """Return residents of the core."""
        rows = [
            (name, number, quarter, "core", "residents", value)
            for name in scenario
            for number, value in enumerate(self.residents[name], start=1)
        ]
        return pd.DataFrame(
            rows, columns=["scenario", "replication", "quarter", "area", "indicator", "value"]
        )

    def book(self):
        """Return them as a book."""
        return SeriesBook(self.indicators(self.scenarios, quarter=self.until))


def a_person(cost: list[float], fewer: list[float]) -> pd.Series:
    base = [1000.0 + 100 * i for i in range(len(cost))]
    store = ByHand(
        {"base": [0.0] * len(cost), "s": cost},
        {"base": base, "s": [b - f for b, f in zip(base, fewer, strict=True)]},
    )
    frame = cost_effectiveness(store, "base", areas=("core",))
    assert tuple(frame.columns) == COST_COLUMNS
    return frame[(frame["basis"] == "paired") & (frame["per"] == "person")].iloc[0]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_results(make_demo_store(tmp_path_factory.mktemp("money"), replications=3))


def test_spending_counts_what_reaches_the_paid_once(results):
    whole = spending(results, CAMPAIGN, by=())
    assert whole[["unit", "estimate", "low", "high", "n_replications"]].to_numpy().tolist() == [
        ["CNY", 16 * 8000.0, 16 * 8000.0, 16 * 8000.0, 3]
    ]
    by_year = spending(results, CAMPAIGN, by=("kind", "district", "year"))
    assert by_year["year"].tolist() == [2017, 2018, 2019, 2020]
    assert set(by_year["kind"]) == {"demolish"}
    assert by_year["estimate"].sum() == 16 * 8000.0


def test_a_scenario_that_pays_nothing_has_nothing_spent(results):
    assert spending(results, "no-measures", by=())["estimate"].tolist() == [0.0]
    assert spending(results, "no-measures").empty


def test_spending_from_a_later_year_leaves_the_earlier_out(results):
    assert spending(results, CAMPAIGN, by=(), since="2019Q1")["estimate"].tolist() == [8 * 8000.0]


@pytest.mark.parametrize("key", SPENDING_KEYS)
def test_every_way_of_telling_apart_adds_up(results, key):
    assert spending(results, CAMPAIGN, by=(key,))["estimate"].sum() == pytest.approx(16 * 8000.0)


def test_an_unknown_key_is_refused(results):
    with pytest.raises(ValueError, match="colour"):
        spending(results, by=("colour",))


def test_a_pot_pays_in_proportion_to_what_each_put_in():
    frame = payments(
        (2017, "guidance_fund", "campaign", 60.0),
        (2017, "district_budget", "campaign", 40.0),
        (2017, "campaign", "contractors", 50.0),
    )
    assert paid_by(frame) == pytest.approx({(2017, "guidance_fund"): 30.0, (2017, "district"): 20.0})


def test_what_is_clawed_back_leaves_the_part_of_the_fund():
    frame = payments(
        (2017, "guidance_fund", "campaign", 60.0),
        (2017, "district_budget", "campaign", 40.0),
        (2017, "campaign", "guidance_fund", 60.0),
        (2017, "campaign", "contractors", 30.0),
    )
    assert paid_by(frame) == pytest.approx({(2017, "district"): 30.0})


def test_what_is_left_over_pays_in_the_next_year():
    frame = payments(
        (2016, "district_budget", "campaign", 100.0),
        (2016, "campaign", "contractors", 50.0),
        (2017, "guidance_fund", "campaign", 50.0),
        (2017, "campaign", "contractors", 20.0),
        (2017, "city_treasury", "households", 7.0),
    )
    assert paid_by(frame) == pytest.approx(
        {
            (2016, "district"): 50.0,
            (2017, "district"): 10.0,
            (2017, "guidance_fund"): 10.0,
            (2017, "city"): 7.0,
        }
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(2014, 2018),
            st.sampled_from(["guidance_fund", "district_budget", "lenders"]),
            st.floats(1.0, 1e9),
            st.floats(0.01, 0.99),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_payers_add_up_to_the_payments(moves):
    rows = [
        item
        for year, giver, cny, part in moves
        for item in ((year, giver, "campaign", cny), (year, "campaign", "firms", cny * part))
    ]
    frame = payments(*rows)
    split = split_by_payer(frame)
    wanted = frame[frame["debit"] == "firms"].groupby("year")["amount_cny"].sum()
    assert split.groupby("year")["amount_cny"].sum().to_dict() == pytest.approx(wanted.to_dict())
    assert set(split["payer"]) <= set(PAYERS)
    assert (split["amount_cny"] > 0).all()


def test_a_person_less_costs_the_whole_over_all():
    row = a_person([100.0, 120.0, 110.0], [10.0, 11.0, 9.0])
    assert row["status"] == "defined"
    assert row["estimate"] == pytest.approx(11.0)
    assert (row["low"], row["high"]) == pytest.approx((10.0, 110 / 9))
    assert row["unit"] == "CNY/person"
    assert row["forced_to_move"] == pytest.approx(40 / 3)


@pytest.mark.parametrize(
    ("cost", "fewer", "reason"),
    [
        ([100.0, 100.0], [10.0, -1.0], "the interval of the effect holds zero"),
        ([100.0, 100.0], [0.0, 0.0], "the interval of the effect holds zero"),
        ([100.0, 100.0], [-10.0, -9.0], "the effect goes the other way"),
        ([0.0, 0.0], [10.0, 9.0], "it costs no more than the base"),
        ([100.0], [10.0], "one replication gives no interval"),
    ],
)
def test_a_ratio_that_means_nothing_is_undefined(cost, fewer, reason):
    row = a_person(cost, fewer)
    assert (row["status"], row["reason"]) == ("undefined", reason)
    assert np.isnan(row["estimate"])
    assert row["cost"] == np.mean(cost)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(1.0, 1e6), st.floats(1.0, 1e6)), min_size=2, max_size=40))
def test_the_estimate_lies_between_the_smallest_and_the_largest(pairs):
    row = a_person([a for a, _ in pairs], [b for _, b in pairs])
    ratios = [a / b for a, b in pairs]
    assert min(ratios) * (1 - 1e-9) <= row["estimate"] <= max(ratios) * (1 + 1e-9)
    assert row["low"] <= row["high"]


def test_kinds_are_set_against_the_ledger(results):
    frame = cost_effectiveness(results, "no-measures")
    by_kind = frame[(frame["basis"] == "ledger") & (frame["kind"] == "demolish")].set_index("per")
    assert by_kind.loc["person", "estimate"] == pytest.approx(8000.0 / 140.0)
    assert by_kind.loc["m2", "reason"] == "the interval of the effect holds zero"
    assert (frame["forced_to_move"] > frame["children"]).all()


def test_a_base_alone_has_nothing_to_compare(results):
    frame = cost_effectiveness(results, CAMPAIGN, CAMPAIGN)
    assert frame.empty
    assert tuple(frame.columns) == COST_COLUMNS


def test_the_fund_is_told_by_year_and_district(results):
    frame = fund_balance(results, CAMPAIGN).set_index(["item", "year"])["estimate"]
    assert frame["advanced"].tolist() == [36000.0] * 4
    assert frame["platform_balance"].tolist() == [4000.0, 8000.0, 12000.0, 16000.0]
    assert frame["fund_balance"].tolist() == [-36000.0 * i for i in range(1, 5)]
    by_district = fund_balance(results, CAMPAIGN, by_district=True)
    assert set(by_district["district"]) == {"dongcheng"}
    assert "fund_balance" not in set(by_district["item"])
    assert fund_balance(results, "no-measures").empty
