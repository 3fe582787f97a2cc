"""Hold many alike agents as columns, with the verbs of Mesa's AgentSet that make sense on columns."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.kernels.blocks import run_together
from sim.kernels.links import compact


@dataclass(frozen=True)
class Column:
    """Declare a column: its dtype, unit, the process that writes it and what an empty row holds."""

    name: str
    dtype: str
    unit: str
    owner: str
    empty: float = 0


class Columns:
    """Grow and shrink a set of equally long arrays; rows whose `alive_column` is negative or zero are empty.

    Rows are addressed by number only inside the engine: a row number is not an identity (see `compact`).
    """

    columns: tuple[Column, ...] = ()
    record: Any = None
    noun = "row"

    def __init__(self, n_rows: int, *, spare: float = 0.15) -> None:
        self.n_rows = 0
        self._arrays: dict[str, np.ndarray] = {}
        self._allocate(int(n_rows * (1 + spare)) + 64)
        self.n_rows = n_rows
        self._clear(0, n_rows)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle keeps: the rows in use, not the spare ones."""
        return {"n_rows": self.n_rows, "arrays": dict(self.state())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take up what a pickle kept; the arrays grow again when rows are reserved."""
        self.n_rows = state["n_rows"]
        self._arrays = state["arrays"]

    def _allocate(self, capacity: int) -> None:
        for column in self.columns:
            # memory that no row uses yet is not touched, so spare rows cost nothing
            array = np.empty(capacity, dtype=column.dtype)
            if column.name in self._arrays:
                array[: self.n_rows] = self._arrays[column.name][: self.n_rows]
            self._arrays[column.name] = array

    def _clear(self, first: int, last: int) -> None:
        for column in self.columns:
            self._arrays[column.name][first:last] = column.empty

    @property
    def capacity(self) -> int:
        """Return how many rows fit before the arrays grow."""
        return len(next(iter(self._arrays.values())))

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            return self.__dict__["_arrays"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no column {name!r}") from None

    def reserve(self, n_more: int) -> int:
        """Make room for `n_more` empty rows and return the number of the first of them."""
        if self.n_rows + n_more > self.capacity:
            self._allocate(int((self.n_rows + n_more) * 1.05) + 64)
        first = self.n_rows
        self.n_rows += n_more
        self._clear(first, self.n_rows)
        return first

    def alive(self) -> np.ndarray:
        """Return a boolean mask of the rows that hold somebody."""
        raise NotImplementedError

    def keep(self, rows: np.ndarray, threads: int = 1) -> None:
        """Keep only `rows` (ascending numbers), in order; in place, so that memory stays flat."""
        run_together(threads, *((compact, (values, rows)) for values in self._arrays.values()))
        self.n_rows = len(rows)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all columns at full capacity as kernels take them; stale once rows are reserved."""
        return self.record(**self._arrays)

    def trim(self, n_rows: int) -> None:
        """Give back reserved rows that were not used."""
        self.n_rows = n_rows

    def state(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield each column's name and its used part, in declared order."""
        for column in self.columns:
            yield column.name, self._arrays[column.name][: self.n_rows]

    # ---- the verbs of Mesa's AgentSet ------------------------------------------------------------------

    def __len__(self) -> int:
        return int(np.count_nonzero(self.alive()))

    def count(self) -> int:
        """Return how many there are."""
        return len(self)

    def select(self, condition: Callable[["Columns"], np.ndarray] | None = None, **equal: Any) -> "Selection":
        """Select rows by a function of the columns that returns a mask, or by values of named columns."""
        mask = self.alive()
        if condition is not None:
            mask = mask & np.asarray(condition(self))[: self.n_rows]
        for name, value in equal.items():
            mask = mask & (self._arrays[name][: self.n_rows] == value)
        return Selection(self, np.flatnonzero(mask))

    def get(self, *names: str) -> np.ndarray | tuple[np.ndarray, ...]:
        """Return the values of one column, or a tuple of several."""
        return self.select().get(*names)

    def set(self, name: str, values: Any) -> None:
        """Set a column for everybody."""
        self.select().set(name, values)

    def agg(self, name: str, function: Callable[[np.ndarray], Any]) -> Any:
        """Apply a function to all values of a column."""
        return function(self.select().get(name))

    def groupby(self, name: str) -> Mapping[Any, "Selection"]:
        """Group by the values of a column."""
        return self.select().groupby(name)

    def __iter__(self) -> Iterator["View"]:
        return iter(self.select())


@dataclass(frozen=True)
class Selection:
    """Hold some rows of a set of columns; it answers the same verbs."""

    source: Columns
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def count(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def get(self, *names: str) -> Any:
        """Return the values of one column, or a tuple of several."""
        values = tuple(getattr(self.source, name)[self.rows] for name in names)
        return values[0] if len(values) == 1 else values

    def set(self, name: str, values: Any) -> None:
        """Set a column for the selected."""
        getattr(self.source, name)[self.rows] = values

    def agg(self, name: str, function: Callable[[np.ndarray], Any]) -> Any:
        """Apply a function to the selected values of a column."""
        return function(self.get(name))

    def groupby(self, name: str) -> Mapping[Any, "Selection"]:
        """Group the selected by the values of a column."""
        values = self.get(name)
        return {key.item(): Selection(self.source, self.rows[values == key]) for key in np.unique(values)}

    def __iter__(self) -> Iterator["View"]:
        return (View(self.source, int(row)) for row in self.rows)


class View:
    """Show one row for inspection; reading only."""

    __slots__ = ("_row", "_source")

    def __init__(self, source: Columns, row: int) -> None:
        self._source = source
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)[self._row].item()

    def __repr__(self) -> str:
        values = ", ".join(f"{column.name}={getattr(self, column.name)}" for column in self._source.columns)
        return f"<{self._source.noun} {values}>"
