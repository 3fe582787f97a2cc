"""Split an amount over zones by a proxy with a keyed spread, and never give a zone more than it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from scipy.special import gammaincinv

from sim.policy.resolve import Portion
from sim.rng import KeyedRandom, Stream

TINY = 1e-12
_ALTERNATIVES = (0, 1)


def text_key(text: str) -> int:
    """Return a 63-bit key of a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def dirichlet_weights(
    random: KeyedRandom, key: int, zones: np.ndarray, proxy: np.ndarray, spread: float
) -> np.ndarray:
    """Return weights that add up to 1, Dirichlet distributed around a proxy's shares.

    Parameters
    ----------
    random
        The run's keyed randomness; each zone has its own draw, so that another set of zones changes no draw.
    key
        Key of the measure.
    zones
        Zone indices, (n,).
    proxy
        What the split follows, (n,), not negative; all zones alike where it is nil everywhere.
    spread
        Dirichlet weight of a zone with an average share: the standard deviation of such a zone's share is
        about ``spread ** -0.5`` of the share.

    Returns
    -------
    numpy.ndarray
        Shares, f8 (n,), zero where the proxy is zero.
    """
    total = float(proxy.sum())
    share = proxy / total if total > TINY else np.full(len(zones), 1.0 / len(zones))
    held = share > 0
    alpha = spread * held.sum() * share[held]
    # Each zone's key is folded with the measure's by an odd multiplier, so that neighbours' keys differ in
    # many bits.
    mixed = (
        np.uint64(key) ^ (zones[held].astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    ).astype(np.uint64)
    first, second = (
        random.uniforms(Stream.MEASURE_SPLIT, mixed, alternative=which) for which in _ALTERNATIVES
    )
    # A gamma draw with a small shape by way of shape + 1 (Marsaglia and Tsang 2000, section 6), in
    # logarithms.
    logs = np.log(gammaincinv(alpha + 1.0, first)) + np.log(second) / alpha
    gamma = np.exp(logs - logs.max())
    weights = np.zeros(len(zones))
    weights[held] = gamma / gamma.sum()
    return weights


def fill(amount: float, weights: np.ndarray, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each place its share of an amount, and what does not fit to places with room.

    Parameters
    ----------
    amount
        What is to be given out.
    weights
        Shares, (n,), adding up to 1.
    capacity
        The most each place can take, (n,).

    Returns
    -------
    given, planned : numpy.ndarray
        What fits, and what was asked of each place: `planned` adds up to `amount` and is nowhere below
        `given`.
    """
    room = np.maximum(capacity, 0.0)
    given = np.zeros(len(weights))
    left = float(amount)
    pull = np.where(room > TINY, weights, 0.0)
    total = float(pull.sum())
    while left > TINY * max(amount, 1.0) and total > 0:
        step = np.minimum(left * pull / total, room - given)
        given += step
        left -= float(step.sum())
        full = given >= room * (1.0 - TINY)
        if not (full & (pull > 0)).any():
            break
        pull = np.where(full, 0.0, pull)
        total = float(pull.sum())
    shortage = max(float(amount) - float(given.sum()), 0.0)
    return given, given + shortage * weights


def due_by_count(cumulative_before: float, cumulative_after: float, uniform: float) -> int:
    """Return how many whole things fall due between two running amounts.

    Rounded by one keyed uniform for the whole run, so that the expectation holds and the sum is never off by
    one or more.
    """
    return int(np.floor(cumulative_after + uniform) - np.floor(cumulative_before + uniform))


def count_due(portions: Sequence[Portion], portion: Portion, uniform: float) -> int:
    """Return how many whole things of a portion's area fall due with it, see `due_by_count`."""
    before = sum(
        item.amount
        for item in portions
        if item.area == portion.area and item.quarter_index < portion.quarter_index
    )
    return due_by_count(before, before + portion.amount, uniform)
