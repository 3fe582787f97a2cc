"""Ask DuckDB about the tables of many runs at once, and remember the latest answers that are small."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import pandas as pd

_KEPT = 8
_SMALL = 2_000_000
"""Most cells of an answer that is remembered, some 16 MB: the sums of a hundred runs."""


class Queries:
    """Answer queries over files that never change once they are there.

    Several figures of a scenario are read from the same rows, and every scenario is held against the same
    base: an answer is asked for again soon.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[object, ...], pd.DataFrame] = OrderedDict()

    def rows(
        self,
        files: Sequence[str],
        filters: Mapping[str, Sequence[str]],
        *,
        columns: str = "*",
        where: Sequence[str] = (),
        bounds: Sequence[str] = (),
        tail: str = "",
    ) -> pd.DataFrame:
        """Return rows of Parquet files.

        Parameters
        ----------
        files
            The files; columns are matched by name.
        filters
            Values that a column may have; none allows all.
        columns, where, bounds, tail
            What is selected, conditions with ``?`` for each bound, and what follows them.
        """
        conditions, values = list(where), list(bounds)
        for column, names in filters.items():
            if names:
                conditions.append(f"{column} IN ({', '.join('?' * len(names))})")
                values.extend(names)
        clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        query = f"SELECT {columns} FROM read_parquet(?, union_by_name=true){clause}{tail}"
        key = (query, tuple(files), tuple(values))
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key].copy()
        found = _answer(query, [list(files), *values])
        if found.size <= _SMALL:
            self._answers[key] = found.copy()
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return found


def _answer(query: str, values: list[object]) -> pd.DataFrame:
    """Return the answer by way of Arrow, whose texts pandas takes as they are."""
    import duckdb
    import pyarrow as pa

    with duckdb.connect(":memory:") as connection:
        table = connection.sql(query, params=values).to_arrow_table()
    for place, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):  # sums of whole numbers
            table = table.set_column(place, column.name, table.column(place).cast(pa.float64()))
    found: pd.DataFrame = table.to_pandas()
    return found
