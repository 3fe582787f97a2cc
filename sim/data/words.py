"""Make columns of words from codes: a table of hundreds of thousands of rows says a few dozen words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, repeat
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def in_words(words: Sequence[str | None], which: np.ndarray) -> pd.Categorical[str]:
    """Return a column that has the word ``words[which[k]]`` in row k, and nothing where that is None.

    Its categories are the words that occur, in the order of the alphabet. Words may be named several times.
    """
    import pandas as pd

    used = np.bincount(which, minlength=len(words)) > 0
    names = sorted(word for word in set(compress(words, used.tolist())) if word is not None)
    place: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    kind = np.min_scalar_type(-max(len(names), 1))
    codes = np.fromiter(map(place.get, words, repeat(-1)), kind, len(words))
    return pd.Categorical.from_codes(codes[which], pd.Index(names, dtype="str"))
