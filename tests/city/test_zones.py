"""Check the zones against the published areas and the census of 2010, and the split on hand-made cases."""

import numpy as np
import pytest

from sim.city.zones import (
    AREA_GROUPS,
    AREA_KINDS,
    Zones,
    district_polygons,
    load_zones,
    read_rows,
    share_integers,
    zone_polygons,
    zone_population,
)
from sim.errors import InputError


@pytest.fixture(scope="module")
def zones() -> Zones:
    return load_zones()


def test_orders_are_those_of_the_tables(zones: Zones) -> None:
    assert list(zones.ids) == [row["zone_id"] for row in read_rows("zones")]
    assert list(zones.districts.ids) == [row["district_id"] for row in read_rows("districts")]
    assert len(zones) == 343
    assert len(zones.districts) == 16
    assert [name.split(".")[0] for name in zones.ids] == [zones.districts.ids[d] for d in zones.district]


def test_areas_add_up_to_the_districts(zones: Zones) -> None:
    found = np.bincount(zones.district, zones.area_km2)
    np.testing.assert_allclose(found, zones.districts.area_km2, atol=1e-4)
    assert zones.districts.area_km2.sum() == pytest.approx(16_410.54, abs=0.01)
    assert zones.area_km2.min() > 0.4


def test_official_areas_are_kept_where_they_fit(zones: Zones) -> None:
    haidian = {row["zone_id"]: row["area_km2"] for row in read_rows("zones") if row["area_km2"]}
    assert zones.area_km2[zones.index("haidian.xueyuanlu")] == float(haidian["haidian.xueyuanlu"])
    assert set(zones.area_basis) == {"official", "voronoi"}


def test_people_add_up_to_the_census_exactly(zones: Zones) -> None:
    found = np.bincount(zones.district, zones.population_2010)
    assert (found == zones.districts.population_2010).all()
    assert zones.population_2010.sum() == 19_612_368
    assert zones.population_2010.min() > 500


def test_the_core_adds_up_to_its_four_former_districts(zones: Zones) -> None:
    census = {
        "old_dongcheng": 573_180,
        "old_chongwen": 346_073,
        "old_xicheng": 674_531,
        "old_xuanwu": 568_784,
    }
    for unit, people in census.items():
        members = np.array([u == unit for u in zones.census_unit])
        assert zones.population_2010[members].sum() == people


def test_known_counts_are_respected(zones: Zones) -> None:
    for row in read_rows("zones"):
        if not row["population_2010"]:
            continue
        heirs = [r["zone_id"] for r in read_rows("zones") if r["parent_2010"] == row["zone_id"]]
        group = [zones.index(name) for name in (row["zone_id"], *heirs)]
        assert zones.population_2010[group].sum() == int(float(row["population_2010"]))
        assert {zones.population_basis[i] for i in group} == {"shared" if heirs else "known"}


def test_seven_later_zones_of_tongzhou_share_with_their_parents(zones: Zones) -> None:
    shared = [zones.ids[i] for i, basis in enumerate(zones.population_basis) if basis == "shared"]
    assert len(shared) == 10
    assert all(name.startswith("tongzhou.") for name in shared)


def test_neighbours_are_symmetric_and_everyone_has_some(zones: Zones) -> None:
    lists = [set(found.tolist()) for found in zones.neighbours]
    assert len(lists) == len(zones)
    for i, found in enumerate(lists):
        assert found
        assert i not in found
        assert all(i in lists[j] for j in found)


def test_neighbours_cross_district_borders(zones: Zones) -> None:
    crossing = {
        (zones.district[i], zones.district[j]) for i, found in enumerate(zones.neighbours) for j in found
    }
    pairs = {(zones.districts.ids[a], zones.districts.ids[b]) for a, b in crossing if a != b}
    assert ("dongcheng", "xicheng") in pairs
    assert ("tongzhou", "chaoyang") in pairs
    assert ("dongcheng", "tongzhou") not in pairs


def test_result_areas(zones: Zones) -> None:
    areas = zones.areas()
    assert list(areas)[: len(AREA_KINDS)] == list(AREA_KINDS)
    assert set(areas) == set(AREA_KINDS) | set(zones.districts.ids)
    np.testing.assert_array_equal(sum(areas[group] for group in AREA_GROUPS), areas["beijing"])
    np.testing.assert_array_equal(areas["core"] + areas["inner"], areas["city_six"])
    people = {name: float(weights @ zones.population_2010) for name, weights in areas.items()}
    assert people["city_six"] == 11_716_620
    assert people["core"] == 2_162_568
    assert 0.4e6 < people["subcentre"] < people["tongzhou"]


def test_land_of_result_areas(zones: Zones) -> None:
    assert zones.land_km2("core") == pytest.approx(92.39)
    assert zones.land_km2("city_six") == pytest.approx(1368.32)
    assert zones.land_km2("subcentre") == 155.0
    with pytest.raises(InputError, match="unknown area"):
        zones.land_km2("cor")


def test_an_unknown_zone_names_the_nearest(zones: Zones) -> None:
    with pytest.raises(InputError) as caught:
        zones.index("haidian.xueyanlu")
    assert "haidian.xueyuanlu" in str(caught.value)
    with pytest.raises(InputError) as caught:
        zones.in_district("haidan")
    assert "haidian" in str(caught.value)


def test_shared_arrays_cannot_be_written(zones: Zones) -> None:
    with pytest.raises(ValueError, match="read-only"):
        zones.population_2010[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        zones.districts.area_km2[0] = 1


def test_every_place_has_a_closed_shape_about_its_point(zones: Zones) -> None:
    shapes = zone_polygons()
    assert list(shapes) == list(zones.ids)
    assert list(district_polygons()) == list(zones.districts.ids)
    for rings in (*shapes.values(), *district_polygons().values()):
        assert rings
        for ring in rings:
            assert ring.shape[1] == 2
            assert (ring[0] == ring[-1]).all()
    inside = 0
    for i, name in enumerate(zones.ids):
        low, high = shapes[name][0].min(axis=0), shapes[name][0].max(axis=0)
        inside += bool(
            (low <= (zones.lon[i], zones.lat[i])).all() and ((zones.lon[i], zones.lat[i]) <= high).all()
        )
    assert inside > 330


def test_share_integers_by_largest_remainder() -> None:
    assert share_integers(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert share_integers(7, np.array([0.0, 2.0, 5.0])).tolist() == [0, 2, 5]
    assert share_integers(0, np.array([1.0, 2.0])).tolist() == [0, 0]
    with pytest.raises(ValueError, match="positive weight"):
        share_integers(3, np.zeros(2))


def test_population_of_a_hand_made_district() -> None:
    nan = float("nan")
    people, basis = zone_population(
        known=np.array([100.0, nan, nan, nan]),
        parent=np.array([-1, 0, -1, -1]),
        unit=np.zeros(4, int),
        weight=np.array([3.0, 1.0, 1.0, 3.0]),
        unit_total=np.array([500]),
    )
    assert people.tolist() == [75, 25, 100, 300]
    assert basis == ["shared", "shared", "modelled", "modelled"]


def test_known_counts_above_the_census_are_refused() -> None:
    nan = float("nan")
    with pytest.raises(InputError, match="known zone counts leave -10"):
        zone_population(
            np.array([110.0, nan]), np.array([-1, -1]), np.zeros(2, int), np.ones(2), np.array([100])
        )
