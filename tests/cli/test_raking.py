"""`run --no-raking` runs the same scenarios without the raking to the census."""

import json


def _digest(store) -> str:
    return json.loads((store / "batch.json").read_text())["asked"]["scenarios"]["no-measures"]


def test_the_raking_can_be_turned_off(shujie, invented_model, tmp_path):
    options = ["--replications", 1, "--jobs", 1, "--until", "2011Q1", "--parameters", "point"]
    for name, words in (("raked", []), ("not-raked", ["--no-raking"])):
        called = shujie("run", "no-measures", "--store", tmp_path / name, *options, *words)
        assert called.status == 0, called.err
    assert _digest(tmp_path / "raked") != _digest(tmp_path / "not-raked")
    scenario = json.loads((tmp_path / "not-raked/runs/no-measures/1/scenario.json").read_text())
    assert scenario["raking"] is False
