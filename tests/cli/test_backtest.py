"""The command `backtest` writes what it promises and refuses what it cannot do."""

from calibration.forecasts import FORECASTS


def test_json_holds_scores_and_the_table_of_districts(shujie, store):
    called = shujie("backtest", store, "--json")
    assert called.status == 0, called.err
    document = called.document
    keys = {"forecast", "level", "wape_percent", "mape_percent", "bias_percent", "crps", "coverage_90"}
    assert all(row.keys() >= keys for row in document["rows"])
    assert {row["forecast"] for row in document["rows"]} == {"model", *FORECASTS}
    districts = [row for row in document["meta"]["places"] if row["level"] == "district"]
    assert len(districts) == 16
    assert districts[0].keys() >= {"area", "census", "model", "low", "high", "error_percent"}
    assert document["meta"]["people"]["forced_to_move"]
    assert document["meta"]["known_until"] == "2016Q4"


def test_the_printed_table_stands_beside_the_displaced(shujie, store):
    called = shujie("backtest", store)
    assert called.status == 0, called.err
    assert "trend_2014_16" in called.out
    assert "tongzhou" in called.out
    assert "forced to move" in called.err


def test_wrong_requests_are_refused_without_a_traceback(shujie, store, tmp_path):
    for words in (
        ("backtest", store, "--sample", "0.5"),
        ("backtest", store, "--sample", "0"),
        ("backtest", store, "--replications", "0"),
        ("backtest", store, "--parameters", "prior"),
        ("backtest", __file__),
    ):
        called = shujie(*words)
        assert called.status == 2, words
        assert "Traceback" not in called.err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert shujie("backtest", tmp_path / "other").status == 2
