"""Read the indicators of many runs as one array.

The runs of a store have the same cells in the same order, so their key columns are written alike, byte for
byte. Those are compared as bytes and decoded once; of each run only the values are decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim.outcomes.panel import KEYS, Cells

ZONE = "zone"
Keep = Callable[[Cells], np.ndarray]
"""Says which cells are wanted: their places."""


class PanelReader:
    """Read the wanted cells of runs.

    Parameters
    ----------
    keep
        Says which cells are wanted.
    zones
        Whether zones are among them; row groups that hold nothing else are skipped where not.
    """

    def __init__(self, keep: Keep, *, zones: bool = False) -> None:
        self._keep = keep
        self._zones = zones
        self._known: dict[bytes, tuple[np.ndarray, Cells]] = {}

    def read(self, path: Path) -> tuple[Cells, np.ndarray]:
        """Return the wanted cells of a run's indicators and their values, float (n_cells,).

        Runs whose cells are the same get the same object.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pa.memory_map(str(path)) as source, pq.ParquetFile(source) as file:
            groups = [g for g in range(file.num_row_groups) if self._zones or not _zones_alone(file, g)]
            marks = b"".join(_bytes_of_keys(file, source, group) for group in groups)
            if marks not in self._known:
                cells = _cells(path, groups)
                places = self._keep(cells)
                self._known.setdefault(marks, (places, cells.take(places)))
            places, cells = self._known[marks]
            values = file.read_row_groups(groups, columns=["value"], use_threads=False).column(0)
            return cells, values.to_numpy()[places]


def _zones_alone(file: Any, group: int) -> bool:
    """Tell whether a row group says of itself that it holds zones and nothing else."""
    column = file.metadata.row_group(group).column(file.schema_arrow.get_field_index("level"))
    said = column.statistics
    return said is not None and said.has_min_max and said.min == said.max == ZONE


def _bytes_of_keys(file: Any, source: Any, group: int) -> bytes:
    """Return the key columns of a row group as they are written, and which encodings they have."""
    whole = file.metadata.row_group(group)
    parts = [str(whole.num_rows).encode()]
    for name in KEYS:
        column = whole.column(file.schema_arrow.get_field_index(name))
        begin = column.dictionary_page_offset or column.data_page_offset
        parts += [
            repr((name, column.compression)).encode(),
            source.read_at(column.total_compressed_size, begin),
        ]
    return b"".join(parts)


def _cells(path: Path, groups: list[int]) -> Cells:
    import pyarrow.parquet as pq

    from sim.scenarios.columns import coded

    with pq.ParquetFile(path, read_dictionary=list(KEYS)) as file:
        table = file.read_row_groups(groups, columns=list(KEYS), use_threads=False)
    columns = {name: coded(table.column(name)) for name in KEYS}
    return Cells(
        {name: codes for name, (codes, _) in columns.items()}, {name: n for name, (_, n) in columns.items()}
    )
