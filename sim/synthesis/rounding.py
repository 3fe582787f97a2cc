"""Round tables of fractions to whole numbers without losing a margin, and fit tables to margins."""

import numba as nb
import numpy as np
import pandas as pd
from ipfn.ipfn import ipfn

SMALLEST = 1e-200
"""Sums below this are nothing: dividing by them would overflow."""


def generator(*keys: int) -> np.random.Generator:
    """Return a Philox generator that depends on the keys alone.

    Parameters
    ----------
    keys
        Up to four non-negative whole numbers: what is drawn, for which census area, and so on.
    """
    words = np.zeros(2, dtype=np.uint64)
    for i, key in enumerate(keys):
        words[i // 2] |= np.uint64(key) << np.uint64(32 * (i % 2))
    return np.random.Generator(np.random.Philox(key=words))


def round_to_total(values: np.ndarray, total: int | None = None) -> np.ndarray:
    """Round non-negative numbers so that they add up to `total` (the rounded sum when None).

    Largest remainders; ties go to the first. A sum of zero is spread evenly.
    """
    values = np.asarray(values, dtype=np.float64)
    flat = values.ravel()
    if total is None:
        total = round(float(flat.sum()))
    if flat.sum() <= SMALLEST:
        flat = np.ones_like(flat)
    scaled = flat * (total / flat.sum())
    base = np.floor(scaled).astype(np.int64)
    short = int(total - base.sum())
    if short > 0:
        base[np.argsort(-(scaled - base), kind="stable")[:short]] += 1
    elif short < 0:
        order = np.argsort(scaled - base, kind="stable")
        base[order[base[order] > 0][:-short]] -= 1
    return base.reshape(values.shape)


TINY = 1e-7
"""What differs from a whole number by less counts as whole."""


@nb.njit(cache=True, nogil=True)
def _is_fraction(x):
    return abs(x - round(x)) > TINY


@nb.njit(cache=True, nogil=True)
def _other_row(table, i, j):
    """Return another row whose cell in column j is a fraction, -1 where there is none."""
    for k in range(table.shape[0]):
        if k != i and _is_fraction(table[k, j]):
            return k
    return -1


@nb.njit(cache=True, nogil=True)
def _other_column(table, i, j):
    """Return another column whose cell in row i is a fraction, -1 where there is none."""
    for k in range(table.shape[1]):
        if k != j and _is_fraction(table[i, k]):
            return k
    return -1


@nb.njit(cache=True, nogil=True)
def _find_cycle(table, i, j, row, column, row_at, column_at):
    """Walk over fractions, down a column and along a row in turn, until a line is met again.

    Fills the cells walked over and returns where the cycle begins and how long the walk is; begins at -1
    where the walk ends before a line is met again.
    """
    row[0], column[0] = i, j
    row_at[i] = 0
    column_at[j] = 0
    length = 1
    down = True
    begin = -1
    while begin < 0:
        k = _other_row(table, i, j) if down else _other_column(table, i, j)
        if k < 0:
            break
        if down:
            i = k
            begin = row_at[i]
            row_at[i] = length
        else:
            j = k
            begin = column_at[j]
            column_at[j] = length
        row[length], column[length] = i, j
        length += 1
        down = not down
    for k in range(length):
        row_at[row[k]] = -1
        column_at[column[k]] = -1
    # Where the walk met a line again it may have entered the cycle by a cell that is not part of it.
    if begin >= 0 and (length - begin) % 2 == 1:
        begin += 1
    return begin, length


@nb.njit(cache=True, nogil=True)
def _shift(table, row, column, begin, length, draw):
    """Add and take in turn along a cycle until a cell is whole; the draw keeps expectations."""
    up, down = 1.0, 1.0
    for k in range(begin, length):
        x = table[row[k], column[k]]
        above, below = np.ceil(x) - x, x - np.floor(x)
        if (k - begin) % 2 == 0:
            up, down = min(up, above), min(down, below)
        else:
            up, down = min(up, below), min(down, above)
    step = up if draw * (up + down) < down else -down
    for k in range(begin, length):
        x = table[row[k], column[k]] + (step if (k - begin) % 2 == 0 else -step)
        table[row[k], column[k]] = x if _is_fraction(x) else round(x)


@nb.njit(cache=True, nogil=True)
def _cancel_fractions(table, draws):
    """Remove the fractions of a table whose margins are whole, in place (Cox 1987)."""
    longest = 2 * (table.shape[0] + table.shape[1]) + 4
    row, column = np.empty(longest, np.int64), np.empty(longest, np.int64)
    row_at, column_at = np.full(table.shape[0], -1, np.int64), np.full(table.shape[1], -1, np.int64)
    used = 0
    for i in range(table.shape[0]):
        j = _other_column(table, i, -1)
        while j >= 0:
            begin, length = _find_cycle(table, i, j, row, column, row_at, column_at)
            if begin < 0:
                # Rounding noise left a fraction alone in its line: settle it.
                x = table[row[length - 1], column[length - 1]]
                table[row[length - 1], column[length - 1]] = round(x)
            else:
                _shift(table, row, column, begin, length, draws[used % draws.size])
                used += 1
            j = _other_column(table, i, -1)


def controlled_round(table: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Round a two-way table so that every cell is its floor or its ceiling and whole margins stay exact.

    Margins that are not whole are rounded to a neighbour. Unbiased: a cell's expectation is its value.

    Parameters
    ----------
    table : (n_rows, n_columns) f8
        Non-negative numbers.

    Source: L. H. Cox (1987), "A constructive procedure for unbiased controlled rounding", JASA 82.
    """
    table = np.asarray(table, dtype=np.float64)
    n_rows, n_columns = table.shape
    wide = np.zeros((n_rows + 1, n_columns + 1))
    wide[:-1, :-1] = table
    wide[:-1, -1] = _slack(table.sum(axis=1))
    wide[-1, :-1] = _slack(table.sum(axis=0))
    wide[-1, -1] = _slack(np.array([wide[-1].sum()]))[0]
    _cancel_fractions(wide, random.random(4096))
    return np.rint(wide[:-1, :-1]).astype(np.int64)


def _slack(sums: np.ndarray) -> np.ndarray:
    """Return what is missing to the next whole number, nothing where the sum is whole."""
    slack = np.ceil(sums - 1e-6) - sums
    return np.where(slack < 1e-6, 0.0, slack)


def fit(seed: np.ndarray, margins: list[np.ndarray], axes: list[list[int]], rounds: int = 200) -> np.ndarray:
    """Fit a table to margins by iterative proportional fitting (package ipfn).

    Parameters
    ----------
    seed
        Starting table; zero cells stay zero.
    margins, axes
        One margin array with the axes it keeps each; their totals agree.
    """
    margins = [np.asarray(m, dtype=np.float64) for m in margins]
    fitted = ipfn(
        np.array(seed, dtype=np.float64),
        margins,
        axes,
        convergence_rate=1e-6,
        max_iteration=rounds,
        rate_tolerance=0.0,
    ).iteration()
    return np.asarray(fitted if not isinstance(fitted, pd.DataFrame) else fitted.to_numpy())


def fit_and_round(
    seed: np.ndarray, rows: np.ndarray, columns: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Fit a two-way table to whole margins and round it with both margins exact.

    Raises
    ------
    ValueError
        When rows and columns do not add up to the same total.
    """
    rows, columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
    if rows.sum() != columns.sum():
        raise ValueError(f"rows add up to {rows.sum()}, columns to {columns.sum()}")
    fitted = _ras(np.asarray(seed, np.float64), rows, columns)
    whole = controlled_round(fitted, random)
    return _repair(whole, rows, columns)


@nb.njit(cache=True, nogil=True)
def _ras(seed, rows, columns):
    """Scale rows and columns in turn; a hair is added to empty cells so that margins can be met."""
    table = seed + 1e-12
    for _ in range(500):
        for i in range(table.shape[0]):
            s = table[i].sum()
            if s > 0:
                table[i] *= rows[i] / s
        worst = 0.0
        for j in range(table.shape[1]):
            s = table[:, j].sum()
            if s > 0:
                worst = max(worst, abs(s - columns[j]) / max(1.0, columns[j]))
                table[:, j] *= columns[j] / s
        if worst < 1e-10:
            break
    return table


@nb.njit(cache=True, nogil=True)
def _repair(whole, rows, columns):
    """Move the last units so that both margins are exact (fits that had not fully converged)."""
    over = whole.sum(axis=0) - columns
    for i in range(whole.shape[0]):
        miss = rows[i] - whole[i].sum()
        while miss != 0:
            best = -1
            for j in range(whole.shape[1]):
                if miss < 0 and whole[i, j] == 0:
                    continue
                if best < 0 or (over[j] < over[best] if miss > 0 else over[j] > over[best]):
                    best = j
            step = 1 if miss > 0 else -1
            whole[i, best] += step
            over[best] += step
            miss -= step
    for j in range(whole.shape[1]):
        while over[j] > 0:
            k = 0
            for c in range(whole.shape[1]):
                if over[c] < over[k]:
                    k = c
            r = 0
            for i in range(whole.shape[0]):
                if whole[i, j] > 0 and (whole[r, j] == 0 or whole[i, k] > whole[r, k]):
                    r = i
            whole[r, j] -= 1
            whole[r, k] += 1
            over[j] -= 1
            over[k] += 1
    return whole
