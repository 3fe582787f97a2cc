"""`shujie compare` shows targets with their people, money and how sure it all is beside the differences."""

from sim.cli_compare import TARGET_KEYS, sureness

BASE = ("--base", "no-measures", "--indicator", "residents")


def test_the_document_holds_what_stands_beside(shujie, store):
    meta = shujie("compare", store, *BASE, "--json").document["meta"]
    assert {row["basis"] for row in meta["targets"]} == {"latent", "official"}
    assert {row["scenario"] for row in meta["targets"]} == {"no-measures", "executed-2017-2020"}
    for row in meta["targets"]:
        assert tuple(row) == TARGET_KEYS
        assert row["forced_to_move"] == meta["people"][row["scenario"]]["forced_to_move"]["estimate"]
        assert row["children"] is not None
    assert {row["subject"] for row in meta["replications"]} == {"target", "density"}
    assert all(row["forced_to_move"] is not None for row in meta["costs"])
    assert meta["spending"]
    assert meta["fund"]


def test_a_row_says_how_sure_it_is(shujie, store):
    row = next(
        row for row in shujie("compare", store, *BASE, "--json").document["rows"] if row["area"] == "core"
    )
    assert row["mean_low"] < row["estimate"] < row["mean_high"]
    assert row["more_to_halve"] > 0
    assert row["enough"] in {True, False}
    assert row["variance_reduction"] is not None


def test_the_screen_shows_targets_only_with_their_people(shujie, store):
    out = shujie("compare", store, *BASE).out
    head = out.index("Targets, and who was forced to move")
    columns = out[head:].splitlines()[2]
    for name in ("reached in", "gap", "first", "basis", "forced to move", "children"):
        assert name in columns
    assert "What it costs against the base" in out
    assert "CNY each" in out
    assert "halve the interval" in out
    assert "who was displaced" in out


def test_one_scenario_is_compared_alone(shujie, store):
    meta = shujie("compare", store, *BASE, "--scenario", "executed-2017-2020", "--json").document["meta"]
    assert {row["scenario"] for row in meta["costs"]} == {"executed-2017-2020"}


def test_sureness_in_words():
    assert sureness({"enough": True, "more_to_halve": 12}) == "enough; 12 more halve the interval"
    assert sureness({"enough": False, "more_to_halve": 12}) == "open; 12 more halve the interval"
    assert sureness({"more_to_halve": None}) == "one run: no interval"
    row = {"verdict": "more", "more_to_halve": 12, "more_to_decide": 3}
    assert sureness(row) == "open: about 3 more decide; 12 more halve the interval"
    assert sureness(row | {"more_to_decide": None}) == "open: at the threshold; 12 more halve the interval"
    assert sureness({"verdict": "enough", "more_to_halve": 0}) == "enough"
