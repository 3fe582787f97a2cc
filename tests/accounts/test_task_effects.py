"""Tasks carry the floor area and the jobs of their effects, each once."""

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from tests.fixtures.small_city import measure, portion, zone

MARKETS = measure("market", "markets", portions=(portion("haidian", 8.0),))
QINGHE, SHANGDI = zone("haidian.qinghe"), zone("haidian.shangdi")


def tasks(ledger: Ledger, **how: str):
    frame = ledger.to_frame(**how)
    return frame[frame["verb"] == "task"]


def test_an_effect_belongs_to_the_task_of_its_zone_and_the_rest_to_the_wider_one():
    ledger = Ledger()
    ledger.append(25, MARKETS, "task", QINGHE, "market", "markets", 1.0, 1.0, name="named")
    ledger.append(25, MARKETS, "task", -1, "market", "markets", 3.0, 3.0)
    ledger.append(25, MARKETS, "direct", QINGHE, "close", "markets", 1.0, 1.0, jobs=-100.0)
    ledger.append(
        25, MARKETS, "direct", SHANGDI, "close", "markets", 1.0, 1.0, jobs=-40.0, floor_area_m2=-9.0
    )
    ledger.append(26, MARKETS, "direct", SHANGDI, "close", "markets", 1.0, 1.0, jobs=-7.0)
    for how in ("zone", "district"):
        found = tasks(ledger, effects_by=how)
        assert found["jobs"].tolist() == [-100.0, -40.0]
        assert found["floor_area_m2"].tolist() == [0.0, -9.0]


def test_several_tasks_of_a_zone_share_by_what_was_executed():
    ledger = Ledger()
    both = np.array([QINGHE, SHANGDI])
    ledger.append(25, MARKETS, "task", both, "market", "markets", 1.0, [1.0, 0.0])
    ledger.append(25, MARKETS, "task", both, "market", "markets", 3.0, [3.0, 0.0])
    ledger.append(25, MARKETS, "set_capacity", both, "premises", "premises", 1.0, 1.0, jobs=[-8.0, -6.0])
    assert tasks(ledger)["jobs"].tolist() == pytest.approx([-2.0, -3.0, -6.0, -3.0])


def test_no_effect_leaves_tasks_without_any_and_the_ledger_as_it_was():
    ledger = Ledger()
    ledger.append(25, MARKETS, "task", QINGHE, "market", "markets", 1.0, 1.0)
    assert tasks(ledger)["jobs"].tolist() == [0.0]
    ledger.append(25, MARKETS, "direct", QINGHE, "close", "markets", 1.0, 1.0, jobs=-5.0)
    assert tasks(ledger)["jobs"].tolist() == [-5.0]
    assert ledger.close(25).column("jobs").tolist() == [0.0, -5.0]
