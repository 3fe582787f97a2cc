"""Every figure of the page is written as SVG and PNG that need nothing else."""

import re
import struct
import xml.etree.ElementTree as ET

import pytest

from sim.errors import InputError
from sim.report.pictures import WIDTH, font_face, pictures, png, standalone, write_pictures
from sim.report.words import Words


@pytest.fixture(scope="module")
def drawn(content):
    return list(pictures(content, Words("zh")))


def test_there_is_a_picture_of_every_figure_of_the_page(content, drawn):
    names = [picture.name for picture in drawn]
    assert len(set(names)) == len(names)
    for scenario in content.scenarios:
        assert {f"map-district-{scenario.id}", f"map-zone-{scenario.id}"} <= set(names)
    assert {"paths-beijing", "paths-city-six", "paths-core", "flows-executed-2017-2020"} <= set(names)


def test_a_picture_is_whole_by_itself(drawn):
    face = font_face(drawn)
    for picture in drawn:
        svg = standalone(picture, face)
        root = ET.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        ids = set(re.findall(r'\bid="([^"]+)"', svg))
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= ids
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= ids
        assert "data:font/woff;base64," in svg
        assert "var(--" not in svg


def test_a_picture_carries_title_legend_and_unit(drawn):
    by_name = {picture.name: standalone(picture, "") for picture in drawn}
    text = {name: "".join(ET.fromstring(svg).itertext()) for name, svg in by_name.items()}
    assert "核心区" in text["paths-core"]
    assert "万" in text["paths-core"]
    assert "2020 年普查" in text["paths-core"]
    assert "%" in text["map-district-executed-2017-2020"]
    assert "怀柔" in text["map-district-executed-2017-2020"]


def test_a_png_has_the_width_asked_for_and_draws_chinese(drawn):
    picture = next(picture for picture in drawn if picture.name == "flows-executed-2017-2020")
    svg = standalone(picture, font_face([picture]))
    image = png(svg)
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", image[16:20])[0] == WIDTH
    assert png(re.sub("[\u4e00-\u9fff]", "", svg)) != image


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="pictures cannot be written"):
        write_pictures(None, tmp_path / "file")
