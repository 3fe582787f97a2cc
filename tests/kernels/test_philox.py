"""Check keyed randomness against published vectors, and that keys, streams and quarters are independent."""

import importlib
import pkgutil

import numpy as np
import pytest
from scipy import stats

import sim.kernels
from sim.kernels import philox
from sim.rng import KeyedRandom, Stream, mix

FROZEN = {
    "DEATH_BIRTH": 1,
    "FAMILY": 2,
    "SCHOOL": 3,
    "HUKOU": 4,
    "JOB_LOSS": 5,
    "JOB_SEARCH": 6,
    "JOB_QUEUE": 7,
    "JOB_EMPLOYER": 8,
    "WAGE": 9,
    "ARRIVAL": 10,
    "ARRIVAL_COUNT": 11,
    "DEPARTURE": 12,
    "BUSINESS": 13,
    "BUSINESS_PLACE": 14,
    "BUSINESS_ENTRY": 15,
    "FORCED": 16,
    "MOVE": 17,
    "PLACE": 18,
    "PLACE_CLASS": 19,
    "PLACE_QUEUE": 20,
    "EXIT": 21,
    "ROUNDING": 22,
    "MEASURE_SPLIT": 23,
    "MARKET": 24,
    "CAMPUS": 25,
    "MATCH": 26,
    "OFFICIAL_ERROR": 27,
    "INSTITUTION": 28,
    "BUSINESS_EXIT": 29,
}
"""Streams as they were when first numbered: add new ones, change none."""

# counter, key, output; Philox 4x32 with 10 rounds of the known-answer file of Random123
KNOWN = [
    ((0x00000000,) * 4, (0x00000000,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_words_are_those_of_the_published_vectors(counter, key, words):
    seed = np.uint64(key[0] | key[1] << 32)
    who = np.uint64(counter[0] | counter[1] << 32)
    assert tuple(int(w) for w in philox.philox(seed, who, counter[2], counter[3])) == words


def test_four_words_of_a_block_are_four_uniforms():
    words = philox.philox(np.uint64(9), np.uint64(8), philox.moment(3, 17), 5)
    four = philox.uniform4(np.uint64(9), 3, np.uint64(8), 17, 5)
    assert four == tuple((float(w) + 0.5) / 2**32 for w in words)
    assert philox.uniform(np.uint64(9), 3, np.uint64(8), 17, 5) == four[0]


def test_uniforms_never_reach_zero_or_one():
    assert 0.0 < philox.to_unit(np.uint64(0)) < 1e-9
    assert 1.0 - 1e-9 < philox.to_unit(np.uint64(0xFFFFFFFF)) < 1.0


def test_uniforms_of_neighbouring_keys_are_uniform():
    u = KeyedRandom(5).uniforms(Stream.MOVE, np.arange(200_000, dtype=np.uint64), 30)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    counts = np.bincount((u * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > 1e-4
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / np.sqrt(len(u))


@pytest.mark.parametrize(
    ("seed", "stream", "quarter", "alternative"),
    [(6, 17, 30, 0), (5, 18, 30, 0), (5, 17, 31, 0), (5, 17, 30, 1), (5 + 2**32, 17, 30, 0)],
)
def test_another_seed_stream_quarter_or_alternative_is_independent(seed, stream, quarter, alternative):
    who = np.arange(100_000, dtype=np.uint64)
    one = KeyedRandom(5).uniforms(17, who, 30, 0)
    other = KeyedRandom(seed).uniforms(stream, who, quarter, alternative)
    assert not np.any(one == other) or np.mean(one == other) < 1e-4
    assert abs(np.corrcoef(one, other)[0, 1]) < 5 / np.sqrt(len(who))


def test_key_and_counter_are_never_added():
    # were the seed added to who, seed 1 of person 2 would be seed 2 of person 1
    assert KeyedRandom(1).uniform(17, 2) != KeyedRandom(2).uniform(17, 1)
    # nor may a stream and a quarter run into each other
    assert KeyedRandom(1).uniform(17, 2, quarter=1) != KeyedRandom(1).uniform(18, 2, quarter=0)


def test_the_order_of_rows_does_not_matter():
    who = np.arange(1000, dtype=np.uint64) * np.uint64(2654435761)
    forward = KeyedRandom(3).uniforms(Stream.EXIT, who, 4)
    np.testing.assert_array_equal(KeyedRandom(3).uniforms(Stream.EXIT, who[::-1], 4), forward[::-1])


def test_derived_keys_differ_by_cause_parent_and_sequence():
    out = []
    for cause in (1, 2):
        for parent in range(50):
            keys = np.empty(100, dtype=np.uint64)
            philox.fill_keys(np.full(100, parent, dtype=np.uint64), cause, np.arange(100), keys)
            out.append(keys)
    assert len(np.unique(np.concatenate(out))) == 2 * 50 * 100


def test_mixed_keys_heed_order_and_all_bits():
    assert mix(1, 2) != mix(2, 1)
    assert mix(1) != mix(1 + 2**32)
    assert mix(1, 2) == mix(1, 2)


def test_streams_keep_their_numbers():
    now = {stream.name: int(stream) for stream in Stream}
    assert {name: now.get(name) for name in FROZEN} == FROZEN
    assert len(set(now.values())) == len(now)


def test_kernels_use_the_numbers_of_the_streams():
    found = 0
    for module in pkgutil.iter_modules(sim.kernels.__path__):
        names = vars(importlib.import_module(f"sim.kernels.{module.name}"))
        for name, value in names.items():
            if name.startswith("STREAM_"):
                found += 1
                assert value == Stream[name.removeprefix("STREAM_")], f"{module.name}.{name}"
    assert found >= 15


def test_a_queue_is_ordered_by_the_draw_whatever_the_order_of_rows():
    who = np.arange(5000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    random = KeyedRandom(3)
    order = random.order(Stream.PLACE_QUEUE, who, 7)
    assert (np.diff(random.uniforms(Stream.PLACE_QUEUE, who[order], 7)) >= 0).all()
    np.testing.assert_array_equal(who[::-1][random.order(Stream.PLACE_QUEUE, who[::-1], 7)], who[order])
    assert len(np.unique(order)) == len(who)
