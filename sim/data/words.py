"""Make columns of words from codes: a table of hundreds of thousands of rows says a few dozen words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def in_words(words: Sequence[str | None], which: np.ndarray) -> pd.Categorical[str]:
    """Return a column that has the word ``words[which[k]]`` in row k, and nothing where that is None.

    Its categories are the words that occur, in the order of the alphabet. Words may be named several times.
    """
    import pandas as pd

    used = np.flatnonzero(np.bincount(which, minlength=len(words))).tolist()
    names = sorted({word for code in used if (word := words[code]) is not None})
    place: dict[str | None, int] = {name: code for code, name in enumerate(names)}
    codes = np.full(len(words), -1, dtype=np.min_scalar_type(-max(len(names), 1)))
    codes[used] = [place.get(words[code], -1) for code in used]
    return pd.Categorical.from_codes(codes[which], pd.Index(names, dtype="str"))
