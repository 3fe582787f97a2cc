"""Check that docs/data.md says what the entries say, and that a changed table can be sealed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.data import catalogue, tables
from sim.errors import InputError


def test_the_page_is_up_to_date() -> None:
    written = catalogue.PAGE.read_text(encoding="utf-8")
    assert written == catalogue.page(), "run: python -m sim.data.catalogue"


def test_the_page_names_every_table_path_and_shock() -> None:
    page = catalogue.page()
    for name in [*tables.sources(), *catalogue.path_files(), *catalogue.shock_files()]:
        assert f"### {name}\n" in page


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work on a copy of the tables and their entries."""
    shutil.copytree(tables.TABLES, tmp_path / "tables")
    shutil.copy(tables.SOURCES, tmp_path / "sources.yaml")
    for module in (tables, catalogue):
        monkeypatch.setattr(module, "TABLES", tmp_path / "tables")
        monkeypatch.setattr(module, "SOURCES", tmp_path / "sources.yaml")
    tables.sources.cache_clear()
    tables.load_columns.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    tables.sources.cache_clear()
    tables.load_columns.cache_clear()


def test_a_table_changed_on_purpose_is_sealed(copied: Path) -> None:
    path = copied / "tables" / "housing_supply.csv"
    extra = (
        "beijing,2021,commodity_floor_area_completed,1983.9,10k m2,somewhere,recalled,low,to be verified\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + extra, encoding="utf-8")
    others = {name: source.sha256 for name, source in tables.sources().items() if name != "housing_supply"}
    catalogue.seal("housing_supply")
    tables.sources.cache_clear()
    tables.load_columns.cache_clear()
    assert tables.load_table("housing_supply").value.iloc[-1] == 1983.9
    assert tables.source_of("housing_supply").rows == 23
    assert {n: s.sha256 for n, s in tables.sources().items() if n != "housing_supply"} == others


def test_an_unsound_table_is_not_sealed(copied: Path) -> None:
    path = copied / "tables" / "housing_supply.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("10k m2", "barns"), encoding="utf-8")
    with pytest.raises(InputError, match="barns"):
        catalogue.seal("housing_supply")
