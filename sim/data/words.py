"""Make columns of words from codes: a table of hundreds of thousands of rows says a few dozen words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def in_words(words: Sequence[str | None], which: np.ndarray) -> pd.Categorical[str]:
    """Return a column that has the word ``words[which[k]]`` in row k, and nothing where that is None.

    Its categories are the words that occur, in the order of the alphabet. Words may be named several times.
    """
    used = np.bincount(which, minlength=len(words)) > 0
    names = sorted(word for word in set(compress(words, used.tolist())) if word is not None)
    place: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    kind = np.min_scalar_type(-max(len(names), 1))
    codes = np.fromiter(map(place.get, words, repeat(-1)), kind, len(words))
    return of_codes(codes[which], tuple(names))


def of_codes(codes: np.ndarray, names: tuple[str, ...]) -> pd.Categorical[str]:
    """Return a column that has the word ``names[codes[k]]`` in row k, and nothing where the code is -1."""
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=_kind(names), validate=False)


@lru_cache(maxsize=512)
def _kind(names: tuple[str, ...]) -> Any:
    """Return the kind of a column of some words; most columns of a run say the same words in every run."""
    import pandas as pd

    return pd.CategoricalDtype(pd.Index(names, dtype="str"))


def text(column: pd.Categorical[str]) -> Any:
    """Return a column of words as text, taken by code; `astype` would go by way of Python's own texts."""
    return column.categories.array.take(column.codes, allow_fill=True)


def numbered(words: Sequence[Hashable], known: Iterable[Hashable] = ()) -> np.ndarray:
    """Return which of the known words each one is, int (n,); of all, as they come, where none are given."""
    place = {word: number for number, word in enumerate(known or dict.fromkeys(words))}
    return np.fromiter(map(place.__getitem__, words), np.intp, len(words))


def numbered_objects(things: Sequence[Any]) -> tuple[list[Any], np.ndarray]:
    """Return the objects that occur, as they come, and which of them each one is, int (n,).

    They are told apart by identity, which looks into none of them.
    """
    ids = list(map(id, things))
    known = dict(zip(ids, things, strict=True))
    return list(known.values()), numbered(ids, known)


def coded(words: Sequence[str]) -> pd.Categorical[str]:
    """Return a column of the words themselves, which repeat; its categories are in alphabetical order."""
    known = list(dict.fromkeys(words))
    return in_words(known, numbered(words, known))


def repeated(column: pd.Categorical[str], rows: np.ndarray) -> pd.Categorical[str]:
    """Return a column that has in row k what another one has in row ``rows[k]``; its categories stay."""
    import pandas as pd

    return pd.Categorical.from_codes(column.codes[rows], dtype=column.dtype, validate=False)
