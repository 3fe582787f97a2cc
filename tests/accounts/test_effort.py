"""Check how enforcers and money are shared out, and what reports and inspections are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.effort import district_weights, exact_sum, false_shares, found_false, share_out
from sim.rng import KeyedRandom

NEEDS = st.lists(st.floats(0, 1e6), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(NEEDS, st.floats(0, 3e6), st.floats(0, 1e6), st.randoms())
def test_what_is_shared_out_is_in_order_and_grows_with_the_limit(needs, limit, more, shuffle):
    need = np.array(needs)
    order = np.array(shuffle.sample(range(len(need)), len(need)))
    given_ = share_out(limit, need, order)
    assert (given_ <= need).all()
    assert given_.sum() == pytest.approx(min(limit, need.sum()), abs=1e-6)
    short = np.flatnonzero(given_[order] < need[order] - 1e-6)
    if len(short):  # who comes after one that goes short gets nothing
        assert given_[order][short[0] + 1 :].sum() == pytest.approx(0.0, abs=1e-6)
    assert (share_out(limit + more, need, order) >= given_ - 1e-6).all()


def test_who_asks_for_nothing_changes_no_bit_of_the_sum():
    rng = np.random.default_rng(3)
    needs = rng.lognormal(0, 3, (200, 30))
    among_others = np.zeros((200, 45))
    among_others[:, np.sort(rng.permutation(45)[:30])] = needs
    assert list(map(exact_sum, needs)) == list(map(exact_sum, among_others))
    assert list(map(np.sum, needs)) != list(map(np.sum, among_others)), "so the plain sum would not do"


def test_enforcers_follow_people_and_informal_stock():
    people, informal = np.array([100.0, 300.0]), np.array([50.0, 50.0])
    assert district_weights(people, informal, 0.0).tolist() == [0.25, 0.75]
    assert district_weights(people, informal, 1.0).tolist() == [0.5, 0.5]
    assert district_weights(people, informal, 0.4).tolist() == pytest.approx([0.35, 0.65])


def test_false_reports_are_more_with_a_reward_and_fewer_with_inspection():
    random, no_reward = KeyedRandom(7), np.ones(16)

    def shares(push: np.ndarray, inspected: float) -> np.ndarray:
        many = [false_shares(random, q, 0.1, push, inspected, 0.5, 0.8) for q in range(1, 200)]
        return np.array(many)

    plain, pushed, seen = shares(no_reward, 0.0), shares(no_reward * 1.5, 0.0), shares(no_reward, 1.0)
    assert plain.mean() == pytest.approx(0.1, abs=0.005)
    np.testing.assert_allclose(pushed, 1.5 * plain)
    np.testing.assert_allclose(seen, 0.6 * plain)  # 1 - 0.8 x 1.0 x 0.5
    assert plain.std(axis=0).min() > 0.01
    assert plain[:, 0].tolist() != plain[:, 1].tolist()
    np.testing.assert_array_equal(plain[3], false_shares(random, 4, 0.1, no_reward, 0.0, 0.5, 0.8))


def test_an_inspection_finds_a_share_of_what_is_false():
    found = found_false(np.array([100.0, 50.0]), np.array([80.0, 50.0]), 0.5, 0.5)
    assert found.tolist() == [5.0, 0.0]
