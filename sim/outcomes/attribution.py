"""Share out an effect among the measures that made it: leave-one-out and Shapley values.

A player is a kind of measure or a group of kinds; the worth of a coalition is what an indicator differs from
the base scenario when its players' measures hold and the others' do not. All worths of a replication have the
same random numbers, so every contribution is a paired difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from sim.outcomes.spread import Spread, spread

Coalition = frozenset[str]
Worth = Mapping[Coalition, np.ndarray]
"""What each coalition is worth in each replication, f8 (n_replications,)."""

INTERACTION = "interaction"
MOST_PLAYERS = 7
"""Two to this power is the 128 coalitions that a replication may cost."""


@dataclass(frozen=True)
class Contribution:
    """Hold what one player contributed.

    Attributes
    ----------
    player
        Its name, or ``interaction``.
    values
        Contribution in each replication.
    """

    player: str
    values: np.ndarray

    @property
    def spread(self) -> Spread:
        """Return mean and bounds over replications."""
        return spread(self.values)

    @property
    def standard_error(self) -> float | None:
        """Return the standard error of the mean; None with a single replication."""
        n = len(self.values)
        return float(self.values.std(ddof=1) / n**0.5) if n > 1 else None


def leave_one_out_coalitions(players: Sequence[str]) -> list[Coalition]:
    """Return the coalitions that leave-one-out asks about, the empty one included."""
    whole = frozenset(players)
    return [frozenset(), whole, *(whole - {player} for player in players)]


def shapley_coalitions(players: Sequence[str]) -> list[Coalition]:
    """Return every coalition of the players, the smaller first.

    Raises
    ------
    ValueError
        With more than `MOST_PLAYERS` players.
    """
    if len(players) > MOST_PLAYERS:
        raise ValueError(f"{len(players)} players make {2 ** len(players)} coalitions")
    return [frozenset(part) for size in range(len(players) + 1) for part in combinations(players, size)]


def leave_one_out(players: Sequence[str], worth: Worth) -> list[Contribution]:
    """Return what the effect lacks without each player, and what is left over as interaction.

    The rows add up to the whole effect: interaction is what the players do only together (positive where they
    overlap less than they help each other).
    """
    whole = frozenset(players)
    total = worth[whole] - worth[frozenset()]
    alone = [Contribution(player, worth[whole] - worth[whole - {player}]) for player in players]
    rest = total - sum((item.values for item in alone), np.zeros_like(total))
    return [*alone, Contribution(INTERACTION, rest)]


def shapley(players: Sequence[str], worth: Worth) -> list[Contribution]:
    """Return the Shapley value of each player: its mean contribution over all orders of joining.

    The values add up to the whole effect in every replication (Shapley, A value for n-person games, 1953).
    """
    n = len(players)
    contributions = []
    for player in players:
        others = [other for other in players if other != player]
        value = np.zeros_like(worth[frozenset()])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for part in combinations(others, size):
                before = frozenset(part)
                value = value + weight * (worth[before | {player}] - worth[before])
        contributions.append(Contribution(player, value))
    return contributions


def group(kinds: Iterable[str], groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the players: each kind by itself where there are few, else the groups that hold any of them."""
    present = list(dict.fromkeys(kinds))
    if len(present) <= MOST_PLAYERS:
        return {kind: (kind,) for kind in present}
    players = {name: tuple(kind for kind in members if kind in present) for name, members in groups.items()}
    missing = [kind for kind in present if not any(kind in members for members in players.values())]
    if missing:
        raise ValueError(f"no group holds {', '.join(missing)}")
    return {name: members for name, members in players.items() if members}
