"""Check that no figure of the census of 2020, nor anything after 2016, can enter a fit or a forecast."""

import ast
from pathlib import Path

import numpy as np
import pytest

import calibration.observed as observations
from calibration import forecasts, measurement
from calibration.places import places_of
from sim.data.tables import load_table

FOLDER = Path(observations.__file__).parent
MAY_LOOK = {"observed.py", "backtest.py", "raking.py"}
"""Who may name what is held out: who tags it, scores finished runs, or rakes after 2020Q4."""


@pytest.fixture
def poisoned(monkeypatch):
    """Multiply every population after 2016, and every revised one, by ten."""

    def wrong(name: str):
        table = load_table(name).copy()
        if name in ("population", "population_spots"):
            late = table.year > 2016
            if "series" in table:
                late |= table.series == "revised"
            for column in table.select_dtypes("number").columns.drop("year"):
                table.loc[late, column] *= 10
        return table

    def forget() -> None:
        observations._all.cache_clear()

    forget()
    monkeypatch.setattr(observations, "load_table", wrong)
    yield
    monkeypatch.undo()
    forget()


def _what_a_fit_sees() -> tuple[np.ndarray, ...]:
    table = observations.observed("fit")
    ensembles = [forecasts.ensemble(name, places_of("district")) for name in forecasts.FORECASTS]
    return table.value.to_numpy(), table.error_sd.to_numpy(), *ensembles


def test_other_figures_after_2016_change_nothing_a_fit_sees(request) -> None:
    before = _what_a_fit_sees()
    held = observations.observed("held_out").value.sum()
    request.getfixturevalue("poisoned")
    assert observations.observed("held_out").value.sum() > 2 * held, "the poison must reach what is held out"
    for then, now in zip(before, _what_a_fit_sees(), strict=True):
        assert (then == now).all()


def test_nothing_but_the_backtest_and_the_raking_looks_at_what_is_held_out() -> None:
    looking = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            everything = (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "observed"
                and any(isinstance(value, ast.Constant) and value.value is None for value in node.args)
            )
            if everything or (isinstance(node, ast.Constant) and node.value == "held_out"):
                looking.add(path.name)
    assert looking <= MAY_LOOK


def test_the_priors_of_the_measurement_are_centred_whatever_the_census_showed() -> None:
    log = np.log(measurement.published_draws(np.ones((16, 2)), 2019, range(600)))
    assert abs(log.mean()) < 0.003
