"""Indicators are scaled once, summed over places, and formed as sums over sums."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.city.zones import load_zones
from sim.errors import RunError
from sim.outcomes.indicators import COLUMNS, tabulate
from sim.outcomes.registry import DERIVED, INDICATORS, KEYS, indicators_page
from sim.units import parse_unit

ZONES = load_zones()
N_QUARTERS = 5
# interface.md names these; visitors, complaints, money and green space come with their processes.
PROMISED = (
    "residents residents_official residents_non_local residents_age_0_14 residents_age_15_64 "
    "residents_age_65_plus births deaths in_migrants out_migrants households household_size "
    "population_density jobs unemployed businesses businesses_unlicensed commercial_outlets "
    "commercial_floor_area floor_area building_density commercial_density hospital_beds students "
    "dwelling_capacity informal_residents vacancy_rate rent rent_burden income commute_minutes "
    "displaced_home displaced_work left_city rebounded"
).split()


def record(seed: int = 0, *, people: float = 1000.0) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    shape = (N_QUARTERS, len(ZONES))
    values = {name: rng.uniform(1, 2, shape) * people for name in KEYS if name not in DERIVED}
    values["residents_non_local"] = values["residents"] * 0.4
    values["residents_local"] = values["residents"] - values["residents_non_local"]
    return SimpleNamespace(values=values)


def value(
    frame: pd.DataFrame, indicator: str, area: str, quarter: str = "2011Q4", level: str | None = None
) -> float:
    rows = frame[(frame["indicator"] == indicator) & (frame["area"] == area) & (frame["quarter"] == quarter)]
    if level is not None:
        rows = rows[rows["level"] == level]
    assert rows["value"].nunique(dropna=False) == 1
    return float(rows["value"].iloc[0])


def test_the_page_is_the_one_generated_from_the_registry() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "indicators.md"
    assert page.read_text(encoding="utf-8") == indicators_page()


def test_every_promised_indicator_is_there_with_a_known_unit_and_both_titles() -> None:
    assert set(PROMISED) <= set(INDICATORS)
    for indicator in INDICATORS.values():
        parse_unit(indicator.unit)
        assert indicator.title_en
        assert any("一" <= letter <= "鿿" for letter in indicator.title_zh)
        assert indicator.kind in {"stock", "flow", "rate", "share"}
        assert indicator.unit.endswith("/quarter") == (indicator.kind == "flow")


def test_rows_are_tidy_and_complete() -> None:
    frame = tabulate(record(), ZONES, 0.01, np.ones((N_QUARTERS, 16, 2)))
    assert tuple(frame.columns) == COLUMNS
    assert not frame.duplicated(["quarter", "level", "area", "indicator"]).any()
    n_official = sum(indicator.official for indicator in INDICATORS.values())
    places = {"zone": 343, "district": 16, "area": 7, "city": 1}
    for level, n in places.items():
        n_indicators = len(INDICATORS) - (n_official if level == "zone" else 0)
        assert (frame["level"] == level).sum() == n * n_indicators * N_QUARTERS


def test_only_simulated_counts_are_scaled() -> None:
    made = record()
    one, tenth = tabulate(made, ZONES, 1.0), tabulate(made, ZONES, 0.1)
    assert value(tenth, "residents", "beijing") == pytest.approx(10 * value(one, "residents", "beijing"))
    for name in ("jobs", "businesses", "floor_area", "hospital_beds", "rebounded"):
        assert value(tenth, name, "beijing") == value(one, name, "beijing")
    for name in ("household_size", "rent_burden", "income", "commute_minutes", "unemployment_rate"):
        assert value(tenth, name, "beijing") == pytest.approx(value(one, name, "beijing"))
    assert value(tenth, "population_density", "core") == pytest.approx(
        10 * value(one, "population_density", "core")
    )


def test_vacancy_compares_dwellings_with_scaled_households() -> None:
    made = record()
    made.values["dwelling_capacity"] = np.full((N_QUARTERS, 343), 100.0)
    made.values["occupied"] = np.full((N_QUARTERS, 343), 0.9)
    assert value(tabulate(made, ZONES, 0.01), "vacancy_rate", "haidian") == pytest.approx(0.1)


def test_a_ratio_is_a_sum_over_a_sum() -> None:
    made = record()
    frame = tabulate(made, ZONES, 1.0)
    chosen = ZONES.district == ZONES.district_index("haidian")
    above = made.values["rent_paid"][4, chosen].sum()
    below = made.values["income_renters"][4, chosen].sum()
    assert value(frame, "rent_burden", "haidian") == pytest.approx(above / below)


def test_districts_add_up_to_areas_and_the_city() -> None:
    frame = tabulate(record(), ZONES, 0.01)
    rows = frame[
        (frame["indicator"] == "jobs") & (frame["level"] == "district") & (frame["quarter"] == "2011Q4")
    ]
    assert rows["value"].sum() == pytest.approx(value(frame, "jobs", "beijing"))
    core = value(frame, "jobs", "dongcheng") + value(frame, "jobs", "xicheng")
    assert core == pytest.approx(value(frame, "jobs", "core"))
    assert value(frame, "jobs", "city_six") == pytest.approx(core + value(frame, "jobs", "inner"))
    assert value(frame, "jobs", "tongzhou", level="area") == value(
        frame, "jobs", "tongzhou", level="district"
    )


def test_the_subcentre_takes_shares_of_zones_over_its_own_land() -> None:
    made = record()
    frame = tabulate(made, ZONES, 1.0)
    people = float(made.values["residents"][4] @ ZONES.share_in_subcentre)
    assert value(frame, "residents", "subcentre") == pytest.approx(people)
    assert value(frame, "population_density", "subcentre") == pytest.approx(people / 155)
    core = value(frame, "residents", "core") / value(frame, "population_density", "core")
    assert core == pytest.approx(92.39)


def test_small_hukou_cells_of_zones_are_not_shown_nor_to_be_had_by_subtraction() -> None:
    made = record(people=1000.0)
    made.values["residents_non_local"][3, 7] = 1.99
    frame = tabulate(made, ZONES, 0.01)
    zone = ZONES.ids[7]
    quarter = "2011Q3"
    for name in ("residents_non_local", "residents_local", "non_local_share"):
        assert np.isnan(value(frame, name, zone, quarter))
        assert np.isfinite(value(frame, name, zone, "2011Q4"))
    assert np.isfinite(value(frame, "residents", zone, quarter))
    district = ZONES.districts.ids[int(ZONES.district[7])]
    assert np.isfinite(value(frame, "residents_non_local", district, quarter))


def test_flows_are_empty_in_the_base_quarter_and_ratios_without_a_base_are_null() -> None:
    made = record()
    made.values["commuters"][:, ZONES.district == 0] = 0
    frame = tabulate(made, ZONES, 0.01)
    assert np.isnan(value(frame, "births", "beijing", "2010Q4"))
    assert np.isfinite(value(frame, "residents", "beijing", "2010Q4"))
    assert np.isnan(value(frame, "commute_minutes", ZONES.districts.ids[0]))


def test_the_official_measure_carries_the_error_of_the_district_by_hukou() -> None:
    made = record()
    factors = np.ones((N_QUARTERS, 16, 2))
    factors[4, ZONES.district_index("dongcheng"), 1] = 1.1
    frame = tabulate(made, ZONES, 0.01, factors)
    non_local = value(frame, "residents_non_local", "dongcheng")
    more = 0.1 * non_local
    for area in ("dongcheng", "core", "city_six", "beijing"):
        assert value(frame, "residents_official", area) == pytest.approx(
            value(frame, "residents", area) + more
        )
    assert value(frame, "residents_official", "xicheng") == pytest.approx(
        value(frame, "residents", "xicheng")
    )
    assert value(frame, "residents_non_local_official", "dongcheng") == pytest.approx(1.1 * non_local)
    assert not ((frame["level"] == "zone") & frame["indicator"].isin(["residents_official"])).any()


def test_a_record_without_a_key_is_refused_by_name() -> None:
    made = record()
    del made.values["students"]
    with pytest.raises(RunError, match="students"):
        tabulate(made, ZONES, 0.01)
