"""Columns that are encoded apart make the file that they make together, whatever was written before."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.outcomes.panel import KEYS
from sim.scenarios import run_tables
from sim.scenarios.column_chunks import encoded, write_side_by_side
from sim.scenarios.run_tables import IndicatorWriter, write_table
from sim.scenarios.thrift_compact import read_struct, write_struct


def indicators(n: int = 3, seed: int = 1) -> pd.DataFrame:
    """Return indicators of two places and n quarters in zones and above, some of them not known."""
    rows = [
        (f"20{q:02d}Q4", level, name) for level in ("city", "zone") for name in ("a", "b") for q in range(n)
    ]
    quarter, level, area = zip(*rows, strict=True)
    value = np.random.default_rng(seed).normal(size=len(rows))
    value[1::5] = np.nan
    return pd.DataFrame(
        {
            "quarter": pd.Categorical(quarter),
            "level": pd.Categorical(level),
            "area": pd.Categorical(area),
            "indicator": pd.Categorical(["residents"] * len(rows)),
            "value": value,
            "unit": pd.Categorical(["persons"] * len(rows)),
        }
    )


def test_the_file_is_to_the_byte_that_of_the_table_written_whole(tmp_path):
    frame = indicators()
    write_table(tmp_path / "whole.parquet", frame, "s", 4)
    IndicatorWriter().write(tmp_path / "parts.parquet", frame, "s", 4)
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    query = "SELECT value FROM read_parquet(?) WHERE level = 'zone' AND area = 'b'"
    found = duckdb.execute(query, [str(tmp_path / "parts.parquet")]).fetchall()
    expected = frame.loc[(frame["level"] == "zone") & (frame["area"] == "b"), "value"]
    assert [value for (value,) in found] == expected.astype(object).where(expected.notna(), None).tolist()
    assert None in [value for (value,) in found]


def test_a_file_is_the_same_whatever_was_written_before(tmp_path):
    writer = IndicatorWriter()
    other = indicators()
    other["area"] = other["area"].cat.rename_categories({"b": "c"})
    for number, frame in enumerate((indicators(), indicators(4), other, indicators(seed=2), other)):
        writer.write(tmp_path / "after.parquet", frame, "s", number)
        IndicatorWriter().write(tmp_path / "first.parquet", frame, "s", number)
        assert (tmp_path / "after.parquet").read_bytes() == (tmp_path / "first.parquet").read_bytes()
        assert pq.read_table(tmp_path / "after.parquet")["area"].to_pylist() == frame["area"].tolist()


def test_keys_that_are_alike_are_encoded_once(tmp_path, monkeypatch):
    encodings = []
    encode = run_tables._encode
    monkeypatch.setattr(
        run_tables, "_encode", lambda *given: (encodings.append(given[1].column_names), encode(*given))
    )
    writer = IndicatorWriter()
    for number in (1, 2, 3):
        writer.write(tmp_path / f"{number}.parquet", indicators(seed=number), "s", number)
    assert [set(names) & set(KEYS) == set(KEYS) for names in encodings].count(True) == 1
    assert encodings.count(["scenario"]) == 1
    assert encodings.count(["value", "replication"]) == 3
    assert len(encodings) == 5
    writer.write(tmp_path / "4.parquet", indicators(seed=4), "another", 4)
    assert pq.read_table(tmp_path / "4.parquet")["scenario"].unique().to_pylist() == ["another"]
    assert encodings.count(["scenario"]) == 2


def test_words_that_are_no_categories_are_written_too(tmp_path):
    frame = indicators().astype({"area": "object"})
    writer = IndicatorWriter()
    for number in (1, 2):
        writer.write(tmp_path / "i.parquet", frame, "s", number)
        assert pq.read_table(tmp_path / "i.parquet")["area"].to_pylist() == frame["area"].tolist()


def test_a_description_is_written_as_it_was_read(tmp_path):
    # many columns and a long text, so that lists and lengths of more than one byte occur
    table = pa.table({f"c{number}" * 40: [number, None] for number in range(40)} | {"flag": [True, False]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=1)
    data = (tmp_path / "t.parquet").read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    again = bytearray()
    write_struct(read_struct(data[-8 - size : -8])[0], again)
    assert bytes(again) == data[-8 - size : -8]


def test_columns_come_in_the_order_asked_for(tmp_path):
    for name in ("a", "b"):
        pq.write_table(pa.table({f"{name}1": [1, 2], f"{name}2": ["x", None]}), tmp_path / name)
    parts = [encoded(memoryview((tmp_path / name).read_bytes())) for name in ("a", "b")]
    with (tmp_path / "both").open("wb") as file:
        write_side_by_side(file, parts, ["b2", "a1", "b1"])
    assert pq.read_table(tmp_path / "both").to_pydict() == {"b2": ["x", None], "a1": [1, 2], "b1": [1, 2]}


def test_what_is_no_plain_parquet_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not a Parquet file"):
        encoded(memoryview(b"PAR1 and something else"))
    pq.write_table(pa.table({"a": [{"b": 1}]}), tmp_path / "t")
    with pytest.raises(ValueError, match="columns within columns"):
        encoded(memoryview((tmp_path / "t").read_bytes()))
