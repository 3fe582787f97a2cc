"""The page stands alone, is sound HTML in both languages, and never shows targets without people."""

import base64
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pandas as pd
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
PEOPLE = (
    "Forced to move",
    "Children among them",
    "leavers with Beijing hukou",
    "leavers without Beijing hukou",
    "Rent burden",
    "Household income",
)


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


@pytest.mark.parametrize("name", ["summary", "targets", "densities", "differences"])
def test_targets_and_densities_stand_beside_the_people(english, name):
    text = re.sub(r"<[^>]+>", "", section(english, name))
    for word in PEOPLE:
        assert word in text, word


def test_the_first_section_has_targets_densities_and_people_in_one_table(english):
    main = english[english.index("<main") :]
    assert main.index('<section id="summary"') < main.index('<section id="targets"')
    first = section(english, "summary")
    assert first.count("<table") == 1
    groups = re.findall(r'<th scope="rowgroup"[^>]*>([^<]+)<', first)
    assert [group.split(",")[0].split(":")[0] for group in groups[:3]] == [
        "Targets",
        "Densities of the core",
        "The people moved for them",
    ]


def test_a_verdict_is_written_not_only_coloured(english):
    chips = re.findall(r'<span class="chip (\w+)">([^<]+)</span>', english)
    assert chips
    assert {(kind, text) for kind, text in chips} <= {
        ("reached", "Reached"),
        ("likely", "Likely"),
        ("uncertain", "Uncertain"),
        ("unlikely", "Unlikely"),
        ("missed", "Missed"),
        ("lower", "Lower"),
        ("higher", "Higher"),
        ("unsure", "Unclear"),
        ("same", "Same"),
        ("same", "Settled"),
        ("unsure", "Not settled"),
        ("unsure", "One run"),
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


def with_options(content, options):
    """Return the content with other scenarios, each as the first or second one that it is made from."""
    source = {scenario.id: name for scenario, name in options}
    return replace(
        content,
        scenarios=[scenario for scenario, _ in options],
        people={key: content.people[name] for key, name in source.items()},
        district_change={key: content.district_change[name] for key, name in source.items()},
        zone_change={key: content.zone_change[name] for key, name in source.items()},
        district_residents={key: content.district_residents[name] for key, name in source.items()},
        paths={key: content.paths[name] for key, name in source.items()},
    )


def test_an_option_of_which_little_is_known_has_a_page(content):
    first, second = content.scenarios
    third = replace(second, id="third", title_en="A third one")
    options = [(first, first.id), (second, second.id), (third, first.id)]
    page = render(with_options(content, options), Words("en"))
    assert "Nobody was displaced by an order" in section(page, "flows")
    assert "not in these runs" in section(page, "targets")
    assert Reader(page).wrong == []


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> & more"


def test_a_hostile_title_puts_no_markup_in_the_page(content):
    first, second = content.scenarios
    named = replace(second, id="mine", title_en=HOSTILE, title_zh=HOSTILE)
    for compared in (None, first.id):
        evil = with_options(content, [(first, first.id), (named, second.id)])
        page = render(replace(evil, compared=compared), Words("en"))
        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page
        assert Reader(page).wrong == []


def test_a_hostile_base_is_escaped_in_the_headings(content):
    first, second = content.scenarios
    named = replace(first, id="mine", title_en=HOSTILE)
    evil = with_options(content, [(named, first.id), (second, second.id)])
    differences = [row | {"base": "mine"} for row in content.differences]
    page = render(replace(evil, compared="mine", differences=differences), Words("en"))
    assert "<script" not in page
    assert "&lt;script&gt;" in re.search(r"<h1>.*?</h1>", page, flags=re.DOTALL).group(0)
    assert "&lt;script&gt;" in section(page, "differences")


def test_headings_are_in_order_and_every_section_has_one(page):
    levels = [int(tag[1]) for tag, _ in Reader(page).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in itertools.pairwise(levels))
    for name in re.findall(r'<section id="(\w+)"', page):
        assert f'aria-labelledby="{name}-h"' in page
        assert re.search(rf'<h2 id="{name}-h"[^>]*>[^<]+</h2>', section(page, name)), name


def test_landmarks_and_the_way_past_them(page):
    tags = [tag for tag, _ in Reader(page).elements]
    for landmark in ("header", "nav", "main", "footer"):
        assert tags.count(landmark) == 1
    assert page.index('class="skip" href="#summary"') < page.index("<header")


def test_every_table_has_a_caption_and_every_head_a_scope(page):
    tables = re.findall(r"<table.*?</table>", page, flags=re.DOTALL)
    assert len(tables) > 15
    for table in tables:
        assert re.search(r"<table[^>]*>\s*<caption>\s*[^\s<]", table), table[:200]
        for head in re.findall(r"<th\b[^>]*>", table):
            assert re.search(r'scope="(col|row|rowgroup)"', head), head
        assert "<td></td>" not in table.split("<tbody>")[0]


def test_what_can_be_scrolled_can_be_reached_and_is_named(page):
    for tag, attributes in Reader(page).elements:
        if "scroll" in (attributes.get("class") or "").split():
            assert (tag, attributes["tabindex"], attributes["role"]) == ("div", "0", "region")
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")


def test_every_figure_has_a_caption(page):
    figures = re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL)
    assert figures
    assert all(re.search(r"<figcaption>[^<]+</figcaption>", figure) for figure in figures)


def test_numbers_are_traced_by_notes_that_are_all_used(page):
    notes = section(page, "notes")
    numbers = {int(number) for number in re.findall(r'id="note-(\d+)"', notes)}
    used = {int(number) for number in re.findall(r'href="#note-(\d+)"', page)}
    assert used == numbers == set(range(1, len(numbers) + 1))
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", section(page, "summary"), flags=re.DOTALL)
    assert rows
    for row in rows:
        assert 'class="ref"' in row
        assert all(re.search(r'title="[^"]+"', cell) for cell in re.findall(r"<td\b[^>]*>", row))


def test_ten_options_stay_within_the_size_and_print_on_wide_paper(content):
    first, second = content.scenarios
    names = [f"option-{letter}" for letter in "abcdefgh"]
    options = [(first, first.id), (second, second.id)]
    options += [(replace(second, id=name, title_zh=f"方案 {name}"), second.id) for name in names]

    def copied(rows):
        own = [row for row in rows if row["scenario"] == second.id]
        return [*rows, *(row | {"scenario": name} for name in names for row in own)]

    own = content.flows[content.flows["scenario"] == second.id]
    ten = replace(
        with_options(content, options),
        **{name: copied(getattr(content, name)) for name in ("targets", "densities", "differences")},
        **{name: copied(getattr(content, name)) for name in ("tasks", "persons")},
        flows=pd.concat([content.flows, *(own.assign(scenario=name) for name in names)], ignore_index=True),
    )
    page = render(ten, Words("zh"))
    assert len(re.findall(r'id="md\d+-t"', page)) == 10
    assert "A4 landscape" in page
    assert len(page.encode()) < 3_000_000
    assert Reader(page).wrong == []


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


def test_a_page_of_comparison_is_about_differences(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=2, until="2018Q4")
    results = load_results(store)
    content = gather(results, "executed-2017-2020")
    assert [scenario.id for scenario in content.scenarios] == ["executed-2017-2020", "no-measures"]
    assert [scenario.id for scenario in content.options] == ["no-measures"]
    assert content.differences[0]["base"] == "executed-2017-2020"
    end = content.paths["no-measures"]["core"][-1][1]
    residents = results.indicators(indicator="residents", area="core", quarter="2018Q4")
    means = residents.groupby("scenario")["value"].mean()
    assert end.estimate == pytest.approx(means["no-measures"] - means["executed-2017-2020"])
    page = render(content, Words("en"))
    assert "each option against: As executed" in page
    assert len(re.findall(r'id="md\d+-t"', page)) == 1
    assert Reader(page).wrong == []


def test_a_comparison_without_another_scenario_is_refused(tmp_path):
    store = make_demo_store(tmp_path / "store", replications=1, until="2017Q4", scenarios=("no-measures",))
    with pytest.raises(InputError, match="no scenario to compare"):
        gather(load_results(store), "no-measures")
    with pytest.raises(InputError, match="unknown scenario 'nothing'"):
        gather(load_results(store), "nothing")


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
