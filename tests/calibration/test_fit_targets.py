"""Check what a fit is held against, how wrong each value may be, and that nothing held out gets in."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from calibration import measurement
from calibration.fit_targets import SWAPPED, WANTED, fit_targets, read_observed
from calibration.measurement import cell_shares
from calibration.observed import observed
from sim.data.tables import DISTRICTS
from sim.errors import InputError

CALIBRATION = Path(__file__).parents[2] / "calibration"
TABLE = observed("fit")


def row_of(label: str) -> int:
    return fit_targets(TABLE).labels.index(label)


def test_the_published_table_is_complete():
    targets = fit_targets(TABLE)
    assert len(targets.rows) == sum(len(item.areas) * len(item.years) for item in WANTED)
    assert {row.tag for row in targets.rows} == {"fit"}


def test_a_fit_to_an_earlier_quarter_sees_no_later_year():
    assert max(row.quarter for row in fit_targets(TABLE, "2012Q4").rows) == "2012Q4"


def test_a_missing_year_is_refused():
    gone = TABLE[~((TABLE.indicator == "births") & (TABLE.quarter == "2013Q4"))]
    with pytest.raises(InputError, match="no value of births of beijing in 2013"):
        fit_targets(gone)


@pytest.mark.parametrize("tag", ["held_out", "input"])
def test_a_row_that_is_not_for_fitting_is_refused(tag):
    with pytest.raises(InputError, match="must not enter a fit"):
        fit_targets(pd.concat([TABLE, observed(tag).head(1)]))


def test_a_false_tag_does_not_let_the_census_in():
    census = observed("held_out").query("quarter == '2020Q4'").head(1).assign(tag="fit")
    with pytest.raises(InputError, match="2020Q4 must not enter a fit"):
        fit_targets(pd.concat([TABLE, census]))


def test_of_the_base_year_only_the_start_of_a_growth_is_let_in():
    fit_targets(TABLE)
    rents = TABLE[(TABLE.indicator == "rent_flats") & (TABLE.quarter == "2010Q4")]
    assert len(rents) == 1
    with pytest.raises(InputError, match="2010Q4 must not enter a fit"):
        fit_targets(pd.concat([TABLE, rents.assign(indicator="residents")]))


def test_no_module_of_the_fit_asks_for_anything_but_the_fit():
    for name in ("fit", "fit_plan", "fit_runs", "fit_targets", "fit_report", "confirm", "recovery"):
        tree = ast.parse((CALIBRATION / f"{name}.py").read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        asked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "observed"]
        assert all([arg.value for arg in call.args] == ["fit"] for call in asked)
        read = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        assert not read & {"load_table", "read_table"}


def test_the_errors_are_those_of_one_city():
    covariance = fit_targets(TABLE).covariance()
    sd = np.sqrt(np.diag(covariance))
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert sd[row_of("residents beijing 2016")] < sd[row_of("residents yanqing 2016")]
    assert sd[row_of("residents beijing 2011")] < sd[row_of("residents beijing 2016")]
    city, district = row_of("residents beijing 2016"), row_of("residents haidian 2016")
    assert covariance[city, district] > 0  # Haidian's error is part of the city's
    assert covariance[row_of("births beijing 2012"), district] == 0


def test_districts_of_a_kind_err_partly_alike_in_the_publication_and_in_the_model():
    targets = fit_targets(TABLE)
    covariance = targets.covariance()
    haidian, chaoyang, daxing, tongzhou = (
        row_of(f"residents {name} 2016") for name in ("haidian", "chaoyang", "daxing", "tongzhou")
    )
    of_publication = measurement.covariance(["haidian", "chaoyang"], 2016)[0, 1]
    assert covariance[haidian, chaoyang] == pytest.approx(of_publication + 0.5 * 0.025**2)
    assert covariance[haidian, daxing] == pytest.approx(0, abs=1e-12)
    published = measurement.covariance(["daxing", "tongzhou"], 2016)[0, 1]
    assert published > 0, "Tongzhou is sampled with the new towns"
    assert covariance[daxing, tongzhou] == pytest.approx(published), "and has a constant of its own"
    earlier = row_of("residents chaoyang 2013")
    assert 0 < covariance[haidian, earlier] < covariance[haidian, chaoyang]


def test_the_models_error_of_people_walks_away_from_the_census_as_the_publications_does():
    targets = fit_targets(TABLE)
    covariance = targets.covariance()
    rows = [row_of(f"residents haidian {year}") for year in (2011, 2013, 2016)]
    own = covariance[np.ix_(rows, rows)] - targets.published_covariance(rows)
    shared = np.minimum.outer([1, 3, 6], [1, 3, 6]) / 6.0
    np.testing.assert_allclose(own, 0.025**2 * shared, atol=1e-12)
    births = [row_of(f"births beijing {year}") for year in (2011, 2016)]
    own = (covariance - targets.published_covariance(range(len(covariance))))[np.ix_(births, births)]
    np.testing.assert_allclose(own, 0.03**2 * np.array([[1.0, 0.8], [0.8, 1.0]]), atol=1e-12)


def test_districts_count_in_every_year_from_the_first_on():
    labels = fit_targets(TABLE).labels
    for year in range(2011, 2017):
        assert sum(f"residents {name} {year}" in labels for name in DISTRICTS) == 16


def test_a_run_is_compared_as_the_logarithm_of_its_ratio():
    targets = fit_targets(TABLE, "2011Q4")
    rows = []
    for row in targets.rows:
        quarters = [f"2011Q{n}" for n in (1, 2, 3, 4)] if row.period == "year" else ["2011Q4"]
        share = 1.1 / len(quarters)
        rows += [(7, quarter, row.area, row.indicator, share * row.value) for quarter in quarters]
    frame = pd.DataFrame(rows, columns=["replication", "quarter", "area", "indicator", "value"])
    numbers, outputs = targets.of_frame(frame)
    assert numbers == [7]
    assert outputs[0] == pytest.approx(np.log(1.1))


def test_a_users_table_is_read_and_checked(tmp_path):
    path = tmp_path / "observed.csv"
    TABLE.to_csv(path, index=False)
    assert fit_targets(read_observed(str(path))).as_rows() == fit_targets(TABLE).as_rows()
    TABLE.assign(value=-1).to_csv(path, index=False)
    with pytest.raises(InputError, match="2011 is not above zero"):
        fit_targets(read_observed(str(path)))
    TABLE.assign(error_sd="much").to_csv(path, index=False)
    with pytest.raises(InputError, match="no number"):
        read_observed(str(path))
    TABLE.drop(columns="tag").to_csv(path, index=False)
    with pytest.raises(InputError, match="no column tag"):
        read_observed(str(path))


def refused(folder, **changed) -> InputError:
    """Change cells of the row of births in 2013 and return why the table is refused."""
    table = TABLE.astype(object).reset_index(drop=True)
    row = table.index[(table.indicator == "births") & (table.quarter == "2013Q4")][0]
    for name, value in changed.items():
        table.loc[row, name] = value
    table.to_csv(folder / "observed.csv", index=False)
    with pytest.raises(InputError) as caught:
        read_observed(str(folder / "observed.csv"))
    assert caught.value.where == f"{folder / 'observed.csv'}, row {row + 1}"
    assert caught.value.mend
    return caught.value


@pytest.mark.parametrize(
    ("quarter", "what"),
    [
        (None, "the quarter is empty"),
        ("2013", "'2013' is not a quarter"),
        ("2013Q5", "'2013Q5' is not a quarter"),
        ("1999Q4", "the quarter 1999Q4 is before 2010Q4"),
    ],
)
def test_a_quarter_that_is_none_is_told_with_its_row(tmp_path, quarter, what):
    assert refused(tmp_path, quarter=quarter).what == what


def test_a_quarter_is_read_however_it_may_be_written(tmp_path):
    table = TABLE.assign(quarter=TABLE.quarter.str.lower().map(" {} ".format))
    table.to_csv(tmp_path / "observed.csv", index=False)
    assert list(read_observed(str(tmp_path / "observed.csv")).quarter) == list(TABLE.quarter)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["period", "unit"]), st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=7))
@example("period", "end")
@example("period", None)
@example("unit", "10k persons")
def test_another_period_or_unit_than_the_published_is_refused(tmp_path, name, word):
    meant = {"period": "year", "unit": "persons"}[name]
    assume(word not in (meant, "nan", "null"))
    error = refused(tmp_path, **{name: word})
    assert error.what == f"the {name} of births is {'empty' if word is None else repr(word)}"
    assert f"write '{meant}'" in error.mend


def test_a_state_is_no_sum_of_a_year(tmp_path):
    TABLE.assign(period="year").to_csv(tmp_path / "observed.csv", index=False)
    with pytest.raises(InputError, match="is 'year'"):
        read_observed(str(tmp_path / "observed.csv"))


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b'a,b\n"1'])
@pytest.mark.parametrize("name", ["observed.csv", "observed.zip"])
def test_a_table_that_cannot_be_read_is_told_with_a_mend(tmp_path, content, name):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_observed(str(path))
    assert caught.value.where == str(path)
    assert "area, quarter, indicator" in caught.value.mend


def test_an_error_has_an_end(tmp_path):
    assert "error_sd" in refused(tmp_path, error_sd="inf").what


def test_non_locals_of_an_area_may_be_wrong_by_a_share_of_all_its_residents():
    non_local = [item for item in WANTED if item.indicator == "residents_non_local"]
    areas = [item for item in non_local if item.areas != ("beijing",)]
    assert len(areas) == 5
    for item in areas:
        share = cell_shares(item.areas[0])[:, 1].sum()
        assert item.discrepancy == pytest.approx(SWAPPED / share, rel=0.03)
