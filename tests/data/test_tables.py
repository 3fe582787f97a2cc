"""Check that every packaged table is what its entry says and that a wrong one is refused by file and row."""

import csv
import hashlib
from pathlib import Path

import pytest

from sim.data import tables
from sim.data.tables import DISTRICTS, TABLES, Source, load_table, parse_rows, source_of, sources
from sim.errors import InputError

WITH_COLUMNS = sorted(name for name, source in sources().items() if source.columns)


@pytest.mark.parametrize("name", WITH_COLUMNS)
def test_each_table_loads_with_the_columns_and_rows_of_its_entry(name: str) -> None:
    table = load_table(name)
    source = source_of(name)
    assert list(table.columns) == list(source.columns)
    assert len(table) == source.rows


def test_every_packaged_file_has_an_entry_and_every_entry_a_file() -> None:
    assert {path.name for path in TABLES.iterdir()} == {source.file for source in sources().values()}


@pytest.mark.parametrize("name", sorted(sources()))
def test_each_entry_says_who_when_under_which_licence_and_how(name: str) -> None:
    source = source_of(name)
    assert source.title
    assert source.publishers
    assert source.licence
    assert source.obtained
    assert sum(source.confidence.values()) == source.rows
    assert tables.data_path(name).is_file()


def test_a_table_is_a_copy_of_ones_own() -> None:
    first = load_table("districts")
    first.loc[0, "area_km2"] = -1.0
    assert load_table("districts").loc[0, "area_km2"] == 41.86


def test_blank_numbers_are_unknown_not_zero() -> None:
    rows = load_table("market_destinations")
    assert rows["value"].isna().any()
    assert (load_table("population")["notes"] == "").any()


def test_the_census_adds_up_everywhere() -> None:
    ages = load_table("census_age_sex")
    city = ages[ages.area_id == "beijing"].groupby(["age_group", "sex"]).value.sum()
    parts = ages[ages.area_id.isin(DISTRICTS)].groupby(["age_group", "sex"]).value.sum()
    assert (city == parts).all()
    assert city.sum() == 19_612_368


def test_an_unknown_table_gets_near_names() -> None:
    with pytest.raises(InputError) as caught:
        load_table("populations")
    assert "population" in caught.value.mend


def _edit(name: str, old: str, new: str) -> tuple[Path, bytes, Source]:
    """Return a table with one change and an entry whose checksum fits, so that only the content is wrong."""
    source = source_of(name)
    path = TABLES / source.file
    text = path.read_text(encoding="utf-8")
    assert old in text
    data = text.replace(old, new, 1).encode()
    return path, data, source.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("census_age_sex", "area_id,year", "area,year", ["row 1", "missing: area_id", "not known: area"]),
        (
            "census_age_sex",
            "dongcheng,2010,population,0,male,",
            "dongcheng,2010,population,0,male,1",
            ["add up"],
        ),
        ("housing_supply", ",2386.7,", ",many,", ["row 2", "'value'", "many"]),
        ("housing_supply", ",2386.7,", ",,", ["row 2", "'value'"]),
        ("housing_supply", ",2386.7,10k m2,", ",2386.7,barns,", ["row 2", "barns"]),
        ("achievements", ",57,markets,", ",57,,", ["row 2", "no unit"]),
        ("population", "beijing,全市,2012,as_published", "beijing,全市,2o12,as_published", ["row", "'year'"]),
    ],
)
def test_a_wrong_table_is_refused_with_file_and_row(name: str, old: str, new: str, says: list[str]) -> None:
    path, data, source = _edit(name, old, new)
    with pytest.raises(InputError) as caught:
        parse_rows(path, data, source)
    for part in [*says, path.name]:
        assert part in str(caught.value)


def test_the_row_of_a_sum_that_is_off_is_the_city_row() -> None:
    path, data, source = _edit(
        "census_age_sex", "dongcheng,2010,population,0,male,", "dongcheng,2010,population,0,male,9"
    )
    with pytest.raises(InputError) as caught:
        parse_rows(path, data, source)
    row = int(caught.value.where.split("row ")[1].split(" ")[0])
    line = list(csv.reader(data.decode().splitlines()))[row - 1]
    assert line[:5] == ["beijing", "2010", "population", "0", "male"]


def test_a_table_edited_by_hand_is_named_with_both_checksums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of("housing_supply")
    data = (TABLES / source.file).read_bytes().replace(b",2386.7,", b",2386.8,")
    (tmp_path / source.file).write_bytes(data)
    monkeypatch.setattr(tables, "TABLES", tmp_path)
    tables.load_columns.cache_clear()
    with pytest.raises(InputError, match="edited by hand") as caught:
        load_table("housing_supply")
    tables.load_columns.cache_clear()
    assert source.sha256 in str(caught.value)
    assert hashlib.sha256(data).hexdigest() in str(caught.value)
    assert source.file in caught.value.where


def test_a_missing_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "TABLES", tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        tables.data_path("housing_supply")


def test_the_digest_of_all_data_is_stable() -> None:
    assert tables.data_digest() == tables.data_digest()
    assert len(tables.data_digest()) == 64
