"""Check that whoever an order hits twice is told apart from whoever it hits for the first time."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.households import HIT_BEFORE, Households
from sim.agents.residents import NO_QUARTER
from sim.city.state import no_flows
from sim.city.zones import load_zones
from sim.codes import MoveCause
from sim.processes.moves import PERSONS, Movers, count_displaced

QUARTER = 30
CORE = 0


@pytest.fixture
def city():
    homes = Households(4)
    homes.n_rows = 4
    homes.order_loss_quarter[:4] = NO_QUARTER
    return SimpleNamespace(
        households=homes,
        zones=load_zones(),
        counters=no_flows(),
        quarter=QUARTER,
        scratch={"hit_home": np.zeros((len(MoveCause), 16, 2)), "hit_work": np.zeros((16, 2))},
    )


def movers(rows, cause, forced) -> Movers:
    n = len(rows)
    was = np.zeros((n, 12))
    was[:, PERSONS] = 2.0
    empty = np.zeros(n)
    return Movers(
        rows=np.array(rows),
        cause=np.full(n, int(cause)),
        forced=np.full(n, forced),
        leaving=np.zeros(n, dtype=np.bool_),
        origin=np.full(n, CORE),
        was=was,
        tenure=empty.astype(np.int64),
        rent_before=empty,
        looking=np.zeros(n, dtype=np.bool_),
    )


def hit(city, cause) -> list[float]:
    return city.scratch["hit_home"][int(cause), city.zones.district[CORE]].tolist()


def test_a_home_lost_after_a_job_was_lost_is_a_second_hit(city):
    city.households.order_loss_quarter[1] = QUARTER - 6  # a market closed a year and a half ago
    first = count_displaced(city, movers([0, 1], MoveCause.BASEMENT, forced=True))
    assert first.tolist() == [True, False]
    assert hit(city, MoveCause.BASEMENT) == [2.0, 2.0]
    assert city.counters["displaced_home"].sum() == 4.0


def test_a_home_lost_twice_is_a_second_hit_and_who_answers_a_lost_job_is_marked(city):
    count_displaced(city, movers([0], MoveCause.BASEMENT, forced=True))
    assert count_displaced(city, movers([0, 2], MoveCause.DEMOLISH, forced=True)).tolist() == [False, True]
    assert hit(city, MoveCause.DEMOLISH) == [2.0, 2.0]
    city.households.order_loss_quarter[3] = QUARTER - 1
    assert count_displaced(city, movers([3], MoveCause.JOB_LOSS_ORDER, forced=False)).tolist() == [True]
    assert city.households.order_loss_quarter[:4].tolist() == [HIT_BEFORE, NO_QUARTER, HIT_BEFORE, HIT_BEFORE]
    assert count_displaced(city, movers([3], MoveCause.BASEMENT, forced=True)).tolist() == [False]


def test_who_moves_of_their_own_accord_is_not_marked(city):
    assert count_displaced(city, movers([0], MoveCause.VOLUNTARY, forced=False)).tolist() == [True]
    assert city.households.order_loss_quarter[0] == NO_QUARTER
    assert not city.scratch["hit_home"].any()
