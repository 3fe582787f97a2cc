"""Find the uncertain parameters that decide whether an option fails: scenario discovery by a decision tree.

The tree is CART (Breiman et al. 1984) as scikit-learn has it; its use for scenario discovery, and coverage
and density as its measures, are those of Lempert, Bryant and Bankes, Comparing Algorithms for Scenario
Discovery, RAND WR-557-NSF, 2008. A tree always finds something, so that what it finds is held against trees
grown on shuffled outcomes (Ojala and Garriga 2010) and told only where it does better.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.parameters.for_run import point_parameters

DECISIVE_COLUMNS = (
    "status",
    "box",
    "parameter",
    "at_least",
    "at_most",
    "smallest",
    "largest",
    "unit",
    "basis",
    "meaning",
    "coverage",
    "density",
    "share_failing",
    "coverage_held_out",
    "density_held_out",
    "p_value",
    "n_states",
    "n_failing",
)
"""Every key of a row, in order."""

FOUND, ALL_HOLD, NONE_HOLD = "found", "holds everywhere", "fails everywhere"
TOO_FEW, CHANCE, NOTHING_VARIES = "too few states", "no more than chance", "no parameter varies"
FEWEST = 10
"""States that fail, and that do not, below which no tree is grown: with five folds each has two of either."""
MOST_SPLITS = 3
"""Parameters that bound a box at most; more are hard to say to a planner."""
SMALLEST_LEAF = 0.05
"""Share of the states that a box holds at least."""
FOLDS, SHUFFLES = 5, 59
CREDIBLE = 0.05
"""A tree is believed when at most this share of trees on shuffled outcomes do as well."""
_SEED = 0  # folds and shuffles are the same each time a store is read


def boxes(parameters: pd.DataFrame, fails: np.ndarray) -> list[dict[str, Any]]:
    """Return the boxes of parameters in which an option fails.

    Parameters
    ----------
    parameters
        Values of the parameters, a row a state.
    fails
        Whether the option fails in each state.

    Returns
    -------
    A row with `DECISIVE_COLUMNS` for each parameter that bounds a box, the boxes that cover most first.
    ``coverage`` is the share of the failing states that lie in the box, ``density`` the share of the states
    in it that fail, ``share_failing`` that of all states; ``*_held_out`` are those of all boxes together on
    states that the tree had not seen. ``p_value`` is the share of trees on shuffled outcomes that
    do as well. Where there is no box, one row with the reason as ``status``.
    """
    told: dict[str, Any] = {
        "n_states": len(fails),
        "n_failing": int(fails.sum()),
        "share_failing": float(fails.mean()) if len(fails) else None,
    }
    reason = _why_not(parameters, fails)
    if reason:
        return [told | {"status": reason}]
    values = parameters.to_numpy(float)
    p_value, unseen = _held_out(values, fails)
    told |= unseen | {"p_value": p_value}
    found = list(_boxes(_tree(len(fails)).fit(values, fails), values, fails))
    if p_value > CREDIBLE or not found:
        return [told | {"status": CHANCE}]
    found.sort(key=lambda box: -box["coverage"])
    return [
        told
        | {"status": FOUND, "box": number, "coverage": box["coverage"], "density": box["density"]}
        | _bound(parameters.iloc[:, column], *ends)
        for number, box in enumerate(found, start=1)
        for column, ends in box["bounds"].items()
    ]


def _why_not(parameters: pd.DataFrame, fails: np.ndarray) -> str | None:
    if parameters.shape[1] == 0:
        return NOTHING_VARIES
    if not fails.any():
        return ALL_HOLD
    if fails.all():
        return NONE_HOLD
    return TOO_FEW if min(fails.sum(), (~fails).sum()) < FEWEST else None


def _tree(n_states: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=MOST_SPLITS,
        min_samples_leaf=max(2, int(np.ceil(SMALLEST_LEAF * n_states))),
        class_weight="balanced",
        random_state=_SEED,
    )


def _held_out(values: np.ndarray, fails: np.ndarray) -> tuple[float, dict[str, float | None]]:
    """Return the share of shuffles that do as well, and coverage and density on states not seen."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict, permutation_test_score

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    tree = _tree(len(fails))
    said = cross_val_predict(tree, values, fails, cv=folds).astype(bool)
    _, _, p_value = permutation_test_score(
        tree,
        values,
        fails,
        cv=folds,
        scoring="balanced_accuracy",
        n_permutations=SHUFFLES,
        random_state=_SEED,
    )
    return float(p_value), {
        "coverage_held_out": float((said & fails).sum() / fails.sum()),
        "density_held_out": float((said & fails).sum() / said.sum()) if said.any() else None,
    }


def _boxes(tree: Any, values: np.ndarray, fails: np.ndarray) -> Iterator[dict[str, Any]]:
    """Yield the branches of a tree that all say an option fails, with their bounds by column."""
    grown = tree.tree_
    says = tree.classes_[grown.value[:, 0, :].argmax(axis=1)].astype(bool)
    waiting: list[tuple[int, dict[int, tuple[float, float]], np.ndarray]]
    waiting = [(0, {}, np.ones(len(values), dtype=bool))]
    while waiting:
        node, bounds, inside = waiting.pop()
        leaves = _leaves(grown, node)
        if all(says[leaf] for leaf in leaves):
            if bounds:
                hit = (inside & fails).sum()
                yield {
                    "bounds": bounds,
                    "coverage": float(hit / fails.sum()),
                    "density": float(hit / inside.sum()),
                }
        elif any(says[leaf] for leaf in leaves):
            column, cut = int(grown.feature[node]), float(grown.threshold[node])
            low, high = bounds.get(column, (-np.inf, np.inf))
            left = values[:, column] <= cut
            waiting.append((grown.children_left[node], bounds | {column: (low, cut)}, inside & left))
            waiting.append((grown.children_right[node], bounds | {column: (cut, high)}, inside & ~left))


def _leaves(grown: Any, node: int) -> list[int]:
    if grown.children_left[node] < 0:
        return [node]
    return [*_leaves(grown, grown.children_left[node]), *_leaves(grown, grown.children_right[node])]


def _bound(values: pd.Series, low: float, high: float) -> dict[str, Any]:
    entry = point_parameters().entries.get(str(values.name))
    return {
        "parameter": str(values.name),
        "at_least": low if np.isfinite(low) else None,
        "at_most": high if np.isfinite(high) else None,
        "smallest": float(values.min()),
        "largest": float(values.max()),
        "unit": entry.unit if entry else None,
        "basis": entry.basis if entry else None,
        "meaning": entry.meaning if entry else None,
    }
