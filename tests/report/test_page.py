"""The page stands alone, is sound HTML in both languages, and never shows targets without people."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from sim.errors import InputError
from sim.report.content import gather
from sim.report.html import characters, page_context, render, write_page
from sim.report.words import Words
from sim.scenarios.store import load_results
from tests.fixtures.demo_store import make_demo_store

VOID = {"meta", "link", "br", "img", "input", "hr"}
LOADING = {"src", "href", "xlink:href", "data", "action", "poster", "srcset"}
PEOPLE = ("forced to move", "children", "with, ", "without Beijing hukou", "rent burden", "household income")


class Reader(HTMLParser):
    """Collect the elements of a page and the text of each section, and note what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Note an element and keep it open."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Note an end that closes something else."""
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes <{self.open[-1] if self.open else ''}> at {self.getpos()}")
        else:
            self.open.pop()


def section(page: str, name: str) -> str:
    start = page.index(f'<section id="{name}"')
    return page[start : page.index("</section>", start)]


def test_every_element_is_closed_and_every_id_is_one(page):
    reader = Reader(page)
    assert reader.wrong == []
    assert reader.open == []
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_loads_nothing_from_outside(page):
    for tag, attributes in Reader(page).elements:
        for name in LOADING & attributes.keys():
            assert attributes[name].startswith("#"), (tag, name, attributes[name][:80])
        assert tag not in {"script", "iframe", "object", "embed", "link", "base"}
    for address in re.findall(r"url\(\s*['\"]?([^'\")]{1,30})", page):
        assert address.startswith(("data:", "#")), address
    assert "@import" not in page


def test_every_reference_leads_somewhere(page):
    reader = Reader(page)
    ids = {attributes.get("id") for _, attributes in reader.elements}
    for _, attributes in reader.elements:
        for name in ("href", "xlink:href"):
            if attributes.get(name):
                assert attributes[name][1:] in ids
        for name in (attributes.get("aria-labelledby") or "").split():
            assert name in ids


def test_the_page_is_small_and_names_its_language(page):
    assert len(page.encode()) < 3_000_000
    assert re.search(r'<html lang="(en|zh-CN)">', page)


def test_every_drawing_has_a_title_and_a_description(page):
    drawings = re.findall(r'<svg class="(?:map|chart)"[^>]*role="img"[^>]*>.{0,900}', page, flags=re.DOTALL)
    assert len(drawings) >= 4 + 3 + 2
    for drawing in drawings:
        assert re.search(r"<title id=\"[^\"]+\">[^<]+</title><desc id=\"[^\"]+\">[^<]+</desc>", drawing)


def test_rows_have_as_many_cells_as_heads(page):
    for table in re.findall(r"<table.*?</table>", page, flags=re.DOTALL):
        counts = {
            len(re.findall(r"<t[hd]\b", row)) for row in re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL)
        }
        assert len(counts) == 1, table[:200]


def test_embedded_fonts_hold_every_character_of_the_page(page):
    fonts = re.findall(r'font-family:"(Shujie \w+)"[^}]*?base64,([^"]+)"', page)
    assert [name for name, _ in fonts] == ["Shujie Sans", "Shujie Serif"]
    body = page[page.index("</style>") :]
    for (_, data), kind in zip(fonts, ("sans", "serif"), strict=True):
        known = set(TTFont(BytesIO(base64.b64decode(data))).getBestCmap())
        needed = {ord(sign) for sign in characters(body)[kind] if sign not in "\n\t\u00a0"}
        assert {chr(code) for code in needed - known} == set()


@pytest.mark.parametrize("name", ["targets", "densities"])
def test_targets_and_densities_stand_beside_the_people(english, name):
    text = re.sub(r"<[^>]+>", "", section(english, name))
    for word in PEOPLE:
        assert word in text, word


def test_targets_come_first_and_the_people_are_in_the_first_screen(english):
    main = english[english.index("<main") :]
    assert (
        main.index('class="stack targets"')
        < main.index('<aside class="people"')
        < main.index('<section id="densities"')
    )
    opening = english[english.index('<div class="lede">') : english.index("<nav")]
    assert "forced to move" in opening
    assert "targets due by 2020Q4" in opening


def test_a_verdict_is_written_not_only_coloured(english):
    chips = re.findall(r'<span class="chip (\w+)">([^<]+)</span>', english)
    assert chips
    assert {(kind, text) for kind, text in chips} <= {
        ("reached", "Reached"),
        ("likely", "Likely"),
        ("uncertain", "Uncertain"),
        ("unlikely", "Unlikely"),
        ("missed", "Missed"),
    }


def test_zone_maps_are_marked_as_modelled_and_zones_are_in_no_table(english):
    maps = section(english, "maps")
    assert maps.index("known to about a third") < maps.index('id="mz0-t"')
    for table in re.findall(r"<table.*?</table>", english, flags=re.DOTALL):
        assert "东华门" not in table


def test_assumptions_sources_and_provenance_are_there(english, content):
    assert "What is assumed" in english
    assert "population.csv" in section(english, "sources")
    provenance = section(english, "provenance")
    for digest in content.meta["made_with"].values():
        assert digest in provenance
    assert "not for choosing households" in section(english, "use")


def test_more_scenarios_change_the_layout_not_the_order(content):
    three = replace(
        content,
        scenarios=[*content.scenarios, replace(content.scenarios[1], id="third", title_en="A third one")],
        people={**content.people, "third": content.people["executed-2017-2020"]},
        district_change={**content.district_change, "third": content.district_change["no-measures"]},
        zone_change={**content.zone_change, "third": content.zone_change["no-measures"]},
        district_residents={**content.district_residents, "third": content.district_residents["no-measures"]},
        paths={**content.paths, "third": content.paths["no-measures"]},
    )
    page = render(three, Words("en"))
    assert '<div class="answer many">' in page
    assert "Nobody was displaced by an order" in section(page, "flows")
    assert "not in these runs" in section(page, "targets")
    assert Reader(page).wrong == []


def test_a_scenario_title_cannot_put_markup_in_the_page(content):
    named = replace(content.scenarios[1], id="mine", title_en="<script>alert(1)</script> & more")
    evil = replace(
        content,
        scenarios=[named],
        people={"mine": content.people["executed-2017-2020"]},
        district_change={"mine": content.district_change["no-measures"]},
        zone_change={"mine": content.zone_change["no-measures"]},
        district_residents={"mine": content.district_residents["no-measures"]},
        paths={"mine": content.paths["no-measures"]},
    )
    page = render(evil, Words("en"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_languages_differ_in_words_and_agree_in_numbers(content):
    english, chinese = (page_context(content, Words(lang)) for lang in ("en", "zh"))
    for name in ("targets_city", "targets_district", "not_judged", "densities", "people_rows", "sources"):
        assert len(english[name]) == len(chinese[name])
    statuses = [
        [[cell.get("status") for cell in row["cells"]] for row in c["targets_city"]]
        for c in (english, chinese)
    ]
    assert statuses[0] == statuses[1]


def test_write_page_replaces_the_file_whole(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=1, until="2017Q4", scenarios=("no-measures",))
    target = tmp_path / "new" / "report.html"
    target.parent.mkdir()
    target.write_text("old")
    assert write_page(load_results(store), target, lang="zh") == target
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_is_refused(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=1, until="2017Q4", scenarios=("no-measures",))
    results = load_results(store)
    with pytest.raises(InputError, match="cannot be written"):
        write_page(results, tmp_path)
    with pytest.raises(InputError, match="no page in 'fr'"):
        write_page(results, tmp_path / "page.html", lang="fr")
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(("until", "base"), [("2012Q2", "2010Q4"), ("2035Q4", "2020Q4")])
def test_runs_of_any_length_have_a_page(tmp_path, until, base):
    store = make_demo_store(tmp_path / "store", replications=1, until=until)
    page = render(gather(load_results(store)), Words("en"))
    assert Reader(page).wrong == []
    assert f"from {base} to {until}" in page
    assert "Forced to move" in page


def test_missing_and_damaged_runs_are_named(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=2, until="2017Q4", scenarios=("no-measures",))
    (store / "runs/no-measures/2/flows.parquet").unlink()
    page = render(gather(load_results(store)), Words("en"))
    assert "flows.parquet is missing" in section(page, "provenance")
