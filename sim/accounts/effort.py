"""Work out how much districts can do, what they report and what an inspection finds."""

from __future__ import annotations

from math import fsum

import numpy as np

from sim.rng import KeyedRandom, Stream

TINY = 1e-9


def district_weights(people: np.ndarray, informal: np.ndarray, follows_informal: float) -> np.ndarray:
    """Return the share of the city's enforcers that each district has, (16,), adding up to 1.

    Parameters
    ----------
    people, informal
        Residents and informal stock by district in the base year.
    follows_informal
        Weight of the informal stock against people (assumed: the enforcers of a district are not published).
    """
    by_people = people / max(float(people.sum()), TINY)
    by_informal = informal / max(float(informal.sum()), TINY)
    weights: np.ndarray = (1.0 - follows_informal) * by_people + follows_informal * by_informal
    return weights


def exact_sum(asked: np.ndarray) -> float:
    """Return the sum of what measures ask for, rounded once.

    A measure that asks for nothing yet changes no bit of what the others get: so a past that scenarios share
    is the past of each of them.
    """
    return fsum(asked)


def share_out(limit: float, need: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Give needs what they ask for, first in order first, until the limit is reached.

    Parameters
    ----------
    limit
        What there is.
    need
        What each of n asks for, (n,), not negative.
    order
        Who comes first: a permutation of 0 to n - 1.
    """
    asked = need[order]
    before = np.cumsum(asked) - asked
    given = np.empty(len(need))
    given[order] = np.clip(limit - before, 0.0, asked)
    return given


def false_shares(
    random: KeyedRandom,
    quarter: int,
    base: float,
    reward_push: np.ndarray,
    inspected: float,
    detection: float,
    deterrence: float,
) -> np.ndarray:
    """Return the share of what each district reports that is not done or does not hold, (16,).

    Parameters
    ----------
    base
        Mean share where nobody inspects and nothing is paid for a target.
    reward_push
        Factor of each district on it: 1 without a reward for targets, more with one, (16,).
    inspected, detection
        Share of the reports that are looked at, and of the false ones among them that are found.
    deterrence
        How far a sure detection would lower it.

    Notes
    -----
    The share varies between districts and quarters by a keyed uniform between 0 and twice its mean.
    """
    districts = np.arange(len(reward_push), dtype=np.uint64)
    draw = 2.0 * random.uniforms(Stream.REPORT, districts, quarter)
    found: np.ndarray = base * reward_push * (1.0 - deterrence * inspected * detection) * draw
    shares: np.ndarray = np.clip(found, 0.0, 0.9)
    return shares


def found_false(reported: np.ndarray, executed: np.ndarray, inspected: float, detection: float) -> np.ndarray:
    """Return how much of the false part of reports an inspection finds."""
    found: np.ndarray = np.maximum(reported - executed, 0.0) * (inspected * detection)
    return found


def allowed_share(limit: np.ndarray, need: np.ndarray) -> np.ndarray:
    """Return the share of a need that a limit allows, (16,)."""
    share = np.divide(limit, need, out=np.ones_like(need), where=need > TINY)
    allowed: np.ndarray = np.minimum(np.maximum(share, 0.0), 1.0)
    return allowed
