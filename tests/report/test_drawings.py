"""Maps share one symmetric scale and true borders; charts are drawn for the page, not for a screen."""

import re

import numpy as np
import pytest

from sim.city.zones import district_polygons, zone_polygons
from sim.report import figures, maps
from sim.report.content import PATH_AREAS, change_base, published_series


@pytest.fixture(scope="module")
def districts():
    return district_polygons()


def layer(values):
    return maps.MapLayer(values, {name: f"{v:+.1f}" for name, v in values.items()}, {}, "A & B", "about")


def test_colours_are_symmetric_around_zero():
    scale = maps.Scale((2, 5, 10))
    for size, place in ((1, 0), (3, 1), (7, 2), (30, 3)):
        assert scale.colour(-size) == maps.COLOURS[3 - place]
        assert scale.colour(size) == maps.COLOURS[3 + place]
    assert scale.colour(float("nan")) == maps.UNKNOWN


def test_scale_grows_with_the_values():
    assert maps.scale_for([0.1, -0.4]).steps < maps.scale_for([9, -9]).steps < maps.scale_for([-80, 20]).steps
    assert maps.scale_for([]).steps == maps.scale_for([float("nan")]).steps


def test_legend_covers_the_line_without_gaps():
    entries = maps.legend_entries(maps.Scale((2, 5, 10)), lambda v: f"{v:g}", "{low} to {high}")
    assert [text for _, text in entries] == [
        "< -10", "-10 to -5", "-5 to -2", "-2 to 2", "2 to 5", "5 to 10", "≥ 10",
    ]  # fmt: skip
    assert [colour for colour, _ in entries] == list(maps.COLOURS)


def test_borders_are_drawn_once_and_to_scale(districts):
    frame = maps.frame_of(districts)
    shapes = maps.shapes_svg(zone_polygons(), districts, frame)
    assert len(re.findall(r"<path id=", shapes)) == 343 + 16
    x, y = frame.point(116.4, 39.9)
    x_east, y_north = frame.point(116.5, 40.0)
    # A tenth of a degree is 8.5 km east and 11.1 km north at this latitude.
    assert (x_east - x) / (y - y_north) == pytest.approx(8.53 / 11.13, rel=0.01)


def test_a_map_colours_each_place_and_escapes_its_words(districts):
    values = {name: float(number - 8) for number, name in enumerate(districts)}
    svg = maps.map_svg(
        layer(values), districts, maps.frame_of(districts), maps.Scale((2, 5, 10)), key="m", labels=True
    )
    assert "A &amp; B" in svg
    assert svg.count('<use href="#g-dongcheng" fill="#c9963f">') == 2  # on the map and in the enlarged part
    assert len(re.findall(r"<text ", svg)) == 16


def test_no_two_labels_of_a_district_map_overlap(districts):
    values = dict.fromkeys(districts, -12.3)
    svg = maps.map_svg(
        layer(values), districts, maps.frame_of(districts), maps.Scale((2, 5, 10)), key="m", labels=True
    )
    places = np.array([[float(x), float(y)] for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)">', svg)])
    gap = np.abs(places[:, None] - places[None])
    near = (gap[..., 0] < 40) & (gap[..., 1] < 24) & ~np.eye(len(places), dtype=bool)
    assert not near.any()


def test_a_chart_keeps_text_as_text_and_its_ids_apart():
    years = np.arange(2010, 2021, 0.25)
    line = figures.Line("a", years, years * 0 + 20, years * 0 + 19, years * 0 + 21, "#0b5563", "5 3")
    points = figures.Points("b", [2012.0], [20.5], "o", False)
    svg = figures.trajectory_svg([line], [points], key="one", title="<城>", description="d", y_label="万人")
    assert "&lt;城&gt;" in svg
    assert ">万人</text>" in svg
    assert ">2012</text>" in svg
    assert "font-family" not in svg
    assert "<style" not in svg
    assert all(name.startswith("one-") for name in re.findall(r' id="([^"]+)"', svg))


def test_bars_leave_out_what_is_zero():
    svg = figures.stacked_bars_svg(
        [figures.Bar("x", [3, 0, 2])], key="k", title="t", description="d", x_label="n"
    )
    assert svg.count(figures.PART_COLOURS[0]) == 1
    assert figures.PART_COLOURS[1] not in svg


@pytest.mark.parametrize("area", PATH_AREAS)
def test_published_points_are_split_where_the_fit_ends(area):
    series = {(s.series, s.held_out): s for s in published_series(area)}
    assert max(series["as_published", False].years) == 2016
    assert min(series["as_published", True].years) == 2017
    assert series["census", False].years == (2010.0,)
    assert series["census", True].years == (2020.0,)


def test_published_points_are_the_published_numbers():
    core = {(s.series, s.held_out): s for s in published_series("core")}
    assert core["census", True].persons[0] == pytest.approx(1_814_552, abs=1000)  # census 2020: 70.9 + 110.6
    city = {(s.series, s.held_out): s for s in published_series("beijing")}
    assert city["as_published", False].persons[-1] == pytest.approx(21_729_000)


@pytest.mark.parametrize(("end", "base"), [("2035Q4", "2020Q4"), ("2020Q4", "2016Q4"), ("2016Q4", "2010Q4")])
def test_change_is_counted_from_the_base_of_the_densities(end, base):
    assert change_base(end) == base
