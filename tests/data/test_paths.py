"""Check that the paths and shocks cover every quarter, in order, with basis and source."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calendar import parse_quarter
from sim.data.paths import N_QUARTERS, PathFile, load_paths, path_files, shock_files
from sim.data.tables import load_table
from sim.data.yaml_file import read_model
from sim.errors import InputError

NAMES = sorted(path_files())


def test_the_paths_that_the_processes_read_are_there() -> None:
    assert set(NAMES) == {
        "business_flat_share",
        "completion_share_by_listings",
        "completion_share_by_plans",
        "completions_affordable_units",
        "completions_business_flats",
        "completions_commodity_m2",
        "cpi",
        "employer_housing_index",
        "fertility_index",
        "hospital_demand",
        "hotline_calls",
        "hukou_gain_quota",
        "jobs_index",
        "life_expectancy",
        "migrant_wage_index",
        "outside_labour_supply_index",
        "student_enrolment",
        "visitor_demand",
        "wage_index",
    }


@pytest.mark.parametrize("name", NAMES)
def test_low_is_below_mid_is_below_high_in_every_quarter(name: str) -> None:
    low, mid, high = (path_files()[name].table(variant) for variant in ("low", "mid", "high"))
    assert low.shape == mid.shape == high.shape
    assert len(mid) == N_QUARTERS
    assert np.isfinite(mid).all()
    assert (low <= mid).all()
    assert (mid <= high).all()
    assert (low > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_each_quarter_has_one_basis_and_a_source(name: str) -> None:
    spans = path_files()[name].spans
    assert sorted(q for span in spans for q in span.quarters) == list(range(N_QUARTERS))
    assert all(span.source for span in spans)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_assumed_has_a_range(name: str) -> None:
    file = path_files()[name]
    low, high = file.table("low"), file.table("high")
    if file.sums_to_one:
        bands = [band for knot in file.knots.values() if isinstance(knot, dict) for band in knot.values()]
        assert all(band[0] < band[2] for band in bands)
        return
    for span in file.spans:
        if span.basis == "assumed":
            wide = np.array([np.any(low[q] < high[q]) for q in span.quarters])
            assert wide[1:].all()


@pytest.mark.parametrize("name", NAMES)
def test_only_series_up_to_2016_are_tagged_fit(name: str) -> None:
    for span in path_files()[name].spans:
        assert span.tag == "input" or max(span.quarters) <= parse_quarter("2016Q4")


def test_a_years_completions_are_those_of_the_table() -> None:
    supply = load_table("housing_supply")
    row = supply[(supply.year == 2014) & (supply.indicator == "commodity_residential_floor_area_completed")]
    quarters = [parse_quarter(f"2014Q{n}") for n in range(1, 5)]
    paths = load_paths()
    total = sum(paths.value("completions_commodity_m2", q) for q in quarters)
    assert total == pytest.approx(row.value.item() * 1e4)


def test_consumer_prices_are_the_chained_yearly_index() -> None:
    prices = load_table("income_prices")
    yearly = prices[(prices.indicator == "consumer_price_index") & prices.year.between(2011, 2016)]
    chained = float(np.prod(yearly.value.to_numpy() / 100))
    assert load_paths().value("cpi", parse_quarter("2016Q4")) == pytest.approx(chained, abs=0.002)


def test_wages_to_2017_are_the_published_ones() -> None:
    wages = (
        load_table("income_prices")
        .query("area_id == 'beijing' and indicator == 'average_wage'")
        .set_index("year")
    )
    for year in range(2011, 2018):
        index = load_paths().value("wage_index", parse_quarter(f"{year}Q4"))
        assert index == pytest.approx(wages.value[year] / wages.value[2010], abs=0.001)


def test_bases_of_indices_are_one_in_2010() -> None:
    paths = load_paths()
    indices = (
        "wage_index",
        "migrant_wage_index",
        "cpi",
        "fertility_index",
        "outside_labour_supply_index",
        "employer_housing_index",
    )
    for name in indices:
        assert paths.value(name, 0) == 1.0
    assert (paths.vector("jobs_index", 0) == 1.0).all()


@pytest.mark.parametrize(
    "name", ["business_flat_share", "completion_share_by_listings", "completion_share_by_plans"]
)
def test_shares_of_districts_add_up_in_every_variant(name: str) -> None:
    for variant in ("low", "mid", "high"):
        paths = load_paths(variant)
        for quarter in (0, 24, 40, 100, 160):
            assert paths.vector(name, quarter).sum() == pytest.approx(1)


def test_a_level_between_two_knots_is_on_the_line() -> None:
    paths = load_paths()
    first, last = parse_quarter("2016Q4"), parse_quarter("2020Q4")
    middle = paths.value("outside_labour_supply_index", (first + last) // 2)
    ends = [paths.value("outside_labour_supply_index", q) for q in (first, last)]
    assert middle == pytest.approx(sum(ends) / 2)


def test_shocks_are_on_unless_switched_off_and_touch_only_their_quarters() -> None:
    during, after = parse_quarter("2020Q1"), parse_quarter("2023Q1")
    assert load_paths().factor("arrivals", during) < 1
    assert load_paths().factor("arrivals", after) == 1
    assert load_paths(without=["epidemic"]).factor("arrivals", during) == 1
    assert load_paths().factor("no_such_rate", during) == 1
    for shock in shock_files().values():
        assert shock.source
        for factors in shock.factors.values():
            assert all(
                parse_quarter("2020Q1") <= parse_quarter(q) <= parse_quarter("2022Q4") for q in factors
            )


def test_the_digest_tells_variants_and_shocks_apart() -> None:
    digests = {load_paths(v, without=w).digest for v in ("low", "mid", "high") for w in ([], ["epidemic"])}
    assert len(digests) == 6
    assert load_paths().digest == load_paths().digest


def test_series_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_paths().series("cpi")[0] = 2.0


def test_wrong_names_and_quarters_are_refused() -> None:
    paths = load_paths()
    with pytest.raises(InputError, match="wages_index") as caught:
        paths.value("wages_index", 1)
    assert "wage_index" in caught.value.mend
    with pytest.raises(InputError, match="sector"):
        paths.value("jobs_index", 1)
    with pytest.raises(InputError, match="whole city"):
        paths.vector("cpi", 1)
    with pytest.raises(InputError, match="161"):
        paths.value("cpi", 161)
    with pytest.raises(InputError, match="variant"):
        load_paths("middle")
    with pytest.raises(InputError, match="shock"):
        load_paths(without=["flood"])


GOOD = """\
title: Something
meaning: A level
unit: ratio
rule: quarterly
spans:
  - {since: 2010Q4, until: 2050Q4, basis: assumed, tag: input, source: assumed}
knots:
  2010Q4: [1, 2, 3]
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[1, 2, 3]", "[1, 3, 2]", "must rise"),
        ("until: 2050Q4", "until: 2050Q3", "every quarter"),
        ("rule: quarterly", "rule: monthly", "rule"),
        ("unit: ratio", "units: ratio", "unit"),
        ("source: assumed", "source: ''", "source"),
        ("  2010Q4: [1, 2, 3]", "  2010Q9: [1, 2, 3]", "not a quarter"),
        ("rule: quarterly", "rule: quarterly\nby: district", "dongcheng"),
        ("rule: quarterly", "rule: quarterly\nquarter_shares: [1, 1, 1, 1]", "add up to 1"),
    ],
)
def test_a_wrong_path_file_is_refused_by_name(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_model(path, PathFile)
    assert says in str(caught.value)
    assert str(path) in caught.value.where


GROUPS = {
    "core": ("dongcheng", "xicheng"),
    "inner": ("chaoyang", "fengtai", "shijingshan", "haidian"),
    "tongzhou": ("tongzhou",),
    "new_towns": ("fangshan", "shunyi", "changping", "daxing"),
    "ecological": ("mentougou",),
}


def _listed_a_year(first: int, last: int) -> pd.Series:
    table = load_table("homes_by_construction_year")
    table = table[table.indicator == "lianjia_listings_by_construction_year"]
    table = table[table.year.between(first, last)]
    listed = table.assign(district=table.area_id.replace("beijing_eda", "daxing"))
    return listed.groupby("district").value.sum() / (last - first + 1) + 0.5


def _shares(pattern: str, year: int) -> pd.Series:
    knots = path_files()[f"completion_share_by_{pattern}"].knots
    years = sorted(int(known) for known in knots)
    rows = pd.DataFrame(
        {known: {name: band[1] for name, band in knots[str(known)].items()} for known in years}
    )
    share = rows.apply(lambda row: np.interp(year, years, row.to_numpy(float)), axis=1)
    return share / share.sum()


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [(2010, 2009, 2011), (2012, 2011, 2013), (2014, 2013, 2015), (2016, 2014, 2016)],
)
def test_shares_by_listings_are_those_of_the_plans_of_2010_with_the_profile_of_listings(
    year: int, first: int, last: int
) -> None:
    profile = np.log(_listed_a_year(first, last) / _listed_a_year(2009, 2011))
    expected = _shares("plans", 2010)
    too_few = ["huairou", "pinggu", "miyun", "yanqing"]
    for districts in GROUPS.values():
        expected[list(districts)] *= np.exp(profile[list(districts)].mean())
    listed = expected.drop(too_few)
    expected[too_few] = _shares("plans", year)[too_few]
    expected[listed.index] = listed / listed.sum() * (1.0 - expected[too_few].sum())
    np.testing.assert_allclose(_shares("listings", year)[expected.index], expected, atol=2e-4)


@pytest.mark.parametrize("pattern", ["plans", "listings"])
def test_shares_of_2018_lie_between_the_years_around_it_and_the_projects_on_sale(pattern: str) -> None:
    table = load_table("homes_by_district")
    table = table[table.indicator == "new_projects_on_sale"]
    projects = table.assign(area_id=table.area_id.replace("beijing_eda", "daxing")).groupby("area_id").value
    on_sale = projects.sum() / table.value.sum()
    around = (_shares(pattern, 2016) + _shares(pattern, 2020)) / 2.0
    kept = ["dongcheng", "xicheng", "shijingshan", "yanqing"]
    mean = np.sqrt(around * on_sale.reindex(around.index)).where(~around.index.isin(kept), around)
    np.testing.assert_allclose(_shares(pattern, 2018), mean / mean.sum(), atol=2e-4)


def _pooled(year: int) -> pd.Series:
    pooled = np.sqrt(_shares("plans", year) * _shares("listings", year))
    return pooled / pooled.sum()


def test_the_land_sold_in_2013_and_2014_lies_between_the_two_patterns() -> None:
    table = load_table("homes_by_district")
    sold = table[table.indicator == "share_of_floor_area_on_residential_land_sold"].value / 100.0
    listings, plans = (_shares(pattern, 2016).iloc[:6].sum() for pattern in ("listings", "plans"))
    assert listings == pytest.approx(0.097, abs=0.002)
    assert plans == pytest.approx(0.34, abs=0.002)
    assert listings < sold.min() < plans
    assert sold.min() < _pooled(2018).iloc[:6].sum() < sold.max()


def test_who_set_out_for_another_province_follows_the_surveys() -> None:
    table = load_table("migrant_workers")
    workers = table[table.indicator == "migrant_workers_in_another_province"].set_index("year").value
    means = []
    for back in (0.05, 0.10, 0.16):
        out = {year: workers[year] - (1.0 - back) * workers[year - 1] for year in range(2010, 2017)}
        mean = pd.Series({year: (out[year] + out[min(year + 1, 2016)]) / 2.0 for year in out})
        means.append(mean / mean[2010])
    knots = path_files()["outside_labour_supply_index"].knots
    for year in range(2010, 2017):
        band = [mean[year] for mean in means]
        assert knots[f"{year}Q4"][1] == pytest.approx(band[1], abs=6e-4)
        np.testing.assert_allclose(knots[f"{year}Q4"], sorted(band), atol=6e-4)


def test_who_sets_out_after_2016_falls_with_half_of_the_cohorts_fall() -> None:
    low, mid, _ = (np.array(band) for band in zip(*_supply(["2016Q4", "2020Q4"]), strict=True))
    cohorts = 0.79 / 0.87
    assert low[1] / low[0] == pytest.approx(cohorts, abs=1e-3)
    assert mid[1] / mid[0] == pytest.approx((1 + 0.79) / (1 + 0.87), abs=6e-3)
    bands = np.array(_supply(["2016Q4", "2020Q4", "2025Q4", "2035Q4", "2050Q4"]))
    assert (np.diff(bands, axis=0) < 0).all()


def _supply(quarters: list[str]) -> list[tuple[float, float, float]]:
    knots = path_files()["outside_labour_supply_index"].knots
    return [tuple(knots[quarter]) for quarter in quarters]


def test_migrant_workers_wages_are_the_published_ones() -> None:
    wages = load_table("income_prices").query("indicator == 'monthly_income_migrant_rural_workers'")
    wages = wages[wages.area_id == "china"].set_index("year").value
    for year in range(2010, 2021):
        index = load_paths().value("migrant_wage_index", parse_quarter(f"{year}Q4", allow_base=True))
        assert index == pytest.approx(wages[year] / wages[2010], abs=0.001)


def test_employers_house_the_share_of_workers_that_the_surveys_count() -> None:
    counted = {2011: 48.5, 2013: 46.3, 2015: 44.6}
    path = load_paths()
    for year, percent in counted.items():
        index = path.value("employer_housing_index", 4 * (year - 2010))
        assert index == pytest.approx(percent / 52.0, abs=1e-3)
    last, first = (path.value("employer_housing_index", 4 * (year - 2010)) for year in (2018, 2015))
    assert last / first == pytest.approx(12.9 / 14.1, abs=1e-3)


def _projects_with_business_flats() -> pd.Series:
    table = load_table("homes_by_district")
    table = table[table.indicator == "business_flat_projects_on_sale"]
    projects = table.assign(area_id=table.area_id.replace("beijing_eda", "daxing")).groupby("area_id").value
    return projects.sum().clip(lower=0.5)


def test_business_flats_are_what_was_sold_beside_homes_and_premises_two_years_before() -> None:
    sold = load_table("completions_city").query("indicator == 'commodity_floor_sold'")
    sold = sold[(sold.area_id == "beijing") & ~sold.notes.fillna("").str.startswith("20")]
    m2 = sold.pivot(index="year", columns="category", values="value")
    other = 1e4 * (m2["all buildings"] - m2["homes"]).loc[2008:2017]
    knots = path_files()["completions_business_flats"].knots
    for premises, m2_a_flat, band in ((300e4, 70.0, 0), (200e4, 55.0, 1), (130e4, 45.0, 2)):
        flats = np.maximum(other - premises, 0.1 * other) / m2_a_flat
        np.testing.assert_allclose([knots[str(year + 2)][band] for year in flats.index], flats, atol=1.0)
    assert knots["2020"][1] < 0.01 * knots["2018"][1], "no single buyers since March 2017"


def test_shares_of_business_flats_follow_the_projects_and_tongzhous_sales() -> None:
    knots = path_files()["business_flat_share"].knots
    shares = {year: pd.Series({name: band[1] for name, band in knots[year].items()}) for year in knots}
    on_sale = _projects_with_business_flats()
    on_sale = (on_sale / on_sale.sum()).reindex(shares["2017"].index)
    for year in (2010, 2012, 2014, 2016):
        mean = np.sqrt(on_sale * _pooled(year))
        np.testing.assert_allclose(shares[str(year)], mean / mean.sum(), atol=1e-4)
    before_ban, after_ban = 0.63, 0.003
    tongzhou = {
        "2017": np.sqrt(before_ban * on_sale["tongzhou"]),
        "2018": before_ban / 3 + after_ban * 2 / 3,
        "2019": after_ban,
    }
    for year, share in tongzhou.items():
        others = on_sale.drop("tongzhou")
        expected = others / others.sum() * (1.0 - share)
        np.testing.assert_allclose(shares[year].drop("tongzhou"), expected, atol=1e-4)
        assert shares[year]["tongzhou"] == pytest.approx(share, abs=1e-4)
