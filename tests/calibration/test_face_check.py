"""Check that the face check passes the published city and names what explodes, empties or freezes."""

import pandas as pd
import pytest

from calibration import face_check
from calibration.face_check import BOUNDS, GROWTH, MOVING, SURVEYED_LATER, compare, stability
from calibration.observed import observed
from sim.calendar import format_quarter, parse_quarter
from sim.data.tables import DISTRICTS

LAST = parse_quarter("2035Q4")
COLUMNS = ["quarter", "level", "area", "indicator", "value", "unit"]


@pytest.fixture(scope="module")
def published_run() -> pd.DataFrame:
    """Return a run that is exactly what was published."""
    table = observed(None)
    table = table[table.tag.isin(["fit", "input"]) & table.series.isin(["as_published", "census", "survey"])]
    rows = []
    for row in table.itertuples(index=False):
        quarter = "2016Q4" if row.indicator in SURVEYED_LATER else row.quarter
        level = "city" if row.area == "beijing" else "district" if row.area in DISTRICTS else "area"
        quarters = [f"{quarter[:4]}Q{n}" for n in range(1, 5)] if row.period == "year" else [quarter]
        rows += [(q, level, row.area, row.indicator, row.value / len(quarters), row.unit) for q in quarters]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture(scope="module")
def steady_run() -> pd.DataFrame:
    """Return a run in which every year is like the one before."""
    rows = []
    city = {name: (low + high) / 2 for name, (low, high) in BOUNDS.items()}
    city |= {name: 1000.0 for name, _ in GROWTH} | dict.fromkeys(MOVING, 100.0)
    for quarter in map(format_quarter, range(LAST + 1)):
        rows += [(quarter, "city", "beijing", name, value, "") for name, value in city.items()]
        for district in DISTRICTS:
            rows += [(quarter, "district", district, name, 50.0, "") for name in ("residents", "rent_flats")]
        rows.append((quarter, "zone", "dongcheng.jingshan", "residents", 40_000.0, "persons"))
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_published_city_passes(published_run: pd.DataFrame) -> None:
    findings = compare(published_run, published_run)
    assert len(findings) > 50
    assert all(finding.holds for finding in findings), [f for f in findings if not f.holds]


@pytest.mark.parametrize(
    ("indicator", "area", "factor", "fails"),
    [
        ("residents", "beijing", 1.04, True),
        ("residents", "beijing", 1.02, False),
        ("residents", "tongzhou", 0.87, True),
        ("births", "beijing", 0.84, True),
        ("residents_non_local", "beijing", 1.09, True),
        ("household_size", "beijing", 1.05, True),
        ("commute_minutes", "beijing", 0.5, True),
        ("commutes_within_45_min", "city_six", 0.7, True),
    ],
)
def test_a_gap_beyond_its_tolerance_is_named(
    published_run: pd.DataFrame, indicator: str, area: str, factor: float, fails: bool
) -> None:
    changed = published_run.copy()
    chosen = (changed.indicator == indicator) & (changed.area == area)
    changed.loc[chosen, "value"] *= factor
    off = [finding for finding in compare(changed, changed) if not finding.holds]
    assert bool(off) == fails
    assert {(finding.indicator, finding.area) for finding in off} <= {(indicator, area)}
    assert all(finding.gap_percent == pytest.approx(100 * (factor - 1)) for finding in off)


def test_what_is_missing_does_not_pass(published_run: pd.DataFrame) -> None:
    findings = compare(published_run[published_run.indicator != "births"], published_run)
    assert not any(finding.holds for finding in findings if finding.indicator == "births")


def test_a_steady_run_passes(steady_run: pd.DataFrame) -> None:
    findings = stability(steady_run)
    assert all(finding.holds for finding in findings), [f for f in findings if not f.holds]


def _after(run: pd.DataFrame, indicator: str, area: str, quarter: str, value: float) -> pd.DataFrame:
    changed = run.copy()
    late = changed.quarter.map(lambda q: parse_quarter(q, allow_base=True)) >= parse_quarter(quarter)
    changed.loc[late & (changed.indicator == indicator) & (changed.area == area), "value"] = value
    return changed


@pytest.mark.parametrize(
    ("indicator", "area", "quarter", "value"),
    [
        ("residents", "beijing", "2030Q1", 2000.0),
        ("residents", "yanqing", "2030Q1", 10.0),
        ("births", "beijing", "2030Q1", 0.0),
        ("in_migrants", "beijing", "2027Q1", 300.0),
        ("vacancy_rate", "beijing", "2025Q2", 0.0),
        ("unemployment_rate", "beijing", "2018Q1", 0.4),
        ("rent_flats", "haidian", "2031Q1", 90.0),
        ("residents", "dongcheng.jingshan", "2035Q1", 100.0),
        ("jobs", "beijing", "2033Q1", -5.0),
    ],
)
def test_what_explodes_empties_or_freezes_is_named(
    steady_run: pd.DataFrame, indicator: str, area: str, quarter: str, value: float
) -> None:
    off = [
        finding
        for finding in stability(_after(steady_run, indicator, area, quarter, value))
        if not finding.holds
    ]
    assert off
    assert {(finding.indicator, finding.area) for finding in off} == {(indicator, area)}


def test_a_run_that_is_too_short_is_a_wrong_request(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        face_check.main(["--until", "2012Q4"])
    assert caught.value.code == 2
    assert "2016Q4" in capsys.readouterr().err


def test_the_table_is_shown_with_a_count(
    published_run: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    face_check.show(compare(published_run, published_run))
    assert "within tolerance" in capsys.readouterr().out
